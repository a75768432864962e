"""What every forecast is compared with: climatology, persistence, McIntosh classes.

Fitted on training data only. NumPy, since classes are text and tables are small.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jsolar.types import Events


class Persistence(NamedTuple):
    """Frequencies of each event in training, by whether it happened in the 24 h before.

    Attributes:
      after_event: ``Float[k]``, P(event | event before).
      after_none: ``Float[k]``, P(event | none before).
    """

    after_event: Float[np.ndarray, "k"]
    after_none: Float[np.ndarray, "k"]


class ClassRates(NamedTuple):
    """Flares a day in training, by McIntosh class.

    Attributes:
      names: ``Str[c]``, sorted.
      a_day: ``Float[c k]``, mean number of flares a day of each event's size.
      overall: ``Float[k]``, of all classes; what an unseen class gets.
    """

    names: Shaped[np.ndarray, "c"]
    a_day: Float[np.ndarray, "c k"]
    overall: Float[np.ndarray, "k"]


def climatology(events: Events) -> Float[np.ndarray, "k"]:
    """The share of training examples in which each event happened, of those where it is known.

    Args:
      events: of the training data.

    Returns:
      One probability an event, to be forecast every day; NaN if nothing is known.

    Example:
      >>> happened = np.array([[True], [False], [True]])
      >>> climatology(Events(happened, np.array([[True], [True], [False]])))
      array([0.5])
    """
    return _share(np.asarray(events.happened), np.asarray(events.known))


def persistence_frequencies(
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
      >>> found = persistence_frequencies(np.array([[1.0], [1.0], [0.0], [0.0]]), events)
      >>> found.after_event.round(3), found.after_none.round(3)
      (array([0.417]), array([0.083]))
    """
    happened, known = np.asarray(events.happened), np.asarray(events.known)
    usable = known & ~np.isnan(previous)
    overall = _share(happened, usable)
    after_event, after_none = (
        ((happened & case).sum(0) + prior * overall) / (case.sum(0) + prior)
        for case in (usable & (previous == 1), usable & (previous == 0))
    )
    return Persistence(after_event, after_none)


def persistence(
    previous: Float[np.ndarray, "n k"], frequencies: Persistence
) -> Float[np.ndarray, "n k"]:
    """Forecast from yesterday: one probability if it flared in the last 24 h, another if not.

    As a yes/no forecast this is plain persistence; as a probability it is calibrated.

    Args:
      previous: whether each event happened in the 24 h before, 0 or 1, NaN where not known.
      frequencies: from `persistence_frequencies`.

    Returns:
      Probabilities; NaN where ``previous`` is NaN, which a scorecard counts.

    Example:
      >>> frequencies = Persistence(np.array([0.4]), np.array([0.02]))
      >>> persistence(np.array([[1.0], [0.0], [np.nan]]), frequencies).ravel()
      array([0.4 , 0.02,  nan])

    References:
      Leka et al. (2019), doi:10.3847/1538-4365/ab2e12
    """
    told = np.where(previous == 1, frequencies.after_event, frequencies.after_none)
    return np.where(np.isnan(previous), np.nan, told)


def class_rates(
    classes: Shaped[np.ndarray, "n"],
    counts: Shaped[np.ndarray, "m k"],
    *,
    prior_days: float = 10.0,
) -> ClassRates:
    """Mean number of flares a day for each McIntosh class, rare classes drawn to the overall mean.

    μ_c = (Σ counts + d μ)/(n_c + d), with d = ``prior_days`` and μ the mean of all region days: a
    class seen on d days is trusted half.

    Args:
      classes: McIntosh class of each region day, e.g. ``"Dkc"``.
      counts: number of flares of at least each event's size in the 24 h after; NaN where not
        known.
      prior_days: d.

    Returns:
      Rates by class.

    Raises:
      ValueError: classes and counts differ in length.

    Example:
      >>> rates = class_rates(
      ...     np.array(["Axx", "Axx", "Dkc"]), np.array([[0], [0], [3]]), prior_days=1.0
      ... )
      >>> dict(zip(rates.names.tolist(), rates.a_day.ravel().round(2).tolist()))
      {'Axx': 0.33, 'Dkc': 2.0}
    """
    if len(classes) != len(counts):
        raise ValueError(f"{len(classes)} classes do not match the counts of {len(counts)} days")
    names, index = np.unique(classes, return_inverse=True)
    number, known = np.nan_to_num(counts.astype(float)), ~np.isnan(counts.astype(float))
    overall = _share(number, known)
    member = np.eye(len(names))[index].T
    return ClassRates(
        names,
        (member @ number + prior_days * overall) / (member @ known + prior_days),
        overall,
    )


def mcintosh_poisson(
    classes: Shaped[np.ndarray, "n"], rates: ClassRates
) -> Float[np.ndarray, "n k"]:
    """Probability of at least one flare if flares of a class are a Poisson process: 1 − e^−μ.

    Flares come in bursts and other solar cycles have other rates, so the probabilities tend to be
    too high; calibrate them.

    Args:
      classes: McIntosh class of each region day; one never seen gets the overall rate.
      rates: from `class_rates`.

    Returns:
      Probabilities.

    Example:
      >>> rates = ClassRates(np.array(["Dkc"]), np.array([[np.log(2)]]), np.array([0.0]))
      >>> mcintosh_poisson(np.array(["Dkc", "Zzz"]), rates).ravel()
      array([0.5, 0. ])

    References:
      Gallagher, Moon & Wang (2002), doi:10.1023/A:1020950221179;
      Bloomfield et al. (2012), doi:10.1088/2041-8205/747/2/L41;
      McCloskey et al. (2018), arXiv:1805.00919
    """
    place = np.searchsorted(rates.names, classes).clip(max=len(rates.names) - 1)
    seen = (rates.names[place] == classes)[:, None]
    return -np.expm1(-np.where(seen, rates.a_day[place], rates.overall))


def _share(
    values: Shaped[np.ndarray, "n k"], known: Shaped[np.ndarray, "n k"]
) -> Float[np.ndarray, "k"]:
    """Mean over what is known, NaN if nothing is."""
    count = known.sum(0)
    total = np.where(known, values, 0).sum(0)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
