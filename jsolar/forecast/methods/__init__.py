"""What a comparison compares: ways to turn examples into a forecaster."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.forecast.examples import Examples, Inputs

Forecaster = Callable[[Inputs], Float[np.ndarray, "n k"]]
"""``forecaster(inputs) -> probability``, host arrays in and out; NaN where it has no answer."""


class Method(NamedTuple):
    """A way to turn examples into a forecaster.

    Attributes:
      fit: ``(key, train, validation) -> forecaster``.
      fit_together: ``(keys, train, validation) -> forecasters``, with several keys at once; it
        returns None where these data are as well learned from one key after the other.
    """

    fit: Callable[[Key[Array, ""], Examples, Examples], Forecaster]
    fit_together: (
        Callable[[Sequence[Key[Array, ""]], Examples, Examples], list[Forecaster] | None] | None
    ) = None


Finish = Callable[[Forecaster, Examples], Forecaster]
"""``finish(forecaster, validation) -> forecaster``."""


def finished(method: Method, finish: Finish) -> Method:
    """A method whose forecasters are finished with the validation examples, such as calibrated."""

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Forecaster:
        return finish(method.fit(key, train, validation), validation)

    together = method.fit_together
    if together is None:
        return Method(fit)

    def fit_together(
        keys: Sequence[Key[Array, ""]], train: Examples, validation: Examples
    ) -> list[Forecaster] | None:
        found = together(keys, train, validation)
        return None if found is None else [finish(one, validation) for one in found]

    return Method(fit, fit_together)
