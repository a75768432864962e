"""The numbers of a SHARP that forecasts are made from: its header's, or measured from its pixels.

Bobra & Couvidat (2015), doi:10.1088/0004-637X/798/2/135, forecast flares with 18 keywords of the
headers and seven of the Lorentz force, and found that thirteen of the 25 suffice.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from jsolar.sun.fields.sharp_keywords import (
    active_pixels,
    area_keyword,
    lorentz_keywords,
    pixel_arcsec,
    pixel_m,
    r_value_keyword,
    vector_keywords,
)
from jsolar.sun.files.sharp import Sharp, SharpHeader, check_shapes

HEADER_NUMBERS = (
    *("TOTUSJH", "TOTPOT", "TOTUSJZ", "ABSNJZH", "SAVNCPP", "USFLUX", "AREA_ACR", "MEANPOT"),
    *("R_VALUE", "SHRGT45", "MEANSHR", "MEANGAM", "MEANGBT", "MEANGBZ", "MEANGBH", "MEANJZH"),
    *("MEANJZD", "MEANALP"),
)
"""Of the 25 those that stand in the headers."""

FORCE_NUMBERS = ("TOTBSQ", "TOTFX", "TOTFY", "TOTFZ", "EPSX", "EPSY", "EPSZ")
"""Those of the Lorentz force, which do not."""

THIRTEEN = (
    *("TOTUSJH", "TOTBSQ", "TOTPOT", "TOTUSJZ", "ABSNJZH", "SAVNCPP", "USFLUX", "AREA_ACR"),
    *("TOTFZ", "MEANPOT", "R_VALUE", "EPSZ", "SHRGT45"),
)
"""Those that Bobra & Couvidat forecast with, by their rank."""

MEASURED_FROM = ("magnetogram", "Br", "Bp", "Bt", "bitmap", "conf_disambig")
"""Segments that `measured_numbers` reads."""


def header_numbers(header: SharpHeader) -> Float[np.ndarray, "18"]:
    """`HEADER_NUMBERS` as the pipeline measured them; NaN where the header has none.

    Args:
      header: of any segment.
    """
    return np.array([header.keywords[name] for name in HEADER_NUMBERS])


def measured_numbers(sharps: Sequence[Sharp]) -> Float[np.ndarray, "25"]:
    """`HEADER_NUMBERS` and `FORCE_NUMBERS`, measured from the pixels.

    See `jsolar.sun.fields.sharp_keywords`; compiles anew for every shape, which a region keeps.

    Args:
      sharps: the segments named in `MEASURED_FROM`, of one record and one shape.

    Returns:
      One number for each name; NaN for a mean over no pixel.

    Raises:
      ValueError: the shapes differ.
    """
    check_shapes(sharps)
    pixels = {sharp.header.segment: sharp.pixels for sharp in sharps}
    keywords: Mapping[str, float] = sharps[0].header.keywords
    side, arcsec = pixel_m(keywords), pixel_arcsec(keywords)
    active = active_pixels(pixels["conf_disambig"], pixels["bitmap"])
    field = (pixels["Br"], pixels["Bp"], pixels["Bt"], active)
    found = {
        **vector_keywords(*field, pixel_m=side, pixel_arcsec=arcsec),
        **lorentz_keywords(*field, pixel_m=side),
        "R_VALUE": r_value_keyword(pixels["magnetogram"], pixel_arcsec=arcsec),
        "AREA_ACR": area_keyword(pixels["bitmap"], degrees_per_pixel=keywords["CDELT1"]),
    }
    return np.array([float(found[name]) for name in HEADER_NUMBERS + FORCE_NUMBERS])
