"""A scene as one row of numbers, which is how data sets keep what pictures are made of."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from jsolar.sun.simulate.birth import emerge
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.field import Scene, scene


def pack(view: Scene) -> Float[Array, "m"]:
    """All numbers of a scene, one after the other.

    Example:
      >>> config = SunConfig()
      >>> view = scene(emerge(jax.random.key(0), config), config)
      >>> pack(view).shape == (packed_length(config),)
      True
    """
    return ravel_pytree(view)[0]


def unpack(packed: Float[Array, "m"], config: SunConfig) -> Scene:
    """The inverse of `pack`, for the Sun that the scene was made with.

    Example:
      >>> config = SunConfig()
      >>> view = scene(emerge(jax.random.key(0), config), config)
      >>> bool((unpack(pack(view), config).cells == view.cells).all())
      True
    """
    blank = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), _shapes(config))
    return ravel_pytree(blank)[1](packed)


def packed_length(config: SunConfig) -> int:
    """m: four bytes each, instead of four for each pixel.

    Example:
      >>> packed_length(SunConfig())  # 192 fragments, 8 polarities, 12 + 64 waves, a place
      1030
    """
    return sum(leaf.size for leaf in jax.tree.leaves(_shapes(config)))


@functools.lru_cache
def _shapes(config: SunConfig) -> Any:
    return jax.eval_shape(lambda key: scene(emerge(key, config), config), jax.random.key(0))
