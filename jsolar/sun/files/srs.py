"""NOAA Solar Region Summary: the regions on the disk, one text a day since 1996.

The text is issued at 00:30 UTC; places are those at 24:00 of the day before. Layouts differ in
capitals, blanks and broken lines; what is read here is the same in all of them: three sections
``I.``, ``IA.`` and ``II.``, whose rows begin with a region's number.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jsolar.sun.flares.regions import (
    RegionPositions,
    noaa_number,
    parse_location,
    parse_magnetic_type,
    parse_mcintosh,
)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ANY_CASE = re.IGNORECASE | re.MULTILINE | re.ASCII


class SpotRegion(NamedTuple):
    """A region with sunspots.

    Attributes:
      region: NOAA number of five digits (four before 2002-06-14).
      latitude_deg: heliographic latitude.
      longitude_deg: Stonyhurst longitude, west positive.
      carrington_longitude_deg: Carrington longitude.
      area_msh: area of the spots, millionths of the solar hemisphere; 0 is "under ten".
      mcintosh: three capitals.
      longitude_extent_deg: length of the group in longitude.
      spots: number of spots.
      magnetic_type: one of `jsolar.sun.flares.regions.MAGNETIC_TYPES`.
    """

    region: int
    latitude_deg: float
    longitude_deg: float
    carrington_longitude_deg: float
    area_msh: float
    mcintosh: str
    longitude_extent_deg: float
    spots: int
    magnetic_type: str


class Plage(NamedTuple):
    """A region that has lost its spots; attributes as in `SpotRegion`."""

    region: int
    latitude_deg: float
    longitude_deg: float
    carrington_longitude_deg: float


class Returning(NamedTuple):
    """A region due at the east limb; the Carrington longitude is NaN where the text has none."""

    region: int
    latitude_deg: float
    carrington_longitude_deg: float


class SrsReport(NamedTuple):
    """One Solar Region Summary.

    Attributes:
      issue_time: datetime64[s], UTC, when it was published.
      valid_time: datetime64[s], UTC, for which the places hold.
      regions: with spots.
      plages: without.
      returning: due to return in the next days.
    """

    issue_time: np.datetime64
    valid_time: np.datetime64
    regions: tuple[SpotRegion, ...]
    plages: tuple[Plage, ...]
    returning: tuple[Returning, ...]


def read_srs(path: str | os.PathLike[str]) -> SrsReport:
    """Read a Solar Region Summary.

    Args:
      path: the text as NOAA publishes it, e.g. ``20220105SRS.txt``.

    Returns:
      What it says.

    Raises:
      ValueError: it is no such text, or a row of it cannot be read.
    """
    text = Path(path).read_text(encoding="utf-8", errors="replace")
    try:
        return parse_srs(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def parse_srs(text: str) -> SrsReport:
    r"""What a Solar Region Summary says.

    Args:
      text: the whole text.

    Returns:
      The report.

    Raises:
      ValueError: it is no such text, or a row of it cannot be read.

    Example:
      >>> report = parse_srs('''
      ... :Issued: 2022 Jan 05 0030 UTC
      ... I.  Regions with Sunspots.  Locations Valid at 04/2400Z
      ... Nmbr Location  Lo  Area  Z   LL   NN Mag Type
      ... 2924 S32E48   042  0030 Cro  01   02 Beta
      ... IA. H-alpha Plages without Spots.  Locations Valid at 04/2400Z Jan
      ... Nmbr  Location  Lo
      ... 2919  S13W70   160
      ... II. Regions Due to Return 05 Jan to 07 Jan
      ... Nmbr Lat    Lo
      ... 2906 S29    355''')
      >>> report.regions[0].region, report.regions[0].longitude_deg, report.regions[0].mcintosh
      (12924, -48.0, 'CRO')
      >>> report.plages[0].region, report.returning[0].carrington_longitude_deg
      (12919, 355.0)
    """
    issue = _issue_time(text)
    spots, plages, returning = _sections(text)
    return SrsReport(
        issue_time=issue,
        valid_time=_valid_time(text, issue),
        regions=tuple(_spot_region(line, issue) for line in spots),
        plages=tuple(_plage(line, issue) for line in plages),
        returning=tuple(_returning(line, issue) for line in returning),
    )


def positions(reports: Iterable[SrsReport]) -> RegionPositions:
    """Places of all regions of some reports, spotted or not, for `jsolar.sun.flares.attribution`.

    Args:
      reports: in any order.

    Returns:
      One entry a region and report, at the time for which its place holds.
    """
    rows = []
    for report in reports:
        here: tuple[SpotRegion | Plage, ...] = (*report.regions, *report.plages)
        rows += [(report.valid_time, r.region, r.latitude_deg, r.longitude_deg) for r in here]
    times, numbers, latitudes, longitudes = zip(*rows, strict=True) if rows else ((), (), (), ())
    return RegionPositions(
        np.array(times, dtype="datetime64[s]"),
        np.array(numbers, dtype=np.int64),
        np.array(latitudes, dtype=np.float64),
        np.array(longitudes, dtype=np.float64),
    )


def _issue_time(text: str) -> np.datetime64:
    head = re.search(r"^:Issued:\s*(\d{4}) ([a-z]{3}) +(\d\d?) +(\d\d)(\d\d)", text, _ANY_CASE)
    body = re.search(r"issued at (\d\d)(\d\d)Z on (\d\d?) ([a-z]{3}) (\d{4})", text, _ANY_CASE)
    if head:
        year, month, day, hour, minute = head.groups()
    elif body:
        hour, minute, day, month, year = body.groups()
    else:
        raise ValueError("not a Solar Region Summary: no line ':Issued: 2022 Jan 05 0030 UTC'")
    try:
        number = _MONTHS.index(month.lower()) + 1
        return np.datetime64(f"{year}-{number:02d}-{int(day):02d}T{hour}:{minute}", "s")
    except ValueError:
        raise ValueError(f"{day} {month} {year} {hour}{minute} is not a time") from None


def _valid_time(text: str, issue: np.datetime64) -> np.datetime64:
    """The latest ``day/2400Z`` that does not lie after the issue of the text."""
    match = re.search(r"valid at\s+(\d{1,2})/(\d\d)(\d\d)Z", text, re.IGNORECASE)
    if not match:
        raise ValueError("no 'Locations Valid at 04/2400Z' in section I")
    clock = np.timedelta64(60 * int(match[2]) + int(match[3]), "m")
    for back in range(32):
        day = issue.astype("datetime64[D]") - np.timedelta64(back, "D")
        of_month = int((day - day.astype("datetime64[M]")).astype(int)) + 1
        if of_month == int(match[1]) and day + clock <= issue:
            return (day + clock).astype("datetime64[s]")
    raise ValueError(f"{match[0]!r} is no day before {issue}")


def _sections(text: str) -> tuple[list[str], list[str], list[str]]:
    """Rows of the sections I, IA and II; a row begins with a number."""
    rows: dict[str, list[str]] = {"I": [], "IA": [], "II": []}
    # Some texts go on after a heading without a new line: "NMBR LAT    LO7997 N05    242".
    text = re.sub(r"(\bLO)(?=\d{4}\b)", r"\1\n", text, flags=re.IGNORECASE)
    section, seen = None, set()
    for line in text.splitlines():
        heading = re.match(r"\s*(I|IA|II|III)\.\s", line)
        if heading:
            section = heading[1] if heading[1] in rows else None
            seen.add(section)
        elif section and re.match(r"\s*\d+\b(?!,)", line):  # a footer begins "9999, 0000,"
            rows[section].append(line)
    if not seen.issuperset(rows):
        raise ValueError("not a Solar Region Summary: sections I., IA. and II. are not all there")
    return rows["I"], rows["IA"], rows["II"]


def _cells(line: str, at_least: int, at_most: int, issue: np.datetime64) -> tuple[int, list[str]]:
    """A row's region and its other cells."""
    cells = line.split()
    if not (at_least <= len(cells) <= at_most and cells[0].isascii() and cells[0].isdigit()):
        raise ValueError(f"the row {line.strip()!r} has not {at_least} cells")
    return noaa_number(int(cells[0]) or 10000, issue), cells[1:]  # 10000 was printed "0000"


def _number(cell: str, line: str) -> float:
    if not (cell.isascii() and cell.isdigit()):
        raise ValueError(f"{cell!r} is not a number, in the row {line.strip()!r}")
    return float(cell)


def _spot_region(line: str, issue: np.datetime64) -> SpotRegion:
    region, cells = _cells(line, 8, 8, issue)
    latitude, longitude = parse_location(cells[0])
    carrington, area, extent, spots = (_number(cells[i], line) for i in (1, 2, 4, 5))
    mcintosh = "".join(parse_mcintosh(cells[3]))
    kind = parse_magnetic_type(cells[6])
    return SpotRegion(
        region, latitude, longitude, carrington, area, mcintosh, extent, int(spots), kind
    )


def _plage(line: str, issue: np.datetime64) -> Plage:
    region, cells = _cells(line, 3, 99, issue)  # a comment may follow
    return Plage(region, *parse_location(cells[0]), _number(cells[1], line))


def _returning(line: str, issue: np.datetime64) -> Returning:
    region, cells = _cells(line, 2, 3, issue)
    latitude, _ = parse_location(cells[0] + "W00")
    return Returning(region, latitude, _number(cells[1], line) if len(cells) == 2 else np.nan)
