"""Many simulated regions through a solar cycle: their lives, their flares, a look at each."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key
from tqdm import tqdm

from jsolar.keys import named
from jsolar.sun import units
from jsolar.sun.conventions import FORECAST_LONGITUDE_DEG
from jsolar.sun.simulate import (
    FlareEvents,
    RegionState,
    Scene,
    SunConfig,
    cycle,
    evolve,
    flare_rate_per_hour,
    sample_flares,
    scene,
)
from jsolar.sun.simulate.passage import SEEN_FLUX_MX, SEEN_LONGITUDE_DEG
from jsolar.sun.simulate.region import unsigned_flux_mx

CHUNK = 50
"""Regions simulated at once; bounds the memory."""

MAXIMUM = 0.44
"""Phase of the cycle at which it is most active."""


class Lives(NamedTuple):
    """The lives of ``n`` regions, in the order of their emergence, in ``t`` steps.

    Attributes:
      phase: of the cycle when the region emerges.
      longitude_deg, flux_mx, rate_per_hour: at the start of each step; rates of flares ≥ C1.0.
    """

    phase: Float[Any, "*n"]
    longitude_deg: Float[Any, "*n t"]
    flux_mx: Float[Any, "*n t"]
    rate_per_hour: Float[Any, "*n t"]


class Looks(NamedTuple):
    """One look at each region, at a random time when it was `near`.

    Attributes:
      valid: whether there was such a time.
      hours, flux_mx, inversion_mx: age, flux and inversion-line flux of the region at that time.
      bipoles: how many bipoles had begun to emerge.
      scene: what there was to see.
    """

    valid: Bool[Any, "*n"]
    hours: Float[Any, "*n"]
    flux_mx: Float[Any, "*n"]
    inversion_mx: Float[Any, "*n"]
    bipoles: Int[Any, "*n"]
    scene: Scene


class Flares(NamedTuple):
    """All flares on the visible disk, region after region, each in order of time."""

    region: Int[np.ndarray, "e"]
    hours: Float[np.ndarray, "e"]
    flux_w_m2: Float[np.ndarray, "e"]
    longitude_deg: Float[np.ndarray, "e"]


def visible(lives: Lives) -> Bool[Any, "*n t"]:
    """When a region is on the disk that we see."""
    return abs(lives.longitude_deg) < SEEN_LONGITUDE_DEG


def seen(lives: Lives) -> Bool[Any, "*n t"]:
    """When it is also large enough for a catalogue."""
    return visible(lives) & (lives.flux_mx > SEEN_FLUX_MX)


def near(lives: Lives) -> Bool[Any, "*n t"]:
    """When a forecast is made: `seen` and within 70° of the central meridian."""
    return seen(lives) & (abs(lives.longitude_deg) <= FORECAST_LONGITUDE_DEG)


def phases(count: int, between: tuple[float, float]) -> Float[np.ndarray, "n"]:
    """Phases of the cycle at which regions emerge: dense where it is active, evenly spread.

    Example:
      >>> phases(3, (0.1, 0.9)).round(2).tolist()
      [0.3..., 0.4..., 0.6...]
    """
    grid = np.linspace(*between, 2001)
    density = np.asarray(cycle.activity(grid))
    cumulative = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return np.interp((np.arange(count) + 0.5) / count, cumulative / cumulative[-1], grid)


def populate(
    key: Key[Array, ""], count: int, *, between: tuple[float, float], sun: SunConfig
) -> tuple[Lives, Looks, Flares]:
    """Simulate regions through a cycle.

    Args:
      key: random key; a region depends on it, on its number and on its phase.
      count: n.
      between: phases of the cycle.
      sun: the parameters of the Sun.

    Returns:
      Their lives, a look at each, and their flares.

    Raises:
      ValueError: a region flared more often than there is room for.
    """
    when, found = phases(count, between), []
    chunks = np.split(np.arange(count), range(CHUNK, count, CHUNK))
    with tqdm(total=count, desc="simulating regions", unit="region") as progress:
        for index in chunks:
            lives, looks, events = jax.device_get(
                _live(_keys(key, index), jnp.asarray(when[index]), sun)
            )
            if events.happened[:, -1].any():
                raise ValueError("a simulated region flared too often: raise --sun.flares-kept")
            found.append((lives, looks, _flares(events, lives.longitude_deg[:, 0], index)))
            progress.update(len(index))
    return jax.tree.map(lambda *parts: np.concatenate(parts), *found)


@partial(jax.jit, static_argnames="sun")
def one_life(key: Key[Array, ""], sun: SunConfig) -> tuple[RegionState, Lives]:
    """All states of a region that emerges at cycle maximum, and its life."""
    states = evolve(named(key, "life"), sun, MAXIMUM)
    return states, _lives(states, MAXIMUM, sun)


@partial(jax.jit, static_argnames="sun")
def _live(
    keys: Key[Array, "c"], phase: Float[Array, "c"], sun: SunConfig
) -> tuple[Lives, Looks, FlareEvents]:
    def one(key: Key[Array, ""], phase: Float[Array, ""]) -> tuple[Lives, Looks, FlareEvents]:
        states = evolve(named(key, "life"), sun, phase)
        lives = _lives(states, phase, sun)
        rate = jnp.where(visible(lives), lives.rate_per_hour, 0.0)
        looks = _look(named(key, "look"), states, lives, sun)
        return lives, looks, sample_flares(named(key, "flares"), rate, sun)

    return jax.vmap(one)(keys, phase)


def _lives(states: RegionState, phase: Any, sun: SunConfig) -> Lives:
    flux = jax.vmap(unsigned_flux_mx)(states)
    return Lives(phase, states.longitude_deg, flux, flare_rate_per_hour(states, sun))


def _look(key: Key[Array, ""], states: RegionState, lives: Lives, sun: SunConfig) -> Looks:
    allowed = near(lives)
    i = jnp.argmax(jnp.where(allowed, jax.random.uniform(key, allowed.shape), -1.0))
    now = jax.tree.map(lambda x: x[i], states)
    bipoles = (now.birth_hours < now.hours).sum()
    return Looks(
        allowed[i], now.hours, lives.flux_mx[i], now.inversion_mx, bipoles, scene(now, sun)
    )


def _keys(key: Key[Array, ""], index: Int[np.ndarray, "c"]) -> Key[Array, "c"]:
    return jax.vmap(jax.random.fold_in, (None, 0))(key, index)


def _flares(
    events: FlareEvents, first_longitude_deg: Float[np.ndarray, "c"], index: Int[np.ndarray, "c"]
) -> Flares:
    row, column = np.nonzero(events.happened)
    hours = np.asarray(events.hours)[row, column]
    turned = units.SYNODIC_DEGREES_PER_DAY * hours / units.HOURS_PER_DAY
    flux = np.asarray(events.flux_w_m2)[row, column]
    return Flares(index[row], hours, flux, first_longitude_deg[row] + turned)
