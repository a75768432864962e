"""How well a forecast ranks: ROC and precision–recall, all thresholds at once.

Curves have n + 1 points whatever the data, so that they compile once: tied forecasts share a
point, which is repeated, and so do masked rows. Plots and areas do not mind.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from jsolar.verify.weighting import Column, Weights, Where, counted, entry_weights, ratio, spoiled


class Ranked(NamedTuple):
    """How much weight lies at or above each threshold; arrays ``[m]``, m = n + 1.

    Attributes:
      events: of examples with the event.
      others: of examples without.
      threshold: falling from ∞, where nothing is; −∞ at the end for masked rows.
    """

    events: Float[Array, "m"]
    others: Float[Array, "m"]
    threshold: Float[Array, "m"]


class RocCurve(NamedTuple):
    """Receiver operating characteristic, from "never yes" to "always yes".

    Arrays ``[m]``, m = n + 1.

    Attributes:
      pofd: false alarm rate, the horizontal axis.
      pod: probability of detection, the vertical axis.
      threshold: "yes" where probability ≥ threshold, falling from ∞.
    """

    pofd: Float[Array, "m"]
    pod: Float[Array, "m"]
    threshold: Float[Array, "m"]


class PrecisionRecallCurve(NamedTuple):
    """Precision against recall, from "never yes" to "always yes".

    Arrays ``[m]``, m = n + 1.

    Attributes:
      precision: share of the "yes" that were right; 1 by convention where none was said.
      recall: share of the events that were forecast.
      threshold: "yes" where probability ≥ threshold, falling from ∞.
    """

    precision: Float[Array, "m"]
    recall: Float[Array, "m"]
    threshold: Float[Array, "m"]


def roc_curve(
    observed: Column, probability: Column, *, where: Where = None, weights: Weights = None
) -> RocCurve:
    """Detections against false alarms at every threshold.

    Args:
      observed: 0 or 1.
      probability: of the event, or any score that grows with it.
      where: what counts.
      weights: how much it counts.

    Returns:
      A curve; NaN without an event or without a non-event, or if a probability that counts is NaN.

    Example:
      >>> curve = roc_curve(jnp.array([1, 0, 1]), jnp.array([0.9, 0.5, 0.5]))
      >>> curve.pofd.tolist(), curve.pod.tolist()
      ([0.0, 0.0, 1.0, 1.0], [0.0, 0.5, 1.0, 1.0])

    References:
      Fawcett (2006), doi:10.1016/j.patrec.2005.10.010
    """
    ranked = rank(observed, probability, where=where, weights=weights)
    pofd, pod = _share(ranked.others), _share(ranked.events)
    return RocCurve(pofd, pod, ranked.threshold)


def roc_auc(
    observed: Column, probability: Column, *, where: Where = None, weights: Weights = None
) -> Float[Array, ""]:
    """Area under the ROC curve: how often is an event ranked above a non-event?

    Probability that a random event was given a higher probability than a random non-event, ties
    counting half; from 0 to 1, 0.5 for guesses. Blind to calibration.

    Args:
      observed: 0 or 1.
      probability: of the event, or any score that grows with it.
      where: what counts.
      weights: how much it counts.

    Returns:
      The area; NaN without an event or without a non-event.

    Example:
      >>> float(roc_auc(jnp.array([1, 0, 1]), jnp.array([0.9, 0.5, 0.5])))
      0.75

    References:
      Hanley & McNeil (1982), doi:10.1148/radiology.143.1.7063747
    """
    return area(rank(observed, probability, where=where, weights=weights))


def gini(
    observed: Column, probability: Column, *, where: Where = None, weights: Weights = None
) -> Float[Array, ""]:
    """Gini coefficient, 2 AUC − 1: `roc_auc` from −1 to 1, 0 for guesses.

    Args:
      observed: 0 or 1.
      probability: of the event.
      where: what counts.
      weights: how much it counts.

    Returns:
      The coefficient; NaN without an event or without a non-event.

    Example:
      >>> float(gini(jnp.array([1, 0, 1]), jnp.array([0.9, 0.5, 0.5])))
      0.5
    """
    return 2 * roc_auc(observed, probability, where=where, weights=weights) - 1


def precision_recall_curve(
    observed: Column, probability: Column, *, where: Where = None, weights: Weights = None
) -> PrecisionRecallCurve:
    """Precision against recall at every threshold.

    Args:
      observed: 0 or 1.
      probability: of the event, or any score that grows with it.
      where: what counts.
      weights: how much it counts.

    Returns:
      A curve, in the opposite order of scikit-learn's; recall is NaN without an event.

    Example:
      >>> curve = precision_recall_curve(jnp.array([1, 0, 1]), jnp.array([0.9, 0.6, 0.5]))
      >>> curve.precision[:3].tolist(), curve.recall[:3].tolist()
      ([1.0, 1.0, 0.5], [0.0, 0.5, 0.5])

    References:
      Davis & Goadrich (2006), doi:10.1145/1143844.1143874
    """
    ranked = rank(observed, probability, where=where, weights=weights)
    return PrecisionRecallCurve(_precision(ranked), _share(ranked.events), ranked.threshold)


def average_precision(
    observed: Column, probability: Column, *, where: Where = None, weights: Weights = None
) -> Float[Array, ""]:
    """Average precision: the mean precision over the events, each at its own threshold.

    AP = Σ (Rᵢ − Rᵢ₋₁) Pᵢ, without interpolation, from 0 to 1; a guess reaches the base rate.

    Args:
      observed: 0 or 1.
      probability: of the event, or any score that grows with it.
      where: what counts.
      weights: how much it counts.

    Returns:
      The score; NaN without an event.

    Example:
      >>> round(float(average_precision(jnp.array([1, 0, 1]), jnp.array([0.9, 0.6, 0.5]))), 4)
      0.8333

    References:
      Davis & Goadrich (2006), doi:10.1145/1143844.1143874
    """
    return mean_precision(rank(observed, probability, where=where, weights=weights))


def rank(
    observed: Column, probability: Column, *, where: Where = None, weights: Weights = None
) -> Ranked:
    """Sort by probability and count from the top: all that the curves and areas need.

    The order does not depend on the weights, so that a bootstrap over weights sorts once.

    Args:
      observed: 0 or 1.
      probability: of the event, or any score that grows with it.
      where: what counts.
      weights: how much it counts.

    Returns:
      Sums of weights from the highest probability down.

    Example:
      >>> rank(jnp.array([1, 0, 1]), jnp.array([0.9, 0.5, 0.5])).events.tolist()
      [0.0, 1.0, 2.0, 2.0]
    """
    w = entry_weights(observed, where=where, weights=weights)
    p = jnp.asarray(probability, float)
    kept = ~jnp.isnan(p) if where is None else ~jnp.isnan(p) & jnp.asarray(where)
    p = jnp.where(kept, p, -jnp.inf)
    order = jnp.argsort(-p)
    falling = p[order]
    last_of_tie = jnp.searchsorted(-falling, -falling, side="right") - 1

    o = counted(observed, w)
    each = jnp.where(spoiled(w, observed, probability), jnp.nan, jnp.stack([w * o, w * (1 - o)]))
    above = jnp.pad(jnp.cumsum(each[:, order], axis=1)[:, last_of_tie], ((0, 0), (1, 0)))
    return Ranked(above[0], above[1], jnp.pad(falling, (1, 0), constant_values=jnp.inf))


def area(ranked: Ranked) -> Float[Array, ""]:
    """Area under the ROC curve; see `roc_auc`. Taken of the counts, which are exact.

    Example:
      >>> float(area(rank(jnp.array([1, 0, 1]), jnp.array([0.9, 0.5, 0.5]))))
      0.75
    """
    pairs = ranked.events[-1] * ranked.others[-1]
    return ratio(jnp.trapezoid(ranked.events, ranked.others), pairs)


def mean_precision(ranked: Ranked) -> Float[Array, ""]:
    """Area under the steps of the precision–recall curve; see `average_precision`.

    Example:
      >>> float(mean_precision(rank(jnp.array([0, 1]), jnp.array([0.9, 0.5]))))
      0.5
    """
    each = jnp.diff(ranked.events) * _precision(ranked)[1:]
    return ratio(each.sum(), ranked.events[-1])


def _share(above: Float[Array, "m"]) -> Float[Array, "m"]:
    return ratio(above, above[-1])


def _precision(ranked: Ranked) -> Float[Array, "m"]:
    yes = ranked.events + ranked.others
    return jnp.where(yes == 0, 1.0, ratio(ranked.events, yes))
