"""The FITS header of a picture of the whole disk, with coordinates that sunpy and astropy know."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from jsolar.sun import units
from jsolar.sun.sphere import Frame

MM_TO_M = 1e6


def disk_header(
    frame: Frame,
    *,
    time: np.datetime64,
    observer_latitude_deg: float,
    observer_carrington_deg: float = 0.0,
    simulated: bool,
) -> dict[str, Any]:
    """Where each pixel of a frame lies, as helioprojective coordinates of an observer.

    Args:
      frame: disk in the middle, solar north up.
      time: UTC.
      observer_latitude_deg: B0.
      observer_carrington_deg: L0.
      simulated: whether nobody observed it; the header says so.

    Returns:
      From keyword to value; `jsolar.sun.files.full_disk.read_full_disk` reads it.

    Example:
      >>> header = disk_header(
      ...     Frame(64), time=np.datetime64("2014-03-01T00:00:00"),
      ...     observer_latitude_deg=-7.2, simulated=True,
      ... )
      >>> header["CTYPE1"], round(header["RSUN_OBS"] / header["CDELT1"], 2), header["TELESCOP"]
      ('HPLN-TAN', 30.08, 'SIMULATED')
    """
    limb_arcsec = 3600 * np.degrees(np.arcsin(units.SOLAR_RADIUS_MM / frame.distance_mm))
    scale = float(limb_arcsec / frame.radius_pixels)
    middle = 0.5 * (frame.size + 1)
    return {
        "CTYPE1": "HPLN-TAN",
        "CTYPE2": "HPLT-TAN",
        "CUNIT1": "arcsec",
        "CUNIT2": "arcsec",
        "CRPIX1": middle,
        "CRPIX2": middle,
        "CRVAL1": 0.0,
        "CRVAL2": 0.0,
        "CDELT1": scale,
        "CDELT2": scale,
        "CROTA2": 0.0,
        "BUNIT": "Gauss",
        "CONTENT": "MAGNETOGRAM",
        "TELESCOP": "SIMULATED" if simulated else "SDO/HMI",
        "DATE-OBS": f"{time.astype('datetime64[s]')}",
        "TIMESYS": "UTC",
        "RSUN_REF": units.SOLAR_RADIUS_MM * MM_TO_M,
        "RSUN_OBS": float(limb_arcsec),
        "DSUN_OBS": frame.distance_mm * MM_TO_M,
        "HGLN_OBS": 0.0,
        "HGLT_OBS": float(observer_latitude_deg),
        "CRLN_OBS": float(observer_carrington_deg),
        "CRLT_OBS": float(observer_latitude_deg),
    }


def write_disk(
    path: str | os.PathLike[str], field_gauss: Float[np.ndarray, "h w"], header: Mapping[str, Any]
) -> None:
    """Write a picture of the disk as FITS, float32, NaN beside the disk.

    Args:
      path: the file; one of this name is replaced.
      field_gauss: rows from south to north.
      header: from `disk_header`.
    """
    from astropy.io import fits

    hdu = fits.PrimaryHDU(np.asarray(field_gauss, np.float32), fits.Header(dict(header)))
    hdu.writeto(path, overwrite=True)
