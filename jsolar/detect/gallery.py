"""Figures of a report on regions of the disk."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Int
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jsolar.detect.compare import Comparison
from jsolar.detect.findings import is_near, probability
from jsolar.models.mask_rcnn.network import TERMS
from jsolar.report import disks
from jsolar.report.plots import COLOURS, SIMULATED, STYLE, save
from jsolar.types import take
from jsolar.verify.events.columns import ForecastColumns

NAMES = {
    "classes": "classes, L_cls",
    "boxes": "boxes, L_box",
    "masks": "masks, L_mask",
    "objectness": "anchors: object or not",
    "proposal_boxes": "anchors: boxes",
}
"""What the terms of the loss are called."""

LEARNED_AND_HELD = (("training", COLOURS[0], ""), ("validation", COLOURS[1], "validation_"))
"""Names, colours, and prefixes in the log."""

YES, NO, ASIDE = COLOURS[1], COLOURS[0], "#7F7F7F"
"""Flaring, not flaring, and not asked for."""


def truth_and_findings(
    path: pathlib.Path, comparison: Comparison, method: str, *, count: int = 3
) -> pathlib.Path:
    """Disks of the test set, one a row: the regions there are beside what a method finds.

    The disks with the most flaring regions are shown, one of a rotation.

    Args:
      path: PNG to write.
      comparison: of methods.
      method: whose findings.
      count: disks.

    Returns:
      The path.
    """
    data, rows = comparison.data, busiest(comparison, count)
    with rc_context(STYLE):
        figure = Figure(figsize=(9.6, 4.7 * len(rows) + 0.5))
        axes = figure.subplots(len(rows), 2, squeeze=False)
        for (left, right), row in zip(axes, rows.tolist(), strict=True):
            shown = _truth(left, comparison, row)
            _findings(right, comparison, method, row)
        figure.colorbar(
            shown, ax=list(axes.ravel()), label="line-of-sight field, G", fraction=0.02, shrink=0.5
        )
        marks = [(YES, f"{data.event} follows within 24 h, or is forecast"), (NO, "it does not"),
                 (ASIDE, "beyond 70°, or not known")]  # fmt: skip
        lines = [Line2D([], [], color=colour, label=text) for colour, text in marks]
        figure.legend(handles=lines, loc="outside upper center", ncols=3)
        note = "box and mask of each region; grid every 30°, solar north up, west to the right"
        return save(figure, path, f"{note}; {SIMULATED}" if data.synthetic else note)


def busiest(comparison: Comparison, count: int) -> Int[np.ndarray, "k"]:
    """Test disks with the most flaring regions, one of a rotation, in order of time."""
    test = comparison.data.test
    flaring = np.array([(one.judged & one.happened).sum() for one in test.regions])
    order = np.argsort(-flaring, kind="stable")
    _, first = np.unique(test.rows.group[order], return_index=True)
    return np.sort(order[np.sort(first)][:count])


def losses(
    path: pathlib.Path, curves: Sequence[Mapping[str, float]], *, note: str = ""
) -> pathlib.Path:
    """Every term of the loss on training and validation data against steps.

    Args:
      path: PNG to write.
      curves: the lines of ``metrics.jsonl``.
      note: stands in the figure.
    """
    steps = [line["step"] for line in curves]
    with rc_context(STYLE):
        figure = Figure(figsize=(2.3 * len(TERMS) + 0.4, 2.6))
        for ax, term in zip(figure.subplots(1, len(TERMS)), NAMES, strict=True):
            for name, colour, prefix in LEARNED_AND_HELD:
                height = [line[prefix + term] for line in curves]
                ax.plot(steps, height, color=colour, label=name)
            ax.set(title=NAMES[term], xlabel="step", ylim=(0, None))
        figure.axes[0].set_ylabel("loss")
        figure.axes[0].legend()
        return save(figure, path, note)


def reliability_columns(
    comparison: Comparison, methods: Sequence[str]
) -> dict[str, ForecastColumns]:
    """The forecasts of regions that were found, for a reliability diagram."""
    columns = {}
    for name in methods:
        rows = comparison.forecasts[name].rows
        seen = rows.found & ~rows.false
        columns[name] = ForecastColumns(
            rows.happened[seen], seen[seen], rows.probability[seen], rows.group[seen]
        )
    return columns


def disk_columns(comparison: Comparison, methods: Sequence[str]) -> dict[str, ForecastColumns]:
    """The same of whole disks."""
    return {
        name: ForecastColumns(of.happened, of.group >= of.group.min(), of.probability, of.group)
        for name in methods
        for of in [comparison.forecasts[name].disks]
    }


def _truth(ax: Axes, comparison: Comparison, row: int) -> Any:
    test, regions = comparison.data.test, comparison.data.test.regions[row]
    shown = _disk(ax, comparison, row)
    masks = regions.masks(comparison.data.frame.size)
    colours = _colours(regions.judged, regions.happened)
    disks.outline(ax, regions.boxes, masks, colours=colours)
    asked, events = regions.judged, regions.judged & regions.happened
    day = str(test.rows.time[row])[:16].replace("T", " ")
    ax.set_title(f"{day}: {asked.sum()} regions within 70°, {events.sum()} flare")
    return shown


def _findings(ax: Axes, comparison: Comparison, method: str, row: int) -> None:
    of = comparison.forecasts[method]
    finding = comparison.methods[method].test[row]
    found = finding.found(comparison.data.frame.size)
    near = _near(comparison, row, found.boxes)
    p = probability(finding, of.platt)
    _disk(ax, comparison, row)
    names = [f"{x:.0%}" if close else "" for x, close in zip(p.tolist(), near, strict=True)]
    colours = _colours(near, p >= of.threshold)
    disks.outline(ax, found.boxes, found.masks, colours=colours, names=names)
    ax.set_title(f"{method}: {len(p)} found, {(near & (p >= of.threshold)).sum()} to flare"
                 f" (p ≥ {of.threshold:.0%})")  # fmt: skip


def _near(comparison: Comparison, row: int, boxes: np.ndarray) -> Bool[np.ndarray, "n"]:
    data = comparison.data
    return is_near(take(data.test, slice(row, row + 1)), [boxes], data.frame)[0]


def _disk(ax: Axes, comparison: Comparison, row: int) -> Any:
    data = comparison.data
    b0 = float(data.test.inputs.observer_latitude_deg[row])
    image = np.asarray(data.test.inputs.image[row, ..., 0])
    return disks.disk(ax, image, data.frame, observer_latitude_deg=b0)


def _colours(asked: Bool[np.ndarray, "n"], yes: Bool[np.ndarray, "n"]) -> list[str]:
    return np.where(asked, np.where(yes, YES, NO), ASIDE).tolist()
