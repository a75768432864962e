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


def over_scales(loss: Loss, *, blocks: tuple[int, ...] = (1, 2, 4, 8)) -> Loss:
    """The mean of a loss over scales: of the pictures, and of their means over larger blocks.

    A distance between pixels does not see whether errors of neighbours go together; that of means
    over blocks does.

    Args:
      loss: of pictures.
      blocks: pixels on a side.

    Returns:
      A loss; only pixels whose target is known count, in both pictures alike.

    Example:
      >>> checked = jnp.array([[[1.0, -1.0], [-1.0, 1.0]]])
      >>> over_scales(absolute_error(), blocks=(1, 2))(checked, 0 * checked).tolist()
      [0.5]
    """

    def scaled(
        pictures: Float[np.ndarray | Array, "b h w"], target: Float[np.ndarray | Array, "b h w"]
    ) -> Float[Array, "b"]:
        seen = jnp.where(jnp.isfinite(target), pictures, jnp.nan)
        coarse = [[_block_means(x, block) for x in (seen, target)] for block in blocks]
        return jnp.stack([loss(jnp.nan_to_num(x), y) for x, y in coarse]).mean(0)

    return scaled


def _block_means(
    pictures: Float[np.ndarray | Array, "b h w"], block: int
) -> Float[Array, "b h2 w2"]:
    """Means of what is known; NaN where nothing is. Blocks at the edge may be smaller."""
    b, h, w = pictures.shape
    padding = ((0, 0), (0, -h % block), (0, -w % block))
    padded = jnp.pad(pictures, padding, constant_values=jnp.nan)
    split = padded.reshape(b, -(-h // block), block, -(-w // block), block)
    known = jnp.isfinite(split)
    total, count = jnp.where(known, split, 0.0).sum((2, 4)), known.sum((2, 4))
    return jnp.where(count > 0, total / jnp.maximum(count, 1), jnp.nan)


def _mean_of(each: Callable[[Float[Array, "b h w"]], Float[Array, "b h w"]]) -> Loss:
    def loss(
        pictures: Float[np.ndarray | Array, "b h w"], target: Float[np.ndarray | Array, "b h w"]
    ) -> Float[Array, "b"]:
        known = jnp.isfinite(target)
        error = jnp.asarray(pictures - jnp.where(known, target, pictures))
        count = jnp.maximum(known.sum((1, 2)), 1)
        return jnp.where(known, each(error), 0.0).sum((1, 2)) / count

    return loss
