"""How good are forecasts of the regions of the disk? Scores with intervals, all from one bootstrap.

Sums are made of every rotation of the Sun, rotations are drawn again, and all scores of all methods
are read off the same draws: so any two can be subtracted.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

from jsolar.detect.examples import DiskData, Disks
from jsolar.detect.findings import Finding, calibrate, judged
from jsolar.types import PyTree
from jsolar.verify.boxes import regions
from jsolar.verify.boxes.regions import (
    RegionRows,
    best_threshold,
    region_rows,
    row_table,
    tables,
)
from jsolar.verify.events.calibration import Platt
from jsolar.verify.events.contingency import total
from jsolar.verify.events.scores import far, pod, tss
from jsolar.verify.intervals import RULES, resample, weighted_sums
from jsolar.verify.weighting import ratio


class Forecast(NamedTuple):
    """The forecasts of one method on the test disks.

    Attributes:
      platt: calibration, from validation.
      threshold: "yes" is said from this probability on; from validation.
      rows: regions, see `jsolar.verify.boxes.regions.region_rows`.
      true_probability: of the flare of each row; 0 of a region that does not exist.
      disks: the pictures as a whole.
      region_rate: share of events among the regions of validation.
      disk_rate: share of its disks with an event.
    """

    platt: Platt
    threshold: float
    rows: RegionRows
    true_probability: Float[np.ndarray, "r"]
    disks: regions.Disks
    region_rate: float
    disk_rate: float


def forecast(data: DiskData, validation: Sequence[Finding], test: Sequence[Finding]) -> Forecast:
    """Calibrate a method and choose its threshold on validation; judge the test disks.

    Args:
      data: the splits.
      validation: what the method finds there.
      test: what it finds there.

    Returns:
      The forecasts.
    """
    platt = calibrate(data.validation, validation, data.frame)
    before = region_rows(judged(data.validation, validation, data.frame, platt=platt))
    rows = region_rows(judged(data.test, test, data.frame, platt=platt))
    there, group = ~before.false, data.validation.rows.group
    return Forecast(
        platt,
        best_threshold(before),
        rows,
        _true_probability(data.test, rows),
        regions.disks(rows, data.test.rows.group),
        float(before.happened[there].mean()),
        float(regions.disks(before, group).happened.mean()),
    )


def resampled_scores(
    key: Key[Array, ""],
    forecasts: Mapping[str, Forecast],
    *,
    resamples: int = RULES.resamples,
) -> dict[str, dict[str, Float[np.ndarray, "d"]]]:
    """Every score of every method, of the data as they are and of every resample.

    Args:
      key: randomness.
      forecasts: of the same test disks.
      resamples: how many.

    Returns:
      ``{method: {score: numbers}}``, the first number being that of the data:

      - ``tss``, with the false regions that were forecast to flare; ``tss_expected``, with true
        probabilities in place of what happened; ``tss_found``, of the regions that were found;
      - ``pod``: share of the flaring regions that was forecast; ``far``: share of false alarms
        among the forecasts, false regions included;
      - ``found`` and ``found_flaring``: share of (flaring) regions that was found;
      - ``bss``: Brier skill against the event rate of validation, all regions;
      - ``false_per_disk``: regions that do not exist; ``alarms_per_disk``: of them those that were
        forecast to flare;
      - ``disk_bss``: Brier skill of 1 − Π (1 − p) for the disk; ``dispersion``: of the number of
        events on a disk, see `jsolar.verify.boxes.regions.dispersion`.
    """
    names, index = np.unique(next(iter(forecasts.values())).disks.group, return_inverse=True)
    sums = [_sums(one, index, len(names)) for one in forecasts.values()]
    beside = jax.tree.map(lambda *each: np.stack(each, 1), *sums)
    drawn = jax.device_get(_resampled(key, beside, resamples=resamples))
    return {
        name: {score: numbers[:, i] for score, numbers in drawn.items()}
        for i, name in enumerate(forecasts)
    }


@partial(jax.jit, static_argnames="resamples")
def _resampled(
    key: Key[Array, ""], sums: Mapping[str, Any], *, resamples: int
) -> dict[str, Float[Array, "d m"]]:
    """Scores of m methods from their sums ``[g, m]``, in one small program."""
    groups = len(sums["disks"])
    return resample(
        key, lambda weight: _scores(weighted_sums(weight, sums)), groups, resamples=resamples
    )


def tss_of(of: Forecast) -> float:
    """TSS alone, for many seeds of one method."""
    return float(tss(total(tables(of.rows, of.threshold))))


def flaring_rotations(of: Forecast) -> int:
    """How many rotations had an event; intervals need ten."""
    real = ~of.rows.false
    return len(np.unique(of.rows.group[real & of.rows.happened]))


def rows_in(rows: RegionRows, where: Bool[np.ndarray, "r"]) -> RegionRows:
    """Some of the rows."""
    return RegionRows(*(column[where] for column in rows))


def by_group(values: PyTree, index: Int[np.ndarray, "r"], groups: int) -> PyTree:
    """`jsolar.verify.intervals.sums_by_block` in NumPy, as numbers of rows differ every time."""
    return jax.tree.map(lambda x: np.bincount(index, np.asarray(x, float), groups), values)


def _sums(of: Forecast, index: Int[np.ndarray, "d"], groups: int) -> dict[str, Any]:
    """What the rows and disks of each rotation add up to."""
    rows, p = of.rows, of.rows.probability
    real, yes, happened = ~rows.false, p >= of.threshold, rows.happened
    by_row = {
        "table": tables(rows, of.threshold),
        "expected": row_table(of.true_probability, yes, yes | real),
        "found_table": row_table(happened, yes, rows.found & real),
        "regions": real,
        "flaring": real & happened,
        "found": rows.found & real,
        "found_flaring": rows.found & real & happened,
        "false": rows.false,
        "alarms": rows.false & yes,
        "squared": real * (p - happened) ** 2,
        "reference": real * (of.region_rate - happened) ** 2,
    }
    disks = of.disks
    by_disk = {
        "disks": np.ones(len(index)),
        "disk_squared": (disks.probability - disks.happened) ** 2,
        "disk_reference": (of.disk_rate - disks.happened) ** 2,
        "surprise": (disks.events - disks.expected) ** 2,
        "variance": disks.variance,
    }
    return {**by_group(by_row, index[rows.picture], groups), **by_group(by_disk, index, groups)}


def _scores(sums: Mapping[str, Any]) -> dict[str, Float[Array, "m"]]:
    return {
        "tss": tss(sums["table"]),
        "tss_expected": tss(sums["expected"]),
        "tss_found": tss(sums["found_table"]),
        "pod": pod(sums["table"]),
        "far": far(sums["table"]),
        "found": ratio(sums["found"], sums["regions"]),
        "found_flaring": ratio(sums["found_flaring"], sums["flaring"]),
        "bss": 1 - ratio(sums["squared"], sums["reference"]),
        "false_per_disk": ratio(sums["false"], sums["disks"]),
        "alarms_per_disk": ratio(sums["alarms"], sums["disks"]),
        "disk_bss": 1 - ratio(sums["disk_squared"], sums["disk_reference"]),
        "dispersion": ratio(sums["surprise"], sums["variance"]),
    }


def _true_probability(disks: Disks, rows: RegionRows) -> Float[np.ndarray, "r"]:
    each = [
        0.0 if false else float(disks.regions[picture].true_probability[number])
        for picture, number, false in zip(rows.picture, rows.object, rows.false, strict=True)
    ]
    return np.array(each)
