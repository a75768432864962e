"""jsolar's own flare list: a CSV file whose first line says what the list covers.

The first line is ``# jsolar flare list`` and a JSON object with the fields of `FlareSource`; the
second names the columns of `FlareList`. Times are ISO 8601 in UTC, empty where unknown; numbers
have all the digits that they need to be read back as the same doubles; unknown places are empty.
"""

import csv
import json
import os

import numpy as np

from jsolar.sun.files.text_table import moments, numbers, read_text_table, whole_numbers
from jsolar.sun.flares.catalogue import FlareList, FlareSource, flare_list

FIRST_WORDS = "# jsolar flare list "


def write_flare_list(path: str | os.PathLike[str], flares: FlareList) -> None:
    """Write a list so that `read_plain` gives back the same, bit by bit.

    Args:
      path: file to write.
      flares: the list.

    Example:
      >>> import pathlib, tempfile
      >>> day = FlareSource("toy", "1", 1e-6, "unknown",
      ...                   np.datetime64("2011-02-15", "s"), np.datetime64("2011-02-16", "s"))
      >>> flares = flare_list(day, start=["2011-02-15T01:44"], flux_w_m2=[2.2e-4], region=[11158])
      >>> file = pathlib.Path(tempfile.mkdtemp()) / "flares.csv"
      >>> write_flare_list(file, flares)
      >>> read_plain(file).source == day
      True
    """
    times = {"begins": str(flares.source.begins), "ends": str(flares.source.ends)}
    columns = [_cells(column) for column in flares[:-1]]
    with open(path, "w", newline="", encoding="utf-8") as file:
        file.write(FIRST_WORDS + json.dumps({**flares.source._asdict(), **times}) + "\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FlareList._fields[:-1])
        writer.writerows(zip(*columns, strict=True))


def read_plain(path: str | os.PathLike[str]) -> FlareList:
    """Read a list that `write_flare_list` wrote.

    Args:
      path: the file.

    Returns:
      The list; it may be empty, for its coverage is known.

    Raises:
      ValueError: the file is no such list, or a cell cannot be read.
    """
    with open(path, encoding="utf-8", errors="replace") as file:
        first = file.readline()
    try:
        fields = json.loads(first.removeprefix(FIRST_WORDS))
        covered = {name: np.datetime64(fields[name], "s") for name in ("begins", "ends")}
        floor = float(fields["floor_w_m2"])
        source = FlareSource(**{**fields, **covered, "floor_w_m2": floor})
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"{path}: the first line does not describe a flare list") from None
    names = FlareList._fields[:-1]
    table = read_text_table(path, names, skip_lines=1)
    what = {name: f"{path}: {name}" for name in names}
    return flare_list(
        source,
        **{name: moments(table[name], what=what[name]) for name in ("start", "peak", "end")},
        region=whole_numbers(table["region"], what=what["region"]),
        **{
            name: numbers(table[name], what=what[name])
            for name in ("flux_w_m2", "latitude_deg", "longitude_deg")
        },
    )


def _cells(column: np.ndarray) -> list[str]:
    """Cells that mean these values exactly, empty for NaN and NaT."""
    known = ~np.isnan(column)
    texts = column.astype(str) if column.dtype.kind == "M" else map(repr, column.tolist())
    return [text if is_known else "" for text, is_known in zip(texts, known, strict=True)]
