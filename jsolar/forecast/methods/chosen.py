"""One of several settings of a method: the one whose forecasts of the validation data are best."""

import dataclasses
from collections.abc import Mapping

import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.forecast.examples import Examples, Inputs
from jsolar.forecast.methods import Forecaster, Method
from jsolar.types import Events
from jsolar.verify.events.probability import log_loss


@dataclasses.dataclass(frozen=True)
class Chosen:
    """The forecaster of the best setting; called like any other.

    Attributes:
      forecaster: of that setting.
      choice: its name.
    """

    forecaster: Forecaster
    choice: str

    def __call__(self, inputs: Inputs) -> Float[np.ndarray, "n k"]:
        """Probabilities."""
        return self.forecaster(inputs)


def chosen(candidates: Mapping[str, Method]) -> Method:
    """A method that is fitted in every setting and keeps the one with the least surprise.

    Surprise is the logarithmic score on the validation examples, mean over events; test data have
    no say. The candidates should be `jsolar.forecast.methods.calibrated`, so that scores of a
    decision function and probabilities can be compared.

    Args:
      candidates: from a name, such as ``"C = 10"``, to the method; of equals the first is kept.

    Returns:
      A method whose forecaster is `Chosen`.

    Raises:
      ValueError: there is nothing to choose from.
    """
    if not candidates:
        raise ValueError("there is no setting to choose from")

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Chosen:
        fitted = {name: method.fit(key, train, validation) for name, method in candidates.items()}
        losses = {
            name: surprise(forecaster(validation.inputs), validation.events)
            for name, forecaster in fitted.items()
        }
        best = min(losses, key=lambda name: losses[name])
        return Chosen(fitted[best], best)

    return Method(fit)


def surprise(probability: Float[np.ndarray, "n k"], events: Events) -> float:
    """Mean logarithmic score over the events of which anything is known.

    Example:
      >>> events = Events(np.array([[True], [False]]), np.ones((2, 1), bool))
      >>> round(surprise(np.full((2, 1), 0.5), events), 3)
      0.693
    """
    known = np.asarray(events.known) & ~np.isnan(probability)
    losses = np.asarray(log_loss(events.happened, probability, where=known))
    return float(np.nanmean(losses)) if not np.isnan(losses).all() else np.inf
