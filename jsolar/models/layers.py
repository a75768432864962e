"""Layers that models share, and how a Flax module becomes a `jsolar.types.Model`."""

from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.types import Model, PyTree


def from_flax(module: nn.Module) -> Model:
    """The two functions of a Flax module called as ``module(inputs, key=..., train=...)``.

    The module must be stateless: its parameters are its only collection besides what it sows
    as ``intermediates``.

    Example:
      >>> class Double(nn.Module):
      ...     @nn.compact
      ...     def __call__(self, x, *, key=None, train=False):
      ...         return x * self.param("two", nn.initializers.constant(2.0), ())
      >>> model = from_flax(Double())
      >>> params = model.init(jax.random.key(0), jnp.ones(1))
      >>> model.apply(params, jnp.ones(1))[0].tolist()
      [2.0]
    """

    def init(key: Key[Array, ""], inputs: PyTree) -> PyTree:
        return module.init(key, inputs)["params"]

    def apply(
        params: PyTree,
        inputs: PyTree,
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> tuple[Any, PyTree]:
        output, sown = module.apply(
            {"params": params}, inputs, key=key, train=train, mutable="intermediates"
        )
        return output, sown.get("intermediates", {})

    return Model(init, apply)


def with_inputs(model: Model, prepare: Callable[[PyTree], PyTree]) -> Model:
    """The same model of prepared inputs: normalised, chosen by name, reshaped.

    Args:
      model: a model of ``prepare(inputs)``.
      prepare: a pure function of a batch of inputs.

    Returns:
      A model of ``inputs``.

    Example:
      >>> echo = Model(lambda key, x: {}, lambda params, x, *, key=None, train=False: (x, {}))
      >>> with_inputs(echo, lambda inputs: inputs["image"] / 2).apply({}, {"image": 4.0})[0]
      2.0
    """

    def apply(
        params: PyTree,
        inputs: PyTree,
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> tuple[Any, PyTree]:
        return model.apply(params, prepare(inputs), key=key, train=train)

    return Model(lambda key, inputs: model.init(key, prepare(inputs)), apply)


def dropout(
    x: Float[Array, "b ..."], rate: float, key: Key[Array, "b"] | None, train: bool
) -> Float[Array, "b ..."]:
    """Inverted dropout with one key per example, so that it does not depend on the batch.

    Args:
      x: activations.
      rate: probability that one is set to 0; the others are divided by ``1 − rate``.
      key: one key per example; needed when training with a positive rate.
      train: without it ``x`` is returned as it is.

    Returns:
      Activations of the same shape.

    Example:
      >>> keys = jax.random.split(jax.random.key(0), 2)
      >>> dropout(jnp.ones((2, 4)), 0.5, keys, train=True).max().item()
      2.0
    """
    if not train or rate == 0.0:
        return x
    assert key is not None, "training with dropout needs one key per example"
    keep = jax.vmap(lambda k, row: jax.random.bernoulli(k, 1 - rate, row.shape))(key, x)
    return jnp.where(keep, x / (1 - rate), 0).astype(x.dtype)
