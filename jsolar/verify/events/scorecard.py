"""Everything a referee asks about one method and one event, as plain numbers for a file."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.verify.events.columns import (
    ForecastColumns,
    Usable,
    count_rows,
    event_rate,
    positive_blocks,
    rows_and_blocks,
)
from jsolar.verify.events.contingency import Table, at_thresholds_by_block, outcomes
from jsolar.verify.events.ranking import Ranked, area, mean_precision, rank
from jsolar.verify.events.redrawn import tss_redrawn, unseen
from jsolar.verify.events.scores import SCORES, Score, hss2, tss
from jsolar.verify.events.threshold import THRESHOLDS, choose_threshold
from jsolar.verify.intervals import (
    REASONS,
    RULES,
    Interval,
    Rules,
    bootstrap,
    chunk_for,
    sums_by_block,
    weighted_sums,
)
from jsolar.verify.weighting import ratio

AT_THRESHOLD = (
    "tss", "hss1", "ets", "csi", "pod", "pofd", "far", "frequency_bias", "apss",
)  # fmt: skip
"""The scores of `jsolar.verify.events.scores` on a scorecard at the threshold for TSS."""


class Sums(NamedTuple):
    """What rows add up to, and scores are made of.

    Attributes:
      chosen: table of what happened at the threshold for TSS.
      for_hss2: the same at the threshold for HSS2.
      half: the same at p = 0.5.
      base_rate: the same at p = the base rate of training.
      expected: at the threshold, with true probabilities in place of what happened.
      rows: how many.
      events: how many of them with an event.
      squared: Σ (p − o)².
      reference: Σ (π − o)², with π the event rate of validation.
      reference_training: the same with π the base rate of training.
    """

    chosen: Table
    for_hss2: Table
    half: Table
    base_rate: Table
    expected: Table
    rows: Float[Array, "*n"]
    events: Float[Array, "*n"]
    squared: Float[Array, "*n"]
    reference: Float[Array, "*n"]
    reference_training: Float[Array, "*n"]


_OF_WHAT_HAPPENED = ("chosen", "for_hss2", "half", "base_rate")


def bss_test(sums: Sums) -> Float[Array, "..."]:
    """Brier skill against the base rate of the rows themselves, 1 − Σ (p − o)² / n π (1 − π)."""
    rate = ratio(sums.events, sums.rows)
    return 1 - ratio(sums.squared, sums.rows * rate * (1 - rate))


def _chosen(score: Score) -> Callable[[Sums], Any]:
    return lambda sums: score(sums.chosen)


OF_SUMS: dict[str, Callable[[Sums], Any]] = {
    **{name: _chosen(SCORES[name]) for name in AT_THRESHOLD},
    "hss2": lambda sums: hss2(sums.for_hss2),
    "brier": lambda sums: ratio(sums.squared, sums.rows),
    "bss": lambda sums: 1 - ratio(sums.squared, sums.reference),
    "bss_training": lambda sums: 1 - ratio(sums.squared, sums.reference_training),
    "bss_test": bss_test,
    "tss_at_half": lambda sums: tss(sums.half),
    "tss_at_climatology": lambda sums: tss(sums.base_rate),
    "tss_expected": lambda sums: tss(sums.expected),
}
"""Scores that are functions of sums; a new one is a line here."""

OF_RANKS: dict[str, Callable[[Ranked], Any]] = {
    "roc_auc": area,
    "average_precision": mean_precision,
}
"""Scores that are functions of the order of the forecasts; a new one is a line here."""

REDRAWN = "tss_redrawn"
"""The score whose threshold is chosen anew in each resample."""

ONLY_EXPECTED = ("tss_expected",)
"""Scores that need true probabilities."""

MOST_BLOCKS = 100_000
"""With more regions the tables of every threshold would take gigabytes."""


def scorecard(
    key: Key[Array, ""],
    validation: ForecastColumns,
    test: ForecastColumns,
    *,
    climatology: float,
    rules: Rules = RULES,
) -> dict[str, Any]:
    """Scores of one method for one event on test data, with intervals by region.

    The threshold is the one at which the validation forecasts expect the best TSS (for HSS2 the
    best HSS2), unless the test columns bring one; "yes" is said where probability ≥ threshold.
    Columns of the same length and number of blocks reuse the compiled program.

    Args:
      key: randomness of the bootstrap; give all methods the same.
      validation: what the threshold is chosen on.
      test: what is scored.
      climatology: share of events in the training data, the reference of ``bss_training``.
      rules: of the intervals.

    Returns:
      A dictionary of plain numbers (NaN where undefined):

      - ``threshold`` and ``threshold_hss2``, NaN if validation has no event, and
        ``threshold_from``, "validation" or "the method";
      - ``counts``: tp, fn, fp, tn of the test data at the threshold;
      - ``rates``: share of events in ``training``, ``validation`` and ``test``;
      - ``scores``: from name to {value, low, high}, and a ``reason`` if there is no interval: the
        scores named in `AT_THRESHOLD`; ``hss2`` at its own threshold; ``brier``; ``bss`` against
        the event rate of validation, which the forecasts are calibrated on, ``bss_training`` and
        ``bss_test`` against the others'; ``roc_auc``, ``average_precision``;
        ``tss_redrawn``, whose interval knows that the threshold came from few regions;
        ``tss_at_half`` and ``tss_at_climatology`` with thresholds that nobody chose; and, with
        true probabilities, ``tss_expected`` without the luck of which events happened;
      - ``numbers``: of test ``examples``, ``known``, ``forecast`` (known and with an answer),
        ``events``, ``regions``, ``flaring_regions``, the same of ``validation``, and of
        ``resamples`` and those that were ``degenerate`` (TSS undefined).

    Raises:
      ValueError: columns differ in length, a probability lies outside 0 to 1, or there are more
        than `MOST_BLOCKS` regions.

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
    if h > MOST_BLOCKS:
        raise ValueError(
            f"a bootstrap over {h} blocks takes too much memory (at most {MOST_BLOCKS}): give the "
            "active region of each row, not the row itself, as its block"
        )
    positive = np.array([positive_blocks(chosen_on), positive_blocks(scored_on)])
    rates = {
        "training": climatology,
        "validation": event_rate(chosen_on),
        "test": event_rate(scored_on),
    }
    references = np.array([rates["validation"], climatology], np.float32)
    measured = _measure(key, chosen_on, scored_on, references, positive, blocks=(g, h), rules=rules)
    thresholds, counts, intervals = jax.device_get(measured)
    if test.true_probability is None:
        intervals = {name: x for name, x in intervals.items() if name not in ONLY_EXPECTED}
    if test.threshold is None and not positive[0]:
        intervals = {name: _without_threshold(name, x) for name, x in intervals.items()}
    return {
        "threshold": float(thresholds[0]),
        "threshold_hss2": float(thresholds[1]),
        "threshold_from": "validation" if test.threshold is None else "the method",
        "counts": {name: _whole(float(count)) for name, count in counts._asdict().items()},
        "rates": rates,
        "scores": {name: interval_dict(interval) for name, interval in intervals.items()},
        "numbers": {
            **count_rows(test, scored_on),
            "validation": count_rows(validation, chosen_on),
            "resamples": rules.resamples,
            "degenerate": int(intervals["tss"].degenerate),
        },
    }


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


