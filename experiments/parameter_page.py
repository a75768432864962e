"""The report of `experiments.parameter_count`: error against parameters, what is shown of it."""

import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.flare_data import sampling_note
from experiments.flare_rows import Offered
from experiments.parameter_fits import REMEDIED, Line, Taught
from experiments.parameter_scores import FITS, Scored, Sizes, contrasts, sizes
from jsolar.report.plots import COLOURS, SIMULATED, STYLE, save
from jsolar.report.tables import markdown, number, ranged
from jsolar.run import Run
from jsolar.verify.contrasts import Contrast

READING = [
    "The Brier score is that of what was said, kept within 0 and 1, without calibration; TSS is at",
    "the threshold that is best on validation. Intervals (95 %) resample test regions and seeds",
    "together; a seed is another draw of training windows and another network. *Threshold* is the",
    f"first size whose Brier score of training, mean over seeds, is below {FITS:g}: it fits every",
    "label. *Narrow* is the size below it that is best on validation, *widest* the last. These",
    "comparisons were declared before anything was scored; no size was chosen on test windows.",
    "",
    "The remedies, a penalty on the squares of the weights and the epoch at which to stop, are",
    "chosen by the validation windows, as is the threshold. All sizes have one learning rate and",
    "one number of epochs.",
    "",
]


def write(
    run: Run,
    offered: Offered,
    taught: Taught,
    lines: Mapping[str, Line],
    found: Mapping[str, Scored],
) -> dict[str, Any]:
    """Tables, figure and report; returns what goes into the summary."""
    data = offered.data
    note = SIMULATED if data.synthetic else ""
    title = f"{data.events[0]} {offered.wording.horizon}"
    text = [f"# {run.title}", ""]
    if note:
        text += [f"**This is {note}.** Scores tell how sizes compare on this simulator.", ""]
    text += sampling_note(data.facts)
    text += [f"**{title}**", "", _counted(taught, offered), ""]
    chosen = {name: sizes(lines, name, taught) for name in REMEDIED}
    flaring = len(np.unique(taught.test.region[taught.test.happened > 0]))
    asked = {
        name: contrasts(found, name, at, flaring) for name, at in chosen.items() if at is not None
    }
    for name, at in chosen.items():
        text += [f"**{name}**", "", _table(lines, found, name), ""]
        text += [_answers(asked[name], lines[name], at) if at else _no_threshold(lines[name]), ""]
    print("\n" + "\n".join(text[2:]))
    figure = _figure(run.folder / "parameters.png", lines, found, taught, title, note)
    (run.folder / "report.md").write_text(
        "\n".join([*text, *READING, f"![error against parameters]({figure.name})", ""])
    )
    print(f"Report and figure: {run.folder / 'report.md'}")
    return {
        "data": data.facts,
        "event": data.events[0],
        "windows": taught.rows.shape[1],
        "lines": {
            name: {
                "parameters": line.parameters,
                "brier_training": line.training,
                "brier": found[name].brier_of_seeds,
                "tss": found[name].tss_of_seeds,
            }
            for name, line in lines.items()
        },
        "compared": {name: at._asdict() for name, at in chosen.items() if at},
        "contrasts": asked,
    }


def _counted(taught: Taught, offered: Offered) -> str:
    """What the numbers stand on."""
    seeds, windows = taught.rows.shape
    row, test = offered.wording.row, taught.test
    events = taught.train.happened[taught.rows].sum(1)
    rate = taught.train.happened.mean()
    flat = float(((rate - test.happened) ** 2).mean())
    return (
        f"{seeds} seeds, each taught {windows} {row}s of as many regions, {events.min():.0f} to "
        f"{events.max():.0f} of them with an event; {len(taught.validation.happened)} {row}s of "
        f"validation choose; tested on {len(test.happened):,} {row}s of "
        f"{len(np.unique(test.region)):,} regions, {test.happened.sum():.0f} with an event. To say "
        f"always the rate of all training {row}s, {rate:.3f}, has a Brier score of {flat:.4f}."
    )


