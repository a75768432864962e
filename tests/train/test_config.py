"""Schedule and optimiser: every example is seen, the rate rises and falls."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsolar.train.config import TrainConfig, make_optimizer, schedule


@given(
    epochs=st.integers(1, 20),
    batch_size=st.integers(1, 300),
    evaluations=st.integers(1, 20),
    steps_per_call=st.integers(1, 30),
    n=st.integers(1, 5000),
)
def test_a_schedule_sees_every_example_and_fits_its_calls(n: int, **how: int) -> None:
    config = TrainConfig(**how)
    steps, every = schedule(config, n)
    assert steps % config.steps_per_call == every % config.steps_per_call == 0
    wanted = config.epochs * n / config.batch_size
    assert wanted <= steps < wanted + config.steps_per_call
    assert 1 <= -(-steps // every) <= config.evaluations


def rates(config: TrainConfig, steps: int) -> np.ndarray:
    """The size of each update if every gradient is the same: with Adam, the learning rate."""
    optimizer = make_optimizer(dataclasses.replace(config, weight_decay=0.0), steps)

    def step(state, _):
        updates, state = optimizer.update(jnp.full(1, 1e3), state, jnp.zeros(1))
        return state, -updates[0]

    return np.asarray(jax.lax.scan(step, optimizer.init(jnp.zeros(1)), length=steps)[1])


def test_the_learning_rate_warms_up_and_falls_to_zero() -> None:
    rate = rates(TrainConfig(learning_rate=0.5, warmup=0.1), 100)
    np.testing.assert_allclose(rate[:11], 0.05 * np.arange(11), atol=1e-5)
    cosine = 0.25 * (1 + np.cos(np.pi * np.arange(90) / 90))
    np.testing.assert_allclose(rate[10:], cosine, atol=1e-4)


@pytest.mark.parametrize(("warmup", "steps"), [(0.1, 1), (0.1, 2), (1.0, 5), (0.0, 3)])
def test_any_number_of_steps_has_a_schedule(warmup: float, steps: int) -> None:
    rate = rates(TrainConfig(learning_rate=0.5, warmup=warmup), steps)
    assert rate.max() == pytest.approx(0.5, rel=1e-3), "no step is taken at the full rate"


def test_gradients_are_clipped_and_weights_decay() -> None:
    config = TrainConfig(learning_rate=1.0, warmup=0.0, clip=2.0, weight_decay=0.1)
    optimizer = make_optimizer(config, 10)
    state = optimizer.init(jnp.ones(2))
    clipped, _ = optax.clip_by_global_norm(2.0).update(jnp.array([3.0, 4.0]), optax.EmptyState())
    _, state = optimizer.update(jnp.array([3.0, 4.0]), state, jnp.ones(2))
    moments = jax.tree.leaves(state)
    assert any(np.allclose(leaf, 0.1 * clipped) for leaf in moments if np.shape(leaf) == (2,))
    updates, _ = optimizer.update(jnp.zeros(2), state, 100 * jnp.ones(2))
    assert (updates < -9.0).all()  # 0.1 · 100, at nearly the full rate
