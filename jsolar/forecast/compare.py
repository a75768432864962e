"""Several methods on the same examples: a scorecard for each, and differences between pairs."""

import operator
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.forecast.every_pair import PairTest, every_pair
from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.fitting import STATE_ORACLE, Probabilities
from jsolar.forecast.methods.climatology import base_rate
from jsolar.forecast.page import WINDOWS, Wording
from jsolar.keys import named
from jsolar.verify.events.columns import ForecastColumns
from jsolar.verify.events.paired import paired, score_of
from jsolar.verify.events.scorecard import ONLY_EXPECTED, interval_dict, scorecard
from jsolar.verify.intervals import RULES, Rules

Pair = tuple[ForecastColumns, ForecastColumns]
ByEvent = dict[str, dict[str, Any]]


class Comparison(NamedTuple):
    """Methods compared on the same rows: all that a report and the files are made of.

    Attributes:
      title: what the rows are; stands over the tables.
      wording: what the tables call them.
      data: the splits, the names of the events and the facts.
      forecasts: probabilities by method.
      cards: ``{method: {event: scorecard}}``, see `jsolar.verify.events.scorecard.scorecard`.
      differences: ``{"a − b": {event: {value, low, high}}}``, of TSS.
      brier_differences: the same of the Brier score, less than 0 where a is the better one.
      expected_differences: the same of the expected TSS; empty on real data.
      shares: ``{method: {event: {value, low, high}}}``, of the state oracle's expected TSS; empty
        on real data.
      seeds: ``{method: {event: [TSS]}}`` of every seed, the first is that of ``forecasts``.
      seed_differences: ``{"a − b": {event: [difference of TSS]}}``, likewise.
      tests: ``{event: [test of a pair]}``, of `jsolar.forecast.every_pair`; or empty.
    """

    title: str
    wording: Wording
    data: Data
    forecasts: Mapping[str, Probabilities]
    cards: ByEvent
    differences: ByEvent
    brier_differences: ByEvent
    expected_differences: ByEvent
    shares: ByEvent
    seeds: ByEvent
    seed_differences: ByEvent
    tests: Mapping[str, Sequence[PairTest]]


def compare(
    key: Key[Array, ""],
    forecasts: Mapping[str, Probabilities],
    data: Data,
    *,
    pairs: Sequence[tuple[str, str]] = (),
    family: Sequence[str] = (),
    others: Sequence[Mapping[str, Probabilities]] = (),
    title: str = "all windows",
    wording: Wording = WINDOWS,
    rules: Rules = RULES,
) -> Comparison:
    """Score every method on the test examples; all meet the same resamples of regions.

    Args:
      key: the experiment's.
      forecasts: from `jsolar.forecast.fitting.forecast_all`.
      data: the splits that were forecast.
      pairs: names of methods whose difference is wanted.
      family: names of methods of which every pair is tested.
      others: the same methods trained again with other seeds.
      title: what the rows are.
      wording: what the tables call them.
      rules: of the intervals.

    Returns:
      The comparison.
    """
    draws = named(key, "bootstrap")
    seeds = [forecasts, *others]
    between = partial(differences, draws, forecasts, data, pairs, rules=rules)
    return Comparison(
        title,
        wording,
        data,
        forecasts,
        cards=scorecards(draws, forecasts, data, rules=rules),
        differences=between(),
        brier_differences=between(score="brier"),
        expected_differences=between(score="tss_expected"),
        shares=shares(draws, forecasts, data, STATE_ORACLE, rules=rules),
        seeds={name: by_seed([f[name] for f in seeds], data) for name in forecasts},
        seed_differences={
            f"{a} − {b}": by_seed([f[a] for f in seeds], data, [f[b] for f in seeds])
            for a, b in pairs
        },
        tests={
            event: every_pair(draws, {name: columns(forecasts[name], data, k) for name in family})
            for k, event in enumerate(data.events)
            if family
        },
    )


def scorecards(
    key: Key[Array, ""],
    forecasts: Mapping[str, Probabilities],
    data: Data,
    *,
    rules: Rules = RULES,
) -> ByEvent:
    """A scorecard for every method and event.

    Args:
      key: randomness of the bootstrap.
      forecasts: probabilities by method.
      data: thresholds and the reference of Brier skill come from its validation examples, a
        second reference from its training examples; its test examples are scored.
      rules: of the intervals.

    Returns:
      ``{method: {event: scorecard}}``, see `jsolar.verify.events.scorecard.scorecard`.
    """
    rates = base_rate(data.train.events)
    return {
        name: {
            event: scorecard(
                key, *columns(forecast, data, k), climatology=float(rates[k]), rules=rules
            )
            for k, event in enumerate(data.events)
        }
        for name, forecast in forecasts.items()
    }


