"""FITS files of HMI, read with their faults: which HDU holds the data, numbers written as text."""

import math
import os
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Shaped


class FitsImage(NamedTuple):
    """The first picture in a file.

    Attributes:
      pixels: ``[y, x]``, scaled; NaN where blank if they are no integers.
      header: from keyword to value; text that means "no number" is NaN.
    """

    pixels: Shaped[np.ndarray, "h w"]
    header: Mapping[str, Any]


def read_image(path: str | os.PathLike[str]) -> FitsImage:
    """Read the first HDU that holds a picture; in HMI files that is the first or the second.

    Args:
      path: FITS, compressed inside or not.

    Returns:
      Pixels and header.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: the file is no FITS file, holds no picture, or is cut short.
    """
    from astropy.io import fits

    with warnings.catch_warnings():
        _silence(fits)
        try:
            with fits.open(path, memmap=False) as hdus:
                hdu = _first_picture(hdus, path)
                pixels = np.asarray(hdu.data)
                header = _plain(hdu.header)
        except FileNotFoundError:
            raise FileNotFoundError(f"{path} does not exist") from None
        except (OSError, TypeError, IndexError, fits.VerifyError) as error:
            raise ValueError(
                f"{path} is not a complete FITS file ({_first_line(error)}): download it again"
            ) from None
    return FitsImage(pixels.astype(pixels.dtype.newbyteorder("=")), header)


def read_header(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """Only the header of what `read_image` would read; the pixels stay on disk.

    Args:
      path: FITS.

    Returns:
      From keyword to value.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: the file is no FITS file or holds no picture.
    """
    from astropy.io import fits

    with warnings.catch_warnings():
        _silence(fits)
        try:
            with fits.open(path) as hdus:
                return _plain(_first_picture(hdus, path).header)
        except FileNotFoundError:
            raise FileNotFoundError(f"{path} does not exist") from None
        except (OSError, TypeError, IndexError, fits.VerifyError) as error:
            raise ValueError(
                f"{path} is not a complete FITS file ({_first_line(error)}): download it again"
            ) from None


def number(header: Mapping[str, Any], keyword: str) -> float:
    """A keyword as a number; NaN if it is absent, text, or says NaN.

    Example:
      >>> number({"R_VALUE": "nan     "}, "R_VALUE"), number({"CDELT1": 0.03}, "CDELT1")
      (nan, 0.03)
    """
    value = header.get(keyword, math.nan)
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def numbers(header: Mapping[str, Any]) -> dict[str, float]:
    """All keywords that hold a number, or "nan" in its place.

    Example:
      >>> numbers({"USFLUX": 2.7e22, "R_VALUE": "nan     ", "TELESCOP": "SDO/HMI"})
      {'USFLUX': 2.7e+22, 'R_VALUE': nan}
    """
    return {key: number(header, key) for key, value in header.items() if _is_number(value)}


def tai(stamp: str) -> np.datetime64:
    """A time stamp of JSOC as UTC, to the nearest second.

    Args:
      stamp: e.g. ``2011.02.15_02:00:00_TAI``, with or without fractions of a second.

    Returns:
      datetime64[s], UTC; NaT where the stamp is no time.

    Raises:
      ValueError: the stamp names another time scale.

    Example:
      >>> str(tai("2011.02.15_02:00:00_TAI"))  # TAI was 34 s ahead of UTC
      '2011-02-15T01:59:26'
    """
    from astropy.time import Time

    text, _, scale = stamp.strip().rpartition("_")
    if scale not in ("TAI", "UTC", "UT"):
        raise ValueError(f"the time {stamp!r} is not in TAI or UTC")
    day, _, clock = text.partition("_")
    try:
        time = Time(f"{day.replace('.', '-')}T{clock}", scale="tai" if scale == "TAI" else "utc")
    except ValueError:
        return np.datetime64("NaT", "s")
    milliseconds = np.datetime64(time.utc.isot, "ms").astype(np.int64)
    return np.datetime64(round(milliseconds / 1000), "s")


def on_grid(values: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    """Pixels as float32, infinite ones as NaN."""
    pixels = values.astype(np.float32)
    return np.where(np.isfinite(pixels), pixels, np.nan)


def _first_picture(hdus: Any, path: str | os.PathLike[str]) -> Any:
    for hdu in hdus:
        if hdu.header.get("NAXIS") == 2:
            return hdu
    raise ValueError(f"{path} holds no picture: give the FITS file of a segment")


def _plain(header: Any) -> dict[str, Any]:
    """Values by keyword; cards that break the standard are mended or left out."""
    plain = {}
    for card in header.cards:
        try:
            card.verify("silentfix")
            if card.keyword not in ("", "COMMENT", "HISTORY"):
                plain[card.keyword] = card.value
        except Exception:
            continue
    return plain


def _silence(fits: Any) -> None:
    """HMI's headers break the standard in known ways; nothing is gained by repeating it."""
    from astropy.utils.exceptions import AstropyUserWarning

    warnings.simplefilter("ignore", fits.verify.VerifyWarning)
    warnings.filterwarnings(
        "ignore", message=".*may have been truncated.*", category=AstropyUserWarning
    )


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("nan", "-nan")
    return isinstance(value, int | float) and not isinstance(value, bool)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
