"""A PatchGAN discriminator: is each patch of a picture real, given what is known besides?"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.models.blocks import Head
from jsolar.models.layers import Conv, Way, from_flax
from jsolar.types import Model


@dataclasses.dataclass(frozen=True)
class PatchGANConfig:
    """Sizes of the network.

    Attributes:
      width: channels of the first layer; they double with every halving.
      depth: how often the picture is halved; a logit sees 10, 22, 46 or 94 pixels on a side for
        1 to 4 of them.
      norm: ``"group"`` (GroupNorm, stateless) or ``"none"``, after all but the first layer.
      dtype: of the arithmetic, ``"float32"`` or ``"bfloat16"``; parameters stay float32.
      convolution: how it is computed, see `jsolar.models.layers.Conv`; the numbers are the same.
    """

    width: int = 16
    depth: int = 3
    norm: Literal["group", "none"] = "none"
    dtype: str = "float32"
    convolution: Way = "auto"


class _PatchGAN(nn.Module):
    config: PatchGANConfig
    outputs: int

    @nn.compact
    def __call__(
        self,
        inputs: Mapping[str, Float[Any, "b ..."]],
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> Float[Array, "b h2 w2 k"]:
        config = self.config
        how: dict[str, Any] = {"dtype": config.dtype, "way": config.convolution}
        frames = jnp.moveaxis(jnp.asarray(inputs["pictures"], config.dtype), 1, 3)
        x = frames.reshape(*frames.shape[:3], -1)
        known = jnp.asarray(inputs["condition"], config.dtype)[:, None, None]
        x = jnp.concatenate([x, jnp.broadcast_to(known, (*x.shape[:3], known.shape[-1]))], -1)
        for level in range(config.depth):
            width = config.width * 2**level
            x = Conv(width, kernel_size=(4, 4), strides=2, **how)(x, train=train)
            if config.norm == "group" and level:
                x = nn.GroupNorm(num_groups=None, group_size=min(8, width), dtype=config.dtype)(x)
            x = nn.leaky_relu(x, 0.2)
        x = nn.leaky_relu(Conv(x.shape[-1], **how)(x, train=train), 0.2)
        return Head(self.outputs, config.convolution)(x, train)


def patchgan(config: PatchGANConfig, *, outputs: int) -> Model:
    """Strided convolutions of 4 × 4 pixels and leaky ReLUs: a texture is judged, not a scene.

    Frames, and what is known besides them, are channels. The last layer begins as 0: at first
    everything is as likely real as not.

    Args:
      config: sizes.
      outputs: k, logits for each patch.

    Returns:
      A model from ``{"pictures": Float[b, t, h, w, c], "condition": Float[b, d]}`` to logits
      ``Float[b, h / 2**depth, w / 2**depth, k]``, rounded up.

    Example:
      >>> import jax
      >>> model = patchgan(PatchGANConfig(width=4, depth=2), outputs=1)
      >>> inputs = {"pictures": jnp.ones((2, 4, 20, 12, 1)), "condition": jnp.ones((2, 1))}
      >>> params = model.init(jax.random.key(0), inputs)
      >>> model.apply(params, inputs)[0].shape
      (2, 5, 3, 1)

    References:
      Isola et al. (2017), arXiv:1611.07004
    """
    return from_flax(_PatchGAN(config, outputs))
