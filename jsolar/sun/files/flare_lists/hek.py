"""Flares of the Heliophysics Event Knowledgebase (HEK), as CSV and as a raw query in ECSV.

The HEK holds reports of many finders about one flare, and repeats and corrections of one finder;
only a finder that gives GOES classes is of use here, by default SWPC. Entries of the same peak
are one flare (`combine.one_per_peak`). A flare without a place is given the place (0, 0), which is
not the disk centre.

Exports and queries hold what somebody chose, so no list from here is complete from any flux on
(``floor_w_m2`` is infinite): it labels nothing until one states what was asked for.
"""

import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from jsolar.sun.files.flare_lists.combine import one_per_peak
from jsolar.sun.files.flare_lists.rules import (
    flux_column,
    on_one_scale,
    past_midnight,
    region_column,
    scales,
    whole_days,
)
from jsolar.sun.files.text_table import is_missing, moments, numbers, read_text_table
from jsolar.sun.flares.catalogue import FlareList, FlareSource, flare_list

TIMES = ("event_starttime", "event_peaktime", "event_endtime")
BOX = ("boundbox_c1ll", "boundbox_c1ur", "boundbox_c2ll", "boundbox_c2ur")

Columns = Mapping[str, Shaped[np.ndarray, "n"]]


def read_hek_csv(path: str | os.PathLike[str], *, frm_name: str = "SWPC") -> FlareList:
    """Read a CSV export with labels such as ``{'GOES Class': 'C4.4'}``.

    It names no regions. SWPC's place is the middle of its bounding box of one degree; a box that
    spans the disk means that there is none. (Other finders' boxes are not in degrees and give no
    place.)

    Args:
      path: CSV with the columns `TIMES`, ``hv_labels_formatted``, ``frm_name`` and `BOX`.
      frm_name: the finder.

    Returns:
      The list, complete from no flux on.

    Raises:
      ValueError: the file is no such list, a cell cannot be read, or the finder gives no class.
    """
    table = read_text_table(path, [*TIMES, "hv_labels_formatted", "frm_name", *BOX])
    found = [re.search(r"GOES Class\W+([A-Za-z][0-9.]+)", t) for t in table["hv_labels_formatted"]]
    classes = np.array([match[1] if match else "" for match in found], dtype=str)
    rows = _rows_of(table, classes, frm_name, path)
    low_x, high_x, low_y, high_y = (numbers(table[n][rows], what=f"{path}: {n}") for n in BOX)
    point = (high_x - low_x <= 2) & (high_y - low_y <= 2) & (frm_name == "SWPC")
    nobody = np.full(len(rows), "")
    return _flares(
        {name: table[name][rows] for name in TIMES},
        classes[rows],
        nobody,
        np.where(point, (low_y + high_y) / 2, np.nan),
        np.where(point, (low_x + high_x) / 2, np.nan),
        frm_name,
        path,
    )


def read_hek_ecsv(path: str | os.PathLike[str], *, frm_name: str = "SWPC") -> FlareList:
    """Read a raw HEK query that sunpy or astropy saved as ECSV (over a hundred columns).

    Args:
      path: ECSV with the columns `TIMES`, ``fl_goescls``, ``ar_noaanum``, ``hgs_x``, ``hgs_y`` and
        ``frm_name``; ``noposition`` is used where present.
      frm_name: the finder.

    Returns:
      The list, complete from no flux on.

    Raises:
      ValueError: the file is no such list, a cell cannot be read, or the finder gives no class.
    """
    names = (*TIMES, "fl_goescls", "ar_noaanum", "hgs_x", "hgs_y", "frm_name")
    table = _read_ecsv(path, names)
    rows = _rows_of(table, table["fl_goescls"], frm_name, path)
    chosen = {name: column[rows] for name, column in table.items()}
    latitude = numbers(chosen["hgs_y"], what=f"{path}: hgs_y")
    longitude = numbers(chosen["hgs_x"], what=f"{path}: hgs_x")
    unknown = (latitude == 0) & (longitude == 0)
    if "noposition" in chosen:
        unknown |= np.char.lower(chosen["noposition"]) == "true"
    return _flares(
        chosen,
        chosen["fl_goescls"],
        chosen["ar_noaanum"],
        np.where(unknown, np.nan, latitude),
        np.where(unknown, np.nan, longitude),
        frm_name,
        path,
    )


def _read_ecsv(path: str | os.PathLike[str], names: tuple[str, ...]) -> Columns:
    """The columns as strings, empty where masked."""
    from astropy.table import Table

    try:
        table = Table.read(path, format="ascii.ecsv")
    except FileNotFoundError:
        raise
    except Exception as error:  # astropy raises many kinds for a broken file
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ValueError(f"{path}: not a readable ECSV table ({reason})") from None
    absent = [name for name in names if name not in table.colnames]
    if absent:
        raise ValueError(f"{path}: the table has no column {', '.join(map(repr, absent))}")
    wanted = [name for name in (*names, "noposition") if name in table.colnames]
    return {name: _strings(table[name]) for name in wanted}


def _strings(column: Any) -> Shaped[np.ndarray, "n"]:
    values = getattr(column, "isot", column)  # times are read as astropy's Time
    masked = np.ma.getmaskarray(np.ma.asarray(values))
    texts = np.array([str(value).strip() for value in np.ma.getdata(values)], dtype=str)
    return np.where(masked, "", texts)


def _rows_of(
    table: Columns, classes: Shaped[np.ndarray, "n"], frm_name: str, path: object
) -> Shaped[np.ndarray, "m"]:
    """Rows of a finder that have a GOES class."""
    graded = ~is_missing(classes)
    rows = np.flatnonzero(graded & (table["frm_name"] == frm_name))
    if not len(rows):
        others = ", ".join(sorted(set(table["frm_name"][graded].tolist()))) or "no finder at all"
        raise ValueError(f"{path}: no GOES class by {frm_name!r}; classes are given by {others}")
    return rows


def _flares(
    table: Columns,
    classes: Shaped[np.ndarray, "n"],
    regions: Shaped[np.ndarray, "n"],
    latitude_deg: Float[np.ndarray, "n"],
    longitude_deg: Float[np.ndarray, "n"],
    frm_name: str,
    path: object,
) -> FlareList:
    start, peak, end = (moments(table[name], what=f"{path}: {name}") for name in TIMES)
    if np.isnat(start).any():
        raise ValueError(f"{path}: a flare has no event_starttime")
    flux = flux_column(classes, what=f"{path}: GOES class")
    flux, scale, _ = on_one_scale(
        flux, scales(start) if frm_name == "SWPC" else np.full(len(start), "unknown")
    )
    peak = past_midnight(start, peak)
    flares = flare_list(
        FlareSource(f"HEK {frm_name}", "", np.inf, scale, *whole_days(start)),
        start=start,
        peak=peak,
        end=past_midnight(peak, past_midnight(start, end)),
        flux_w_m2=flux,
        region=region_column(regions, start, what=f"{path}: ar_noaanum"),
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
    )
    return one_per_peak(flares)
