"""Which method is better than which? Every pair, tested on the same rows and the same resamples."""

import itertools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Key

from jsolar.verify.contrasts import Contrast, contrast, holm
from jsolar.verify.events.paired import Pair, scores_together
from jsolar.verify.intervals import RULES, Rules

FINE = RULES._replace(resamples=10_000)
"""Enough for p-values that stand a correction for dozens of pairs."""

LEVEL = 0.05
"""Of all tests together: how often one of them is to be wrong where no method differs."""


class PairTest(NamedTuple):
    """One method against another.

    Attributes:
      better: the one with the higher score.
      worse: the other.
      difference: of their TSS, at least 0; its interval is for this pair alone.
      p: two-sided, adjusted for the number of pairs; NaN where there is no interval.
    """

    better: str
    worse: str
    difference: Contrast
    p: float

    @property
    def shown(self) -> bool:
        """Whether the difference is beyond luck, all pairs considered."""
        return self.p < LEVEL


def every_pair(
    key: Key[Array, ""], methods: Mapping[str, Pair], *, rules: Rules = FINE
) -> list[PairTest]:
    """The difference of TSS of every pair of methods, tested; p-values are Holm's.

    Each method keeps its own threshold. All are scored on the test rows where all have an answer.

    Args:
      key: randomness of the bootstrap.
      methods: (validation, test) of each, see `jsolar.forecast.compare.columns`.
      rules: of the intervals.

    Returns:
      One test a pair, those of the best method first.

    Example:
      >>> from jsolar.verify.events.columns import ForecastColumns
      >>> import jax
      >>> p, dice = np.random.default_rng(0).random((2, 800))
      >>> good = ForecastColumns(dice < p, p < 2, p, np.arange(800) // 8)
      >>> poor = good._replace(probability=np.sqrt(p * dice[::-1]))
      >>> [one] = every_pair(jax.random.key(0), {"poor": (poor, poor), "good": (good, good)})
      >>> one.better, one.worse, one.shown
      ('good', 'poor', True)
    """
    drawn, positive = scores_together(key, list(methods.values()), rules=rules)
    scores = dict(zip(methods, drawn["tss"].T.astype(float), strict=True))
    order = sorted(scores, key=lambda name: -np.nan_to_num(scores[name][0], nan=-1.0))
    pairs = list(itertools.combinations(order, 2))
    found = [
        contrast(scores[a] - scores[b], rules=rules, positive_blocks=positive) for a, b in pairs
    ]
    p = np.array([one.p if not np.isnan(one.low) else np.nan for one in found])
    defined = ~np.isnan(p)
    p[defined] = holm(p[defined])
    return [PairTest(a, b, *rest) for (a, b), *rest in zip(pairs, found, p.tolist(), strict=True)]
