"""What a comparison compares: ways to turn series into a predictor of pictures."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.pictures.series import Series

Predictor = Callable[[Any, float], Float[np.ndarray, "n h w"]]
"""``predict(past, lead_hours) -> pictures``: from frames ``[n, p, h, w]`` in gauss, NaN where
missing, to the radial field so many hours after the last of them."""


class Method(NamedTuple):
    """A way to turn series into a predictor.

    Attributes:
      fit: ``(key, train, validation, lead_hours) -> predictor``; the hours are those of the
        future frames.
    """

    fit: Callable[[Key[Array, ""], Series, Series, tuple[float, ...]], Predictor]
