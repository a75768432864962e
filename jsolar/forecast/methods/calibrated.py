"""A method whose probabilities mean what they say, by one or two numbers from validation data."""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jsolar.forecast.examples import Examples, Inputs
from jsolar.forecast.methods import Forecaster, Method, finished
from jsolar.types import Events
from jsolar.verify.events.calibration import (
    Platt,
    apply_platt,
    fit_platt,
    fit_temperature,
    log_odds,
)


@dataclasses.dataclass(frozen=True)
class Calibrated:
    """A forecaster behind a calibration; called like any other.

    Attributes:
      forecaster: uncalibrated.
      platt: one slope and intercept for each event; the intercept may be 0, see `temperature_of`.
    """

    forecaster: Forecaster
    platt: Platt

    def __call__(self, inputs: Inputs) -> Float[np.ndarray, "n k"]:
        """Calibrated probabilities; NaN where the forecaster has no answer."""
        return self._calibrated(self.forecaster(inputs))

    @property
    def thresholds(self) -> Float[np.ndarray, "k"] | None:
        """Those of a rule, such as persistence, where they come to lie; None of other methods."""
        own = getattr(self.forecaster, "thresholds", None)
        return None if own is None else self._calibrated(own)

    def _calibrated(self, probability: Float[np.ndarray, "*n k"]) -> Float[np.ndarray, "*n k"]:
        return np.asarray(apply_platt(self.platt, log_odds(probability)))


Fit = Callable[[Float[np.ndarray, "n k"], Events], Platt]


def calibrated(method: Method, *, fit: Fit | None = None) -> Method:
    """The same method, calibrated on the validation examples after it was fitted.

    The ranking of forecasts does not change; class weights, oversampling and overconfidence are
    undone, so that Brier skill and reliability are about the method and not about its training.

    Args:
      method: to be calibrated, on the examples for which it has an answer.
      fit: from probabilities and events to the numbers; `platt_of` if not given.

    Returns:
      A method whose forecaster is `Calibrated`.
    """
    numbers_of = fit or platt_of

    def finish(forecaster: Forecaster, validation: Examples) -> Calibrated:
        return Calibrated(forecaster, numbers_of(forecaster(validation.inputs), validation.events))

    return finished(method, finish)


def platt_of(probability: Float[np.ndarray | Array, "n k"], events: Events) -> Platt:
    """Platt's two numbers for each event, from the rows where it is known and there is an answer.

    Example:
      >>> happened = np.arange(40)[:, None] % 4 == 0
      >>> platt = platt_of(np.full((40, 1), 0.5), Events(happened, np.ones((40, 1), bool)))
      >>> said = apply_platt(platt, log_odds(np.array([0.5])))
      >>> float(said[0].round(2))  # it happened one time in four, whatever was said
      0.25
    """
    return _of_each_event(fit_platt, probability, events)


def temperature_of(probability: Float[np.ndarray | Array, "n k"], events: Events) -> Platt:
    """One number for each event, see `jsolar.verify.events.calibration.fit_temperature`.

    Example:
      >>> happened = np.arange(40)[:, None] % 4 == 0
      >>> found = temperature_of(np.full((40, 1), 0.01), Events(happened, np.ones((40, 1), bool)))
      >>> bool(found.slope[0] < 1), float(found.intercept[0])  # it was too sure
      (True, 0.0)
    """
    return _of_each_event(fit_temperature, probability, events)


def _of_each_event(
    fit: Callable[..., Platt], probability: Float[np.ndarray | Array, "n k"], events: Events
) -> Platt:
    scores = log_odds(probability)
    where = jnp.asarray(events.known) & ~jnp.isnan(probability)
    each = jax.vmap(lambda x, y, w: fit(x, y, where=w), in_axes=1)
    return each(scores, events.happened, where)
