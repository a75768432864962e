"""The recurrent network: against flax's cell by hand, and its attention."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.models.lstm import PUBLISHED, LSTMConfig, hourly, lstm

KEY = jax.random.key(0)
SERIES = jax.random.normal(jax.random.key(1), (4, 62, 3))
CONFIG = LSTMConfig(width=5, hidden=(6,), dropout=0.0)


def test_it_is_the_cell_step_by_step_and_a_weighted_mean_of_its_memories() -> None:
    model = lstm(CONFIG, outputs=2)
    params = model.init(KEY, SERIES)
    cell, x = nn.OptimizedLSTMCell(5), hourly(jnp.arcsinh(SERIES), 5)
    carry = cell.initialize_carry(KEY, x[:, 0].shape)
    memories = []
    for t in range(12):
        carry, seen = cell.apply({"params": params["OptimizedLSTMCell_0"]}, carry, x[:, t])
        memories.append(seen)
    h = np.stack(memories, 1)

    def dense(name: str, x):
        return x @ params[name]["kernel"] + params[name]["bias"]

    raw = dense("Dense_0", np.tanh(dense("Dense_1", h)))
    weight = np.exp(raw) / np.exp(raw).sum(1, keepdims=True)
    hidden = np.maximum(dense("Dense_2", (weight * h).sum(1)), 0)
    np.testing.assert_allclose(
        model.apply(params, SERIES)[0], dense("Dense_3", hidden), rtol=1e-4, atol=1e-5
    )


def test_rows_are_averaged_to_steps_from_the_last_one_on() -> None:
    """The first two of 62 rows belong to no full step."""
    model = lstm(CONFIG, outputs=1)
    params = model.init(KEY, SERIES)
    said = model.apply(params, SERIES)[0]
    np.testing.assert_array_equal(said, model.apply(params, SERIES.at[:, :2].set(9.0))[0])
    assert (said != model.apply(params, SERIES.at[:, -1].add(1.0))[0]).all()


@pytest.mark.parametrize("config", [LSTMConfig(), PUBLISHED])
def test_it_learns_the_order_of_what_happened(config: LSTMConfig) -> None:
    """Rising and falling series have the same rows; only their order tells them apart."""
    import optax

    rising = jnp.linspace(-1, 1, 60)[None, :, None]
    x = jnp.concatenate([rising, -rising] * 8)
    y = jnp.tile(jnp.array([1.0, 0.0]), 8)
    model = lstm(config, outputs=1)
    params = model.init(KEY, x)
    optimizer = optax.adam(1e-2)
    state = optimizer.init(params)

    @jax.jit
    def step(params, state, key):
        def loss(params):
            keys = jax.random.split(key, len(x))
            logits = model.apply(params, x, key=keys, train=True)[0][:, 0]
            return optax.sigmoid_binary_cross_entropy(logits, y).mean()

        value, grads = jax.value_and_grad(loss)(params)
        updates, state = optimizer.update(grads, state)
        return optax.apply_updates(params, updates), state, value

    for i in range(60):
        params, state, value = step(params, state, jax.random.fold_in(KEY, i))
    said = model.apply(params, x)[0][:, 0]
    assert ((said > 0) == (y > 0)).all(), value
