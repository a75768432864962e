"""Write small FITS files as JSOC writes them, faults included.

Other tests use it too: ``from sun.make_fits import write_sharp``.
"""

import pathlib
from typing import Any

import numpy as np
from astropy.io import fits

BLANK = -(2**31)

SHARP_HEADER = {
    "T_REC": "2011.02.15_02:00:00_TAI",
    "T_FRST": "2011.02.09_22:00:00_TAI",
    "T_FRST1": "2011.02.10_22:00:00_TAI",
    "T_LAST1": "2011.02.21_07:36:00_TAI",
    "T_LAST": "2011.02.22_07:36:00_TAI",
    "USFLUX": "2.714760e+22",
    "R_VALUE": "nan",
    "CRDER1": "nan",
    "CTYPE1": "CRLN-CEA",
    "CTYPE2": "CRLT-CEA",
    "CRVAL1": 34.879105,
    "CRVAL2": -21.0769,
    "CDELT1": 0.03,
    "CDELT2": 0.03,
    "CUNIT1": "degree",
    "CUNIT2": "degree",
    "CROTA2": 0.0,
    "CRLN_OBS": 21.725103,
    "CRLT_OBS": -6.8279,
    "DSUN_OBS": 147746220503.41,
    "RSUN_REF": 696000000,
    "RSUN_OBS": 971.671936,
    "BUNIT": "Mx/cm^2",
    "CONTENT": "HMI observable",
    "QUALITY": 0,
    "QLOOK": 0,
    "HARPNUM": 377,
    "NOAA_AR": 11158,
    "NOAA_ARS": "11158",
}
"""Keywords of a real SHARP."""

FULL_DISK_HEADER = {
    "T_REC": "2011.12.17_06:00:00.000_TAI",
    "DATE-OBS": "2011-12-17T05:58:10.700",
    "TELESCOP": "SDO/HMI",
    "INSTRUME": "HMI_SIDE1",
    "CONTENT": "MAGNETOGRAM",
    "BUNIT": "Gauss",
    "WAVELNTH": 6173.0,
    "CTYPE1": "HPLN-TAN",
    "CTYPE2": "HPLT-TAN",
    "CRVAL1": 0.0,
    "CRVAL2": 0.0,
    "CDELT1": 100.0,
    "CDELT2": 100.0,
    "CUNIT1": "arcsec",
    "CUNIT2": "arcsec",
    "CROTA2": 180.013458,
    "CSYSER1": None,
    "DSUN_OBS": 147246356998.577,
    "RSUN_REF": 696000000.0,
    "RSUN_OBS": 974.970459,
    "CRLN_OBS": 312.091705,
    "CRLT_OBS": -1.14499807,
}
"""Keywords of a real full disk, at a coarse scale."""

_RAW = ("USFLUX", "R_VALUE", "CRDER1")
"""Cards that are written as JSOC does and astropy would not."""


def write_sharp(
    folder: pathlib.Path, pixels: Any, *, segment: str = "magnetogram", **header: Any
) -> pathlib.Path:
    """A segment of a SHARP: RICE-compressed in HDU 1, but ``bitmap`` plain in HDU 0.

    Fields are stored in tenths of a gauss, NaN as blank. Named keywords replace those of
    `SHARP_HEADER`; None leaves one out. `USFLUX`, `R_VALUE` and `CRDER1` are written raw.

    Args:
      folder: where; the name is JSOC's.
      pixels: ``[y, x]``, gauss or codes.
      segment: e.g. ``magnetogram``.
      **header: keywords.

    Returns:
      The file.
    """
    harp, time = (header.get(k, SHARP_HEADER[k]) for k in ("HARPNUM", "T_REC"))
    stamp = str(time)[:19].replace(".", "").replace(":", "")
    path = folder / f"hmi.sharp_cea_720s.{harp}.{stamp}_TAI.{segment}.fits"
    rows, columns = np.shape(pixels)
    centre = {"CRPIX1": (columns + 1) / 2, "CRPIX2": (rows + 1) / 2}
    codes = segment in ("bitmap", "conf_disambig")
    stored = _integers(pixels, 1.0, np.int16) if codes else _integers(pixels, 0.1, np.int32)
    scale = {} if codes else {"BSCALE": 0.1}
    cards = {**SHARP_HEADER, **centre, **scale, **header}
    return _write(path, stored, cards, compressed=segment != "bitmap")


def write_full_disk(path: pathlib.Path, pixels: Any, **header: Any) -> pathlib.Path:
    """A full-disk magnetogram, upside down unless ``CROTA2`` says otherwise.

    Args:
      path: the file.
      pixels: ``[y, x]`` as stored, gauss; NaN off the disk.
      **header: replace keywords of `FULL_DISK_HEADER`; None leaves one out.

    Returns:
      The file.
    """
    rows, columns = np.shape(pixels)
    centre = {"CRPIX1": columns / 2 + 0.7, "CRPIX2": rows / 2 - 0.4}
    stored = _integers(pixels, 0.1, np.int32)
    return _write(path, stored, {**FULL_DISK_HEADER, **centre, "BSCALE": 0.1, **header})


def _integers(pixels: Any, scale: float, dtype: type) -> np.ndarray:
    pixels = np.asarray(pixels, np.float64)
    blank = np.iinfo(dtype).min
    return np.where(np.isnan(pixels), blank, np.round(np.nan_to_num(pixels) / scale)).astype(dtype)


def _write(
    path: pathlib.Path, stored: np.ndarray, header: dict[str, Any], *, compressed: bool = True
) -> pathlib.Path:
    hdu = fits.CompImageHDU(stored) if compressed else fits.PrimaryHDU(stored)
    for key, value in header.items():
        if value is not None:
            hdu.header[key] = 0.0 if key in _RAW else value
    hdu.header["BLANK"] = int(np.iinfo(stored.dtype).min)
    empty = [fits.PrimaryHDU()] if compressed else []
    fits.HDUList([*empty, hdu]).writeto(path, overwrite=True)
    content = path.read_bytes()
    for key in _RAW:
        if header.get(key) is not None:
            content = _replace_card(content, key, str(header[key]))
    path.write_bytes(content)
    return path


def _replace_card(content: bytes, key: str, value: str) -> bytes:
    start = content.index(f"{key:8}= ".encode())
    return content[:start] + f"{key:8}= {value}".ljust(80).encode() + content[start + 80 :]
