"""Missing numbers of series, filled; what was missing stays known as a mask (``~isnan``).

Each is a function ``series [n, t, f] -> series``, so they compose: `then`. Those within a series
look at its own rows only, which all come from before the issue time; medians are fitted on
training data.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

Series = Float[np.ndarray, "n t f"]
Imputer = Callable[[Series], Series]


def carried_forward(series: Series) -> Series:
    """The last number before stands where one is missing; nothing is known before the first.

    Example:
      >>> x = np.array([np.nan, 1.0, np.nan, 3.0])[None, :, None]
      >>> carried_forward(x).ravel().tolist()
      [nan, 1.0, 1.0, 3.0]
    """
    there = ~np.isnan(series)
    row = np.where(there, np.arange(series.shape[1])[:, None], 0)
    last = np.maximum.accumulate(row, axis=1)
    return np.take_along_axis(series, last, axis=1)


def carried_backward(series: Series) -> Series:
    """The first number after stands where one is missing.

    Example:
      >>> carried_backward(np.array([np.nan, 1.0, np.nan])[None, :, None]).ravel().tolist()
      [1.0, 1.0, nan]
    """
    return carried_forward(series[:, ::-1])[:, ::-1]


def fit_medians(train: Series) -> Imputer:
    """Fill by the median of each column in the training series, 0 for a column without numbers.

    Example:
      >>> fill = fit_medians(np.array([[[1.0], [3.0]], [[2.0], [np.nan]]]))
      >>> fill(np.full((1, 1, 1), np.nan)).item()
      2.0
    """
    flat = train.reshape(-1, train.shape[-1])
    known = np.where(np.isnan(flat).all(0), 0.0, flat)
    medians = np.nanmedian(known, axis=0).astype(train.dtype)
    return lambda series: np.where(np.isnan(series), medians, series)


def then(*imputers: Imputer) -> Imputer:
    """One after the other.

    Example:
      >>> fill = then(carried_forward, carried_backward)
      >>> fill(np.array([np.nan, 1.0, np.nan])[None, :, None]).ravel().tolist()
      [1.0, 1.0, 1.0]
    """

    def both(series: Series) -> Series:
        for impute in imputers:
            series = impute(series)
        return series

    return both
