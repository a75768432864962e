"""Is one method better than another? Differences on the same rows and the same resamples."""

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.verify.events.columns import ForecastColumns, Usable, positive_blocks, rows_and_blocks
from jsolar.verify.events.scorecard import OF_SUMS, Sums, row_sums, thresholds_of, unseen_sums
from jsolar.verify.intervals import (
    RULES,
    Interval,
    Rules,
    bootstrap,
    sums_by_block,
    weighted_sums,
)

PAIRED = ("tss", "brier", "tss_expected")
"""Scores of `OF_SUMS` whose differences are told; all come from one compiled program."""

Pair = tuple[ForecastColumns, ForecastColumns]


def paired(
    key: Key[Array, ""],
    a: Pair,
    b: Pair,
    *,
    score: str = "tss",
    compare: Callable[[Any, Any], Any] = operator.sub,
    rules: Rules = RULES,
) -> Interval:
    """How much better is one method than another on the same rows? Score of a minus score of b.

    Each method keeps its own threshold, as in `scorecard`; both are scored on the test rows
    where both have an answer, and meet the same regions in every resample.

    Args:
      key: randomness of the bootstrap.
      a: (validation, test) of one method.
      b: (validation, test) of the other, with the same test rows in the same order.
      score: one of `PAIRED`.
      compare: of the two scores; ``operator.truediv`` gives the share of b's score that a has.
      rules: of the interval.

    Returns:
      An `Interval` of NumPy numbers; the difference is beyond luck if it excludes 0.

    Raises:
      ValueError: the test rows are not the same.

    Example:
      >>> p, dice = np.random.default_rng(0).random((2, 800))
      >>> good = ForecastColumns(dice < p, p < 2, p, np.arange(800) // 8)
      >>> poor = good._replace(probability=np.sqrt(p * dice[::-1]))
      >>> difference = paired(jax.random.key(0), (good, good), (poor, poor))
      >>> bool(difference.low > 0)
      True
    """
    same = ("observed", "known", "block")
    if not all(np.array_equal(getattr(a[1], c), getattr(b[1], c)) for c in same):
        raise ValueError(
            "paired methods need the same test rows in the same order: their observed, known or "
            "block columns differ"
        )
    chosen_on = [rows_and_blocks(m[0], name="validation")[0] for m in (a, b)]
    scored_on = [rows_and_blocks(m[1], name="test")[0] for m in (a, b)]
    blocks = rows_and_blocks(a[1], name="test")[1]
    usable = scored_on[0].usable & scored_on[1].usable
    both = [rows._replace(usable=usable) for rows in scored_on]
    intervals = jax.device_get(
        _compared(
            key,
            chosen_on,
            both,
            positive_blocks(both[0]),
            compare=compare,
            blocks=blocks,
            rules=rules,
        )
    )
    return Interval(*(x[PAIRED.index(score)] for x in intervals))


def score_of(pair: Pair, score: str = "tss") -> float:
    """A score by itself, without an interval: for many seeds of one method.

    Args:
      pair: validation, which the threshold comes from, and test.
      score: the name of one of `OF_SUMS` that needs no reference.

    Returns:
      The score; NaN where it is not defined.

    Example:
      >>> p, dice = np.random.default_rng(0).random((2, 800))
      >>> columns = ForecastColumns(dice < p, p < 2, p, np.arange(800) // 8)
      >>> 0.4 < score_of((columns, columns)) < 0.6
      True
    """
    chosen_on = rows_and_blocks(pair[0], name="validation")[0]
    return float(_of_rows(chosen_on, rows_and_blocks(pair[1], name="test")[0], score=score))


@partial(jax.jit, static_argnames="score")
def _of_rows(validation: Usable, test: Usable, *, score: str) -> Float[Array, ""]:
    terms = row_sums(test, thresholds_of(validation, test.threshold), jnp.full(2, jnp.nan))
    return OF_SUMS[score](jax.tree.map(lambda x: x.sum(0), terms))


@partial(jax.jit, static_argnames=("compare", "blocks", "rules"))
def _compared(
    key: Key[Array, ""],
    validation: list[Usable],
    test: list[Usable],
    positive: Int[Array, ""],
    *,
    compare: Callable[[Any, Any], Any],
    blocks: int,
    rules: Rules,
) -> Interval:
    def by_block(chosen_on: Usable, rows: Usable) -> Sums:
        terms = row_sums(rows, thresholds_of(chosen_on, rows.threshold), jnp.full(2, jnp.nan))
        sums = sums_by_block(terms, rows.block_index, blocks=blocks)
        return jax.tree.map(
            lambda seen, one: jnp.concatenate([seen, one[None]]), sums, unseen_sums(sums)
        )

    pair = [by_block(*both) for both in zip(validation, test, strict=True)]

    def compared(weight: Float[Array, "g"]) -> Float[Array, "s"]:
        a, b = weighted_sums(weight, pair)
        return jnp.stack([compare(OF_SUMS[name](a), OF_SUMS[name](b)) for name in PAIRED])

    return bootstrap(key, compared, blocks + 1, unseen=1, rules=rules, positive_blocks=positive)
