"""Full-disk magnetograms of HMI, turned so that solar north is up."""

import math
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from jsolar.sun import units
from jsolar.sun.fields.area_means import area_means
from jsolar.sun.files.fits_file import as_float32, number, quality, read_header, read_image, tai
from jsolar.sun.sphere import Frame

GAUSS = ("gauss", "g", "mx/cm^2", "mx/cm2", "mx cm-2")
"""How a file says that its unit is gauss, in lower case."""

UPRIGHT_DEG = 1.0
"""Pictures that are turned by less than this, up or upside down, need no resampling."""


_PC = ("PC1_1", "PC1_2", "PC2_1", "PC2_2")


class FullDisk(NamedTuple):
    """A magnetogram of the whole disk.

    Attributes:
      field_gauss: ``[y, x]``, float32; B_los, rows south to north, columns solar east to west;
        NaN where the file has none.
      on_disk: pixels within the radius that are numbers. HMI's files hold noise up to 50 pixels
        beyond the limb, so that "not NaN" is not "on the disk".
      time: ``T_REC`` (else ``DATE-OBS``) as UTC, datetime64[s].
      centre: row and column of disk centre, pixels from 0.
      radius_pixels: of the photosphere.
      arcsec_per_pixel: scale.
      rotation_deg: what is left of ``CROTA2``: solar north lies so far clockwise of up.
      observer_latitude_deg: B0; ``observer_carrington_deg``: Carrington longitude.
      observer_distance_m: from the centre of the Sun.
      quality: bits of ``QUALITY``; 0 is good, -1 unknown.
      header: the FITS header, its WCS turned along with the pixels; see `to_map`.
    """

    field_gauss: Float[np.ndarray, "h w"]
    on_disk: Bool[np.ndarray, "h w"]
    time: np.datetime64
    centre: tuple[float, float]
    radius_pixels: float
    arcsec_per_pixel: float
    rotation_deg: float
    observer_latitude_deg: float
    observer_carrington_deg: float
    observer_distance_m: float
    quality: int
    header: Mapping[str, Any]


def read_full_disk(path: str | os.PathLike[str]) -> FullDisk:
    """Read a full-disk magnetogram; HMI's, which lie upside down, are turned by exactly 180°.

    The turn reverses rows and columns, so that no pixel is resampled and the noise stays what it
    was. The rest of ``CROTA2`` (for HMI 0.1° at most, that is 3 of 4096 pixels at the limb)
    stays in the header, where `to_map` and WCS libraries respect it.

    Args:
      path: FITS.

    Returns:
      The disk.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: the file is cut short, is no magnetogram of the full disk in helioprojective
        coordinates, has no valid pixel, or lies neither upright nor upside down.
    """
    pixels, header = read_image(path)
    _check(path, header)
    field = as_float32(pixels)
    if np.isnan(field).all():
        raise ValueError(f"{path} holds no valid pixel: choose another time")
    field, header = _north_up(field, header, path)
    scale = number(header, "CDELT1")
    centre = (number(header, "CRPIX2") - 1, number(header, "CRPIX1") - 1)
    radius = number(header, "RSUN_OBS") / scale
    if any(not radius <= c <= n - 1 - radius for c, n in zip(centre, field.shape, strict=True)):
        raise ValueError(
            f"{path} shows only a part of the disk (radius {radius:.0f} about {centre[0]:.0f}, "
            f"{centre[1]:.0f} in {field.shape[0]} × {field.shape[1]} pixels): give the whole disk"
        )
    return FullDisk(
        field_gauss=field,
        on_disk=_disk(field.shape, centre, radius) & ~np.isnan(field),
        time=_time(path, header),
        centre=centre,
        radius_pixels=radius,
        arcsec_per_pixel=scale,
        rotation_deg=_angle_deg(header),
        observer_latitude_deg=number(header, "CRLT_OBS"),
        observer_carrington_deg=number(header, "CRLN_OBS"),
        observer_distance_m=number(header, "DSUN_OBS"),
        quality=quality(header),
        header=header,
    )


def full_disk_time(path: str | os.PathLike[str]) -> np.datetime64:
    """When a full-disk magnetogram was taken, UTC; its pixels are not read.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: it is no magnetogram of the full disk, or has no time.
    """
    header = read_header(path)
    _check(path, header)
    return _time(path, header)


