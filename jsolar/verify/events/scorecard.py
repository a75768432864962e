"""Everything a referee asks about one method and one event, as plain numbers for a file."""

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.verify.events.columns import (
    ForecastColumns,
    Rows,
    count_rows,
    positive_blocks,
    rows_and_blocks,
)
from jsolar.verify.events.contingency import Table, at_thresholds_by_block, outcomes, total
from jsolar.verify.events.ranking import area, mean_precision, rank
from jsolar.verify.events.redrawn import chosen_anew
from jsolar.verify.events.scores import SCORES, Score, tss
from jsolar.verify.events.threshold import THRESHOLDS, best_index, choose_threshold
from jsolar.verify.intervals import (
    REASONS,
    RULES,
    Interval,
    Rules,
    block_bootstrap,
    bootstrap,
    chunk_for,
    sums_by_block,
    weighted_sums,
)
from jsolar.verify.weighting import ratio

AT_THRESHOLD = (
    "tss", "hss2", "hss1", "ets", "csi", "pod", "pofd", "far", "frequency_bias", "apss",
)  # fmt: skip
"""The scores of `jsolar.verify.events.scores` on a scorecard."""

_NAMES = (
    *AT_THRESHOLD,
    "brier", "bss", "bss_test", "roc_auc", "average_precision",
    "tss_redrawn", "tss_at_half", "tss_at_climatology", "tss_expected",
)  # fmt: skip

Pair = tuple[ForecastColumns, ForecastColumns]


def scorecard(
    key: Key[Array, ""],
    validation: ForecastColumns,
    test: ForecastColumns,
    *,
    climatology: float,
    rules: Rules = RULES,
) -> dict[str, Any]:
    """Scores of one method for one event on test data, with intervals by region.

    The threshold is chosen by TSS on the validation data, unless the test columns bring one; "yes"
    is said where probability ≥ threshold. Columns of the same length and number of blocks reuse the
    compiled program.

    Args:
      key: randomness of the bootstrap; give all methods the same.
      validation: what the threshold is chosen on.
      test: what is scored.
      climatology: share of events in the training data, the reference of ``bss``.
      rules: of the intervals.

    Returns:
      A dictionary of plain numbers (NaN where undefined):

      - ``threshold``, NaN if validation has no event, and ``threshold_from``, "validation" or
        "the method";
      - ``counts``: tp, fn, fp, tn of the test data at the threshold;
      - ``scores``: from name to {value, low, high}, and a ``reason`` if there is no interval: the
        scores named in `AT_THRESHOLD`; ``brier``; ``bss`` against the training climatology and
        ``bss_test`` against the test data's own; ``roc_auc``, ``average_precision``;
        ``tss_redrawn``, whose interval knows that the threshold came from few regions;
        ``tss_at_half`` and ``tss_at_climatology`` with thresholds that nobody chose; and, with
        true probabilities, ``tss_expected`` without the luck of which events happened;
      - ``numbers``: of test ``examples``, ``known``, ``forecast`` (known and with an answer),
        ``events``, ``regions``, ``flaring_regions``, the same of ``validation``, and of
        ``resamples`` and those that were ``degenerate`` (TSS undefined).

    Raises:
      ValueError: columns differ in length, or a probability lies outside 0 to 1.

    Example:
      >>> p, dice = np.random.default_rng(0).random((2, 800))
      >>> columns = ForecastColumns(dice < p, p < 2, p, np.arange(800) // 8)
      >>> card = scorecard(jax.random.key(0), columns, columns, climatology=0.5)
      >>> sum(card["counts"].values()), card["numbers"]["flaring_regions"]
      (800, 100)
      >>> card["scores"]["tss"]["low"] < card["scores"]["tss"]["value"]
      True

    References:
      Leka et al. (2019), doi:10.3847/1538-4365/ab2e12
    """
    chosen_on, g = rows_and_blocks(validation, name="validation")
    scored_on, h = rows_and_blocks(test, name="test")
    positive = np.array([positive_blocks(chosen_on), positive_blocks(scored_on)])
    measured = _measure(
        key, chosen_on, scored_on, climatology, positive, blocks=(g, h), rules=rules
    )
    threshold, counts, together = jax.device_get(measured)
    names = _NAMES if test.true_probability is not None else _NAMES[:-1]
    intervals = {name: Interval(*(c[i] for c in together)) for i, name in enumerate(names)}
    return {
        "threshold": float(threshold),
        "threshold_from": "validation" if test.threshold is None else "the method",
        "counts": dict(zip(Table._fields, map(_whole, counts.tolist()), strict=True)),
        "scores": {name: interval_dict(interval) for name, interval in intervals.items()},
        "numbers": {
            **count_rows(test, scored_on),
            "validation": count_rows(validation, chosen_on),
            "resamples": rules.resamples,
            "degenerate": int(intervals["tss"].degenerate),
        },
    }


