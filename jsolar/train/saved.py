"""A trained model as a folder: its card and its parameters, saved and loaded as one pair."""

import json
import pathlib
import shutil
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import orbax.checkpoint as ocp

from jsolar.types import PyTree
from jsolar.writing import write_json

CARD, PARAMS = "model.json", "params"

REQUIRED = ("task", "network", "config", "outputs", "data")
"""What every card says: the task that it was trained for, the network, its options and the width
of its output, and the facts of the data. A task adds what it needs: normaliser, calibration, …"""


class Saved(NamedTuple):
    """A model that was trained.

    Attributes:
      card: all that is told of it, see `REQUIRED`.
      params: its parameters, on the first device.
    """

    card: Mapping[str, Any]
    params: PyTree


def save(folder: pathlib.Path, saved: Saved) -> None:
    """Write the pair; what was there is replaced as a whole.

    Args:
      folder: which then holds ``model.json`` and ``params``, and may be moved or sent elsewhere.
      saved: card and parameters.

    Raises:
      ValueError: the card lacks something.
    """
    missing = [name for name in REQUIRED if name not in saved.card]
    if missing:
        raise ValueError(f"the card of a model must say its {', '.join(missing)}")
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(part.resolve() / PARAMS, saved.params)
    write_json(part / CARD, saved.card)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def load(folder: pathlib.Path) -> Saved:
    """Read a pair, whatever devices it was trained on.

    Args:
      folder: from `save`.

    Returns:
      Card and parameters.

    Raises:
      FileNotFoundError: there is none.
      ValueError: the card is broken or lacks something.
    """
    return Saved(load_card(folder), _params(folder / PARAMS))


def load_card(folder: pathlib.Path) -> dict[str, Any]:
    """Read the card alone; see `load`."""
    path = folder / CARD
    if not path.exists():
        raise FileNotFoundError(
            f"{path} does not exist: give the --workdir of a finished run, "
            "for instance runs/flare_cnn/default"
        )
    try:
        card = json.loads(path.read_text())
        missing = [name for name in REQUIRED if name not in card]
    except (ValueError, TypeError):
        missing = ["whole"]
    if missing:
        raise ValueError(
            f"{path} holds no model of this version, or is broken: use a finished run, of this "
            "version"
        )
    return card


def _params(folder: pathlib.Path) -> PyTree:
    if not folder.exists():
        raise FileNotFoundError(f"{folder} does not exist: let the experiment finish first")
    place = jax.sharding.SingleDeviceSharding(jax.devices()[0])
    with ocp.StandardCheckpointer() as checkpointer:
        stored = checkpointer.metadata(folder.resolve()).item_metadata.tree
        like = jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=place), stored
        )
        return checkpointer.restore(folder.resolve(), like)
