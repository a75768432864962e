"""What a comparison compares: ways to turn series into a predictor of pictures."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.pictures.series import Seen, Series

Predictor = Callable[[Seen, float], Float[np.ndarray, "n h w"]]
"""``predict(seen, lead_hours) -> pictures``: the radial field, gauss, so many hours after the last
of the frames that were seen."""


class Method(NamedTuple):
    """A way to turn series into a predictor.

    Attributes:
      fit: ``(key, train, validation, lead_hours) -> predictor``; the hours are those of the
        future frames.
    """

    fit: Callable[[Key[Array, ""], Series, Series, tuple[float, ...]], Predictor]
