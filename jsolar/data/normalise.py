"""Robust normalisation whose statistics come from training data and say so."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int


class Normaliser(NamedTuple):
    """x → asinh((x − centre) / unit): linear near the centre, logarithmic in the tails.

    Fields of sunspots and fluxes of regions span decades; this keeps the sign, needs no clipping
    and has no outliers.

    Attributes:
      centre: in the units of x; a number, or one for each column.
      unit: the same; always positive.
      regions: sorted numbers of the regions that the statistics were fitted on, so that
        `jsolar.data.audit.check_statistics` can tell whether they were training regions.
    """

    centre: Float[np.ndarray, "*f"]
    unit: Float[np.ndarray, "*f"]
    regions: Int[np.ndarray, "r"]


def fit_columns(values: Float[np.ndarray, "n f"], region: Int[np.ndarray, "n"]) -> Normaliser:
    """Centre on each column's median, measure in its interquartile range / 1.349.

    Args:
      values: training rows; NaN is left out.
      region: of each row.

    Returns:
      A normaliser of ``[..., f]``; a column without spread gets the unit 1.

    Example:
      >>> values = np.array([[1.0, 7.0], [2.0, 7.0], [3.0, 7.0]])
      >>> fit_columns(values, np.array([5, 5, 9])).centre.tolist()
      [2.0, 7.0]
    """
    filled = np.where(np.isnan(values).all(0), 0.0, values)  # a column without any value
    low, centre, high = np.nanpercentile(filled, [25, 50, 75], axis=0)
    return Normaliser(centre, _positive((high - low) / 1.349), np.unique(region))


def fit_series(
    series: Float[np.ndarray, "n t f"], region: Int[np.ndarray, "n"], *, sample: int = 2000
) -> Normaliser:
    """`fit_columns` of all rows of series.

    Args:
      series: training series; NaN is left out.
      region: of each series.
      sample: at most so many series are looked at, evenly spread.

    Returns:
      A normaliser of ``[..., f]``.

    Example:
      >>> series = np.array([[[1.0], [2.0]], [[3.0], [np.nan]]])
      >>> fit_series(series, np.array([5, 9])).centre.tolist()
      [2.0]
    """
    rows = np.linspace(0, len(region) - 1, min(sample, len(region))).round().astype(int)
    seen = series[rows]
    fitted = fit_columns(seen.reshape(-1, seen.shape[-1]), np.repeat(region[rows], seen.shape[1]))
    return fitted._replace(regions=np.unique(region))


def fit_pictures(
    pictures: Float[np.ndarray, "n h w c"], region: Int[np.ndarray, "n"], *, sample: int = 2000
) -> Normaliser:
    """Measure signed pictures in three standard deviations of their quiet pixels, centre 0.

    The deviation is 1.4826 · median |B|, which the few strong pixels do not move.

    Args:
      pictures: training pictures, gauss.
      region: of each picture.
      sample: at most so many pictures are looked at, evenly spread.

    Returns:
      A normaliser of one number for all pixels.

    Example:
      >>> pictures = np.random.default_rng(0).normal(0, 10, (4, 32, 32, 1))
      >>> bool(28 < fit_pictures(pictures, np.arange(4)).unit < 32)
      True
    """
    quiet = np.nanmedian(_sizes(pictures, region, sample))
    return Normaliser(np.zeros(()), _positive(np.asarray(3 * 1.4826 * quiet)), np.unique(region))


def fit_channels(
    pictures: Float[np.ndarray, "n h w c"], region: Int[np.ndarray, "n"], *, sample: int = 2000
) -> Normaliser:
    """`fit_pictures` of each channel for itself.

    Args:
      pictures: training pictures.
      region: of each picture.
      sample: at most so many pictures are looked at, evenly spread.

    Returns:
      A normaliser of ``[..., c]``.

    Example:
      >>> pictures = np.stack([np.full((4, 8, 8), 10.0), np.full((4, 8, 8), 100.0)], axis=-1)
      >>> fit_channels(pictures, np.arange(4)).unit.round(1).tolist()
      [44.5, 444.8]
    """
    quiet = np.nanmedian(_sizes(pictures, region, sample), axis=(0, 1, 2))
    return Normaliser(np.zeros(len(quiet)), _positive(3 * 1.4826 * quiet), np.unique(region))


def _sizes(pictures: Float[np.ndarray, "n ..."], region: np.ndarray, sample: int) -> np.ndarray:
    """Absolute values of some pictures."""
    rows = np.linspace(0, len(region) - 1, min(sample, len(region))).round().astype(int)
    return np.abs(pictures[rows])


def normalise(values: Float[Array, "..."], normaliser: Normaliser) -> Float[Array, "..."]:
    """Apply a normaliser; NaN (missing) becomes 0, the centre.

    Example:
      >>> normaliser = Normaliser(np.array(2.0), np.array(1.0), np.array([1]))
      >>> normalise(jnp.array([2.0, jnp.nan]), normaliser).tolist()
      [0.0, 0.0]
    """
    scaled = (values - jnp.float32(normaliser.centre)) / jnp.float32(normaliser.unit)
    return jnp.where(jnp.isnan(scaled), 0.0, jnp.arcsinh(scaled))


def from_json(stored: Mapping[str, Any]) -> Normaliser:
    """The normaliser whose numbers and lists `jsolar.writing.plain` made.

    Example:
      >>> from_json({"centre": [0.0, 0.0], "unit": [1.0, 1.0], "regions": [11158]}).unit.tolist()
      [1.0, 1.0]
    """
    return Normaliser(**{name: np.asarray(value) for name, value in stored.items()})


def _positive(unit: Float[np.ndarray, "*f"]) -> Float[np.ndarray, "*f"]:
    unit = np.asarray(unit, np.float64)
    return np.where(unit > np.finfo(np.float32).tiny, unit, 1.0)  # float32 rounds less to 0
