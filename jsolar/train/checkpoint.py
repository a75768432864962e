"""Checkpoints through Orbax: the last one to resume from, the best one to forecast with."""

import pathlib
from typing import Any

import grain
import jax
import orbax.checkpoint as ocp
from orbax.checkpoint import checkpoint_managers as policies

from jsolar.types import PyTree, TrainState

SCORE = "score"


def open_checkpoints(folder: pathlib.Path) -> ocp.CheckpointManager:
    """A manager that keeps the last checkpoint and the one with the best score.

    A save that was interrupted is never taken for a checkpoint: Orbax writes to a temporary
    name and renames.
    """
    keep = policies.AnyPreservationPolicy(
        [policies.LatestN(1), policies.BestN(n=1, get_metric_fn=lambda metrics: metrics[SCORE])]
    )
    options = ocp.CheckpointManagerOptions(
        preservation_policy=keep, best_fn=lambda metrics: metrics[SCORE]
    )
    return ocp.CheckpointManager(folder.resolve(), options=options)


def save(manager: ocp.CheckpointManager, state: TrainState, batches: Any, *, score: float) -> None:
    """Write the state and the place in the data, under the state's step.

    Args:
      manager: from `open_checkpoints`.
      state: what to keep.
      batches: Grain's iterator.
      score: the larger the better; decides which checkpoint is the best.
    """
    items = {
        "state": ocp.args.StandardSave(_storable(state)),
        "data": grain.checkpoint.CheckpointSave(batches),
    }
    manager.save(int(state.step), args=ocp.args.Composite(**items), metrics={SCORE: score})


def restore_last(manager: ocp.CheckpointManager, state: TrainState, batches: Any) -> TrainState:
    """The newest checkpoint's state, or ``state`` where there is none; ``batches`` is wound on.

    Args:
      manager: from `open_checkpoints`.
      state: a state of the same shapes; the restored one lies on its devices, whatever devices
        it was written on.
      batches: Grain's iterator, changed in place.

    Returns:
      A state.
    """
    step = manager.latest_step()
    if step is None:
        return state
    items = {
        "state": ocp.args.StandardRestore(_abstract(state)),
        "data": grain.checkpoint.CheckpointRestore(batches),
    }
    restored = manager.restore(step, args=ocp.args.Composite(**items))["state"]
    return _usable(restored, state)


def restore_best(manager: ocp.CheckpointManager, state: TrainState) -> TrainState:
    """The state with the best score, on the devices of ``state``.

    Raises:
      FileNotFoundError: the folder holds no checkpoint.
    """
    step = manager.best_step()
    if step is None:
        raise FileNotFoundError(f"{manager.directory} holds no checkpoint; train the model first")
    items = {"state": ocp.args.StandardRestore(_abstract(state))}
    restored = manager.restore(step, args=ocp.args.Composite(**items))["state"]
    return _usable(restored, state)


def _storable(state: TrainState) -> dict[str, PyTree]:
    """Plain arrays: random keys become their bits, tuples of optax become lists."""
    return {
        "step": state.step,
        "params": state.params,
        "optimizer_state": jax.tree.leaves(state.optimizer_state),
        "key": jax.random.key_data(state.key),
    }


def _abstract(state: TrainState) -> dict[str, PyTree]:
    def describe(leaf: Any) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=leaf.sharding)

    return jax.tree.map(describe, _storable(state))


def _usable(stored: dict[str, PyTree], like: TrainState) -> TrainState:
    structure = jax.tree.structure(like.optimizer_state)
    return TrainState(
        stored["step"],
        stored["params"],
        jax.tree.unflatten(structure, stored["optimizer_state"]),
        jax.random.wrap_key_data(stored["key"]),
    )
