"""Where the active pixels of a SHARP lie on the disk: its bitmap, in CEA or in camera pixels.

``hmi.sharp_cea_720s`` has bitmaps in cylindrical equal-area projection, ``hmi.sharp_720s`` cut out
of the full disk as the camera has it, upside down.
"""

import os
import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from jsolar.sun import units
from jsolar.sun.fields.area_means import area_means
from jsolar.sun.fields.cea import plane_to_stonyhurst, stonyhurst_to_plane
from jsolar.sun.files.fits_file import as_float32, number, quality, read_header, read_image
from jsolar.sun.files.sharp import SharpHeader, parse_sharp, sharp_regions, sharp_times
from jsolar.sun.sphere import Frame, Sphere, pixel_of

ACTIVE = 30
"""Codes of pixels that belong to the active region, see Bobra et al. (2014)."""

_EDGES = ("LATDTMIN", "LATDTMAX", "LONDTMIN", "LONDTMAX")
"""Of the region's outline, Stonyhurst."""

_CUTOUT = ("CRPIX1", "CRPIX2", "CDELT1", "RSUN_OBS", "CRLT_OBS", "HARPNUM", *_EDGES)


class Bitmap(NamedTuple):
    """The active pixels of a SHARP.

    Attributes:
      active: ``[y, x]``, rows from south to north.
      header: of the region; of a cutout its place and size are those of its outline.
      centre: row and column of disk centre in a cutout; None in CEA.
      radius_pixels: of the disk in a cutout.
    """

    active: Bool[np.ndarray, "h w"]
    header: SharpHeader
    centre: tuple[float, float] | None
    radius_pixels: float


def bitmap_header(path: str | os.PathLike[str]) -> SharpHeader:
    """What the header of a bitmap says, in either projection.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: it is no bitmap of a SHARP.
    """
    return _parse(pathlib.Path(path), read_header(path))


def read_bitmap(path: str | os.PathLike[str]) -> Bitmap:
    """Read a bitmap.

    Args:
      path: FITS as JSOC names it, ``….bitmap.fits``.

    Returns:
      Which pixels are active.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: it is no bitmap of a SHARP, or is cut short.
    """
    image = read_image(path)
    header = _parse(pathlib.Path(path), image.header)
    active = np.nan_to_num(as_float32(image.pixels)) >= ACTIVE
    if not _is_cutout(image.header):
        return Bitmap(active, header, None, np.nan)
    turned, middle = _upright(pathlib.Path(path), active, image.header)
    radius = number(image.header, "RSUN_OBS") / number(image.header, "CDELT1")
    return Bitmap(turned, header, middle, radius)


