"""How fast the Sun turns at each latitude."""

import numpy as np
from jaxtyping import Float

CARRINGTON_DEGREES_PER_DAY = 14.1844
"""Sidereal rate of the Carrington system, in which one place keeps its longitude, degrees a day."""


def sidereal_degrees_per_day(
    latitude_deg: float | Float[np.ndarray, "*s"],
) -> float | Float[np.ndarray, "*s"]:
    """Rate of small magnetic features, ω = 2.894 − 0.428 sin²B − 0.370 sin⁴B in µrad/s.

    Args:
      latitude_deg: B.

    Returns:
      Degrees a day.

    Example:
      >>> sidereal_degrees_per_day(np.array([0.0, 60.0])).round(2).tolist()
      [14.33, 11.71]

    References:
      Howard, Harvey & Forgach (1990), doi:10.1007/BF00156795
    """
    sin2 = np.sin(np.deg2rad(latitude_deg)) ** 2
    rate = 2.894 - 0.428 * sin2 - 0.370 * sin2**2
    return np.rad2deg(1e-6 * rate) * 86400


def drift_degrees(
    latitude_deg: float | Float[np.ndarray, "*s"], hours: float
) -> float | Float[np.ndarray, "*s"]:
    """How far a magnetic feature moves to the west on a grid that turns with Carrington's rate.

    Args:
      latitude_deg: of the feature.
      hours: passed.

    Returns:
      Degrees of a great circle, (ω(B) − ω_C) t cos B; negative to the east.

    Example:
      >>> float(round(drift_degrees(20.0, 12.0), 3))
      -0.062
    """
    days = hours / 24
    ahead = sidereal_degrees_per_day(latitude_deg) - CARRINGTON_DEGREES_PER_DAY
    return ahead * days * np.cos(np.deg2rad(latitude_deg))
