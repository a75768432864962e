"""Losses for pictures: one number per example, the caller reduces.

Each function here returns a `jsolar.types.Loss`, ``loss(pictures, target) -> Float[b]``, the mean
over the pixels whose target is known; a NaN in the target is not.
"""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jsolar.types import Loss


def squared_error(*, unit: float = 1.0) -> Loss:
    """L = mean ((x − y) / unit)²: its best forecast is the mean of all that may come.

    Args:
      unit: of the field, so that losses are of order 1.

    Returns:
      A loss.

    Example:
      >>> target = jnp.array([[[3.0, jnp.nan]]])
      >>> squared_error()(jnp.array([[[1.0, 7.0]]]), target).tolist()
      [4.0]
    """
    return _mean_of(lambda error: jnp.square(error / unit))


def absolute_error(*, unit: float = 1.0) -> Loss:
    """L = mean |x − y| / unit: its best forecast is the median of all that may come.

    Args:
      unit: of the field, so that losses are of order 1.

    Returns:
      A loss.

    Example:
      >>> absolute_error(unit=2.0)(jnp.array([[[1.0]]]), jnp.array([[[4.0]]])).tolist()
      [1.5]
    """
    return _mean_of(lambda error: jnp.abs(error) / unit)


def _mean_of(each: Callable[[Float[Array, "b h w"]], Float[Array, "b h w"]]) -> Loss:
    def loss(
        pictures: Float[np.ndarray | Array, "b h w"], target: Float[np.ndarray | Array, "b h w"]
    ) -> Float[Array, "b"]:
        known = jnp.isfinite(target)
        error = jnp.asarray(pictures - jnp.where(known, target, pictures))
        count = jnp.maximum(known.sum((1, 2)), 1)
        return jnp.where(known, each(error), 0.0).sum((1, 2)) / count

    return loss
