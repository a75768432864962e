"""Many short trainings in one compiled program: seeds, noisy labels, training sets.

`jsolar.train.fit` runs one training that may take days: from disk, with checkpoints. Here all data
lie in the memory of the device and a training is over in seconds; what counts is that a hundred
of them do not take a hundred times as long. Both take the same step.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key
from tqdm import tqdm

from jsolar.keys import named
from jsolar.train.config import TrainConfig, make_optimizer
from jsolar.train.step import MakeStep, TrainingDivergedError, init_state, make_step
from jsolar.types import Batch, Loss, Model, PyTree, take

LAST = "last"
"""Name of the parameters after the last epoch, whatever validation says."""

Measure = Callable[[PyTree, PyTree, PyTree, PyTree], dict[str, Float[Array, ""]]]
"""``measure(params, watched, inputs, held_inputs) -> numbers``, after every epoch."""


class Runs(NamedTuple):
    """In what trainings differ; every array has a leading axis of runs, s.

    Attributes:
      key: of parameters, order and dropout.
      rows: training rows ``[s, m]`` that an epoch goes through; some may be there twice.
      targets: pytree ``[s, n, ...]`` of all training rows, e.g. `jsolar.types.Events`.
      held: from a name to targets ``[s, v, ...]`` of all validation rows. Each chooses an epoch of
        its own, so that clean and noisy validation labels can be compared.
      watched: pytree that `Measure` gets.
      start: parameters ``[s, ...]`` to begin with; the model draws them if there are none.
    """

    key: Key[Array, "s"]
    rows: Int[np.ndarray | Array, "s m"]
    targets: PyTree
    held: Mapping[str, PyTree]
    watched: PyTree = ()
    start: PyTree = None


class Trained(NamedTuple):
    """What becomes of them.

    Attributes:
      params: from a name in `Runs.held` to the parameters ``[s, ...]`` whose validation loss was
        the smallest after any epoch, and from `LAST` to the last ones.
      history: numbers ``[s, epochs]``: ``loss`` while training, ``loss_<name>`` of validation, and
        what was measured.
    """

    params: dict[str, PyTree]
    history: dict[str, Float[np.ndarray | Array, "s e"]]


FitMany = Callable[..., Trained]
"""``fit(runs, inputs, held_inputs, name="") -> Trained``."""


def many(
    model: Model,
    loss: Loss,
    config: TrainConfig,
    *,
    make_step: MakeStep = make_step,
    measure: Measure = lambda params, watched, inputs, held_inputs: {},
    at_once: int | None = None,
) -> FitMany:
    """A function that trains as many networks as it is given runs, and compiles once.

    Validation is looked at after each epoch: ``config.evaluations``, ``steps_per_call`` and
    ``parallel`` have no meaning here. The last batch of an epoch is filled up with rows of its
    beginning.

    Args:
      model: to be trained; its inputs are rows of ``inputs``.
      loss: per example.
      config: how to train.
      make_step: see `jsolar.train.fit.fit`.
      measure: of parameters after every epoch.
      at_once: runs in a program; all if not given. One after the other is faster for convolutions
        on a CPU, and needs less memory.

    Returns:
      ``fit(runs, inputs, held_inputs, name="")`` from `Runs`, training inputs ``[n, ...]`` and
      validation inputs ``[v, ...]``, the same for all runs, to `Trained`. It raises
      `jsolar.train.step.TrainingDivergedError` if a loss is no longer finite. Calls with the same
      shapes share the compiled program, whatever the number of runs if ``at_once`` is given.

    Example:
      >>> from jsolar.losses.events import cross_entropy
      >>> from jsolar.models.mlp import MLPConfig, mlp
      >>> from jsolar.types import Events
      >>> x = np.linspace(-1, 1, 64, dtype=np.float32)[:, None]
      >>> truth = Events(x > 0, np.ones((64, 1), bool))
      >>> every = jax.tree.map(lambda leaf: np.stack([leaf] * 3), truth)
      >>> keys = jax.random.split(jax.random.key(0), 3)
      >>> runs = Runs(keys, np.stack([np.arange(64)] * 3), every, {"clean": every})
      >>> config = TrainConfig(epochs=20, batch_size=16, learning_rate=0.1)
      >>> fit = many(mlp(MLPConfig(hidden=(), dropout=0.0), outputs=1), cross_entropy(), config)
      >>> trained = fit(runs, x, x)
      >>> loss = trained.history["loss_clean"]
      >>> loss.shape, bool((loss[:, -1] < 0.5 * loss[:, 0]).all())
      ((3, 20), True)
    """
    one = _training(model, loss, config, make_step, measure)
    together = jax.jit(jax.vmap(one, in_axes=(0, None, None)))
    alone = jax.jit(one)

    def fit(runs: Runs, inputs: PyTree, held_inputs: PyTree, *, name: str = "") -> Trained:
        count = len(runs.rows)
        size = at_once or count
        inputs, held_inputs = jax.device_put((inputs, held_inputs))
        parts = []
        for start in tqdm(range(0, count, size), desc=name, unit="batch", disable=not name):
            index = np.resize(np.arange(start, min(start + size, count)), size)
            if size == 1:
                found = alone(take(runs, start), inputs, held_inputs)
                found = jax.tree.map(lambda leaf: leaf[None], found)
            else:
                found = together(take(runs, index), inputs, held_inputs)
            parts.append(found)  # parameters stay on the device: most of them nobody asks for
        history = jax.device_get([part.history for part in parts])
        whole = Trained(*(_whole(each, count) for each in ([p.params for p in parts], history)))
        _check(np.asarray(whole.history["loss"]), name)
        return whole

    return fit


def outputs_of_many(
    model: Model, *, at_once: int | None = None
) -> Callable[[PyTree, PyTree], np.ndarray]:
    """What many networks say of the same inputs.

    Args:
      model: of one.
      at_once: networks in a call, see `many`.

    Returns:
      ``outputs(params, inputs)`` from parameters ``[s, ...]`` and inputs ``[n, ...]`` to outputs
      ``[s, n, ...]``, on the host.

    Example:
      >>> def times(params, x, *, key=None, train=False):
      ...     return params * x, {}
      >>> of_many = outputs_of_many(Model(lambda key, x: 0, times), at_once=1)
      >>> of_many(np.array([1.0, 2.0]), np.ones(3)).tolist()
      [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]
    """

    def one(params: PyTree, inputs: PyTree) -> Any:
        return model.apply(params, inputs)[0]

    alone, together = jax.jit(one), jax.jit(jax.vmap(one, in_axes=(0, None)))

    def outputs(params: PyTree, inputs: PyTree) -> np.ndarray:
        inputs, count = jax.device_put(inputs), len(jax.tree.leaves(params)[0])
        if at_once == 1:
            return np.stack([np.asarray(alone(take(params, i), inputs)) for i in range(count)])
        return np.asarray(together(params, inputs))

    return outputs


def _training(
    model: Model, loss: Loss, config: TrainConfig, make_step: MakeStep, measure: Measure
) -> Callable[[Runs, PyTree, PyTree], Trained]:
    """One whole training as a pure function of a run without its leading axis."""

    def one(runs: Runs, inputs: PyTree, held_inputs: PyTree) -> Trained:
        size, m = config.batch_size, runs.rows.shape[0]
        every = math.ceil(m / size)
        optimizer = make_optimizer(config, config.epochs * every)
        step = make_step(model, loss, optimizer)
        first = init_state(runs.key, model, optimizer, take(inputs, slice(1)))
        if runs.start is not None:
            begun = optimizer.init(runs.start)
            first = first._replace(params=runs.start, optimizer_state=begun)

        def one_step(state: Any, index: Int[Array, "b"]) -> Any:
            pictures, targets = (take(tree, index) for tree in (inputs, runs.targets))
            return step(state, Batch(pictures, targets, jnp.ones(size, bool), index))

        def epoch(carry: Any, number: Int[Array, ""]) -> Any:
            state, best = carry
            order = jax.random.permutation(
                jax.random.fold_in(named(runs.key, "order"), number), runs.rows
            )
            order = jnp.resize(order, (every, size))
            state, metrics = jax.lax.scan(one_step, state, order)
            output, _ = model.apply(state.params, held_inputs)
            found = {name: loss(output, held).mean() for name, held in runs.held.items()}
            best = {name: _better(best[name], found[name], state.params) for name in found}
            told = {f"loss_{name}": value for name, value in found.items()}
            told["loss"] = metrics["loss"].mean()
            told |= measure(state.params, runs.watched, inputs, held_inputs)
            return (state, best), told

        nothing = dict.fromkeys(runs.held, (jnp.inf, first.params))
        (last, best), history = jax.lax.scan(epoch, (first, nothing), jnp.arange(config.epochs))
        params = {name: params for name, (_, params) in best.items()} | {LAST: last.params}
        return Trained(params, history)

    return one


def _whole(parts: Sequence[PyTree], count: int) -> PyTree:
    """Parts joined to one; the last was filled up."""
    if len(parts) == 1:
        return parts[0]

    def joined(*leaves: Any) -> Any:
        join = np.concatenate if isinstance(leaves[0], np.ndarray) else jnp.concatenate
        return join(leaves)[:count]

    return jax.tree.map(joined, *parts)


def _better(best: Any, value: Float[Array, ""], params: PyTree) -> Any:
    """The pair with the smaller loss."""
    smaller = value < best[0]
    return jax.tree.map(lambda new, old: jnp.where(smaller, new, old), (value, params), best)


def _check(loss: Float[np.ndarray, "s e"], name: str) -> None:
    bad = np.flatnonzero(~np.isfinite(loss).all(1))
    if len(bad):
        raise TrainingDivergedError(
            f"{len(bad)} of {len(loss)} trainings {name} diverged, the first is number {bad[0]}: "
            "try a smaller --learning-rate, and look for NaN in the inputs"
        )
