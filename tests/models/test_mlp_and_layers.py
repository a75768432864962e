"""The perceptron against NumPy; dropout, Flax modules and prepared inputs."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.models.layers import dropout, from_flax, with_inputs
from jsolar.models.mlp import MLPConfig, mlp

RNG = np.random.default_rng(0)
ROWS = jnp.asarray(RNG.normal(size=(5, 7)), jnp.float32)


@functools.cache
def fresh(config: MLPConfig, shape: tuple[int, ...] = (7,)):
    """A compiled model and its parameters."""
    model = mlp(config, outputs=2)
    params = jax.jit(model.init)(jax.random.key(0), jnp.ones((1, *shape)))
    return jax.jit(model.apply, static_argnames="train"), params


@pytest.mark.parametrize("hidden", [(), (4,), (6, 3)])
def test_logits_are_matrix_products(hidden: tuple[int, ...]) -> None:
    apply, params = fresh(MLPConfig(hidden=hidden))
    params = jax.tree.map(lambda leaf: leaf + 0.1, params)  # biases begin at 0
    x = np.asarray(ROWS, np.float64)
    for i in range(len(hidden)):
        x = np.maximum(x @ params[f"Dense_{i}"]["kernel"] + params[f"Dense_{i}"]["bias"], 0)
    last = params[f"Dense_{len(hidden)}"]
    expected = x @ last["kernel"] + last["bias"]
    np.testing.assert_allclose(apply(params, ROWS)[0], expected, rtol=1e-4, atol=1e-5)


def test_number_of_parameters_by_hand() -> None:
    _, params = fresh(MLPConfig(hidden=(6, 3)))
    count = sum(leaf.size for leaf in jax.tree.leaves(params))
    assert count == (7 * 6 + 6) + (6 * 3 + 3) + (3 * 2 + 2)


def test_pictures_are_flattened() -> None:
    apply, params = fresh(MLPConfig(hidden=(4,)), (3, 3, 2))
    pictures = jnp.asarray(RNG.normal(size=(5, 3, 3, 2)), jnp.float32)
    flat = apply(params, pictures.reshape(5, 18))[0]
    np.testing.assert_array_equal(apply(params, pictures)[0], flat)


def test_bfloat16_gives_float32_logits_from_float32_parameters() -> None:
    apply, params = fresh(MLPConfig(dtype="bfloat16"))
    logits = apply(params, ROWS)[0]
    assert logits.dtype == jnp.float32
    assert {leaf.dtype for leaf in jax.tree.leaves(params)} == {jnp.dtype("float32")}
    exact = jax.jit(mlp(MLPConfig(), outputs=2).apply)(params, ROWS)[0]
    assert (logits != exact).any()
    np.testing.assert_allclose(logits, exact, atol=0.05)


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(5)), st.booleans())
def test_rows_do_not_see_each_other(order: list[int], train: bool) -> None:
    apply, params = fresh(MLPConfig(hidden=(16,), dropout=0.5))
    keys, order = jax.random.split(jax.random.key(1), 5), np.array(order)
    whole = apply(params, ROWS, key=keys, train=train)[0]
    permuted = apply(params, ROWS[order], key=keys[order], train=train)[0]
    np.testing.assert_allclose(permuted, whole[order], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_dropout_keeps_the_mean_and_drops_its_share(rate: float) -> None:
    keys = jax.random.split(jax.random.key(0), 8)
    x = jnp.full((8, 5000), 3.0)
    dropped = np.asarray(dropout(x, rate, keys, train=True))
    error = np.sqrt(rate * (1 - rate) / dropped.size)  # of the share, one standard deviation
    assert (dropped == 0).mean() == pytest.approx(rate, abs=5 * error)
    np.testing.assert_allclose(dropped[dropped != 0], 3 / (1 - rate), rtol=1e-6)
    assert len({row.tobytes() for row in dropped}) == 8, "rows share a mask"


def test_dropout_follows_the_key_and_keeps_the_dtype() -> None:
    keys = jax.random.split(jax.random.key(0), 4)
    x = jnp.ones((4, 50), jnp.bfloat16)
    whole = dropout(x, 0.5, keys, train=True)
    assert whole.dtype == jnp.bfloat16
    np.testing.assert_array_equal(dropout(x[2:], 0.5, keys[2:], train=True), whole[2:])


def test_no_dropout_needs_no_key_and_dropout_asks_for_one() -> None:
    assert dropout(ROWS, 0.5, None, train=False) is ROWS
    assert dropout(ROWS, 0.0, None, train=True) is ROWS
    with pytest.raises(AssertionError, match="one key per example"):
        dropout(ROWS, 0.5, None, train=True)


class Affine(nn.Module):
    """Twice the input and a half, as parameters; sows what it saw."""

    @nn.compact
    def __call__(self, x, *, key=None, train=False):
        self.sow("intermediates", "seen", x)
        two = self.param("two", nn.initializers.constant(2.0), ())
        return two * x + (0.5 if train else 0.0)


def test_a_flax_module_is_two_functions() -> None:
    model = from_flax(Affine())
    params = model.init(jax.random.key(0), ROWS)
    assert jax.tree.map(float, params) == {"two": 2.0}
    output, sown = model.apply(params, ROWS)
    np.testing.assert_array_equal(output, 2 * ROWS)
    np.testing.assert_array_equal(sown["seen"][0], ROWS)
    np.testing.assert_array_equal(model.apply(params, ROWS, train=True)[0], 2 * ROWS + 0.5)


def test_prepared_inputs_reach_init_and_apply() -> None:
    model = with_inputs(
        mlp(MLPConfig(hidden=(8,), dropout=0.5), outputs=2), lambda inputs: inputs["a"] / 2
    )
    inputs = {"a": 2 * ROWS, "b": jnp.zeros(1)}
    params = model.init(jax.random.key(0), inputs)
    bare = mlp(MLPConfig(hidden=(8,), dropout=0.5), outputs=2)
    keys = jax.random.split(jax.random.key(1), 5)
    for how in ({}, {"key": keys, "train": True}):
        expected = bare.apply(params, ROWS, **how)[0]
        np.testing.assert_array_equal(model.apply(params, inputs, **how)[0], expected)
