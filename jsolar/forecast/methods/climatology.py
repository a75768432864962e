"""Climatology: the share of days with an event, said every day."""

import numpy as np
from jaxtyping import Array, Float, Key, Shaped

from jsolar.forecast.examples import Examples, Inputs
from jsolar.forecast.methods import Forecaster, Method
from jsolar.types import Events


def climatology() -> Method:
    """Always the share of training examples in which the event happened."""

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Forecaster:
        del key, validation
        rate = base_rate(train.events)

        def forecast(inputs: Inputs) -> Float[np.ndarray, "n k"]:
            return np.tile(rate, (len(next(iter(inputs.values()))), 1))

        return forecast

    return Method(fit)


def base_rate(events: Events) -> Float[np.ndarray, "k"]:
    """The share of examples in which each event happened, of those where it is known.

    Args:
      events: of the training data.

    Returns:
      One probability an event; NaN if nothing is known.

    Example:
      >>> happened = np.array([[True], [False], [True]])
      >>> base_rate(Events(happened, np.array([[True], [True], [False]])))
      array([0.5])
    """
    return share(np.asarray(events.happened), np.asarray(events.known))


def share(
    values: Shaped[np.ndarray, "n k"], known: Shaped[np.ndarray, "n k"]
) -> Float[np.ndarray, "k"]:
    """Mean of each column over what is known, NaN if nothing is.

    Example:
      >>> share(np.array([[1.0, 3.0], [0.0, 9.0]]), np.array([[True, True], [True, False]]))
      array([0.5, 3. ])
    """
    count = known.sum(0)
    total = np.where(known, values, 0).sum(0)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
