"""Fit several methods on the same examples and collect what they forecast."""

import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.forecast.examples import Data
from jsolar.forecast.methods import Forecaster, Method
from jsolar.keys import named

PATH_ORACLE = "path oracle"
"""Name of the row that knows the path that the flare rate will take; only on simulated data."""

STATE_ORACLE = "state oracle"
"""Name of the row that knows all of the present and nothing of the future; likewise."""


class Probabilities(NamedTuple):
    """The forecasts of one method.

    Attributes:
      validation: ``Float[m, k]``, on the validation examples; NaN without an answer.
      test: ``Float[n, k]``, on the test examples.
      thresholds: ``Float[k]`` of a method that says yes or no by itself, else None.
      choice: what the method chose on validation, see `jsolar.forecast.methods.chosen`.
    """

    validation: Float[np.ndarray, "m k"]
    test: Float[np.ndarray, "n k"]
    thresholds: Float[np.ndarray, "k"] | None = None
    choice: str | None = None


def fit_all(
    key: Key[Array, ""], methods: Mapping[str, Method], data: Data
) -> dict[str, Forecaster]:
    """Fit every method; each has its own random key, whatever others there are.

    Args:
      key: parent of their keys.
      methods: by name.
      data: they learn from ``train``, choose and calibrate by ``validation``.

    Returns:
      Forecasters by name, in the same order.
    """
    return {
        name: method.fit(named(key, name), data.train, data.validation)
        for name, method in methods.items()
    }


def forecast_again(
    key: Key[Array, ""],
    make_methods: Callable[[pathlib.Path], Mapping[str, Method]],
    data: Data,
    *,
    folder: pathlib.Path,
    seeds: int,
) -> list[dict[str, Probabilities]]:
    """The forecasts of the same methods fitted with other seeds: how much is luck of training?

    Args:
      key: of the first fit; each of the others has its own.
      make_methods: from a folder for their trainings to methods by name.
      data: as in `fit_all`.
      folder: of the run; each seed's goes below.
      seeds: how many in all, the first included.

    Returns:
      Forecasts of the second seed and those after it, each as from `forecast_all`.
    """
    names = [f"seed_{i}" for i in range(1, seeds)]
    lots = [make_methods(folder / name) for name in names]
    keys = [named(key, name) for name in names]
    fitted: list[dict[str, Forecaster]] = [{} for _ in names]
    for method in lots[0] if lots else ():
        each = [named(parent, method) for parent in keys]
        for found, forecaster in zip(
            fitted, fit_seeds(each, [lot[method] for lot in lots], data), strict=True
        ):
            found[method] = forecaster
    return [forecast_all(found, data) for found in fitted]


def fit_seeds(
    keys: Sequence[Key[Array, ""]], methods: Sequence[Method], data: Data
) -> list[Forecaster]:
    """One method fitted with several keys: in one program, or else one after the other.

    Args:
      keys: one for each fit.
      methods: the same method for each, but for the folder of its training.
      data: as in `fit_all`.
    """
    together = methods[0].fit_together
    if together is not None and len(keys) > 1:
        found = together(keys, data.train, data.validation)
        if found is not None:
            return found
    return [
        method.fit(key, data.train, data.validation)
        for key, method in zip(keys, methods, strict=True)
    ]


def forecast_all(forecasters: Mapping[str, Forecaster], data: Data) -> dict[str, Probabilities]:
    """The forecasts of every method, and on simulated data of the oracles.

    Args:
      forecasters: from `fit_all`.
      data: whose validation and test examples are forecast.

    Returns:
      Probabilities by name.
    """
    said = {name: probabilities(forecaster, data) for name, forecaster in forecasters.items()}
    return said | oracles(data)


def probabilities(forecaster: Forecaster, data: Data) -> Probabilities:
    """What one forecaster says of the validation and test examples."""
    return Probabilities(
        forecaster(data.validation.inputs),
        forecaster(data.test.inputs),
        getattr(forecaster, "thresholds", None),  # only of a rule, such as persistence
        getattr(forecaster, "choice", None),
    )


def oracles(data: Data) -> dict[str, Probabilities]:
    """The forecasts of those who know the truth; none on real data."""
    truths = {
        STATE_ORACLE: (data.validation.state_probability, data.test.state_probability),
        PATH_ORACLE: (data.validation.true_probability, data.test.true_probability),
    }
    return {
        name: Probabilities(in_validation, in_test)
        for name, (in_validation, in_test) in truths.items()
        if in_validation is not None and in_test is not None
    }
