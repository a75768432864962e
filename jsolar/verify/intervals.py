"""How sure is a score? The bootstrap over blocks: regions, rotations, never windows.

Windows of one region repeat each other, so resampling them pretends to far more evidence than
there is. Whole regions are drawn instead, with replacement: in one draw a region counts 0, 1, 2 …
times. Scores that come from sums need only the sums of each region (`block_bootstrap`); others are
computed again with each example's weight (`block_bootstrap_weighted`).

To compare two methods, put the sums of both into one tree and let the statistic be the difference:
both then meet the same regions in every draw, which is far sharper than comparing two intervals.
See the example of `block_bootstrap`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.types import PyTree

REASONS = (
    "",
    "too few regions with an event",
    "undefined in too many resamples",
    "no event in validation",
)
"""Why there is no interval, by `Interval.reason`."""

_CHUNK = 100
_NUMBERS_AT_ONCE = 2**22


class Interval(NamedTuple):
    """A score and its bootstrap interval; all fields have the shape of the score.

    Attributes:
      value: of the data as they are.
      low: lower end; NaN if there is no interval.
      high: upper end; NaN if there is no interval.
      degenerate: in how many resamples the score was undefined; they are left out.
      resamples: how many were drawn.
      reason: index into `REASONS`; 0 if there is an interval.
    """

    value: Float[Array, "*s"]
    low: Float[Array, "*s"]
    high: Float[Array, "*s"]
    degenerate: Int[Array, "*s"]
    resamples: Int[Array, "*s"]
    reason: Int[Array, "*s"]


class Rules(NamedTuple):
    """When an interval is given, and which.

    Attributes:
      resamples: how many are drawn.
      level: share of intervals that should hold the truth.
      minimum_positive_blocks: with fewer blocks that had an event there is no interval.
      maximum_degenerate: nor if the score is undefined in a larger share of the resamples.
    """

    resamples: int = 2000
    level: float = 0.95
    minimum_positive_blocks: int = 10
    maximum_degenerate: float = 0.05


RULES = Rules()
"""2000 resamples, 95 %, at least 10 regions with an event."""


def sums_by_block(
    values: PyTree, block_index: Int[np.ndarray | Array, "n"], *, blocks: int
) -> PyTree:
    """Add up the rows of each block.

    Args:
      values: arrays ``[n, ...]``, e.g. the `Table` of `jsolar.verify.events.contingency.outcomes`.
      block_index: the block of each row, from 0.
      blocks: how many there are, g.

    Returns:
      The same tree of arrays ``[g, ...]``.

    Example:
      >>> sums_by_block({"events": jnp.array([1, 0, 1])}, np.array([0, 1, 0]), blocks=2)
      {'events': Array([2, 0], dtype=int32)}
    """
    index = jnp.asarray(block_index)
    return jax.tree.map(lambda x: jax.ops.segment_sum(jnp.asarray(x), index, blocks), values)


@partial(jax.jit, static_argnames=("statistic", "rules"))
def block_bootstrap(
    key: Key[Array, ""],
    block_sums: PyTree,
    statistic: Callable[[PyTree], Any],
    *,
    rules: Rules = RULES,
    positive_blocks: int | np.ndarray | Array | None = None,
) -> Any:
    """Interval of a score that is a function of sums over blocks.

    Percentile interval: the middle ``level`` of the scores of the resamples. In simulations with
    10 to 100 flaring regions 95 % intervals held the true TSS in 93 to 95 % of the cases and the
    true HSS2, CSI or FAR in 91 to 94 %; bias correction and acceleration gained about one point.

    Args:
      key: randomness.
      block_sums: arrays ``[g, ...]``, see `sums_by_block`.
      statistic: from the summed tree (without the axis g) to a score, an array of scores or a
        tree of them. The same function object compiles once; a new lambda compiles anew.
      rules: how many resamples, which level, when there is no interval.
      positive_blocks: how many blocks had an event, one number or one a score, to see whether
        they are enough; None does not ask.

    Returns:
      An `Interval`, or a tree of them.

    Example:
      >>> from jsolar.verify.events import contingency, scores
      >>> a, b, happened = np.random.default_rng(0).random((3, 900)) < np.c_[[0.3, 0.6, 0.5]]
      >>> region = np.arange(900) // 9
      >>> tables = {
      ...     "a": contingency.outcomes(happened, a | happened),
      ...     "b": contingency.outcomes(happened, b | happened),
      ... }
      >>> def difference(tables):
      ...     return scores.tss(tables["a"]) - scores.tss(tables["b"])
      >>> by_region = sums_by_block(tables, region, blocks=100)
      >>> paired = block_bootstrap(jax.random.key(0), by_region, difference)
      >>> bool(paired.low > 0)  # a raises fewer false alarms, beyond doubt
      True

    References:
      Field & Welsh (2007), doi:10.1111/j.1467-9868.2007.00593.x;
      Davison & Hinkley (1997), doi:10.1017/CBO9780511802843
    """

    def of_weights(weight: Float[Array, "g"]) -> Any:
        return statistic(weighted_sums(weight, block_sums))

    blocks = len(jax.tree.leaves(block_sums)[0])
    return bootstrap(key, of_weights, blocks, rules=rules, positive_blocks=positive_blocks)


@partial(jax.jit, static_argnames=("statistic", "blocks", "rules"))
def block_bootstrap_weighted(
    key: Key[Array, ""],
    columns: PyTree,
    block_index: Int[np.ndarray | Array, "n"],
    statistic: Callable[[PyTree, Float[Array, "n"]], Any],
    *,
    blocks: int,
    rules: Rules = RULES,
    positive_blocks: int | np.ndarray | Array | None = None,
) -> Any:
    """Interval of a score that is no function of sums, as the area under the ROC curve.

    Args:
      key: randomness.
      columns: arrays ``[n, ...]`` that the statistic reads.
      block_index: the block of each row, from 0.
      statistic: ``(columns, weights[n])`` to a score, an array of scores or a tree of them.
      blocks: how many there are.
      rules: see `block_bootstrap`.
      positive_blocks: see `block_bootstrap`.

    Returns:
      An `Interval`, or a tree of them.

    Example:
      >>> from jsolar.verify.events import ranking
      >>> def area(columns, weights):
      ...     return ranking.roc_auc(*columns, weights=weights)
      >>> p, dice = np.random.default_rng(0).random((2, 400))
      >>> auc = block_bootstrap_weighted(
      ...     jax.random.key(0), (dice < p, p), np.arange(400) // 4, area, blocks=100
      ... )
      >>> 0.7 < float(auc.low) < float(auc.value) < float(auc.high) < 0.9
      True
    """
    index = jnp.asarray(block_index)

    def of_weights(weight: Float[Array, "g"]) -> Any:
        return statistic(columns, weight[index])

    return bootstrap(
        key,
        of_weights,
        blocks,
        rules=rules,
        positive_blocks=positive_blocks,
        chunk=chunk_for(len(index)),
    )


def bootstrap(
    key: Key[Array, ""],
    statistic: Callable[[Any], Any],
    blocks: int | tuple[int, ...],
    *,
    rules: Rules = RULES,
    positive_blocks: int | np.ndarray | Array | None = None,
    unseen: int = 0,
    chunk: int = _CHUNK,
) -> Any:
    """Interval of any function of the weights of blocks: what the others here are made of.

    Args:
      key: randomness.
      statistic: from weights ``[g]`` to a score, an array of scores or a tree of them.
      blocks: see `resample`.
      rules: see `block_bootstrap`.
      positive_blocks: see `block_bootstrap`.
      unseen: see `resample`.
      chunk: see `resample`.

    Returns:
      An `Interval`, or a tree of them.

    Example:
      >>> x = jnp.arange(50.0)
      >>> mean = bootstrap(jax.random.key(0), lambda w: (w * x).sum() / w.sum(), 50)
      >>> 18 < float(mean.low) < 24.5 < float(mean.high) < 31
      True
    """
    how: dict[str, int] = {"resamples": rules.resamples, "unseen": unseen, "chunk": chunk}
    scored = resample(key, statistic, blocks, **how)
    return jax.tree.map(
        lambda s: percentile_interval(s[0], s[1:], rules=rules, positive_blocks=positive_blocks),
        scored,
    )


def resample(
    key: Key[Array, ""],
    statistic: Callable[[Any], Any],
    blocks: int | tuple[int, ...],
    *,
    resamples: int,
    unseen: int = 0,
    chunk: int = _CHUNK,
) -> Any:
    """A score of the data as they are, and of every resample.

    Args:
      key: randomness; the first draws do not depend on how many follow.
      statistic: from weights ``[g]`` (how often each block was drawn) to a score, an array of
        scores or a tree of them.
      blocks: g; or several, for sets of blocks that are drawn apart, and as many weights.
      resamples: r, how many are drawn.
      unseen: how many of the last blocks (of the last set) can be drawn but are not in the data.
      chunk: how many are computed at once; only memory and time depend on it.

    Returns:
      What the statistic returns, with an axis ``[r + 1]`` in front; the first are the data.

    Example:
      >>> resample(jax.random.key(0), lambda w: w.sum(), 7, resamples=3).tolist()
      [7.0, 7.0, 7.0, 7.0]
    """
    several = blocks if isinstance(blocks, tuple) else (blocks,)
    rows = -(-(resamples + 1) // chunk) * chunk
    bits = jax.random.bits(key, (rows, sum(several)))
    parts = jnp.split(bits, np.cumsum(several)[:-1], axis=1)
    drawn = [part % g for part, g in zip(parts, several, strict=True)]
    data = [jnp.ones(g) for g in several]
    data[-1] = data[-1].at[several[-1] - unseen :].set(0.0)

    def scored(draw: tuple[Int[Array, ""], list[Array]]) -> Any:
        number, indices = draw
        weights = [jnp.zeros(len(index)).at[index].add(1.0) for index in indices]
        weights = [jnp.where(number == 0, one, w) for one, w in zip(data, weights, strict=True)]
        return statistic(tuple(weights) if isinstance(blocks, tuple) else weights[0])

    found = jax.lax.map(scored, (jnp.arange(rows), drawn), batch_size=chunk)
    return jax.tree.map(lambda s: s[: resamples + 1], found)


def chunk_for(rows: int) -> int:
    """How many resamples of so many rows to compute at once, so that memory stays bounded.

    Example:
      >>> chunk_for(1000), chunk_for(300_000)
      (100, 13)
    """
    return max(1, min(_CHUNK, _NUMBERS_AT_ONCE // max(rows, 1)))


def percentile_interval(
    value: Float[np.ndarray | Array, "*s"],
    draws: Float[np.ndarray | Array, "r *s"],
    *,
    rules: Rules = RULES,
    positive_blocks: int | np.ndarray | Array | None = None,
) -> Interval:
    """Intervals of several scores from their values in the resamples; see `Rules`.

    Args:
      value: of the data as they are.
      draws: of the resamples; NaN where undefined.
      rules: which level, and when there is no interval.
      positive_blocks: how many blocks had an event; None does not ask.

    Returns:
      An `Interval` of the shape of ``value``.

    Example:
      >>> draws = jnp.linspace(0, 1, 2001)[:, None]
      >>> interval = percentile_interval(jnp.array([0.4]), draws)
      >>> round(float(interval.low[0]), 3), round(float(interval.high[0]), 3)
      (0.025, 0.975)
    """
    tail = (1 - rules.level) / 2
    degenerate = jnp.isnan(draws).sum(0)
    ordered, last = jnp.sort(draws, axis=0), len(draws) - degenerate - 1  # NaN comes last
    low, high = _at_rank(ordered, tail * last), _at_rank(ordered, (1 - tail) * last)
    enough = positive_blocks is None or positive_blocks >= rules.minimum_positive_blocks
    too_often = degenerate > rules.maximum_degenerate * len(draws)
    reason = jnp.where(enough, jnp.where(too_often, 2, 0), 1)
    given = reason == 0
    return Interval(
        jnp.asarray(value),
        jnp.where(given, low, jnp.nan),
        jnp.where(given, high, jnp.nan),
        degenerate,
        jnp.full(value.shape, len(draws)),
        reason,
    )


def weighted_sums(weight: Float[np.ndarray | Array, "g"], block_sums: PyTree) -> PyTree:
    """Σ wᵢ xᵢ over blocks of every array in the tree, in full single precision everywhere.

    Example:
      >>> weighted_sums(jnp.array([2.0, 1.0]), jnp.array([[1.0], [10.0]])).tolist()
      [12.0]
    """
    return jax.tree.map(
        lambda x: jnp.tensordot(weight, jnp.asarray(x, float), 1, precision="highest"), block_sums
    )


def _at_rank(ordered: Float[Array, "r *s"], rank: Float[Array, "*s"]) -> Float[Array, "*s"]:
    """Between the two neighbours of a rank that is not whole."""
    below = jnp.floor(rank).astype(int)
    both = jnp.stack([below, jnp.ceil(rank).astype(int)])
    a, b = jnp.take_along_axis(ordered, both, axis=0, mode="clip")
    return a + (rank - below) * (b - a)
