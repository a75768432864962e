"""How NOAA names active regions: numbers, places, McIntosh classes and magnetic types.

The daily Solar Region Summary is read by `jsolar.sun.files.srs`, a table of region days with their
flares by `jsolar.sun.files.region_days`.
"""

import re
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped

MAGNETIC_TYPES = (
    "ALPHA",
    "BETA",
    "GAMMA",
    "BETA-GAMMA",
    "BETA-DELTA",
    "GAMMA-DELTA",
    "BETA-GAMMA-DELTA",
)
"""Mount Wilson types as NOAA writes them."""

_LOCATION = re.compile(r"([NS])([0-9]{1,2})([EW])([0-9]{1,3})", re.IGNORECASE)


class RegionPositions(NamedTuple):
    """Where regions were and when, in parallel arrays.

    Attributes:
      time: ``datetime64[s][n]``, UTC.
      region: ``int64[n]``, NOAA numbers of five digits.
      latitude_deg: ``[n]``.
      longitude_deg: Stonyhurst, west positive, ``[n]``.
      half_latitude_deg: half the height of the region's outline, ``[n]`` or one for all.
      half_longitude_deg: half its width.
    """

    time: Shaped[np.ndarray, "n"]
    region: Int[np.ndarray, "n"]
    latitude_deg: Float[np.ndarray, "n"]
    longitude_deg: Float[np.ndarray, "n"]
    half_latitude_deg: Float[np.ndarray, "n"] | float = 0.0
    half_longitude_deg: Float[np.ndarray, "n"] | float = 0.0


class McIntosh(NamedTuple):
    """The three letters of a sunspot group's class.

    Attributes:
      zurich: A B C D E F H: polarity, penumbra and length of the group.
      penumbra: X R S A H K: of its largest spot.
      distribution: X O I C: how densely spots fill its interior.
    """

    zurich: str
    penumbra: str
    distribution: str


def noaa_number(number: int, date: np.datetime64) -> int:
    """Number of a region with all its digits.

    NOAA's texts print four digits, and region 10000 appeared on 2002-06-14. Hence 10000 is added
    to a shorter number from 2003 on, and in 2002 if it is below 5000 (numbers just below 10000
    belong to the first half of that year).

    Args:
      number: as printed; 0 means that there is no region.
      date: day of the text.

    Returns:
      The number, unchanged if it has five digits or is 0.

    Raises:
      ValueError: a negative number, or no date.

    Example:
      >>> noaa_number(2290, np.datetime64("2015-03-01"))
      12290
      >>> noaa_number(9990, np.datetime64("2002-06-10"))
      9990
    """
    if number < 0 or np.isnat(date):
        raise ValueError(
            f"region {number} on {date}: a region number needs a date and is not below 0"
        )
    year = date.astype("datetime64[Y]").astype(int) + 1970
    wrapped = 0 < number < 5000 if year == 2002 else year > 2002 and 0 < number < 10000
    return int(number) + 10000 * bool(wrapped)


def parse_location(location: str) -> tuple[float, float]:
    """Latitude and longitude of a place such as ``S30E10``.

    Args:
      location: N or S with degrees of latitude, E or W with degrees from the central meridian.

    Returns:
      Heliographic latitude (north positive) and Stonyhurst longitude (west positive), degrees.

    Raises:
      ValueError: it is not such a place.

    Example:
      >>> parse_location("S30E10"), parse_location("n15w102")
      ((-30.0, -10.0), (15.0, 102.0))
    """
    match = _LOCATION.fullmatch(location.strip())
    if not match or int(match[2]) > 90 or int(match[4]) > 180:
        raise ValueError(f"{location!r} is not a place on the Sun like S30E10")
    latitude = -float(match[2]) if match[1] in "sS" else float(match[2])
    longitude = -float(match[4]) if match[3] in "eE" else float(match[4])
    return latitude + 0.0, longitude + 0.0  # no negative zero


def parse_mcintosh(text: str) -> McIntosh:
    """The letters of a McIntosh class, in capitals.

    Each letter must be one of its place. Combinations are not checked: of the 168 only 60 are
    defined, but observers report others (``DRC``, ``HXX``).

    Args:
      text: three letters, e.g. ``Dso``.

    Returns:
      The three letters.

    Raises:
      ValueError: it is not a class.

    Example:
      >>> parse_mcintosh("Dso")
      McIntosh(zurich='D', penumbra='S', distribution='O')

    References:
      McIntosh 1990, Solar Physics 125, 251, doi:10.1007/BF00158405.
    """
    letters = text.strip().upper()
    if not re.fullmatch("[ABCDEFH][XRSAHK][XOIC]", letters):
        raise ValueError(f"{text!r} is not a McIntosh class: A–H, XRSAHK and XOIC, e.g. DSO")
    return McIntosh(*letters)


def parse_magnetic_type(text: str) -> str:
    """A Mount Wilson magnetic type in capitals.

    Args:
      text: e.g. ``Beta-Gamma``.

    Returns:
      One of `MAGNETIC_TYPES`.

    Raises:
      ValueError: it is none of them.

    Example:
      >>> parse_magnetic_type("Beta-Gamma-Delta")
      'BETA-GAMMA-DELTA'
    """
    name = text.strip().upper()
    if name not in MAGNETIC_TYPES:
        raise ValueError(f"{text!r} is not a magnetic type; these are: {', '.join(MAGNETIC_TYPES)}")
    return name
