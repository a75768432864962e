"""Splits by region and by time together; no row of one leaks into another."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from jsolar.sun.conventions import WINDOW_HOURS

DROPPED = -1
"""Split number of a row that belongs to no split because it would straddle a border."""

_NEVER = np.datetime64("9999-12-31", "s")


def by_time(
    region: Int[np.ndarray, "n"],
    issue_time: np.ndarray,
    borders: Sequence[np.datetime64] | np.ndarray,
    *,
    window_hours: float = WINDOW_HOURS,
) -> Int[np.ndarray, "n"]:
    """Split at given times; a region belongs where it first appears.

    Rows of a region that outlives its split, and rows whose label window reaches over the
    border, are dropped: so neither regions nor windows are shared.

    Args:
      region: number of each row's region.
      issue_time: ``datetime64[n]`` of each row.
      borders: increasing times at which the next split begins.
      window_hours: length of the label window.

    Returns:
      The number of each row's split, 0 to ``len(borders)``, or `DROPPED`.

    Example:
      >>> day = np.array(["2009-12-30", "2009-12-31", "2010-01-01", "2010-01-01"], "datetime64[D]")
      >>> by_time(np.array([1, 1, 1, 2]), day, [np.datetime64("2010-01-01")]).tolist()
      [0, 0, -1, 1]
    """
    borders_s = np.asarray(borders, "datetime64[s]")
    times = np.asarray(issue_time, "datetime64[s]")
    _, inverse = np.unique(region, return_inverse=True)
    first = np.full(len(np.unique(region)), _NEVER)
    np.minimum.at(first, inverse, times)
    split = np.searchsorted(borders_s, first, side="right")[inverse]
    ends = np.append(borders_s, _NEVER)
    window = np.timedelta64(round(window_hours * 3600), "s")
    return np.where(times + window <= ends[split], split, DROPPED)


def chronological(
    region: Int[np.ndarray, "n"],
    issue_time: np.ndarray,
    *,
    fractions: Sequence[float] = (0.5, 0.2, 0.3),
    window_hours: float = WINDOW_HOURS,
) -> Int[np.ndarray, "n"]:
    """Split at the times that give each split its share of the regions; see `by_time`.

    Args:
      region: number of each row's region.
      issue_time: ``datetime64[n]`` of each row.
      fractions: of the regions, in order of time; they add up to 1.
      window_hours: length of the label window.

    Returns:
      The number of each row's split, or `DROPPED`.

    Raises:
      ValueError: the fractions do not add up to 1.

    Example:
      >>> days = np.datetime64("2010-01-01") + 30 * np.arange(10)
      >>> chronological(np.arange(10), days, fractions=(0.5, 0.2, 0.3)).tolist()
      [0, 0, 0, 0, 0, 1, 1, 2, 2, 2]
    """
    if not np.isclose(sum(fractions), 1.0):
        raise ValueError(f"the fractions {tuple(fractions)} of a split must add up to 1")
    times = np.asarray(issue_time, "datetime64[s]")
    order = np.argsort(times, kind="stable")
    _, rows = np.unique(np.asarray(region)[order], return_index=True)
    first = np.sort(times[order][rows])
    cuts = np.round(np.cumsum(fractions)[:-1] * len(first)).astype(int)
    borders = [first[cut] if cut < len(first) else _NEVER for cut in cuts]
    return by_time(region, times, borders, window_hours=window_hours)
