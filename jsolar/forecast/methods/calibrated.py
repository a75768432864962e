"""A method whose probabilities mean what they say, by Platt's two numbers from validation data."""

import dataclasses

import jax
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.types import Examples, Forecast, Inputs, Method
from jsolar.verify.events.calibration import Platt, apply_platt, fit_platt, log_odds


@dataclasses.dataclass(frozen=True)
class Calibrated:
    """A forecast behind a calibration; called like any other forecast.

    Attributes:
      forecast: uncalibrated.
      platt: one slope and intercept for each event.
    """

    forecast: Forecast
    platt: Platt

    def __call__(self, inputs: Inputs) -> Float[np.ndarray, "n k"]:
        """Calibrated probabilities."""
        return np.asarray(apply_platt(self.platt, log_odds(self.forecast(inputs))))


def calibrated(method: Method) -> Method:
    """The same method, calibrated on the validation examples after it was fitted.

    The ranking of forecasts does not change; class weights, oversampling and overconfidence are
    undone, so that Brier skill and reliability are about the method and not about its training.

    Args:
      method: whose forecasts have an answer for every example.

    Returns:
      A method whose forecast is `Calibrated`.
    """

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Forecast:
        forecast = method.fit(key, train, validation)
        scores = log_odds(forecast(validation.inputs))
        happened, known = validation.events
        platt = jax.vmap(lambda x, y, w: fit_platt(x, y, where=w), in_axes=1)(
            scores, happened, known
        )
        return Calibrated(forecast, platt)

    return Method(fit)