def paired(
    key: Key[Array, ""],
    a: Pair,
    b: Pair,
    *,
    score: Score = tss,
    compare: Callable[[Any, Any], Any] = operator.sub,
    expected: bool = False,
    rules: Rules = RULES,
) -> Interval:
    """How much better is one method than another on the same rows? Score of a minus score of b.

    Each method keeps its own threshold, as in `scorecard`; both are scored on the test rows
    where both have an answer, and meet the same regions in every resample.

    Args:
      key: randomness of the bootstrap.
      a: (validation, test) of one method.
      b: (validation, test) of the other, with the same test rows in the same order.
      score: of a contingency table.
      compare: of the two scores; ``operator.truediv`` gives the share of b's score that a has.
      expected: with counts expected from the true probability instead of what happened.
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
    interval = _compared(
        key,
        chosen_on,
        both,
        positive_blocks(both[0]),
        score=score,
        compare=compare,
        expected=expected,
        blocks=blocks,
        rules=rules,
    )
    return jax.device_get(interval)


def interval_dict(interval: Interval) -> dict[str, Any]:
    """An interval as plain numbers: value, low, high, and a reason if there is no interval.

    Example:
      >>> interval_dict(Interval(0.5, np.nan, np.nan, 0, 2000, 1))
      {'value': 0.5, 'low': nan, 'high': nan, 'reason': 'too few regions with an event'}
    """
    value, low, high = (float(x) for x in interval[:3])
    plain = {"value": value, "low": low, "high": high}
    reason = REASONS[int(interval.reason)]
    return plain | {"reason": reason} if reason else plain


def _whole(count: float) -> int | float:
    return round(count) if count == count else count  # NaN stays


@partial(jax.jit, static_argnames=("blocks", "rules"))
def _measure(
    key: Key[Array, ""],
    validation: Rows,
    test: Rows,
    climatology: Float[Array, ""],
    positive: Int[Array, "2"],
    *,
    blocks: tuple[int, int],
    rules: Rules,
) -> tuple[Float[Array, ""], Float[Array, "4"], Interval]:
    """Threshold, counts and the intervals of `_NAMES`, in one compiled program."""
    curves = _threshold_tables(validation, test, blocks)
    index = best_index(tss(total(curves[0])))
    chosen = jnp.where(index < 0, jnp.nan, jnp.asarray(THRESHOLDS)[index])
    fixed = ~jnp.isnan(test.threshold)
    threshold = jnp.where(fixed, test.threshold, chosen)
    terms = _terms(test, jnp.stack([threshold, 0.5, climatology]), climatology)
    sums = sums_by_block(terms, test.block_index, blocks=blocks[1])

    def of_weights(weights: tuple[Float[Array, "g"], Float[Array, "h"]]) -> Float[Array, "s"]:
        each = weights[1][test.block_index]
        ranked = rank(test.observed, test.probability, where=test.usable, weights=each)
        of_sums = _of_sums(weighted_sums(weights[1], sums))
        found = of_sums | {
            "roc_auc": area(ranked),
            "average_precision": mean_precision(ranked),
            "tss_redrawn": jnp.where(fixed, of_sums["tss"], chosen_anew(weights, *curves)),
        }
        return jnp.stack([found[name] for name in _NAMES])

    enough = jnp.where(np.array(_NAMES) == "tss_redrawn", positive.min(), positive[1])
    intervals = bootstrap(
        key,
        of_weights,
        blocks,
        rules=rules,
        positive_blocks=enough,
        chunk=chunk_for(len(test.usable)),
    )
    return threshold, sums[:, :4, 0].sum(0), intervals


def _terms(
    rows: Rows, thresholds: Float[Array, "3"], climatology: Float[Array, ""]
) -> Float[Array, "n 5 4"]:
    """What each row adds to the sums that `_of_sums` reads, in one array, which compiles fast.

    Four tables (of what happened at three thresholds, and expected at the first), then 1, o,
    (p − o)² and (climatology − o)².
    """
    o, p = rows.observed.astype(float), rows.probability
    at = thresholds[jnp.array([0, 1, 2, 0])]
    yes = jnp.where(jnp.isnan(at), jnp.nan, p[:, None] >= at)
    happened = jnp.stack([o, o, o, rows.truth], axis=1)
    squares = jnp.stack([jnp.ones_like(o), o, (p - o) ** 2, (climatology - o) ** 2], axis=1)
    tables = outcomes(happened, yes, where=rows.usable)
    return jnp.stack([*tables, jnp.where(rows.usable[:, None], squares, 0.0)], axis=1)


def _of_sums(sums: Float[Array, "5 4"]) -> dict[str, Float[Array, ""]]:
    """The scores that are functions of sums."""
    chosen, half, climatology, expected = (Table(*sums[:4, i]) for i in range(4))
    rows, events, squared, reference = sums[4]
    rate = ratio(events, rows)
    return {name: SCORES[name](chosen) for name in AT_THRESHOLD} | {
        "brier": ratio(squared, rows),
        "bss": 1 - ratio(squared, reference),
        "bss_test": 1 - ratio(squared, rows * rate * (1 - rate)),
        "tss_at_half": tss(half),
        "tss_at_climatology": tss(climatology),
        "tss_expected": tss(expected),
    }


@partial(jax.jit, static_argnames=("score", "compare", "expected", "blocks", "rules"))
def _compared(
    key: Key[Array, ""],
    validation: list[Rows],
    test: list[Rows],
    positive: Int[Array, ""],
    *,
    score: Score,
    compare: Callable[[Any, Any], Any],
    expected: bool,
    blocks: int,
    rules: Rules,
) -> Interval:
    tables = []
    for chosen_on, rows in zip(validation, test, strict=True):
        chosen = choose_threshold(chosen_on.observed, chosen_on.probability, where=chosen_on.usable)
        threshold = jnp.where(jnp.isnan(rows.threshold), chosen, rows.threshold)
        yes = jnp.where(jnp.isnan(threshold), jnp.nan, rows.probability >= threshold)
        happened = rows.truth if expected else rows.observed
        tables.append(outcomes(happened, yes, where=rows.usable))
    sums = sums_by_block(tuple(tables), test[0].block_index, blocks=blocks)

    def compared(pair: tuple[Table, Table]) -> Float[Array, ""]:
        return compare(score(pair[0]), score(pair[1]))

    return block_bootstrap(key, sums, compared, rules=rules, positive_blocks=positive)


def _threshold_tables(validation: Rows, test: Rows, blocks: tuple[int, int]) -> tuple[Table, Table]:
    """Tables of each block at each threshold, of both sets in one go, which compiles faster."""
    g, h = blocks
    observed, probability, usable, block_index = (
        jnp.concatenate(pair)
        for pair in (
            (validation.observed, test.observed),
            (validation.probability, test.probability),
            (validation.usable, test.usable),
            (validation.block_index, test.block_index + g),
        )
    )
    tables = at_thresholds_by_block(
        observed, probability, THRESHOLDS, block_index, blocks=g + h, where=usable
    )
    return Table(*(count[:g] for count in tables)), Table(*(count[g:] for count in tables))
