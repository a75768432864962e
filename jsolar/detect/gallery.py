"""Figures of a report on regions of the disk."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jsolar.detect.compare import Comparison
from jsolar.detect.findings import Finding, kept, near_meridian, probability
from jsolar.models.mask_rcnn.network import TERMS
from jsolar.report import disks
from jsolar.report.plots import COLOURS, SIMULATED, STYLE, save
from jsolar.sun.sphere import Frame
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
        figure.legend(handles=_legend(marks), loc="outside upper center", ncols=3)
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
    data, of = comparison.data, comparison.forecasts[method]
    of_method = comparison.methods[method]
    (finding,) = kept([of_method.test[row]], of_method.score)
    b0 = float(data.test.inputs.observer_latitude_deg[row])
    near = near_meridian(finding.boxes, data.frame, b0)
    p = probability(finding, of.platt)
    _disk(ax, comparison, row)
    _outline(ax, finding, data.frame.size, p, near, of.threshold)
    told = f"{len(p)} found, {(near & (p >= of.threshold)).sum()} to flare"
    ax.set_title(f"{method}: {told} (p ≥ {of.threshold:.0%})")


def found_on(
    path: pathlib.Path,
    field_gauss: Float[np.ndarray, "h w"],
    frame: Frame,
    finding: Finding,
    *,
    probability: Float[np.ndarray, "n"],
    near: Bool[np.ndarray, "n"],
    threshold: float,
    observer_latitude_deg: float,
    title: str,
    note: str = "",
) -> pathlib.Path:
    """One disk with the regions that were found on it.

    Args:
      path: PNG to write.
      field_gauss: rows from south to north; NaN beside the disk.
      frame: where its pixels lie.
      finding: the regions.
      probability: of a flare of each.
      near: whether each is near enough to the meridian for that.
      threshold: from which on a flare is forecast.
      observer_latitude_deg: B0.
      title: of the figure.
      note: stands in the figure.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(6.4, 6.2))
        ax = figure.subplots()
        shown = disks.disk(ax, field_gauss, frame, observer_latitude_deg=observer_latitude_deg)
        _outline(ax, finding, frame.size, probability, near, threshold)
        ax.set_title(f"{title}: {len(near)} regions")
        figure.colorbar(shown, ax=ax, label="line-of-sight field, G", fraction=0.03, shrink=0.7)
        marks = [(YES, f"flare forecast, p ≥ {threshold:.0%}"), (NO, "none forecast"),
                 (ASIDE, "beyond 70°")]  # fmt: skip
        ax.legend(handles=_legend(marks), loc="lower left", fontsize=7)
        return save(figure, path, note)


def _outline(
    ax: Axes,
    finding: Finding,
    size: int,
    p: Float[np.ndarray, "n"],
    near: Bool[np.ndarray, "n"],
    threshold: float,
) -> None:
    """Boxes and masks of what was found, each with its probability."""
    found = finding.found(size)
    names = [f"{x:.0%}" if close else "" for x, close in zip(p.tolist(), near, strict=True)]
    colours = _colours(near, p >= threshold)
    disks.outline(ax, found.boxes, found.masks, colours=colours, names=names)


def _legend(marks: Sequence[tuple[str, str]]) -> list[Line2D]:
    return [Line2D([], [], color=colour, label=text) for colour, text in marks]


def _disk(ax: Axes, comparison: Comparison, row: int) -> Any:
    data = comparison.data
    b0 = float(data.test.inputs.observer_latitude_deg[row])
    image = np.asarray(data.test.inputs.image[row, ..., 0])
    return disks.disk(ax, image, data.frame, observer_latitude_deg=b0)


def _colours(asked: Bool[np.ndarray, "n"], yes: Bool[np.ndarray, "n"]) -> list[str]:
    return np.where(asked, np.where(yes, YES, NO), ASIDE).tolist()
