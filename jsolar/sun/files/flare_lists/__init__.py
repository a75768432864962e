"""Readers of flare lists; all return a `jsolar.sun.flares.catalogue.FlareList`.

`read_flare_list` recognises a file by its content. A list that ends with its last flare says
nothing about the quiet days before its first and after its last; where the catalogue is known to
cover them, say so with ``begins`` and ``ends``, or windows there will count as incomplete. A list
that was cut to chosen events covers less than it seems to.

Days that come as a file each make one list by
``join(read_flare_list(path) for path in folder.glob("*events.txt"))``; a missing day is an error.
"""

import csv
import os
from typing import Any

import numpy as np

from jsolar.sun.files.flare_lists.combine import join, one_per_peak, rescale
from jsolar.sun.files.flare_lists.goes import read_goes_csv
from jsolar.sun.files.flare_lists.hek import read_hek_csv, read_hek_ecsv
from jsolar.sun.files.flare_lists.plain import FIRST_WORDS, read_plain, write_flare_list
from jsolar.sun.files.flare_lists.swpc import parse_swpc_events, read_swpc_csv, read_swpc_events
from jsolar.sun.flares.catalogue import FlareList, FluxScale

__all__ = [
    "join",
    "one_per_peak",
    "parse_swpc_events",
    "read_flare_list",
    "read_goes_csv",
    "read_hek_csv",
    "read_hek_ecsv",
    "read_plain",
    "read_swpc_csv",
    "read_swpc_events",
    "rescale",
    "write_flare_list",
]

_FORMATS = (
    "GOES CSV (event_peaktime, goes_class), SWPC CSV (max_time, goes_class), SWPC events text"
    " (:Date:), HEK CSV (frm_name, hv_labels_formatted), HEK ECSV, jsolar's own CSV"
)


def read_flare_list(
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    version: str | None = None,
    floor_w_m2: float | None = None,
    flux_scale: FluxScale | None = None,
    begins: str | np.datetime64 | None = None,
    ends: str | np.datetime64 | None = None,
    frm_name: str = "SWPC",
) -> FlareList:
    r"""Read a flare list in any of the formats known here.

    Args:
      path: the file.
      name: each of these replaces what the reader put into `FlareSource`; state ``version`` where
        you know it.
      version: edition of the list.
      floor_w_m2: the list is complete from this flux on.
      flux_scale: see `FlareSource`.
      begins: UTC time from which the list is complete; by default the first day in the file.
      ends: UTC time until which; by default the end of the last day in the file.
      frm_name: the finder whose flares to take from a HEK file.

    Returns:
      The list.

    Raises:
      ValueError: the format is not recognised, or the file cannot be read.

    Example:
      >>> import pathlib, tempfile
      >>> file = pathlib.Path(tempfile.mkdtemp()) / "swpc.csv"
      >>> _ = file.write_text("date,start_time,max_time,end_time,goes_class,noaa_ar\n"
      ...                     "20100102,0709,0724,0740,C1.0,11039\n")
      >>> flares = read_flare_list(file, version="2021-08", ends="2010-02-01")
      >>> flares.region.tolist(), str(flares.source.ends)
      ([11039], '2010-02-01T00:00:00')
    """
    try:
        flares = _read(path, frm_name)
    except ValueError as error:
        named = str(path) in str(error)
        raise ValueError(str(error) if named else f"{path}: {error}") from None
    given: dict[str, Any] = {
        "name": name,
        "version": version,
        "floor_w_m2": floor_w_m2,
        "flux_scale": flux_scale,
        "begins": None if begins is None else np.datetime64(str(begins), "s"),
        "ends": None if ends is None else np.datetime64(str(ends), "s"),
    }
    changes = {field: value for field, value in given.items() if value is not None}
    return flares._replace(source=flares.source._replace(**changes))


def _read(path: str | os.PathLike[str], frm_name: str) -> FlareList:
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        head = file.read(100_000)
    if head.startswith(FIRST_WORDS):
        return read_plain(path)
    if head.startswith("# %ECSV"):
        return read_hek_ecsv(path, frm_name=frm_name)
    header = set(next(csv.reader(head.splitlines()[:1]), ()))
    if {"frm_name", "hv_labels_formatted"} <= header:
        return read_hek_csv(path, frm_name=frm_name)
    if {"event_peaktime", "goes_class"} <= header:
        return read_goes_csv(path)
    if {"max_time", "goes_class"} <= header:
        return read_swpc_csv(path)
    if ":Date:" in head and "Begin" in head:
        return read_swpc_events(path)
    raise ValueError(f"{path}: not a flare list that can be read here; these can: {_FORMATS}")
