"""SHARP files (CEA) as arrays: one segment of one active region at one time.

Rows run from south to north and columns from east to west, as the files have them. The
series is described by Bobra et al. (2014), doi:10.1007/s11207-014-0529-3.
"""

import os
import pathlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jsolar.sun.fields.cea import cea_to_stonyhurst, mu
from jsolar.sun.files.fits_file import (
    as_float32,
    number,
    quality,
    read_header,
    read_image,
    tai,
)

CODES = ("bitmap", "conf_disambig")
"""Segments whose pixels are codes, not measurements; a missing code is 0."""

SEGMENTS = (
    *("magnetogram", "Br", "Bp", "Bt", "Br_err", "Bp_err", "Bt_err"),
    *("continuum", "Dopplergram", *CODES),
)
"""Segments of the series; the name stands before ``.fits``."""

SHARP_KEYWORDS = (
    *("USFLUX", "MEANGAM", "MEANGBT", "MEANGBZ", "MEANGBH", "MEANJZD", "TOTUSJZ", "MEANALP"),
    *("MEANJZH", "TOTUSJH", "ABSNJZH", "SAVNCPP", "MEANPOT", "TOTPOT", "MEANSHR", "SHRGT45"),
    *("R_VALUE", "USFLUXL", "MEANGBL", "CMASK", "CMASKL", "AREA_ACR", "SIZE_ACR", "NACR"),
)
"""What the pipeline measured; `jsolar.sun.fields.sharp_keywords` computes most of it."""

GEOMETRY_KEYWORDS = ("CDELT1", "RSUN_REF", "RSUN_OBS", "DSUN_OBS")
"""What is needed to turn pixels into lengths."""

_REQUIRED = ("HARPNUM", "CDELT1", "CRVAL1", "CRVAL2", "CRLN_OBS", "CRLT_OBS")
_CENTRE = {"CRPIX1": "NAXIS1", "CRPIX2": "NAXIS2"}
_TIMES = ("T_REC", "T_FRST1", "T_LAST1")
_OTHERS = ("CTYPE1", "NOAA_AR", "NOAA_ARS", "QUALITY", "QLOOK")
_READ = (*SHARP_KEYWORDS, *GEOMETRY_KEYWORDS, *_REQUIRED, *_CENTRE, *_TIMES, *_OTHERS)
_NAME = re.compile(rf"[._]({'|'.join(SEGMENTS)})\.fits(\.gz|\.fz)?$")


class SharpHeader(NamedTuple):
    """What a SHARP's header says.

    Attributes:
      path: the file; ``segment``: which of `SEGMENTS`.
      harp: HARP number; near-real-time files have numbers of their own.
      near_real_time: quick-look data, not the definitive series.
      noaa_regions: NOAA numbers of the regions inside, maybe none.
      time: ``T_REC`` as UTC, datetime64[s].
      record_begin, record_end: first and last time at which the region was seen on the disk,
        ``T_FRST1`` and ``T_LAST1`` (``T_FRST`` and ``T_LAST`` pad them by a day of
        extrapolation); NaT in near-real-time files. The last is in the future of ``time``: it
        tells whether a label is complete and is no input of a forecast.
      degrees_per_pixel: of heliographic longitude and latitude.
      latitude_deg, longitude_deg: centre of the patch, Stonyhurst, west positive.
      carrington_longitude_deg: of the centre; it stays where the region turns with the Sun.
      observer_latitude_deg: B0.
      shape: rows and columns.
      quality: bits of ``QUALITY``; 0 is good, -1 unknown.
      keywords: `SHARP_KEYWORDS` and `GEOMETRY_KEYWORDS`; NaN where the header has no number.
        None of them looks ahead of ``time``.
    """

    path: pathlib.Path
    segment: str
    harp: int
    near_real_time: bool
    noaa_regions: tuple[int, ...]
    time: np.datetime64
    record_begin: np.datetime64
    record_end: np.datetime64
    degrees_per_pixel: float
    latitude_deg: float
    longitude_deg: float
    carrington_longitude_deg: float
    observer_latitude_deg: float
    shape: tuple[int, int]
    quality: int
    keywords: Mapping[str, float]


class Sharp(NamedTuple):
    """Pixels of a segment and their header.

    Attributes:
      pixels: ``[y, x]``; float32, fields in gauss, NaN where missing; `CODES` as int16.
      header: see `SharpHeader`.
    """

    pixels: Shaped[np.ndarray, "h w"]
    header: SharpHeader


