"""What an observer sees of a region's life: its passage over the disk, and times within it."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int, Key

from jsolar.sun import units
from jsolar.sun.conventions import FORECAST_LONGITUDE_DEG
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.region import RegionState, unsigned_flux_mx

SEEN_FLUX_MX = 3e20
"""A region with less unsigned flux than this is not catalogued."""

SEEN_LONGITUDE_DEG = 90.0
"""The limb."""


def passage(states: RegionState, config: SunConfig) -> RegionState:
    """The states from the east limb to the west limb; nobody sees what happens before or after.

    Args:
      states: of the whole life, ``[t, ...]``.
      config: the parameters of the Sun.

    Returns:
      ``[p, ...]``, p the same for all regions.
    """
    step_deg = units.SYNODIC_DEGREES_PER_DAY * config.step_hours / units.HOURS_PER_DAY
    count = min(config.steps, math.ceil(2 * SEEN_LONGITUDE_DEG / step_deg) + 1)
    first = jnp.argmax(states.longitude_deg > -SEEN_LONGITUDE_DEG)
    return jax.tree.map(lambda x: jax.lax.dynamic_slice_in_dim(x, first, count), states)


def is_seen(states: RegionState) -> Bool[Array, "t"]:
    """Whether the region is on the visible disk and has flux enough to be catalogued."""
    flux = jax.vmap(unsigned_flux_mx)(states)
    return (jnp.abs(states.longitude_deg) < SEEN_LONGITUDE_DEG) & (flux > SEEN_FLUX_MX)


def is_near(states: RegionState) -> Bool[Array, "t"]:
    """Whether the region is near enough to the central meridian to learn from and to forecast."""
    return jnp.abs(states.longitude_deg) <= FORECAST_LONGITUDE_DEG


def choose_times(
    key: Key[Array, ""], allowed: Bool[Array, "t"], count: int
) -> tuple[Int[Array, "w"], Bool[Array, "w"]]:
    """Random distinct steps among those allowed, in order of time.

    Args:
      key: random key.
      allowed: by step.
      count: w; if there are not so many, the last ones are not valid.

    Returns:
      Steps, and whether each is one that is allowed.

    Example:
      >>> steps, valid = choose_times(jax.random.key(0), jnp.arange(6) > 3, 3)
      >>> sorted(steps[valid].tolist())
      [4, 5]
    """
    luck = jnp.where(allowed, jax.random.uniform(key, allowed.shape), -1.0)
    _, chosen = jax.lax.top_k(luck, count)
    chosen = jnp.sort(chosen)
    return chosen, allowed[chosen]
