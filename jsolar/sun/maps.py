"""SHARPs and their patches as ``sunpy.map.Map`` and back, with coordinates that sunpy knows.

A map's ``quantity`` is the field with its unit, its ``date`` a ``Time``. A full disk becomes one
with `jsolar.sun.files.full_disk.to_map`.
"""

import pathlib
from typing import Any

import astropy.units as u
import numpy as np
import sunpy.map
from astropy.coordinates import SkyCoord
from astropy.time import Time
from jaxtyping import Float, Shaped
from sunpy.coordinates import HeliographicStonyhurst

from jsolar.sun.files.fits_file import as_float32
from jsolar.sun.files.sharp import CODES, Sharp, SharpHeader, parse_sharp
from jsolar.sun.files.sharp_patch import SharpPatch

_FIELDS = ("magnetogram", "Br", "Bp", "Bt", "Br_err", "Bp_err", "Bt_err")


def sharp_map(sharp: Sharp) -> Any:
    """A SHARP as a map, in Stonyhurst coordinates and the projection of its file.

    Args:
      sharp: from `jsolar.sun.files.sharp.read_sharp`, maybe with other pixels of the same shape.

    Returns:
      A ``sunpy.map.GenericMap``.

    Example:
      >>> from jsolar.sun.maps import example
      >>> region = sharp_map(example())
      >>> region.unit, str(region.date.utc)[:16]
      (Unit("G"), '2011-02-15T01:58')
    """
    rows, columns = sharp.pixels.shape
    middle = (columns + 1) / 2, (rows + 1) / 2
    return _map(sharp.pixels, sharp.header, sharp.header.degrees_per_pixel, middle)


def patch_map(
    cut: SharpPatch, header: SharpHeader, values: Float[np.ndarray, "h w"] | None = None
) -> Any:
    """A picture that a network reads as a map, or anything that was computed on its pixels.

    Args:
      cut: from `jsolar.sun.files.sharp_patch.sharp_patch`.
      header: of the same SHARP.
      values: on the picture's pixels, such as shares of a forecast; the field if not given.

    Returns:
      A ``sunpy.map.GenericMap``; of other values without a unit.

    Example:
      >>> from jsolar.sun.files.sharp_patch import sharp_patch
      >>> from jsolar.sun.maps import example
      >>> sharp = example()
      >>> picture = patch_map(sharp_patch(sharp, size=16, degrees_per_pixel=0.12), sharp.header)
      >>> picture.data.shape, picture.scale[0]
      ((16, 16), <Quantity 0.12 deg / pix>)
    """
    scale = cut.degrees_per_pixel
    x, y = cut.offset_deg  # of pixel size // 2 from the centre of the SHARP
    half = cut.image.shape[0] // 2 + 1
    place = half - x / scale, half - y / scale
    if values is None:
        return _map(cut.image[..., 0], header, scale, place)
    return _map(values, header, scale, place, unit="")


def read_map(sharp: Any, *, segment: str | None = None) -> Sharp:
    """A SHARP that sunpy opened, such as ``sunpy.map.Map(file)``, as this library has it.

    Args:
      sharp: a map of a file of ``hmi.sharp_cea_720s``, or one from `sharp_map`.
      segment: which it is, if the map does not tell.

    Returns:
      Pixels and header; the keywords are those that the map has.

    Raises:
      ValueError: the map is no SHARP in CEA projection.

    Example:
      >>> from jsolar.sun.maps import example
      >>> again = read_map(sharp_map(example()))
      >>> again.header.harp, again.header.segment, round(again.header.longitude_deg, 3)
      (377, 'magnetogram', 13.154)
    """
    header = {str(key).upper(): value for key, value in sharp.meta.items()}
    rows, columns = sharp.data.shape
    header |= {"NAXIS1": columns, "NAXIS2": rows}
    if str(header.get("CTYPE1")).startswith("HGLN"):  # Stonyhurst: as if Earth were at 0°
        header |= {"CTYPE1": "CRLN-CEA", "CRLN_OBS": 0.0, "CRLT_OBS": header.get("HGLT_OBS")}
    path = pathlib.Path(str(header.get("FILENAME", "map")))
    parsed = parse_sharp(path, header, segment or header.get("SEGMENT"))
    if parsed.segment in CODES:
        return Sharp(np.nan_to_num(sharp.data).astype(np.int16), parsed)
    return Sharp(as_float32(np.asarray(sharp.data)), parsed)


