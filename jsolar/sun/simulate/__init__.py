"""A synthetic Sun whose truth is known.

``simulate(key, config) -> frames, states, flares`` is pure JAX, deterministic by key, and made to
be vmapped over keys. The evolution is kept as fragments of flux (`region`), pictures are rendered
on demand (`field`), and flares are a Poisson process with a stored rate (`flaring`).

What is *not* modelled: no magnetohydrodynamics (motions are kinematic), no transverse field, no
cancellation or submergence of flux, no differential rotation within a region, no cycle, no
moat flow or penumbra, network without supergranular cells, and flares that leave no trace in the
field. Scores on this Sun say how methods compare on this Sun.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.sun import units
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.field import cos_heliocentric, observe, radial_field
from jsolar.sun.simulate.flaring import (
    FlareEvents,
    flare_rate_per_hour,
    sample_flares,
    survival,
    true_probability,
)
from jsolar.sun.simulate.region import RegionState, advance, emerge

__all__ = [
    "FlareEvents",
    "RegionState",
    "Simulation",
    "SunConfig",
    "advance",
    "cos_heliocentric",
    "emerge",
    "evolve",
    "flare_rate_per_hour",
    "frames_at",
    "observe",
    "radial_field",
    "sample_flares",
    "simulate",
    "survival",
    "true_probability",
]


class Simulation(NamedTuple):
    """One region's life.

    Attributes:
      frames: ``Float[t, h, w]``, B_los in gauss at the start of each step.
      states: `RegionState` with a leading time axis ``[t, ...]``.
      flares: what happened, see `FlareEvents`.
    """

    frames: Float[Array, "t h w"]
    states: RegionState
    flares: FlareEvents


def simulate(
    key: Key[Array, ""],
    config: SunConfig,
    *,
    size: int = 128,
    degrees_per_pixel: float = 0.12,
) -> Simulation:
    """Simulate one region from its emergence: pictures, states and flares.

    Args:
      key: random key; the same key gives the same region.
      config: the parameters of the Sun; jit with it static.
      size: pixels on a side of the pictures.
      degrees_per_pixel: heliographic scale of the pictures.

    Returns:
      A `Simulation` of ``config.steps`` steps.

    Example:
      >>> config = SunConfig(steps=8, bipoles=2, fragments=4)
      >>> frames, states, flares = simulate(jax.random.key(0), config, size=16)
      >>> frames.shape, states.hours.tolist()[-1]
      ((8, 16, 16), 21.0)
    """
    life_key, flare_key, frame_key = jax.random.split(key, 3)
    states = evolve(life_key, config)
    rate = jax.vmap(lambda state: flare_rate_per_hour(state, config))(states)
    frames = frames_at(
        frame_key, states, size=size, degrees_per_pixel=degrees_per_pixel, config=config
    )
    return Simulation(frames, states, sample_flares(flare_key, rate, config))


def evolve(key: Key[Array, ""], config: SunConfig) -> RegionState:
    """The states of one region at the start of every step, ``[t, ...]``."""
    birth_key, walk_key = jax.random.split(key)

    def step(state: RegionState, key: Key[Array, ""]) -> tuple[RegionState, RegionState]:
        return advance(key, state, config), state

    keys = jax.random.split(walk_key, config.steps)
    return jax.lax.scan(step, emerge(birth_key, config), keys)[1]


def frames_at(
    key: Key[Array, ""],
    states: RegionState,
    *,
    size: int,
    degrees_per_pixel: float,
    config: SunConfig,
) -> Float[Array, "t h w"]:
    """Observed B_los, gauss, of each state; each picture's noise depends on its hour only."""
    cell_mm = degrees_per_pixel * units.MM_PER_DEGREE

    def frame(state: RegionState) -> Float[Array, "h w"]:
        field = radial_field(state, size=size, cell_mm=cell_mm, config=config)
        step = jnp.round(state.hours / config.step_hours).astype(jnp.uint32)
        cos_angle = cos_heliocentric(state.latitude_deg, state.longitude_deg)
        noise_key = jax.random.fold_in(key, step)
        return observe(noise_key, field, cos_angle, cell_mm=cell_mm, config=config)

    return jax.vmap(frame)(states)