def differences(
    key: Key[Array, ""],
    forecasts: Mapping[str, Probabilities],
    data: Data,
    pairs: Sequence[tuple[str, str]],
    *,
    score: str = "tss",
    rules: Rules = RULES,
) -> ByEvent:
    """A score of one method minus another's, on the rows where both have an answer.

    Args:
      key: randomness of the bootstrap.
      forecasts: probabilities by method.
      data: as in `scorecards`.
      pairs: names of methods.
      score: one of `jsolar.verify.events.scorecard.OF_SUMS`.
      rules: of the intervals.

    Returns:
      ``{"a − b": {event: {value, low, high}}}``; empty for a score that needs the true
      probability where nobody knows it.
    """
    if score in ONLY_EXPECTED and data.test.true_probability is None:
        return {}
    how: dict[str, Any] = {"score": score, "rules": rules}
    return {f"{a} − {b}": _between(key, forecasts[a], forecasts[b], data, **how) for a, b in pairs}


def shares(
    key: Key[Array, ""],
    forecasts: Mapping[str, Probabilities],
    data: Data,
    best: str,
    *,
    rules: Rules = RULES,
) -> ByEvent:
    """What share of the expected TSS of the best possible forecast each method reaches.

    Expected counts stand on the true probability, so that luck in what happened plays no part.

    Args:
      key: randomness of the bootstrap.
      forecasts: probabilities by method.
      data: as in `scorecards`.
      best: the name of the forecast to compare with, such as the state oracle.
      rules: of the intervals.

    Returns:
      ``{method: {event: {value, low, high}}}`` without the best itself; empty if nobody knows
      the true probability.
    """
    if best not in forecasts or data.test.true_probability is None:
        return {}
    how: dict[str, Any] = {"compare": operator.truediv, "score": "tss_expected", "rules": rules}
    return {
        name: _between(key, forecast, forecasts[best], data, **how)
        for name, forecast in forecasts.items()
        if name != best
    }


def by_seed(
    forecasts: Sequence[Probabilities], data: Data, others: Sequence[Probabilities] = ()
) -> dict[str, list[float]]:
    """TSS of each seed of a method, or its difference to each of another's.

    Args:
      forecasts: of each seed.
      data: as in `scorecards`.
      others: another method's, seed by seed; scored on the rows where both have an answer.

    Returns:
      ``{event: [TSS]}``.
    """
    return {event: _by_seed(forecasts, data, others, k) for k, event in enumerate(data.events)}


def _by_seed(
    forecasts: Sequence[Probabilities], data: Data, others: Sequence[Probabilities], k: int
) -> list[float]:
    one = [columns(forecast, data, k) for forecast in forecasts]
    if not others:
        return [score_of(pair) for pair in one]
    pairs = zip(one, (columns(forecast, data, k) for forecast in others), strict=True)
    return [score_of(_where_both(a, b)) - score_of(_where_both(b, a)) for a, b in pairs]


def _where_both(a: Pair, b: Pair) -> Pair:
    """The columns of a, its test forecasts only where b has an answer."""
    answered = np.where(np.isnan(b[1].probability), np.nan, a[1].probability)
    return a[0], a[1]._replace(probability=answered)


def columns(forecast: Probabilities, data: Data, event: int) -> Pair:
    """The forecasts of one event beside what happened, ready to be scored.

    Args:
      forecast: probabilities of k events.
      data: the same rows.
      event: which event, from 0.

    Returns:
      Columns of the validation and of the test examples, with regions as blocks; the threshold of
      a method that brings one is with the test columns.
    """
    fixed = None if forecast.thresholds is None else float(forecast.thresholds[event])
    return (
        _columns(forecast.validation[:, event], data.validation, event, None),
        _columns(forecast.test[:, event], data.test, event, fixed),
    )


def _between(
    key: Key[Array, ""], a: Probabilities, b: Probabilities, data: Data, **how: Any
) -> dict[str, Any]:
    """A paired comparison for each event."""
    return {
        event: interval_dict(paired(key, columns(a, data, k), columns(b, data, k), **how))
        for k, event in enumerate(data.events)
    }


def _columns(
    probability: Float[np.ndarray, "n"], examples: Examples, event: int, threshold: float | None
) -> ForecastColumns:
    truth = examples.true_probability
    return ForecastColumns(
        observed=np.asarray(examples.events.happened[:, event]),
        known=np.asarray(examples.events.known[:, event]),
        probability=probability,
        block=examples.rows.group,
        true_probability=None if truth is None else truth[:, event],
        threshold=threshold,
    )