def _table(lines: Mapping[str, Line], found: Mapping[str, Scored], name: str) -> str:
    """A row for every size, without and with the remedy."""
    remedy = REMEDIED[name].rpartition(", ")[2]
    columns = [
        "parameters",
        "Brier, training",
        "Brier, test",
        f"Brier, {remedy}",
        "TSS",
        f"TSS, {remedy}",
    ]
    scored = (found[name], found[REMEDIED[name]])
    rows = [
        [
            f"{count:,}",
            number(float(lines[name].training[i].mean()), 4),
            *(_spread(x.brier_of_seeds[i], 4) for x in scored),
            *(_spread(x.tss_of_seeds[i], 3) for x in scored),
        ]
        for i, count in enumerate(lines[name].parameters)
    ]
    return markdown(columns, rows) + "\n\n± is the standard deviation over seeds."


def _spread(scores: np.ndarray, digits: int) -> str:
    return f"{number(float(scores.mean()), digits)} ± {number(float(scores.std(ddof=1)), digits)}"


def _answers(asked: Mapping[str, Mapping[str, Contrast]], line: Line, at: Sizes) -> str:
    """The declared differences."""
    counts = {name: f"{line.parameters[i]:,}" for name, i in at._asdict().items()}
    head = ", ".join(f"{name} {count}" for name, count in counts.items())
    rows = [
        [question, *(ranged(c.value, c.low, c.high, sign=True) for c in of.values())]
        for question, of in asked.items()
    ]
    table = markdown(["difference", "Brier score (below 0: better)", "TSS"], rows)
    return f"Parameters compared: {head}.\n\n{table}"


def _no_threshold(line: Line) -> str:
    fits = (line.training.mean(1) < FITS).all()
    why = "every size fits" if fits else "no size before the widest fits"
    return f"Nothing is compared: {why} the labels of training."


def _figure(
    path: pathlib.Path,
    lines: Mapping[str, Line],
    found: Mapping[str, Scored],
    taught: Taught,
    title: str,
    note: str,
) -> pathlib.Path:
    """Brier score above, TSS below, a column for each learner."""
    with rc_context(STYLE):
        figure = Figure(figsize=(3.1 * len(REMEDIED) + 0.6, 5.2))
        axes = figure.subplots(2, len(REMEDIED), sharex="col", sharey="row")
        for column, (name, remedied) in zip(axes.T, REMEDIED.items(), strict=True):
            _panel(column[0], lines[name], found[name].brier, found[remedied].brier, training=True)
            _panel(column[1], lines[name], found[name].tss, found[remedied].tss, training=False)
            column[0].set(title=name)
            column[1].set(xlabel="parameters")
            for ax in column:
                ax.axvline(taught.rows.shape[1], color="0.7", ls=":", lw=1, zorder=0)
        axes[0, 0].set(ylabel="Brier score", ylim=(0, None))
        axes[1, 0].set(ylabel="True Skill Statistic")
        figure.suptitle(f"{title}; dotted: as many parameters as training windows", fontsize=10)
        drawn = axes[0, 0].get_legend_handles_labels()
        figure.legend(*drawn, loc="outside lower center", ncols=3)
        return save(figure, path, note)


def _panel(
    ax: Axes, line: Line, drawn: np.ndarray, remedied: np.ndarray, *, training: bool
) -> None:
    named = (
        (drawn, COLOURS[1], "test"),
        (remedied, COLOURS[0], "test, with penalty or stopped early"),
    )
    for score, colour, label in named:
        low, high = np.nanpercentile(score[1:], [2.5, 97.5], axis=0)
        ax.fill_between(line.parameters, low, high, color=colour, alpha=0.2, lw=0)
        ax.plot(line.parameters, score[0], "o-", ms=3, lw=1.4, color=colour, label=label)
    if training:
        ax.plot(line.parameters, line.training.mean(1), "--", lw=1, color="0.4", label="training")
    ax.set(xscale="log")
