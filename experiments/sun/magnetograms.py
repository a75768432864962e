"""Pictures of simulated regions, and what is measured of them once or every hour."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key
from tqdm import tqdm

from experiments.sun.population import Looks, near, one_life
from jsolar.sun import units
from jsolar.sun.fields.keywords import PATCH_KEYWORDS, patch_keywords
from jsolar.sun.simulate import (
    RegionState,
    Scene,
    SunConfig,
    cos_heliocentric,
    frames_at,
    picture,
)

CHUNK = 50
"""Pictures made at once; bounds the memory."""

SHORTEST_DAYS = 3
"""A series of fewer days tells nothing."""


def pictures(
    key: Key[Array, ""],
    looks: Looks,
    *,
    size: int,
    degrees_per_pixel: float,
    sun: SunConfig,
) -> tuple[Float[np.ndarray, "n h w"], Float[np.ndarray, "n f"]]:
    """Observed pictures of all looks, and the `PATCH_KEYWORDS` measured from them.

    Args:
      key: random key of network and noise.
      looks: valid ones.
      size: pixels on a side.
      degrees_per_pixel: their scale.
      sun: the parameters of the Sun.

    Returns:
      B_los in gauss, and the keywords.
    """
    keys = jax.random.split(key, len(looks.hours))
    view = partial(_view, size=size, degrees_per_pixel=degrees_per_pixel, sun=sun)
    parts = []
    for index in np.split(np.arange(len(keys)), range(CHUNK, len(keys), CHUNK)):
        scenes = jax.tree.map(lambda x, i=index: x[i], looks.scene)
        parts.append(jax.device_get(view(keys[index], scenes)))
    images, keywords = (np.concatenate(part) for part in zip(*parts, strict=True))
    return images, keywords


class Series(NamedTuple):
    """Hourly measurements of some regions on their way over the disk; NaN when not `near`."""

    flux_mx: Float[np.ndarray, "n t"]
    r_value: Float[np.ndarray, "n t"]


def hourly(
    key: Key[Array, ""],
    count: int,
    *,
    size: int,
    degrees_per_pixel: float,
    smallest_mx: float,
    sun: SunConfig,
) -> Series:
    """Measure regions every hour, from pictures, as a series of SHARP keywords would.

    Args:
      key: random key.
      count: regions to measure, if so many large ones are found among thirty times as many.
      size: pixels on a side.
      degrees_per_pixel: scale of the pictures.
      smallest_mx: median flux of the regions while they are near.
      sun: the parameters of the Sun, with steps of an hour.

    Returns:
      Flux and R.
    """
    view = jax.jit(partial(_hours, size=size, degrees_per_pixel=degrees_per_pixel, sun=sun))
    found = []
    with tqdm(total=count, desc="hourly pictures", unit="region") as progress:
        for number in range(30 * count):
            own = jax.random.fold_in(key, number)
            states, lives = one_life(own, sun)
            use, flux = np.asarray(near(lives)), np.asarray(lives.flux_mx)
            enough = use.sum() >= units.HOURS_PER_DAY * SHORTEST_DAYS
            if enough and np.median(flux[use]) >= smallest_mx:
                found.append([np.where(use, x, np.nan) for x in view(own, states)])
                progress.update()
            if len(found) == count:
                break
    nothing = [[np.full(sun.steps, np.nan)] * 2]
    return Series(*np.moveaxis(np.array(found or nothing), 1, 0))


@partial(jax.jit, static_argnames=("size", "degrees_per_pixel", "sun"))
def _view(
    keys: Key[Array, "c"], scenes: Scene, *, size: int, degrees_per_pixel: float, sun: SunConfig
) -> tuple[Float[Array, "c h w"], Float[Array, "c f"]]:
    look = partial(picture, size=size, degrees_per_pixel=degrees_per_pixel, config=sun)
    images = jax.vmap(look)(keys, scenes)
    mu = cos_heliocentric(scenes.latitude_deg, scenes.longitude_deg)
    measure = partial(patch_keywords, degrees_per_pixel=degrees_per_pixel)
    return images, jax.vmap(lambda image, mu: measure(image, mu=mu))(images, mu)


def _hours(
    key: Key[Array, ""], states: RegionState, *, size: int, degrees_per_pixel: float, sun: SunConfig
) -> tuple[Float[Array, "t"], Float[Array, "t"]]:
    """Flux and R at all hours; one picture after the other, to bound the memory."""
    measure = partial(patch_keywords, degrees_per_pixel=degrees_per_pixel)

    def hour(state: RegionState) -> Float[Array, "two"]:
        now = jax.tree.map(lambda x: x[None], state)
        frame = frames_at(key, now, size=size, degrees_per_pixel=degrees_per_pixel, config=sun)[0]
        mu = cos_heliocentric(state.latitude_deg, state.longitude_deg)
        keywords = measure(frame, mu=mu)
        flux = 10 ** keywords[PATCH_KEYWORDS.index("log_unsigned_flux_coarse")] * 1e18
        return jnp.stack([flux, keywords[PATCH_KEYWORDS.index("r_value_coarse")]])

    both = jax.lax.map(hour, states, batch_size=16)
    return both[:, 0], both[:, 1]
