"""Give flares without a region the region that they happened in, where their places agree."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from jsolar.sun.flares.catalogue import FlareList, time
from jsolar.sun.flares.regions import RegionPositions
from jsolar.sun.units import HOURS_PER_DAY, SECONDS_PER_HOUR

_ROTATION_URAD_PER_S = (2.894, -0.428, -0.370)
_EARTH_DEG_PER_DAY = 0.9856
_SECONDS_PER_DAY = HOURS_PER_DAY * SECONDS_PER_HOUR

Angle = float | Float[np.ndarray, "*n"]


class Attribution(NamedTuple):
    """A list with more regions than before.

    Attributes:
      flares: the new list; the region is all that changed.
      attributed: ``Bool[n]``, the flares that were given a region; its sum says how many.
      separation_deg: ``Float[n]``, how far such a flare is from its region; NaN for the others.
      elsewhere: ``Bool[n]``, flares whose place is known and near no region of their time: they
        are nobody's of these, whatever else is not known of them.
    """

    flares: FlareList
    attributed: Bool[np.ndarray, "n"]
    separation_deg: Float[np.ndarray, "n"]
    elsewhere: Bool[np.ndarray, "n"]


def synodic_rotation_deg_per_day(latitude_deg: Angle) -> Angle:
    """Degrees of Stonyhurst longitude that a magnetic feature moves west in a day.

    ``A + B sin²φ + C sin⁴φ − 0.9856°/day`` with A, B, C = 2.894, −0.428, −0.370 µrad/s, the
    sidereal rotation of small magnetic features, less the mean motion of the Earth.

    Args:
      latitude_deg: heliographic latitude φ.

    Returns:
      The rate, degrees a day.

    Example:
      >>> float(round(synodic_rotation_deg_per_day(16.0), 2))
      13.17

    References:
      Howard, Harvey & Forgach 1990, Solar Physics 130, 295.
    """
    square = np.sin(np.radians(latitude_deg)) ** 2
    a, b, c = _ROTATION_URAD_PER_S
    return (
        np.degrees((a + b * square + c * square**2) * 1e-6 * _SECONDS_PER_DAY) - _EARTH_DEG_PER_DAY
    )


def separation_deg(
    latitude_deg: Angle, longitude_deg: Angle, other_latitude_deg: Angle, other_longitude_deg: Angle
) -> Angle:
    """Angle between two places, seen from the centre of the Sun (haversine formula).

    Args:
      latitude_deg: of the first place.
      longitude_deg: of the first place.
      other_latitude_deg: of the second.
      other_longitude_deg: of the second.

    Returns:
      Degrees, 0 to 180.

    Example:
      >>> float(round(separation_deg(0.0, 80.0, 0.0, 100.0), 6))
      20.0
    """
    first, second = np.radians(latitude_deg), np.radians(other_latitude_deg)
    apart = np.radians(np.subtract(other_longitude_deg, longitude_deg))
    square = np.sin((second - first) / 2) ** 2
    square = square + np.cos(first) * np.cos(second) * np.sin(apart / 2) ** 2
    return np.degrees(2 * np.arcsin(np.sqrt(np.clip(square, 0.0, 1.0))))


def attribute(
    flares: FlareList,
    positions: RegionPositions,
    *,
    max_separation_deg: float | int = 10.0,
    elsewhere_deg: float | int = 20.0,
    max_age_hours: float | int = 24.0,
) -> Attribution:
    """Give flares that have a place but no region the nearest region of their time.

    A region's place is rotated to the time of the flare (`synodic_rotation_deg_per_day`), before
    distances are taken: from a region's outline where it has one, else from its centre. A region
    that the list itself names is never replaced.

    How far to trust it: with the regions of GOES flares ≥ C1.0 of 2010–2014 hidden, and NOAA's
    daily places, 90 % of the flares got a region and 88 % of these the one that NOAA had named.

    Args:
      flares: a list.
      positions: where the regions were, see `jsolar.sun.files.srs.positions` and
        `jsolar.sun.files.region_days.positions`. Places from after the flare are used too: this
        is for making labels, not for forecasting.
      max_separation_deg: a region farther off is not the flare's.
      elsewhere_deg: a flare with no region nearer than this belongs to none of them; between the
        two it is in doubt.
      max_age_hours: a place more distant in time is not used.

    Returns:
      The new list and which flares changed.
    """
    moments = time(flares)
    order = np.argsort(positions.time, kind="stable")
    places = _rows(positions, order)
    reach = np.timedelta64(round(max_age_hours * SECONDS_PER_HOUR), "s")
    first = np.searchsorted(places.time, moments - reach, side="left")
    last = np.searchsorted(places.time, moments + reach, side="right")
    region, apart = flares.region.copy(), np.full(len(moments), np.nan)
    for row in np.flatnonzero((flares.region == 0) & ~np.isnan(flares.latitude_deg)):
        near = _rows(places, slice(first[row], last[row]))
        nearest, apart[row] = _nearest(flares, int(row), moments[row], near)
        region[row] = nearest if apart[row] <= max_separation_deg else 0
    attributed = region != flares.region
    return Attribution(
        flares._replace(region=region),
        attributed,
        np.where(attributed, apart, np.nan),
        apart > elsewhere_deg,
    )


def _nearest(
    flares: FlareList, row: int, moment: np.datetime64, near: RegionPositions
) -> tuple[int, float]:
    """The region whose rotated place is nearest to this flare, and how far; NaN if none is there.

    Where a flare lies within the outlines of several, that with the nearest centre has it.
    """
    elapsed: Any = moment - near.time
    days = elapsed / np.timedelta64(1, "D")
    longitude = near.longitude_deg + days * synodic_rotation_deg_per_day(near.latitude_deg)
    here = flares.latitude_deg[row], flares.longitude_deg[row]
    to_centre: Any = separation_deg(*here, near.latitude_deg, longitude)
    edge = (
        np.clip(at, centre - half, centre + half)
        for at, centre, half in (
            (here[0], near.latitude_deg, near.half_latitude_deg),
            (here[1], longitude, near.half_longitude_deg),
        )
    )
    apart: Any = separation_deg(*here, *edge)
    known = np.flatnonzero(~np.isnan(apart))
    if not len(known):
        return 0, np.nan
    best = known[np.lexsort((to_centre[known], apart[known]))[0]]
    return int(near.region[best]), float(apart[best])


def _rows(positions: RegionPositions, rows: Any) -> RegionPositions:
    whole = np.broadcast_arrays(*positions)
    return RegionPositions(*(column[rows] for column in whole))
