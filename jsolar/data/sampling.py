"""Remedies for rare events: which training rows to take, how often, and with what weight.

A sampler is a function ``(key, subclass, groups) -> indices`` of rows, so samplers compose
(`then`). ``subclass`` numbers the largest flare of a window as `SUBCLASSES` does; X and M count as
flaring, C, B and quiet as not. ``groups`` are numbers of regions.

Sample the training rows only. A sampled test set has another base rate, so that precision and HSS2
mean something else, and unless the mix within both sides is kept, another false-alarm rate too.

The names say what is done to the subclasses. The variants are those of Ahmadzadeh et al. (2019,
arXiv:1911.09061; 2021, doi:10.3847/1538-4365/abec88) without their numbers, which we could not
confirm.
"""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.keys import generator, named

SUBCLASSES = ("X", "M", "C", "B", "Q")
"""Largest flare of a window; Q is quiet: none listed."""

FLARING = 2
"""So many of them, from the first, count as flaring."""

Rows = Int[np.ndarray, "m"]
Labels = Int[np.ndarray, "n"]
Sampler = Callable[[Key[Array, ""], Labels, Labels], Rows]


def undersample_keeping_mix(key: Key[Array, ""], subclass: Labels, groups: Labels) -> Rows:
    """All flaring rows, and as many others in the proportions that C, B and Q have.

    Args:
      key: random key.
      subclass: of each row.
      groups: not used; samplers share their signature.

    Returns:
      Sorted rows, each at most once.

    Example:
      >>> subclass = np.repeat([1, 2, 4], [3, 2, 4])
      >>> rows = undersample_keeping_mix(jax.random.key(0), subclass, subclass)
      >>> np.bincount(subclass[rows], minlength=5).tolist()
      [0, 3, 1, 0, 2]
    """
    del groups
    count = _count(subclass)
    wanted = _flaring(count).astype(float)
    wanted[FLARING:] = _proportional(count[FLARING:], int(count[:FLARING].sum()))
    return _draw(key, subclass, wanted, replace=False)


def undersample_equal_mix(key: Key[Array, ""], subclass: Labels, groups: Labels) -> Rows:
    """All flaring rows, and as many others, a third of them each of C, B and Q.

    A subclass that is smaller than its share is taken whole and the rest comes from the others.

    Args:
      key: random key.
      subclass: of each row.
      groups: not used.

    Returns:
      Sorted rows, each at most once.
    """
    del groups
    count = _count(subclass)
    wanted = _flaring(count).astype(float)
    wanted[FLARING:] = _level(count[FLARING:], int(count[:FLARING].sum()))
    return _draw(key, subclass, wanted, replace=False)


def undersample_to_x(key: Key[Array, ""], subclass: Labels, groups: Labels) -> Rows:
    """All X, as many M, and as many others as both, a third of them each of C, B and Q.

    Args:
      key: random key.
      subclass: of each row.
      groups: not used.

    Returns:
      Sorted rows, each at most once.

    Raises:
      ValueError: there is no X.

    Example:
      >>> subclass = np.repeat(np.arange(5), [3, 9, 30, 30, 300])
      >>> rows = undersample_to_x(jax.random.key(0), subclass, subclass)
      >>> np.bincount(subclass[rows]).tolist()
      [3, 3, 2, 2, 2]
    """
    del groups
    count = _count(subclass)
    if not count[0]:
        raise ValueError("there is no X flare to set the size of the sample")
    flaring = np.minimum(count[:FLARING], count[0])
    wanted = np.concatenate([flaring, _level(count[FLARING:], int(flaring.sum()))])
    return _draw(key, subclass, wanted, replace=False)


def oversample_keeping_mix(key: Key[Array, ""], subclass: Labels, groups: Labels) -> Rows:
    """All rows, flaring ones repeated until they are as many, X and M in the proportion they have.

    Args:
      key: random key.
      subclass: of each row.
      groups: not used.

    Returns:
      Sorted rows; every row at least once.
    """
    del groups
    count = _count(subclass)
    wanted = count.astype(float)
    flaring, others = int(count[:FLARING].sum()), int(count[FLARING:].sum())
    wanted[:FLARING] = _proportional(count[:FLARING], max(flaring, others))
    return _draw(key, subclass, wanted, replace=True)


def oversample_equal_mix(key: Key[Array, ""], subclass: Labels, groups: Labels) -> Rows:
    """All rows, flaring ones repeated until they are as many, half of them X and half M.

    Args:
      key: random key.
      subclass: of each row.
      groups: not used.

    Returns:
      Sorted rows; every row at least once.

    Example:
      >>> subclass = np.repeat(np.arange(5), [1, 3, 2, 2, 8])
      >>> rows = oversample_equal_mix(jax.random.key(0), subclass, subclass)
      >>> np.bincount(subclass[rows]).tolist()
      [6, 6, 2, 2, 8]
    """
    del groups
    count = _count(subclass)
    wanted = count.astype(float)
    there = count[:FLARING] > 0
    each = int(count[FLARING:].sum()) // max(int(there.sum()), 1)
    wanted[:FLARING] = np.where(there, np.maximum(each, count[:FLARING]), 0)
    return _draw(key, subclass, wanted, replace=True)


