"""A plain convolutional network for active-region pictures."""

import dataclasses
from typing import Literal

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.models.layers import Conv, Way, dropout, from_flax
from jsolar.types import Model


@dataclasses.dataclass(frozen=True)
class CNNConfig:
    """Sizes of the network.

    Attributes:
      widths: channels of each block; every block halves the picture.
      norm: ``"group"`` (GroupNorm, stateless) or ``"none"``. Group statistics are taken within
        one picture and so hide how strong its field is as a whole, which flares depend on.
      downsample: ``"stride"`` (the convolution steps by 2; fast everywhere) or ``"max"``
        (2 × 2 maximum after it).
      hidden: width of the dense layer after pooling.
      dropout: rate before the output.
      dtype: of the arithmetic, ``"float32"`` or ``"bfloat16"``; parameters stay float32.
      convolution: how it is computed, see `jsolar.models.layers.Conv`; the numbers are the same.
    """

    widths: tuple[int, ...] = (16, 32, 64, 64)
    norm: Literal["group", "none"] = "none"
    downsample: Literal["stride", "max"] = "stride"
    hidden: int = 64
    dropout: float = 0.2
    dtype: str = "float32"
    convolution: Way = "auto"


class _CNN(nn.Module):
    config: CNNConfig
    outputs: int

    @nn.compact
    def __call__(
        self,
        inputs: Float[np.ndarray | Array, "b h w c"],
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> Float[Array, "b k"]:
        config = self.config
        x = jnp.asarray(inputs, config.dtype)
        for width in config.widths:
            x = _block(x, width, config, train)
        self.sow("intermediates", "features", x)
        # The mean keeps how much there is, the maximum how strong the strongest is.
        x = jnp.concatenate([x.mean((1, 2)), x.max((1, 2))], -1)
        x = nn.relu(nn.Dense(config.hidden, dtype=config.dtype)(x))
        x = dropout(x, config.dropout, key, train)
        return nn.Dense(self.outputs)(x.astype(jnp.float32))  # few bits make ties of logits


def _block(
    x: Float[Array, "b h w c"], width: int, config: CNNConfig, train: bool
) -> Float[Array, "b h2 w2 k"]:
    """Convolution, halving, norm, ReLU; halving first makes the norm four times cheaper."""
    strides = 2 if config.downsample == "stride" else 1
    x = Conv(width, strides=strides, dtype=config.dtype, way=config.convolution)(x, train=train)
    if config.downsample == "max":
        b, h, w, c = x.shape
        x = x.reshape(b, h // 2, 2, w // 2, 2, c).max((2, 4))  # faster than nn.max_pool
    if config.norm == "group":
        x = nn.GroupNorm(num_groups=None, group_size=min(8, width), dtype=config.dtype)(x)
    return nn.relu(x)


def cnn(config: CNNConfig, *, outputs: int) -> Model:
    """Convolutional blocks, mean and maximum over the picture, a dense layer.

    Args:
      config: sizes.
      outputs: k, one logit per event.

    Returns:
      A model from pictures ``Float[b, h, w, c]`` (sides divisible by 2 to the number of blocks
      with ``downsample="max"``) to logits ``Float[b, k]``.

    Example:
      >>> import jax
      >>> model = cnn(CNNConfig(widths=(4, 8)), outputs=2)
      >>> params = model.init(jax.random.key(0), jnp.zeros((1, 16, 16, 1)))
      >>> model.apply(params, jnp.zeros((3, 16, 16, 1)))[0].shape
      (3, 2)
    """
    return from_flax(_CNN(config, outputs))
