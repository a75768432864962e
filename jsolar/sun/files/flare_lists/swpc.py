"""Event lists of NOAA's Space Weather Prediction Center: the daily text, and CSV made from it."""

import os
import re
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Shaped

from jsolar.sun.files.flare_lists.rules import (
    flux_column,
    on_one_scale,
    past_midnight,
    region_column,
    scales,
    whole_days,
    with_class,
)
from jsolar.sun.files.text_table import MISSING, read_text_table
from jsolar.sun.flares.catalogue import FlareList, FlareSource, flare_list, goes_flux
from jsolar.sun.flares.regions import noaa_number, parse_location

COLUMNS = ("date", "start_time", "max_time", "end_time", "goes_class", "noaa_ar")

_TIME = r"([A-Z]?[0-9]{4}|/{4})"
_ROW = re.compile(
    rf"\s*([0-9]+)\s*\+?\s+{_TIME}\s+{_TIME}\s+{_TIME}\s+(\S+)(?:\s+\S)?\s+([A-Z]{{3}})\s+(.*)"
)
_XRA = re.compile(
    r"\S+\s+([ABCMX][0-9]+(?:\.[0-9]+)?)(?:\s+[0-9.]+E[+-]?[0-9]+)?(?:\s+([0-9]{1,5}))?\s*"
)


def clock(date: np.datetime64, text: str) -> np.datetime64:
    """A time of the day such as ``0709``.

    A letter before it (B: began before, A: ended after, U: uncertain) is passed over.

    Args:
      date: the day, datetime64[D].
      text: four digits; fewer are taken as zeros lost in a spreadsheet; ``////`` is unknown.

    Returns:
      datetime64[s], NaT where unknown.

    Raises:
      ValueError: it is not a time.

    Example:
      >>> str(clock(np.datetime64("2015-03-01"), "B0605"))
      '2015-03-01T06:05:00'
    """
    text = text.strip()
    if text.lower() in MISSING:
        return np.datetime64("NaT", "s")
    match = re.fullmatch(r"[A-Z]?([0-9]{0,2}?)([0-9]{1,2})", text)
    minutes = 60 * int(match[1] or 0) + int(match[2]) if match else -1
    if not match or int(match[2]) > 59 or minutes > 24 * 60:
        raise ValueError(f"{text!r} is not a time of the day like 0709")
    return date.astype("datetime64[s]") + np.timedelta64(minutes, "m")


def read_swpc_csv(path: str | os.PathLike[str]) -> FlareList:
    """Read a CSV list with a date and clock times: ``20100102, 0709, 0724, 0740, C1.0, 11039``.

    Args:
      path: CSV with `COLUMNS`; ``goes_sat`` tells the flux scale where present.

    Returns:
      The list. It covers the whole days from its first flare to its last. Flares of GOES 8–15 and
      of later satellites in one list are brought to one scale (`rules.on_one_scale`).

    Raises:
      ValueError: the file is no such list, a cell cannot be read, or there is no flare.
    """
    table = with_class(read_text_table(path, COLUMNS), "goes_class", path=path)
    if not len(table["date"]):
        raise ValueError(f"{path}: the list has a header but no flare")
    days = np.array([_day(text, str(path)) for text in table["date"]])
    start, peak, end = (_clocks(days, table[n], f"{path}: {n}") for n in COLUMNS[1:4])
    peak = past_midnight(start, peak)
    end = past_midnight(peak, past_midnight(start, end))
    begins, ends = whole_days(days)
    classes = flux_column(table["goes_class"], what=f"{path}: goes_class")
    flux, scale, floor = on_one_scale(classes, scales(days, table.get("goes_sat")))
    return flare_list(
        FlareSource("SWPC events", "", floor, scale, begins, ends),
        start=start,
        peak=peak,
        end=end,
        flux_w_m2=flux,
        region=region_column(table["noaa_ar"], days, what=f"{path}: noaa_ar"),
    )