def on_disk(bitmap: Bitmap, frame: Frame, seen: Sphere) -> Bool[np.ndarray, "n n"]:
    """The pixels of a picture of the disk that belong to the region.

    Args:
      bitmap: from `read_bitmap`.
      frame: of the picture, of the same time.
      seen: what its pixels show, from `jsolar.sun.sphere.sphere`.

    Returns:
      Those whose middle is active in CEA; those that are active for the greater part in a cutout.
    """
    if bitmap.centre is not None:
        share = area_means(
            bitmap.active.astype(np.float32),
            size=frame.size,
            centre=bitmap.centre,
            pixel=bitmap.radius_pixels / frame.radius_pixels,
        )
        return np.nan_to_num(share) > 0.5
    header = bitmap.header
    latitude, longitude = (np.asarray(x, float) for x in (seen.latitude_deg, seen.longitude_deg))
    middle = {"latitude_deg": header.latitude_deg, "longitude_deg": header.longitude_deg}
    x, y = stonyhurst_to_plane(latitude, longitude, **middle)
    near = np.isfinite(latitude) & (np.abs(x) < 90)
    rows, columns = header.shape
    row = np.rint(np.nan_to_num(y) / header.degrees_per_pixel + 0.5 * (rows - 1)).astype(int)
    column = np.rint(np.nan_to_num(x) / header.degrees_per_pixel + 0.5 * (columns - 1)).astype(int)
    inside = near & (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    found = np.zeros(latitude.shape, bool)
    found[inside] = bitmap.active[row[inside], column[inside]]
    return found


def outline_box(
    header: SharpHeader, frame: Frame, observer_latitude_deg: float
) -> Float[np.ndarray, "4"]:
    """The box of a region's outline, which definitive SHARPs keep from limb to limb.

    Args:
      header: of the region.
      frame: of the picture.
      observer_latitude_deg: B0.

    Returns:
      ``[left, low, right, high]``, edges of pixels, of the part before the limb; NaN if there is
      none.
    """
    rows, columns = (0.5 * n * header.degrees_per_pixel for n in header.shape)
    along = np.linspace(-1, 1, 41)
    x = np.concatenate([along, along, -np.ones(41), np.ones(41)]) * columns
    y = np.concatenate([-np.ones(41), np.ones(41), along, along]) * rows
    latitude, longitude = plane_to_stonyhurst(
        x, y, latitude_deg=header.latitude_deg, longitude_deg=header.longitude_deg
    )
    place = {"latitude_deg": latitude, "longitude_deg": longitude}
    pixels = np.asarray(pixel_of(frame, observer_latitude_deg, **place)) + 0.5
    if np.isnan(pixels).all():
        return np.full(4, np.nan)
    low, left = np.nanmin(pixels, 0)
    high, right = np.nanmax(pixels, 0)
    return np.array([left, low, right, high])


def _is_cutout(header: Mapping[str, Any]) -> bool:
    return "HPLN" in str(header.get("CTYPE1", "")) and "HARPNUM" in header


def _parse(path: pathlib.Path, header: Mapping[str, Any]) -> SharpHeader:
    if not _is_cutout(header):
        return parse_sharp(path, header, "bitmap")
    unknown = [k for k in _CUTOUT if not np.isfinite(number(header, k))]
    if unknown:
        raise ValueError(f"{path}: {', '.join(unknown)} is not a number: download it again")
    south, north, east, west = (number(header, k) for k in _EDGES)
    scale, middle = units.SHARP_DEGREES_PER_PIXEL, 0.5 * (south + north)
    shape = (north - south) * np.cos(np.radians(middle)) / scale, (west - east) / scale
    times = sharp_times(path, header)
    longitude = 0.5 * (east + west)
    return SharpHeader(
        path=path,
        segment="bitmap",
        harp=int(number(header, "HARPNUM")),
        near_real_time=number(header, "QLOOK") == 1,
        noaa_regions=sharp_regions(header),
        time=times[0],
        record_begin=times[1],
        record_end=times[2],
        degrees_per_pixel=scale,
        latitude_deg=middle,
        longitude_deg=longitude,
        carrington_longitude_deg=(longitude + number(header, "CRLN_OBS")) % 360.0,
        observer_latitude_deg=number(header, "CRLT_OBS"),
        shape=(round(shape[0]), round(shape[1])),
        quality=quality(header),
        keywords={},
    )


def _upright(
    path: pathlib.Path, active: Bool[np.ndarray, "h w"], header: Mapping[str, Any]
) -> tuple[Bool[np.ndarray, "h w"], tuple[float, float]]:
    """The cutout with north up, and where disk centre lies in it."""
    angle = (number(header, "CROTA2") + 180.0) % 360.0 - 180.0
    middle = number(header, "CRPIX2") - 1, number(header, "CRPIX1") - 1
    if abs(angle) < 1.0:
        return active, middle
    if not 180.0 - abs(angle) < 1.0:
        raise ValueError(f"{path} is turned by {angle:.1f}° (CROTA2): give the file as JSOC has it")
    rows, columns = active.shape
    return active[::-1, ::-1], (rows - 1 - middle[0], columns - 1 - middle[1])
