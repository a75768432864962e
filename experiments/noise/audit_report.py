"""The report of an audit of labels."""

import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from experiments.noise.auditing import Audit, Finding
from experiments.noise.two_lists import BORDERS
from jsolar.data.noise import measured
from jsolar.forecast import report
from jsolar.forecast.compare import Comparison
from jsolar.forecast.page import difference_table, numbers_line, skill_table
from jsolar.report import plots
from jsolar.report.plots import COLOURS, SIMULATED, STYLE
from jsolar.report.tables import markdown
from jsolar.run import Run
from jsolar.sun.units import MM_PER_DEGREE
from jsolar.verify.contrasts import Contrast, contrast, verdict
from jsolar.writing import write_whole

PICTURES = 18
"""Suspects that are drawn, one of a region."""

REVIEWED = (0.01, 0.02, 0.05, 0.1)
"""Shares of all labels that somebody looks at."""


def write(run: Run, audited: Any) -> dict[str, Any]:
    """Table, figures, ``report.md``.

    Args:
      run: where to.
      audited: from `experiments.label_audit`.

    Returns:
      The summary.
    """
    simulated, last = bool(audited.facts.get("synthetic")), audited.audits[-1]
    lines = [f"# {run.title}", ""]
    if simulated:
        lines += [f"**{SIMULATED}.**", ""]
    lines += [_counted(audited), ""]
    summary: dict[str, Any] = {"simulated": simulated, "data": audited.facts, "draws": []}
    if last.wrong is not None and last.wrong.any():
        table, difference = _findings(audited.audits, grouping=len(audited.audits) > 1)
        lines += [*table, "![wrong labels found](found.png)", ""]
        _draw_found(audited.audits, run.folder / "found.png", simulated=simulated)
        summary |= {"recall_by_grouping": difference}
        summary["draws"] = [_numbers(a) for a in audited.audits]
    if "image" in audited.examples.inputs:
        _draw_suspects(audited, run.folder / "suspects.png")
        lines += ["![the most doubtful labels](suspects.png)", ""]
    lines += ["## How noisy are the labels?", "", *_rates(audited), ""]
    if audited.lists is not None:
        lines += _two_lists(audited.lists)
        summary["two_lists"] = report.summary(audited.lists)
    lines += [f"[suspects.csv](suspects.csv): the {run.config.top} most doubtful labels.", ""]
    text = "\n".join(lines)
    write_whole(run.folder / "report.md", text)
    print("\n" + "\n".join(line for line in lines if not line.startswith(("#", "!", "["))))
    return summary


def _two_lists(comparison: Comparison) -> list[str]:
    """What it costs to learn from one list and to be tested by the other."""
    (event,) = comparison.data.events
    card = next(iter(comparison.cards.values()))[event]
    return [
        "## What the labels of the list cost",
        "",
        "Taught by the labels of the table or by those of the list; thresholds and test by the",
        f"table's. Trained on the days of the list before {BORDERS[0]}, validated until "
        f"{BORDERS[1]}, tested until {BORDERS[2]}: {numbers_line(card, comparison.wording)}.",
        "",
        skill_table(comparison.cards, event),
        "",
        difference_table(comparison.differences, comparison.data.events),
        "",
    ]


def _counted(audited: Any) -> str:
    events, last = audited.examples.events, audited.audits[-1]
    known = np.asarray(events.known)[:, 0]
    labelled = int(np.asarray(events.happened)[known, 0].sum())
    text = (
        f"{known.sum():,} labels {audited.event} of {len(np.unique(audited.examples.rows.group)):,}"
        f" regions, {labelled:,} of them “event”; {int(last.suspect.sum()):,} are suspects."
    )
    if last.wrong is None:
        return text + " Nobody knows which are wrong."
    return text + f" {int(last.wrong.sum()):,} are wrong, or differ from the reference."


def _findings(audits: Sequence[Audit], *, grouping: bool) -> tuple[list[str], Contrast | None]:
    rows = []
    for title, name in (("folds of regions", "grouped"), ("folds of rows", "plain")):
        every: list[Finding] = [getattr(a, name) for a in audits]
        rows.append([
            title,
            _mean([f.precision for f in every]),
            _mean([f.recall for f in every]),
            *(_mean([_at(f, share) for f in every]) for share in REVIEWED),
        ])  # fmt: skip
    base = _mean([float(np.sum(np.asarray(a.wrong)) / len(a.order)) for a in audits])
    share = _mean([float(a.suspect.sum() / len(a.order)) for a in audits])
    rows.append(["chance, as many", base, share, *(f"{s:.3f}" for s in REVIEWED)])
    columns = ["forecasts by", "precision", "recall", *(f"found in {s:.0%}" for s in REVIEWED)]
    lines = ["## What is found", "", markdown(columns, rows), "", *_READING, ""]
    if not grouping:
        return lines, None
    more = np.array([_at(_sure(a.grouped), 0.05) - _at(_sure(a.plain), 0.05) for a in audits])
    rng = np.random.default_rng(0)
    draws = more[rng.integers(0, len(more), (2000, len(more)))].mean(1)
    difference = contrast(np.concatenate([[more.mean()], draws]))
    word = {"difference": "helps" if difference.value > 0 else "harms"}.get(
        verdict(difference, margin=0.0), "is not shown to help"
    )
    told = f"{difference.value:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]"
    lines += [
        f"**Keeping regions together {word}**: of the wrong labels {told} more are among the 5 % "
        f"that are looked at first (over {len(more)} draws of the errors).",
        "",
    ]
    return lines, difference


