"""A neural network as a method: normalise, train, keep the best, forecast."""

import dataclasses
import json
import math
import pathlib
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import optax
from jaxtyping import Array, Float, Int, Key

from jsolar.data import audit
from jsolar.data.batches import evaluation_batches, training_batches
from jsolar.data.normalise import Normaliser, normalise, to_json
from jsolar.keys import named
from jsolar.models.layers import with_inputs
from jsolar.train import checkpoint, lift, log, loop
from jsolar.train.step import Augment, init_state, make_step
from jsolar.types import Examples, Forecast, Inputs, Loss, Method, Model, PyTree, take


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
    """

    epochs: int = 12
    batch_size: int = 64
    learning_rate: float = 1e-3
    warmup: float = 0.1
    weight_decay: float = 1e-4
    clip: float = 1.0
    evaluations: int = 12
    steps_per_call: int = 1


def neural(
    network: Model,
    *,
    reads: str,
    fit_normaliser: Callable[[Any, np.ndarray], Normaliser],
    loss: Loss,
    config: TrainConfig,
    folder: pathlib.Path,
    augment: Augment | None = None,
) -> Method:
    """A method that trains ``network`` on one of the inputs, on all devices there are.

    Statistics come from the training examples only, the best checkpoint is chosen by the loss on
    the validation examples, and a second call with the same folder goes on where the first ended.

    Args:
      network: a model of the normalised input that returns logits ``[b, k]``.
      reads: the name of that input in `Examples.inputs`.
      fit_normaliser: `normalise.fit_columns` or `normalise.fit_pictures`.
      loss: per-example loss.
      config: how to train.
      folder: for checkpoints, ``metrics.jsonl``, TensorBoard events, ``normaliser.json`` and the
        best parameters, ``params``.
      augment: of the raw inputs, see `jsolar.data.augment`.

    Returns:
      A method.
    """

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Forecast:
        normaliser = fit_normaliser(train.inputs[reads], train.region)
        audit.check_statistics(normaliser, train)
        model = normalised(network, reads, normaliser)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "normaliser.json").write_text(json.dumps(to_json(normaliser)))
        params = _train(key, model, _reading(train, reads), _reading(validation, reads))
        checkpoint.save_params(folder / "params", params)
        return forecaster(model, params, reads=reads, batch_size=config.batch_size)

    def _train(key: Key[Array, ""], model: Model, train: Examples, validation: Examples) -> PyTree:
        steps, every = schedule(config, len(train.id))
        optimizer = make_optimizer(config, steps)
        mesh = _mesh(config.batch_size)
        sample = take(train.inputs, np.zeros(1, int))
        state = init_state(key, model, optimizer, sample)
        state = jax.device_put(state, jax.sharding.NamedSharding(mesh, jax.P()))
        step = make_step(model, loss, optimizer, augment=augment)
        many = config.steps_per_call > 1
        compiled = lift.jit(lift.scan(step) if many else step, mesh, batch_axis=int(many))
        seed = int(jax.random.randint(named(key, "order"), (), 0, 2**31 - 1))
        batches = training_batches(
            train.inputs, train.events, batch_size=config.batch_size, seed=seed
        )
        with checkpoint.open_checkpoints(folder / "checkpoints") as manager:
            state = checkpoint.restore_last(manager, state, batches)
            state = loop.train(
                state,
                compiled,
                batches,
                steps=steps,
                every=every,
                evaluate=_evaluator(model, loss, validation, config.batch_size),
                score=lambda measured: -measured["loss"],
                checkpoints=manager,
                log=log.open_log(folder, step=int(state.step)),
                steps_per_call=config.steps_per_call,
                name=folder.name,
            )
            return checkpoint.restore_best(manager, state).params

    return Method(fit)


def normalised(network: Model, reads: str, normaliser: Normaliser) -> Model:
    """A model of raw inputs: pick one by name, normalise it, apply ``network``."""
    return with_inputs(network, lambda inputs: normalise(inputs[reads], normaliser))


def forecaster(model: Model, params: PyTree, *, reads: str, batch_size: int = 64) -> Forecast:
    """A forecast with a trained model; probabilities are as the model gives them, uncalibrated.

    Args:
      model: of raw inputs, returning logits.
      params: its parameters.
      reads: the name of the input that the model reads.
      batch_size: examples in a call; only the time depends on it.

    Returns:
      ``forecast(inputs) -> Float[n, k]``.
    """
    apply = jax.jit(lambda params, inputs: jax.nn.sigmoid(model.apply(params, inputs)[0]))

    def forecast(inputs: Inputs) -> Float[np.ndarray, "n k"]:
        read = {reads: inputs[reads]}
        parts = [
            np.asarray(apply(params, batch.inputs))[batch.mask]
            for batch in evaluation_batches(read, batch_size=batch_size, n=len(read[reads]))
        ]
        return np.concatenate(parts)

    return forecast


def make_optimizer(config: TrainConfig, steps: int) -> optax.GradientTransformation:
    """AdamW with clipping, warm-up and a cosine."""
    warmup = min(max(1, round(config.warmup * steps)), steps - 1)  # a step is left for the rest
    rate = optax.warmup_cosine_decay_schedule(0.0, config.learning_rate, warmup, max(1, steps))
    return optax.chain(
        optax.clip_by_global_norm(config.clip),
        optax.adamw(rate, weight_decay=config.weight_decay),
    )


def schedule(config: TrainConfig, n: int) -> tuple[int, int]:
    """Steps in all, and between validations, both multiples of ``steps_per_call``.

    Example:
      >>> schedule(TrainConfig(epochs=2, batch_size=10, evaluations=4, steps_per_call=3), n=100)
      (21, 6)
    """
    calls = math.ceil(config.epochs * n / config.batch_size / config.steps_per_call)
    every = math.ceil(calls / config.evaluations)
    return calls * config.steps_per_call, every * config.steps_per_call


def _reading(examples: Examples, reads: str) -> Examples:
    """Leave out what the network does not read, so that it never travels to the device."""
    return examples._replace(inputs={reads: examples.inputs[reads]})


def _mesh(batch_size: int) -> jax.sharding.Mesh:
    """As many devices as divide the batch."""
    devices = jax.devices()
    count = math.gcd(batch_size, len(devices))
    return lift.data_mesh(devices[:count])


def _evaluator(model: Model, loss: Loss, validation: Examples, batch_size: int) -> loop.Evaluate:
    """Mean loss on validation data; sums on the device, divided at the end."""

    @jax.jit
    def summed(params: PyTree, batch: Any) -> tuple[Float[Array, ""], Int[Array, ""]]:
        output, _ = model.apply(params, batch.inputs)
        each = loss(output, batch.targets)
        return jax.numpy.where(batch.mask, each, 0.0).sum(), batch.mask.sum()

    def evaluate(params: PyTree) -> dict[str, float]:
        n = len(validation.id)
        batches = evaluation_batches(
            validation.inputs, validation.events, batch_size=batch_size, n=n
        )
        sums = jax.device_get([summed(params, batch) for batch in batches])
        total, count = np.sum(sums, axis=0)
        return {"loss": float(total / count)}

    return evaluate
