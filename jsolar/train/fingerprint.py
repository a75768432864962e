"""Whose a folder of checkpoints is: a training of another kind is refused, never answered for.

Functions cannot be compared, but what they do can: besides the config, the key, the data and the
shapes of the parameters, the folder remembers the loss and the gradient of the very first step.
"""

import hashlib
import json
import math
import pathlib
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from jsolar.types import PyTree
from jsolar.writing import plain, write_json

FILE = "training.json"

TOLERANCE = 1e-3
"""Relative, of the first step's numbers: other devices round differently."""

_FIRST_STEP = "first step"


def fingerprint(
    *,
    config: Any,
    key: jax.Array,
    params: PyTree,
    data: PyTree,
    first_step: Mapping[str, Any],
) -> dict[str, Any]:
    """What makes a training this one and no other.

    Args:
      config: a dataclass of numbers and names.
      key: the run's.
      params: parameters, of which the shapes count.
      data: pytree of arrays that say which data these are, such as ids and labels.
      first_step: metrics of the first step.

    Returns:
      Plain values.
    """
    leaves = jax.tree_util.tree_leaves_with_path(params)
    return plain(
        {
            "config": config,
            "key": jax.random.key_data(key),
            "model": {jax.tree_util.keystr(p): f"{x.dtype}{list(x.shape)}" for p, x in leaves},
            "data": digest(data),
            _FIRST_STEP: first_step,
        }
    )


def claim(folder: pathlib.Path, mine: Mapping[str, Any]) -> None:
    """Write the fingerprint, or make sure that the one there is the same.

    Raises:
      ValueError: says in what the training in the folder differs from this one.
    """
    path = folder / FILE
    if not path.exists():
        if (folder / "checkpoints").exists():
            raise ValueError(
                f"{folder} was trained by an older jsolar: choose another folder, or remove it"
            )
        folder.mkdir(parents=True, exist_ok=True)
        write_json(path, mine)
        return
    theirs = json.loads(path.read_text())
    differ = [name for name in mine if not _same(name, mine[name], theirs.get(name))]
    if differ:
        raise ValueError(
            f"{folder} holds a training with another {', '.join(differ)}: choose another folder, "
            "or remove it"
        )


def digest(data: PyTree) -> str:
    """SHA-256 of all arrays in a tree, with their places, types and shapes.

    Example:
      >>> digest(np.arange(3)) == digest(np.arange(3)) != digest(np.arange(4))
      True
    """
    found = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_leaves_with_path(data):
        array = np.ascontiguousarray(leaf)
        found.update(f"{jax.tree_util.keystr(path)} {array.dtype.str} {array.shape}".encode())
        found.update(array.tobytes())
    return found.hexdigest()


def _same(name: str, a: Any, b: Any) -> bool:
    """Equal; only what the first step measured need be so but nearly."""
    if name != _FIRST_STEP or a is None or b is None or a.keys() != b.keys():
        return bool(a == b)
    pairs = [(a[key], b[key]) for key in a]
    return all(
        x == y or (None not in (x, y) and math.isclose(x, y, rel_tol=TOLERANCE)) for x, y in pairs
    )
