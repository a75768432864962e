"""Lifts of the one step: over devices, over many steps, over many seeds.

`scan` and `vmap` turn a step into a larger pure step; `jit` and `pmap` compile one. They compose:
``jit(vmap(scan(step)))`` trains many seeds for many steps in one call. All give the same
parameters to float32 tolerance. The compiled ones donate the state: use what they return.
`on_mesh` and `on_copies` add where the state lies; `jsolar.train.fit` takes them from `LIFTS`.
"""

import functools
import math
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from jsolar.train.step import Metrics, Step, identity
from jsolar.types import Batch, PyTree, TrainState

Place = Callable[[PyTree], PyTree]
"""From arrays anywhere to the same on devices."""

Compiled = Callable[[TrainState, Batch], tuple[TrainState, Metrics]]


class Lifted(NamedTuple):
    """A compiled step, and where it wants its state.

    Attributes:
      place: from a state to one that lies on the devices as the step wants it.
      step: ``(state, batch) -> (state, metrics)`` of placed states.
      collect: from a placed state to a plain one, to validate and to save.
    """

    place: Callable[[TrainState], TrainState]
    step: Compiled
    collect: Callable[[TrainState], TrainState]


def on_mesh(step: Step, *, batch_size: int, steps_per_call: int = 1) -> Lifted:
    """`jit` over all devices that divide the batch: one state, each device a part of the batch.

    Args:
      step: one step.
      batch_size: examples in a step, over all devices.
      steps_per_call: more than one are lifted by `scan`.

    Returns:
      The compiled step.
    """
    devices, many = _devices(batch_size), steps_per_call > 1
    mesh = data_mesh(devices)
    whole = NamedSharding(mesh, PartitionSpec())
    compiled = _in_turn(jit(scan(step) if many else step, mesh, batch_axis=int(many)), devices)
    return Lifted(lambda state: jax.device_put(state, whole), compiled, lambda state: state)


def on_copies(step: Step, *, batch_size: int, steps_per_call: int = 1) -> Lifted:
    """`pmap` over all devices that divide the batch, each with a copy of the state."""
    devices, many = _devices(batch_size), steps_per_call > 1
    compiled = _in_turn(pmap(scan(step) if many else step, devices, batch_axis=int(many)), devices)
    return Lifted(partial(replicate, devices=devices), compiled, one_copy)


@functools.lru_cache(maxsize=8)
def over_devices(batch_size: int) -> tuple[Place, Place]:
    """How to lay parameters and batches on the devices, to evaluate and to forecast.

    Args:
      batch_size: rows in a batch.

    Returns:
      Two functions: one copies arrays to all devices that divide the batch, the other splits
      their rows over them.

    Example:
      >>> copied, split = over_devices(4)
      >>> split(np.ones((4, 2))).shape
      (4, 2)
    """
    mesh = data_mesh(_devices(batch_size, told=True))
    whole, rows = NamedSharding(mesh, PartitionSpec()), NamedSharding(mesh, PartitionSpec("data"))
    return partial(jax.device_put, device=whole), partial(jax.device_put, device=rows)


def data_mesh(devices: list[Any] | None = None) -> Mesh:
    """A mesh with one axis, ``"data"``, over all devices or the given ones.

    Example:
      >>> data_mesh().axis_names
      ('data',)
    """
    devices = jax.devices() if devices is None else devices
    return jax.make_mesh((len(devices),), ("data",), (AxisType.Auto,), devices=devices)


def jit(step: Step, mesh: Mesh | None = None, *, batch_axis: int = 0) -> Compiled:
    """Compile a step; with a mesh, split each batch over its devices and replicate the state.

    The compiler adds over devices by itself, so ``all_sum`` stays the identity.

    Args:
      step: a step, or a lifted one.
      mesh: from `data_mesh`; None for one device. The batch must divide by its size.
      batch_axis: axis of the examples in a batch; 1 after `scan`.

    Returns:
      ``(state, batch) -> (state, metrics)``; the state is donated.
    """
    if mesh is None:
        return jax.jit(step, donate_argnums=0)
    whole = NamedSharding(mesh, PartitionSpec())
    split = NamedSharding(mesh, PartitionSpec(*[None] * batch_axis, "data"))
    return jax.jit(
        step, in_shardings=(whole, split), out_shardings=(whole, whole), donate_argnums=0
    )


