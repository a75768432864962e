"""What may be said of a difference: an interval, the smallest one that would show, a verdict."""

from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from jsolar.verify.intervals import RULES, Rules, percentile_interval

Verdict = Literal["difference", "equivalent", "undecided"]

_POWER = 1.959964 + 0.841621
"""Quantiles of the normal distribution at 97.5 % and 80 %."""


class Contrast(NamedTuple):
    """A difference and how sure it is.

    Attributes:
      value: of the data as they are.
      low: lower end of the 95 % interval.
      high: upper end.
      detectable: the smallest true difference that such an experiment finds four times in five.
      p: two-sided, from the resamples; at least 2 / (resamples + 1).
    """

    value: float
    low: float
    high: float
    detectable: float
    p: float


def contrast(
    scores: Float[np.ndarray, "r"], *, rules: Rules = RULES, positive_blocks: int | None = None
) -> Contrast:
    """A difference from its value in the data and in the resamples.

    Args:
      scores: from `jsolar.verify.intervals.resample`: first the data, then resamples; NaN where it
        is undefined.
      rules: which interval.
      positive_blocks: how many blocks had an event, see `jsolar.verify.intervals.Rules`; None
        does not ask.

    Returns:
      The contrast.

    Example:
      >>> draws = np.random.default_rng(0).normal(0.1, 0.02, 2001)
      >>> found = contrast(np.r_[0.1, draws])
      >>> round(found.low, 2), round(found.high, 2), round(found.detectable, 2), found.p < 0.01
      (0.06, 0.14, 0.06, True)
    """
    value, draws = scores[0], scores[1:]
    interval = percentile_interval(
        np.asarray(value), draws, rules=rules, positive_blocks=positive_blocks
    )
    defined = draws[~np.isnan(draws)]
    beyond = min((defined <= 0).sum(), (defined >= 0).sum())
    spread = defined.std(ddof=1) if len(defined) > 1 else np.nan
    return Contrast(
        float(value),
        float(interval.low),
        float(interval.high),
        float(_POWER * spread),
        float(min(1.0, 2 * (beyond + 1) / (len(defined) + 1))),
    )


def verdict(found: Contrast, *, margin: float) -> Verdict:
    """Whether a difference is shown, or shown to be small, or neither.

    Args:
      found: with its interval.
      margin: what is too small to matter, named before the data were seen.

    Returns:
      "difference" if the interval leaves out 0 (it may still be a small one), "equivalent" if it
      lies within the margin on both sides, else "undecided".

    Example:
      >>> verdict(Contrast(0.01, -0.01, 0.02, 0.02, 0.4), margin=0.03)
      'equivalent'
    """
    if found.low > 0 or found.high < 0:
        return "difference"
    return "equivalent" if -margin < found.low and found.high < margin else "undecided"


def holm(p: Float[np.ndarray, "m"]) -> Float[np.ndarray, "m"]:
    """p-values of m tests made together: adjusted so that one false alarm among all is rare.

    The i-th smallest is multiplied by m + 1 − i, and none may be below a smaller one's.

    Example:
      >>> holm(np.array([0.01, 0.04, 0.03])).round(2).tolist()
      [0.03, 0.06, 0.06]

    References:
      Holm (1979), Scandinavian Journal of Statistics 6, 65
    """
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
