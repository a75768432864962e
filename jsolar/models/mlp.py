"""A multilayer perceptron on a vector of features, or on the pixels of a picture."""

import dataclasses

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.models.layers import dropout, from_flax
from jsolar.types import Model


@dataclasses.dataclass(frozen=True)
class MLPConfig:
    """Sizes of the perceptron.

    Attributes:
      hidden: widths of the hidden layers.
      dropout: rate after each hidden layer.
      dtype: of the arithmetic; parameters stay float32.
    """

    hidden: tuple[int, ...] = (64, 64)
    dropout: float = 0.1
    dtype: str = "float32"


class _MLP(nn.Module):
    config: MLPConfig
    outputs: int

    @nn.compact
    def __call__(
        self,
        inputs: Float[np.ndarray | Array, "b ..."],
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> Float[Array, "b k"]:
        config = self.config
        x = inputs.reshape(inputs.shape[0], -1).astype(config.dtype)
        for width in config.hidden:
            x = nn.relu(nn.Dense(width, dtype=config.dtype)(x))
            x = dropout(x, config.dropout, key, train)
        return nn.Dense(self.outputs)(x.astype(jnp.float32))  # few bits make ties of logits


def mlp(config: MLPConfig, *, outputs: int) -> Model:
    """A perceptron with ReLU; its input is flattened.

    Args:
      config: sizes.
      outputs: k, one logit per event.

    Returns:
      A model from ``Float[b, ...]`` to logits ``Float[b, k]``.

    Example:
      >>> import jax
      >>> model = mlp(MLPConfig(hidden=(8,)), outputs=2)
      >>> params = model.init(jax.random.key(0), jnp.zeros((1, 5)))
      >>> model.apply(params, jnp.zeros((3, 5)))[0].shape
      (3, 2)
    """
    return from_flax(_MLP(config, outputs))
