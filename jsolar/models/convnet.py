"""Convolutions with maxima between, then dense layers on all that is left: CNNs of flare papers."""

import dataclasses

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.models.layers import Conv, Way, dropout, from_flax
from jsolar.types import Model


@dataclasses.dataclass(frozen=True)
class ConvNetConfig:
    """Sizes of the network; the defaults are those of Li et al. (2020).

    Attributes:
      width: channels of every block.
      kernels: side of the kernel of each block; every block halves the picture by its maxima.
      hidden: widths of the dense layers.
      dropout: rate after each of them.
      dtype: of the arithmetic, ``"float32"`` or ``"bfloat16"``; parameters stay float32.
      convolution: how it is computed, see `jsolar.models.layers.Conv`.
    """

    width: int = 64
    kernels: tuple[int, ...] = (11, 11, 3, 3, 3)
    hidden: tuple[int, ...] = (128, 64)
    dropout: float = 0.5
    dtype: str = "float32"
    convolution: Way = "direct"


LI = ConvNetConfig()
"""Of Li et al. (2020), doi:10.3847/1538-4357/ab6d04."""

HUANG = ConvNetConfig(kernels=(11, 11), hidden=(200, 20))
"""Of Huang et al. (2018), doi:10.3847/1538-4357/aaae00."""


class _ConvNet(nn.Module):
    config: ConvNetConfig
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
        for side in config.kernels:
            size = (side, side)
            conv = Conv(
                config.width,
                size,
                dtype=config.dtype,
                way=config.convolution,
                kernel_init=nn.initializers.he_normal(),
            )
            x = nn.max_pool(nn.relu(conv(x, train=train)), (2, 2), (2, 2), "SAME")
        self.sow("intermediates", "features", x)
        x = x.reshape(x.shape[0], -1)
        for width in config.hidden:
            x = nn.relu(nn.Dense(width, dtype=config.dtype)(x))
            x = dropout(x, config.dropout, key, train)
        return nn.Dense(self.outputs)(x.astype(jnp.float32))  # few bits make ties of logits


def convnet(config: ConvNetConfig, *, outputs: int) -> Model:
    """Blocks of convolution, ReLU and 2 × 2 maxima; dense layers see where things are.

    Without the papers' normalisation over the batch, which needs running statistics.

    Args:
      config: sizes.
      outputs: k, one logit per event.

    Returns:
      A model from pictures ``Float[b, h, w, c]``, all of one size, to logits ``Float[b, k]``.

    Example:
      >>> import jax
      >>> model = convnet(ConvNetConfig(width=4, kernels=(5, 3)), outputs=2)
      >>> params = model.init(jax.random.key(0), jnp.zeros((1, 16, 16, 1)))
      >>> params["Dense_0"]["kernel"].shape
      (64, 128)

    References:
      Huang et al. (2018), doi:10.3847/1538-4357/aaae00; Li et al. (2020),
      doi:10.3847/1538-4357/ab6d04
    """
    return from_flax(_ConvNet(config, outputs))
