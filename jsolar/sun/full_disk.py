"""Full-disk magnetograms of HMI, turned so that solar north is up."""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from jsolar.sun.fits_file import number, on_grid, read_image


class FullDisk(NamedTuple):
    """A magnetogram of the whole disk.

    Attributes:
      field_gauss: ``[y, x]`` B_los, rows south to north, columns solar east to west; NaN off the
        disk.
      on_disk: where it is a number.
      time: ``DATE-OBS``, datetime64[s], UTC.
      centre: row and column of disk centre, pixels from 0.
      radius_pixels: of the photosphere.
      arcsec_per_pixel: scale.
      observer_latitude_deg: B0.
      header: the FITS header with its WCS turned along, for `to_map`.
    """

    field_gauss: Float[np.ndarray, "h w"]
    on_disk: Bool[np.ndarray, "h w"]
    time: np.datetime64
    centre: tuple[float, float]
    radius_pixels: float
    arcsec_per_pixel: float
    observer_latitude_deg: float
    header: Mapping[str, Any]


def read_full_disk(path: str | os.PathLike[str]) -> FullDisk:
    """Read a full-disk magnetogram; HMI's, which lie upside down, are turned by exactly 180°.

    The turn reverses rows and columns, so no pixel is resampled; the rest of ``CROTA2`` (0.01°,
    less than half a pixel at the limb) stays in the header.

    Args:
      path: FITS.

    Returns:
      The disk.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: the file is cut short, is no full disk in helioprojective coordinates, has no
        valid pixel, or lies neither upright nor upside down.
    """
    pixels, header = read_image(path)
    if "HPLN" not in str(header.get("CTYPE1", "")) or np.isnan(number(header, "RSUN_OBS")):
        raise ValueError(
            f"{path} is not a full disk (CTYPE1 or RSUN_OBS says otherwise): "
            "give a file of hmi.m_45s or hmi.m_720s"
        )
    field = on_grid(pixels)
    if np.isnan(field).all():
        raise ValueError(f"{path} holds no valid pixel: choose another time")
    field, header = _north_up(field, dict(header), str(path))
    scale = number(header, "CDELT1")
    return FullDisk(
        field_gauss=field,
        on_disk=~np.isnan(field),
        time=np.datetime64(str(header["DATE-OBS"]).rstrip("Z"), "s"),
        centre=(number(header, "CRPIX2") - 1, number(header, "CRPIX1") - 1),
        radius_pixels=number(header, "RSUN_OBS") / scale,
        arcsec_per_pixel=scale,
        observer_latitude_deg=number(header, "CRLT_OBS"),
        header=header,
    )


def to_map(disk: FullDisk) -> Any:
    """The disk as a ``sunpy.map.Map``, coordinates included.

    Needs ``sunpy[map]``, which jsolar installs.
    """
    import sunpy.map

    text = {key: value for key, value in disk.header.items() if not _is_nan(value)}
    return sunpy.map.Map(disk.field_gauss, text)


def _north_up(
    field: Float[np.ndarray, "h w"], header: dict[str, Any], path: str
) -> tuple[Float[np.ndarray, "h w"], dict[str, Any]]:
    angle = number(header, "CROTA2")
    angle = 0.0 if np.isnan(angle) else (angle + 180.0) % 360.0 - 180.0
    if abs(angle) < 1.0:
        return field, header
    if abs(abs(angle) - 180.0) > 1.0:
        raise ValueError(
            f"{path} is turned by {angle:.1f}° (CROTA2): rotate it first, for instance with "
            "sunpy.map.Map(path).rotate()"
        )
    rows, columns = field.shape
    header["CROTA2"] = angle - np.copysign(180.0, angle)
    header["CRPIX1"] = columns + 1 - number(header, "CRPIX1")
    header["CRPIX2"] = rows + 1 - number(header, "CRPIX2")
    return np.ascontiguousarray(field[::-1, ::-1]), header


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and np.isnan(value)
