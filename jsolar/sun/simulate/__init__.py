"""A synthetic Sun whose truth is known.

``simulate(key, config) -> frames, states, flares`` is pure JAX, deterministic by key, and made to
be vmapped over keys. Regions emerge (`birth`) as the solar cycle has it (`cycle`); their evolution
is kept as fragments of flux (`region`), pictures are rendered on demand (`field`), and flares are a
Poisson process with a stored rate (`flaring`) that follows how much flux faces opposite flux
(`facing`) and a part that no magnetogram shows. `futures` says what could be known beforehand.
`population` lets many regions emerge on one Sun, and `disk` shows it whole.

The parameters of the flares are fitted to the shares of SWAN-SF and to the GOES list of 2010–2018;
``python -m experiments.synthetic_sun`` puts the simulated and the real Sun side by side.

What is *not* modelled:

- no magnetohydrodynamics: motions are kinematic, field lines, currents and helicity do not exist,
  and "hidden" is a random number with a memory, not twist;
- no transverse field: B_r is all there is, so B_los = μ B_r exactly, without the false inversion
  lines and the canopies that real magnetograms show toward the limb;
- flux cancels where polarities meet but neither submerges nor reconnects, flares change nothing in
  the field, and one flare does not trigger another;
- regions do not know of one another, do not merge, and are followed for 40 days from their
  emergence: decayed regions of the rotations before do not return, and on the whole disk random
  patches of one sign (`quiet`) stand for what is left of them; there are no polar caps;
- no differential rotation or meridional flow within a region, no moat flow; a penumbra only as the
  edge of a spot; fragments keep their place in their cluster until their flux is gone;
- grains of the network are drawn anew in every picture, only their lanes persist;
- the instrument has a point spread and noise, but no saturation, calibration error, orbital
  signal, cosmic ray or gap in time.

Scores on this Sun say how methods compare on this Sun.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.sun.simulate.birth import emerge
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.field import Scene, cos_heliocentric, observe, picture, radial_field, scene
from jsolar.sun.simulate.flaring import (
    FlareEvents,
    flare_rate_per_hour,
    sample_flares,
    survival,
    true_probability,
)
from jsolar.sun.simulate.region import RegionState, advance

__all__ = [
    "FlareEvents",
    "RegionState",
    "Scene",
    "Simulation",
    "SunConfig",
    "advance",
    "cos_heliocentric",
    "emerge",
    "evolve",
    "flare_rate_per_hour",
    "frames_at",
    "observe",
    "picture",
    "picture_keys",
    "radial_field",
    "sample_flares",
    "scene",
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
    phase: float = 0.4,
) -> Simulation:
    """Simulate one region from its emergence: pictures, states and flares.

    Args:
      key: random key; the same key gives the same region.
      config: the parameters of the Sun; jit with it static.
      size: pixels on a side of the pictures.
      degrees_per_pixel: heliographic scale of the pictures.
      phase: of the solar cycle, see `cycle.Phase`; 0.4 is its maximum.

    Returns:
      A `Simulation` of ``config.steps`` steps.

    Example:
      >>> config = SunConfig(steps=8, bipoles=2, fragments=4, clusters=2)
      >>> quick = jax.jit(simulate, static_argnames=("config", "size"))
      >>> frames, states, flares = quick(jax.random.key(0), config, size=16)
      >>> frames.shape, states.hours.tolist()[-1]
      ((8, 16, 16), 21.0)
    """
    life_key, flare_key, frame_key = jax.random.split(key, 3)
    states = evolve(life_key, config, phase)
    rate = flare_rate_per_hour(states, config)
    frames = frames_at(
        frame_key, states, size=size, degrees_per_pixel=degrees_per_pixel, config=config
    )
    return Simulation(frames, states, sample_flares(flare_key, rate, config))


def evolve(
    key: Key[Array, ""], config: SunConfig, phase: float | Float[Array, ""] = 0.4
) -> RegionState:
    """The states of one region at the start of every step, ``[t, ...]``."""
    birth_key, walk_key = jax.random.split(key)

    def step(state: RegionState, key: Key[Array, ""]) -> tuple[RegionState, RegionState]:
        return advance(key, state, config), state

    keys = jax.random.split(walk_key, config.steps)
    return jax.lax.scan(step, emerge(birth_key, config, phase), keys)[1]


def frames_at(
    key: Key[Array, ""],
    states: RegionState,
    *,
    size: int,
    degrees_per_pixel: float,
    config: SunConfig,
    noise: bool = True,
) -> Float[Array, "t h w"]:
    """Observed B_los, gauss, of each state; each picture's network and noise depend on its hour.

    Args:
      key: random key of the region's pictures.
      states: with a leading axis.
      size: pixels on a side.
      degrees_per_pixel: heliographic scale.
      config: the parameters of the Sun.
      noise: without it, the same pictures free of noise.

    Returns:
      ``[t, size, size]``.
    """

    def frame(key: Key[Array, ""], state: RegionState) -> Float[Array, "h w"]:
        return picture(
            key,
            scene(state, config),
            size=size,
            degrees_per_pixel=degrees_per_pixel,
            config=config,
            noise=noise,
        )

    return jax.vmap(frame)(picture_keys(key, states, config), states)


def picture_keys(key: Key[Array, ""], states: RegionState, config: SunConfig) -> Key[Array, "t"]:
    """The random key of each state's picture, by its hour."""
    step = jnp.round(states.hours / config.step_hours).astype(jnp.uint32)
    return jax.vmap(jax.random.fold_in, (None, 0))(key, step)
