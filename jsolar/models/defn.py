"""The network of the Deep Flare Net: dense layers to which the input is added again and again."""

import dataclasses

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.models.layers import dropout, from_flax
from jsolar.types import Model


@dataclasses.dataclass(frozen=True)
class DeFNConfig:
    """Sizes of the network; the defaults are those of the paper.

    Attributes:
      width: of the hidden layers.
      blocks: each of two hidden layers and one as wide as the input, to which the input is added.
      dropout: rate after the first layer.
      dtype: of the arithmetic; parameters stay float32.
    """

    width: int = 200
    blocks: int = 2
    dropout: float = 0.25
    dtype: str = "float32"


class _DeFN(nn.Module):
    config: DeFNConfig
    outputs: int

    @nn.compact
    def __call__(
        self,
        inputs: Float[np.ndarray | Array, "b f"],
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> Float[Array, "b k"]:
        config = self.config
        given = jnp.asarray(inputs, config.dtype)
        x = given
        for block in range(config.blocks):
            for layer, width in enumerate((config.width, config.width, given.shape[1])):
                x = nn.Dense(width, dtype=config.dtype)(x)
                if block == layer == 0:
                    x = dropout(nn.relu(x), config.dropout, key, train)
                else:
                    x = nn.relu(nn.LayerNorm(use_scale=False, dtype=config.dtype)(x))
            x = x + given
        x = nn.Dense(config.width, dtype=config.dtype)(x)
        x = nn.relu(nn.LayerNorm(use_scale=False, dtype=config.dtype)(x))
        return nn.Dense(self.outputs)(x.astype(jnp.float32))  # few bits make ties of logits


def defn(config: DeFNConfig, *, outputs: int) -> Model:
    """Dense layers with skips from the input, h ← h + x after every third layer.

    The paper normalises over the batch; here it is over the layer, which needs no running
    statistics and gives an example the same answer in every batch. One network has all events as
    outputs, where the paper trains one for each.

    Args:
      config: sizes.
      outputs: k, one logit per event.

    Returns:
      A model from ``Float[b, f]``, scaled, to logits ``Float[b, k]``.

    Example:
      >>> import jax
      >>> model = defn(DeFNConfig(width=8), outputs=2)
      >>> params = model.init(jax.random.key(0), jnp.zeros((1, 5)))
      >>> model.apply(params, jnp.zeros((3, 5)))[0].shape
      (3, 2)

    References:
      Nishizuka et al. (2018), doi:10.3847/1538-4357/aab9a7
    """
    return from_flax(_DeFN(config, outputs))
