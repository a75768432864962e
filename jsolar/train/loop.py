"""The loop around the step: progress, validation, checkpoints, a log, and a stop at NaN."""

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from tqdm import tqdm

from jsolar.train import checkpoint
from jsolar.train.lift import Lifted
from jsolar.train.log import Log, write
from jsolar.train.step import Metrics, TrainingDivergedError
from jsolar.train.validation import Evaluate
from jsolar.types import Batch, TrainState


def train(
    state: TrainState,
    lifted: Lifted,
    batches: Iterator[Batch],
    *,
    steps: int,
    every: int,
    evaluate: Evaluate,
    score: Callable[[dict[str, float]], float],
    checkpoints: ocp.CheckpointManager,
    log: Log,
    steps_per_call: int = 1,
    name: str = "training",
) -> TrainState:
    """Train until ``state.step == steps``; validate, log and save after every ``every`` steps.

    Args:
      state: where to start: new, or from `checkpoint.restore_last`.
      lifted: the compiled step, see `jsolar.train.lift.LIFTS`.
      batches: Grain's iterator.
      steps: the last step.
      every: steps between validations, divisible by ``steps_per_call`` as ``steps`` is.
      evaluate: measures parameters on validation data.
      score: of these measurements, the larger the better.
      checkpoints: from `checkpoint.open_checkpoints`.
      log: from `log.open_log`.
      steps_per_call: steps that one call of the compiled step does.
      name: shown by the progress bar.

    Returns:
      The last state, which is saved. The best one is `checkpoint.restore_best`'s.

    Raises:
      TrainingDivergedError: the loss is no longer finite; earlier checkpoints stay.
      ValueError: ``steps`` or ``every`` is not a multiple of ``steps_per_call``.
    """
    if steps % steps_per_call or every % steps_per_call:
        raise ValueError(f"steps={steps} and every={every} must be multiples of {steps_per_call}")
    done, pending, seen, since = int(state.step), [], 0, time.perf_counter()
    if done >= steps:
        return state
    placed = lifted.place(state)
    with tqdm(total=steps, initial=done, desc=name, unit="step") as bar:
        while done < steps:
            batch = next_batches(batches, steps_per_call)
            placed, metrics = lifted.step(placed, batch)
            pending.append(metrics)
            seen += np.size(batch.mask)
            done += steps_per_call
            bar.update(steps_per_call)
            if done % every == 0 or done == steps:
                means = _means(pending, name, done)  # waits for the device
                means["examples_per_s"] = seen / (time.perf_counter() - since)
                state = lifted.collect(placed)
                measured = evaluate(state.params)
                write(log, done, {**means, **{f"validation_{k}": v for k, v in measured.items()}})
                checkpoint.save(checkpoints, state, batches, score=score(measured))
                bar.set_postfix(loss=f"{means['loss']:.4f}", score=f"{score(measured):.4f}")
                pending, seen, since = [], 0, time.perf_counter()
    checkpoints.wait_until_finished()
    return state


def next_batches(batches: Iterator[Batch], n: int) -> Any:
    """The next batch as it is, or ``n > 1`` of them stacked on a new first axis."""
    if n == 1:
        return next(batches)
    return jax.tree.map(lambda *leaves: np.stack(leaves), *[next(batches) for _ in range(n)])


def _means(pending: list[Metrics], name: str, step: int) -> dict[str, float]:
    """Mean of each metric since the last look, fetched from the device once."""
    fetched = jax.device_get(pending)
    means = {k: float(np.mean([np.mean(m[k]) for m in fetched])) for k in fetched[0]}
    if not all(map(math.isfinite, means.values())):
        raise TrainingDivergedError(
            f"{name} diverged before step {step} ({means}): try a smaller --learning-rate or "
            "a smaller --clip, and look for NaN in the inputs"
        )
    return means
