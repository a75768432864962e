"""The report of `experiments.class_imbalance`: what remedies change, and the trap."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.imbalance_fits import NOTHING, SAMPLERS
from experiments.imbalance_methods import METHODS
from experiments.imbalance_scores import ALL, FOR_HSS2, FOR_TSS, HALF, Forecast, Pool, Scores
from jsolar.data.sampling import SUBCLASSES
from jsolar.report.plots import COLOURS, SIMULATED, STYLE, save
from jsolar.report.tables import markdown, number, ranged
from jsolar.run import Run

TRAP = "undersampled, keeping the mix"
"""The remedy whose forecasts are also tested on sampled windows."""

COLUMNS = (("TSS", HALF), ("HSS2", HALF), ("TSS", FOR_TSS), ("HSS2", FOR_HSS2))
"""Scores and thresholds that are told."""

READING = [
    "Every partition teaches once with each remedy, and every other one is tested, whole.",
    "*At ½* is what papers do: yes where the raw probability is at least one half. *Chosen* is the",
    "threshold that promises most TSS, or HSS2, after calibration on a third partition, which is",
    "sampled by nobody. Settings of the methods are fixed, and the MLP takes as many steps with",
    "every remedy.",
    "",
    "± is the spread (standard deviation) over pairs. Intervals (95 %) are of the mean over pairs,",
    "from resamples of the tested regions, the same for all forecasts; they leave out which",
    "partition taught, for which the number of pairs stands, and the luck of samples and fits, for",
    "which the other seeds stand in parentheses.",
    "",
    "What this supports: how much of a remedy's gain at ½ is no more than another threshold, which",
    "can be had without it. What it does not: that remedies are of no use elsewhere; the data,",
    "methods and settings are these.",
    "",
]


def write(
    run: Run, about: Mapping[str, Any], pool: Pool, seeds: Sequence[Scores]
) -> dict[str, Any]:
    """Tables, figure and report; returns what goes into the summary.

    Args:
      run: the run.
      about: facts of the data.
      pool: the windows.
      seeds: scores of every seed; the first is told with intervals.
    """
    note = SIMULATED if about.get("synthetic") else ""
    lines = [f"# {run.title}", ""]
    if note:
        lines += [f"**This is {note}.** Scores tell how remedies compare on this simulator.", ""]
    lines += [*_windows(pool), ""]
    trap = _trap(seeds[0])
    for name in METHODS:
        lines += [f"**{name}**, mean over {len(seeds[0].pairs)} pairs", "", _means(seeds[0], name)]
        lines += ["", f"{name}: difference from nothing", "", _differences(seeds, name), ""]
    figure = _figure(run.folder / "remedies.png", seeds[0], note)
    print("\n" + "\n".join([*lines[2:], *trap]))
    (run.folder / "report.md").write_text(
        "\n".join([*lines, *READING, *trap, f"![remedies]({figure.name})", ""])
    )
    print(f"Report and figure: {run.folder / 'report.md'}")
    return {
        "data": about,
        "pairs": seeds[0].pairs,
        "scores": [_by_pair(scores) for scores in seeds],
        "differences": {name: _told(seeds[0], name) for name in METHODS},
    }


def _windows(pool: Pool) -> list[str]:
    """How many there are of each subclass."""
    rows = []
    for part in pool.numbers:
        mine = pool.partition == part
        groups, subclass = pool.examples.rows.group[mine], pool.subclass[mine]
        flaring = np.unique(groups[pool.happened[mine]])
        counts = np.bincount(subclass, minlength=len(SUBCLASSES))
        cells = [len(np.unique(groups)), len(flaring), mine.sum(), *counts]
        rows.append([str(part), *(str(cell) for cell in cells)])
    header = ["partition", "regions", "with ≥M1.0", "windows", *SUBCLASSES]
    return ["≥M1.0 within 24 h", "", markdown(header, rows)]


def _names(scores: Scores) -> list[str]:
    return list(dict.fromkeys(forecast.remedy for forecast in scores.forecasts))


def _means(scores: Scores, method: str) -> str:
    """Mean and spread over the pairs."""

    def cell(score: str, remedy: str, threshold: str) -> str:
        told = scores.by_pair(score, Forecast(method, remedy, threshold))[0]
        told = told[~np.isnan(told)]
        return f"{number(told.mean())} ± {number(told.std(ddof=1))}" if len(told) > 1 else "–"

    rows = [
        [remedy, *(cell(score, remedy, threshold) for score, threshold in COLUMNS)]
        for remedy in _names(scores)
    ]
    return markdown(["remedy", "TSS at ½", "HSS2 at ½", "TSS, chosen", "HSS2, chosen"], rows)


def _differences(seeds: Sequence[Scores], method: str) -> str:
    """Of every remedy: the interval, how many pairs are better, and the other seeds."""

    def cell(remedy: str, score: str, threshold: str) -> str:
        with_it, without = (Forecast(method, r, threshold) for r in (remedy, NOTHING))
        found, *others = [scores.difference(score, with_it, without) for scores in seeds]
        each = (seeds[0].by_pair(score, with_it) - seeds[0].by_pair(score, without))[0]
        each = each[~np.isnan(each)]
        if not len(each):
            return "–"
        more = ", ".join(f"{other.value:+.3f}" for other in others)
        told = ranged(found.value, found.low, found.high, sign=True)
        return f"{told}, {(each > 0).sum()} of {len(each)}" + (f" ({more})" if more else "")

    rows = [
        [remedy, *(cell(remedy, score, threshold) for score, threshold in COLUMNS)]
        for remedy in _names(seeds[0])
        if remedy != NOTHING
    ]
    return markdown(["remedy", "TSS at ½", "HSS2 at ½", "TSS, chosen", "HSS2, chosen"], rows)


def _trap(scores: Scores) -> list[str]:
    """The same forecasts on windows that are sampled."""
    rows = []
    for method in METHODS:
        whole = Forecast(method, TRAP, HALF)
        means = [number(scores.mean(s, whole).value) for s in ("TSS", "HSS2", "precision")]
        rows.append([f"{method}: {ALL}", *means])
        for sampler in SAMPLERS:
            changed = whole._replace(tested=sampler)
            found = [scores.difference(s, changed, whole) for s in ("TSS", "HSS2", "precision")]
            cells = [ranged(f.value, f.low, f.high, sign=True) for f in found]
            rows.append([f"{method}: {sampler}", *cells])
    return [
        "**The trap: the tested windows are sampled too**",
        "",
        f"Taught on windows {TRAP}, yes from ½. The first row of a method is the score on all",
        "windows, those below tell by how much it changes when the tested windows are sampled,",
        "without any change of the forecasts.",
        "",
        markdown(["tested", "TSS", "HSS2", "precision"], rows),
        "",
    ]


def _told(scores: Scores, method: str) -> dict[str, Any]:
    """Differences from nothing for the summary."""
    return {
        remedy: {
            f"{score}, {threshold}": scores.difference(
                score, Forecast(method, remedy, threshold), Forecast(method, NOTHING, threshold)
            )._asdict()
            for score, threshold in COLUMNS
        }
        for remedy in _names(scores)
        if remedy != NOTHING
    }


def _by_pair(scores: Scores) -> list[dict[str, Any]]:
    """Every forecast with its scores on every pair."""
    return [
        forecast._asdict() | {s: scores.by_pair(s, forecast)[0].tolist() for s in scores.drawn}
        for forecast in scores.forecasts
    ]


def _figure(path: pathlib.Path, scores: Scores, note: str) -> pathlib.Path:
    """Both scores at both thresholds, a panel for each method."""
    with rc_context(STYLE):
        figure = Figure(figsize=(10, 3.8))
        axes = figure.subplots(1, len(METHODS), sharey=True, sharex=True)
        for ax, method in zip(axes, METHODS, strict=True):
            _panel(ax, scores, method)
        axes[0].invert_yaxis()
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        return save(figure, path, note)


def _panel(ax: Axes, scores: Scores, method: str) -> None:
    names = _names(scores)
    for shift, (score, threshold) in zip((-0.24, 0.08, -0.08, 0.24), COLUMNS, strict=True):
        found = [scores.mean(score, Forecast(method, name, threshold)) for name in names]
        value = np.array([f.value for f in found])
        ends = np.abs(np.array([[f.low, f.high] for f in found]).T - value)
        ax.errorbar(
            value,
            np.arange(len(names)) + shift,
            xerr=ends,
            fmt="o" if score == "TSS" else "s",
            ms=4,
            lw=1,
            color=COLOURS[0] if score == "TSS" else COLOURS[1],
            mfc="white" if threshold == HALF else None,
            label=f"{score}, {'at ½' if threshold == HALF else 'threshold chosen'}",
        )
    ax.set_yticks(range(len(names)), names)
    ax.set(title=method, xlabel="score", xlim=(-0.05, 1))
