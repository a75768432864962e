"""All active regions of a Sun over weeks: when and where they emerge, and what a disk shows."""

from functools import partial
from operator import itemgetter
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

from jsolar.keys import generator, named
from jsolar.sun import units
from jsolar.sun.conventions import WINDOW_HOURS
from jsolar.sun.rotation import sidereal_degrees_per_day
from jsolar.sun.simulate import cycle, evolve, flaring
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.field import Scene, centred, scene
from jsolar.sun.simulate.passage import SEEN_FLUX_MX, SEEN_LONGITUDE_DEG
from jsolar.sun.simulate.region import RegionState, unsigned_flux_mx

ORBIT_DEGREES_PER_DAY = 360 / 365.25
"""By how much the Earth runs after the rotation."""

REGIONS_PER_DAY = 2.0
"""That emerge on the whole Sun at cycle maximum, most of them small and short-lived.

A compromise: with four, as many regions are found on a disk as on that of December 2011, but about
five times as many flare as have windows in SWAN-SF; with one, the reverse. The Sun has more old and
quiet plage than the simulated one.
"""

AT_ONCE = 64
"""Regions simulated together; bounds the memory."""


class Births(NamedTuple):
    """Regions in order of their emergence.

    Attributes:
      key: of each region's life.
      step: when it emerges, in steps since the beginning; negative before it.
      longitude_deg: Stonyhurst, then.
    """

    key: Key[Array, "r"]
    step: Int[np.ndarray, "r"]
    longitude_deg: Float[np.ndarray, "r"]


class Seen(NamedTuple):
    """Regions ``r`` as they are at times ``t``.

    Attributes:
      scenes: what there is to see, about the centroid of the flux.
      there: whether the region exists, has flux enough to be catalogued, and is before the limb.
      latitude_deg, longitude_deg: of where it emerged, turned by the rotation.
      flux_mx: unsigned.
      probability: true probability of a flare of at least each class ``k`` within 24 h.
      flare_w_m2: peak flux of the largest flare within 24 h; 0 if there is none.
      stays: whether the region is still before the limb at the end of these 24 h.
    """

    scenes: Scene
    there: Bool[Array, "r t"]
    latitude_deg: Float[Array, "r t"]
    longitude_deg: Float[Array, "r t"]
    flux_mx: Float[Array, "r t"]
    probability: Float[Array, "r t k"]
    flare_w_m2: Float[Array, "r t"]
    stays: Bool[Array, "r t"]


def births(
    key: Key[Array, ""],
    *,
    days: float,
    phase: float,
    config: SunConfig,
    per_day: float = REGIONS_PER_DAY,
) -> Births:
    """Emergences as a Poisson process, from a lifetime before the beginning on.

    Args:
      key: random key.
      days: how long the Sun is watched.
      phase: of the solar cycle, see `cycle.Phase`.
      config: the parameters of the Sun.
      per_day: at cycle maximum.

    Returns:
      The regions.

    Example:
      >>> found = births(jax.random.key(0), days=27.0, phase=0.4, config=SunConfig())
      >>> 90 < len(found.step) < 180, bool((np.diff(found.step) >= 0).all())
      (True, True)
    """
    steps = round(days * units.HOURS_PER_DAY / config.step_hours)
    span = steps + config.steps
    mean = per_day * float(cycle.activity(phase)) * span * config.step_hours / units.HOURS_PER_DAY
    rng = generator(named(key, "births"))
    count = rng.poisson(mean)
    when = np.sort(rng.integers(-config.steps, steps, count))
    lives = jax.random.split(named(key, "lives"), max(count, 1))[:count]
    return Births(lives, when, rng.uniform(-180.0, 180.0, count))


