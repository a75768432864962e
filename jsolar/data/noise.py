"""Wrong labels on purpose, to see what they do: pure functions that compose.

A noise is a function ``(key, happened, groups, times) -> Noisy``. Real mistakes happen to flares
and not to windows, and one flare touches as many windows as there are in a day: `relabelled` makes
a noise of a mistake in the flare list (`jsolar.sun.flares.errors`). The others flip labels.

Under the same key a larger rate flips what a smaller one does and more, so that curves against
the rate are not blurred by other luck. Flips of one event do not ask what another one's label is:
with several, ≥ M1.0 can end up true where ≥ C1.0 is false. `transition` keeps them in order.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key, Shaped

from jsolar.keys import named
from jsolar.sun.flares.catalogue import FlareList
from jsolar.sun.flares.errors import ListError
from jsolar.sun.flares.faults import OnDisk
from jsolar.sun.flares.labels import Regions, after, events, label_windows

Labels = Bool[np.ndarray, "n k"]
PerEvent = float | Sequence[float] | Float[np.ndarray, "k"]


class Noisy(NamedTuple):
    """Labels after a noise.

    Attributes:
      labels: ``Bool[n, k]``.
      flipped: ``Bool[n, k]``, where they are not what they were before.
    """

    labels: Labels
    flipped: Labels


class Rates(NamedTuple):
    """How noisy labels are, each ``Float[k]``; NaN where nothing happened.

    Attributes:
      missed: share of the events that are labelled as none.
      false_per_event: false events for each true one.
      prevalence: labelled events for each true one; 1 if as many are false as are missed.
    """

    missed: Float[np.ndarray, "k"]
    false_per_event: Float[np.ndarray, "k"]
    prevalence: Float[np.ndarray, "k"]


Noise = Callable[[Key[Array, ""], Labels, Int[np.ndarray, "n"], Shaped[np.ndarray, "n"]], Noisy]


def symmetric(rate: float, *, whole_regions: bool = False) -> Noise:
    """Every label is flipped with the same probability.

    With rare events nearly all mistakes are then false events: 5 % at a base rate of 1.9 % are 2.6
    false events for each true one. `preserving` does not drown the class.

    Args:
      rate: of flips.
      whole_regions: all labels of a region are flipped or none.

    Returns:
      A noise.

    Raises:
      ValueError: the rate is not between 0 and 1.

    Example:
      >>> quiet, region = np.zeros((1000, 1), bool), np.arange(1000)
      >>> noisy = symmetric(0.1)(jax.random.key(0), quiet, region, region)
      >>> bool(60 < noisy.flipped.sum() < 140), bool((noisy.labels == noisy.flipped).all())
      (True, True)
    """
    return asymmetric(missed=rate, false=rate, whole_regions=whole_regions)


def asymmetric(
    *, missed: PerEvent = 0.0, false: PerEvent = 0.0, whole_regions: bool = False
) -> Noise:
    """Events are labelled as none with one probability, and none as events with another.

    Args:
      missed: P(labelled none | happened), for all events or one for each.
      false: P(labelled event | did not happen); see `per_event` for rates in units of events.
      whole_regions: one luck for all labels of a region.

    Returns:
      A noise.

    Raises:
      ValueError: a rate is not between 0 and 1.
    """
    _check(missed=missed, false=false)

    def noise(key: Key[Array, ""], happened: Labels, groups: Any, times: Any) -> Noisy:
        del times
        chance = np.where(happened, np.asarray(missed), np.asarray(false))
        flipped = _luck(key, groups, happened.shape[1], whole_regions) < chance
        return Noisy(happened ^ flipped, flipped)

    return noise


def per_event(
    *, missed: PerEvent = 0.0, false: PerEvent = 0.0, whole_regions: bool = False
) -> Noise:
    """`asymmetric` with both rates for each event that happened, as forecasters count them.

    Args:
      missed: share of the events that are labelled as none.
      false: false events for each true one: P(labelled event | none) = false · n₁/n₀.
      whole_regions: one luck for all labels of a region.

    Returns:
      A noise. Where there are too few rows for so many false events, all become events.

    Raises:
      ValueError: a share is not between 0 and 1, or false is negative.

    Example:
      >>> happened, row = np.arange(5000)[:, None] % 50 == 0, np.arange(5000)
      >>> noise = per_event(missed=0.2, false=1.0)
      >>> rates = measured(happened, noise(jax.random.key(0), happened, row, row).labels)
      >>> bool(0.1 < rates.missed[0] < 0.3), bool(0.7 < rates.false_per_event[0] < 1.3)
      (True, True)
    """
    _check(missed=missed)
    if not (np.asarray(false) >= 0).all():
        raise ValueError(f"false={false} false events for each true one: choose 0 or more")

    def noise(key: Key[Array, ""], happened: Labels, groups: Any, times: Any) -> Noisy:
        yes, no = happened.sum(0), (~happened).sum(0)
        chance = np.minimum(np.asarray(false) * yes / np.maximum(no, 1), 1.0)
        flips = asymmetric(missed=missed, false=chance, whole_regions=whole_regions)
        return flips(key, happened, groups, times)

    return noise


def preserving(share: PerEvent, *, whole_regions: bool = False) -> Noise:
    """As many false events as missed ones, on average: the base rate stays what it is.

    Args:
      share: of the events that are missed, and false events for each true one.
      whole_regions: one luck for all labels of a region.

    Returns:
      A noise.
    """
    return per_event(missed=share, false=share, whole_regions=whole_regions)


def transition(matrix: Shaped[np.ndarray, "c c"] | Sequence[Sequence[float | int]]) -> Noise:
    """Labels drawn from a matrix T[i, j] = P(labelled j | is i) of ordered classes.

    The class of a row is how many of its events happened: with ≥ C1.0 and ≥ M1.0 none, C, and M
    or more. Events so stay in order: each smaller one is true where a larger one is.

    Args:
      matrix: ``[k + 1, k + 1]``; rows add up to 1.

    Returns:
      A noise of k events, the smallest first.

    Raises:
      ValueError: the matrix is no such matrix, or labels have another number of events.

    Example:
      >>> flip = transition([[0.0, 1.0], [1.0, 0.0]])
      >>> happened, row = np.array([[True], [False]]), np.arange(2)
      >>> flip(jax.random.key(0), happened, row, row).labels.ravel().tolist()
      [False, True]
    """
    t = np.asarray(matrix, float)
    if t.ndim != 2 or t.shape[0] != t.shape[1] or (t < 0).any() or not np.allclose(t.sum(1), 1):
        raise ValueError("a transition matrix is square, its rows are probabilities: add up to 1")

    def noise(key: Key[Array, ""], happened: Labels, groups: Any, times: Any) -> Noisy:
        del times
        k = happened.shape[1]
        if len(t) != k + 1:
            raise ValueError(f"{k} events make {k + 1} classes, but the matrix has {len(t)}")
        below = np.cumsum(t, axis=1)[happened.sum(1), :-1]  # P(labelled j or less | is i)
        labels = _luck(key, groups, 1, whole_regions=False) >= below
        return Noisy(labels, labels ^ happened)

    return noise


def swapped_pictures(share: float) -> Noise:
    """Some pictures and labels of one another: their rows exchange labels in a circle.

    Args:
      share: of the rows.

    Returns:
      A noise that keeps the number of events; many of the exchanged labels are equal.

    Raises:
      ValueError: the share is not between 0 and 1.

    Example:
      >>> happened, row = np.arange(100)[:, None] % 4 == 0, np.arange(100)
      >>> noisy = swapped_pictures(0.5)(jax.random.key(0), happened, row, row)
      >>> int(noisy.labels.sum()), bool(noisy.flipped.any())
      (25, True)
    """
    _check(share=share)

    def noise(key: Key[Array, ""], happened: Labels, groups: Any, times: Any) -> Noisy:
        del times
        order = np.asarray(jax.random.permutation(named(key, "circle"), len(groups)))
        chosen = order[_luck(key, groups, 1, whole_regions=False)[order, 0] < share]
        labels = happened.copy()
        labels[chosen] = happened[np.roll(chosen, 1)]
        return Noisy(labels, labels ^ happened)

    return noise


def out_of_step(share: float, *, steps: int = 1) -> Noise:
    """Pictures and labels of a region shifted against each other in time.

    Args:
      share: of the regions.
      steps: each row gets the label of the row of its region so many later (negative: earlier);
        at the end the last label is repeated.

    Returns:
      A noise.

    Raises:
      ValueError: the share is not between 0 and 1.

    Example:
      >>> happened = np.array([[False], [True], [False]])
      >>> noisy = out_of_step(1.0)(jax.random.key(0), happened, np.zeros(3, int), np.arange(3))
      >>> noisy.labels.ravel().tolist()
      [True, False, False]
    """
    _check(share=share)

    def noise(key: Key[Array, ""], happened: Labels, groups: Any, times: Any) -> Noisy:
        order = np.lexsort((times, groups))
        _, first, size = np.unique(groups[order], return_index=True, return_counts=True)
        first, last = np.repeat(first, size), np.repeat(first + size - 1, size)
        source = np.clip(np.arange(len(groups)) + steps, first, last)
        shifted = np.empty_like(happened)
        shifted[order] = happened[order[source]]
        chosen = _luck(key, groups, 1, whole_regions=True) < share
        labels = (chosen & shifted) | (~chosen & happened)
        return Noisy(labels, labels ^ happened)

    return noise


def relabelled(
    error: ListError,
    flares: FlareList,
    on_disk: OnDisk,
    *,
    thresholds_w_m2: Sequence[float],
    regions: Regions | None = None,
) -> Noise:
    """The labels that a flare list with mistakes would have given.

    Args:
      error: of the list.
      flares: the list that is right.
      on_disk: when its regions were on the disk.
      thresholds_w_m2: of the events, W m⁻².
      regions: of each row, if they are not the groups.

    Returns:
      A noise: labels flip where the wrong list says something else than the right one.
    """

    def noise(key: Key[Array, ""], happened: Labels, groups: Any, times: Any) -> Noisy:
        rows = groups if regions is None else regions
        said = [
            np.asarray(events(label_windows(told, rows, *after(times)), thresholds_w_m2).happened)
            for told in (flares, error(key, flares, on_disk))
        ]
        flipped = said[0] ^ said[1]
        return Noisy(happened ^ flipped, flipped)

    return noise


def compose(*noises: Noise) -> Noise:
    """One noise after the other, each with luck of its own.

    Args:
      noises: none leaves labels as they are.

    Returns:
      A noise; what two of them flip is as it was.

    Example:
      >>> both = compose(symmetric(1.0), symmetric(1.0))
      >>> bool(both(jax.random.key(0), np.ones((2, 1), bool), np.arange(2), np.arange(2))
      ...      .flipped.any())
      False
    """

    def noise(key: Key[Array, ""], happened: Labels, groups: Any, times: Any) -> Noisy:
        labels = happened
        for number, one in enumerate(noises):
            labels = one(jax.random.fold_in(key, number), labels, groups, times).labels
        return Noisy(labels, labels ^ happened)

    return noise


def measured(happened: Labels, labels: Labels, *, known: Labels | None = None) -> Rates:
    """How noisy labels turned out to be.

    Args:
      happened: the truth.
      labels: what is said of it.
      known: where both are known; everywhere if not given.

    Returns:
      Rates for each event.

    Example:
      >>> measured(np.array([[True], [True], [False]]), np.array([[True], [False], [True]]))
      Rates(missed=array([0.5]), false_per_event=array([0.5]), prevalence=array([1.]))
    """
    where = np.ones_like(happened) if known is None else known
    true = (happened & where).sum(0)
    total = np.where(true > 0, true, np.nan)
    missed, false = (happened & ~labels & where).sum(0), (~happened & labels & where).sum(0)
    return Rates(missed / total, false / total, (labels & where).sum(0) / total)


def _luck(
    key: Key[Array, ""], groups: Int[np.ndarray, "n"], k: int, whole_regions: bool
) -> Float[np.ndarray, "n k"]:
    """A number in [0, 1) for each label, or for each region and event."""
    if not whole_regions:
        return np.asarray(jax.random.uniform(key, (len(groups), k)))
    regions, index = np.unique(groups, return_inverse=True)
    return np.asarray(jax.random.uniform(key, (len(regions), k)))[index]


def _check(**shares: Any) -> None:
    for name, share in shares.items():
        if not ((np.asarray(share) >= 0) & (np.asarray(share) <= 1)).all():
            raise ValueError(f"{name}={share} is a share: choose a number from 0 to 1")