def _without_threshold(name: str, interval: Interval) -> Interval:
    """Says why a score has no value where nothing in validation tells a threshold."""
    if not np.isnan(interval.value):
        return interval
    return interval._replace(reason=jnp.asarray(REASONS.index("no event in validation")))


def _whole(count: float) -> int | float:
    return round(count) if count == count else count  # NaN stays


@partial(jax.jit, static_argnames=("blocks", "rules"))
def _measure(
    key: Key[Array, ""],
    validation: Usable,
    test: Usable,
    references: Float[Array, "2"],
    positive: Int[Array, "2"],
    *,
    blocks: tuple[int, int],
    rules: Rules,
) -> tuple[Float[Array, "2"], Table, dict[str, Interval]]:
    """Thresholds, table and the interval of every score, in one compiled program."""
    fixed = ~jnp.isnan(test.threshold)
    thresholds = thresholds_of(validation, test.threshold)
    structure, stacked = _stacked(row_sums(test, thresholds, references))
    by_block = sums_by_block(stacked, test.block_index, blocks=blocks[1])
    seen = jax.tree.unflatten(structure, list(by_block.T))
    with_unseen = jnp.concatenate([by_block, _stacked(unseen_sums(seen))[1][None]])
    rates = jnp.stack([validation.usable, validation.usable & validation.observed], axis=1)
    rates = sums_by_block(rates.astype(float), validation.block_index, blocks=blocks[0])
    curves = at_thresholds_by_block(
        test.observed,
        test.probability,
        THRESHOLDS,
        test.block_index,
        blocks=blocks[1],
        where=test.usable,
    )
    curves = jax.tree.map(
        lambda count, one: jnp.concatenate([count, one[None]]), curves, unseen(curves)
    )

    def of_weights(
        weights: tuple[Float[Array, "g"], Float[Array, "h"]],
    ) -> dict[str, Float[Array, ""]]:
        each = weights[1][test.block_index]
        ranks = rank(test.observed, test.probability, where=test.usable, weights=each)
        sums = jax.tree.unflatten(structure, list(weighted_sums(weights[1], with_unseen)))
        found = {name: score(sums) for name, score in OF_SUMS.items()}
        found |= {name: score(ranks) for name, score in OF_RANKS.items()}
        anew = tss_redrawn(weights, rates, curves)
        return found | {REDRAWN: jnp.where(fixed, found["tss"], anew)}

    names = (*OF_SUMS, *OF_RANKS, REDRAWN)

    def in_one_row(weights: Any) -> Float[Array, "s"]:  # which compiles in half the time
        found = of_weights(weights)
        return jnp.stack([found[name] for name in names])

    intervals = bootstrap(
        key,
        in_one_row,
        (blocks[0], blocks[1] + 1),
        unseen=1,
        rules=rules,
        positive_blocks=jnp.where(np.array(names) == REDRAWN, positive.min(), positive[1]),
        chunk=chunk_for(len(test.usable)),
    )
    by_name = {name: Interval(*(x[i] for x in intervals)) for i, name in enumerate(names)}
    return thresholds, jax.tree.map(lambda count: count.sum(0), seen.chosen), by_name


