"""SHARP files (CEA) as arrays: one segment of one active region at one time.

Rows run from south to north and columns from east to west, as the files have them. The
series is described by Bobra et al. (2014), doi:10.1007/s11207-014-0529-3.
"""

import os
import pathlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jsolar.sun.fits_file import number, numbers, on_grid, read_header, read_image, tai

SEGMENTS = ("magnetogram", "Br", "Bp", "Bt", "bitmap", "conf_disambig", "continuum", "Dopplergram")
"""Segments that are understood; the name stands before ``.fits``."""

CODES = ("bitmap", "conf_disambig")
"""Segments whose pixels are codes, not measurements; a missing code is 0."""

_NAME = re.compile(r"\.([A-Za-z_]+)\.fits(\.gz)?$")


class SharpHeader(NamedTuple):
    """What a SHARP's header says.

    Attributes:
      path: the file; ``segment``: which of `SEGMENTS`.
      harp: HARP number; ``noaa_regions``: NOAA numbers of the regions inside, maybe none.
      time: ``T_REC`` as UTC, datetime64[s].
      record_begin, record_end: first and last time at which the region was seen on the disk,
        ``T_FRST1`` and ``T_LAST1`` (``T_FRST`` and ``T_LAST`` pad them by a day of
        extrapolation); NaT in near-real-time files.
      degrees_per_pixel: of heliographic longitude and latitude.
      latitude_deg, longitude_deg: centre of the patch, Stonyhurst, west positive.
      observer_latitude_deg: B0.
      shape: rows and columns.
      quality: bits of ``QUALITY``, 0 is good.
      keywords: every number in the header; NaN where the header says so.
    """

    path: pathlib.Path
    segment: str
    harp: int
    noaa_regions: tuple[int, ...]
    time: np.datetime64
    record_begin: np.datetime64
    record_end: np.datetime64
    degrees_per_pixel: float
    latitude_deg: float
    longitude_deg: float
    observer_latitude_deg: float
    shape: tuple[int, int]
    quality: int
    keywords: Mapping[str, float]


class Sharp(NamedTuple):
    """Pixels of a segment and their header.

    Attributes:
      pixels: ``[y, x]``; fields in gauss, NaN where missing; `CODES` as integers.
      header: see `SharpHeader`.
    """

    pixels: Shaped[np.ndarray, "h w"]
    header: SharpHeader


def read_sharp(path: str | os.PathLike[str]) -> Sharp:
    """Read one segment of a SHARP in cylindrical equal-area projection.

    Args:
      path: FITS file as JSOC names it, ``….<segment>.fits``.

    Returns:
      Pixels and header.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: the file is cut short, is no SHARP (a full disk, another projection), or has no
        pixel that is a number.
    """
    pixels, keywords = read_image(path)
    header = _parse(pathlib.Path(path), keywords)
    pixels = on_grid(pixels)
    if np.isnan(pixels).all():
        raise ValueError(f"{path} holds no valid pixel: choose another time of this region")
    if header.segment in CODES:
        pixels = np.nan_to_num(pixels).astype(np.int16)
    return Sharp(pixels, header)


def read_sharp_header(path: str | os.PathLike[str]) -> SharpHeader:
    """Read the header only, which is quick even for thousands of files; see `read_sharp`."""
    return _parse(pathlib.Path(path), read_header(path))


def sharp_records(
    paths: Iterable[str | os.PathLike[str]],
) -> Iterator[dict[str, SharpHeader]]:
    """Group files into records: the segments of one region at one time.

    Args:
      paths: SHARP files in any order.

    Yields:
      A dictionary from segment to header, by HARP and time.

    Raises:
      ValueError: a file is no SHARP, or a segment is there twice.
    """
    records: dict[tuple[int, np.datetime64], dict[str, SharpHeader]] = {}
    for path in paths:
        header = read_sharp_header(path)
        record = records.setdefault((header.harp, header.time), {})
        if header.segment in record:
            raise ValueError(
                f"{path} repeats {record[header.segment].path}: keep one file of each segment"
            )
        record[header.segment] = header
    for key in sorted(records):
        yield records[key]


