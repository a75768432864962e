"""Fit several methods on the same examples and collect what they forecast."""

from collections.abc import Mapping

from jaxtyping import Array, Key

from jsolar.keys import named
from jsolar.types import Examples, Forecast, Method
from jsolar.verify.comparison import Probabilities

ORACLE = "oracle (true probability)"
"""Name of the row that knows the future path of the flare rate; only on simulated data."""


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
    """What every method says, and on simulated data the oracle.

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
            getattr(forecast, "thresholds", None),  # only of a `jsolar.methods.baselines.Rule`
        )
        for name, forecast in forecasts.items()
    }
    if validation.true_probability is not None and test.true_probability is not None:
        said[ORACLE] = Probabilities(validation.true_probability, test.true_probability)
    return said
