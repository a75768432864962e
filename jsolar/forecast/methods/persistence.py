"""Persistence: what happened in the 24 h before happens again."""

import dataclasses
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.forecast.examples import Examples, Inputs
from jsolar.forecast.methods import Forecaster, Method
from jsolar.forecast.methods.climatology import share
from jsolar.types import Events


@dataclasses.dataclass(frozen=True)
class Rule:
    """A forecast that is yes or no by nature: its thresholds are part of it, not chosen later.

    Attributes:
      forecaster: gives probabilities.
      thresholds: ``Float[k]``, yes from here on.
    """

    forecaster: Forecaster
    thresholds: Float[np.ndarray, "k"]

    def __call__(self, inputs: Inputs) -> Float[np.ndarray, "n k"]:
        """The probabilities."""
        return self.forecaster(inputs)


class Persistence(NamedTuple):
    """Frequencies of each event in training, by whether it happened in the 24 h before.

    Attributes:
      after_event: ``Float[k]``, P(event | event before).
      after_none: ``Float[k]``, P(event | none before).
    """

    after_event: Float[np.ndarray, "k"]
    after_none: Float[np.ndarray, "k"]


def persistence() -> Method:
    """Will flare if it flared in the last 24 h; as a probability, with training's frequencies.

    The answer is yes after an event, whatever validation data would make of it. Reads the input
    ``previous``; NaN where the region was not seen for the whole of these 24 h.
    """

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Forecaster:
        del key, validation
        found = frequencies(train.inputs["previous"], train.events)
        follows = found.after_event > found.after_none  # else flares repel each other: never yes
        return Rule(
            lambda inputs: from_yesterday(inputs["previous"], found),
            np.where(follows, (found.after_event + found.after_none) / 2, np.inf),
        )

    return Method(fit)


def frequencies(
    previous: Float[np.ndarray, "n k"], events: Events, *, prior: float = 1.0
) -> Persistence:
    """How often an event followed an event, and how often it followed none, in training.

    (number of events + m π)/(number + m), with m = ``prior`` and π the overall share, so that a
    case that is never or hardly seen gets the climatology, not 0 or nothing.

    Args:
      previous: whether each event happened in the 24 h before, 0 or 1, NaN where not known.
      events: of the training data.
      prior: m, weight of the climatology in examples.

    Returns:
      Two frequencies for each event.

    Example:
      >>> events = Events(np.array([[True], [False], [False], [False]]), np.ones((4, 1), bool))
      >>> found = frequencies(np.array([[1.0], [1.0], [0.0], [0.0]]), events)
      >>> found.after_event.round(3), found.after_none.round(3)
      (array([0.417]), array([0.083]))
    """
    happened, known = np.asarray(events.happened), np.asarray(events.known)
    usable = known & ~np.isnan(previous)
    overall = share(happened, usable)
    after_event, after_none = (
        ((happened & case).sum(0) + prior * overall) / (case.sum(0) + prior)
        for case in (usable & (previous == 1), usable & (previous == 0))
    )
    return Persistence(after_event, after_none)


def from_yesterday(
    previous: Float[np.ndarray, "n k"], found: Persistence
) -> Float[np.ndarray, "n k"]:
    """Forecast from yesterday: one probability if it flared in the last 24 h, another if not.

    As a yes/no forecast this is plain persistence; as a probability it is calibrated.

    Args:
      previous: whether each event happened in the 24 h before, 0 or 1, NaN where not known.
      found: from `frequencies`.

    Returns:
      Probabilities; NaN where ``previous`` is NaN, which a scorecard counts.

    Example:
      >>> found = Persistence(np.array([0.4]), np.array([0.02]))
      >>> from_yesterday(np.array([[1.0], [0.0], [np.nan]]), found).ravel()
      array([0.4 , 0.02,  nan])

    References:
      Leka et al. (2019), doi:10.3847/1538-4365/ab2e12
    """
    probability = np.where(previous == 1, found.after_event, found.after_none)
    return np.where(np.isnan(previous), np.nan, probability)
