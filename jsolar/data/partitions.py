"""Partitions with as many flares each, in order of time, without sharing a region."""

import numpy as np
from jaxtyping import Int


def equal_events(
    first_seen: np.ndarray, events: Int[np.ndarray, "r"], *, partitions: int = 5
) -> Int[np.ndarray, "r"]:
    """Divide regions, in order of their beginning, so that each part has as many events.

    As SWAN-SF is divided by its M and X flares. Parts may overlap in time by the life of a region.

    Args:
      first_seen: ``datetime64[r]``, when each region begins.
      events: how many each has.
      partitions: how many parts.

    Returns:
      The part of each region, from 1; where a part would be empty, parts of as many regions.

    Example:
      >>> days = np.datetime64("2010-05-01") + np.arange(6)
      >>> equal_events(days, np.array([1, 0, 1, 2, 0, 2]), partitions=3).tolist()
      [1, 1, 1, 2, 3, 3]

    References:
      Angryk et al. (2020), doi:10.1038/s41597-020-0548-x
    """
    order = np.argsort(first_seen, kind="stable")
    part = _cut(events[order], partitions)
    if len(np.unique(part)) < partitions:
        part = _cut(np.ones(len(events), int), partitions)
    found = np.empty(len(events), int)
    found[order] = part
    return found


def _cut(events: Int[np.ndarray, "r"], partitions: int) -> Int[np.ndarray, "r"]:
    before = np.cumsum(events) - events
    return np.minimum(before * partitions // max(events.sum(), 1), partitions - 1) + 1
