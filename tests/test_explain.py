"""Integrated gradients: exact where the integral is known, complete where it is not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.explain import integrated_gradients
from jsolar.models.cnn import CNNConfig, cnn

RNG = np.random.default_rng(0)


def test_linear_functions_are_explained_exactly() -> None:
    weights = jnp.asarray(RNG.normal(size=(4, 3)), jnp.float32)
    x, baseline = (jnp.asarray(RNG.normal(size=(4, 3)), jnp.float32) for _ in range(2))
    shares = integrated_gradients(lambda x: (weights * x).sum() + 5.0, x, baseline, steps=1)
    np.testing.assert_allclose(shares, weights * (x - baseline), rtol=1e-5, atol=1e-6)


def test_cubes_and_products_by_hand() -> None:
    """From (a, b) to (x, y): xy gives (x−a)(y+b)/2 to x; x³ from 0 gives all of x³."""
    x, baseline = jnp.array([3.0, 5.0]), jnp.array([1.0, 2.0])
    shares = integrated_gradients(lambda v: v[0] * v[1], x, baseline)
    np.testing.assert_allclose(shares, [(3 - 1) * (5 + 2) / 2, (5 - 2) * (3 + 1) / 2], rtol=1e-5)
    cubes = integrated_gradients(lambda v: (v**3).sum(), x, steps=500)
    np.testing.assert_allclose(cubes, x**3, rtol=1e-5)


def test_the_integral_is_the_midpoint_rule() -> None:
    """Σ 3 α² / n with α = (i + ½)/n falls short of 1 by 1/(4 n²)."""
    for steps in (1, 2, 8):
        share = integrated_gradients(lambda v: (v**3).sum(), jnp.ones(1), steps=steps)
        assert float(share[0]) == pytest.approx(1 - 1 / (4 * steps**2), rel=1e-5)


@pytest.fixture(scope="module")
def network():
    """A logit of a CNN with all its nonlinearities, the last event as `jsolar.predict` takes it."""
    model = cnn(CNNConfig(widths=(4, 4), hidden=8, norm="group"), outputs=2)
    params = jax.jit(model.init)(jax.random.key(0), jnp.zeros((1, 8, 8, 1)))
    return jax.jit(lambda image: model.apply(params, image[None])[0][0, -1])


@pytest.fixture(scope="module")
def explain(network):
    """The shares in this logit, with enough steps for its corners."""
    return jax.jit(lambda x, baseline: integrated_gradients(network, x, baseline, steps=500))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_shares_of_a_network_add_up(network, explain, seed: int) -> None:
    pair = np.random.default_rng(seed).normal(size=(2, 8, 8, 1)).astype(np.float32)
    image, baseline = jnp.asarray(pair)
    shares = explain(image, baseline)
    assert shares.shape == image.shape
    difference = float(network(image) - network(baseline))
    error = 0.005 * float(jnp.abs(shares).sum())  # of the midpoint rule, at corners of the ReLUs
    assert float(shares.sum()) == pytest.approx(difference, abs=error)


def test_what_does_not_differ_from_the_baseline_gets_nothing(explain) -> None:
    image = jnp.asarray(RNG.normal(size=(8, 8, 1)), jnp.float32)
    baseline = image.at[2:4, 5].set(0.0)
    shares = np.asarray(explain(image, baseline))
    same = np.asarray(image == baseline)
    np.testing.assert_array_equal(shares[same], 0.0)
    assert (shares[~same] != 0).any()


def test_the_default_baseline_is_no_field() -> None:
    x = jnp.array([2.0, -1.0])
    given_, default = (
        integrated_gradients(lambda v: jnp.exp(v).sum(), x, *baseline)
        for baseline in [(jnp.zeros(2),), ()]
    )
    np.testing.assert_allclose(given_, default, rtol=1e-6)
    np.testing.assert_allclose(default, np.expm1(x), rtol=1e-3)
