"""Two networks of one kind side by side, for co-teaching."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.keys import named
from jsolar.types import Model, PyTree


def twins(model: Model) -> Model:
    """Two networks that see the same inputs and begin differently.

    Args:
      model: of one.

    Returns:
      A model whose parameters are a pair. While training it gives the logits of both, ``[b, 2, k]``
      (see `jsolar.losses.robust.co_teaching`), otherwise their mean ``[b, k]``.

    Example:
      >>> from jsolar.models.mlp import MLPConfig, mlp
      >>> both = twins(mlp(MLPConfig(hidden=(4,), dropout=0.0), outputs=1))
      >>> params = both.init(jax.random.key(0), jnp.ones((3, 5)))
      >>> both.apply(params, jnp.ones((3, 5)), train=True)[0].shape
      (3, 2, 1)
      >>> both.apply(params, jnp.ones((3, 5)))[0].shape
      (3, 1)
    """

    def init(key: Key[Array, ""], inputs: PyTree) -> PyTree:
        return tuple(model.init(named(key, name), inputs) for name in ("first", "second"))

    def apply(
        params: PyTree,
        inputs: PyTree,
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> tuple[Any, PyTree]:
        keys = [key, key] if key is None else [jax.vmap(named, (0, None))(key, n) for n in "ab"]
        logits: list[Float[Array, "b k"]] = [
            model.apply(own, inputs, key=k, train=train)[0]
            for own, k in zip(params, keys, strict=True)
        ]
        both = jnp.stack(logits, axis=1)
        return (both if train else both.mean(1)), {}

    return Model(init, apply)