def read_sharp(path: str | os.PathLike[str], *, segment: str | None = None) -> Sharp:
    """Read one segment of a SHARP in cylindrical equal-area projection.

    Args:
      path: FITS file as JSOC names it, ``….<segment>.fits``.
      segment: which of `SEGMENTS` it is, for a file of another name.

    Returns:
      Pixels and header.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: the file is cut short, is no SHARP (a full disk, another projection), or has no
        pixel that is a number.
    """
    image = read_image(path)
    header = parse_sharp(pathlib.Path(path), image.header, segment)
    pixels = as_float32(image.pixels)
    if np.isnan(pixels).all():
        raise ValueError(f"{path} holds no valid pixel: choose another time of this region")
    if header.segment in CODES:
        return Sharp(np.nan_to_num(pixels).astype(np.int16), header)
    return Sharp(pixels, header)


def read_sharp_header(path: str | os.PathLike[str], *, segment: str | None = None) -> SharpHeader:
    """Read the header only, some milliseconds a file; see `read_sharp`."""
    return parse_sharp(pathlib.Path(path), read_header(path, _READ), segment)


def sharp_records(
    files: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    segments: Collection[str] = SEGMENTS,
    faulty: list[str] | None = None,
) -> Iterator[Mapping[str, SharpHeader]]:
    """Group files into records: the segments of one region at one time. Reads headers only.

    Args:
      files: SHARP files in any order, or a folder of them (subfolders included).
      segments: which to take; files whose name ends in another segment are not opened.
      faulty: if given, what is wrong with a file is added here, and the others are read.

    Yields:
      A mapping from segment to header; records in order of HARP and time.

    Raises:
      ValueError: a file is no SHARP or broken, or a segment of a record is there twice.

    Example:
      >>> for record in sharp_records([], segments=["magnetogram"]):
      ...     pixels = read_segments(record)["magnetogram"]
    """
    records: dict[tuple[bool, int, np.datetime64], dict[str, SharpHeader]] = {}
    for path in sharp_files(files, segments=segments):
        try:
            header = read_sharp_header(path)
            record = records.setdefault((header.near_real_time, header.harp, header.time), {})
            if header.segment in record:
                raise ValueError(
                    f"{path} repeats {record[header.segment].path}: keep one file of each segment"
                )
            record[header.segment] = header
        except ValueError as error:
            if faulty is None:
                raise
            faulty.append(str(error))
    for key in sorted(records):
        yield records[key]


def sharp_files(
    files: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    segments: Collection[str] = SEGMENTS,
) -> list[pathlib.Path]:
    """The files that `sharp_records` reads: those of a folder by name, or those given.

    Raises:
      FileNotFoundError: it is no folder.
    """
    if not isinstance(files, str | os.PathLike):
        given = list(map(pathlib.Path, files))
    elif pathlib.Path(files).is_dir():
        given = sorted(p for p in pathlib.Path(files).rglob("*") if _NAME.search(p.name))
    elif pathlib.Path(files).exists():
        raise FileNotFoundError(f"{files} is not a folder: give one with SHARP FITS files")
    else:
        raise FileNotFoundError(f"{files} does not exist: give a folder with SHARP FITS files")
    named = [(path, _NAME.search(path.name)) for path in given]
    return [path for path, name in named if not name or name[1] in segments]


def read_segments(record: Mapping[str, SharpHeader]) -> dict[str, Shaped[np.ndarray, "h w"]]:
    """The pixels of a record, all of one shape.

    Args:
      record: from `sharp_records`.

    Returns:
      From segment to ``[y, x]``.

    Raises:
      ValueError: a file is broken, or the shapes differ.
    """
    sharps = {name: read_sharp(header.path) for name, header in record.items()}
    check_shapes(list(sharps.values()))
    return {name: sharp.pixels for name, sharp in sharps.items()}


def check_shapes(sharps: Sequence[Sharp]) -> None:
    """Raise where segments of one record are not of one shape.

    Raises:
      ValueError: they are not.
    """
    first, *others = sharps
    for other in others:
        if other.pixels.shape != first.pixels.shape:
            raise ValueError(
                f"{other.header.path} has {other.pixels.shape} pixels, {first.header.path.name} "
                f"has {first.pixels.shape}: download both from the same series"
            )


def beside(header: SharpHeader, segment: str) -> pathlib.Path:
    """Where the file of another segment of the same record lies, if they are named alike.

    Args:
      header: of one segment.
      segment: another of `SEGMENTS`.
    """
    return header.path.with_name(_NAME.sub(lambda m: m[0].replace(m[1], segment), header.path.name))


