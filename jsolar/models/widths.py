"""Perceptrons of different widths that are the same program: units beyond the width are silent."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.types import Model, PyTree


def widest(hidden: int, *, outputs: int) -> Model:
    """A perceptron with one hidden layer whose width is a part of its parameters.

    ``logits = Σⱼ [j < width] vⱼ relu(wⱼ · x + bⱼ) + c``. Networks of many widths have parameters of
    the same shapes, so that `jsolar.train.many` trains them together; what it costs is that each
    takes the time of the widest.

    Args:
      hidden: units of the widest, m; `init` makes a network of this width, see `narrowed`.
      outputs: k.

    Returns:
      A model from ``Float[b, d]`` to logits ``Float[b, k]``; the gradient of all that belongs to
      silent units is 0.

    Example:
      >>> model = widest(8, outputs=1)
      >>> params = model.init(jax.random.key(0), jnp.ones((1, 3)))
      >>> each = jax.vmap(narrowed, in_axes=(None, 0))(params, jnp.array([1, 8]))
      >>> jax.vmap(model.apply, in_axes=(0, None))(each, jnp.ones((5, 3)))[0].shape
      (2, 5, 1)
    """

    def init(key: Key[Array, ""], inputs: Float[np.ndarray | Array, "b d"]) -> PyTree:
        drawn = jax.nn.initializers.lecun_normal()
        first, last = jax.random.split(key)
        return {
            "sounds": jnp.ones(hidden),
            "kernel": drawn(first, (inputs.shape[-1], hidden)),
            "bias": jnp.zeros(hidden),
            "last_kernel": drawn(last, (hidden, outputs)),
            "last_bias": jnp.zeros(outputs),
        }

    def apply(
        params: PyTree,
        inputs: Float[np.ndarray | Array, "b d"],
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> tuple[Float[Array, "b k"], PyTree]:
        units = jax.nn.relu(jnp.asarray(inputs) @ params["kernel"] + params["bias"])
        units = jnp.where(params["sounds"] > 0, units, 0.0)
        return units @ params["last_kernel"] + params["last_bias"], {}

    return Model(init, apply)


def narrowed(params: PyTree, width: int | Int[Array, ""]) -> PyTree:
    """The same network, just drawn, with only its first units, as if it had been drawn that narrow.

    Args:
      params: of `widest`, from its `init`.
      width: units that sound, 1 to m.

    Returns:
      Parameters of the same shapes; the outgoing weights are √(m / width) times as large.

    Example:
      >>> params = widest(8, outputs=1).init(jax.random.key(0), jnp.ones((1, 3)))
      >>> narrowed(params, 2)["sounds"].tolist()
      [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    hidden = params["sounds"].shape[-1]
    larger = jnp.sqrt(hidden / width)
    sounds = (jnp.arange(hidden) < width).astype(params["sounds"].dtype)
    return params | {"sounds": sounds, "last_kernel": larger * params["last_kernel"]}


def parameter_count(inputs: int, width: int, *, outputs: int = 1) -> int:
    """Parameters of such a network that sound: width (d + 1 + k) + k.

    Example:
      >>> parameter_count(20, 10)
      221
    """
    return width * (inputs + 1 + outputs) + outputs