def centre(header: SharpHeader) -> SkyCoord:
    """The centre of a SHARP.

    Args:
      header: of the SHARP.

    Returns:
      In ``HeliographicStonyhurst`` at the time of the observation.

    Example:
      >>> from jsolar.sun.maps import example
      >>> centre(example().header).lat
      <Latitude -21.0769 deg>
    """
    return SkyCoord(
        header.longitude_deg * u.deg,
        header.latitude_deg * u.deg,
        frame=HeliographicStonyhurst(obstime=time(header)),
    )


def time(header: SharpHeader) -> Time:
    """When it was observed, UTC.

    Example:
      >>> from jsolar.sun.maps import example
      >>> time(example().header).isot
      '2011-02-15T01:58:12.000'
    """
    return Time(str(header.time), scale="utc")


def example() -> Sharp:
    """A made-up SHARP to try things on: one spot, where HARP 377 was."""
    y, x = np.mgrid[:64, :96]
    pixels = 900 * np.exp(-((y - 40) ** 2 + (x - 60) ** 2) / 50.0)
    header = SharpHeader(
        path=pathlib.Path("hmi.sharp_cea_720s.377.20110215_020000_TAI.magnetogram.fits"),
        segment="magnetogram",
        harp=377,
        near_real_time=False,
        noaa_regions=(11158,),
        time=np.datetime64("2011-02-15T01:58:12", "s"),
        record_begin=np.datetime64("NaT", "s"),
        record_end=np.datetime64("NaT", "s"),
        degrees_per_pixel=0.03,
        latitude_deg=-21.0769,
        longitude_deg=13.154002,
        carrington_longitude_deg=34.879105,
        observer_latitude_deg=-6.8279,
        shape=(64, 96),
        quality=0,
        keywords={"RSUN_REF": 696_000_000.0, "DSUN_OBS": 147746220503.41},
    )
    return Sharp(pixels.astype(np.float32), header)


def _map(
    pixels: Shaped[np.ndarray, "h w"],
    header: SharpHeader,
    degrees_per_pixel: float,
    place: tuple[float, float],
    unit: str | None = None,
) -> Any:
    """Pixels in the projection of a SHARP whose centre is at ``place``, counted from 1."""
    known = {name: value for name, value in header.keywords.items() if np.isfinite(value)}
    if unit is None:
        unit = "G" if header.segment in _FIELDS else ""
    return sunpy.map.Map(
        pixels,
        known
        | {
            "CTYPE1": "HGLN-CEA",
            "CTYPE2": "HGLT-CEA",
            "CUNIT1": "deg",
            "CUNIT2": "deg",
            "CRVAL1": header.longitude_deg,
            "CRVAL2": header.latitude_deg,
            "CRPIX1": place[0],
            "CRPIX2": place[1],
            "CDELT1": degrees_per_pixel,
            "CDELT2": degrees_per_pixel,
            "HGLN_OBS": 0.0,
            "HGLT_OBS": header.observer_latitude_deg,
            "DATE-OBS": str(header.time),
            "T_REC": _stamp(header.time),
            "RSUN_REF": known.get("RSUN_REF", 696_000_000.0),
            "HARPNUM": header.harp,
            "NOAA_ARS": ",".join(map(str, header.noaa_regions)),
            "QUALITY": header.quality,
            "QLOOK": int(header.near_real_time),
            "SEGMENT": header.segment,
            "FILENAME": header.path.name,
            **({"BUNIT": unit} if unit else {}),
            **_seen(header),
        },
    )


def _seen(header: SharpHeader) -> dict[str, str]:
    """From when until when the region was seen, if that is known."""
    times = {"T_FRST1": header.record_begin, "T_LAST1": header.record_end}
    return {name: _stamp(value) for name, value in times.items() if not np.isnat(value)}


def _stamp(moment: np.datetime64) -> str:
    """A time as JSOC writes it.

    Example:
      >>> _stamp(np.datetime64("2011-02-15T01:59:26"))
      '2011.02.15_01:59:26_UTC'
    """
    return f"{moment}_UTC".replace("-", ".").replace("T", "_", 1)
