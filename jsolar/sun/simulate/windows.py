"""A simulated region as an observer would tabulate it: pictures at issue times, flares, records."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key, UInt

from jsolar.keys import named
from jsolar.sun import units
from jsolar.sun.conventions import WINDOW_HOURS
from jsolar.sun.simulate import evolve, flaring, picture_keys
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.field import Scene, centred, picture, scene
from jsolar.sun.simulate.passage import SEEN_LONGITUDE_DEG, choose_times, is_near, is_seen, passage
from jsolar.sun.simulate.region import RegionState


class Windows(NamedTuple):
    """The forecasts that can be made for one region. ``w`` issue times, ``e`` flares.

    Attributes:
      hours: issue times since the region emerged; ``valid``: which rows are real.
      states: the whole present at the issue times, of which `futures.state_probability` tells what
        can be known; ``future_key``: raw random key for it.
      scenes: what there is to see at the issue times, about the centroid of the flux;
        ``picture_key``: raw random key of each
        picture (``jax.random.key_data``). Both make the picture again, see `field.picture`.
      frames: the pictures, B_los in gauss.
      latitude_deg, longitude_deg: of the region at the issue times.
      true_probability: of each class in the window after, see `flaring.true_probability`; NaN
        where that lasts beyond the west limb, as windows of three days can.
      flares: of the region; only those on the visible disk have ``happened``.
      flares_complete: whether there was room for all flares.
      record_begin_hours, record_end_hours: when the region is first and last seen.
    """

    hours: Float[Array, "w"]
    valid: Bool[Array, "w"]
    states: RegionState
    future_key: UInt[Array, "w words"]
    scenes: Scene
    picture_key: UInt[Array, "w words"]
    frames: Float[Array, "w h w2"]
    latitude_deg: Float[Array, "w"]
    longitude_deg: Float[Array, "w"]
    true_probability: Float[Array, "w k"]
    flares: flaring.FlareEvents
    flares_complete: Bool[Array, ""]
    record_begin_hours: Float[Array, ""]
    record_end_hours: Float[Array, ""]


def observe_windows(
    key: Key[Array, ""],
    *,
    count: int,
    size: int,
    degrees_per_pixel: float,
    thresholds_w_m2: Float[Array, "k"],
    window_hours: float = WINDOW_HOURS,
    phase: float | Float[Array, ""] = 0.4,
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
      phase: of the solar cycle, see `cycle.Phase`.
      config: the parameters of the Sun.

    Returns:
      The table; vmap over keys for many regions.

    Example:
      >>> sun = SunConfig(steps=64, bipoles=1, fragments=4)
      >>> observe = partial(observe_windows, count=2, size=16, degrees_per_pixel=0.9,
      ...                   thresholds_w_m2=jnp.array([1e-6]), config=sun)
      >>> jax.jit(observe)(jax.random.key(3)).frames.shape
      (2, 16, 16)
    """
    states = passage(evolve(named(key, "life"), config, phase), config)
    rate = flaring.flare_rate_per_hour(states, config)
    flares = flaring.sample_flares(named(key, "flares"), rate, config)
    flares = flares._replace(hours=flares.hours + states.hours[0])
    steps = round(window_hours / config.step_hours)
    path = flaring.true_probability(rate, thresholds_w_m2, window_steps=steps, config=config)
    seen = is_seen(states)
    chosen, valid = choose_times(named(key, "times"), seen & is_near(states), count)
    then = jax.tree.map(lambda column: column[chosen], states)
    keys = picture_keys(named(key, "pictures"), then, config)
    scenes = jax.vmap(lambda state: centred(scene(state, config)))(then)
    look = partial(picture, size=size, degrees_per_pixel=degrees_per_pixel, config=config)
    return Windows(
        hours=then.hours,
        valid=valid,
        states=then,
        future_key=jax.random.key_data(jax.random.split(named(key, "futures"), count)),
        scenes=scenes,
        picture_key=jax.random.key_data(keys),
        frames=jax.vmap(look)(keys, scenes),
        latitude_deg=then.latitude_deg,
        longitude_deg=then.longitude_deg,
        true_probability=path[chosen],
        flares=flares._replace(happened=flares.happened & _on_disk(flares.hours, states)),
        flares_complete=~flares.happened[-1],
        record_begin_hours=jnp.where(seen, states.hours, jnp.inf).min(),
        record_end_hours=jnp.where(seen, states.hours, -jnp.inf).max(),
    )


def _on_disk(hours: Float[Array, "e"], states: RegionState) -> Bool[Array, "e"]:
    since = (hours - states.hours[0]) / units.HOURS_PER_DAY
    rotated = units.SYNODIC_DEGREES_PER_DAY * since
    return jnp.abs(states.longitude_deg[0] + rotated) < SEEN_LONGITUDE_DEG
