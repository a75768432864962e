"""Batches through Grain: shuffled and resumable to train, padded and complete to evaluate."""

import functools
from collections.abc import Iterator
from typing import Any

import grain
import jax
import numpy as np
from jaxtyping import Array, Key

from jsolar.keys import named
from jsolar.types import Batch, PyTree

_ENDLESS = 2**40
"""Batches; at a thousand a second they last for 35 years."""


def training_batches(
    key: Key[Array, ""],
    inputs: PyTree,
    targets: PyTree,
    *,
    batch_size: int,
    rows: np.ndarray | None = None,
    threads: int = 4,
) -> Any:
    """An endless, shuffled stream of full batches whose place can be saved.

    Every epoch is shuffled anew; a batch may span two epochs, so none is ever partial. Grain
    reads ahead whole batches: row by row it would take longer than a small network's step.

    Args:
      key: of the shuffling, by its stream ``order``.
      inputs: pytree of arrays ``[n, ...]``, or of columns that read rows when asked to.
      targets: the same for targets.
      batch_size: examples in a batch.
      rows: the rows to draw from, repeated ones count more often; all by default.
      threads: that read ahead.

    Returns:
      Grain's iterator over `Batch`, for `jsolar.train.checkpoint`.

    Example:
      >>> key = jax.random.key(0)
      >>> batches = training_batches(key, np.arange(10.0), np.arange(10) > 4, batch_size=4)
      >>> batch = next(batches)
      >>> batch.inputs.shape, bool((batch.targets == (batch.inputs > 4)).all())
      ((4,), True)
    """
    seed = int(jax.random.randint(named(key, "order"), (), 0, 2**31 - 1))
    rows = np.arange(_length(targets)) if rows is None else np.asarray(rows)

    @functools.lru_cache(maxsize=3)
    def order(epoch: int) -> np.ndarray:
        return rows[np.random.default_rng((seed, epoch)).permutation(len(rows))]

    def fetch(number: int) -> Batch:
        epoch, place = np.divmod(number * batch_size + np.arange(batch_size), len(rows))
        index = np.concatenate([order(e)[place[epoch == e]] for e in np.unique(epoch).tolist()])
        return Batch(_read(inputs, index), _read(targets, index), np.ones(len(index), bool), index)

    ahead = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=2 * threads)
    return iter(grain.MapDataset.range(_ENDLESS).map(fetch).to_iter_dataset(ahead))


def evaluation_batches(
    inputs: PyTree, targets: PyTree = (), *, batch_size: int, n: int
) -> Iterator[Batch]:
    """Every example once and in order; the last batch is padded with its own first row.

    Args:
      inputs: pytree of arrays ``[n, ...]``.
      targets: the same for targets, if there are any.
      batch_size: examples in a batch.
      n: examples in all.

    Yields:
      Batches of equal shape, so that nothing compiles twice; ``mask`` marks the padding.

    Example:
      >>> [b.mask.tolist() for b in evaluation_batches(np.arange(3), batch_size=2, n=3)]
      [[True, True], [True, False]]
    """
    for start in range(0, n, batch_size):
        index = np.arange(start, start + batch_size)
        mask = index < n
        index = np.where(mask, index, start)
        yield Batch(_read(inputs, index), _read(targets, index), mask, index)


def _read(tree: PyTree, index: np.ndarray) -> PyTree:
    """Rows as arrays, also of columns that are not in memory."""
    return jax.tree.map(lambda column: column[index], tree)


def _length(tree: PyTree) -> int:
    return len(jax.tree.leaves(tree)[0])
