"""How a network is trained: sizes, schedule, optimiser."""

import dataclasses
import math
from typing import Literal

import optax


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """How a network is trained.

    Attributes:
      epochs: passes over the training data.
      batch_size: examples in a step, over all devices.
      learning_rate: highest, after a linear warm-up; then it falls with a cosine to 0.
      warmup: share of the steps that warm up.
      weight_decay: AdamW's.
      clip: largest norm of the gradient.
      evaluations: how often validation is looked at and a checkpoint is written.
      steps_per_call: steps in one compiled call; many pay for small networks, one for
        convolutions on a CPU.
      parallel: how a batch is split over the devices: ``jit`` on a mesh, or ``pmap``. Both give
        the same network.
    """

    epochs: int = 12
    batch_size: int = 64
    learning_rate: float = 1e-3
    warmup: float = 0.1
    weight_decay: float = 1e-4
    clip: float = 1.0
    evaluations: int = 12
    steps_per_call: int = 1
    parallel: Literal["jit", "pmap"] = "jit"


def make_optimizer(
    config: TrainConfig, steps: int, *, momentum: float = 0.9
) -> optax.GradientTransformation:
    """AdamW with clipping, warm-up and a cosine; ``momentum`` is its β₁."""
    warmup = min(max(1, round(config.warmup * steps)), steps - 1)  # a step is left for the rest
    rate = optax.warmup_cosine_decay_schedule(0.0, config.learning_rate, warmup, max(1, steps))
    return optax.chain(
        optax.clip_by_global_norm(config.clip),
        optax.adamw(rate, b1=momentum, weight_decay=config.weight_decay),
    )


def schedule(config: TrainConfig, n: int) -> tuple[int, int]:
    """Steps in all, and between validations, both multiples of ``steps_per_call``.

    Args:
      config: how to train.
      n: training examples.

    Returns:
      Two numbers of steps.

    Example:
      >>> schedule(TrainConfig(epochs=2, batch_size=10, evaluations=4, steps_per_call=3), n=100)
      (21, 6)
    """
    calls = math.ceil(config.epochs * n / config.batch_size / config.steps_per_call)
    every = math.ceil(calls / config.evaluations)
    return calls * config.steps_per_call, every * config.steps_per_call
