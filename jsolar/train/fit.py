"""The one place where a training is run, whatever the task."""

import pathlib
from collections.abc import Callable
from typing import Any, Literal, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Key

from jsolar.train import checkpoint, log, loop
from jsolar.train.config import TrainConfig, make_optimizer, schedule
from jsolar.train.fingerprint import claim, fingerprint
from jsolar.train.lift import LIFTS, Lifted
from jsolar.train.step import MakeStep, Metrics, Step, init_state, make_step
from jsolar.train.validation import Evaluate
from jsolar.types import Batch, Loss, Model, PyTree, TrainState, take


@runtime_checkable
class Lift(Protocol):
    """One of `jsolar.train.lift.LIFTS`, or something like it."""

    def __call__(self, step: Step, *, batch_size: int, steps_per_call: int) -> Lifted:
        """Compile a step for the devices at hand."""


def fit(
    key: Key[Array, ""],
    model: Model,
    loss: Loss,
    batches: Any,
    evaluate: Evaluate,
    *,
    examples: int,
    config: TrainConfig,
    folder: pathlib.Path,
    data: PyTree = (),
    make_step: MakeStep = make_step,
    make_optimizer: Callable[[TrainConfig, int], optax.GradientTransformation] = make_optimizer,
    lift: Lift | None = None,
    score: Callable[[dict[str, float]], float] = lambda measured: -measured["loss"],
    choose: Literal["best", "last"] = "best",
) -> PyTree:
    """Train a model, and return the parameters that did best on validation data.

    A second call with the same folder goes on where the first ended.

    Args:
      key: the run's; another key is another network.
      model: to be trained.
      loss: per example.
      batches: Grain's iterator, e.g. `jsolar.data.batches.training_batches`.
      evaluate: measures parameters on validation data, e.g. `jsolar.train.validation.mean_loss`.
      examples: how many there are to train with; ``config.epochs`` counts by them.
      config: how to train.
      folder: for checkpoints, ``metrics.jsonl``, TensorBoard events and the fingerprint.
      data: arrays that say which data these are, such as ids and labels, for the fingerprint.
      make_step: makes the step from model, loss and optimiser.
      make_optimizer: makes the optimiser from ``config`` and the number of steps.
      lift: compiles it; ``config.parallel`` says which if not given.
      score: of what ``evaluate`` measures, the larger the better.
      choose: the parameters with the best score, or the last ones.

    Returns:
      Parameters, on the first device.

    Raises:
      ValueError: the folder holds another training.
      jsolar.train.step.TrainingDivergedError: the loss is no longer finite.
    """
    steps, every = schedule(config, examples)
    optimizer = make_optimizer(config, steps)
    step = make_step(model, loss, optimizer)
    lifted = (lift or LIFTS[config.parallel])(
        step, batch_size=config.batch_size, steps_per_call=config.steps_per_call
    )
    first = _peek(batches, config.steps_per_call)
    one = first.inputs if config.steps_per_call == 1 else take(first.inputs, 0)
    state = init_state(key, model, optimizer, take(one, slice(1)))
    own = {"config": config, "key": key, "params": state.params, "data": data}
    claim(folder, fingerprint(**own, first_step=_metrics(lifted, state, first)))
    with checkpoint.open_checkpoints(folder / "checkpoints") as manager:
        state = checkpoint.restore_last(manager, state, batches)
        with log.open_log(folder, step=int(state.step)) as board:
            state = loop.train(
                state,
                lifted,
                batches,
                steps=steps,
                every=every,
                evaluate=evaluate,
                score=score,
                checkpoints=manager,
                log=board,
                steps_per_call=config.steps_per_call,
                name=folder.name,
            )
        chosen = checkpoint.restore_best(manager, state) if choose == "best" else state
    return jax.device_put(chosen.params, jax.devices()[0])


def _peek(batches: Any, n: int) -> Batch:
    """The next ``n`` batches, which stay the next ones."""
    place = batches.get_state()
    first = loop.next_batches(batches, n)
    batches.set_state(place)
    return first


def _metrics(lifted: Lifted, state: TrainState, batch: Batch) -> Metrics:
    """What the first step measures; the state stays as it is."""
    _, metrics = lifted.step(lifted.place(jax.tree.map(jnp.copy, state)), batch)
    return jax.tree.map(lambda x: x.reshape(-1)[0], metrics)
