"""What a region's flares were before a forecast is issued, as numbers."""

import numpy as np
from jaxtyping import Float

from jsolar.sun.flares.labels import WindowLabel

_EACH = ("log_largest", "c_flares", "m_flares", "x_flares")

FLARE_HISTORY = tuple(f"{name}_{when}" for when in ("day", "life") for name in _EACH)
"""Columns of `flare_history`: in the 24 h before, and since the region was first seen."""

_NONE_LOG = -9.0
"""Logarithm of the flux, W m⁻², where there was no flare."""


def flare_history(day: WindowLabel, life: WindowLabel) -> Float[np.ndarray, "n 8"]:
    """`FLARE_HISTORY` of many windows; unlike a label it tells what was seen, complete or not.

    Logarithms are of the largest flux in W m⁻², −9 without a flare; numbers of flares are
    log₂(1 + n), so that the second counts for more than the tenth.

    Args:
      day: of the windows ``(t − 24 h, t]``, from `jsolar.sun.flares.labels.label_windows`.
      life: of the windows from when each region was first seen until ``t``.

    Returns:
      Numbers, float32.

    Raises:
      ValueError: the labels do not count flares.

    Example:
      >>> label = WindowLabel(np.array([1e-5]), np.zeros(1), np.ones(1, bool), 1e-6,
      ...                     np.array([[3, 1, 0]]))
      >>> flare_history(label, label)[0, :4].tolist()
      [-5.0, 2.0, 1.0, 0.0]

    References:
      Falconer et al. (2012), doi:10.1088/0004-637X/757/1/32;
      Nishizuka et al. (2018), doi:10.3847/1538-4357/aab9a7
    """
    parts = []
    for label in (day, life):
        if label.counts is None:
            raise ValueError("the history needs labels that count flares")
        largest = np.where(label.flux_w_m2 > 0, label.flux_w_m2, 10**_NONE_LOG)
        parts += [np.log10(largest)[:, None], np.log2(1 + label.counts)]
    return np.concatenate(parts, axis=1).astype(np.float32)