def one_in(step: int) -> Sampler:
    """Every ``step``-th row of each region, from a random one of its first: thinned in time.

    Rows of a region that follow one another at an hour share eleven twelfths of their data.

    Args:
      step: of the rows of a region, in the order in which they stand.

    Returns:
      A sampler.

    Raises:
      ValueError: the step is below 1.

    Example:
      >>> groups = np.array([7, 7, 7, 7, 8])
      >>> one_in(4)(jax.random.key(0), groups * 0, groups).shape
      (2,)
    """
    if step < 1:
        raise ValueError(f"one row in {step} cannot be taken: the step is at least 1")

    def sample(key: Key[Array, ""], subclass: Labels, groups: Labels) -> Rows:
        del subclass
        order = np.argsort(groups, kind="stable")
        _, first, size = np.unique(groups[order], return_index=True, return_counts=True)
        luck = generator(named(key, "one_in")).random(len(size))
        start = (luck * np.minimum(size, step)).astype(int)
        place = np.arange(len(groups)) - np.repeat(first, size)
        return np.sort(order[(place - np.repeat(start, size)) % step == 0])

    return sample


def then(*samplers: Sampler) -> Sampler:
    """One sampler after the other, each on the rows that the one before left.

    Args:
      samplers: at least one.

    Returns:
      A sampler.

    Example:
      >>> subclass, groups = np.repeat([1, 4], [2, 40]), np.arange(42)
      >>> both = then(undersample_keeping_mix, one_in(1))
      >>> np.bincount(subclass[both(jax.random.key(0), subclass, groups)]).tolist()
      [0, 2, 0, 0, 2]
    """

    def sample(key: Key[Array, ""], subclass: Labels, groups: Labels) -> Rows:
        rows = np.arange(len(subclass))
        for number, sampler in enumerate(samplers):
            own = jax.random.fold_in(key, number)
            rows = rows[sampler(own, subclass[rows], groups[rows])]
        return rows

    return sample


def class_weights(happened: Any) -> Float[np.ndarray, "n"]:
    """Weights n / (2 n_c) for the rows of either class c, "balanced": both weigh as much together.

    Args:
      happened: whether each row is an event.

    Returns:
      Weights whose mean is 1; all 1 if a class is empty.

    Example:
      >>> class_weights([True, False, False, False]).round(2).tolist()
      [2.0, 0.67, 0.67, 0.67]
    """
    yes = np.asarray(happened, bool)
    count = np.array([(~yes).sum(), yes.sum()])
    if not count.all():
        return np.ones(len(yes))
    return (len(yes) / (2 * count))[yes.astype(int)]


def _count(subclass: Labels) -> Int[np.ndarray, "5"]:
    return np.bincount(subclass, minlength=len(SUBCLASSES))


def _flaring(count: Int[np.ndarray, "5"]) -> Int[np.ndarray, "5"]:
    return np.where(np.arange(len(count)) < FLARING, count, 0)


def _proportional(count: Int[np.ndarray, "c"], total: int) -> Float[np.ndarray, "c"]:
    """Whole numbers that add up to the total (at most all there is to draw), as ``count`` is."""
    if not count.sum():
        return np.zeros(len(count))
    exact = count * total / count.sum()
    whole = np.floor(exact)
    largest = np.argsort(whole - exact, kind="stable")[: round(total - whole.sum())]
    whole[largest] += 1
    return whole


def _level(count: Int[np.ndarray, "c"], total: int) -> Float[np.ndarray, "c"]:
    """As equal as the counts allow: the small ones whole, the rest shared among the others."""
    wanted = np.zeros(len(count))
    for done, c in enumerate(np.argsort(count, kind="stable")):
        share = (total - wanted.sum()) / (len(count) - done)
        wanted[c] = min(count[c], round(share))
    return wanted


def _draw(
    key: Key[Array, ""], subclass: Labels, wanted: Float[np.ndarray, "5"], *, replace: bool
) -> Rows:
    """So many rows of each subclass; with replacement only what goes beyond all of them."""
    found = []
    for number, name in enumerate(SUBCLASSES):
        rows, draws = np.flatnonzero(subclass == number), generator(named(key, name))
        few = min(int(wanted[number]), len(rows))
        found.append(draws.permutation(rows)[:few])
        if replace and wanted[number] > len(rows) > 0:
            found.append(draws.choice(rows, int(wanted[number]) - len(rows)))
    return np.sort(np.concatenate(found))
