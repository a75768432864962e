"""Is one method better than another? Differences on the same rows and the same resamples."""

import operator
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.verify.events.columns import ForecastColumns, Usable, positive_blocks, rows_and_blocks
from jsolar.verify.events.scorecard import OF_SUMS, Sums, row_sums, thresholds_of, unseen_sums
from jsolar.verify.intervals import (
    RULES,
    Interval,
    Rules,
    percentile_interval,
    resample,
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
    drawn, positive = scores_together(key, [a, b], rules=rules)
    scores = compare(*jnp.asarray(drawn[score]).T)
    return jax.device_get(
        percentile_interval(scores[0], scores[1:], rules=rules, positive_blocks=positive)
    )


def scores_together(
    key: Key[Array, ""], methods: Sequence[Pair], *, rules: Rules = RULES
) -> tuple[dict[str, Float[np.ndarray, "d m"]], int]:
    """Scores of m methods on the rows where all have an answer, of the data and of every resample.

    Args:
      key: randomness of the bootstrap.
      methods: (validation, test) of each, with the same test rows in the same order.
      rules: how many resamples.

    Returns:
      ``{score: numbers}`` for each of `PAIRED`, the first of d numbers being that of the data; and
      how many blocks had an event.

    Raises:
      ValueError: the test rows are not the same.

    Example:
      >>> p, dice = np.random.default_rng(0).random((2, 800))
      >>> one = ForecastColumns(dice < p, p < 2, p, np.arange(800) // 8)
      >>> drawn, flaring = scores_together(jax.random.key(0), [(one, one)] * 3)
      >>> drawn["tss"].shape, flaring
      ((2001, 3), 100)
    """
    first, same = methods[0][1], ("observed", "known", "block")
    if not all(np.array_equal(getattr(m[1], c), getattr(first, c)) for m in methods for c in same):
        raise ValueError(
            "paired methods need the same test rows in the same order: their observed, known or "
            "block columns differ"
        )
    chosen_on = [rows_and_blocks(m[0], name="validation")[0] for m in methods]
    scored_on = [rows_and_blocks(m[1], name="test")[0] for m in methods]
    usable = np.all([rows.usable for rows in scored_on], axis=0)
    common = [rows._replace(usable=usable) for rows in scored_on]
    blocks = rows_and_blocks(first, name="test")[1]
    drawn = _resampled(key, chosen_on, common, blocks=blocks, resamples=rules.resamples)
    scores = np.asarray(jax.device_get(drawn))
    named = {name: scores[:, i] for i, name in enumerate(PAIRED)}
    return named, int(positive_blocks(common[0]))


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


@partial(jax.jit, static_argnames=("blocks", "resamples"))
def _resampled(
    key: Key[Array, ""],
    validation: list[Usable],
    test: list[Usable],
    *,
    blocks: int,
    resamples: int,
) -> Float[Array, "d s m"]:
    def by_block(chosen_on: Usable, rows: Usable) -> Sums:
        terms = row_sums(rows, thresholds_of(chosen_on, rows.threshold), jnp.full(2, jnp.nan))
        sums = sums_by_block(terms, rows.block_index, blocks=blocks)
        return jax.tree.map(
            lambda seen, one: jnp.concatenate([seen, one[None]]), sums, unseen_sums(sums)
        )

    methods = [by_block(*both) for both in zip(validation, test, strict=True)]

    def scored(weight: Float[Array, "g"]) -> Float[Array, "s m"]:
        sums = weighted_sums(weight, methods)
        return jnp.stack([jnp.stack([OF_SUMS[name](x) for x in sums]) for name in PAIRED])

    return resample(key, scored, blocks + 1, unseen=1, resamples=resamples)
