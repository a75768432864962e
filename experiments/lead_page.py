"""The report of `experiments.lead_time`: skill against the time until a window, and its length."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.flare_rows import Offered
from jsolar.forecast import page
from jsolar.forecast.examples import Data
from jsolar.forecast.later import Asked
from jsolar.report.plots import COLOURS, SIMULATED, STYLE, save
from jsolar.report.tables import markdown, number, ranged
from jsolar.run import Run

SCORES = {"tss_redrawn": "TSS", "bss_test": "Brier skill"}
"""Those that are told: at the threshold that validation chooses, and against the test rate."""

READING = [
    "All windows are asked of the same rows: those whose region is seen on every day that any of",
    "the windows needs. Regions that leave the disk or whose spots vanish are not among them, and",
    "scores are not those of all days. Every method is fitted anew for every window, calibrated on",
    "validation and tested once; thresholds are those that promise most TSS on validation.",
    "Intervals (95 %) are a bootstrap over regions; that of TSS draws the validation regions too.",
    "Brier skill is against the event rate of the test rows, which grows with the window whatever",
    "is known.",
    "",
]


def write(
    run: Run, offered: Offered, data: Data, told: Mapping[Asked, Mapping[str, Any]]
) -> dict[str, Any]:
    """Tables, figure and report; returns what goes into the summary.

    Args:
      run: the run.
      offered: the data as they are.
      data: with what is known of all windows.
      told: scorecards by window, method and event.
    """
    note = SIMULATED if data.synthetic else ""
    text = [f"# {run.title}", ""]
    if note:
        text += [f"**This is {note}.** Scores tell how windows compare on this simulator.", ""]
    if "flare_list" in data.facts:
        text += [page.list_line(data.facts["flare_list"]), ""]
    row = offered.wording.row
    whole = int(np.asarray(offered.data.test.events.known[:, 0]).sum())
    kept = int(np.asarray(data.test.events.known[:, 0]).sum())
    which = "those known in all windows"
    which += f", one in {run.config.thinned}" if run.config.thinned > 1 else ""
    text += [f"Tested on {kept:,} of {whole:,} {row}s: {which}.", ""]
    for event in data.events:
        text += [f"**{event}**", ""]
        for score, name in SCORES.items():
            text += [_table(told, event, score, name), ""]
    print("\n" + "\n".join(text[2:]))
    figure = _figure(run.folder / "lead_time.png", told, data.events, note)
    shown = f"![skill against lead time and length of the window]({figure.name})"
    (run.folder / "report.md").write_text("\n".join([*text, *READING, shown, ""]))
    print(f"Report and figure: {run.folder / 'report.md'}")
    return {
        "data": data.facts,
        "windows": [
            {"lead_hours": lead, "window_hours": length, "models": cards}
            for (lead, length), cards in told.items()
        ],
    }


def _table(told: Mapping[Asked, Mapping[str, Any]], event: str, score: str, name: str) -> str:
    """A row for each window, a column for each method."""
    methods = list(next(iter(told.values())))
    rows = []
    for (lead, length), cards in told.items():
        card = cards[methods[0]][event]
        rate, numbers = card["rates"]["test"], card["numbers"]
        found = [cards[m][event]["scores"][score] for m in methods]
        rows.append([
            f"{lead} to {lead + length} h",
            f"{numbers['events']} ({numbers['flaring_regions']})",
            number(rate),
            *(ranged(x["value"], x["low"], x["high"]) for x in found),
        ])  # fmt: skip
    return markdown([f"{name}, window", "events (regions)", "rate", *methods], rows)


def _figure(
    path: pathlib.Path,
    told: Mapping[Asked, Mapping[str, Any]],
    events: Sequence[str],
    note: str,
) -> pathlib.Path:
    """A row for each score; for each event a column against lead time, and one against length."""
    by_lead = [asked for asked in told if asked[1] == 24]
    by_length = [asked for asked in told if asked[0] == 0]
    with rc_context(STYLE):
        figure = Figure(figsize=(2.7 * 2 * len(events) + 0.6, 5.0))
        axes = figure.subplots(len(SCORES), 2 * len(events), sharey="row", sharex="col")
        for row, (score, name) in zip(axes, SCORES.items(), strict=True):
            row[0].set_ylabel(name)
            for k, event in enumerate(events):
                _panel(row[2 * k], [a[0] for a in by_lead], by_lead, told, event, score)
                _panel(row[2 * k + 1], [a[1] for a in by_length], by_length, told, event, score)
        for k, event in enumerate(events):
            axes[0, 2 * k].set_title(f"{event}, window of 24 h")
            axes[0, 2 * k + 1].set_title(f"{event}, beginning at once")
            axes[-1, 2 * k].set_xlabel("hours until the window")
            axes[-1, 2 * k + 1].set_xlabel("length of the window, h")
        drawn = axes[0, 0].get_legend_handles_labels()
        figure.legend(*drawn, loc="outside lower center", ncols=4)
        return save(figure, path, note)


def _panel(
    ax: Axes,
    hours: Sequence[float],
    asked: Sequence[Asked],
    told: Mapping[Asked, Mapping[str, Any]],
    event: str,
    score: str,
) -> None:
    for i, (colour, method) in enumerate(zip(COLOURS, next(iter(told.values())), strict=False)):
        found = [told[window][method][event]["scores"][score] for window in asked]
        value, low, high = (np.array([x[k] for x in found]) for k in ("value", "low", "high"))
        ax.errorbar(
            np.array(hours) + 1.5 * (i - 1.5),  # so that intervals stand beside each other
            value,
            np.abs(np.stack([low, high]) - value),
            fmt="o-",
            ms=3.5,
            lw=1.2,
            elinewidth=0.9,
            color=colour,
            label=method,
        )
    ax.axhline(0, color="0.8", lw=0.8, zorder=-1)
    ax.set_xticks(list(hours))
