"""Many trainings at once are the same as each by itself, and the same step as everywhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.keys import named
from jsolar.losses.events import cross_entropy
from jsolar.models.cnn import CNNConfig, cnn
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.train.config import TrainConfig, make_optimizer
from jsolar.train.many import LAST, Runs, many, outputs_of_many
from jsolar.train.step import TrainingDivergedError, init_state, make_step
from jsolar.types import Batch, Events, Model, take

RNG = np.random.default_rng(0)
N, V, S = 50, 30, 5
X, HELD = (RNG.normal(size=(n, 4)).astype(np.float32) for n in (N, V))
CONFIG = TrainConfig(epochs=3, batch_size=16, learning_rate=3e-2)
MODEL = mlp(MLPConfig(hidden=(8,), dropout=0.2), outputs=2)


def labels(n: int) -> Events:
    return Events(RNG.random((S, n, 2)) < 0.4, RNG.random((S, n, 2)) < 0.9)


RUNS = Runs(
    key=jax.random.split(jax.random.key(3), S),
    rows=np.stack([RNG.permutation(N)[:40] for _ in range(S)]),
    targets=labels(N),
    held={"clean": labels(V), "noisy": labels(V)},
)


def close(a, b) -> None:
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol=2e-4, atol=2e-5), a, b)


@pytest.fixture(scope="module")
def trained():
    return many(MODEL, cross_entropy(), CONFIG)(RUNS, X, HELD)


@pytest.mark.parametrize("at_once", [1, 2])
def test_however_many_at_once_they_are_the_same(trained, at_once: int) -> None:
    close(many(MODEL, cross_entropy(), CONFIG, at_once=at_once)(RUNS, X, HELD), trained)


def test_it_is_the_step_taken_by_hand(trained) -> None:
    run = take(RUNS, 2)
    every = 3  # 40 rows in batches of 16; the last is filled up
    optimizer = make_optimizer(CONFIG, CONFIG.epochs * every)
    step = jax.jit(make_step(MODEL, cross_entropy(), optimizer))
    state = init_state(run.key, MODEL, optimizer, X[:1])
    losses = []
    for epoch in range(CONFIG.epochs):
        key = jax.random.fold_in(named(run.key, "order"), epoch)
        order = np.resize(np.asarray(jax.random.permutation(key, run.rows)), (every, 16))
        for index in order:
            batch = Batch(X[index], take(run.targets, index), np.ones(16, bool), jnp.array(index))
            state, metrics = step(state, batch)
            losses.append(float(metrics["loss"]))
    close(state.params, take(trained.params[LAST], 2))
    means = np.reshape(losses, (CONFIG.epochs, every)).mean(1)
    np.testing.assert_allclose(trained.history["loss"][2], means, rtol=1e-4)


@pytest.mark.parametrize("name", ["clean", "noisy"])
def test_the_chosen_epoch_is_the_best_one(trained, name: str) -> None:
    history = trained.history[f"loss_{name}"]
    assert history.shape == (S, CONFIG.epochs)
    for i in range(S):
        output, _ = MODEL.apply(take(trained.params[name], i), HELD)
        found = cross_entropy()(output, take(RUNS.held[name], i)).mean()
        assert float(found) == pytest.approx(history[i].min(), rel=1e-4)


def test_runs_differ_in_labels_and_rows_and_keys(trained) -> None:
    same = Runs(*jax.tree.map(lambda leaf: leaf[np.array([0, 0])], tuple(RUNS)))
    fit = many(MODEL, cross_entropy(), CONFIG)

    def differ(runs: Runs) -> bool:
        first, second = (take(fit(runs, X, HELD).params[LAST], i) for i in range(2))
        return not all(jax.tree.leaves(jax.tree.map(np.allclose, first, second)))

    assert not differ(same)
    assert differ(same._replace(key=RUNS.key[:2]))
    assert differ(same._replace(rows=RUNS.rows[:2]))
    assert differ(same._replace(targets=take(RUNS.targets, slice(2))))


def test_it_compiles_once_for_any_number_of_runs() -> None:
    traced = []

    def apply(params, inputs, *, key=None, train=False):
        traced.append(1)
        return MODEL.apply(params, inputs, key=key, train=train)

    fit = many(Model(MODEL.init, apply), cross_entropy(), CONFIG, at_once=2)
    fit(RUNS, X, HELD)
    count = len(traced)
    fit(take(RUNS, slice(3)), X, HELD)
    assert len(traced) == count


def test_what_is_watched_is_measured_after_every_epoch() -> None:
    def measure(params, watched, inputs, held_inputs):
        return {"norm": jnp.abs(MODEL.apply(params, inputs[watched])[0]).mean()}

    runs = RUNS._replace(watched=np.arange(S)[:, None])
    found = many(MODEL, cross_entropy(), CONFIG, measure=measure)(runs, X, HELD)
    for i in range(S):
        output, _ = MODEL.apply(take(found.params[LAST], i), X[i : i + 1])
        assert found.history["norm"][i, -1] == pytest.approx(np.abs(output).mean(), rel=1e-3)


def test_convolutions_too() -> None:
    model = cnn(CNNConfig(widths=(4,), hidden=4, dropout=0.0), outputs=2)
    pictures, held = (RNG.normal(size=(n, 8, 8, 1)).astype(np.float32) for n in (N, V))
    ways = [many(model, cross_entropy(), CONFIG, at_once=n)(RUNS, pictures, held) for n in (1, 5)]
    close(*ways)
    outputs = [outputs_of_many(model, at_once=n)(ways[0].params[LAST], held) for n in (1, None)]
    assert outputs[0].shape == (S, V, 2)
    close(*outputs)


def test_a_training_that_diverges_is_named() -> None:
    far = np.where(np.arange(N)[:, None] == RUNS.rows[3, 0], np.nan, X)
    rows = np.where(RUNS.rows == RUNS.rows[3, 0], RUNS.rows[3, 1], RUNS.rows)
    rows[3] = RUNS.rows[3]
    with pytest.raises(TrainingDivergedError, match=r"1 of 5 trainings .* is number 3"):
        many(MODEL, cross_entropy(), CONFIG)(RUNS._replace(rows=rows), far, HELD, name="toy")


def test_it_begins_with_the_parameters_that_are_given(trained) -> None:
    start = jax.vmap(lambda key: MODEL.init(key, X[:1]))(RUNS.key)
    still = TrainConfig(epochs=1, batch_size=16, learning_rate=0.0, weight_decay=0.0)
    found = many(MODEL, cross_entropy(), still)(RUNS._replace(start=start), X, HELD)
    close(found.params[LAST], start)
    assert not np.allclose(jax.tree.leaves(trained.params[LAST])[1], jax.tree.leaves(start)[1])
