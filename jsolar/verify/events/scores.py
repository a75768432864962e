"""Scores of yes/no forecasts: plain functions of a contingency `Table`.

Below, P = TP + FN is the number of events, N = FP + TN of non-events, n = P + N. A score is NaN
exactly where its denominator is 0, and says when that is. Every function takes tables of any shape
and is differentiable where it is defined.

No single score will do: TSS ignores how rare the events are, so it hides false alarms; accuracy
shows little else. Print TSS and HSS2 with the counts, the false alarm ratio and a Brier skill
score.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from jsolar.verify.events.contingency import Table
from jsolar.verify.weighting import ratio

Score = Callable[[Table], Float[Array, "..."]]


def tss(table: Table) -> Float[Array, "..."]:
    """True Skill Statistic (Peirce, Hanssen–Kuipers, Youden): how well are yes and no told apart?

    TSS = TP/P − FP/N = `pod` − `pofd`, from −1 to 1; 0 for any forecast that ignores the Sun.
    It does not change with the ratio of events to non-events. For rare events it approaches POD,
    and rewards crying wolf (Doswell et al. 1990).

    Args:
      table: counts.

    Returns:
      The score; NaN without an event or without a non-event.

    Example:
      >>> round(float(tss(Table(28, 23, 72, 2680))), 3)  # Finley's tornadoes, 1884
      0.523

    References:
      Peirce (1884), doi:10.1126/science.ns-4.93.453.b;
      Bloomfield et al. (2012), doi:10.1088/2041-8205/747/2/L41
    """
    return pod(table) - pofd(table)


def hss1(table: Table) -> Float[Array, "..."]:
    """First Heidke skill score: how much better than always saying "no"?

    HSS1 = (TP − FP)/P = (TP + TN − N)/P, from −∞ to 1; 0 for "no" every day.

    Args:
      table: counts.

    Returns:
      The score; NaN without an event.

    Example:
      >>> round(float(hss1(Table(28, 23, 72, 2680))), 3)
      -0.863

    References:
      Barnes & Leka (2008), doi:10.1086/595550;
      Bobra & Couvidat (2015), doi:10.1088/0004-637X/798/2/135
    """
    tp, fn, fp, _ = _counts(table)
    return ratio(tp - fp, tp + fn)


def hss2(table: Table) -> Float[Array, "..."]:
    """Second Heidke skill score, Cohen's κ: how much better than guessing at the same rates?

    HSS2 = 2 (TP·TN − FN·FP) / [P (FN + TN) + (TP + FP) N], from −1 to 1; 0 for guesses that say
    yes as often as this forecast does.

    Args:
      table: counts.

    Returns:
      The score; NaN if forecasts and events were all yes, all no, or none.

    Example:
      >>> round(float(hss2(Table(28, 23, 72, 2680))), 3)
      0.355

    References:
      Cohen (1960), doi:10.1177/001316446002000104; Barnes & Leka (2008), doi:10.1086/595550
    """
    tp, fn, fp, tn = _counts(table)
    return ratio(2 * (tp * tn - fn * fp), (tp + fn) * (fn + tn) + (tp + fp) * (fp + tn))


def ets(table: Table) -> Float[Array, "..."]:
    """Equitable threat score (Gilbert): how often right, of all said or happened, beyond chance?

    ETS = (TP − r)/(TP + FN + FP − r), with r = P (TP + FP)/n hits by chance; from −1/3 to 1,
    0 for guesses. ETS = HSS2/(2 − HSS2).

    Args:
      table: counts.

    Returns:
      The score; NaN where `hss2` is.

    Example:
      >>> round(float(ets(Table(28, 23, 72, 2680))), 3)
      0.216

    References:
      Hogan et al. (2010), doi:10.1175/2009WAF2222350.1
    """
    tp, fn, fp, tn = _counts(table)
    skill = tp * tn - fn * fp  # n (TP − r), so that nothing is subtracted from itself
    return ratio(skill, (fn + fp) * (tp + fn + fp + tn) + skill)


def csi(table: Table) -> Float[Array, "..."]:
    """Critical success index (threat score, Jaccard): how often right, of all said or happened?

    CSI = TP/(TP + FN + FP), from 0 to 1.

    Args:
      table: counts.

    Returns:
      The score; NaN if there is neither an event nor a "yes".

    Example:
      >>> round(float(csi(Table(28, 23, 72, 2680))), 3)
      0.228

    References:
      Schaefer (1990), doi:10.1175/1520-0434(1990)005<0570:TCSIAA>2.0.CO;2
    """
    tp, fn, fp, _ = _counts(table)
    return ratio(tp, tp + fn + fp)


def pod(table: Table) -> Float[Array, "..."]:
    """Probability of detection, recall, hit rate: what share of the events was forecast?

    POD = TP/P, from 0 to 1.

    Args:
      table: counts.

    Returns:
      The score; NaN without an event.

    Example:
      >>> round(float(pod(Table(28, 23, 72, 2680))), 3)
      0.549
    """
    tp, fn, _, _ = _counts(table)
    return ratio(tp, tp + fn)


def pofd(table: Table) -> Float[Array, "..."]:
    """Probability of false detection, false alarm *rate*: how often was "yes" said of non-events?

    POFD = FP/N, from 0 (best) to 1. Not the false alarm *ratio* `far`.

    Args:
      table: counts.

    Returns:
      The score; NaN without a non-event.

    Example:
      >>> round(float(pofd(Table(28, 23, 72, 2680))), 3)
      0.026

    References:
      Barnes et al. (2009), doi:10.1175/2009WAF2222300.1
    """
    _, _, fp, tn = _counts(table)
    return ratio(fp, fp + tn)


def far(table: Table) -> Float[Array, "..."]:
    """False alarm *ratio*: what share of the "yes" was wrong?

    FAR = FP/(TP + FP), from 0 (best) to 1. Not the false alarm *rate* `pofd`.

    Args:
      table: counts.

    Returns:
      The score; NaN if "yes" was never said.

    Example:
      >>> round(float(far(Table(28, 23, 72, 2680))), 3)
      0.72

    References:
      Barnes et al. (2009), doi:10.1175/2009WAF2222300.1
    """
    tp, _, fp, _ = _counts(table)
    return ratio(fp, tp + fp)


def precision(table: Table) -> Float[Array, "..."]:
    """Precision: what share of the "yes" was right?

    TP/(TP + FP) = 1 − `far`, from 0 to 1.

    Args:
      table: counts.

    Returns:
      The score; NaN if "yes" was never said.

    Example:
      >>> round(float(precision(Table(28, 23, 72, 2680))), 3)
      0.28
    """
    tp, _, fp, _ = _counts(table)
    return ratio(tp, tp + fp)


def f1(table: Table) -> Float[Array, "..."]:
    """F₁, Dice: the harmonic mean of precision and recall.

    F₁ = 2 TP/(2 TP + FN + FP) = 2 CSI/(1 + CSI), from 0 to 1; orders forecasts as `csi` does.

    Args:
      table: counts.

    Returns:
      The score; NaN if there is neither an event nor a "yes".

    Example:
      >>> round(float(f1(Table(28, 23, 72, 2680))), 3)
      0.371
    """
    tp, fn, fp, _ = _counts(table)
    return ratio(2 * tp, 2 * tp + fn + fp)


def frequency_bias(table: Table) -> Float[Array, "..."]:
    """Frequency bias: how many times too often was "yes" said?

    FB = (TP + FP)/P, from 0 to ∞; 1 is best, though it does not make a forecast right.

    Args:
      table: counts.

    Returns:
      The score; NaN without an event.

    Example:
      >>> round(float(frequency_bias(Table(28, 23, 72, 2680))), 3)
      1.961

    References:
      Leka et al. (2019), doi:10.3847/1538-4365/ab2e12
    """
    tp, fn, fp, _ = _counts(table)
    return ratio(tp + fp, tp + fn)


def apss(table: Table) -> Float[Array, "..."]:
    """Appleman skill score: how many fewer errors than always saying what is more common?

    ApSS = 1 − (FP + FN)/min(P, N), from −∞ to 1; equals `hss1` where events are the rarer.

    Args:
      table: counts.

    Returns:
      The score; NaN without an event or without a non-event.

    Example:
      >>> round(float(apss(Table(28, 23, 72, 2680))), 3)
      -0.863

    References:
      Barnes et al. (2016), doi:10.3847/0004-637X/829/2/89
    """
    tp, fn, fp, tn = _counts(table)
    fewer = jnp.minimum(tp + fn, fp + tn)
    return ratio(fewer - fp - fn, fewer)


def accuracy(table: Table) -> Float[Array, "..."]:
    """Rate correct: what share of the forecasts was right?

    (TP + TN)/n, from 0 to 1. With rare events "no" every day is nearly perfect: Finley's forecasts
    reached 0.966, "no tornado" 0.982.

    Args:
      table: counts.

    Returns:
      The score; NaN for an empty table.

    Example:
      >>> round(float(accuracy(Table(28, 23, 72, 2680))), 3)
      0.966

    References:
      Murphy (1996), doi:10.1175/1520-0434(1996)011<0003:TFAASE>2.0.CO;2
    """
    tp, fn, fp, tn = _counts(table)
    return ratio(tp + tn, tp + fn + fp + tn)


def base_rate(table: Table) -> Float[Array, "..."]:
    """Base rate, sample climatology: how common was the event? P/n, whatever the forecast.

    Args:
      table: counts.

    Returns:
      A number from 0 to 1; NaN for an empty table.

    Example:
      >>> round(float(base_rate(Table(28, 23, 72, 2680))), 3)
      0.018
    """
    tp, fn, fp, tn = _counts(table)
    return ratio(tp + fn, tp + fn + fp + tn)


SCORES: dict[str, Score] = {
    "tss": tss,
    "hss2": hss2,
    "hss1": hss1,
    "ets": ets,
    "csi": csi,
    "pod": pod,
    "pofd": pofd,
    "far": far,
    "frequency_bias": frequency_bias,
    "apss": apss,
    "accuracy": accuracy,
    "precision": precision,
    "f1": f1,
    "base_rate": base_rate,
}
"""All of the above by name, in the order in which a table prints them."""


def _counts(table: Table) -> list[Float[Array, "..."]]:
    """Counts as floats, since a product of two whole counts may not fit into an integer."""
    return [jnp.asarray(count, float) for count in table]
