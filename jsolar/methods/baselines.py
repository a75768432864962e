"""Forecasts that anything worth its name must beat, as methods."""

import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.types import Examples, Forecast, Inputs, Method
from jsolar.verify import baselines


def climatology() -> Method:
    """Always the share of training examples in which the event happened."""

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Forecast:
        del key, validation
        rate = baselines.climatology(train.events)

        def forecast(inputs: Inputs) -> Float[np.ndarray, "n k"]:
            return np.tile(rate, (len(next(iter(inputs.values()))), 1))

        return forecast

    return Method(fit)


def persistence() -> Method:
    """Will flare if it flared in the last 24 h, with the frequencies seen in training.

    Reads the input ``previous``; NaN where the region was not seen for the whole of these 24 h.
    """

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Forecast:
        del key, validation
        found = baselines.persistence_frequencies(train.inputs["previous"], train.events)
        return lambda inputs: baselines.persistence(inputs["previous"], found)

    return Method(fit)


def mcintosh_poisson(counts: Int[np.ndarray, "n k"]) -> Method:
    """Flares as a Poisson process whose rate is the mean of the region's McIntosh class.

    Reads the input ``mcintosh``.

    Args:
      counts: flares of each class on each day of the training examples, in their order.

    Returns:
      A method.
    """

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Forecast:
        del key, validation
        rates = baselines.class_rates(train.inputs["mcintosh"], counts)
        return lambda inputs: baselines.mcintosh_poisson(inputs["mcintosh"], rates)

    return Method(fit)
