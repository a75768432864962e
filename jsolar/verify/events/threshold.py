"""From a probability to yes or no: the threshold at which calibrated forecasts expect most.

If forecasts mean what they say, what they say tells how well any threshold would do, without the
luck of which few events happened: TP = Σ p over the rows with p ≥ t, FP = Σ (1 − p) over them, and
so on. The highest point of a score's expected curve is the threshold. For TSS it is the event rate.

In simulations of regions whose forecasts are calibrated on the same 40 validation regions, six
kinds of them from common to rare and one that no calibration of two numbers can mend, TSS lost to
the threshold was 0.005 to 0.020 and HSS2 0.005 to 0.024; the best point of the observed curve lost
0.026 to 0.058 and 0.022 to 0.047, the same smoothed 0.017 to 0.047 and 0.017 to 0.056. With 300
regions: up to 0.005 of TSS against 0.013 and 0.007; the forecasts that cannot be mended are the one
case where the observed curve does better, for HSS2 (0.006 against 0.013).
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jsolar.verify.events.contingency import Table, at_thresholds
from jsolar.verify.events.scores import Score, tss
from jsolar.verify.weighting import Column, Weights, Where

LOG_ODDS = np.linspace(-10.0, 10.0, 401).astype(np.float32)
"""The grid: every 0.05 in log-odds."""

THRESHOLDS = (1 / (1 + np.exp(-LOG_ODDS.astype(float)))).astype(np.float32)
"""The same grid as probabilities, from 0.00005 to 0.99995; 0.5 is on it."""

_TIE = 1e-6


def choose_threshold(
    probability: Column,
    *,
    where: Where = None,
    weights: Weights = None,
    score: Score = tss,
) -> Float[Array, ""]:
    """Threshold with the best expected score; "yes" is said where probability ≥ threshold.

    Args:
      probability: of the event, calibrated, of the validation data.
      where: what counts.
      weights: how much it counts.
      score: what is made as large as possible.

    Returns:
      One of `THRESHOLDS`; NaN where the score is not defined anywhere.

    Example:
      >>> p = np.random.default_rng(0).beta(0.5, 4, 5000)
      >>> bool(abs(choose_threshold(p) - p.mean()) < 0.01)  # TSS: the event rate
      True
    """
    table = at_thresholds(probability, probability, THRESHOLDS, where=where, weights=weights)
    index = best_index(score(table))
    return jnp.where(index < 0, jnp.nan, jnp.asarray(THRESHOLDS)[index])


def best_index(curve: Float[np.ndarray | Array, "t"]) -> Int[Array, ""]:
    """Where a curve over `THRESHOLDS` is highest; the middle of equal heights.

    Args:
      curve: the score at each of `THRESHOLDS`; NaN where it is not defined.

    Returns:
      An index into `THRESHOLDS`, −1 if the whole curve is NaN.

    Example:
      >>> curve = jnp.where(np.abs(LOG_ODDS - 1) < 2, 1.0, 0.0)
      >>> round(float(LOG_ODDS[best_index(curve)]), 2)
      1.0
    """
    height = jnp.where(jnp.isnan(curve), -jnp.inf, curve)
    tied = (height >= height.max() - _TIE) & (height > -jnp.inf)
    place = jnp.arange(len(LOG_ODDS))
    count = tied.sum()
    middle = (tied * place).sum() / jnp.maximum(count, 1)
    nearest = jnp.argmin(jnp.where(tied, jnp.abs(place - middle), jnp.inf))
    return jnp.where(count > 0, nearest, -1)


def at_index(table: Table, index: Int[Array, ""]) -> Table:
    """The table of one threshold out of a table ``[..., t]``; NaN for index −1.

    Example:
      >>> at_index(Table(*jnp.ones((4, 3))), jnp.array(1)).tp.item()
      1.0
    """
    return Table(*(jnp.where(index < 0, jnp.nan, count[..., index]) for count in table))
