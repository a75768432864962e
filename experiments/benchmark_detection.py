"""A Mask R-CNN and torchvision's of the same sizes, for `experiments.benchmark`."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from experiments import benchmark_torch, benchmark_torchvision
from jsolar.models.flops import traced_flops
from jsolar.models.mask_rcnn.config import SOLAR, MaskRCNNConfig
from jsolar.models.mask_rcnn.network import mask_rcnn, mask_rcnn_losses
from jsolar.models.mask_rcnn.targets import Objects
from jsolar.train import lift
from jsolar.train.config import TrainConfig, make_optimizer
from jsolar.train.step import Metrics, init_state, step_down
from jsolar.types import Batch, PyTree

OUTPUTS, ROOM, THERE = 2, 24, 8
"""Classes, room for objects, and objects in every picture."""

Call = tuple[str, Callable[[], Any], int]
"""Name, what is timed, operations of one example."""


def named(name: Literal["light", "published"], *, dtype: str, **sizes: Any) -> Iterator[Call]:
    """`works` of the light network for pictures of one channel, or the published one for three."""
    light = name == "light"
    config = SOLAR["light"] if light else MaskRCNNConfig()
    backbone = dataclasses.replace(config.backbone, dtype=dtype)
    config = dataclasses.replace(config, backbone=backbone)
    yield from works(config, channels=1 if light else 3, **sizes)


def works(
    config: MaskRCNNConfig, *, size: int, batch_size: int, channels: int, seed: int, torch: bool
) -> Iterator[Call]:
    """The training step and inference, ours and torchvision's, on boxes drawn at random.

    Args:
      config: of the network; torchvision's gets the same backbone, norms, numbers of anchors,
        proposals and regions.
      size: pixels on a side.
      batch_size: pictures in a step.
      channels: of a picture.
      seed: of data and parameters.
      torch: whether torchvision is measured, if it is there.

    Yields:
      Calls to time.
    """
    rng = np.random.default_rng(seed)
    pictures = rng.normal(size=(batch_size, size, size, channels)).astype(np.float32)
    objects = _objects(rng, batch_size, size)
    learning, finding = _ours(config, pictures, objects, seed)
    yield learning
    yield finding
    if torch and benchmark_torch.available():
        for name, call in benchmark_torchvision.calls(config, pictures, objects, OUTPUTS):
            yield name, call, 0  # RoIAlign is no product there: other operations, not counted


def _objects(rng: np.random.Generator, count: int, size: int) -> Objects:
    """Filled boxes of a sixteenth to a quarter of the side."""
    masks, boxes = np.zeros((count, ROOM, size, size), bool), np.zeros((count, ROOM, 4), np.float32)
    for b, m in np.ndindex(count, THERE):
        side = rng.integers(size // 16, size // 4, 2)
        left, low = rng.integers(0, size - side)
        right, high = left + side[0], low + side[1]
        boxes[b, m] = left, low, right, high
        masks[b, m, low:high, left:right] = True
    there = np.broadcast_to(np.arange(ROOM) < THERE, (count, ROOM)).copy()
    return Objects(boxes, rng.integers(1, OUTPUTS + 1, (count, ROOM)), masks, there)


def _ours(
    config: MaskRCNNConfig, pictures: np.ndarray, objects: Objects, seed: int
) -> tuple[Call, Call]:
    model, terms = mask_rcnn(config, outputs=OUTPUTS), mask_rcnn_losses(config, outputs=OUTPUTS)

    def losses(
        params: PyTree, inputs: PyTree, targets: Objects, keys: Key[Array, "b"]
    ) -> tuple[Float[Array, "b"], Metrics]:
        found = terms(params, inputs, targets, keys)
        total = jnp.stack(list(found.values())).sum(0)
        return total, {"loss": total, **found}

    optimizer, count = make_optimizer(TrainConfig(), 1000), len(pictures)
    batch = jax.device_put(Batch(pictures, objects, np.ones(count, bool), np.arange(count)))
    state = init_state(jax.random.key(seed), model, optimizer, pictures[:1])
    params, holder = jax.tree.map(jnp.copy, state.params), [state]
    whole = step_down(losses, optimizer)
    flops = traced_flops(whole, state, batch) // count
    step = lift.jit(whole)

    def train() -> Any:
        holder[0], metrics = step(holder[0], batch)
        return metrics

    def apply(params: PyTree, pictures: Any) -> Any:
        return model.apply(params, pictures)[0]

    infer = jax.jit(apply)
    forward = traced_flops(apply, params, batch.inputs) // count
    return (
        ("jsolar Mask R-CNN, training", train, flops),
        ("jsolar Mask R-CNN, inference", lambda: infer(params, batch.inputs), forward),
    )
