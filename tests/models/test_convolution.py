"""Our convolution against Flax's: the same parameters, pictures and gradients, however computed."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.models.layers import Conv, convolve, convolve_patches

RNG = np.random.default_rng(0)


def inputs(h: int, w: int, channels: int, batch: int = 2):
    return jnp.asarray(RNG.normal(size=(batch, h, w, channels)), jnp.float32)


@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize(("kernel", "channels"), [((3, 3), 1), ((1, 1), 3), ((2, 5), 2)])
@pytest.mark.parametrize("train", [False, True])
def test_flax_has_the_same_parameters_pictures_and_gradients(
    strides: int, kernel: tuple[int, int], channels: int, train: bool
) -> None:
    x = inputs(9, 12, channels)
    theirs = nn.Conv(4, kernel, strides=strides)
    ours = Conv(4, kernel, strides=strides)
    params = theirs.init(jax.random.key(0), x)
    jax.tree.map(np.testing.assert_array_equal, ours.init(jax.random.key(0), x), params)
    params["params"]["bias"] = jnp.arange(4.0)

    def summed(call, params, x):
        y = call(params, x)
        return (y**2).sum(), y

    def whole(params, x):
        return ours.apply(params, x, train=train)

    found, expected = (
        jax.jit(jax.value_and_grad(lambda p, x, f=f: summed(f, p, x), (0, 1), has_aux=True))(
            params, x
        )
        for f in (whole, theirs.apply)
    )
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-4), found, expected
    )


@settings(deadline=None, max_examples=25)
@given(
    h=st.integers(1, 9),
    w=st.integers(1, 9),
    kernel=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    strides=st.integers(1, 4),
    padding=st.sampled_from(["SAME", "symmetric"]),
)
def test_patches_are_a_convolution_at_every_size(h, w, kernel, strides, padding) -> None:
    if padding == "symmetric":
        kernel = tuple(side | 1 for side in kernel)
    x, weights = (
        inputs(h, w, 2, batch=1),
        jnp.asarray(RNG.normal(size=(*kernel, 2, 3)), jnp.float32),
    )
    how = {"strides": strides, "padding": padding}
    expected, found = convolve(x, weights, **how), convolve_patches(x, weights, **how)
    assert found.shape[1:3] == (-(-h // strides), -(-w // strides))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_training_on_a_cpu_multiplies_matrices_and_forecasting_does_not() -> None:
    x = inputs(8, 8, 1)
    layer = Conv(4)
    params = layer.init(jax.random.key(0), x)
    compiled = {
        train: jax.jit(lambda p, x, t=train: layer.apply(p, x, train=t)).lower(params, x).as_text()
        for train in (True, False)
    }
    assert "dot_general" in compiled[True]
    assert "convolution" not in compiled[True]
    assert "convolution" in compiled[False]


def test_half_precision_stays_half() -> None:
    x = inputs(8, 8, 1)
    layer = Conv(4, dtype=jnp.bfloat16)
    params = layer.init(jax.random.key(0), x)
    assert params["params"]["kernel"].dtype == jnp.float32
    exact = Conv(4).apply(params, x)
    for train in (True, False):
        y = layer.apply(params, x, train=train)
        assert y.dtype == jnp.bfloat16
        np.testing.assert_allclose(y.astype(float), exact, atol=0.05)
