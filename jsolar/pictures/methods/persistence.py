"""Nothing changes: the last frame as it is, or turned on with the Sun."""

from typing import Any

import numpy as np
from jaxtyping import Array, Float, Key
from scipy.ndimage import shift

from jsolar.pictures.methods import Method, Predictor
from jsolar.pictures.series import Seen, Series
from jsolar.sun.rotation import drift_degrees


def persistence() -> Method:
    """The last frame. Noise and network renew themselves, so a smoothed one beats it easily."""

    def fit(
        key: Key[Array, ""], train: Series, validation: Series, lead_hours: tuple[float, ...]
    ) -> Predictor:
        del key, train, validation, lead_hours
        return lambda seen, lead: last(seen.frames)

    return Method(fit)


def rotated(degrees_per_pixel: float) -> Method:
    """The last frame, moved as differential rotation moves it, see `jsolar.sun.rotation`.

    Frames turn with the Sun already, so that this is little: 0.06° in 12 h at a latitude of 20°.
    The simulated Sun has no differential rotation; there it is wrong.

    Args:
      degrees_per_pixel: scale of the frames.
    """

    def fit(
        key: Key[Array, ""], train: Series, validation: Series, lead_hours: tuple[float, ...]
    ) -> Predictor:
        del key, train, validation, lead_hours

        def predict(seen: Seen, lead: float) -> Float[np.ndarray, "n h w"]:
            west = np.asarray(drift_degrees(seen.latitude_deg, lead) / degrees_per_pixel)
            moved = [
                shift(frame, (0.0, pixels), order=1)
                for frame, pixels in zip(last(seen.frames), west.tolist(), strict=True)
            ]
            return np.stack(moved)

        return predict

    return Method(fit)


def last(frames: Any) -> Float[np.ndarray, "n h w"]:
    """The frame at the issue time, 0 where missing."""
    return np.nan_to_num(np.asarray(frames[:])[:, -1])