def pmap(step: Step, devices: list[Any] | None = None, *, batch_axis: int = 0) -> Compiled:
    """The classic data-parallel step; `jit` with a mesh does the same and is JAX's advice now.

    Args:
      step: a step, or a lifted one.
      devices: all by default. The batch must divide by their number.
      batch_axis: axis of the examples in a batch; 1 after `scan`.

    Returns:
      ``(state, batch) -> (state, metrics)`` on a state from `replicate`; one copy is had back
      with `one_copy`. The state is donated.
    """
    devices = jax.devices() if devices is None else devices
    add = partial(jax.lax.psum, axis_name="devices")
    parallel = jax.pmap(
        lambda state, batch: step(state, batch, all_sum=add),
        axis_name="devices",
        in_axes=(0, batch_axis),
        devices=devices,
        donate_argnums=0,
    )

    def split(leaf: Any) -> Any:
        before, after = leaf.shape[:batch_axis], leaf.shape[batch_axis + 1 :]
        return leaf.reshape(*before, len(devices), -1, *after)

    def lifted(state: TrainState, batch: Batch) -> tuple[TrainState, Metrics]:
        state, metrics = parallel(state, jax.tree.map(split, batch))
        return state, one_copy(metrics)

    return lifted


def replicate(tree: PyTree, devices: list[Any] | None = None) -> PyTree:
    """One copy of every array for each device, stacked on a new first axis, for `pmap`."""
    devices = jax.devices() if devices is None else devices
    mesh = Mesh(np.asarray(devices), ("devices",))
    place = NamedSharding(mesh, PartitionSpec("devices"))
    stacked = jax.tree.map(lambda leaf: jax.numpy.stack([leaf] * len(devices)), tree)
    return jax.device_put(stacked, place)


def one_copy(tree: PyTree) -> PyTree:
    """The first of the copies that `replicate` made."""
    return jax.tree.map(lambda leaf: leaf[0], tree)


def scan(step: Step, *, unroll: int = 1) -> Step:
    """Many steps in one call, so that small models do not wait for Python.

    On a CPU a convolution inside a scan runs several times slower: leave it to Python there.

    Args:
      step: one step.
      unroll: steps compiled side by side.

    Returns:
      A step of batches stacked on a new first axis ``[n, b, ...]``; its metrics are ``[n]``.
    """

    def lifted(
        state: TrainState, batch: Batch, all_sum: Callable[[PyTree], PyTree] = identity
    ) -> tuple[TrainState, Metrics]:
        return jax.lax.scan(partial(step, all_sum=all_sum), state, batch, unroll=unroll)

    return lifted


def vmap(step: Step, *, same_batch: bool = True) -> Step:
    """Many states at once: seeds, or copies trained on differently noisy labels.

    Args:
      step: one step.
      same_batch: whether all states see the same batch, or each its own ``[s, b, ...]``.

    Returns:
      A step of states stacked on a new first axis ``[s, ...]``; its metrics are ``[s]``.
    """

    def lifted(
        state: TrainState, batch: Batch, all_sum: Callable[[PyTree], PyTree] = identity
    ) -> tuple[TrainState, Metrics]:
        each = partial(step, all_sum=all_sum)
        return jax.vmap(each, in_axes=(0, None if same_batch else 0))(state, batch)

    return lifted


LIFTS = {"jit": on_mesh, "pmap": on_copies}
"""By the names that `jsolar.train.config.TrainConfig.parallel` knows."""


def _devices(batch_size: int, *, told: bool = False) -> list[Any]:
    """As many devices as divide the batch; says so if that leaves some idle, unless it was told."""
    devices = jax.devices()
    used = devices[: math.gcd(batch_size, len(devices))]
    if len(used) < len(devices) and not told:
        warnings.warn(
            f"{len(used)} of {len(devices)} devices work, because a batch of {batch_size} cannot "
            f"be split over all: choose a multiple of {len(devices)}",
            stacklevel=4,
        )
    return used


def _in_turn(compiled: Compiled, devices: list[Any]) -> Compiled:
    """On several devices made of one CPU, a step begins when the one before has ended.

    They share the CPU's threads. Of steps that overlap, one can hold the threads that another's
    sum over devices waits for, until XLA ends the process after 40 s (jax issue 25861).
    """
    if len(devices) == 1 or devices[0].platform != "cpu":
        return compiled
    return lambda state, batch: jax.block_until_ready(compiled(state, batch))
