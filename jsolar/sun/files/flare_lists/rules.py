"""What the readers of flare lists share: the midnight rule, coverage, scale, numbers of regions."""

import re
from collections.abc import Iterable

import numpy as np
from jaxtyping import Float, Int, Shaped

from jsolar.sun.files.text_table import whole_numbers
from jsolar.sun.flares.catalogue import FluxScale, goes_flux
from jsolar.sun.flares.regions import noaa_number

Times = Shaped[np.ndarray, "n"]
Texts = Shaped[np.ndarray, "n"]

COMPLETE_FROM_W_M2 = 1e-6
"""C1.0: operational lists hold smaller flares only when the background lets them be seen."""

_DAY = np.timedelta64(1, "D")
_LONGEST = np.timedelta64(12, "h")


def past_midnight(earlier: Times, later: Times) -> Times:
    """Times given by the clock alone, moved to the next day where midnight came between.

    A flare that starts at 23:50 and peaks at ``00:05`` peaks the next day. Lists made from clock
    times often miss this and put the peak almost a day too early, into the wrong window.

    Args:
      earlier: datetime64[s] ``[n]``, NaT where unknown.
      later: datetime64[s] ``[n]``, never truly before `earlier`.

    Returns:
      `later`, one day on where it preceded `earlier`; NaT where it preceded it by so little that
      the flare would then last over 12 hours: that was not midnight but an error.

    Example:
      >>> past_midnight(np.array(["2010-08-17T23:05"], "datetime64[s]"),
      ...               np.array(["2010-08-17T00:01"], "datetime64[s]")).astype(str).tolist()
      ['2010-08-18T00:01:00']
    """
    moved = np.where(later < earlier, later + _DAY, later)
    wrong = (later < earlier) & (moved - earlier > _LONGEST)
    return np.where(wrong, np.datetime64("NaT", "s"), moved)


def flux_column(classes: Texts, *, what: str) -> Float[np.ndarray, "n"]:
    """GOES classes as fluxes.

    Args:
      classes: strings ``[n]``.
      what: file and column, named if a class cannot be read.

    Returns:
      W m⁻² ``[n]``.

    Raises:
      ValueError: a cell is not a class.
    """
    try:
        return np.array([goes_flux(text) for text in classes], dtype=np.float64)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None


def region_column(numbers: Texts, dates: Times, *, what: str) -> Int[np.ndarray, "n"]:
    """NOAA numbers of five digits; 0 where there is none (blanks, 0).

    Args:
      numbers: strings ``[n]``.
      dates: datetime64 ``[n]``.
      what: file and column, named if a number cannot be read.

    Returns:
      ``int64[n]``.

    Raises:
      ValueError: a cell is not a number.
    """
    printed = whole_numbers(numbers, what=what, missing=0)
    try:
        full = [noaa_number(int(n), date) for n, date in zip(printed, dates, strict=True)]
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None
    return np.array(full, dtype=np.int64)


def whole_days(times: Times) -> tuple[np.datetime64, np.datetime64]:
    """From the first midnight before these times to the first after them.

    Args:
      times: at least one datetime64, none NaT.

    Returns:
      Begin and end, datetime64[s].
    """
    days = times.astype("datetime64[D]")
    return days.min().astype("datetime64[s]"), (days.max() + _DAY).astype("datetime64[s]")


def scale_of(satellites: Iterable[str]) -> FluxScale:
    """Scale of fluxes that these satellites measured for the operational lists.

    Args:
      satellites: names such as ``G15``, ``GO8``, ``GOES-16``; others are passed over.

    Returns:
      "operational" for GOES 8–15, "science" for GOES 16 and later, "mixed" for both, else
      "unknown".

    Example:
      >>> scale_of(["G15", "G16"]), scale_of(["GO8"])
      ('mixed', 'operational')
    """
    matches = (re.fullmatch(r"GO?(?:ES)?-? ?([0-9]{1,2})", name.strip()) for name in satellites)
    new = {int(match[1]) >= 16 for match in matches if match and int(match[1]) >= 8}
    if not new:
        return "unknown"
    return "mixed" if len(new) == 2 else ("science" if new.pop() else "operational")


def scale_by_date(times: Times) -> FluxScale:
    """Scale of an operational list that does not name its satellites.

    Args:
      times: datetime64 ``[n]``, when the flares were.

    Returns:
      "operational" from 1996 to 2019, when GOES 8–15 were the satellites in charge, else
      "unknown".
    """
    years = times.astype("datetime64[Y]").astype(np.int64) + 1970
    return "operational" if ((years >= 1996) & (years <= 2019)).all() else "unknown"
