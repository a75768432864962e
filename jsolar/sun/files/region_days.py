"""Region days: one row for a NOAA region and a day, with the flares of that day.

The simplest flare forecasts are made from such a table: sunspot properties are published at 00:30
UTC, the flares are those that *begin* on that calendar day. (Those of its first half hour precede
the publication; the table cannot tell them apart.)
"""

import os
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped

from jsolar.sun.files.text_table import is_missing, moments, numbers, read_text_table, whole_numbers
from jsolar.sun.flares.regions import (
    RegionPositions,
    noaa_number,
    parse_location,
    parse_magnetic_type,
    parse_mcintosh,
)

_NUMBERS = {
    "Carrington_long": "carrington_longitude_deg",
    "AREA": "area_msh",
    "Longitude_extent": "longitude_extent_deg",
    "No_sunspots": "spots",
}
_FLARES = {"C+": "c_or_larger", "M+": "m_or_larger", "X+": "x_or_larger"}


class RegionDays(NamedTuple):
    """Regions day by day in parallel arrays, sorted by issue time, then region.

    Attributes:
      issue_time: ``datetime64[s][n]``, UTC, when the properties were published.
      region: ``int64[n]``, NOAA number of five digits (four before 2002-06-14).
      carrington_longitude_deg: ``[n]``; NaN where missing, as in all numbers but `region` and the
        flares.
      area_msh: area of the spots, millionths of the solar hemisphere.
      mcintosh: ``Str[n]``, three capitals; empty where missing.
      longitude_extent_deg: length of the group in longitude.
      latitude_deg: heliographic latitude, from `location`.
      longitude_deg: Stonyhurst longitude, west positive, from `location`.
      spots: number of spots.
      magnetic_type: ``Str[n]``, see `jsolar.sun.flares.regions.MAGNETIC_TYPES`; empty where
        missing.
      location: ``Str[n]``, e.g. ``S09E22``; empty where missing.
      c_or_larger: ``int64[n]``, flares of class C, M or X that began on the day.
      m_or_larger: of class M or X.
      x_or_larger: of class X.
    """

    issue_time: Shaped[np.ndarray, "n"]
    region: Int[np.ndarray, "n"]
    carrington_longitude_deg: Float[np.ndarray, "n"]
    area_msh: Float[np.ndarray, "n"]
    mcintosh: Shaped[np.ndarray, "n"]
    longitude_extent_deg: Float[np.ndarray, "n"]
    latitude_deg: Float[np.ndarray, "n"]
    longitude_deg: Float[np.ndarray, "n"]
    spots: Float[np.ndarray, "n"]
    magnetic_type: Shaped[np.ndarray, "n"]
    location: Shaped[np.ndarray, "n"]
    c_or_larger: Int[np.ndarray, "n"]
    m_or_larger: Int[np.ndarray, "n"]
    x_or_larger: Int[np.ndarray, "n"]


def read_region_days(path: str | os.PathLike[str]) -> RegionDays:
    """Read a CSV table of region days.

    Latitude and longitude are taken from the column LOCATION, whose letters leave no doubt about
    the sign. Rows that repeat another are left out.

    Args:
      path: CSV with the columns ``AR issue_date``, ``noaa_ar``, ``Carrington_long``, ``AREA``,
        ``McIntosh``, ``Longitude_extent``, ``No_sunspots``, ``MAGTYPE``, ``LOCATION``, ``C+``,
        ``M+``, ``X+``; its header may lack a name for a leading row number.

    Returns:
      The table.

    Raises:
      ValueError: the file is no such table, a cell cannot be read, the flares of a day are missing
        (they must not become "no flare"), or two rows of one region and day differ.
    """
    texts = ("AR issue_date", "noaa_ar", "McIntosh", "MAGTYPE", "LOCATION")
    table = read_text_table(path, [*texts, *_NUMBERS, *_FLARES])
    issue_time = moments(table["AR issue_date"], what=f"{path}: AR issue_date")
    if not len(issue_time) or np.isnat(issue_time).any():
        raise ValueError(f"{path}: the table is empty, or a row has no 'AR issue_date'")
    printed = whole_numbers(table["noaa_ar"], what=f"{path}: noaa_ar")
    try:
        region = [noaa_number(int(n), day) for n, day in zip(printed, issue_time, strict=True)]
        places = [parse_location(t) if t else (np.nan, np.nan) for t in _present(table["LOCATION"])]
        mcintosh = ["".join(parse_mcintosh(t)) if t else "" for t in _present(table["McIntosh"])]
        magnetic = [parse_magnetic_type(t) if t else "" for t in _present(table["MAGTYPE"])]
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    days = RegionDays(
        issue_time=issue_time,
        region=np.array(region, dtype=np.int64),
        mcintosh=np.array(mcintosh),
        latitude_deg=np.array(places)[:, 0],
        longitude_deg=np.array(places)[:, 1],
        magnetic_type=np.array(magnetic),
        location=_present(table["LOCATION"]),
        **{field: numbers(table[n], what=f"{path}: {n}") for n, field in _NUMBERS.items()},
        **{field: whole_numbers(table[n], what=f"{path}: {n}") for n, field in _FLARES.items()},
    )
    return _distinct(days, str(path))


def positions(days: RegionDays) -> RegionPositions:
    """Places of the regions, for `jsolar.sun.flares.attribution`.

    Args:
      days: a table; rows without a place are left out.

    Returns:
      The places, at the midnight before the issue: that is when NOAA's places hold.
    """
    midnight = days.issue_time.astype("datetime64[D]").astype("datetime64[s]")
    columns = (midnight, days.region, days.latitude_deg, days.longitude_deg)
    known = ~np.isnan(days.latitude_deg)
    return RegionPositions(*(column[known] for column in columns))


def _present(texts: Shaped[np.ndarray, "n"]) -> Shaped[np.ndarray, "n"]:
    """The cells in capitals, empty where missing."""
    return np.where(is_missing(texts), "", np.char.upper(texts))


def _distinct(days: RegionDays, path: str) -> RegionDays:
    """Sorted by time and region, without repeated rows."""
    order = np.lexsort((days.region, days.issue_time))
    columns = [column[order] for column in days]
    same_day = (np.diff(columns[1]) == 0) & (columns[0][1:] == columns[0][:-1])
    for row in np.flatnonzero(same_day).tolist():
        if any(str(column[row]) != str(column[row + 1]) for column in columns):
            raise ValueError(
                f"{path}: region {columns[1][row]} on {columns[0][row]} is there twice and differs"
            )
    keep = np.insert(~same_day, 0, True)
    return RegionDays(*(column[keep] for column in columns))
