"""A series of SHARPs of one region as frames of one place: co-registered on their own coordinates.

The box of a HARP follows the region at a rate of its own, and near-real-time boxes change from day
to day; so pixels of two files are not the same places. Here every frame is resampled onto one grid
that is fixed in Carrington longitude and in latitude. Over 12 h differential rotation carries a
region at 20° of latitude by some 0.06° off such a grid, two pixels of the files
(`jsolar.sun.rotation`).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.ndimage import map_coordinates

from jsolar.sun.fields.cea import plane_to_stonyhurst, stonyhurst_to_plane
from jsolar.sun.fields.patches import flux_middle
from jsolar.sun.files.sharp import Sharp, SharpHeader, pixel_mu

RADIAL = "Br"
"""The segment that holds the radial field; the line-of-sight field becomes it by 1/μ."""

_NEAREST_LIMB_MU = 0.17
"""Farther out than 80° from disk centre a line-of-sight field says nothing of the radial one."""


class Place(NamedTuple):
    """A place that turns with the Sun, degrees."""

    latitude_deg: float
    carrington_longitude_deg: float


def radial_pixels(sharp: Sharp) -> Float[np.ndarray, "h w"]:
    """The radial field of a SHARP, gauss: ``Br`` as it is, B_los/μ of a ``magnetogram``.

    Args:
      sharp: of one of these segments.

    Returns:
      ``[y, x]``, NaN where missing or beyond 80° from disk centre.

    Raises:
      ValueError: it is of another segment.
    """
    if sharp.header.segment == RADIAL:
        return sharp.pixels
    if sharp.header.segment != "magnetogram":
        raise ValueError(
            f"{sharp.header.path} is the segment {sharp.header.segment}: give ….magnetogram.fits "
            f"or ….{RADIAL}.fits"
        )
    mu = pixel_mu(sharp.header)
    return np.where(mu > _NEAREST_LIMB_MU, sharp.pixels / np.maximum(mu, _NEAREST_LIMB_MU), np.nan)


def middle_of(field: Float[np.ndarray, "h w"], header: SharpHeader) -> Place:
    """Where the centroid of the strong flux of a SHARP lies.

    Args:
      field: ``[y, x]``, gauss.
      header: of the SHARP.

    Returns:
      The place.
    """
    row, column = flux_middle(np.nan_to_num(field))
    y, x = (
        (pixel - (n - 1) / 2) * header.degrees_per_pixel
        for pixel, n in zip((row, column), field.shape, strict=True)
    )
    return Place(*map(float, plane_to_stonyhurst(x, y, **_centre(header))))


def frame(
    field: Float[np.ndarray, "h w"],
    header: SharpHeader,
    place: Place,
    *,
    size: int,
    degrees_per_pixel: float,
) -> Float[np.ndarray, "size size"]:
    """The field of a SHARP on a grid about a place, in the CEA projection about that place.

    Bilinear at the scale of the file, then averaged over blocks. A pixel of which half or more is
    missing, or outside the file, is NaN.

    Args:
      field: ``[y, x]``, gauss.
      header: of the SHARP.
      place: the middle of the grid.
      size: pixels on a side; even.
      degrees_per_pixel: scale, a whole multiple of the file's.

    Returns:
      Rows from south to north, columns from east to west.

    Raises:
      ValueError: the scale is no whole multiple of the file's.
    """
    block = round(degrees_per_pixel / header.degrees_per_pixel)
    if block < 1 or abs(degrees_per_pixel / header.degrees_per_pixel - block) > 0.01:
        raise ValueError(
            f"{header.path}: a scale of {degrees_per_pixel}° per pixel is no whole multiple of the "
            f"file's {header.degrees_per_pixel}°"
        )
    fine = (np.arange(size * block) - (size * block - 1) / 2) * degrees_per_pixel / block
    latitude, longitude = plane_to_stonyhurst(
        fine[None],
        fine[:, None],
        latitude_deg=place.latitude_deg,
        longitude_deg=place.carrington_longitude_deg,
    )
    x, y = stonyhurst_to_plane(latitude, longitude, **_centre(header))
    rows, columns = (
        deg / header.degrees_per_pixel + (n - 1) / 2
        for deg, n in zip((y, x), field.shape, strict=True)
    )
    sampled = map_coordinates(field, [rows, columns], order=1, mode="constant", cval=np.nan)
    return _block_mean(sampled.reshape(size, block, size, block))


def find_series(
    headers: Sequence[SharpHeader],
    offsets_hours: Sequence[float],
    *,
    every_hours: float,
    tolerance_hours: float = 0.25,
) -> tuple[list[list[SharpHeader]], str]:
    """The issue times of a region for which there is a frame at every offset.

    Args:
      headers: usable ones of one region, in order of time.
      offsets_hours: relative to the issue time, e.g. (−12, 0, 12).
      every_hours: issue times are at least so far apart.
      tolerance_hours: how far a frame may be from its time.

    Returns:
      The frames of each issue time, in the order of the offsets; and in one sentence why there are
      none, or "".
    """
    time = np.array([header.time for header in headers])
    hours = (time - time[0]) / np.timedelta64(1, "h")
    found: list[list[SharpHeader]] = []
    last = -np.inf
    for issue in hours:
        if issue - last < every_hours - tolerance_hours:
            continue
        wanted = issue + np.asarray(offsets_hours)
        nearest = np.abs(hours[None] - wanted[:, None]).argmin(1)
        if (np.abs(hours[nearest] - wanted) <= tolerance_hours).all():
            found.append([headers[i] for i in nearest.tolist()])
            last = issue
    return found, "" if found else _why_none(headers[0].harp, hours, offsets_hours)


def _why_none(harp: int, hours: np.ndarray, offsets_hours: Sequence[float]) -> str:
    needed = max(offsets_hours) - min(offsets_hours)
    if hours[-1] < needed:
        return f"HARP {harp}: its usable frames span {hours[-1]:.1f} h, a series needs {needed:g} h"
    told = ", ".join(f"{hour:g}" for hour in offsets_hours)
    return f"HARP {harp}: at no time is there a usable frame at each of {told} h"


def _centre(header: SharpHeader) -> dict[str, float]:
    return {
        "latitude_deg": header.latitude_deg,
        "longitude_deg": header.carrington_longitude_deg,
    }


def _block_mean(blocks: Float[np.ndarray, "h b w b"]) -> Float[np.ndarray, "h w"]:
    known = np.isfinite(blocks)
    count = known.sum((1, 3))
    mean = np.where(known, blocks, 0.0).sum((1, 3)) / np.maximum(count, 1)
    return np.where(2 * count > blocks.shape[1] ** 2, mean, np.nan).astype(np.float32)
