"""Will the Sun flare today? Probabilities of regions put together, to be verified day by day.

Operational centres say one probability for the whole disk: 1 − Π (1 − p) over its regions, as if
these flared independently of one another.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.forecast.compare import Comparison, compare
from jsolar.forecast.day_examples import RegionDayExamples
from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.fitting import Probabilities, fit_all, forecast_all
from jsolar.forecast.methods.calibrated import calibrated, platt_of
from jsolar.forecast.methods.climatology import climatology
from jsolar.forecast.methods.persistence import persistence
from jsolar.forecast.page import DAYS
from jsolar.forecast.window_examples import known_or_nan
from jsolar.types import Events, Rows
from jsolar.verify.events.calibration import apply_platt, log_odds

ROTATION_DAYS = 27
"""A synodic rotation of the Sun: days of one are resampled together."""


def compare_days(
    key: Key[Array, ""],
    seeds: Sequence[Mapping[str, Probabilities]],
    data: Data,
    splits: Mapping[str, RegionDayExamples],
    *,
    methods: Sequence[str],
) -> Comparison:
    """One probability a day for the whole disk, against its own persistence and climatology.

    Args:
      key: the experiment's.
      seeds: forecasts of region days by method, of each seed.
      data: the region days.
      splits: its splits, with what is known beside them.
      methods: whose probabilities are put together; they have an answer for every row.

    Returns:
      The comparison; the first seed's is shown.
    """
    whole = full_disk(data, splits)
    simple = {"persistence": persistence(), "climatology": calibrated(climatology())}
    baselines = forecast_all(fit_all(key, simple, whole), whole)
    first, *others = (
        {name: put_together(forecasts[name], data, whole) for name in methods} | baselines
        for forecasts in seeds
    )
    return compare(
        key,
        first,
        whole,
        pairs=[(name, "persistence") for name in methods],
        others=others,
        title="the whole disk: 1 − Π (1 − p) over its regions",
        wording=DAYS,
    )


def full_disk(data: Data, splits: Mapping[str, RegionDayExamples]) -> Data:
    """The same splits with a row for every day, days without a region included.

    A day has an event if any region had one, or if a flare without a region was that large. Where
    the flare list does not reach, only the regions tell.

    Args:
      data: of the region days.
      splits: its splits, with what is known beside them.

    Returns:
      Examples with the input ``previous`` (the day before; NaN on the first day of a split); a
      group is a solar rotation.
    """
    days: dict[str, Any] = {name: _days(split) for name, split in splits.items()}
    return data._replace(**days)


def put_together(forecast: Probabilities, data: Data, whole: Data) -> Probabilities:
    """Probabilities of the whole disk from those of regions, calibrated on its validation days.

    Args:
      forecast: of the region days; has an answer for each.
      data: the region days.
      whole: the days, from `full_disk`.

    Returns:
      Probabilities by day.
    """
    validation, test = (
        combine(probability, day_numbers(regions.rows.time, days.rows.time), len(days.rows.id))
        for probability, regions, days in (
            (forecast.validation, data.validation, whole.validation),
            (forecast.test, data.test, whole.test),
        )
    )
    platt = platt_of(validation, whole.validation.events)
    said = [np.asarray(apply_platt(platt, log_odds(p))) for p in (validation, test)]
    return Probabilities(said[0], said[1])


def combine(
    probability: Float[np.ndarray, "n k"], day: Int[np.ndarray, "n"], days: int
) -> Float[np.ndarray, "d k"]:
    """The probability that at least one region flares: 1 − Π (1 − p) over the regions of a day.

    Args:
      probability: of each region on each day.
      day: of each row, from 0.
      days: how many there are; a day without a region gets 0.

    Returns:
      Probabilities by day.

    Example:
      >>> combine(np.array([[0.5], [0.5], [0.1]]), np.array([0, 0, 2]), 3).ravel().round(6)
      array([0.75, 0.  , 0.1 ])
    """
    quiet = np.ones((days, probability.shape[1]))
    np.multiply.at(quiet, day, 1 - probability)
    return 1 - quiet


def day_numbers(time: np.ndarray, days: np.ndarray) -> Int[np.ndarray, "n"]:
    """The place of each time's day in a row of consecutive days.

    Example:
      >>> first = np.array(["2014-01-01T00:30", "2014-01-02T00:30"], "datetime64[s]")
      >>> day_numbers(first[[1, 0, 1]], first).tolist()
      [1, 0, 1]
    """
    return time.astype("datetime64[D]").astype(int) - days[0].astype("datetime64[D]").astype(int)


def _days(split: RegionDayExamples) -> Examples:
    time = split.examples.rows.time
    day = time.astype("datetime64[D]")
    days = np.arange(day.min(), day.max() + np.timedelta64(1, "D"))
    of_row = day_numbers(time, days)
    flared = split.examples.events.happened | split.placed | split.unattributed
    happened = np.zeros((len(days), flared.shape[1]), bool)
    np.logical_or.at(happened, of_row, flared)
    known = np.ones_like(happened)
    first = np.arange(len(days)) == 0
    before = Events(np.roll(happened, 1, axis=0), known & ~first[:, None])
    rotation = days.astype(int) // ROTATION_DAYS
    return Examples(
        rows=Rows(days.astype(str), rotation, days.astype("datetime64[s]")),
        inputs={"previous": known_or_nan(before)},
        events=Events(happened, known),
    )