def framed(
    disk: FullDisk, size: int, *, radius: float = 0.94
) -> tuple[Float[np.ndarray, "size size"], Frame]:
    """The disk in the middle of a smaller picture, every pixel the mean over what it covers.

    Args:
      disk: from `read_full_disk`.
      size: pixels on a side.
      radius: of the disk, in half sides of the picture.

    Returns:
      The field in gauss, NaN beside the disk, and where its pixels lie; seen from one astronomical
      unit if the file does not tell the distance.
    """
    metres = disk.observer_distance_m
    distance = metres / 1e6 if math.isfinite(metres) else units.ASTRONOMICAL_UNIT_MM
    frame = Frame(size, radius, distance)
    field = area_means(
        np.where(disk.on_disk, disk.field_gauss, np.nan),
        size=size,
        centre=disk.centre,
        pixel=disk.radius_pixels / frame.radius_pixels,
    )
    return field, frame


def to_map(disk: FullDisk) -> Any:
    """The disk as a ``sunpy.map.Map``, coordinates included.

    Args:
      disk: from `read_full_disk`, maybe with another field of the same shape in its place.

    Returns:
      A map, off-disk pixels NaN.
    """
    import sunpy.map

    known = {key: v for key, v in disk.header.items() if not isinstance(v, float) or v == v}
    return sunpy.map.Map(disk.field_gauss, known)


def _check(path: str | os.PathLike[str], header: Mapping[str, Any]) -> None:
    if "HPLN" not in str(header.get("CTYPE1", "")):
        raise ValueError(
            f"{path} is not a full disk in helioprojective coordinates (CTYPE1 is "
            f"{header.get('CTYPE1', 'absent')}): give a file of hmi.M_45s or hmi.M_720s"
        )
    content, unit = (str(header.get(key, "")).strip() for key in ("CONTENT", "BUNIT"))
    if unit.lower() not in GAUSS or (content and "magnetogram" not in content.lower()):
        raise ValueError(
            f"{path} is no magnetogram (CONTENT is {content or 'absent'}, BUNIT "
            f"{unit or 'absent'}): give a file of hmi.M_45s or hmi.M_720s"
        )
    needed = ("CDELT1", "CRPIX1", "CRPIX2", "RSUN_OBS", "CRLT_OBS")
    unknown = [keyword for keyword in needed if not math.isfinite(number(header, keyword))]
    if unknown:
        raise ValueError(f"{path}: {', '.join(unknown)} is not a number: download it again")


def _north_up(
    field: Float[np.ndarray, "h w"], header: Mapping[str, Any], path: str | os.PathLike[str]
) -> tuple[Float[np.ndarray, "h w"], Mapping[str, Any]]:
    """Field and header, both turned by 180° if the field lies upside down."""
    angle = _angle_deg(header)
    if abs(angle) < UPRIGHT_DEG:
        return field, header
    if 180.0 - abs(angle) > UPRIGHT_DEG:
        raise ValueError(
            f"{path} is turned by {angle:.1f}° (CROTA2): rotate it first, for instance with "
            "sunpy.map.Map(path).rotate()"
        )
    rows, columns = field.shape
    turned = {key: value for key, value in header.items() if key not in _PC}
    turned["CROTA2"] = angle - math.copysign(180.0, angle)
    turned["CRPIX1"] = columns + 1 - number(header, "CRPIX1")
    turned["CRPIX2"] = rows + 1 - number(header, "CRPIX2")
    return np.ascontiguousarray(field[::-1, ::-1]), turned


def _disk(
    shape: tuple[int, ...], centre: tuple[float, float], radius: float
) -> Bool[np.ndarray, "h w"]:
    row, column = ((np.arange(n) - c) ** 2 for n, c in zip(shape, centre, strict=True))
    return row[:, None] + column[None] <= radius**2


def _angle_deg(header: Mapping[str, Any]) -> float:
    """How far the picture is turned, within ±180°: ``CROTA2``, or the matrix in its place."""
    angle = number(header, "CROTA2")
    if math.isnan(angle):
        sine, cosine = header.get("PC2_1", 0.0), header.get("PC1_1", 1.0)
        angle = math.degrees(math.atan2(sine, cosine))
    return (angle + 180.0) % 360.0 - 180.0


def _time(path: str | os.PathLike[str], header: Mapping[str, Any]) -> np.datetime64:
    time = tai(str(header.get("T_REC", "")))
    if np.isnat(time):
        try:
            time = np.datetime64(str(header.get("DATE-OBS", "")).rstrip("Z"), "s")
        except ValueError:
            time = np.datetime64("NaT", "s")
    if np.isnat(time):
        raise ValueError(f"{path} has no time (T_REC or DATE-OBS): download it again")
    return time
