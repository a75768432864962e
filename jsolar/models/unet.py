"""A U-Net: from pictures to a picture, with what is known besides them."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.models.blocks import Block, Condition, Head, doubled
from jsolar.models.layers import Way, from_flax
from jsolar.types import Model


@dataclasses.dataclass(frozen=True)
class UNetConfig:
    """Sizes of the network.

    Attributes:
      width: channels at full resolution; they double with every halving.
      depth: how often the picture is halved.
      norm: ``"group"`` (GroupNorm, stateless) or ``"none"``, see `jsolar.models.cnn.CNNConfig`.
      dtype: of the arithmetic, ``"float32"`` or ``"bfloat16"``; parameters stay float32.
      convolution: how it is computed, see `jsolar.models.layers.Conv`; the numbers are the same.
    """

    width: int = 8
    depth: int = 3
    norm: Literal["group", "none"] = "none"
    dtype: str = "float32"
    convolution: Way = "auto"


class _UNet(nn.Module):
    config: UNetConfig
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
        frames = jnp.moveaxis(jnp.asarray(inputs["pictures"], config.dtype), 1, 3)
        x = frames.reshape(*frames.shape[:3], -1)
        widths = [config.width * 2**level for level in range(config.depth + 1)]
        skips: list[Any] = []
        for level, width in enumerate(widths):
            x = Block(config, width, strides=2 if level else 1)(x, known, train)
            skips.append(x)
        for width, skip in zip(widths[-2::-1], skips[-2::-1], strict=True):
            x = Block(config, width)(doubled(x, skip), known, train)
        return Head(self.outputs, config.convolution)(x, train)


def unet(config: UNetConfig, *, outputs: int) -> Model:
    """An encoder–decoder whose levels are joined, so that what is fine is not lost.

    Frames are channels. The encoder halves by strided convolutions, the decoder doubles by
    repeating pixels, and each block is told what is known besides the pictures by a scale and a
    shift of its channels. The last layer begins as 0.

    Args:
      config: sizes.
      outputs: k, channels that come out.

    Returns:
      A model from ``{"pictures": Float[b, t, h, w, c], "condition": Float[b, d]}`` to
      ``Float[b, h, w, k]``, whatever h and w.

    Example:
      >>> import jax
      >>> model = unet(UNetConfig(width=4, depth=2), outputs=1)
      >>> inputs = {"pictures": jnp.ones((2, 3, 20, 12, 1)), "condition": jnp.ones((2, 1))}
      >>> params = model.init(jax.random.key(0), inputs)
      >>> model.apply(params, inputs)[0].shape
      (2, 20, 12, 1)

    References:
      Ronneberger, Fischer & Brox (2015), arXiv:1505.04597; Perez et al. (2018), arXiv:1709.07871
    """
    return from_flax(_UNet(config, outputs))
