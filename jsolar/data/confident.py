"""Confident learning: which labels contradict a forecast that has not learned from them?

The probabilities must come from a method fitted without the row, and without its region: rows of
a region repeat each other, so a method that saw one of them defends its label. See
`jsolar.forecast.methods.out_of_fold`.

A forecast of p = 0.3 can be far more than such forecasts usually are where nothing happened, and
still be right to expect nothing. So two things differ from the common recipe. A suspect need not be
more likely wrong than right: with rare events no quiet row ever would be. And with events that are
uncertain by nature the counts say how many labels *surprise*, of which wrong ones are a part: they
rank, and bound nothing. `anchored_rates` has the same limit.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

Probability = Float[np.ndarray, "n k"]
Labels = Bool[np.ndarray, "n k"]


class ConfidentJoint(NamedTuple):
    """Estimated numbers of rows by label and truth, each ``Float[k]``; they add up to the rows.

    Attributes:
      labelled_none_is_none: rows rightly without event.
      labelled_none_is_event: missed events.
      labelled_event_is_none: false events.
      labelled_event_is_event: rows rightly with event.
    """

    labelled_none_is_none: Float[np.ndarray, "k"]
    labelled_none_is_event: Float[np.ndarray, "k"]
    labelled_event_is_none: Float[np.ndarray, "k"]
    labelled_event_is_event: Float[np.ndarray, "k"]


class LabelErrorRates(NamedTuple):
    """How often labels are wrong, each ``Float[k]``.

    Attributes:
      missed: P(labelled none | happened).
      false: P(labelled event | did not happen).
    """

    missed: Float[np.ndarray, "k"]
    false: Float[np.ndarray, "k"]


def confident_joint(
    probability: Probability, labels: Labels, *, known: Labels | None = None
) -> ConfidentJoint:
    """Count the rows that are confidently of one class, by their label.

    A row is confidently an event if its p is at least the mean p of the rows labelled events,
    confidently none if 1 − p is at least the mean 1 − p of those labelled none, and of both the
    likelier one. The counts of each label are then scaled to the number of rows that have it.

    Args:
      probability: out of fold; NaN counts as not known.
      labels: as they are told.
      known: which count; all if not given.

    Returns:
      The joint.

    References:
      Northcutt et al. (2021), doi:10.1613/jair.1.12125
    """
    where = _counted(probability, known)
    yes, no = labels & where, ~labels & where
    event, none = _confident(probability, yes, no)
    rows = [_scaled(none & label, event & label, label) for label in (no, yes)]
    return ConfidentJoint(*rows[0], *rows[1])


def rates_of(joint: ConfidentJoint) -> LabelErrorRates:
    """The rates of wrong labels that a joint stands for.

    Example:
      >>> counts = [np.array([float(n)]) for n in (90, 2, 10, 8)]
      >>> rates_of(ConfidentJoint(*counts))
      LabelErrorRates(missed=array([0.2]), false=array([0.1]))
    """
    none_none, none_event, event_none, event_event = joint
    return LabelErrorRates(
        none_event / np.maximum(none_event + event_event, 1e-12),
        event_none / np.maximum(none_none + event_none, 1e-12),
    )


def suspects(probability: Probability, labels: Labels, *, known: Labels | None = None) -> Labels:
    """As many labels as the joint counts as wrong, those first that the forecast contradicts most.

    Args:
      probability: out of fold; NaN counts as not known.
      labels: as they are told.
      known: which count; all if not given.

    Returns:
      Where a label is suspected; at least one row of each label is not.

    Example:
      >>> p = np.array([[0.9], [0.8], [0.1], [0.2], [0.1], [0.95]])
      >>> labels = np.array([[True], [True], [False], [False], [False], [False]])
      >>> suspects(p, labels).ravel().tolist()  # the last one is labelled "none"
      [False, False, False, False, False, True]
    """
    where = _counted(probability, known)
    joint = confident_joint(probability, labels, known=known)
    found = np.zeros_like(labels)
    for k in range(labels.shape[1]):
        p = probability[:, k]
        for label, wrong, doubt in (
            (False, joint.labelled_none_is_event, p),
            (True, joint.labelled_event_is_none, -p),
        ):
            rows = np.flatnonzero((labels[:, k] == label) & where[:, k])
            few = min(round(float(wrong[k])), max(len(rows) - 1, 0))
            found[rows[np.argsort(-doubt[rows], kind="stable")[:few]], k] = True
    return found


def doubt(
    probability: Probability, labels: Labels, *, known: Labels | None = None
) -> Float[np.ndarray, "n k"]:
    """How probably a label is wrong, to go through the worst ones first.

    By Bayes from the forecast and the rates of errors that the joint counts: of a label "event"
    the odds are false (1 − p) / (1 − missed) p, of a label "none" missed p / (1 − false)(1 − p).
    So a flare where nearly none are is doubted before a quiet day where half the days are.

    Args:
      probability: out of fold.
      labels: as they are told.
      known: which count; all if not given.

    Returns:
      A number between 0 and 1, the larger the more doubtful; NaN where it does not count. As the
      rates are, it is too high where events are uncertain; what it is for is the order.

    Example:
      >>> p = np.repeat([0.01, 0.7, 0.01, 0.7], [5, 5, 1, 9])[:, None]
      >>> labels = np.repeat([False, True], 10)[:, None]
      >>> found = doubt(p, labels)[:, 0]  # one event of ten where none is expected
      >>> found[[10, 5, 19, 0]].round(2).tolist()
      [0.96, 0.5, 0.1, 0.0]
    """
    rates = rates_of(confident_joint(probability, labels, known=known))
    missed, false = (np.clip(rate, 1e-6, 1 - 1e-6) for rate in rates)
    p = np.clip(probability, 1e-6, 1 - 1e-6)
    odds = np.where(
        labels, false * (1 - p) / ((1 - missed) * p), missed * p / ((1 - false) * (1 - p))
    )
    return np.where(_counted(probability, known), odds / (1 + odds), np.nan)


def anchored_rates(
    probability: Probability, *, known: Labels | None = None, share: float = 0.01
) -> LabelErrorRates:
    """Rates of wrong labels from the surest forecasts of a method trained on noisy labels.

    If there are rows that surely are events, the method says 1 − missed of them, and of those that
    surely are none it says false. Where nothing is sure, as with flares, it is too large: it then
    takes the uncertainty of the Sun for that of the labels.

    Args:
      probability: of the label, out of fold, calibrated to the noisy labels.
      known: which count; all if not given.
      share: of the rows at either end, whose middle one is taken.

    Returns:
      The rates.

    Example:
      >>> p = np.repeat([0.1, 0.8], [900, 100])[:, None]  # sure rows, seen through noise
      >>> anchored_rates(p).missed.round(2).tolist(), anchored_rates(p).false.tolist()
      ([0.2], [0.1])

    References:
      Patrini et al. (2017), doi:10.1109/CVPR.2017.240
    """
    seen = np.where(_counted(probability, known), probability, np.nan)
    low, high = np.nanquantile(seen, [share / 2, 1 - share / 2], axis=0)
    return LabelErrorRates(1 - high, low)


def _counted(probability: Probability, known: Labels | None) -> Labels:
    answered = ~np.isnan(probability)
    return answered if known is None else answered & known


def _confident(probability: Probability, yes: Labels, no: Labels) -> tuple[Labels, Labels]:
    """Where a row is confidently an event, and where confidently none."""
    rounding = 1e-6
    of_event = probability >= _mean(probability, yes) - rounding
    of_none = 1 - probability >= _mean(1 - probability, no) - rounding
    likelier = probability > 0.5
    return of_event & (likelier | ~of_none), of_none & (~likelier | ~of_event)


def _mean(values: Probability, where: Labels) -> Float[np.ndarray, "k"]:
    """Mean by event; beyond all values where there is none."""
    count = where.sum(0)
    return np.where(count > 0, np.where(where, values, 0.0).sum(0) / np.maximum(count, 1), np.inf)


def _scaled(
    none: Labels, event: Labels, label: Labels
) -> tuple[Float[np.ndarray, "k"], Float[np.ndarray, "k"]]:
    """Counts of none and event that add up to the rows of this label."""
    counts = np.stack([none.sum(0), event.sum(0)]).astype(float)
    share = counts / np.maximum(counts.sum(0), 1)
    of_none, of_event = share * label.sum(0)
    return of_none, of_event
