"""Wrong labels found by forecasts that have not seen the region, and by some that have."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

from jsolar.data.confident import (
    LabelErrorRates,
    anchored_rates,
    confident_joint,
    doubt,
    rates_of,
    suspects,
)
from jsolar.forecast.examples import Examples
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.out_of_fold import out_of_fold


class Finding(NamedTuple):
    """What one way of forecasting finds.

    Attributes:
      precision: share of the suspects that are wrong.
      recall: share of the wrong labels that are suspects.
      suspects: how many.
      curve: share of the wrong labels among the first so many, for each number of labels.
    """

    precision: float
    recall: float
    suspects: int
    curve: Float[np.ndarray, "n"]


class Audit(NamedTuple):
    """One audit; rows ``n``, one event.

    Attributes:
      probability: by forecasts that have not seen the region; ``doubt`` and ``suspect`` likewise.
      order: of known labels, the most doubtful first.
      joint, anchors: estimated rates of wrong labels, by confident learning and by anchors.
      wrong: where a label is wrong, if that is known.
      grouped, plain: what is found by folds of regions and by folds of rows, if it is known.
    """

    probability: Float[np.ndarray, "n"]
    doubt: Float[np.ndarray, "n"]
    suspect: Bool[np.ndarray, "n"]
    order: Int[np.ndarray, "m"]
    joint: LabelErrorRates
    anchors: LabelErrorRates
    wrong: Bool[np.ndarray, "n"] | None = None
    grouped: Finding | None = None
    plain: Finding | None = None


def audit(
    key: Key[Array, ""],
    judge: Method,
    examples: Examples,
    validation: Examples,
    *,
    wrong: Bool[np.ndarray, "n 1"] | None,
    folds: int,
) -> Audit:
    """Look for wrong labels.

    Args:
      key: of folds and fits.
      judge: forecasts.
      examples: with one event, the labels to be audited.
      validation: passed to the judge.
      wrong: where labels are wrong, if that is known.
      folds: how many.

    Returns:
      The audit.
    """
    happened, known = (np.asarray(column) for column in examples.events)

    def said(group: Any) -> np.ndarray:
        how = {"folds": folds, "group": group}
        return out_of_fold(key, judge, examples, validation, **how).astype(float)

    p = said(None)
    doubts, suspected = doubt(p, happened, known=known), suspects(p, happened, known=known)
    found = Audit(
        p[:, 0],
        doubts[:, 0],
        suspected[:, 0],
        _order(doubts),
        rates_of(confident_joint(p, happened, known=known)),
        anchored_rates(p, known=known),
    )
    if wrong is None:
        return found
    q = said(np.arange(len(p)))
    wrong = wrong & known
    return found._replace(
        wrong=wrong[:, 0],
        grouped=_finding(doubts, suspected, wrong),
        plain=_finding(doubt(q, happened, known=known), suspects(q, happened, known=known), wrong),
    )


def _order(doubts: Float[np.ndarray, "n 1"]) -> Int[np.ndarray, "m"]:
    order = np.argsort(-doubts[:, 0], kind="stable")  # NaN comes last
    return order[: int((~np.isnan(doubts)).sum())]


def _finding(
    doubts: Float[np.ndarray, "n 1"], suspected: Bool[np.ndarray, "n 1"], wrong: np.ndarray
) -> Finding:
    hits = (suspected & wrong).sum()
    curve = np.cumsum(wrong[_order(doubts), 0]) / max(wrong.sum(), 1)
    return Finding(
        float(hits / max(suspected.sum(), 1)),
        float(hits / max(wrong.sum(), 1)),
        int(suspected.sum()),
        curve,
    )
