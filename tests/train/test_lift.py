"""One device and four, one call and many, one seed and several: all give the same parameters."""

import functools
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jsolar.losses import events as losses
from jsolar.models.cnn import CNNConfig, cnn
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.train import lift
from jsolar.train.step import Step, init_state, make_step
from jsolar.types import Batch, Events, TrainState

STEPS = 3
OPTIMIZERS = {
    "sgd": optax.sgd(0.3),
    "adam": optax.adam(0.01),
    "clipped": optax.chain(optax.clip_by_global_norm(0.05), optax.sgd(0.3)),
}
MODELS = {
    "mlp": mlp(MLPConfig(hidden=(6,), dropout=0.3), outputs=2),
    "cnn": cnn(CNNConfig(widths=(4, 4), hidden=6, norm="group", dropout=0.3), outputs=2),
}


def jitter(keys, inputs, targets):
    """An augmentation that shows whether randomness follows the example."""
    noise = jax.vmap(lambda key, x: jax.random.normal(key, x.shape))(keys, inputs)
    return inputs + 0.1 * noise, targets


def padded_batch(i: int, size: int = 8, kept: int = 5) -> Batch:
    """A batch with three rows of padding, which would shift a mean of means by a lot."""
    rng = np.random.default_rng(i)
    inputs = rng.normal(size=(size, 8, 8, 1)).astype(np.float32)
    happened = rng.random((size, 2)) < 0.4
    mask = np.arange(size) < kept
    inputs[~mask] = 1e3  # must not matter
    return Batch(inputs, Events(happened, rng.random((size, 2)) < 0.9), mask, np.arange(size) + i)


BATCHES = [padded_batch(i) for i in range(STEPS)]


@functools.cache
def step_of(model: str, optimizer: str) -> Step:
    loss = losses.cross_entropy()
    return make_step(MODELS[model], loss, OPTIMIZERS[optimizer], augment=jitter)


def setup(model: str, optimizer: str, seed: int = 0) -> tuple[TrainState, Step]:
    inputs = BATCHES[0].inputs
    state = init_state(jax.random.key(seed), MODELS[model], OPTIMIZERS[optimizer], inputs)
    return state, step_of(model, optimizer)


@functools.cache
def reference(model: str, optimizer: str, seed: int = 0) -> TrainState:
    """Plain steps on one device."""
    state, step = setup(model, optimizer, seed)
    for batch in BATCHES:
        state, _ = jax.jit(step)(state, batch)
    return state


def assert_close(a, b) -> None:
    jax.tree.map(partial(np.testing.assert_allclose, rtol=2e-5, atol=2e-6), a.params, b.params)


CASES = [("mlp", "sgd"), ("mlp", "adam"), ("mlp", "clipped"), ("cnn", "clipped")]


@pytest.mark.parametrize(("model", "optimizer"), CASES)
def test_all_lifts_agree(model: str, optimizer: str) -> None:
    expected = reference(model, optimizer)

    state, step = setup(model, optimizer)
    sharded = lift.jit(step, lift.data_mesh())
    for batch in BATCHES:
        state, _ = sharded(state, batch)
    assert len(jax.tree.leaves(state.params)[0].sharding.device_set) == 4
    assert_close(state, expected)

    state, step = setup(model, optimizer)
    state, parallel = lift.replicate(state), lift.pmap(step)
    for batch in BATCHES:
        state, _ = parallel(state, batch)
    assert_close(lift.one_copy(state), expected)

    state, step = setup(model, optimizer)
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *BATCHES)
    state, metrics = lift.jit(lift.scan(step, unroll=2))(state, stacked)
    assert metrics["loss"].shape == (STEPS,)
    assert int(state.step) == STEPS
    assert_close(state, expected)