def thresholds_of(validation: Usable, own: Float[np.ndarray | Array, ""]) -> Float[Array, "2"]:
    """For TSS and for HSS2: the method's own, or chosen on validation if that has an event."""
    chosen = jnp.stack(
        [
            choose_threshold(validation.probability, where=validation.usable, score=score)
            for score in (tss, hss2)
        ]
    )
    any_event = (validation.usable & validation.observed).any()
    return jnp.where(jnp.isnan(own), jnp.where(any_event, chosen, jnp.nan), own)


def row_sums(rows: Usable, thresholds: Float[Array, "2"], references: Float[Array, "2"]) -> Sums:
    """What each row adds to the sums."""
    o, p = jnp.asarray(rows.observed, float), jnp.asarray(rows.probability)

    def table(happened: Float[Array, "n"], at: Float[Array, ""] | float) -> Table:
        yes = jnp.where(jnp.isnan(at), jnp.nan, p >= at)
        return outcomes(happened, yes, where=rows.usable)

    each = (jnp.ones_like(o), o, (p - o) ** 2, *((reference - o) ** 2 for reference in references))
    return Sums(
        table(o, thresholds[0]),
        table(o, thresholds[1]),
        table(o, 0.5),
        table(o, references[1]),
        table(jnp.asarray(rows.truth), thresholds[0]),
        *(jnp.where(rows.usable, x, 0.0) for x in each),
    )


def unseen_sums(sums: Sums) -> Sums:
    """The sums of one more region, see `jsolar.verify.events.redrawn.unseen`."""
    nothing = jax.tree.map(lambda x: jnp.zeros(x.shape[1:]), sums)
    tables = {name: unseen(getattr(sums, name)) for name in _OF_WHAT_HAPPENED}
    return nothing._replace(**tables)


def _stacked(terms: Sums) -> tuple[Any, Float[Array, "*n m"]]:
    """All columns in one array, which compiles fast, and how to take it apart again."""
    leaves, structure = jax.tree.flatten(terms)
    return structure, jnp.stack(leaves, axis=-1)
