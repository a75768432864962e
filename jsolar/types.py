"""The contract: the shapes that pass from room to room, whatever the task.

Everything is a ``NamedTuple`` of arrays (hence a JAX pytree) or a pair of plain functions.
Letters in shapes: ``n`` examples of a table, ``b`` examples of a batch, ``k`` events that are
forecast together (for instance ≥ C1.0 and ≥ M1.0), ``h w c`` rows (south to north), columns
(east to west on the sky as seen, that is solar east on the left) and channels.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

PyTree = Any


class Rows(NamedTuple):
    """Who the rows of a table are: all that splits, samplers, audits and bootstraps ask.

    Attributes:
      id: ``Str[n]``, stable names.
      group: ``Int[n]``, what must not be torn apart: the active region, or for full disks the
        rotation.
      time: ``datetime64[s][n]``, UTC, when the forecast is issued; nothing later is known to it.
    """

    id: np.ndarray
    group: Int[np.ndarray, "n"]
    time: np.ndarray


class Events(NamedTuple):
    """Whether each event happened, and whether that is known: the labels of every event task.

    Attributes:
      happened: ``Bool[n, k]``.
      known: ``Bool[n, k]``; False where nobody can say (the region left the disk, or a flare
        without a region was large enough). Such an entry counts neither as yes nor as no.
    """

    happened: Bool[np.ndarray | Array, "n k"]
    known: Bool[np.ndarray | Array, "n k"]


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
      apply: see `Apply`. Models of events return logits ``Float[b, k]``.
    """

    init: Callable[[Key[Array, ""], PyTree], PyTree]
    apply: Apply


Loss = Callable[[Any, Any], Float[Array, "b"]]
"""``loss(output, targets) -> Float[b]``: one number per example; the caller reduces."""


def take(tree: PyTree, rows: Any) -> PyTree:
    """Rows of every array in a pytree; ``None`` leaves stay ``None``, what is on disk stays there.

    Args:
      tree: pytree whose arrays share their first axis, e.g. `Rows`.
      rows: anything that indexes that axis: indices, a mask, a slice.

    Returns:
      The same pytree, shorter.

    Example:
      >>> take({"a": np.arange(4), "b": None}, [0, 2])
      {'a': array([0, 2]), 'b': None}
    """
    return jax.tree.map(lambda c: c.part(rows) if hasattr(c, "part") else c[rows], tree)


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
