"""Nothing changes: the last frame, as it is, or with its noise smoothed and its change damped."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.pictures.methods import Method, Predictor
from jsolar.pictures.series import Series, column
from jsolar.sun.fields.inversion import blur

AT_ONCE = 64

SIGMAS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0)
"""Widths of the smoothing that are tried, pixels."""


def persistence() -> Method:
    """The last frame. Noise and network renew themselves, so a smoothed one beats it easily."""

    def fit(
        key: Any, train: Series, validation: Series, lead_hours: tuple[float, ...]
    ) -> Predictor:
        del key, train, validation, lead_hours
        return lambda past, lead: last(past)

    return Method(fit)


def damped() -> Method:
    """The last frame times a factor, a = Σ x y / Σ x² over the training pixels, for each lead."""
    return _fitted((0.0,))


def smoothed(sigmas: tuple[float, ...] = SIGMAS) -> Method:
    """The last frame blurred by a Gaussian, times a factor; both fit the training data best.

    Args:
      sigmas: widths to choose from, pixels; chosen for each lead by the squared error.
    """
    return _fitted(sigmas)


def last(past: Any) -> Float[np.ndarray, "n h w"]:
    """The frame at the issue time, 0 where missing."""
    return np.nan_to_num(np.asarray(past[:])[:, -1])


def batches(*columns: Any) -> Iterator[list[np.ndarray]]:
    """Rows of several columns, some at a time, as they are read."""
    for start in range(0, len(columns[0]), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        yield [np.asarray(one[rows]) for one in columns]


def _fitted(sigmas: tuple[float, ...]) -> Method:
    def fit(
        key: Key[Array, ""], train: Series, validation: Series, lead_hours: tuple[float, ...]
    ) -> Predictor:
        del key, validation
        sums = [
            np.asarray(_sums(jnp.nan_to_num(past[:, -1]), future, jnp.asarray(sigmas)), float)
            for past, future in batches(train.past, train.future)
        ]
        xx, xy = np.moveaxis(np.sum(sums, axis=0), -1, 0)  # of each width and lead
        best = np.argmax(xy**2 / xx, axis=0)  # Σ (y − a x)² = Σ y² − (Σ x y)² / Σ x²
        chosen = [(sigmas[i], xy[i, j] / xx[i, j]) for j, i in enumerate(best.tolist())]

        def predict(past: Any, lead: float) -> Float[np.ndarray, "n h w"]:
            sigma, factor = chosen[column(lead_hours, lead)]
            return np.asarray(factor * _blurred(jnp.asarray(last(past)), sigma), np.float32)

        return predict

    return Method(fit)


@jax.jit
def _sums(
    frames: Float[Array, "b h w"], future: Float[Array, "b l h w"], sigmas: Float[Array, "s"]
) -> Float[Array, "s l two"]:
    """Σ x² and Σ x y over known pixels, for each width of the smoothing and each lead."""

    def one(sigma: Float[Array, ""]) -> Float[Array, "l two"]:
        x = _blurred(frames, sigma)[:, None]
        known = jnp.isfinite(future)
        products = (x * x, x * jnp.where(known, future, 0.0))
        return jnp.stack([jnp.where(known, p, 0.0).sum((0, 2, 3)) for p in products], -1)

    return jax.lax.map(one, sigmas)


@jax.jit
def _blurred(
    frames: Float[Array, "b h w"], sigma: float | Float[Array, ""]
) -> Float[Array, "b h w"]:
    """Blurred; a width of 0 leaves them as they are."""
    return jax.vmap(partial(blur, sigma_pixels=jnp.maximum(sigma, 1e-3)))(frames)
