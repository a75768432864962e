"""FITS files of HMI, read with their faults: which HDU holds the data, numbers written as text."""

import contextlib
import math
import os
import warnings
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

_ABOUT_THE_FILE = ("", "COMMENT", "HISTORY", "BSCALE", "BZERO", "BLANK")
"""Cards that say nothing about the pixels once these are scaled."""


class FitsImage(NamedTuple):
    """The first picture in a file.

    Attributes:
      pixels: ``[y, x]``, scaled; NaN where the file says blank.
      header: from keyword to text or number; keywords without a value are left out.
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
    with _picture(path) as hdu:
        pixels = np.asarray(hdu.data)
        header = _plain(hdu.header)
    return FitsImage(pixels.astype(pixels.dtype.newbyteorder("="), copy=False), header)


def read_header(
    path: str | os.PathLike[str], wanted: Collection[str] | None = None
) -> Mapping[str, Any]:
    """Only the header of what `read_image` would read; the pixels stay on disk.

    It takes some milliseconds a file, fewer if only some keywords are wanted.

    Args:
      path: FITS.
      wanted: keywords; all of them if None.

    Returns:
      From keyword to text or number; ``NAXIS1`` and ``NAXIS2`` are those of the picture.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: the file is no FITS file, holds no picture, or is cut short.
    """
    with _picture(path, disable_image_compression=True) as hdu:
        header = _plain(hdu.header, wanted)
        # A compressed picture is a table whose header keeps the picture's own size apart.
        size = {key: hdu.header.get(f"Z{key}", hdu.header[key]) for key in ("NAXIS1", "NAXIS2")}
    return {**header, **size}


def number(header: Mapping[str, Any], keyword: str) -> float:
    """A keyword as a number; NaN if it is absent, text, or says NaN.

    Example:
      >>> number({"R_VALUE": "nan     "}, "R_VALUE"), number({"CDELT1": 0.03}, "CDELT1")
      (nan, 0.03)
    """
    try:
        return float(header.get(keyword, math.nan))
    except (TypeError, ValueError):
        return math.nan


def quality(header: Mapping[str, Any]) -> int:
    """The bits of ``QUALITY``, an integer or text such as ``0x00010400``; -1 if it is unknown.

    Example:
      >>> quality({"QUALITY": "0x00010400"}), quality({})
      (66560, -1)
    """
    try:
        return int(str(header.get("QUALITY", -1)), 0)
    except ValueError:
        return -1


def tai(stamp: str) -> np.datetime64:
    """A time stamp of JSOC as UTC, to the nearest second.

    Args:
      stamp: e.g. ``2011.02.15_02:00:00_TAI``, with or without fractions of a second.

    Returns:
      datetime64[s], UTC; NaT where the stamp is no time in TAI or UTC.

    Example:
      >>> str(tai("2011.02.15_02:00:00_TAI"))  # TAI was 34 s ahead of UTC
      '2011-02-15T01:59:26'
    """
    from astropy.time import Time

    text, _, scale = stamp.strip().rpartition("_")
    if scale not in ("TAI", "UTC"):
        return np.datetime64("NaT", "s")
    day, _, clock = text.partition("_")
    with warnings.catch_warnings():
        # Leap seconds of years to come are not known; at worst the time is a second off.
        warnings.filterwarnings("ignore", message=".*dubious year")
        try:
            when = f"{day.replace('.', '-')}T{clock}"
            seconds = Time(when, scale=scale.lower()).unix
        except ValueError:
            return np.datetime64("NaT", "s")
    return np.datetime64(round(float(seconds)), "s")


def as_float32(values: Shaped[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    """Pixels as float32, infinite ones as NaN.

    Example:
      >>> as_float32(np.array([[1, 2]])).dtype
      dtype('float32')
    """
    pixels = values.astype(np.float32)
    pixels[~np.isfinite(pixels)] = np.nan
    return pixels


@contextlib.contextmanager
def _picture(path: str | os.PathLike[str], **how: Any) -> Iterator[Any]:
    """The first HDU with a picture; whatever goes wrong while it is open is the file's fault."""
    from astropy.io import fits
    from astropy.utils.exceptions import AstropyUserWarning

    try:
        stream = open(path, "rb")  # noqa: SIM115 - astropy leaves a broken file open
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} does not exist: check the name or download it") from None
    with stream, warnings.catch_warnings():
        # HMI's headers break the standard in known ways; nothing is gained by saying so.
        warnings.simplefilter("ignore", fits.verify.VerifyWarning)
        short = "File may have been truncated"
        warnings.filterwarnings("error", message=short, category=AstropyUserWarning)
        try:
            with fits.open(stream, memmap=False, **how) as hdus:
                hdu = next((hdu for hdu in hdus if _is_picture(hdu.header)), None)
                if hdu is not None:
                    yield hdu
        except Exception as error:  # a damaged header makes astropy raise almost anything
            raise ValueError(
                f"{path} is not a complete FITS file ({_first_line(error)}): download it again"
            ) from error
    if hdu is None:
        raise ValueError(f"{path} holds no picture: give a segment's FITS file, or download again")


def _is_picture(header: Any) -> bool:
    if header.get("ZIMAGE", False):
        return header.get("ZNAXIS") == 2
    return header.get("XTENSION", "IMAGE").strip() == "IMAGE" and header.get("NAXIS") == 2


def _plain(header: Any, wanted: Collection[str] | None = None) -> dict[str, Any]:
    """Values by keyword; cards that break the standard are mended or, if hopeless, left out."""
    from astropy.io import fits

    plain = {}
    for card in header.cards:
        key = card.keyword
        if key in _ABOUT_THE_FILE or not (wanted is None or key in wanted):
            continue
        with contextlib.suppress(fits.VerifyError, ValueError):
            card.verify("silentfix")
            if isinstance(card.value, str | int | float):  # else the card has no value
                plain[key] = card.value
    return plain


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
