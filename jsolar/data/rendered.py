"""Pictures that are rendered from scenes when they are asked for, on the device."""

import functools
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, UInt

from jsolar.data.stored import ColumnPart
from jsolar.sun.simulate import SunConfig, picture
from jsolar.sun.simulate.packed import unpack

_AT_ONCE = 256


class RenderedColumn:
    """A column of simulated pictures of which only scenes are kept, a few kilobytes each.

    It stands wherever an array ``[n, h, w, 1]`` is indexed by rows. What comes out is a JAX array:
    a training step on the same device takes it without a copy to the host, so that 1.5 million
    pictures need neither a disk full of them nor a wait for it.

    Args:
      scenes: ``[n, m]``, an array or another column, see `jsolar.sun.simulate.packed`.
      picture_keys: ``[n, 2]``, of the network and the noise.
      size: pixels on a side.
      degrees_per_pixel: scale of the pictures.
      sun: the parameters that the scenes were made with.

    Example:
      >>> from jsolar.sun.simulate import emerge, scene
      >>> from jsolar.sun.simulate.packed import pack
      >>> sun = SunConfig()
      >>> one = pack(scene(emerge(jax.random.key(0), sun), sun))[None]
      >>> column = RenderedColumn(np.asarray(one), np.zeros((1, 2), np.uint32), size=16,
      ...                         degrees_per_pixel=0.9, sun=sun)
      >>> column.shape, column[np.array([0, 0, 0])].shape
      ((1, 16, 16, 1), (3, 16, 16, 1))
    """

    def __init__(
        self,
        scenes: Any,
        picture_keys: UInt[np.ndarray, "n words"],
        *,
        size: int,
        degrees_per_pixel: float,
        sun: SunConfig,
    ):
        self._scenes, self._keys, self._size = scenes, picture_keys, size
        self._render = jax.jit(
            jax.vmap(
                functools.partial(_one, size=size, degrees_per_pixel=degrees_per_pixel, sun=sun)
            )
        )

    def __len__(self) -> int:
        return len(self._scenes)

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array."""
        return (len(self), self._size, self._size, 1)

    def part(self, rows: Any) -> ColumnPart:
        """Some rows as a column of their own, of which nothing is rendered yet."""
        return ColumnPart(self, rows)

    def __getitem__(self, rows: Any) -> Float[Array, "..."]:
        index = np.arange(len(self))[rows]
        flat = index.ravel()
        if not len(flat):
            return jax.numpy.zeros((*index.shape, *self.shape[1:]))
        pieces = [self._batch(flat[i : i + _AT_ONCE]) for i in range(0, len(flat), _AT_ONCE)]
        together = pieces[0] if len(pieces) == 1 else jax.numpy.concatenate(pieces)
        return together.reshape(*index.shape, *self.shape[1:])

    def _batch(self, rows: np.ndarray) -> Float[Array, "b h w 1"]:
        """Padded to a power of two, so that few shapes are compiled."""
        count = len(rows)
        padded = np.resize(rows, 1 << (count - 1).bit_length())
        return self._render(np.asarray(self._scenes[padded]), self._keys[padded])[:count]


def _one(
    packed: Float[Array, "m"],
    key: UInt[Array, "words"],
    *,
    size: int,
    degrees_per_pixel: float,
    sun: SunConfig,
) -> Float[Array, "h w 1"]:
    seen = picture(
        jax.random.wrap_key_data(key),
        unpack(packed, sun),
        size=size,
        degrees_per_pixel=degrees_per_pixel,
        config=sun,
    )
    return seen[..., None]
