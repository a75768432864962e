"""Readers of flare lists; all return a `jsolar.sun.flares.catalogue.FlareList`.

`read_flare_list` recognises a file by its content. A list that ends with its last flare says
nothing about the quiet days before its first and after its last; where the catalogue is known to
cover them, say so with ``begins`` and ``ends``, or windows there will count as incomplete. A list
that was cut to chosen events covers less than it seems to.

`read_flare_lists` joins several files, or a folder of one file a day, on one scale of flux; a
missing day is an error.
"""

import csv
import lzma
import os
import pathlib
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from jsolar.sun.files.flare_lists.combine import join, one_per_peak, rescale
from jsolar.sun.files.flare_lists.goes import read_goes_csv
from jsolar.sun.files.flare_lists.hek import read_hek_csv, read_hek_ecsv
from jsolar.sun.files.flare_lists.plain import FIRST_WORDS, read_plain, write_flare_list
from jsolar.sun.files.flare_lists.swpc import parse_swpc_events, read_swpc_csv, read_swpc_events
from jsolar.sun.files.text_table import open_text
from jsolar.sun.flares.catalogue import FlareList, FluxScale, goes_flux

__all__ = [
    "flare_list_files",
    "join",
    "one_per_peak",
    "parse_swpc_events",
    "read_flare_list",
    "read_flare_lists",
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


def read_flare_lists(
    paths: Iterable[str | os.PathLike[str]],
    *,
    begins: str | None = None,
    ends: str | None = None,
    floor: str | None = None,
    flux_scale: Literal["operational", "science"] = "science",
) -> FlareList:
    r"""Read several lists as one to label with: joined, on one scale, each flare once.

    Args:
      paths: files, or folders of them.
      begins: UTC time from which they are complete together; the first day in them if not given.
      ends: until when.
      floor: GOES class from which on they are complete; what the readers know if not given.
      flux_scale: that is wanted, see `FlareSource`.

    Returns:
      The list.

    Raises:
      ValueError: a file cannot be read, a day between two lists is missing, the scale of one is
        not known, or nobody said from which flux on a list is complete.

    Example:
      >>> import tempfile
      >>> file = pathlib.Path(tempfile.mkdtemp()) / "swpc.csv"
      >>> _ = file.write_text("date,start_time,max_time,end_time,goes_class,noaa_ar\n"
      ...                     "20100102,0709,0724,0740,C7.0,11039\n")
      >>> flares = read_flare_lists([file], ends="2010-02-01")
      >>> flares.flux_w_m2.tolist(), flares.source.flux_scale
      ([1e-05], 'science')
    """
    files = flare_list_files(paths)
    whole = one_per_peak(join(_on_scale(path, flux_scale) for path in files))
    given: dict[str, Any] = {
        "floor_w_m2": None if floor is None else goes_flux(floor),
        "begins": None if begins is None else np.datetime64(begins, "s"),
        "ends": None if ends is None else np.datetime64(ends, "s"),
    }
    told = {field: value for field, value in given.items() if value is not None}
    whole = whole._replace(source=whole.source._replace(**told))
    if not np.isfinite(whole.source.floor_w_m2):
        raise ValueError(
            f"{files[0]} is an export of chosen flares, and without a flare in it nothing is known:"
            " say with --begins --ends --floor when and from which class on all flares are in it"
        )
    return whole


def flare_list_files(paths: Iterable[str | os.PathLike[str]]) -> list[pathlib.Path]:
    """The files that paths name, those in folders included (hidden ones are not).

    Raises:
      FileNotFoundError: a path does not exist, or there is no file.
    """
    files = []
    for path in map(pathlib.Path, paths):
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist: give another --flare-list")
        inside = sorted(p for p in path.rglob("[!.]*") if p.is_file()) if path.is_dir() else [path]
        if not inside:
            raise FileNotFoundError(f"{path} holds no flare list: give another --flare-list")
        files += inside
    return files


def _on_scale(path: pathlib.Path, flux_scale: Literal["operational", "science"]) -> FlareList:
    try:
        return rescale(read_flare_list(path), flux_scale)
    except ValueError as error:
        named = str(path) in str(error)
        raise ValueError(str(error) if named else f"{path}: {error}") from None


def _read(path: str | os.PathLike[str], frm_name: str) -> FlareList:
    try:
        with open_text(path, encoding="utf-8-sig", errors="replace") as file:
            head = file.read(100_000)
    except (EOFError, lzma.LZMAError) as error:
        raise ValueError(f"{path}: the compressed file is broken ({error})") from None
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
