"""A recurrent network on a series of numbers, which weighs its moments by attention."""

import dataclasses
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.models.layers import dropout, from_flax
from jsolar.types import Model


@dataclasses.dataclass(frozen=True)
class LSTMConfig:
    """Sizes of the network.

    Attributes:
      width: of the memory.
      hidden: widths of the layers after it.
      dropout: rate after the memory and after each hidden layer.
      every: rows that are averaged to one step: five of 12 minutes are an hour.
      dtype: of the arithmetic; parameters stay float32.
    """

    width: int = 32
    hidden: tuple[int, ...] = (64,)
    dropout: float = 0.2
    every: int = 5
    dtype: str = "float32"


PUBLISHED = LSTMConfig(width=10, hidden=(200, 500), dropout=0.5)
"""Widths and dropout of Liu et al. (2019), doi:10.3847/1538-4357/ab1b3c, on hourly steps."""


class _LSTM(nn.Module):
    config: LSTMConfig
    outputs: int

    @nn.compact
    def __call__(
        self,
        inputs: Float[np.ndarray | Array, "b t f"],
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> Float[Array, "b k"]:
        config = self.config
        scaled = jnp.arcsinh(inputs.astype(config.dtype))  # fluxes of regions span decades
        memory: Any = nn.RNN(nn.OptimizedLSTMCell(config.width, dtype=config.dtype))
        x = dropout(memory(hourly(scaled, config.every)), config.dropout, key, train)
        weight = nn.softmax(nn.Dense(1)(nn.tanh(nn.Dense(config.width)(x))), axis=1)
        x = (weight * x).sum(1)
        for width in config.hidden:
            x = nn.relu(nn.Dense(width, dtype=config.dtype)(x))
            x = dropout(x, config.dropout, key, train)
        return nn.Dense(self.outputs)(x.astype(jnp.float32))


def hourly(x: Float[Array, "b t f"], every: int) -> Float[Array, "b s f"]:
    """Means of so many rows each, counted from the last; the first rows that are too few go.

    Example:
      >>> hourly(jnp.arange(5.0)[None, :, None], 2).ravel().tolist()
      [1.5, 3.5]
    """
    b, t, f = x.shape
    steps = t // every
    return x[:, t - steps * every :].reshape(b, steps, every, f).mean(2)


def lstm(config: LSTMConfig, *, outputs: int) -> Model:
    """A long short-term memory, then attention: Σ a_t h_t with a = softmax(v · tanh(W h_t + c)).

    Args:
      config: sizes.
      outputs: k, one logit per event.

    Returns:
      A model from ``Float[b, t, f]``, scaled, to logits ``Float[b, k]``.

    Example:
      >>> import jax
      >>> model = lstm(LSTMConfig(width=4, hidden=(8,)), outputs=2)
      >>> params = model.init(jax.random.key(0), jnp.zeros((1, 60, 5)))
      >>> model.apply(params, jnp.zeros((3, 60, 5)))[0].shape
      (3, 2)

    References:
      Hochreiter & Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735;
      Bahdanau et al. (2015), arXiv:1409.0473; Liu et al. (2019), doi:10.3847/1538-4357/ab1b3c
    """
    return from_flax(_LSTM(config, outputs))
