"""Fit several methods on the same examples and collect what they forecast."""

from collections.abc import Mapping
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
    """

    validation: Float[np.ndarray, "m k"]
    test: Float[np.ndarray, "n k"]
    thresholds: Float[np.ndarray, "k"] | None = None


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


def forecast_all(forecasters: Mapping[str, Forecaster], data: Data) -> dict[str, Probabilities]:
    """The forecasts of every method, and on simulated data of the oracles.

    Args:
      forecasters: from `fit_all`.
      data: whose validation and test examples are forecast.

    Returns:
      Probabilities by name.
    """
    forecasts = {
        name: Probabilities(
            forecaster(data.validation.inputs),
            forecaster(data.test.inputs),
            getattr(forecaster, "thresholds", None),  # only of a rule, such as persistence
        )
        for name, forecaster in forecasters.items()
    }
    truths = {
        STATE_ORACLE: (data.validation.state_probability, data.test.state_probability),
        PATH_ORACLE: (data.validation.true_probability, data.test.true_probability),
    }
    for name, (in_validation, in_test) in truths.items():
        if in_validation is not None and in_test is not None:
            forecasts[name] = Probabilities(in_validation, in_test)
    return forecasts
