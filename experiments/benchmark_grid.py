"""Many small networks at once against one after the other, for `experiments.benchmark`."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np

from jsolar import models
from jsolar.losses.events import cross_entropy
from jsolar.models.cnn import CNNConfig
from jsolar.models.flops import TRAINING_FACTOR, cnn_flops, mlp_flops
from jsolar.models.layers import Way
from jsolar.models.mlp import MLPConfig
from jsolar.train import lift
from jsolar.train.config import TrainConfig, make_optimizer
from jsolar.train.many import Runs, many
from jsolar.train.step import init_state, make_step
from jsolar.types import Batch, Events, Model, take

STEPS, EPOCHS, ALONE = 20, 10, 2
"""Batches in an epoch, epochs in a call, and networks that are timed one after the other."""

TOGETHER, LOOP = "at once", "one after the other, step by step"
"""Ends of the names that are compared."""


class Timed(NamedTuple):
    """A call, how many examples it trains on, and the operations for one of them."""

    name: str
    call: Callable[[], Any]
    examples: int
    flops: int


def works(*, size: int, batch_size: int, runs: int, seed: int) -> Iterator[Timed]:
    """Training of an MLP of width 256 and a CNN of width 8 to 32 on pictures.

    Args:
      size: pixels on a side.
      batch_size: examples in a step.
      runs: networks at once.
      seed: of data and parameters.

    Yields:
      What is to be timed.
    """
    pictures, all_runs = _data(size, batch_size, runs, seed)
    narrow, wide = CNNConfig((8, 16, 32), hidden=32, dropout=0.0), MLPConfig((256,), dropout=0.0)
    work = {
        "MLP": (wide, mlp_flops(wide, features=size * size, outputs=1)),
        "CNN": (narrow, cnn_flops(narrow, size=size, outputs=1)),
    }
    for name, (config, flops) in work.items():
        model = models.make(config, outputs=1)
        cost = TRAINING_FACTOR * flops
        for way, same in _ways(config).items():
            told = f"{runs} {name}s {TOGETHER}{way}"
            one = models.make(same, outputs=1)
            yield _together(told, one, pictures, all_runs, batch_size, cost)
        few = Runs(*take(tuple(all_runs), slice(ALONE)))
        told = f"{name}s one after the other, a program each"
        yield _together(told, model, pictures, few, batch_size, cost, at_once=1)
        yield _loop(f"{name}s {LOOP}", model, pictures, few, batch_size, cost)


def _ways(config: Any) -> dict[str, Any]:
    """The same network, its convolutions computed in every way there is."""
    if not isinstance(config, CNNConfig):
        return {"": config}
    ways: tuple[Way, ...] = ("direct", "patches")
    return {f", {way}": dataclasses.replace(config, convolution=way) for way in ways}


def ratios(speed: dict[str, float]) -> list[str]:
    """How much faster all at once is, in sentences; of several ways the fastest one."""
    found = []
    for name in ("MLP", "CNN"):
        loops = [v for k, v in speed.items() if k == f"{name}s {LOOP}"]
        together = {k: v for k, v in speed.items() if f" {name}s {TOGETHER}" in k}
        if loops and together:
            best = max(together, key=lambda k: together[k])
            found.append(f"{best}: {together[best] / loops[0]:.1f} × {LOOP}")
    return found


def _data(size: int, batch_size: int, runs: int, seed: int) -> tuple[np.ndarray, Runs]:
    rng, n = np.random.default_rng(seed), STEPS * batch_size
    pictures = rng.normal(size=(n, size, size, 1)).astype(np.float32)
    happened = rng.random((runs, n, 1)) < 0.1
    events = Events(happened, np.ones_like(happened))
    held = take(tuple(events), (slice(None), slice(batch_size)))
    keys = jax.random.split(jax.random.key(seed), runs)
    rows = np.broadcast_to(np.arange(n), (runs, n))
    return pictures, Runs(keys, rows, events, {"clean": Events(*held)})


def _together(
    name: str,
    model: Model,
    pictures: np.ndarray,
    runs: Runs,
    batch_size: int,
    flops: int,
    *,
    at_once: int | None = None,
) -> Timed:
    config = TrainConfig(epochs=EPOCHS, batch_size=batch_size)
    fit = many(model, cross_entropy(), config, at_once=at_once)
    inputs = jax.device_put(pictures)
    held = inputs[:batch_size]
    examples = EPOCHS * len(pictures) * len(runs.rows)
    return Timed(name, lambda: fit(runs, inputs, held).history["loss"], examples, flops)


def _loop(
    name: str, model: Model, pictures: np.ndarray, runs: Runs, batch_size: int, flops: int
) -> Timed:
    optimizer = make_optimizer(TrainConfig(), EPOCHS * STEPS)
    step = lift.jit(make_step(model, cross_entropy(), optimizer))
    batches = [_batch(pictures, runs, i, batch_size) for i in range(STEPS)]

    def call() -> Any:
        for key in runs.key:
            state = init_state(key, model, optimizer, pictures[:1])
            for _ in range(EPOCHS):
                for batch in batches:
                    state, metrics = step(state, batch)
        return metrics

    return Timed(name, call, EPOCHS * len(pictures) * len(runs.rows), flops)


def _batch(pictures: np.ndarray, runs: Runs, number: int, batch_size: int) -> Batch:
    index = np.arange(number * batch_size, (number + 1) * batch_size)
    events = Events(*take(take(tuple(runs.targets), 0), index))
    return jax.device_put(Batch(pictures[index], events, np.ones(batch_size, bool), index))
