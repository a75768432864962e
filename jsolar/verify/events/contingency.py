"""Contingency tables: how often yes and no were said, and how often they came true.

Counts add up, scores do not: a table is counted batch by batch, device by device or region by
region, the tables are added, and `jsolar.verify.events.scores` reads the scores off at the end.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Shaped

from jsolar.verify.weighting import Column, Columns, Weights, Where, counted, entry_weights, spoiled


class Table(NamedTuple):
    """Counts, or sums of weights, of the four things that can happen.

    Any shape will do: ``[]`` for one table, ``[k]`` for events, ``[t]`` for thresholds, ``[g]``
    for regions. Tables are added entry by entry, ``a + b`` and ``sum(tables)``; over an axis with
    `total`; over devices with ``jax.lax.psum``. In single precision whole counts are exact up to
    16.7 million.

    Attributes:
      tp: true positives, an event that was forecast ("hit").
      fn: false negatives, an event that was not ("miss").
      fp: false positives, a forecast without an event ("false alarm").
      tn: true negatives, neither ("correct rejection").

    Example:
      >>> Table(1, 2, 3, 4) + Table(10, 20, 30, 40)
      Table(tp=11, fn=22, fp=33, tn=44)
    """

    tp: Any
    fn: Any
    fp: Any
    tn: Any

    def __add__(self, other: tuple) -> "Table":  # tuples would be joined end to end
        return jax.tree.map(lambda a, b: a + b, self, Table(*other))

    def __radd__(self, other: Any) -> "Table":  # sum() begins with 0
        return jax.tree.map(lambda a: other + a, self)


def total(table: Table, axis: int = 0) -> Table:
    """Add up the tables along an axis.

    Example:
      >>> total(Table(*np.ones((4, 3)))).tp.item()
      3.0
    """
    return jax.tree.map(lambda count: count.sum(axis), table)


def outcomes(
    observed: Columns, forecast: Columns, *, where: Where = None, weights: Weights = None
) -> Table:
    """The table of each entry by itself, to be added up by region, year or longitude.

    Args:
      observed: whether the event happened, ``[n, ...]``, or the probability that it would.
      forecast: whether "yes" was said, or a degree of yes between 0 and 1, which makes the table
        differentiable.
      where: what counts.
      weights: how much it counts.

    Returns:
      A table of the same shape.

    Example:
      >>> outcomes(np.array([True, False]), np.array([True, True])).fp.tolist()
      [0.0, 1.0]
    """
    w = entry_weights(observed, where=where, weights=weights)
    o, f = counted(observed, w), counted(forecast, w)
    each = Table(w * o * f, w * o * (1 - f), w * (1 - o) * f, w * (1 - o) * (1 - f))
    bad = spoiled(w, observed, forecast)
    return jax.tree.map(lambda share: jnp.where(bad, jnp.nan, share), each)


def contingency(
    observed: Columns, forecast: Columns, *, where: Where = None, weights: Weights = None
) -> Table:
    """Count what was forecast against what happened, over the first axis.

    Args:
      observed: whether the event happened, ``[n, ...]``.
      forecast: whether "yes" was said, of the same shape.
      where: what counts, ``[n]`` or the same shape: not the padding, not unknown labels.
      weights: how much it counts.

    Returns:
      A table ``[...]``; NaN if an entry that counts is NaN.

    Example:
      >>> table = contingency(np.array([1, 1, 0, 0, 0]), np.array([1, 0, 1, 0, 0]))
      >>> [int(count) for count in table]
      [1, 1, 1, 2]
    """
    return total(outcomes(observed, forecast, where=where, weights=weights))


def expected(
    true_probability: Columns, forecast: Columns, *, where: Where = None, weights: Weights = None
) -> Table:
    """Table that the forecasts would have on average if the same Sun ran again and again.

    TP = Σ p f, FN = Σ p (1 − f), FP = Σ (1 − p) f, TN = Σ (1 − p)(1 − f). On simulated data, where
    p is known, it leaves out the luck of which events happened.

    Args:
      true_probability: p, ``[n, ...]``.
      forecast: f, whether "yes" was said, of the same shape.
      where: what counts.
      weights: how much it counts.

    Returns:
      A table ``[...]``.

    Example:
      >>> table = expected(np.array([0.75, 0.25]), np.array([True, False]))
      >>> [float(count) for count in table]
      [0.75, 0.25, 0.25, 0.75]
    """
    return contingency(true_probability, forecast, where=where, weights=weights)


def at_thresholds(
    observed: Column,
    probability: Column,
    thresholds: Shaped[np.ndarray | Array, "t"],
    *,
    where: Where = None,
    weights: Weights = None,
) -> Table:
    """Tables of all thresholds at once; "yes" is said where probability ≥ threshold.

    Takes n log t steps and no array of n × t. Compared in JAX's precision, single unless changed.

    Args:
      observed: whether the event happened.
      probability: of the event, or any score that grows with it.
      thresholds: in any order.
      where: what counts.
      weights: how much it counts.

    Returns:
      A table ``[t]``.

    Example:
      >>> p = np.array([0.1, 0.5, 0.9])
      >>> at_thresholds(np.array([0, 0, 1]), p, np.array([0.0, 0.5, 0.9, 1.0])).fp.tolist()
      [2.0, 1.0, 0.0, 0.0]
    """
    given = jnp.asarray(thresholds, float)
    order = jnp.argsort(given)
    one = jnp.zeros(len(probability), int)
    table = at_thresholds_by_block(
        observed, probability, given[order], one, blocks=1, where=where, weights=weights
    )
    return jax.tree.map(lambda count: count[0, jnp.argsort(order)], table)


def at_thresholds_by_block(
    observed: Column,
    probability: Column,
    thresholds: Shaped[np.ndarray | Array, "t"],
    block_index: Int[np.ndarray | Array, "n"],
    *,
    blocks: int,
    where: Where = None,
    weights: Weights = None,
) -> Table:
    """Tables of all thresholds for each block, e.g. each active region; see `at_thresholds`.

    Args:
      observed: whether the event happened.
      probability: of the event.
      thresholds: in rising order.
      block_index: the block of each row, from 0.
      blocks: how many there are, g.
      where: what counts.
      weights: how much it counts.

    Returns:
      A table ``[g, t]``.

    Example:
      >>> table = at_thresholds_by_block(
      ...     np.array([1, 1]), np.array([0.2, 0.8]), np.array([0.5]), np.array([0, 1]), blocks=2
      ... )
      >>> table.tp.tolist(), table.fn.tolist()
      ([[0.0], [1.0]], [[1.0], [0.0]])
    """
    w = entry_weights(observed, where=where, weights=weights)
    o, p = counted(observed, w), counted(probability, w)
    passed = jnp.searchsorted(jnp.asarray(thresholds, float), p, side="right")
    bins = len(thresholds) + 1
    both = jnp.stack([w * o, w * (1 - o)], axis=1)
    both = jnp.where(spoiled(w, observed, probability)[:, None], jnp.nan, both)
    each = jax.ops.segment_sum(both, block_index * bins + passed, blocks * bins)
    each = each.reshape(blocks, bins, 2)
    no = jnp.cumsum(each, axis=1)[:, :-1]
    yes = jnp.cumsum(each[:, ::-1], axis=1)[:, -2::-1]
    return Table(tp=yes[..., 0], fn=no[..., 0], fp=yes[..., 1], tn=no[..., 1])
