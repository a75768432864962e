"""A radial field on the grid of `jsolar.sun.files.sharp_series` as a FITS file that sunpy shows."""

import pathlib
from collections.abc import Mapping

import numpy as np
from astropy.io import fits
from astropy.time import Time
from jaxtyping import Float

from jsolar.sun.files.sharp_series import Place
from jsolar.sun.units import SOLAR_RADIUS_MM

Card = str | int | float | bool
"""What stands after a keyword."""


def radial_map(
    field: Float[np.ndarray, "h w"],
    *,
    place: Place,
    degrees_per_pixel: float,
    time: np.datetime64,
    told: Mapping[str, tuple[Card, str]],
) -> fits.PrimaryHDU:
    """The field with its coordinates: CEA about a place, in Carrington longitude, seen from Earth.

    Args:
      field: rows from south to north, columns from east to west, gauss; NaN where not known.
      place: the middle of the grid.
      degrees_per_pixel: scale.
      time: for which it stands, UTC.
      told: further keywords, each with a comment.

    Returns:
      An HDU, see `write_radial_map`.

    Example:
      >>> place = Place(latitude_deg=12.0, carrington_longitude_deg=200.0)
      >>> time = np.datetime64("2011-02-15T12:00:00")
      >>> hdu = radial_map(np.zeros((4, 6)), place=place, degrees_per_pixel=0.5, time=time, told={})
      >>> hdu.header["CTYPE1"], hdu.header["CRPIX1"], hdu.header["DATE-OBS"]
      ('CRLN-CEA', 3.5, '2011-02-15T12:00:00')

    References:
      Thompson (2006), doi:10.1051/0004-6361:20054262
    """
    hdu = fits.PrimaryHDU(np.asarray(field, np.float32))
    rows, columns = field.shape
    axes = {
        "CTYPE1": "CRLN-CEA",
        "CTYPE2": "CRLT-CEA",
        "CUNIT1": "deg",
        "CUNIT2": "deg",
        "CRPIX1": (columns + 1) / 2,
        "CRPIX2": (rows + 1) / 2,
        "CRVAL1": place.carrington_longitude_deg % 360.0,
        "CRVAL2": place.latitude_deg,
        "CDELT1": degrees_per_pixel,
        "CDELT2": degrees_per_pixel,
    }
    hdu.header.update(axes | {"DATE-OBS": str(time), "TIMESYS": "UTC", "BUNIT": "Gauss"})
    hdu.header.update(_observer(time))
    hdu.header.update(dict(told))
    return hdu


def _observer(time: np.datetime64) -> dict[str, tuple[float, str]]:
    """Earth's place, which sunpy wants to know of a Carrington map."""
    from sunpy.coordinates import get_earth  # takes a second

    earth = get_earth(Time(str(time), scale="utc"))
    return {
        "RSUN_REF": (1e6 * SOLAR_RADIUS_MM, "radius of the Sun, m"),
        "HGLN_OBS": (0.0, "Stonyhurst longitude of Earth, deg"),
        "HGLT_OBS": (float(earth.lat.deg), "its latitude, deg"),
        "DSUN_OBS": (float(earth.radius.m), "its distance, m"),
    }


def write_radial_map(path: pathlib.Path, hdu: fits.PrimaryHDU) -> None:
    """Write an HDU; what was there is replaced as a whole."""
    part = path.with_name(path.name + ".part")
    hdu.writeto(part, overwrite=True)
    part.replace(path)