def look(
    born: Births,
    steps: Int[np.ndarray, "t"],
    *,
    thresholds_w_m2: Float[np.ndarray | Array, "k"],
    phase: float,
    config: SunConfig,
) -> Seen:
    """The regions at some times; each moves with the rotation of its latitude.

    Args:
      born: regions; without any, the answer has one that is never there.
      steps: times, in steps since the beginning.
      thresholds_w_m2: classes of flares.
      phase: of the solar cycle, as for `births`.
      config: the parameters of the Sun.

    Returns:
      What there is, as NumPy arrays; most regions are not there at most times.

    Raises:
      ValueError: a region flared too often for the table of its flares.

    Example:
      >>> sun = SunConfig(steps=64, bipoles=1, fragments=4, clusters=2)
      >>> born = births(jax.random.key(0), days=2.0, phase=0.4, config=sun)
      >>> how = {"thresholds_w_m2": np.array([1e-6]), "phase": 0.4, "config": sun}
      >>> look(born, np.array([0, 8]), **how).there.shape == (len(born.step), 2)
      True
    """
    classes = jnp.asarray(thresholds_w_m2, jnp.float32)
    born = born if len(born.step) else _nobody()
    found = []
    for first in range(0, len(born.step), AT_ONCE):
        index = np.arange(first, min(first + AT_ONCE, len(born.step)))
        padded = np.resize(index, AT_ONCE)  # one program for all
        keys, when = born.key[padded], jnp.asarray(born.step[padded])
        latitude = np.asarray(_latitudes(keys, phase, config), float)
        per_day = sidereal_degrees_per_day(latitude) - ORBIT_DEGREES_PER_DAY
        place = jnp.asarray(born.longitude_deg[padded], jnp.float32)
        turns = jnp.asarray(per_day, jnp.float32)
        seen, room = _look(keys, when, place, turns, jnp.asarray(steps), classes, phase, config)
        if not room.all():
            raise ValueError("a simulated region flared too often: raise SunConfig.flares_kept")
        mine = slice(len(index))
        found.append(jax.tree.map(itemgetter(mine), jax.device_get(seen)))
    return jax.tree.map(lambda *parts: np.concatenate(parts), *found)


def _nobody() -> Births:
    never = np.array([np.iinfo(np.int32).max // 2])
    return Births(jax.random.split(jax.random.key(0), 1), never, np.zeros(1))


@partial(jax.jit, static_argnames="config")
def _latitudes(
    keys: Key[Array, "r"], phase: float | Float[Array, ""], config: SunConfig
) -> Float[Array, "r"]:
    return jax.vmap(lambda key: _life(key, phase, config).latitude_deg[0])(keys)


def _life(key: Key[Array, ""], phase: float | Float[Array, ""], config: SunConfig) -> RegionState:
    return evolve(named(key, "life"), config, phase)


@partial(jax.jit, static_argnames="config")
def _look(
    keys: Key[Array, "r"],
    born: Int[Array, "r"],
    longitude_deg: Float[Array, "r"],
    degrees_per_day: Float[Array, "r"],
    steps: Int[Array, "t"],
    thresholds_w_m2: Float[Array, "k"],
    phase: float | Float[Array, ""],
    config: SunConfig,
) -> tuple[Seen, Bool[Array, "r"]]:
    """What is seen, and whether there was room for all flares."""
    window = round(WINDOW_HOURS / config.step_hours)

    def one(
        key: Key[Array, ""],
        born: Int[Array, ""],
        longitude: Float[Array, ""],
        degrees_per_day: Float[Array, ""],
    ) -> tuple[Seen, Bool[Array, ""]]:
        states = _life(key, phase, config)
        moved = longitude + degrees_per_day * states.hours / units.HOURS_PER_DAY
        states = states._replace(longitude_deg=(moved + 180) % 360 - 180)
        rate = flaring.flare_rate_per_hour(states, config)
        flares = flaring.sample_flares(named(key, "flares"), rate, config)
        likely = flaring.true_probability(rate, thresholds_w_m2, window_steps=window, config=config)
        age = steps - born
        alive = (age >= 0) & (age + window <= config.steps)
        at = jnp.clip(age, 0, config.steps - window)
        then = jax.tree.map(lambda x: x[at], states)
        flux = jax.vmap(unsigned_flux_mx)(then)
        within = jnp.abs(then.longitude_deg) < SEEN_LONGITUDE_DEG
        later = then.longitude_deg + degrees_per_day * WINDOW_HOURS / units.HOURS_PER_DAY
        seen = Seen(
            scenes=jax.vmap(lambda state: centred(scene(state, config)))(then),
            there=alive & within & (flux > SEEN_FLUX_MX),
            latitude_deg=then.latitude_deg,
            longitude_deg=then.longitude_deg,
            flux_mx=flux,
            probability=likely[at],
            flare_w_m2=jax.vmap(partial(_largest, flares))(then.hours),
            stays=later < SEEN_LONGITUDE_DEG,
        )
        return seen, ~flares.happened[-1]

    return jax.vmap(one)(keys, born, longitude_deg, degrees_per_day)


def _largest(flares: flaring.FlareEvents, hours: Float[Array, ""]) -> Float[Array, ""]:
    """Peak flux of the largest flare of the window after; 0 if there is none."""
    soon = flares.happened & (flares.hours >= hours) & (flares.hours < hours + WINDOW_HOURS)
    return jnp.where(soon, flares.flux_w_m2, 0.0).max()
