"""What the readers of flare lists share: the midnight rule, coverage, scale, numbers of regions."""

import re
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped

from jsolar.sun.files.text_table import is_missing, whole_numbers
from jsolar.sun.flares.catalogue import FluxScale, goes_flux
from jsolar.sun.flares.regions import noaa_number

Times = Shaped[np.ndarray, "n"]
Texts = Shaped[np.ndarray, "n"]

COMPLETE_FROM_W_M2 = 1e-6
"""C1.0: operational lists hold smaller flares only when the background lets them be seen."""

OPERATIONAL_OVER_SCIENCE = 0.7
"""Factor in the operational 1–8 Å fluxes of GOES 8–15 that science-quality data do not have."""

_FIRST_GOES_8 = np.datetime64("1996-01-01", "s")
_LAST_GOES_15 = np.datetime64("2019-12-09", "s")
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
    flux = np.zeros(len(classes))
    for row, text in enumerate(classes):
        try:
            flux[row] = goes_flux(str(text))
        except ValueError as error:
            raise ValueError(f"{what}, flare {row + 1}: {error}") from None
    return flux


def with_class(
    table: Mapping[str, Texts], column: str, *, path: object
) -> dict[str, Shaped[np.ndarray, "m"]]:
    """The rows of a table that say how large the flare was; others are left out with a warning.

    Args:
      table: columns of strings.
      column: the one of GOES classes.
      path: of the file, for the warning.

    Returns:
      The table with fewer rows.
    """
    missing = is_missing(table[column])
    if missing.any():
        first = int(np.flatnonzero(missing)[0]) + 1
        warnings.warn(
            f"{path}: {missing.sum()} flares without a class are left out, first row {first}",
            stacklevel=2,
        )
    return {name: cells[~missing] for name, cells in table.items()}


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


def scales(times: Times, satellites: Texts | None = None) -> Texts:
    """Scale of each flux of an operational list: that of its satellite, else that of its time.

    GOES 8–15 were the satellites in charge from 1996 until 2019-12-09, GOES 16 and later since.

    Args:
      times: datetime64 ``[n]``, when the flares were.
      satellites: names such as ``G15``, ``GO8``, ``GOES-16``, ``[n]``; others, such as ``SDO``,
        measure no X-rays.

    Returns:
      "operational", "science" or, before 1996, "unknown" ``[n]``.

    Example:
      >>> times = np.array(["2012-01-01", "2021-01-01", "2021-01-01"], "datetime64[s]")
      >>> scales(times, np.array(["SDO", "G16", "G15"])).tolist()
      ['operational', 'science', 'operational']
    """
    by_time = np.select(
        [times < _FIRST_GOES_8, times < _LAST_GOES_15], ["unknown", "operational"], "science"
    )
    if satellites is None:
        return by_time
    matches = (re.fullmatch(r"GO?(?:ES)?-? ?([0-9]{1,2})", name.strip()) for name in satellites)
    number = np.array([int(match[1]) if match else 0 for match in matches], dtype=int)
    return np.select([number >= 16, number >= 8], ["science", "operational"], by_time)


def on_one_scale(
    flux_w_m2: Float[np.ndarray, "n"], of_each: Texts
) -> tuple[Float[np.ndarray, "n"], FluxScale, float]:
    """Fluxes of different satellites on one scale: if they differ, that of science-quality data.

    Args:
      flux_w_m2: as listed.
      of_each: from `scales`.

    Returns:
      Fluxes, their scale, and the flux from which on the list is complete.

    Example:
      >>> flux, scale, floor = on_one_scale(np.array([7e-6, 2e-6]),
      ...                                   np.array(["operational", "science"]))
      >>> flux.tolist(), scale, f"{floor:.2e}"
      ([1e-05, 2e-06], 'science', '1.43e-06')
    """
    kinds = set(of_each.tolist())
    if kinds == {"operational", "science"}:
        science = np.where(of_each == "operational", to_science(flux_w_m2), flux_w_m2)
        return science, "science", float(to_science(COMPLETE_FROM_W_M2))
    return flux_w_m2, kinds.pop() if len(kinds) == 1 else "unknown", COMPLETE_FROM_W_M2


def to_science(flux_w_m2: Any) -> Float[np.ndarray, "*n"]:
    """Operational fluxes of GOES 8–15 as science-quality data have them: divided by 0.7.

    Twelve digits are kept, so that an operational C7.0 is an M1.0 and not a hair less.

    Example:
      >>> float(to_science(7e-6))
      1e-05
    """
    return _twelve_digits(np.asarray(flux_w_m2) / OPERATIONAL_OVER_SCIENCE)


def to_operational(flux_w_m2: Any) -> Float[np.ndarray, "*n"]:
    """Science-quality fluxes as the operational lists of GOES 8–15 had them: times 0.7.

    Example:
      >>> float(to_operational(1e-5))
      7e-06
    """
    return _twelve_digits(np.asarray(flux_w_m2) * OPERATIONAL_OVER_SCIENCE)


def _twelve_digits(flux: Any) -> Float[np.ndarray, "*n"]:
    digits = [float(f"{f:.12g}") for f in np.ravel(flux)]
    return np.array(digits, np.float64).reshape(np.shape(flux))
