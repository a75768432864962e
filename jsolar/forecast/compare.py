"""Several methods on the same examples: a scorecard for each, and differences between pairs."""

import operator
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.types import Examples
from jsolar.verify.events.columns import ForecastColumns
from jsolar.verify.events.scorecard import interval_dict, paired, scorecard
from jsolar.verify.intervals import RULES, Rules


class Probabilities(NamedTuple):
    """What one method said.

    Attributes:
      validation: ``Float[m, k]``, on the validation examples; NaN without an answer.
      test: ``Float[n, k]``, on the test examples.
      thresholds: ``Float[k]`` of a method that says yes or no by itself, else None.
    """

    validation: Float[np.ndarray, "m k"]
    test: Float[np.ndarray, "n k"]
    thresholds: Float[np.ndarray, "k"] | None = None


def scorecards(
    key: Key[Array, ""],
    said: Mapping[str, Probabilities],
    validation: Examples,
    test: Examples,
    *,
    climatology: Float[np.ndarray, "k"],
    events: Sequence[str],
    rules: Rules = RULES,
) -> dict[str, dict[str, Any]]:
    """A scorecard for every method and event; all meet the same resamples of regions.

    Args:
      key: randomness of the bootstrap.
      said: from a method's name to its probabilities.
      validation: where thresholds come from.
      test: what is scored.
      climatology: base rate of each event in training.
      events: names of the k events.
      rules: of the intervals.

    Returns:
      ``{method: {event: scorecard}}``, see `jsolar.verify.events.scorecard.scorecard`.
    """
    return {
        name: {
            event: scorecard(
                key,
                *columns(probabilities, validation, test, k),
                climatology=float(climatology[k]),
                rules=rules,
            )
            for k, event in enumerate(events)
        }
        for name, probabilities in said.items()
    }


def differences(
    key: Key[Array, ""],
    said: Mapping[str, Probabilities],
    validation: Examples,
    test: Examples,
    pairs: Sequence[tuple[str, str]],
    *,
    events: Sequence[str],
    expected: bool = False,
    rules: Rules = RULES,
) -> dict[str, dict[str, Any]]:
    """TSS of one method minus another, on the rows where both have an answer.

    Args:
      key: randomness of the bootstrap.
      said: from a method's name to its probabilities.
      validation: where thresholds come from.
      test: what is scored.
      pairs: names of methods.
      events: names of the k events.
      expected: with counts expected from the true probability instead of what happened.
      rules: of the intervals.

    Returns:
      ``{"a − b": {event: {value, low, high}}}``; empty if expected counts are asked for and
      nobody knows the true probability.
    """
    if expected and test.true_probability is None:
        return {}
    return {
        f"{a} − {b}": {
            event: interval_dict(
                paired(
                    key,
                    columns(said[a], validation, test, k),
                    columns(said[b], validation, test, k),
                    expected=expected,
                    rules=rules,
                )
            )
            for k, event in enumerate(events)
        }
        for a, b in pairs
    }


def shares(
    key: Key[Array, ""],
    said: Mapping[str, Probabilities],
    validation: Examples,
    test: Examples,
    best: str,
    *,
    events: Sequence[str],
    rules: Rules = RULES,
) -> dict[str, dict[str, Any]]:
    """What share of the expected TSS of the best possible forecast each method reaches.

    Expected counts stand on the true probability, so that luck in what happened plays no part.

    Args:
      key: randomness of the bootstrap.
      said: from a method's name to its probabilities.
      validation: where thresholds come from.
      test: what is scored; with ``true_probability``.
      best: the name of the forecast to compare with, such as the state oracle.
      events: names of the k events.
      rules: of the intervals.

    Returns:
      ``{method: {event: {value, low, high}}}`` without the best itself; empty if nobody knows
      the true probability.
    """
    if best not in said or test.true_probability is None:
        return {}
    found: dict[str, dict[str, Any]] = {name: {} for name in said if name != best}
    for k, event in enumerate(events):
        reference = columns(said[best], validation, test, k)
        for name in found:
            pair = columns(said[name], validation, test, k), reference
            share = paired(key, *pair, compare=operator.truediv, expected=True, rules=rules)
            found[name][event] = interval_dict(share)
    return found


def columns(
    said: Probabilities, validation: Examples, test: Examples, event: int
) -> tuple[ForecastColumns, ForecastColumns]:
    """One method and one event as the columns of validation and test."""
    fixed = None if said.thresholds is None else float(said.thresholds[event])
    return (
        _columns(said.validation, validation, event, fixed),
        _columns(said.test, test, event, fixed),
    )


def _columns(
    probability: Float[np.ndarray, "n k"],
    examples: Examples,
    event: int,
    threshold: float | None,
) -> ForecastColumns:
    truth = examples.true_probability
    return ForecastColumns(
        observed=np.asarray(examples.events.happened[:, event]),
        known=np.asarray(examples.events.known[:, event]),
        probability=probability[:, event],
        block=examples.region,
        true_probability=None if truth is None else truth[:, event],
        threshold=threshold,
    )