def cos_heliocentric(header: SharpHeader) -> Float[np.ndarray, "h w"]:
    """μ = sin B sin B0 + cos B cos B0 cos L of every pixel; B_r ≈ B_los / μ for a radial field.

    Pixels lie evenly in the native longitude x and in the sine of the native latitude y, whose
    origin is the centre of the patch (B_c, L_c). Turned back to the Sun's axis,
    sin B = sin y cos B_c + cos y cos x sin B_c and
    tan(L − L_c) = cos y sin x / (cos y cos x cos B_c − sin y sin B_c).

    Args:
      header: of a SHARP.

    Returns:
      ``[y, x]``; at most 1, negative behind the limb.

    References:
      Sun (2013), arXiv:1309.2392; Thompson (2006), doi:10.1051/0004-6361:20054262
    """
    rows, columns = header.shape
    step = np.deg2rad(header.degrees_per_pixel)
    y = np.arcsin(np.clip((np.arange(rows) - (rows - 1) / 2) * step, -1, 1))[:, None]
    x = ((np.arange(columns) - (columns - 1) / 2) * step)[None]
    centre = np.deg2rad(header.latitude_deg)
    sin_latitude = np.sin(y) * np.cos(centre) + np.cos(y) * np.cos(x) * np.sin(centre)
    east_west = np.cos(y) * np.sin(x)
    toward = np.cos(y) * np.cos(x) * np.cos(centre) - np.sin(y) * np.sin(centre)
    longitude = np.deg2rad(header.longitude_deg) + np.arctan2(east_west, toward)
    b0 = np.deg2rad(header.observer_latitude_deg)
    cos_latitude = np.sqrt(1 - sin_latitude**2)
    return sin_latitude * np.sin(b0) + cos_latitude * np.cos(b0) * np.cos(longitude)


def _parse(path: pathlib.Path, header: Mapping[str, Any]) -> SharpHeader:
    if "HARPNUM" not in header or "CEA" not in str(header.get("CTYPE1", "")):
        raise ValueError(
            f"{path} is not a SHARP in CEA projection (HARPNUM or CTYPE1 says otherwise): "
            "give a file of hmi.sharp_cea_720s"
        )
    segment = _NAME.search(path.name)
    if not segment or segment[1] not in SEGMENTS:
        raise ValueError(
            f"{path} does not name its segment: call it ….<segment>.fits with one of "
            + ", ".join(SEGMENTS)
        )
    time = _time(header, "T_REC")
    if np.isnat(time):
        raise ValueError(f"{path} has no time (T_REC): download it again")
    longitude = number(header, "CRVAL1") - number(header, "CRLN_OBS")
    return SharpHeader(
        path=path,
        segment=segment[1],
        harp=int(number(header, "HARPNUM")),
        noaa_regions=_regions(header),
        time=time,
        record_begin=_time(header, "T_FRST1"),
        record_end=_time(header, "T_LAST1"),
        degrees_per_pixel=number(header, "CDELT1"),
        latitude_deg=number(header, "CRVAL2"),
        longitude_deg=(longitude + 180.0) % 360.0 - 180.0,
        observer_latitude_deg=number(header, "CRLT_OBS"),
        shape=(int(header["NAXIS2"]), int(header["NAXIS1"])),
        quality=_quality(header),
        keywords=numbers(header),
    )


def _regions(header: Mapping[str, Any]) -> tuple[int, ...]:
    """All NOAA numbers: ``NOAA_ARS`` lists them, ``NOAA_AR`` is only the first (0: none)."""
    listed = str(header.get("NOAA_ARS", header.get("NOAA_AR", "")))
    return tuple(n for n in map(int, re.findall(r"\d+", listed)) if n > 0)


def _time(header: Mapping[str, Any], keyword: str) -> np.datetime64:
    stamp = str(header.get(keyword, ""))
    return tai(stamp) if "_" in stamp else np.datetime64("NaT", "s")


def _quality(header: Mapping[str, Any]) -> int:
    """``QUALITY`` is an integer, or text such as ``0x00010400``."""
    value = header.get("QUALITY", 0)
    try:
        return int(str(value), 0)
    except ValueError:
        return -1