@pytest.mark.parametrize("steps_per_call", [1, STEPS])
@pytest.mark.parametrize("name", lift.LIFTS)
def test_lifts_by_name_place_and_collect(name: str, steps_per_call: int) -> None:
    """Also where four devices do not divide the batch: two of them take six examples."""
    state, step = setup("mlp", "clipped")
    with pytest.warns(UserWarning, match="2 of 4 devices work, because a batch of 6 cannot be"):
        lifted = lift.LIFTS[name](step, batch_size=6, steps_per_call=steps_per_call)
    batches = [jax.tree.map(lambda leaf: leaf[:6], batch) for batch in BATCHES]
    stacked = [jax.tree.map(lambda *leaves: np.stack(leaves), *batches)]
    placed = lifted.place(state)
    assert len(jax.tree.leaves(placed.params)[0].sharding.device_set) == 2
    for batch in batches if steps_per_call == 1 else stacked:
        placed, metrics = lifted.step(placed, batch)
        assert metrics["loss"].shape == (() if steps_per_call == 1 else (STEPS,))
    state, expected = lifted.collect(placed), reference("mlp", "clipped")
    assert int(state.step) == STEPS
    assert_close(state, expected)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_vmap_over_seeds_equals_separate_runs(optimizer: str) -> None:
    model = "mlp"
    _, step = setup(model, optimizer)
    seeds = (0, 1, 2)
    states = [setup(model, optimizer, seed)[0] for seed in seeds]
    many = jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)
    lifted = lift.jit(lift.vmap(step))
    for batch in BATCHES:
        many, metrics = lifted(many, batch)
    assert metrics["loss"].shape == (3,)
    for i, seed in enumerate(seeds):
        one = jax.tree.map(lambda leaf, i=i: leaf[i], many)
        assert_close(one, reference(model, optimizer, seed))


def test_lifts_compose() -> None:
    model, optimizer = "mlp", "adam"
    state, step = setup(model, optimizer)
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *BATCHES)
    many = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), state)
    mesh = lift.data_mesh()
    many, _ = lift.jit(lift.vmap(lift.scan(step)), mesh, batch_axis=1)(many, stacked)
    assert_close(jax.tree.map(lambda leaf: leaf[1], many), reference(model, optimizer))


def test_padding_is_without_effect() -> None:
    """A padded batch steps as the same batch without its padding."""
    model, optimizer = "cnn", "sgd"
    state, step = setup(model, optimizer)
    short = jax.tree.map(lambda leaf: leaf[:5], BATCHES[0])
    a, ma = jax.jit(step)(state, BATCHES[0])
    b, mb = jax.jit(step)(state, short)
    assert_close(a, b)
    np.testing.assert_allclose(ma["loss"], mb["loss"], rtol=1e-6)


def test_empty_batch_changes_nothing() -> None:
    model, optimizer = "mlp", "sgd"
    state, step = setup(model, optimizer)
    nothing = BATCHES[0]._replace(mask=np.zeros(8, bool))
    after, metrics = jax.jit(step)(state, nothing)
    assert_close(after, state)
    assert float(metrics["loss"]) == 0.0


def test_mean_of_means_would_be_wrong() -> None:
    """The test above can fail: averaging per device instead is far off on a padded batch."""
    model, optimizer = "mlp", "sgd"
    state, step = setup(model, optimizer)

    def wrong(tree):
        total, gradient, count = tree
        scaled = jax.tree.map(lambda g: g / jnp.maximum(count, 1), (total, gradient))
        return *jax.lax.pmean(scaled, "devices"), jnp.ones(())

    parallel = jax.pmap(partial(step, all_sum=wrong), axis_name="devices")
    split = jax.tree.map(lambda x: x.reshape(4, 2, *x.shape[1:]), BATCHES[0])
    got = lift.one_copy(parallel(lift.replicate(state), split)[0])
    right, _ = jax.jit(step)(state, BATCHES[0])
    gaps = jax.tree.map(lambda a, b: np.abs(a - b).max(), got.params, right.params)
    assert max(jax.tree.leaves(gaps)) > 1e-3


@pytest.mark.parametrize("name", lift.LIFTS)
def test_on_devices_made_of_one_cpu_steps_do_not_overlap(name: str) -> None:
    """A step that takes a while has ended when it returns; overlapping ones can lock each other."""
    state, step = setup("mlp", "sgd")

    def slow(state, batch, **how):
        state, metrics = step(state, batch, **how)
        sleepy = jax.lax.fori_loop(0, 200_000, lambda _, x: jnp.sin(x), metrics["loss"])
        return state, metrics | {"sleepy": sleepy}

    lifted = lift.LIFTS[name](slow, batch_size=8)
    state, metrics = lifted.step(lifted.place(state), BATCHES[0])
    assert all(leaf.is_ready() for leaf in jax.tree.leaves((state.params, metrics)))
