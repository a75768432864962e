"""What a comparison compares: ways to turn examples into a forecaster."""

from collections.abc import Callable
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
    """

    fit: Callable[[Key[Array, ""], Examples, Examples], Forecaster]
