"""CSV tables read as text first, so that nothing is guessed: times keep their zeros."""

import csv
import gzip
import io
import itertools
import lzma
import os
import pathlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped

MISSING = ("", "nan", "none", "null", "na", "n/a", "--", "////")
"""Spellings of "not known" in the tables of the field, in lower case."""

_NUMBER = re.compile(r"[+-]?([0-9]{1,30}\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?")


def open_text(path: str | os.PathLike[str], **how: Any) -> io.TextIOWrapper:
    """Open a text file for reading, also one that ends in ``.gz`` or ``.xz``.

    Args:
      path: the file.
      how: of `open`: encoding, newline, errors.

    Returns:
      The open file.

    Example:
      >>> import tempfile
      >>> file = pathlib.Path(tempfile.mkdtemp()) / "flares.csv.xz"
      >>> _ = file.write_bytes(lzma.compress(b"start,class"))
      >>> with open_text(file) as text:
      ...     text.read()
      'start,class'
    """
    opened: Any = {".gz": gzip.open, ".xz": lzma.open}.get(pathlib.Path(path).suffix, open)
    return opened(path, "rt", **how)


def read_text_table(
    path: str | os.PathLike[str], columns: Sequence[str], *, skip_lines: int = 0
) -> Mapping[str, Shaped[np.ndarray, "n"]]:
    r"""Columns of a CSV file as arrays of stripped strings.

    Where the header has one name fewer than every row has cells, the first cell of a row has no
    name (a row number, as written by some versions of pandas) and is left out. Rows of any other
    length, such as the last one of a file cut short, are an error.

    Args:
      path: the file.
      columns: names that must be there; others are read too.
      skip_lines: lines before the header.

    Returns:
      A mapping from name to strings ``[n]``.

    Raises:
      ValueError: the file is not such a table, lacks a column, or has a row of the wrong length.

    Example:
      >>> import pathlib, tempfile
      >>> file = pathlib.Path(tempfile.mkdtemp()) / "flares.csv"
      >>> _ = file.write_text("start,class\n0,0709,C1.0\n1,2350, M1.2\n")
      >>> read_text_table(file, ["start", "class"])["start"].tolist()
      ['0709', '2350']
    """
    with open_text(path, newline="", encoding="utf-8-sig") as file:
        try:
            rows = [row for row in csv.reader(itertools.islice(file, skip_lines, None)) if row]
        except (csv.Error, UnicodeDecodeError, EOFError, lzma.LZMAError) as error:
            raise ValueError(f"{path}: not a readable CSV table ({error})") from None
    names = [name.strip() for name in rows[0]] if rows else []
    absent = [name for name in columns if name not in names]
    if absent:
        raise ValueError(f"{path}: the table has no column {', '.join(map(repr, absent))}")
    unnamed = len(rows) > 1 and len(rows[1]) == len(names) + 1
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(names) + unnamed:
            raise ValueError(
                f"{path}: row {number} has {len(row)} cells, {len(names) + unnamed} expected"
            )
    cells = np.array([row[unnamed:] for row in rows[1:]], dtype=object)
    cells = cells.reshape(len(rows) - 1, len(names))
    return {name: np.char.strip(cells[:, i].astype(str)) for i, name in enumerate(names)}


def is_missing(texts: Shaped[np.ndarray, "n"]) -> Shaped[np.ndarray, "n"]:
    """Which cells say that nothing is known.

    Args:
      texts: strings ``[n]``.

    Returns:
      ``Bool[n]``.

    Example:
      >>> is_missing(np.array(["////", "0709", "", "NaN"])).tolist()
      [True, False, True, True]
    """
    return np.array([text.strip().lower() in MISSING for text in texts], dtype=bool)


def numbers(texts: Shaped[np.ndarray, "n"], *, what: str) -> Float[np.ndarray, "n"]:
    """Cells as float64, NaN where missing.

    Args:
      texts: strings ``[n]``.
      what: file and column, named if a cell cannot be read.

    Returns:
      ``Float[n]``.

    Raises:
      ValueError: a cell is neither a number nor missing.

    Example:
      >>> numbers(np.array(["24.0", ""]), what="spots").tolist()
      [24.0, nan]
    """
    missing = is_missing(texts)
    values = np.full(len(texts), np.nan)
    for row in np.flatnonzero(~missing):
        text = str(texts[row])
        if not _NUMBER.fullmatch(text.strip()):
            raise ValueError(f"{what}: {text!r} is not a number")
        values[row] = float(text)
    if np.isinf(values).any():
        raise ValueError(f"{what}: {texts[np.isinf(values)][0]!s} is too large a number")
    return values


def whole_numbers(
    texts: Shaped[np.ndarray, "n"], *, what: str, missing: int | None = None
) -> Int[np.ndarray, "n"]:
    """Cells as int64; ``24.0`` is a whole number, ``2.5`` is not.

    Args:
      texts: strings ``[n]``.
      what: file and column, named if a cell cannot be read.
      missing: the value of a missing cell; None forbids missing cells.

    Returns:
      ``Int[n]``.

    Raises:
      ValueError: a cell is not a whole number, or is missing where it must not be.

    Example:
      >>> whole_numbers(np.array(["11039", " "]), what="noaa_ar", missing=0).tolist()
      [11039, 0]
    """
    values = numbers(texts, what=what)
    absent = np.isnan(values)
    if absent.any() and missing is None:
        raise ValueError(f"{what}: row {np.flatnonzero(absent)[0] + 1} has no value")
    values = np.where(absent, missing or 0, values)
    odd = (values != np.round(values)) | (np.abs(values) >= 2**53)
    if odd.any():
        raise ValueError(f"{what}: {values[odd][0]!s} is not a whole number")
    return values.astype(np.int64)


def moments(texts: Shaped[np.ndarray, "n"], *, what: str) -> Shaped[np.ndarray, "n"]:
    """Cells such as ``2010-01-02 07:09:00`` as datetime64[s], NaT where missing.

    Args:
      texts: strings ``[n]``, ISO 8601 in UTC; fractions of a second are cut off.
      what: file and column, named if a cell cannot be read.

    Returns:
      ``datetime64[s][n]``.

    Raises:
      ValueError: a cell is neither a time nor missing.

    Example:
      >>> moments(np.array(["2010-01-02 07:09", ""]), what="peak").astype(str).tolist()
      ['2010-01-02T07:09:00', 'NaT']
    """
    values = np.full(len(texts), "NaT", dtype="datetime64[s]")
    for row in np.flatnonzero(~is_missing(texts)):
        text = str(texts[row]).strip().removesuffix("Z")
        try:
            if not _MOMENT.fullmatch(text):
                raise ValueError
            values[row] = np.datetime64(text, "ns" if "." in text else "s").astype("datetime64[s]")
        except ValueError:
            raise ValueError(f"{what}: {text!r} is not a time like 2010-01-02T07:09:00") from None
    return values
