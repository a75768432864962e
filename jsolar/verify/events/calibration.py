"""Turn what a model says into probabilities: undo class weights, fit Platt's two numbers or one."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped

from jsolar.verify.weighting import Column, Weights, Where, counted, entry_weights, ratio

_NEWTON_STEPS = 20
_STEP_SIZES = (1.0, 0.5, 0.2, 0.05, 0.01, 0.0)
_ROUNDING = 1e-6


class Platt(NamedTuple):
    """A calibration p = σ(slope · logit + intercept).

    Attributes:
      slope: at least 0; below 1 the model was too sure of itself.
      intercept: below 0 it forecast too much.
    """

    slope: Float[Array, "*k"]
    intercept: Float[Array, "*k"]


def prior_correction(
    probability: Shaped[np.ndarray | Array, "..."], *, positive_weight: float | Array
) -> Float[Array, "..."]:
    """Undo a class weight: p / (p + w (1 − p)).

    A model trained with events weighted w times has odds w times too high. So has one trained
    with a share 1/w of the non-events.

    Args:
      probability: as the model gives it.
      positive_weight: w > 0, one or one an event (the last axis).

    Returns:
      The probability without the weight.

    Example:
      >>> round(float(prior_correction(jnp.array(0.5), positive_weight=9.0)), 3)
      0.1

    References:
      Saerens et al. (2002), doi:10.1162/089976602753284446
    """
    p = jnp.asarray(probability, float)
    return p / (p + positive_weight * (1 - p))


def log_odds(
    probability: Shaped[np.ndarray | Array, "..."], *, smallest: float = 1e-6
) -> Float[Array, "..."]:
    """Log-odds log p/(1 − p), finite also for a forest's 0 and 1.

    Args:
      probability: p.
      smallest: p is kept within this and 1 − this.

    Returns:
      The log-odds.

    Example:
      >>> round(float(log_odds(jnp.array(0.0))), 2)
      -13.82
    """
    p = jnp.clip(jnp.asarray(probability, float), smallest, 1 - smallest)
    return jnp.log(p) - jnp.log1p(-p)


@jax.jit
def fit_platt(
    logit: Column,
    observed: Column,
    *,
    where: Where = None,
    weights: Weights = None,
    l2: float | Float[Array, ""] = 1.0,
) -> Platt:
    """Fit slope a and intercept b on validation data, so that few events do no harm.

    Minimises Σ w [softplus(z) − t z] + l2 (a − 1)²/2 with z = a · logit + b and a ≥ 0. Platt's
    targets t = (P + 1)/(P + 2) for events and 1/(N + 2) for others keep it finite when events
    and non-events are separated or there is no event at all; the penalty pulls a towards "as the
    model says" and weighs as much as one clear example. A ranking is never turned round: if the
    best slope is negative it is 0, and all get the same probability.

    For several events: ``jax.vmap(fit_platt, in_axes=1)(logits, observed)``.

    Args:
      logit: of the model; finite (see `log_odds`).
      observed: 0 or 1.
      where: what counts.
      weights: how much it counts.
      l2: strength of the penalty, at least 0.

    Returns:
      Slope and intercept; NaN if nothing counts.

    Example:
      >>> observed = jnp.array([0, 0, 0, 1, 0, 1, 1, 1] * 50)
      >>> platt = fit_platt(jnp.linspace(-2, 2, 8).repeat(50), jnp.sort(observed))
      >>> bool(platt.slope > 1)  # the model was too cautious
      True

    References:
      Platt (1999), in Advances in Large Margin Classifiers, MIT Press;
      Lin et al. (2007), doi:10.1007/s10994-007-5018-6
    """
    w = entry_weights(observed, where=where, weights=weights)
    x, y = counted(logit, w), counted(observed, w)
    events, others = (w * y).sum(), (w * (1 - y)).sum()
    t = jnp.where(y > 0.5, (events + 1) / (events + 2), 1 / (others + 2))
    middle = ratio((w * x).sum(), w.sum())
    x = x - middle  # so that slope and intercept hardly depend on each other

    def penalised(theta: Float[Array, "2"]) -> Float[Array, ""]:
        z = theta[0] * x + theta[1]
        return (w * (jax.nn.softplus(z) - t * z)).sum() + 0.5 * l2 * (theta[0] - 1) ** 2

    share = ratio((w * t).sum(), w.sum())
    constant = jnp.stack([jnp.zeros_like(share), jnp.log(share) - jnp.log1p(-share)])
    best = _newton(penalised, constant)
    slope, level = jnp.where(best[0] > 0, best, constant)
    intercept = level - slope * middle
    return Platt(jnp.where(jnp.isnan(intercept), jnp.nan, slope), intercept)


@jax.jit
def fit_temperature(
    logit: Column,
    observed: Column,
    *,
    where: Where = None,
    weights: Weights = None,
    l2: float | Float[Array, ""] = 1.0,
) -> Platt:
    """Fit a slope alone, 1/T: p = σ(logit / T), for a model that is too sure of itself.

    Minimises Σ w [softplus(z) − o z] + l2 (a − 1)²/2 with z = a · logit and a ≥ 0. What was
    forecast too often stays so: class weights are not undone (see `prior_correction`, `fit_platt`).

    Args:
      logit: of the model; finite (see `log_odds`).
      observed: 0 or 1.
      where: what counts.
      weights: how much it counts.
      l2: strength of the penalty, at least 0.

    Returns:
      The slope, and an intercept of 0; NaN if nothing counts.

    Example:
      >>> observed = jnp.array([0, 0, 0, 1, 0, 1, 1, 1] * 50)
      >>> found = fit_temperature(jnp.linspace(-9, 9, 8).repeat(50), jnp.sort(observed))
      >>> bool(found.slope > 1), float(found.intercept)
      (True, 0.0)

    References:
      Guo et al. (2017), arXiv:1706.04599
    """
    w = entry_weights(observed, where=where, weights=weights)
    x, y = counted(logit, w), counted(observed, w)

    def penalised(theta: Float[Array, "1"]) -> Float[Array, ""]:
        z = theta[0] * x
        return (w * (jax.nn.softplus(z) - y * z)).sum() + 0.5 * l2 * (theta[0] - 1) ** 2

    (slope,) = _newton(penalised, jnp.ones(1))
    nothing = jnp.where(w.sum() > 0, 0.0, jnp.nan)
    return Platt(jnp.maximum(slope, 0.0) + nothing, nothing)


def apply_platt(platt: Platt, logit: Shaped[np.ndarray | Array, "..."]) -> Float[Array, "..."]:
    """The calibrated probability σ(slope · logit + intercept).

    Args:
      platt: from `fit_platt`; with numbers ``[k]`` the last axis of ``logit`` is events.
      logit: of the model.

    Returns:
      Probabilities of the same shape.

    Example:
      >>> float(apply_platt(Platt(jnp.array(2.0), jnp.array(0.0)), jnp.array(0.0)))
      0.5
    """
    return jax.nn.sigmoid(platt.slope * jnp.asarray(logit, float) + platt.intercept)


def _newton(
    function: Callable[[Float[Array, "p"]], Float[Array, ""]], start: Float[Array, "p"]
) -> Float[Array, "p"]:
    """Minimise a smooth convex function; each step is as long as does not lead uphill."""

    def step(theta: Float[Array, "p"], _: None) -> tuple[Float[Array, "p"], None]:
        gradient, hessian = jax.grad(function)(theta), jax.hessian(function)(theta)
        damped = hessian + 1e-6 * jnp.trace(hessian) * jnp.eye(len(theta))
        tries = theta - jnp.array(_STEP_SIZES)[:, None] * jnp.linalg.solve(damped, gradient)
        heights = jax.vmap(function)(tries)
        limit = heights[-1] + _ROUNDING * jnp.abs(heights[-1])
        return tries[jnp.argmax(heights <= limit)], None

    return jax.lax.scan(step, start, length=_NEWTON_STEPS)[0]
