"""The solar cycle: how many regions emerge, where, and which polarity leads."""

import math

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

CYCLE_YEARS = 11.0
"""Mean length of a cycle (Hathaway 2015, doi:10.1007/lrsp-2015-4)."""

Phase = float | Float[np.ndarray | Array, "..."]
"""Time in cycles since the minimum that began cycle 24; the integer part counts cycles."""


def activity(phase: Phase) -> Phase:
    """Regions on the Sun relative to the maximum of the cycle, 0–1.

    The curve of Hathaway, Wilson & Reichmann (1994, doi:10.1007/BF00654090), a steep rise and a
    slow decay: F ∝ t³ / (e^(t²/b²) − 0.71) with t in months since the minimum and b = 54.

    Args:
      phase: time in cycles, see `Phase`.

    Returns:
      A number for each phase.

    Example:
      >>> [round(float(activity(phase)), 2) for phase in (0.05, 0.44, 0.9)]
      [0.01, 1.0, 0.17]
    """
    t = 12 * CYCLE_YEARS * (phase % 1.0) / 54.0
    return t**3 / (math.e ** (t**2) - 0.71) / 0.5038  # the largest value, at t = 1.08


def belt_deg(phase: Phase) -> Phase:
    """Mean |latitude| of the activity belts: 28° e^(−t/90 months) (Hathaway 2011).

    doi:10.1007/s11207-011-9837-z

    Example:
      >>> [round(float(belt_deg(phase)), 1) for phase in (0.0, 0.5)]
      [28.0, 13.4]
    """
    return 28.0 * math.e ** (-12 * CYCLE_YEARS * (phase % 1.0) / 90.0)


def leading_sign(phase: Phase, hemisphere: float | Float[Array, ""]) -> Float[Array, "..."]:
    """Hale's law: sign of leading polarities, opposite in the other hemisphere and next cycle.

    Cycle 24 had negative leading polarities in the north.

    Example:
      >>> leading_sign(jnp.array([0.5, 1.5]), 1.0).tolist()
      [-1.0, 1.0]
    """
    even = jnp.floor(phase) % 2 == 0
    return jnp.where(even, -1.0, 1.0) * hemisphere
