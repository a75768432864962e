"""What a SWAN-SF window holds: 60 rows, 12 minutes apart, of 24 numbers of the magnetic field."""

import csv
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from jsolar.sun.files.sharp_patch import GOOD_QUALITY
from jsolar.sun.files.swan.name import WindowName, parse_name

PARAMETERS = (
    "TOTUSJH", "TOTBSQ", "TOTPOT", "TOTUSJZ", "ABSNJZH", "SAVNCPP", "USFLUX", "TOTFZ", "MEANPOT",
    "EPSZ", "MEANSHR", "SHRGT45", "MEANGAM", "MEANGBT", "MEANGBZ", "MEANGBH", "MEANJZH", "TOTFY",
    "MEANJZD", "MEANALP", "TOTFX", "EPSY", "EPSX", "R_VALUE",
)  # fmt: skip
"""The 24 columns that are learned from, in the order of the files."""

ROWS = 60
CADENCE_MINUTES = 12
OBSERVED_HOURS = 12.0
"""A window looks back so long: its rows are 12 minutes apart, and there are 60."""

_MISSING = ("", "nan", "none", "null")


class SwanWindow(NamedTuple):
    """A window and its label.

    Attributes:
      name: what the file's name tells, the label too.
      series: ``Float[60, 24]``, `PARAMETERS` in the units of the files; NaN where missing.
      good: ``Bool[60]``, rows of which ``QUALITY`` is known and below
        `jsolar.sun.files.sharp_patch.GOOD_QUALITY`; all if the file has no such column.
      noaa: NOAA numbers of the region, in order.
    """

    name: WindowName
    series: Float[np.ndarray, "60 24"]
    good: Bool[np.ndarray, "60"]
    noaa: tuple[int, ...]


def parse_window(name: str, data: bytes, *, where: str = "") -> SwanWindow:
    r"""Read a window: tab, comma or semicolon between the cells, gaps anywhere.

    Args:
      name: of the file, which carries the label.
      data: what is in the file.
      where: of the file, for errors; its name if not given.

    Returns:
      The window.

    Raises:
      ValueError: the name or the file is none of a window, or it is cut short; says which line.
    """
    told, where = parse_name(name), where or name
    lines = _lines(data, where)
    separator = _separator(lines[0])
    header = [cell.strip().strip('"') for cell in lines[0].split(separator)]
    place = _places(header, where)
    rows = [_cells(line, separator) for line in lines[1:]]
    _check_rows(rows, len(header), told, place["Timestamp"], where)
    columns = [place[p] for p in PARAMETERS]
    series = _numbers(rows, columns, header, where)
    return SwanWindow(
        told, series, _good(rows, place.get("QUALITY")), _noaa(rows, place.get("NOAA_AR"), where)
    )


def _lines(data: bytes, where: str) -> list[str]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{where}: no text; a window is a table as tab-separated text") from None
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if not lines[0].strip():
        raise ValueError(f"{where}: the file is empty")
    return lines


def _separator(header: str) -> str:
    return max("\t,;", key=header.count)


def _cells(line: str, separator: str) -> list[str]:
    if '"' in line:
        return next(csv.reader([line], delimiter=separator))
    return line.split(separator) if line.strip() else []


def _places(header: Sequence[str], where: str) -> dict[str, int]:
    place = {name: i for i, name in enumerate(header)}
    absent = [name for name in ("Timestamp", *PARAMETERS) if name not in place]
    if absent:
        alike = {other.upper().replace(" ", ""): other for other in header}
        renamed = [f"{a} (there is {alike[a.upper()]})" for a in absent if a.upper() in alike]
        names = ", ".join(renamed or absent[:5]) + (" …" if len(absent) > 5 else "")
        raise ValueError(f"{where}, line 1: no column {names}: is it a window of SWAN-SF?")
    return place


def _check_rows(
    rows: Sequence[Sequence[str]], width: int, told: WindowName, time: int, where: str
) -> None:
    for number, row in enumerate(rows, 2):
        if row and len(row) != width:
            raise ValueError(
                f"{where}, line {number}: {len(row)} cells of {width}: is the file cut short?"
            )
    if len(rows) != ROWS:
        raise ValueError(f"{where}: {len(rows)} rows of {ROWS}: is the file cut short?")
    expected = told.start + np.arange(ROWS) * np.timedelta64(CADENCE_MINUTES, "m")
    if expected[-1] != told.end:
        raise ValueError(
            f"{where}: its name tells of {told.start} to {told.end}, which is not {ROWS} rows "
            f"{CADENCE_MINUTES} minutes apart"
        )
    for number, (row, moment) in enumerate(zip(rows, expected.astype(str), strict=True), 2):
        text = row[time].strip() if row else ""
        if text and text.replace(" ", "T") != moment:
            raise ValueError(
                f"{where}, line {number}: the time {text} should be {moment}: was it saved by a "
                "spreadsheet?"
            )


def _numbers(
    rows: Sequence[Sequence[str]], columns: Sequence[int], header: Sequence[str], where: str
) -> Float[np.ndarray, "60 24"]:
    empty, nan = [""] * len(header), float("nan")
    try:
        table = [[float(c) if (c := (row or empty)[i]) else nan for i in columns] for row in rows]
    except ValueError:
        table = [
            [_number(row[i], f"{where}, line {n}, {header[i]}") if row else nan for i in columns]
            for n, row in enumerate(rows, 2)
        ]
    values = np.array(table)
    if np.isinf(values).any():
        row, column = np.argwhere(np.isinf(values))[0]
        raise ValueError(f"{where}, line {row + 2}, {PARAMETERS[column]}: infinite")
    return values.astype(np.float32)


def _number(text: str, what: str) -> float:
    if text.strip().lower() in _MISSING:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{what}: {text!r} is no number") from None


def _good(rows: Sequence[Sequence[str]], column: int | None) -> Bool[np.ndarray, "60"]:
    if column is None:
        return np.ones(ROWS, bool)
    return np.array([bool(row) and _is_good(row[column]) for row in rows])


def _is_good(text: str) -> bool:
    try:
        return 0 <= float(text) < GOOD_QUALITY
    except ValueError:
        return False


def _noaa(rows: Sequence[Sequence[str]], column: int | None, where: str) -> tuple[int, ...]:
    texts = {row[column] for row in rows if row} if column is not None else set()
    parts = {part for text in texts for part in text.replace(",", ";").split(";")}
    named = {part.strip() for part in parts if part.strip().lower() not in _MISSING}
    return tuple(sorted({int(_number(part, f"{where}, NOAA_AR")) for part in named}))
