"""Which flares are a HARP's: by the NOAA numbers of its whole life, else by place, else in doubt.

Flare lists name NOAA regions; HARPs know theirs from `NOAA_ARS`, which is empty before NOAA gave a
number, for hours before some of the largest flares. So a HARP owns the flares of all numbers that
it ever has, and those without a region that happened within its outline. One that never has a
number owns what happened there, and flares of numbers that no HARP at hand has are in doubt for
it unless their place says that they were elsewhere.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from jsolar.sun.flares.attribution import attribute
from jsolar.sun.flares.catalogue import FlareList, select
from jsolar.sun.flares.labels import WindowLabel, label_windows
from jsolar.sun.flares.regions import RegionPositions

REACH_DEG = 5.0
"""A flare within this distance of a HARP's outline is taken as the HARP's.

An assumption: lists tell places to a degree, and a flare brightens beyond its region.
"""

_OWN = 1_000_000_000
"""A HARP's number plus this stands for the HARP among numbers of regions."""

_ELSEWHERE = -1

Times = Shaped[np.ndarray, "n"]


class Sightings(NamedTuple):
    """HARPs where they were seen, one row for each picture.

    Attributes:
      harp: ``Int[n]``; one number means one HARP, so near-real-time ones need their own.
      time: ``datetime64[s][n]``.
      latitude_deg: ``[n]``, of the centre; longitude_deg: Stonyhurst, west positive.
      half_latitude_deg: half the height of the outline; half_longitude_deg: half the width.
      noaa: for each row the NOAA numbers that it tells.
    """

    harp: Int[np.ndarray, "n"]
    time: Times
    latitude_deg: Float[np.ndarray, "n"]
    longitude_deg: Float[np.ndarray, "n"]
    half_latitude_deg: Float[np.ndarray, "n"]
    half_longitude_deg: Float[np.ndarray, "n"]
    noaa: Sequence[Sequence[int]]


class Matched(NamedTuple):
    """Flares whose regions are HARPs, for `label_sightings`.

    Attributes:
      flares: as HARPs with NOAA numbers see them.
      doubtful: as HARPs without a number see them: with more flares in doubt.
      placed: ``Bool[m]``, flares that were given to a HARP by their place alone.
      separation_deg: ``Float[m]``, how far these lie outside the outline.
    """

    flares: FlareList
    doubtful: FlareList
    placed: Bool[np.ndarray, "m"]
    separation_deg: Float[np.ndarray, "m"]


def components(seen: Sightings) -> Int[np.ndarray, "n"]:
    """The group of each row: HARPs that share a NOAA number, however indirectly, are one.

    Returns:
      The smallest HARP number of each group.

    Example:
      >>> rows = np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3)
      >>> time = np.zeros(3, "datetime64[s]")
      >>> seen = Sightings(np.array([7, 8, 9]), time, *rows, [(11158,), (), (11159, 11158)])
      >>> components(seen).tolist()
      [7, 8, 7]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    harps, row = np.unique(seen.harp, return_inverse=True)
    pairs = [(r, n) for r, numbers in zip(row, seen.noaa, strict=True) for n in numbers]
    mine, number = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    noaa, column = np.unique(number, return_inverse=True)
    size = len(harps) + len(noaa)
    joined = coo_array((np.ones(len(mine)), (mine, len(harps) + column)), (size, size))
    _, group = connected_components(joined, directed=False)
    smallest = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(smallest, group[: len(harps)], harps)
    return smallest[group[row]]


def match(flares: FlareList, seen: Sightings) -> Matched:
    """Give flares to HARPs by place where the list does not say whose they are.

    Args:
      flares: with NOAA numbers.
      seen: all pictures of all HARPs at hand.

    Returns:
      The flares as HARPs see them.
    """
    numbers = _numbers(seen)
    known = np.array(sorted(set().union(*numbers.values())), dtype=np.int64)
    foreign = (flares.region > 0) & ~np.isin(flares.region, known)
    nameless = np.array([not numbers[harp] for harp in seen.harp.tolist()], dtype=bool)
    ours = attribute(flares, _positions(seen), max_separation_deg=REACH_DEG)
    hidden = flares._replace(region=np.where(foreign, 0, _OWN))
    theirs = attribute(hidden, _positions(seen, nameless), max_separation_deg=REACH_DEG)
    region = np.where(ours.elsewhere, _ELSEWHERE, ours.flares.region)
    region = np.where(theirs.attributed, theirs.flares.region, region)
    doubt = foreign & ~theirs.attributed & ~theirs.elsewhere
    return Matched(
        flares._replace(region=region),
        flares._replace(region=np.where(doubt, 0, region)),
        ours.attributed | theirs.attributed,
        np.fmax(ours.separation_deg, theirs.separation_deg),
    )


def label_sightings(
    matched: Matched,
    seen: Sightings,
    begin: Times,
    end: Times,
    *,
    record_begin: Times,
    record_end: Times,
) -> tuple[WindowLabel, Float[np.ndarray, "n"]]:
    """Label a window ``(begin, end]`` of each row, see `jsolar.sun.flares.labels.label_windows`.

    Args:
      matched: from `match`.
      seen: the rows.
      begin: datetime64 ``[n]``.
      end: datetime64 ``[n]``.
      record_begin: when each HARP was first seen.
      record_end: when it was last seen.

    Returns:
      The labels, and the largest flare of each window that is the HARP's by place alone (0: none).
    """
    numbers = _numbers(seen)
    regions = [numbers[harp] | {_OWN + harp} for harp in seen.harp.tolist()]
    records = {"record_begin": record_begin, "record_end": record_end}
    named, nameless = (
        label_windows(flares, regions, begin, end, **records)
        for flares in (matched.flares, matched.doubtful)
    )
    placed = label_windows(select(matched.flares, matched.placed), regions, begin, end)
    has_number = np.array([len(owned) > 1 for owned in regions], dtype=bool)
    in_doubt = np.where(has_number, named.unattributed_flux_w_m2, nameless.unattributed_flux_w_m2)
    return named._replace(unattributed_flux_w_m2=in_doubt), placed.flux_w_m2


def _numbers(seen: Sightings) -> dict[int, set[int]]:
    """All NOAA numbers that each HARP ever has."""
    numbers: dict[int, set[int]] = {harp: set() for harp in seen.harp.tolist()}
    for harp, told in zip(seen.harp.tolist(), seen.noaa, strict=True):
        numbers[harp].update(told)
    return numbers


def _positions(seen: Sightings, rows: Bool[np.ndarray, "n"] | None = None) -> RegionPositions:
    columns = (seen.time, seen.harp + _OWN, *seen[2:6])
    return RegionPositions(*(column if rows is None else column[rows] for column in columns))
