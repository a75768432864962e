"""A convolutional GRU: from a sequence of pictures to the next, with what is known besides."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.models.blocks import Block, Condition, Head, doubled
from jsolar.models.layers import Conv, Way, from_flax
from jsolar.types import Model


@dataclasses.dataclass(frozen=True)
class ConvGRUConfig:
    """Sizes of the network.

    Attributes:
      width: channels at full resolution; they double with every halving.
      depth: how often the picture is halved before it is remembered.
      norm: ``"group"`` (GroupNorm, stateless) or ``"none"``, see `jsolar.models.cnn.CNNConfig`.
      dtype: of the arithmetic, ``"float32"`` or ``"bfloat16"``; parameters stay float32.
      convolution: how it is computed, see `jsolar.models.layers.Conv`; the numbers are the same.
    """

    width: int = 8
    depth: int = 2
    norm: Literal["group", "none"] = "none"
    dtype: str = "float32"
    convolution: Way = "auto"


class _ConvGRU(nn.Module):
    config: ConvGRUConfig
    outputs: int

    @nn.compact
    def __call__(
        self,
        inputs: Mapping[str, Float[Any, "b ..."]],
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> Float[Array, "b h w k"]:
        config, known = self.config, Condition()(inputs["condition"])
        frames = jnp.asarray(inputs["pictures"], config.dtype)
        b, t = frames.shape[:2]
        x, every = frames.reshape(b * t, *frames.shape[2:]), jnp.repeat(known, t, axis=0)
        skips: list[Any] = []
        for level in range(config.depth + 1):
            block = Block(config, config.width * 2**level, strides=2 if level else 1)
            x = block(x, every, train)
            skips.append(x.reshape(b, t, *x.shape[1:])[:, -1])
        cell = _Cell(config, x.shape[-1])
        memory = jnp.zeros_like(skips[-1])
        for seen in jnp.moveaxis(x.reshape(b, t, *x.shape[1:]), 1, 0):
            memory = cell(memory, seen, train)
        x = memory
        for level in range(config.depth - 1, -1, -1):
            x = Block(config, config.width * 2**level)(doubled(x, skips[level]), known, train)
        return Head(self.outputs, config.convolution)(x, train)


class _Cell(nn.Module):
    """z, r = σ(W ∗ [x, h]), n = tanh(V ∗ [x, r h]), h ← z h + (1 − z) n."""

    config: ConvGRUConfig
    width: int

    def setup(self) -> None:
        how: dict[str, Any] = {"dtype": self.config.dtype, "way": self.config.convolution}
        self.gates = Conv(2 * self.width, **how)
        self.news = Conv(self.width, **how)

    def __call__(
        self, memory: Float[Array, "b h w c"], seen: Float[Array, "b h w c"], train: bool
    ) -> Float[Array, "b h w c"]:
        both = jnp.concatenate([seen, memory], -1)
        keep, reset = jnp.split(nn.sigmoid(self.gates(both, train=train)), 2, axis=-1)
        news = nn.tanh(self.news(jnp.concatenate([seen, reset * memory], -1), train=train))
        return keep * memory + (1 - keep) * news


def convgru(config: ConvGRUConfig, *, outputs: int) -> Model:
    """An encoder for each picture, a GRU of convolutions over them, and a decoder.

    The weights do not depend on how many pictures there are. The decoder sees what is fine in the
    last one; the last layer begins as 0.

    Args:
      config: sizes.
      outputs: k, channels that come out.

    Returns:
      A model from ``{"pictures": Float[b, t, h, w, c], "condition": Float[b, d]}`` to
      ``Float[b, h, w, k]``, whatever t, h and w.

    Example:
      >>> import jax
      >>> model = convgru(ConvGRUConfig(width=4, depth=1), outputs=1)
      >>> inputs = {"pictures": jnp.ones((2, 3, 10, 12, 1)), "condition": jnp.ones((2, 1))}
      >>> params = model.init(jax.random.key(0), inputs)
      >>> model.apply(params, inputs)[0].shape
      (2, 10, 12, 1)

    References:
      Ballas et al. (2016), arXiv:1511.06432
    """
    return from_flax(_ConvGRU(config, outputs))
