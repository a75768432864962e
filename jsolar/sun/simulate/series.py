"""A simulated region as a series of numbers measured from its pictures, minutes apart.

The region is simulated in steps of hours (`SunConfig.step_hours`). Between two of them everything
moves and grows in proportion to the time, and every row sees a picture of its own, with its own
noise.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from jsolar.keys import named
from jsolar.sun.fields.keywords import patch_keywords
from jsolar.sun.simulate import evolve, flaring
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.field import centred, cos_heliocentric, picture, scene
from jsolar.sun.simulate.passage import is_near, is_seen, passage
from jsolar.sun.simulate.region import RegionState

_OF_BIPOLES = (
    "flux_mx", "centre_mm", "axis_rad", "shear_rad", "apart_mm", "patch_mm", "share", "anchor_mm",
    "fragment_mm",
)  # fmt: skip
"""What a bipole has from its birth on; before, there stands anything."""


class Passage(NamedTuple):
    """A region's passage over the disk, ``p`` steps.

    Attributes:
      states: ``[p, ...]``.
      measured: ``Bool[p]``, steps at which it is catalogued and within 70° of the central meridian.
      expected: ``Float[p, k]``, number of flares of each class to be expected in the step.
    """

    states: RegionState
    measured: Bool[Array, "p"]
    expected: Float[Array, "p k"]


@partial(jax.jit, static_argnames="config")
def passages(
    keys: Key[Array, "r"],
    phases: Float[Array, "r"],
    thresholds_w_m2: Float[Array, "k"],
    *,
    config: SunConfig,
) -> Passage:
    """The passages of many regions: the lives that `windows.observe_windows` sees with these keys.

    Args:
      keys: random key of each region.
      phases: of the solar cycle.
      thresholds_w_m2: classes of flares.
      config: the parameters of the Sun.

    Returns:
      Passages with an axis of regions in front.
    """

    def one(key: Key[Array, ""], phase: Float[Array, ""]) -> Passage:
        states = passage(evolve(named(key, "life"), config, phase), config)
        rate = flaring.flare_rate_per_hour(states, config)
        expected = flaring.expected_flares(rate, thresholds_w_m2, config)
        return Passage(states, is_seen(states) & is_near(states), expected)

    return jax.vmap(one)(keys, phases)


@partial(jax.jit, static_argnames=("size", "degrees_per_pixel", "config"))
def measure(
    keys: Key[Array, "n"],
    states: RegionState,
    region: Int[Array, "n"],
    step: Int[Array, "n"],
    fraction: Float[Array, "n"],
    *,
    size: int,
    degrees_per_pixel: float,
    config: SunConfig,
) -> Float[Array, "n f"]:
    """Numbers measured from pictures of some regions at some times.

    Args:
      keys: random key of each picture.
      states: of all regions, ``[r, p, ...]``.
      region: which of them, from 0.
      step: before the time of the picture; not the last one.
      fraction: of the step that has passed since.
      size: pixels on a side.
      degrees_per_pixel: scale of the pictures.
      config: the parameters of the Sun.

    Returns:
      `jsolar.sun.fields.keywords.patch_keywords` of each picture.
    """

    def one(key: Key[Array, ""], r: Any, s: Any, share: Any) -> Float[Array, "f"]:
        then = between(_at(states, r, s), _at(states, r, s + 1), share)
        view = centred(scene(then, config))
        frame = picture(key, view, size=size, degrees_per_pixel=degrees_per_pixel, config=config)
        mu = cos_heliocentric(view.latitude_deg, view.longitude_deg)
        return patch_keywords(frame, mu=mu, degrees_per_pixel=degrees_per_pixel)

    return jax.vmap(one)(keys, region, step, fraction)


def between(before: RegionState, after: RegionState, fraction: Float[Array, ""]) -> RegionState:
    """The region between two steps: all in proportion, and a new bipole where it will be.

    Args:
      before: a state.
      after: the next one.
      fraction: 0 is before, 1 after.

    Returns:
      A state.

    Example:
      >>> from jsolar.sun.simulate.birth import emerge
      >>> young = emerge(jax.random.key(0), SunConfig())
      >>> older = young._replace(hours=young.hours + 3.0)
      >>> float(between(young, older, jnp.array(0.5)).hours - young.hours)
      1.5
    """
    fresh = jnp.isinf(before.birth_hours)

    def mixed(name: str) -> Array:
        a, b = getattr(before, name), getattr(after, name)
        both = a + fraction * (b - a)
        if name not in _OF_BIPOLES:
            return both
        return jnp.where(fresh.reshape(-1, *[1] * (b.ndim - 1)), b, both)

    others = [name for name in RegionState._fields if name != "birth_hours"]
    return after._replace(**{name: mixed(name) for name in others})


def _at(states: RegionState, region: Any, step: Any) -> RegionState:
    return jax.tree.map(lambda x: x[region, step], states)
