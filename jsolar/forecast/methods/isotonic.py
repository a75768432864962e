"""A method calibrated by a rising staircase: whatever keeps the order and fits validation best."""

import dataclasses

import numpy as np
from jaxtyping import Float
from sklearn.isotonic import IsotonicRegression

from jsolar.forecast.examples import Examples, Inputs
from jsolar.forecast.methods import Forecaster, Method, finished


@dataclasses.dataclass(frozen=True)
class Isotonic:
    """A forecaster behind a staircase for each event; called like any other.

    Attributes:
      forecaster: uncalibrated.
      stairs: one for each event, scikit-learn's.
    """

    forecaster: Forecaster
    stairs: tuple[IsotonicRegression, ...]

    def __call__(self, inputs: Inputs) -> Float[np.ndarray, "n k"]:
        """Calibrated probabilities; NaN where the forecaster has no answer."""
        said = np.array(self.forecaster(inputs), float)
        for column, stairs in zip(said.T, self.stairs, strict=True):
            known = ~np.isnan(column)
            column[known] = stairs.predict(column[known])
        return said


def isotonic(method: Method) -> Method:
    """The same method, calibrated on the validation examples by isotonic regression.

    It needs no form, but many events: with few, forecasts become 0 and a few large steps, and many
    of them equal. `jsolar.forecast.methods.calibrated` is the calm choice for rare flares. The own
    threshold of a rule, such as persistence, is not kept: two steps may have become one.

    Args:
      method: to be calibrated, on the examples for which it has an answer.

    Returns:
      A method whose forecaster is `Isotonic`.

    References:
      Zadrozny & Elkan (2002), doi:10.1145/775047.775151
    """

    def finish(forecaster: Forecaster, validation: Examples) -> Isotonic:
        said = np.asarray(forecaster(validation.inputs), float)
        columns = zip(said.T, *(np.asarray(x).T for x in validation.events), strict=True)
        return Isotonic(forecaster, tuple(_stairs(*column) for column in columns))

    return finished(method, finish)


def _stairs(said: np.ndarray, happened: np.ndarray, known: np.ndarray) -> IsotonicRegression:
    counts = known & ~np.isnan(said)
    stairs = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    return stairs.fit(said[counts], happened[counts].astype(float))
