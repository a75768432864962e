"""Nothing changes: the last frame as it is."""

from typing import Any

import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.pictures.methods import Method, Predictor
from jsolar.pictures.series import Series


def persistence() -> Method:
    """The last frame. Noise and network renew themselves, so a smoothed one beats it easily."""

    def fit(
        key: Key[Array, ""], train: Series, validation: Series, lead_hours: tuple[float, ...]
    ) -> Predictor:
        del key, train, validation, lead_hours
        return lambda past, lead: last(past)

    return Method(fit)


def last(past: Any) -> Float[np.ndarray, "n h w"]:
    """The frame at the issue time, 0 where missing."""
    return np.nan_to_num(np.asarray(past[:])[:, -1])
