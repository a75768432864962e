"""The contract: the shapes that pass from room to room.

Everything is a ``NamedTuple`` of arrays (hence a JAX pytree) or a pair of plain functions.
Letters in shapes: ``n`` examples of a table, ``b`` examples of a batch, ``k`` events that are
forecast together (for instance ≥ C1.0 and ≥ M1.0), ``h w c`` rows (south to north), columns
(east to west on the sky as seen, that is solar east on the left) and channels.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

PyTree = Any
Inputs = Mapping[str, Any]


class Events(NamedTuple):
    """Whether each event happened, and whether that is known.

    Attributes:
      happened: ``Bool[n, k]``.
      known: ``Bool[n, k]``; False where nobody can say (the region left the disk, or a flare
        without a region was large enough). Such an entry counts neither as yes nor as no.
    """

    happened: Bool[np.ndarray | Array, "n k"]
    known: Bool[np.ndarray | Array, "n k"]


class Examples(NamedTuple):
    """A table of forecasts to be made, one row for each region and issue time.

    Attributes:
      id: ``Str[n]``, stable names.
      region: ``Int[n]``, HARP, NOAA or simulated number; what splits and bootstraps go by.
      issue_time: ``datetime64[s][n]``, UTC; nothing later is known to the forecaster.
      inputs: a mapping from name to an array ``[n, ...]``: all that a forecaster may use, e.g.
        ``image`` in gauss, ``keywords``, ``previous`` (the same events in the 24 h before, 0 or 1,
        NaN where the region was not seen).
      events: what happened in the window after ``issue_time``.
      true_probability: ``Float[n, k]`` on simulated data, else None: of each event, given the
        path that the flare rate took after ``issue_time``.
      state_probability: ``Float[n, k]`` likewise, given all that was the case at ``issue_time``:
        the best forecast there can be; None also where it was not simulated (in training).
    """

    id: np.ndarray
    region: Int[np.ndarray, "n"]
    issue_time: np.ndarray
    inputs: Inputs
    events: Events
    true_probability: Float[np.ndarray, "n k"] | None = None
    state_probability: Float[np.ndarray, "n k"] | None = None


class Batch(NamedTuple):
    """Examples that pass through a step together.

    Attributes:
      inputs: pytree of arrays ``[b, ...]``.
      targets: pytree of arrays ``[b, ...]``, e.g. `Events`.
      mask: ``Bool[b]``; False on the padding of the last batch.
      row: ``Int[b]``; the example's row in its table. Randomness is folded by it, so that an
        example meets the same dropout and augmentation on one device and on many.
    """

    inputs: PyTree
    targets: PyTree
    mask: Bool[np.ndarray | Array, "b"]
    row: Int[np.ndarray | Array, "b"]


class TrainState(NamedTuple):
    """All that a training step reads and writes.

    Attributes:
      step: ``Int[]``, steps done.
      params: pytree of parameters.
      optimizer_state: optax's.
      key: the run's random key; it never changes, each step folds its number in.
    """

    step: Int[Array, ""]
    params: PyTree
    optimizer_state: PyTree
    key: Key[Array, ""]


@runtime_checkable
class Apply(Protocol):
    """``apply(params, inputs, *, key, train) -> (output, intermediates)``."""

    def __call__(
        self,
        params: PyTree,
        inputs: PyTree,
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> tuple[Any, PyTree]:
        """Run the model on a batch; ``key`` holds one key per example, for dropout."""


class Model(NamedTuple):
    """A model is two pure functions.

    Attributes:
      init: ``(key, inputs) -> params`` from a batch of any size.
      apply: see `Apply`. Flare models return logits ``Float[b, k]``.
    """

    init: Callable[[Key[Array, ""], PyTree], PyTree]
    apply: Apply


Loss = Callable[[Any, Any], Float[Array, "b"]]
"""``loss(output, targets) -> Float[b]``: one number per example; the caller reduces."""

Forecast = Callable[[Inputs], Float[np.ndarray, "n k"]]
"""``forecast(inputs) -> probability``, host arrays in and out; NaN where it has no answer."""


class Method(NamedTuple):
    """What a comparison compares: a way to turn examples into a forecaster.

    Attributes:
      fit: ``(key, train, validation) -> forecast``.
    """

    fit: Callable[[Key[Array, ""], Examples, Examples], Forecast]


class Forecasts(NamedTuple):
    """Forecasts that were made, row by row the file ``forecasts.parquet``.

    Attributes:
      id: ``Str[n]``; region: ``Int[n]``; issue_time: ``datetime64[s][n]``.
      observed: ``Bool[n, k]`` and known: ``Bool[n, k]``, see `Events`.
      probability: ``Float[n, k]``, calibrated.
    """

    id: np.ndarray
    region: Int[np.ndarray, "n"]
    issue_time: np.ndarray
    observed: Bool[np.ndarray, "n k"]
    known: Bool[np.ndarray, "n k"]
    probability: Float[np.ndarray, "n k"]


def take(tree: PyTree, rows: Any) -> PyTree:
    """Rows of every array in a pytree; ``None`` leaves stay ``None``.

    Args:
      tree: pytree whose arrays share their first axis, e.g. `Examples`.
      rows: anything that indexes that axis: indices, a mask, a slice.

    Returns:
      The same pytree, shorter.

    Example:
      >>> take({"a": np.arange(4), "b": None}, [0, 2])
      {'a': array([0, 2]), 'b': None}
    """
    return jax.tree.map(lambda column: column[rows], tree)


def check(batch: Batch) -> Batch:
    """Return ``batch`` if every array in it has the same first axis as its mask.

    Raises:
      ValueError: names the leaf that differs.

    Example:
      >>> one = np.zeros(1)
      >>> check(Batch(one, one, np.ones(1, bool), np.zeros(1, int))).mask.shape
      (1,)
    """
    n = len(batch.mask)
    for path, leaf in jax.tree_util.tree_leaves_with_path(batch):
        if np.ndim(leaf) == 0 or np.shape(leaf)[0] != n:
            name = jax.tree_util.keystr(path)
            raise ValueError(f"batch{name} has shape {np.shape(leaf)}, but the mask has {n} rows")
    return batch
