"""Several ways to find and to forecast the regions of the disk, on the same pictures."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.detect.examples import DiskData
from jsolar.detect.findings import Finding, kept
from jsolar.detect.finds import SIDES, Finds, class_precision, finds
from jsolar.detect.forecasts import (
    Forecast,
    flaring_rotations,
    forecast,
    resampled_scores,
    rows_in,
)
from jsolar.verify.boxes.precision import PRECISION_RULES
from jsolar.verify.boxes.regions import tables
from jsolar.verify.contrasts import Contrast, contrast
from jsolar.verify.events.scorecard import interval_dict
from jsolar.verify.intervals import Interval, Rules, percentile_interval

LONGITUDES = ((0.0, 30.0), (30.0, 50.0), (50.0, 70.0))
"""Slices by distance from the central meridian, degrees."""

SIZES = ((0.0, 6.0), (6.0, 12.0), (12.0, 24.0), (24.0, np.inf))
"""Slices by the shorter side of the box, pixels."""

PAIRED = ("tss", "tss_expected", "bss")
"""Scores whose differences are told."""


class Method(NamedTuple):
    """What a method finds.

    Attributes:
      validation: in each of its disks, also what it is not sure of.
      test: likewise.
      score: from which on it reports a region; average precision looks at all.
    """

    validation: Sequence[Finding]
    test: Sequence[Finding]
    score: float = -np.inf

    @property
    def reported(self) -> tuple[list[Finding], list[Finding]]:
        """What is sure enough of both."""
        return kept(self.validation, self.score), kept(self.test, self.score)


class Comparison(NamedTuple):
    """Methods beside one another.

    Attributes:
      data: the disks.
      methods: by name.
      finds: how well regions are found, by name of a method that finds them its own way.
      classes: average precision of each class, by name of some methods.
      forecasts: by method.
      scores: of each method, see `jsolar.detect.forecasts.resampled_scores`.
      differences: of two methods, "a − b", of the scores in `PAIRED`.
      sliced: some of them by longitude and by size, see `slices_of`.
      slices: the scores of these.
    """

    data: DiskData
    methods: Mapping[str, Method]
    finds: Mapping[str, Finds]
    classes: Mapping[str, Mapping[str, Interval]]
    forecasts: Mapping[str, Forecast]
    scores: Mapping[str, Mapping[str, Interval]]
    differences: Mapping[str, Mapping[str, Contrast]]
    sliced: Mapping[str, Mapping[str, Forecast]]
    slices: Mapping[str, Mapping[str, Mapping[str, Interval]]]


def compare(
    key: Key[Array, ""],
    data: DiskData,
    methods: Mapping[str, Method],
    *,
    finders: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    sliced: Sequence[str],
    rules: Rules = PRECISION_RULES,
) -> Comparison:
    """Judge all methods on the test disks.

    Args:
      key: of the bootstrap.
      data: the disks.
      methods: by name.
      finders: names of those that find regions in ways of their own.
      pairs: names of two methods whose difference is told.
      sliced: names of those whose scores are told by longitude and size, and with the finders'
        by class.
      rules: of the intervals of average precision, which take longest.

    Returns:
      The comparison.
    """
    test, frame = data.test, data.frame
    found = {
        name: finds(key, test, methods[name].test, frame, score=methods[name].score, rules=rules)
        for name in finders
    }
    forecasts = {name: forecast(data, *method.reported) for name, method in methods.items()}
    classes = {
        name: class_precision(
            key, test, methods[name].test, forecasts[name].platt, frame, rules=rules
        )
        for name in dict.fromkeys([*sliced, *finders])
    }
    draws = resampled_scores(key, forecasts)
    differences = {
        f"{a} − {b}": {
            score: contrast(
                draws[a][score] - draws[b][score], positive_blocks=flaring_rotations(forecasts[a])
            )
            for score in PAIRED
        }
        for a, b in pairs
    }
    parts = {name: slices_of(forecasts[name], data) for name in sliced}
    slices = {name: _intervals(resampled_scores(key, some), some) for name, some in parts.items()}
    scores = _intervals(draws, forecasts)
    return Comparison(data, methods, found, classes, forecasts, scores, differences, parts, slices)


def slices_of(of: Forecast, data: DiskData) -> dict[str, Forecast]:
    """The forecasts of true regions by longitude and by size; false regions are in no slice."""
    rows, regions = of.rows, data.test.regions
    place = [
        (abs(regions[picture].longitude_deg[number]), _side(regions[picture].boxes[number]))
        for picture, number in zip(rows.picture, rows.object, strict=True)
    ]
    longitude, side = np.array(place, float).reshape(-1, 2).T
    parts = {}
    for name, value, bounds in (("°", longitude, LONGITUDES), (" px", side, SIZES)):
        for low, high in bounds:
            where = ~rows.false & (low <= value) & (value < high)
            told = f"≥ {low:g}{name}" if np.isinf(high) else f"{low:g}–{high:g}{name}"
            parts[told] = of._replace(
                rows=rows_in(rows, where), true_probability=of.true_probability[where]
            )
    return parts


def counts(of: Forecast) -> dict[str, int]:
    """TP, FN, FP of regions that exist, TN, and F, those forecasts of regions that do not."""
    one = tables(of.rows, of.threshold)
    real = ~of.rows.false
    told = {name: int(np.asarray(count)[real].sum()) for name, count in one._asdict().items()}
    return told | {"f": int(np.asarray(one.fp)[~real].sum())}


def summary(comparison: Comparison) -> dict[str, Any]:
    """What ``summary.json`` holds of a comparison."""
    return {
        "data": comparison.data.facts,
        "event": comparison.data.event,
        "finds": {
            name: {"score": comparison.methods[name].score, **_plain_finds(one)}
            for name, one in comparison.finds.items()
        },
        "classes": {name: _plain(one) for name, one in comparison.classes.items()},
        "methods": {
            name: {
                "threshold": one.threshold,
                "counts": counts(one),
                "scores": _plain(comparison.scores[name]),
            }
            for name, one in comparison.forecasts.items()
        },
        "differences": {
            pair: {score: one._asdict() for score, one in scores.items()}
            for pair, scores in comparison.differences.items()
        },
        "slices": {
            name: {part: _plain(scores) for part, scores in parts.items()}
            for name, parts in comparison.slices.items()
        },
    }


def _intervals(
    draws: Mapping[str, Mapping[str, Float[np.ndarray, "d"]]], forecasts: Mapping[str, Forecast]
) -> dict[str, dict[str, Interval]]:
    return {
        name: {
            score: percentile_interval(
                np.asarray(numbers[0]),
                numbers[1:],
                positive_blocks=flaring_rotations(forecasts[name]),
            )
            for score, numbers in scores.items()
        }
        for name, scores in draws.items()
    }


def _side(box: Float[np.ndarray, "4"]) -> float:
    return float(min(box[2] - box[0], box[3] - box[1]))


def _plain(scores: Mapping[str, Interval]) -> dict[str, Any]:
    return {name: interval_dict(one) for name, one in scores.items()}


def _plain_finds(of: Finds) -> dict[str, Any]:
    by_size = {
        kind: {
            size: {
                score: interval_dict(Interval(*(np.asarray(x)[i] for x in one)))
                for score, one in scores.items()
            }
            for i, size in enumerate(SIDES)
        }
        for kind, scores in of.precision.items()
    }
    others = {name: getattr(of, name) for name in ("merged", "split", "there", "found")}
    return by_size | {"panoptic": _plain(of.panoptic)} | others
