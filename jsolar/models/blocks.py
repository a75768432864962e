"""Blocks of networks from pictures to a picture."""

from typing import Any

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from jsolar.models.layers import Conv, Way

CONDITION_WIDTH = 16


class Block(nn.Module):
    """Two convolutions; what is known besides the pictures scales and shifts the first.

    Attributes:
      config: of the network, with ``norm``, ``dtype`` and ``convolution``.
      width: channels that come out.
      strides: steps of the first convolution.
    """

    config: Any
    width: int
    strides: int = 1

    @nn.compact
    def __call__(
        self, x: Float[Array, "b h w c"], known: Float[Array, "b d"], train: bool
    ) -> Float[Array, "b h2 w2 k"]:
        """Pictures, with what `condition` makes of what is known."""
        config = self.config
        how: dict[str, Any] = {"dtype": config.dtype, "way": config.convolution}
        x = self._normed(Conv(self.width, strides=self.strides, **how)(x, train=train))
        film = nn.Dense(2 * self.width, kernel_init=nn.initializers.zeros)(known)
        scale, shift = jnp.split(film.astype(config.dtype)[:, None, None], 2, axis=-1)
        x = nn.relu(x * (1 + scale) + shift)
        return nn.relu(self._normed(Conv(self.width, **how)(x, train=train)))

    def _normed(self, x: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
        if self.config.norm == "none":
            return x
        groups = min(8, self.width)
        return nn.GroupNorm(num_groups=None, group_size=groups, dtype=self.config.dtype)(x)


class Condition(nn.Module):
    """What is known besides the pictures, made ready for blocks."""

    @nn.compact
    def __call__(self, condition: Float[Any, "b d"]) -> Float[Array, "b e"]:
        """A dense layer and a ReLU, in float32."""
        return nn.relu(nn.Dense(CONDITION_WIDTH)(jnp.asarray(condition, jnp.float32)))


class Head(nn.Module):
    """The last convolution, which begins as 0 and is computed in float32.

    Attributes:
      outputs: channels that come out.
      way: see `jsolar.models.layers.Conv`.
    """

    outputs: int
    way: Way

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"], train: bool) -> Float[Array, "b h w k"]:
        """Features to outputs."""
        last = Conv(self.outputs, way=self.way, kernel_init=nn.initializers.zeros)
        return last(x.astype(jnp.float32), train=train)


def doubled(x: Float[Array, "b h w c"], like: Float[Array, "b h2 w2 k"]) -> Float[Array, "..."]:
    """Pixels repeated, so that the picture has the size of another, whose channels are put behind.

    Example:
      >>> doubled(jnp.ones((1, 2, 2, 3)), jnp.ones((1, 3, 4, 5))).shape
      (1, 3, 4, 8)
    """
    x = jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2)
    return jnp.concatenate([x[:, : like.shape[1], : like.shape[2]], like], -1)
