"""Scores of probability forecasts: Brier score, its skill, and the logarithmic score.

Arrays are ``[n, ...]``, examples first; the result keeps the other axes, e.g. one score an event.
"""

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import xlog1py, xlogy
from jaxtyping import Array, Float, Shaped

from jsolar.verify.weighting import Columns, Weights, Where, counted, entry_weights, mean, ratio


def brier_score(
    observed: Columns, probability: Columns, *, where: Where = None, weights: Weights = None
) -> Float[Array, "*k"]:
    """Brier score: how far from what happened was the probability, squared?

    BS = mean (p − o)², from 0 (best) to 1. A forecaster does best by saying what they believe.
    For rare events even ignorance scores low: read it as `brier_skill_score`.

    Args:
      observed: o, 0 or 1.
      probability: p.
      where: what counts.
      weights: how much it counts.

    Returns:
      The score; NaN if nothing counts.

    Example:
      >>> round(float(brier_score(np.array([1, 0]), np.array([0.7, 0.1]))), 3)
      0.05

    References:
      Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
    """
    w = entry_weights(observed, where=where, weights=weights)
    return mean((counted(probability, w) - counted(observed, w)) ** 2, w)


def brier_skill_score(
    observed: Columns,
    probability: Columns,
    reference: Shaped[np.ndarray | Array, "..."] | float,
    *,
    where: Where = None,
    weights: Weights = None,
) -> Float[Array, "*k"]:
    """Brier skill score: what share of the reference's Brier score is gained?

    BSS = 1 − BS/BS_ref, from −∞ to 1; 0 is as good as the reference. Use the climatology of the
    *training* data, which a forecaster could know, and say so; the climatology of the test data
    is harder to beat.

    Args:
      observed: 0 or 1.
      probability: of the event.
      reference: its probability by the reference: one number, one an event, or one an entry.
      where: what counts.
      weights: how much it counts.

    Returns:
      The score; NaN if nothing counts or the reference is perfect.

    Example:
      >>> happened, p = np.array([1, 0, 0, 0]), np.array([0.5, 0.1, 0.2, 0.0])
      >>> round(float(brier_skill_score(happened, p, 0.25)), 3)
      0.6

    References:
      Murphy (1973), doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2;
      Leka et al. (2019), doi:10.3847/1538-4365/ab2e12
    """
    same = jnp.broadcast_to(jnp.asarray(reference, float), np.shape(observed))
    mine = brier_score(observed, probability, where=where, weights=weights)
    theirs = brier_score(observed, same, where=where, weights=weights)
    return 1 - ratio(mine, theirs)


def log_loss(
    observed: Columns, probability: Columns, *, where: Where = None, weights: Weights = None
) -> Float[Array, "*k"]:
    """Logarithmic score, cross-entropy: how surprising was what happened, in nats?

    L = −mean [o log p + (1 − o) log(1 − p)], from 0 (best) to ∞. Infinite for an event that was
    called impossible: nothing is clipped.

    Args:
      observed: o, 0 or 1.
      probability: p.
      where: what counts.
      weights: how much it counts.

    Returns:
      The score; NaN if nothing counts.

    Example:
      >>> round(float(log_loss(np.array([1, 0]), np.array([0.5, 0.5]))), 4)
      0.6931

    References:
      Good (1952), doi:10.1111/j.2517-6161.1952.tb00104.x
    """
    w = entry_weights(observed, where=where, weights=weights)
    o, p = counted(observed, w), counted(probability, w, other=0.5)
    return mean(-xlogy(o, p) - xlog1py(1 - o, -p), w)
