"""Fit several methods on the same examples and collect what they forecast."""

from collections.abc import Mapping

from jaxtyping import Array, Key

from jsolar.forecast.compare import Probabilities
from jsolar.keys import named
from jsolar.types import Examples, Forecast, Method

PATH_ORACLE = "path oracle"
"""Name of the row that knows the path that the flare rate will take; only on simulated data."""

STATE_ORACLE = "state oracle"
"""Name of the row that knows all of the present and nothing of the future; likewise."""


def fit_all(
    key: Key[Array, ""], methods: Mapping[str, Method], train: Examples, validation: Examples
) -> dict[str, Forecast]:
    """Fit every method; each has its own random key, whatever others there are.

    Args:
      key: parent of their keys.
      methods: by name.
      train: what they learn from.
      validation: what they choose and calibrate by.

    Returns:
      Forecasts by name, in the same order.
    """
    return {name: m.fit(named(key, name), train, validation) for name, m in methods.items()}


def forecast_all(
    forecasts: Mapping[str, Forecast], validation: Examples, test: Examples
) -> dict[str, Probabilities]:
    """What every method says, and on simulated data the oracles.

    Args:
      forecasts: from `fit_all`.
      validation: examples.
      test: examples.

    Returns:
      Probabilities by name.
    """
    said = {
        name: Probabilities(
            forecast(validation.inputs),
            forecast(test.inputs),
            getattr(forecast, "thresholds", None),  # only of a `Rule`
        )
        for name, forecast in forecasts.items()
    }
    truths = {
        STATE_ORACLE: (validation.state_probability, test.state_probability),
        PATH_ORACLE: (validation.true_probability, test.true_probability),
    }
    for name, (in_validation, in_test) in truths.items():
        if in_validation is not None and in_test is not None:
            said[name] = Probabilities(in_validation, in_test)
    return said