def pixel_mu(header: SharpHeader) -> Float[np.ndarray, "h w"]:
    """μ, the cosine of the heliocentric angle, of every pixel; see `jsolar.sun.fields.cea.mu`.

    Args:
      header: of a SHARP.

    Returns:
      ``[y, x]``; at most 1, negative behind the limb. B_r ≈ B_los / μ for a radial field.
    """
    latitude, longitude = cea_to_stonyhurst(
        header.shape,
        degrees_per_pixel=header.degrees_per_pixel,
        latitude_deg=header.latitude_deg,
        longitude_deg=header.longitude_deg,
    )
    return mu(latitude, longitude, observer_latitude_deg=header.observer_latitude_deg)


def parse_sharp(
    path: pathlib.Path, header: Mapping[str, Any], segment: str | None = None
) -> SharpHeader:
    """What the cards of a header say.

    Args:
      path: the file, whose name may tell the segment, and which errors name.
      header: from keyword to number or text, ``NAXIS1`` and ``NAXIS2`` included.
      segment: which of `SEGMENTS` it is, where the name does not tell.

    Returns:
      The header.

    Raises:
      ValueError: it is of no SHARP in CEA projection.
    """
    _check(path, header)
    longitude = number(header, "CRVAL1") - number(header, "CRLN_OBS")
    return SharpHeader(
        path=path,
        segment=_segment(path, segment),
        harp=int(number(header, "HARPNUM")),
        near_real_time=number(header, "QLOOK") == 1,
        noaa_regions=sharp_regions(header),
        **dict(zip(("time", "record_begin", "record_end"), sharp_times(path, header), strict=True)),
        degrees_per_pixel=number(header, "CDELT1"),
        latitude_deg=number(header, "CRVAL2"),
        longitude_deg=(longitude + 180.0) % 360.0 - 180.0,
        carrington_longitude_deg=number(header, "CRVAL1") % 360.0,
        observer_latitude_deg=number(header, "CRLT_OBS"),
        shape=(int(header["NAXIS2"]), int(header["NAXIS1"])),
        quality=quality(header),
        keywords={name: number(header, name) for name in SHARP_KEYWORDS + GEOMETRY_KEYWORDS},
    )


def _check(path: pathlib.Path, header: Mapping[str, Any]) -> None:
    """Refuse what is no SHARP in CEA projection."""
    projection = str(header.get("CTYPE1", "none"))
    if "HARPNUM" not in header and "HPLN" in projection:
        raise ValueError(f"{path} is a full disk, not a SHARP: read it with read_full_disk")
    if "HARPNUM" not in header or "CEA" not in projection:
        raise ValueError(
            f"{path} is not a SHARP in CEA projection (HARPNUM is {header.get('HARPNUM', 'absent')}"
            f", CTYPE1 {projection}): give a file of hmi.sharp_cea_720s"
        )
    unknown = [keyword for keyword in _REQUIRED if not np.isfinite(number(header, keyword))]
    if unknown:
        raise ValueError(f"{path}: {', '.join(unknown)} is not a number: download it again")
    for reference, size in _CENTRE.items():
        if abs(number(header, reference) - (number(header, size) + 1) / 2) > 1:
            raise ValueError(
                f"{path}: {reference} is not the middle of the picture: give the whole SHARP"
            )


def _segment(path: pathlib.Path, given: str | None) -> str:
    named = _NAME.search(path.name)
    segment = given or (named[1] if named else None)
    if segment not in SEGMENTS:
        raise ValueError(
            f"{path} does not name its segment: call it ….<segment>.fits with one of "
            + ", ".join(SEGMENTS)
        )
    return segment


def sharp_times(path: pathlib.Path, header: Mapping[str, Any]) -> list[np.datetime64]:
    """``T_REC``, ``T_FRST1`` and ``T_LAST1`` as UTC.

    Raises:
      ValueError: there is no ``T_REC``.
    """
    times = [tai(str(header.get(keyword, ""))) for keyword in _TIMES]
    if np.isnat(times[0]):
        told = header.get("T_REC", "absent")
        raise ValueError(f"{path} has no time (T_REC is {told}): download it again")
    return times


def sharp_regions(header: Mapping[str, Any]) -> tuple[int, ...]:
    """All NOAA numbers: ``NOAA_ARS`` lists them, ``NOAA_AR`` is only the first (0: none)."""
    listed = str(header.get("NOAA_ARS", header.get("NOAA_AR", "")))
    return tuple(n for n in map(int, re.findall(r"\d+", listed)) if n > 0)
