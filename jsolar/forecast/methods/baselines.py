"""Forecasts that anything worth its name must beat, as methods."""

import dataclasses

import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.types import Examples, Forecast, Inputs, Method
from jsolar.verify import baselines


@dataclasses.dataclass(frozen=True)
class Rule:
    """A forecast that is yes or no by nature: its thresholds are part of it, not chosen later.

    Attributes:
      forecast: probabilities.
      thresholds: ``Float[k]``, yes from here on.
    """

    forecast: Forecast
    thresholds: Float[np.ndarray, "k"]

    def __call__(self, inputs: Inputs) -> Float[np.ndarray, "n k"]:
        """The probabilities."""
        return self.forecast(inputs)


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
    """Will flare if it flared in the last 24 h; as a probability, with training's frequencies.

    The answer is yes after an event, whatever validation data would make of it. Reads the input
    ``previous``; NaN where the region was not seen for the whole of these 24 h.
    """

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Forecast:
        del key, validation
        found = baselines.persistence_frequencies(train.inputs["previous"], train.events)
        follows = found.after_event > found.after_none  # else flares repel each other: never yes
        return Rule(
            lambda inputs: baselines.persistence(inputs["previous"], found),
            np.where(follows, found.after_event, np.inf),
        )

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