def read_swpc_events(path: str | os.PathLike[str]) -> FlareList:
    """Read the events text of one day, see `parse_swpc_events`.

    Args:
      path: e.g. ``20150301events.txt``. Join the days with `jsolar.sun.files.flare_lists.join`.

    Returns:
      The X-ray flares of the day.

    Raises:
      ValueError: it is no such text, or a row of it cannot be read.
    """
    try:
        return parse_swpc_events(Path(path).read_text(encoding="utf-8", errors="replace"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def parse_swpc_events(text: str) -> FlareList:
    r"""X-ray flares of an SWPC events text (rows of type XRA).

    A maximum or an end whose clock time lies before the begin belongs to the next day. Regions are
    printed without their first digit (`jsolar.sun.flares.regions.noaa_number`). The place is that
    of the optical (FLA) or X-ray image (XFL) row with the same event number, where there is one.
    Where two satellites report one event, the row with a region counts, else the first.

    Args:
      text: the whole text of one day.

    Returns:
      The list, empty if nothing happened; it covers the day of the text, or as much of it as had
      passed when the text was created.

    Raises:
      ValueError: it is no such text, or a row of it cannot be read.

    Example:
      >>> flares = parse_swpc_events('''
      ... :Date: 2015 03 01
      ... #Event    Begin    Max       End  Obs  Q  Type  Loc/Frq   Particulars       Reg#
      ... 4080       0158   0210      0232  G15  5   XRA  1-8A      C1.0    1.9E-03   2290
      ... 4080       0158   0159      0211  LEA  3   FLA  N19W66    SF                2290
      ... ''')
      >>> flares.region.tolist(), flares.longitude_deg.tolist(), str(flares.peak[0])
      ([12290], [66.0], '2015-03-01T02:10:00')
    """
    date = re.search(r"^:Date:\s*(\d{4})\s+(\d\d?)\s+(\d\d?)\s*$", text, re.MULTILINE | re.ASCII)
    if not date:
        raise ValueError("not an SWPC events text: no line ':Date: 2015 03 01'")
    day = _day(f"{int(date[1]):04d}{int(date[2]):02d}{int(date[3]):02d}", ":Date:")
    rows = [row for row in map(_row, text.splitlines()) if row]
    places = _places(rows)
    flares, parsed = _xray_flares(rows, day)
    start, peak, end = (
        np.array([clock(day, row.times[i]) for row in flares], dtype="datetime64[s]")
        for i in range(3)
    )
    peak = past_midnight(start, peak)
    midnight = day.astype("datetime64[s]")
    satellites = np.array([row.observatory for row in flares], dtype=str)
    of_each = scales(np.full(len(flares), midnight), satellites)
    flux, scale, floor = on_one_scale(np.array([f for f, _ in parsed], dtype=np.float64), of_each)
    source = FlareSource(
        name="SWPC events",
        version="",
        floor_w_m2=floor,
        flux_scale=scale if flares else scales(np.array([midnight]))[0],
        begins=midnight,
        ends=_seen_until(text, midnight),
    )
    place = np.array([places.get(row.event, (np.nan, np.nan)) for row in flares]).reshape(-1, 2)
    return flare_list(
        source,
        start=start,
        peak=peak,
        end=past_midnight(peak, past_midnight(start, end)),
        flux_w_m2=flux,
        region=[region for _, region in parsed],
        latitude_deg=place[:, 0],
        longitude_deg=place[:, 1],
    )


class _Row(NamedTuple):
    event: int
    times: tuple[str, str, str]
    observatory: str
    kind: str
    rest: str


def _row(line: str) -> _Row | None:
    """An event's row, None for comments, blank lines and events of no interest."""
    if line.startswith(("#", ":")) or not re.search(r"\s(XRA|FLA|XFL)\s", line):
        return None
    match = _ROW.fullmatch(line)
    if not match:
        raise ValueError(f"the row {line.strip()!r} cannot be read")
    event, begin, peak, end, observatory, kind, rest = match.groups()
    return _Row(int(event), (begin, peak, end), observatory, kind, rest)


def _xray_flares(
    rows: list[_Row], day: np.datetime64
) -> tuple[list[_Row], list[tuple[float, int]]]:
    """The X-ray row of each event, with its flux and region."""
    chosen: dict[int, tuple[_Row, tuple[float, int]]] = {}
    for row in rows:
        if row.kind == "XRA":
            flux, region = _xra(row, day)
            if row.event not in chosen or (region and not chosen[row.event][1][1]):
                chosen[row.event] = row, (flux, region)
    return [row for row, _ in chosen.values()], [parsed for _, parsed in chosen.values()]


def _seen_until(text: str, midnight: np.datetime64) -> np.datetime64:
    """The end of the day, or the time of creation if the day was not over."""
    end = midnight + np.timedelta64(1, "D")
    match = re.search(r"^:Created:\s*(\d{4} \w{3} \d\d? \d{4})\b", text, re.MULTILINE | re.ASCII)
    if not match:
        return end
    try:
        created = np.datetime64(datetime.strptime(match[1], "%Y %b %d %H%M"), "s")
    except ValueError:
        return end
    return min(max(created, midnight), end)


def _xra(row: _Row, day: np.datetime64) -> tuple[float, int]:
    """Flux and region of an X-ray flare."""
    match = _XRA.fullmatch(row.rest)
    if not match:
        raise ValueError(f"event {row.event}: {row.rest!r} has no GOES class, flux and region")
    return goes_flux(match[1]), noaa_number(int(match[2] or 0), day)


def _places(rows: list[_Row]) -> dict[int, tuple[float, float]]:
    """The first place that an optical or X-ray image gives for each event."""
    places: dict[int, tuple[float, float]] = {}
    for row in rows:
        word = row.rest.split()[0] if row.rest.split() else ""
        if row.kind != "XRA" and re.fullmatch("[NS][0-9]{2}[EW][0-9]{2,3}", word):
            places.setdefault(row.event, parse_location(word))
    return places


def _day(text: str, what: str) -> np.datetime64:
    match = re.fullmatch(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})", text.strip())
    try:
        return np.datetime64("-".join(match.groups()) if match else text + "?", "D")
    except ValueError:
        raise ValueError(f"{what}: {text!r} is not a date like 20150301") from None


def _clocks(
    days: Shaped[np.ndarray, "n"], texts: Shaped[np.ndarray, "n"], what: str
) -> Shaped[np.ndarray, "n"]:
    try:
        times = [clock(day, text) for day, text in zip(days, texts, strict=True)]
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None
    return np.array(times, dtype="datetime64[s]")
