"""The one training step, a pure function that every lift in `jsolar.train.lift` shares."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, Key

from jsolar.keys import named
from jsolar.types import Batch, Loss, Model, PyTree, TrainState

Metrics = dict[str, Float[Array, "..."]]
Augment = Callable[[Key[Array, "b"], PyTree, PyTree], tuple[PyTree, PyTree]]
"""``augment(keys, inputs, targets) -> (inputs, targets)``, one key per example."""


class TrainingDivergedError(ValueError):
    """The loss became infinite or not a number."""


Losses = Callable[[PyTree, PyTree, PyTree, Key[Array, "b"]], tuple[Float[Array, "b"], Metrics]]
"""``losses(params, inputs, targets, keys) -> (loss, told)``, see `step_down`."""


@runtime_checkable
class Step(Protocol):
    """``step(state, batch, all_sum) -> (state, metrics)``."""

    def __call__(
        self, state: TrainState, batch: Batch, all_sum: Callable[[PyTree], PyTree] = ...
    ) -> tuple[TrainState, Metrics]:
        """Advance ``state`` by one batch; ``all_sum`` adds over devices that see parts of it."""


MakeStep = Callable[[Model, Loss, optax.GradientTransformation], Step]
"""`make_step`, or something with its first three arguments."""


def identity(tree: PyTree) -> PyTree:
    """One device sees the whole batch: nothing to add."""
    return tree


def init_state(
    key: Key[Array, ""], model: Model, optimizer: optax.GradientTransformation, inputs: PyTree
) -> TrainState:
    """The state before the first step.

    Args:
      key: the run's key.
      model: to be trained.
      optimizer: optax's.
      inputs: a batch of inputs of any size, for their shapes.

    Returns:
      A state with ``step = 0``.

    Example:
      >>> from jsolar.models.mlp import MLPConfig, mlp
      >>> model = mlp(MLPConfig(hidden=(4,)), outputs=2)
      >>> state = init_state(jax.random.key(0), model, optax.sgd(0.1), jnp.ones((1, 3)))
      >>> int(state.step)
      0
    """
    params = jax.jit(model.init)(named(key, "params"), inputs)  # one program, not one an operation
    own = jnp.copy(key)  # steps donate their state; the caller's key must outlive them
    return TrainState(jnp.zeros((), jnp.int32), params, jax.jit(optimizer.init)(params), own)


def make_step(
    model: Model,
    loss: Loss,
    optimizer: optax.GradientTransformation,
    *,
    augment: Augment | None = None,
) -> Step:
    """A step that sums over examples, adds over devices, divides, and updates.

    The gradient is Σ mask · ∂loss / Σ mask. Sums pass through ``all_sum`` before the division, so
    a padded batch split over devices gives what one device gives; means of means would not.
    Clipping belongs to ``optimizer`` (`optax.clip_by_global_norm`) and so sees the full gradient.

    Args:
      model: what is trained.
      loss: per-example loss.
      optimizer: optax's.
      augment: applied to inputs and targets, with a key per example.

    Returns:
      A pure step; its metrics are ``loss`` and ``gradient_norm`` of the batch.

    Example:
      >>> import numpy as np
      >>> from jsolar.losses.events import cross_entropy
      >>> from jsolar.models.mlp import MLPConfig, mlp
      >>> from jsolar.types import Events
      >>> model, optimizer = mlp(MLPConfig(hidden=()), outputs=1), optax.sgd(0.5)
      >>> yes = jnp.array([[True], [False]])
      >>> batch = Batch(jnp.array([[1.0], [-1.0]]), Events(yes, yes | True), yes[:, 0] | True,
      ...               jnp.arange(2))
      >>> state = init_state(jax.random.key(0), model, optimizer, batch.inputs)
      >>> step = jax.jit(make_step(model, cross_entropy(), optimizer))
      >>> for _ in range(50):
      ...     state, metrics = step(state, batch)
      >>> bool(metrics["loss"] < 0.1)
      True
    """

    def losses(
        params: PyTree, inputs: PyTree, targets: PyTree, keys: Key[Array, "b"]
    ) -> tuple[Float[Array, "b"], Metrics]:
        output, _ = model.apply(params, inputs, key=each_named(keys, "dropout"), train=True)
        found = loss(output, targets)
        return found, {"loss": found}

    return step_down(losses, optimizer, augment=augment)


def step_down(
    losses: Losses, optimizer: optax.GradientTransformation, *, augment: Augment | None = None
) -> Step:
    """What `make_step` makes, of any losses: of several networks, or of several terms.

    Args:
      losses: ``(params, inputs, targets, keys) -> (loss, told)``, each number per example ``[b]``;
        the mean of ``loss`` is what is minimised, the means of ``told`` are the metrics.
      optimizer: optax's.
      augment: see `make_step`.

    Returns:
      A pure step; its metrics are what is told, and ``gradient_norm``.

    Example:
      >>> def losses(params, inputs, targets, keys):
      ...     error = (params * inputs - targets) ** 2
      ...     return error, {"loss": error, "bias": params * inputs - targets}
      >>> step, x = step_down(losses, optax.sgd(0.25)), jnp.ones(4)
      >>> batch = Batch(x, 3 * x, jnp.arange(4) < 2, jnp.arange(4))
      >>> optimizer_state = optax.sgd(0.25).init(0.0)
      >>> state = TrainState(jnp.zeros((), int), jnp.zeros(()), optimizer_state, jax.random.key(0))
      >>> state, metrics = step(state, batch)
      >>> float(state.params), float(metrics["bias"])
      (1.5, -3.0)
    """

    def step(
        state: TrainState, batch: Batch, all_sum: Callable[[PyTree], PyTree] = identity
    ) -> tuple[TrainState, Metrics]:
        key = jax.random.fold_in(state.key, state.step)
        keys = jax.vmap(jax.random.fold_in, (None, 0))(key, batch.row)
        inputs, targets = batch.inputs, batch.targets
        if augment is not None:
            inputs, targets = augment(each_named(keys, "augment"), inputs, targets)

        def summed(params: PyTree) -> tuple[Float[Array, ""], Metrics]:
            found = losses(params, inputs, targets, keys)
            return jax.tree.map(lambda each: jnp.where(batch.mask, each, 0.0).sum(), found)

        gradient, told = jax.grad(summed, has_aux=True)(state.params)
        gradient, told, count = all_sum((gradient, told, batch.mask.sum()))
        gradient, told = jax.tree.map(lambda x: x / jnp.maximum(count, 1), (gradient, told))
        updates, optimizer_state = optimizer.update(gradient, state.optimizer_state, state.params)
        params = optax.apply_updates(state.params, updates)
        metrics = {**told, "gradient_norm": optax.tree.norm(gradient)}
        return TrainState(state.step + 1, params, optimizer_state, state.key), metrics

    return step


def scheduled(
    loss_at: Callable[[Int[Array, ""]], Loss], *, augment: Augment | None = None
) -> MakeStep:
    """A `make_step` whose loss changes as training goes on, such as a share that is kept.

    Args:
      loss_at: from the number of steps done to the loss of this one.
      augment: see `make_step`.

    Returns:
      A function from model, loss (of the validation, not of the step) and optimiser to a step.

    Example:
      >>> from jsolar.losses.robust import falling, small_loss
      >>> from jsolar.losses.events import cross_entropy
      >>> def loss_at(step):
      ...     return small_loss(cross_entropy(), keep=falling(step, forget=0.2, over=9))
      >>> make = scheduled(loss_at)  # for the argument make_step of `jsolar.train.fit.fit`
    """

    def make(model: Model, loss: Loss, optimizer: optax.GradientTransformation) -> Step:
        del loss

        def step(
            state: TrainState, batch: Batch, all_sum: Callable[[PyTree], PyTree] = identity
        ) -> tuple[TrainState, Metrics]:
            now = make_step(model, loss_at(state.step), optimizer, augment=augment)
            return now(state, batch, all_sum)

        return step

    return make


def each_named(keys: Key[Array, "b"], name: str) -> Key[Array, "b"]:
    """The named stream of each of several keys, see `jsolar.keys.named`."""
    return jax.vmap(lambda key: named(key, name))(keys)