_READING = [
    "Precision and recall are of the suspects of confident learning; “found in 5 %” is the share",
    "of the wrong labels among the 5 % of all labels that the forecasts doubt most. ± is the",
    "deviation of single draws of the errors.",
]


def _sure(found: Finding | None) -> Finding:
    assert found is not None
    return found


def _at(found: Finding, share: float) -> float:
    """Share of the wrong labels among the first so many."""
    return float(found.curve[max(0, round(share * len(found.curve)) - 1)])


def _mean(values: list[float]) -> str:
    spread = f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
    return f"{np.mean(values):.3f}{spread}"


def _numbers(found: Audit) -> dict[str, Any]:
    return {
        name: {
            "precision": f.precision,
            "recall": f.recall,
            "suspects": f.suspects,
            "found_in": {f"{share:g}": _at(f, share) for share in REVIEWED},
        }
        for name in ("grouped", "plain")
        if (f := getattr(found, name)) is not None
    }


def _rates(audited: Any) -> list[str]:
    last = audited.audits[-1]
    rows = [
        [name, f"{rates.missed[0]:.3f}", f"{rates.false[0]:.4f}"]
        for name, rates in (("confident joint", last.joint), ("anchors", last.anchors))
    ]
    if audited.truth is not None:
        events = audited.examples.events
        labels, known = np.asarray(events.happened), np.asarray(events.known)
        true = measured(audited.truth, labels, known=known)
        odds = (audited.truth & known).sum() / (~audited.truth & known).sum()
        rows.append(["counted", f"{true.missed[0]:.3f}", f"{true.false_per_event[0] * odds:.4f}"])
    columns = ["", "P(labelled none, event)", "P(labelled event, none)"]
    return [
        markdown(columns, rows),
        "",
        "Flares are uncertain by nature. The confident joint takes that for errors of the labels",
        "and is far too high; anchors err either way, as no forecast is ever sure of a flare.",
        "Believe no estimate that was not tried where the truth is known.",
    ]


def _draw_found(audits: Sequence[Audit], path: pathlib.Path, *, simulated: bool) -> None:
    with rc_context(STYLE):
        figure = Figure(figsize=(4.8, 3.4))
        ax = figure.subplots()
        for (name, label), colour in zip(
            (("grouped", "folds of regions"), ("plain", "folds of rows")), COLOURS, strict=False
        ):
            curves = np.stack([getattr(a, name).curve for a in audits])
            share = np.arange(1, curves.shape[1] + 1) / curves.shape[1]
            for curve in curves if len(curves) > 1 else []:
                ax.plot(share, curve, color=colour, lw=0.4, alpha=0.4)
            ax.plot(share, curves.mean(0), color=colour, lw=1.8, label=label)
        ax.plot([0, 1], [0, 1], color="0.6", lw=1, label="chance")
        ax.set(xlabel="share of the labels looked at", ylabel="share of the wrong labels found")
        ax.set(xlim=(0, 0.5), ylim=(0, 1))
        ax.legend(loc="lower right")
        if simulated:
            figure.supxlabel("simulated data", fontsize=7, color="0.4", x=0.99, ha="right")
        figure.savefig(path)


def _draw_suspects(audited: Any, path: pathlib.Path) -> None:
    """The regions of the most doubtful labels, one picture each."""
    found, rows = audited.audits[-1], audited.examples.rows
    _, first = np.unique(rows.group[found.order], return_index=True)
    shown = found.order[np.sort(first)][:PICTURES]
    titles = [
        f"{'event' if labelled else 'none'}, p = {found.probability[i]:.2f}"
        + ("" if found.wrong is None else (": wrong" if found.wrong[i] else ": right"))
        for i, labelled in zip(shown, audited.examples.events.happened[shown, 0], strict=True)
    ]
    plots.pictures(
        audited.examples.inputs["image"][shown],
        titles,
        path,
        cell_mm=audited.facts["degrees_per_pixel"] * MM_PER_DEGREE,
        note="label, probability by forecasts that have not seen the region; simulated data",
    )
