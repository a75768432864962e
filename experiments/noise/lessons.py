"""What each seed is taught: its share of the regions, its wrong labels, and its random key."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Int, Key

from jsolar.data.noise import Noise, compose
from jsolar.forecast.examples import Data, Examples
from jsolar.keys import named
from jsolar.train.many import Runs
from jsolar.types import Events

WATCHED = 256
"""So many of the wrong labels of a training are watched while it lasts."""

CLEAN, NOISY = "clean", "noisy"
"""Names of the validation labels that choose an epoch."""


class Watched(NamedTuple):
    """Rows with wrong labels; of training, which the network sees, and of validation."""

    row: Int[np.ndarray, "r"]
    label: np.ndarray
    counts: np.ndarray
    held_row: Int[np.ndarray, "r"]
    held_label: np.ndarray
    held_counts: np.ndarray
    base_rate: np.ndarray


def lessons(key: Key[Array, ""], noise: Noise, data: Data, *, seeds: int, share: float) -> Runs:
    """The runs of one noise, one a seed.

    A seed has the same share of the training regions, the same key and the same luck whatever the
    noise, so that differences between noises are not blurred.

    Args:
      key: the experiment's.
      noise: of labels.
      data: one event, labels right.
      seeds: how many.
      share: of the training rows that each seed is taught.

    Returns:
      Runs whose ``held`` are validation labels, `CLEAN` and with the same noise `NOISY`.
    """
    keys = [named(key, f"seed_{i}") for i in range(seeds)]
    rows = [taught(named(k, "regions"), data.train, share=share) for k in keys]
    train = [_with(noise, named(k, "training"), data.train) for k in keys]
    held = [_with(noise, named(k, "validation"), data.validation) for k in keys]
    watched = [
        _watch(data, own, told, judged) for own, told, judged in zip(rows, train, held, strict=True)
    ]
    return Runs(
        key=jax.numpy.stack([named(k, "training") for k in keys]),
        rows=np.stack(rows),
        targets=_stacked(train),
        held={CLEAN: _stacked([data.validation.events] * seeds), NOISY: _stacked(held)},
        watched=_stacked(watched),
    )


def clean() -> Noise:
    """No noise."""
    return compose()


def taught(key: Key[Array, ""], train: Examples, *, share: float) -> Int[np.ndarray, "m"]:
    """Rows of random regions, as many for every key.

    Regions come in random order until they hold a share of the rows; of the last one only some
    rows are taken.

    Example:
      >>> from jsolar.types import Rows
      >>> group, time = np.repeat([7, 8, 9], 4), np.zeros(12, "datetime64[s]")
      >>> train = Examples(Rows(time, group, time), {}, Events(time, time))
      >>> rows = taught(jax.random.key(0), train, share=0.5)
      >>> len(rows), len(np.unique(group[rows]))
      (6, 2)
    """
    regions, index = np.unique(train.rows.group, return_inverse=True)
    place = np.asarray(jax.random.permutation(key, len(regions)))[index]
    return np.argsort(place, kind="stable")[: round(share * len(index))]


def _with(noise: Noise, key: Key[Array, ""], examples: Examples) -> Events:
    happened, known = (np.asarray(column) for column in examples.events)
    rows = examples.rows
    return Events(noise(key, happened, rows.group, rows.time).labels, known)


def _watch(data: Data, rows: Int[np.ndarray, "m"], told: Events, held: Events) -> Watched:
    wrong = np.zeros(len(told.happened), bool)
    wrong[rows] = True
    train = _wrong(wrong, np.asarray(told.happened), data.train.events)
    judged = _wrong(np.True_, np.asarray(held.happened), data.validation.events)
    rate = np.asarray(told.happened)[rows].mean()
    return Watched(*train, *judged, np.asarray(rate, np.float32))


def _wrong(
    among: np.ndarray | np.bool_, labels: np.ndarray, truth: Events
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Some rows whose label is wrong, the label, and which of them count."""
    wrong = np.flatnonzero(((labels != truth.happened) & truth.known)[:, 0] & among)
    few = wrong[np.linspace(0, len(wrong) - 1, min(WATCHED, len(wrong))).astype(int)]
    rows = np.zeros(WATCHED, int)
    rows[: len(few)] = few
    return rows, labels[rows, 0], np.arange(WATCHED) < len(few)


def _stacked(trees: Sequence) -> object:
    return jax.tree.map(lambda *leaves: np.stack(leaves), *trees)
