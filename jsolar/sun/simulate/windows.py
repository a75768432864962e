"""A simulated region as an observer would tabulate it: pictures at issue times, flares, records."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from jsolar.keys import named
from jsolar.sun import units
from jsolar.sun.simulate import evolve, flaring, frames_at
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.region import RegionState, fragment_flux_mx

SEEN_FLUX_MX = 1e20
"""A region with less unsigned flux than this is not catalogued."""

SEEN_LONGITUDE_DEG = 90.0
"""The limb."""

FORECAST_LONGITUDE_DEG = 70.0
"""Pictures are taken up to here, as usual: beyond, foreshortening spoils them."""


class Windows(NamedTuple):
    """The forecasts that can be made for one region. ``w`` issue times, ``e`` flares.

    Attributes:
      hours: issue times since the region emerged; ``valid``: which rows are real.
      frames: B_los at the issue times, gauss.
      latitude_deg, longitude_deg: of the region at the issue times.
      true_probability: of each class in the window after, see `flaring.true_probability`.
      flares: of the region; only those on the visible disk have ``happened``.
      record_begin_hours, record_end_hours: when the region is first and last seen.
    """

    hours: Float[Array, "w"]
    valid: Bool[Array, "w"]
    frames: Float[Array, "w h w2"]
    latitude_deg: Float[Array, "w"]
    longitude_deg: Float[Array, "w"]
    true_probability: Float[Array, "w k"]
    flares: flaring.FlareEvents
    record_begin_hours: Float[Array, ""]
    record_end_hours: Float[Array, ""]


def observe_windows(
    key: Key[Array, ""],
    *,
    count: int,
    size: int,
    degrees_per_pixel: float,
    thresholds_w_m2: Float[Array, "k"],
    window_hours: float = 24.0,
    config: SunConfig,
) -> Windows:
    """Simulate a region and look at it at ``count`` random times of its passage over the disk.

    Issue times are drawn without repetition among the steps at which the region is within 70° of
    the central meridian and catalogued, so class shares are those of all such times.

    Args:
      key: random key of the region.
      count: w, issue times asked for; those that do not exist are not ``valid``.
      size: pixels on a side.
      degrees_per_pixel: scale of the pictures.
      thresholds_w_m2: classes for ``true_probability``.
      window_hours: length of the window after the issue time.
      config: the parameters of the Sun.

    Returns:
      The table; vmap over keys for many regions.

    Example:
      >>> sun = SunConfig(steps=64, bipoles=1, fragments=4)
      >>> table = observe_windows(jax.random.key(3), count=2, size=16, degrees_per_pixel=0.9,
      ...                         thresholds_w_m2=jnp.array([1e-6]), config=sun)
      >>> table.frames.shape
      (2, 16, 16)
    """
    states = evolve(named(key, "life"), config)
    rate = jax.vmap(lambda state: flaring.flare_rate_per_hour(state, config))(states)
    flares = flaring.sample_flares(named(key, "flares"), rate, config)
    steps = round(window_hours / config.step_hours)
    probability = flaring.true_probability(rate, thresholds_w_m2, window_steps=steps, config=config)
    seen = _seen(states, config)
    near = jnp.abs(states.longitude_deg) <= FORECAST_LONGITUDE_DEG
    chosen, valid = _choose(named(key, "times"), seen & near, count)
    then = jax.tree.map(lambda column: column[chosen], states)
    return Windows(
        hours=then.hours,
        valid=valid,
        frames=frames_at(
            named(key, "pictures"),
            then,
            size=size,
            degrees_per_pixel=degrees_per_pixel,
            config=config,
        ),
        latitude_deg=then.latitude_deg,
        longitude_deg=then.longitude_deg,
        true_probability=probability[chosen],
        flares=flares._replace(happened=flares.happened & _on_disk(flares.hours, states)),
        record_begin_hours=jnp.where(seen, states.hours, jnp.inf).min(),
        record_end_hours=jnp.where(seen, states.hours, -jnp.inf).max(),
    )


def _seen(states: RegionState, config: SunConfig) -> Bool[Array, "t"]:
    flux = jax.vmap(lambda state: jnp.abs(fragment_flux_mx(state, config)).sum())(states)
    return (jnp.abs(states.longitude_deg) < SEEN_LONGITUDE_DEG) & (flux > SEEN_FLUX_MX)


def _on_disk(hours: Float[Array, "e"], states: RegionState) -> Bool[Array, "e"]:
    rotated = units.SYNODIC_DEGREES_PER_DAY * hours / units.HOURS_PER_DAY
    return jnp.abs(states.longitude_deg[0] + rotated) < SEEN_LONGITUDE_DEG


def _choose(
    key: Key[Array, ""], allowed: Bool[Array, "t"], count: int
) -> tuple[Int[Array, "w"], Bool[Array, "w"]]:
    """Random distinct steps among those allowed, in order of time."""
    luck = jnp.where(allowed, jax.random.uniform(key, allowed.shape), -1.0)
    _, chosen = jax.lax.top_k(luck, count)
    chosen = jnp.sort(chosen)
    return chosen, allowed[chosen]
