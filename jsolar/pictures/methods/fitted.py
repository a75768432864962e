"""Baselines of few numbers, fitted to the training data: damped, smoothed, extrapolated, advected.

Each blurs a few pictures made of the past frames by a Gaussian and adds them up,
y = Σ_k a_k (G_σ ∗ x_k); for each lead the width and the factors are those of the least squared
error. So none is worse than persistence on the training data.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.pictures.methods import Method, Predictor
from jsolar.pictures.series import Seen, Series, column
from jsolar.sun.fields.flows import advect, local_correlation_tracking
from jsolar.sun.fields.inversion import blur

AT_ONCE = 64

SIGMAS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0)
"""Widths of the smoothing that are tried, pixels."""

Frames = Float[Array, "b p h w"]
Features = Callable[[Frames, Float[Array, ""]], Float[Array, "b k h w"]]
"""``features(frames, lead_hours)``: pictures to add up; frames have no NaN."""


def damped() -> Method:
    """The last frame times a factor."""
    return fitted(_last, sigmas=(0.0,))


def smoothed() -> Method:
    """The last frame blurred, times a factor."""
    return fitted(_last)


def linear_trend(past_hours: tuple[float, ...]) -> Method:
    """The last frame, and the line through the past frames, both blurred, times a factor each.

    Args:
      past_hours: of the frames; at least two.
    """
    hours = np.asarray(past_hours) - np.mean(past_hours)

    def features(frames: Frames, lead: Float[Array, ""]) -> Float[Array, "b 2 h w"]:
        weight = jnp.asarray(hours / (hours**2).sum(), jnp.float32)
        slope = jnp.einsum("p,bphw->bhw", weight, frames, precision="highest")
        return jnp.stack([frames[:, -1], lead * slope], axis=1)

    return fitted(features)


def advected(past_hours: tuple[float, ...]) -> Method:
    """The last frame, moved on as it has moved since the one before, blurred, times a factor.

    Args:
      past_hours: of the frames; at least two.

    References:
      November & Simon (1988), doi:10.1086/166758
    """
    since = past_hours[-1] - past_hours[-2]

    def features(frames: Frames, lead: Float[Array, ""]) -> Float[Array, "b 1 h w"]:
        def moved(before: Float[Array, "h w"], now: Float[Array, "h w"]) -> Float[Array, "h w"]:
            return advect(now, local_correlation_tracking(before, now, reach=2) * (lead / since))

        return jax.vmap(moved)(frames[:, -2], frames[:, -1])[:, None]

    return fitted(features)


def fitted(features: Features, *, sigmas: tuple[float, ...] = SIGMAS) -> Method:
    """A method that adds up blurred features, as the training data want them.

    Args:
      features: pictures to add up.
      sigmas: widths of the blur to choose from, pixels.

    Returns:
      A method.
    """

    def fit(
        key: Key[Array, ""], train: Series, validation: Series, lead_hours: tuple[float, ...]
    ) -> Predictor:
        del key, validation

        def best(lead: float) -> tuple[float, Float[np.ndarray, "k"]]:
            number = column(lead_hours, lead)
            sums = [
                _products(_features(features, past, lead), future[:, number], sigmas)
                for past, future in batches(train.past, train.future)
            ]
            return _least_squares(np.sum(jax.device_get(sums), axis=0, dtype=float), sigmas)

        chosen = {lead: best(lead) for lead in lead_hours}

        def predict(seen: Seen, lead: float) -> Float[np.ndarray, "n h w"]:
            column(lead_hours, lead)
            sigma, factors = chosen[lead]
            parts = [
                _blurred_sum(_features(features, frames, lead), jnp.asarray(factors), sigma)
                for (frames,) in batches(seen.frames)
            ]
            return np.concatenate([np.asarray(part) for part in parts])

        return predict

    return Method(fit)


def batches(*columns: Any) -> Iterator[list[np.ndarray]]:
    """Rows of several columns, some at a time, as they are read."""
    for start in range(0, len(columns[0]), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        yield [np.asarray(one[rows]) for one in columns]


def _last(frames: Frames, lead: Float[Array, ""]) -> Float[Array, "b 1 h w"]:
    del lead
    return frames[:, -1:]


@partial(jax.jit, static_argnums=0)
def _features(
    features: Features, frames: Float[np.ndarray | Array, "b p h w"], lead: float | Float[Array, ""]
) -> Float[Array, "b k h w"]:
    return features(jnp.nan_to_num(frames), jnp.asarray(lead, jnp.float32))


@partial(jax.jit, static_argnames="sigmas")
def _products(
    x: Float[Array, "b k h w"],
    target: Float[np.ndarray | Array, "b h w"],
    sigmas: tuple[float, ...],
) -> Float[Array, "s k k1"]:
    """Σ x xᵀ and behind it Σ x y, over known pixels, for each width of the blur."""
    known = jnp.isfinite(target)
    y = jnp.where(known, target, 0.0)

    def one(sigma: Float[Array, ""]) -> Float[Array, "k k1"]:
        blurred = jnp.where(known[:, None], _blurred(x, sigma), 0.0)
        both = jnp.concatenate([blurred, y[:, None]], axis=1)
        return jnp.einsum("bkhw,bjhw->kj", blurred, both, precision="highest")

    return jax.lax.map(one, jnp.asarray(sigmas))


def _least_squares(
    products: Float[np.ndarray, "s k k1"], sigmas: tuple[float, ...]
) -> tuple[float, Float[np.ndarray, "k"]]:
    """The width and the factors with the least Σ (y − Σ a x)² = Σ y² − a · Σ x y."""
    factors = [np.linalg.lstsq(p[:, :-1], p[:, -1], rcond=None)[0] for p in products]
    explained = [a @ p[:, -1] for a, p in zip(factors, products, strict=True)]
    best = int(np.argmax(explained))
    return sigmas[best], factors[best].astype(np.float32)


@jax.jit
def _blurred_sum(
    x: Float[Array, "b k h w"], factors: Float[Array, "k"], sigma: float | Float[Array, ""]
) -> Float[Array, "b h w"]:
    return jnp.einsum("k,bkhw->bhw", factors, _blurred(x, sigma), precision="highest")


def _blurred(
    x: Float[Array, "b k h w"], sigma: float | Float[Array, ""]
) -> Float[Array, "b k h w"]:
    """Blurred; a width of 0 leaves them as they are."""
    width = jnp.maximum(jnp.asarray(sigma, jnp.float32), 1e-3)
    return jax.vmap(jax.vmap(partial(blur, sigma_pixels=width)))(x)
