"""Which rows count, and how much: ``where=`` and ``weights=`` become one number for each entry.

The rule of this room: an entry that is masked, or whose weight is 0, never matters, whatever it
holds; a NaN in an entry that does count makes the result NaN. A forecaster without an answer must
be masked on purpose, it is never taken for a "no".
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Shaped

Column = Shaped[np.ndarray | Array, "n"]
Columns = Shaped[np.ndarray | Array, "n *k"]
Where = Bool[np.ndarray | Array, "n ..."] | None
Weights = Shaped[np.ndarray | Array, "n ..."] | None


def entry_weights(like: Columns, *, where: Where = None, weights: Weights = None) -> Array:
    """The weight of each entry, 0 where it is masked.

    Args:
      like: ``[n, ...]``, gives the shape.
      where: True for what counts, ``[n]`` or the shape of ``like``; None is all.
      weights: at least 0, ``[n]`` or the shape of ``like``; None is 1 each. A weight of 2 means
        the same as the row written twice.

    Returns:
      ``Float`` of the shape of ``like``.

    Example:
      >>> entry_weights(np.zeros(3), where=np.array([True, True, False])).tolist()
      [1.0, 1.0, 0.0]
    """
    shape = np.shape(like)
    each = jnp.ones(shape) if weights is None else _fill(jnp.asarray(weights, float), shape)
    return each if where is None else jnp.where(_fill(jnp.asarray(where), shape), each, 0.0)


def counted(values: Columns, weight: Array, *, other: float = 0.0) -> Array:
    """Values as floats, with ``other`` in place of what has no weight, NaN above all.

    Args:
      values: ``[n, ...]``.
      weight: from `entry_weights`.
      other: a harmless value.

    Returns:
      ``Float`` of the shape of ``values``.

    Example:
      >>> counted(jnp.array([0.5, jnp.nan]), jnp.array([1.0, 0.0])).tolist()
      [0.5, 0.0]
    """
    return jnp.where(weight > 0, jnp.asarray(values, float), other)


def spoiled(weight: Array, *columns: Columns) -> Array:
    """Where a row counts but holds a NaN.

    A product with a NaN does not do: compiled, 0 · NaN may be 0.

    Args:
      weight: from `entry_weights`.
      *columns: of the same shape.

    Returns:
      ``Bool`` of that shape.

    Example:
      >>> spoiled(jnp.array([1.0, 0.0]), jnp.array([jnp.nan, jnp.nan])).tolist()
      [True, False]
    """
    nan = [jnp.isnan(jnp.asarray(column, float)) for column in columns]
    return (weight > 0) & jnp.stack(nan).any(0)


def ratio(a: Array, b: Array) -> Float[Array, "..."]:
    """The quotient a/b, NaN where b is 0, with gradients that stay finite elsewhere.

    Example:
      >>> ratio(jnp.array([1.0, 1.0]), jnp.array([2.0, 0.0])).tolist()
      [0.5, nan]
    """
    return jnp.where(b == 0, jnp.nan, a / jnp.where(b == 0, 1.0, b))


def mean(values: Columns, weight: Array) -> Float[Array, "*k"]:
    """Weighted mean over the first axis, NaN if nothing counts.

    Example:
      >>> float(mean(jnp.array([1.0, 4.0]), jnp.array([2.0, 1.0])))
      2.0
    """
    return ratio((weight * counted(values, weight)).sum(0), weight.sum(0))


def _fill(x: Array, shape: tuple[int, ...]) -> Array:
    return jnp.broadcast_to(x.reshape(x.shape + (1,) * (len(shape) - x.ndim)), shape)
