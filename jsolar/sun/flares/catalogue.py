"""Flares as numbers: GOES classes in W m⁻², and lists of flares.

A flare list is never only a list. What it means that a flare is *not* in it depends on the time
and the flux that the list covers, and on the scale of its fluxes, so `FlareList` carries them
along in a `FlareSource`. Windows are labelled by `jsolar.sun.flares.labels`, files are read by
`jsolar.sun.files.flare_lists`, flares without a region get one from
`jsolar.sun.flares.attribution`.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from jaxtyping import Float, Int, Shaped
from numpy.typing import DTypeLike

FluxScale = Literal["operational", "science", "mixed", "unknown"]
"""How the fluxes of a list are scaled, see `FlareSource`."""

Column = np.ndarray | Sequence[Any]
"""What numpy makes a vector of."""

_EXPONENTS = {"A": -8, "B": -7, "C": -6, "M": -5, "X": -4}
_CLASS = re.compile(r"([ABCMX]) *([0-9]{1,6}(?:\.[0-9]{0,6})?)", re.IGNORECASE)


class FlareSource(NamedTuple):
    """Where a list comes from, and what it means when it is silent.

    Attributes:
      name: the list, e.g. "SWPC events".
      version: which edition of it.
      floor_w_m2: the list is complete from this flux on; "no flare" means "none this large".
      flux_scale: "operational" for the classes published while GOES 8–15 flew, whose fluxes carry
        factor of 0.7; "science" for true fluxes (reprocessed GOES 1–15,
        GOES 16 and later); "mixed" where both are in one list; else "unknown".
      begins: datetime64[s], UTC; start of the time that the list covers.
      ends: its end. A window that reaches outside is not complete.
    """

    name: str
    version: str
    floor_w_m2: float
    flux_scale: FluxScale
    begins: np.datetime64
    ends: np.datetime64


class FlareList(NamedTuple):
    """Flares in parallel arrays, sorted by `time`.

    Attributes:
      start: ``datetime64[s][n]``, UTC; NaT where the list has none. So are `peak` and `end`.
      peak: time of the largest flux.
      end: when the flux has come half-way down.
      flux_w_m2: largest 1–8 Å flux, W m⁻².
      region: ``int64[n]``, NOAA (or HARP) number of the region; 0 where the list names none.
      latitude_deg: heliographic latitude, NaN where unknown.
      longitude_deg: Stonyhurst longitude, west positive, NaN where unknown.
      source: where the list comes from and what it covers.
    """

    start: Shaped[np.ndarray, "n"]
    peak: Shaped[np.ndarray, "n"]
    end: Shaped[np.ndarray, "n"]
    flux_w_m2: Float[np.ndarray, "n"]
    region: Int[np.ndarray, "n"]
    latitude_deg: Float[np.ndarray, "n"]
    longitude_deg: Float[np.ndarray, "n"]
    source: FlareSource


def goes_flux(goes_class: str) -> float:
    """Flux of a GOES class, so that classes are compared as numbers ("X10" < "X2" as text).

    ``number · 10^exponent``, exponents A −8, B −7, C −6, M −5, X −4.

    Args:
      goes_class: e.g. "M1.5"; blanks around it and lower case do no harm.

    Returns:
      The largest 1–8 Å flux, W m⁻²: the double nearest to the decimal number.

    Raises:
      ValueError: anything that is not a class.

    Example:
      >>> goes_flux("M1.5"), goes_flux(" x10 ")
      (1.5e-05, 0.001)
    """
    match = _CLASS.fullmatch(goes_class.strip())
    flux = float(f"{match[2]}e{_EXPONENTS[match[1].upper()]}") if match else 0.0
    if not flux > 0:
        raise ValueError(f"{goes_class!r} is not a GOES class: A, B, C, M or X and a number > 0")
    return flux


def goes_class(flux_w_m2: float | np.floating) -> str:
    """GOES class of a flux, with one decimal.

    Further decimals are cut, not rounded, so that the class says "M1.0" or more exactly where the
    flux is at least 1e-5.

    Args:
      flux_w_m2: largest 1–8 Å flux, W m⁻², at least 1e-9 (A0.1).

    Returns:
      The class; `goes_flux` turns it back.

    Raises:
      ValueError: the flux is too small for a class, infinite or NaN.

    Example:
      >>> goes_class(1.5e-5), goes_class(9.99e-6), goes_class(0.0023)
      ('M1.5', 'C9.9', 'X23.0')
    """
    if not 1e-9 <= flux_w_m2 < np.inf:
        raise ValueError(f"a flux of {flux_w_m2} W m⁻² has no GOES class")
    flux = Decimal(repr(float(flux_w_m2)))  # the shortest decimal that means this double
    units = {letter: Decimal(10) ** exponent for letter, exponent in _EXPONENTS.items()}
    letter = max((unit, letter) for letter, unit in units.items() if flux >= unit or letter == "A")[
        1
    ]
    return f"{letter}{(flux / units[letter]).quantize(Decimal('0.1'), ROUND_DOWN)}"


def flare_list(
    source: FlareSource,
    *,
    start: Column,
    flux_w_m2: Column,
    peak: Column | None = None,
    end: Column | None = None,
    region: Column | None = None,
    latitude_deg: Column | None = None,
    longitude_deg: Column | None = None,
) -> FlareList:
    """Make a list: sort it by time and leave out entries that repeat another in every column.

    Args:
      source: where the flares come from.
      start: times ``[n]``, anything that numpy reads as datetime64; NaT is unknown.
      flux_w_m2: ``[n]``, W m⁻².
      peak: times ``[n]``; None: all unknown. So for `end`.
      end: times ``[n]``.
      region: numbers ``[n]``, 0 is none; None: all 0.
      latitude_deg: ``[n]``, NaN is unknown; None: all unknown.
      longitude_deg: Stonyhurst, west positive, ``[n]``; as `latitude_deg`.

    Returns:
      The list, with columns of the types that `FlareList` names.

    Raises:
      ValueError: a flare without start and peak, a flux that is not positive, columns of
        different lengths, or a source that ends before it begins.

    Example:
      >>> day = FlareSource("toy", "1", 1e-6, "unknown",
      ...                   np.datetime64("2011-02-15", "s"), np.datetime64("2011-02-16", "s"))
      >>> flares = flare_list(day, start=["2011-02-15T04:27", "2011-02-15T01:44"],
      ...                     flux_w_m2=[goes_flux("C4.8"), goes_flux("X2.2")], region=[0, 11158])
      >>> flares.region.tolist(), [goes_class(flux) for flux in flares.flux_w_m2]
      ([11158, 0], ['X2.2', 'C4.8'])
    """
    begin = np.array(start, dtype="datetime64[s]")
    columns = (
        begin,
        *(_column(given, "datetime64[s]", "NaT", begin.size) for given in (peak, end)),
        np.array(flux_w_m2, dtype=np.float64),
        _column(region, np.int64, 0, begin.size),
        *(
            _column(given, np.float64, np.nan, begin.size)
            for given in (latitude_deg, longitude_deg)
        ),
    )
    if any(column.shape != (begin.size,) for column in columns):
        raise ValueError("the columns of a flare list must be vectors of one length")
    flares = FlareList._make((*columns, source))
    if np.isnat(time(flares)).any():
        raise ValueError(f"{source.name}: a flare has neither a start nor a peak time")
    if not (np.isfinite(flares.flux_w_m2) & (flares.flux_w_m2 > 0)).all():
        raise ValueError(f"{source.name}: a flare's flux is not a number above zero")
    if not source.begins <= source.ends:
        raise ValueError(
            f"{source.name}: covers {source.begins} to {source.ends}, which is no time"
        )
    if source.flux_scale not in get_args(FluxScale):
        raise ValueError(f"{source.name}: flux scale {source.flux_scale!r} is none of {FluxScale}")
    return _distinct(select(flares, np.lexsort((flares.region, flares.start, time(flares)))))


def _column(given: Column | None, dtype: DTypeLike, empty: object, n: int) -> np.ndarray:
    """A column of this type, filled with ``empty`` if there is none."""
    return np.full(n, empty, dtype=dtype) if given is None else np.array(given, dtype=dtype)


def _distinct(flares: FlareList) -> FlareList:
    """The list without rows that repeat an earlier row bit by bit."""
    if not len(flares.start):
        return flares
    plain = [np.where(np.isnan(c), np.nan, c) + 0.0 if c.dtype == float else c for c in flares[:-1]]
    bits = np.stack([np.ascontiguousarray(column).view(np.int64) for column in plain], axis=1)
    return select(flares, np.sort(np.unique(bits, axis=0, return_index=True)[1]))


def time(flares: FlareList) -> Shaped[np.ndarray, "n"]:
    """The time by which a flare belongs to a window: its peak, or its start where that is missing.

    Args:
      flares: a list of ``n`` flares.

    Returns:
      ``datetime64[s][n]``.

    Example:
      >>> time(flare_list(FlareSource("toy", "", 1e-6, "unknown", np.datetime64("2012-01-01", "s"),
      ...                             np.datetime64("2012-01-02", "s")),
      ...                 start=["2012-01-01T10:00"], flux_w_m2=[1e-6])).astype(str).tolist()
      ['2012-01-01T10:00:00']
    """
    return np.where(np.isnat(flares.peak), flares.start, flares.peak)


def select(flares: FlareList, rows: Column | slice) -> FlareList:
    """Some rows of a list; its source stays.

    Args:
      flares: a list.
      rows: anything that indexes an array: a mask, indices, a slice.

    Returns:
      The shorter list, e.g. ``select(flares, flares.flux_w_m2 >= goes_flux("M1"))``. A floor or a
      coverage that this changes is for the caller to write into the source.
    """
    where = rows if isinstance(rows, slice) else np.asarray(rows)
    return FlareList._make((*(column[where] for column in flares[:-1]), flares.source))
