"""Operations: by hand, as counted in the traced network, and by XLA where it counts them."""

import jax
import jax.numpy as jnp
import pytest

from jsolar.models.cnn import CNNConfig, cnn
from jsolar.models.flops import cnn_flops, mlp_flops, patchgan_flops, traced_flops, unet_flops
from jsolar.models.layers import convolve, with_inputs
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.models.patchgan import PatchGANConfig, patchgan
from jsolar.models.unet import UNetConfig, unet
from jsolar.types import Model


def traced(model, shape: tuple[int, ...]):
    inputs = jnp.zeros((1, *shape))
    params = jax.eval_shape(model.init, jax.random.key(0), inputs)
    return lambda inputs, params: model.apply(params, inputs)[0], inputs, params


def counted(model, shape: tuple[int, ...]) -> int:
    """By the trace; that one is checked by hand below, and against XLA."""
    return traced_flops(*traced(model, shape))


def by_xla(model, shape: tuple[int, ...]) -> float:
    function, *arguments = traced(model, shape)
    return jax.jit(function).lower(*arguments).cost_analysis()["flops"]


@pytest.mark.parametrize("downsample", ["stride", "max"])
@pytest.mark.parametrize(("size", "channels"), [(16, 1), (32, 3)])
def test_cnn_is_what_its_trace_multiplies(downsample: str, size: int, channels: int) -> None:
    config = CNNConfig(widths=(4, 8, 24), hidden=10, downsample=downsample)
    expected = counted(cnn(config, outputs=3), (size, size, channels))
    assert cnn_flops(config, outputs=3, size=size, channels=channels) == expected > 0


@pytest.mark.parametrize("depth", [1, 3])
def test_patchgan_is_what_its_trace_multiplies(depth: int) -> None:
    config = PatchGANConfig(width=6, depth=depth)
    model = with_inputs(
        patchgan(config, outputs=1), lambda x: {"pictures": x, "condition": jnp.ones((1, 1))}
    )
    expected = counted(model, (4, 32, 32, 2))
    assert patchgan_flops(config, size=32, channels=9) == expected > 0


@pytest.mark.parametrize("depth", [0, 2])
def test_unet_is_what_its_trace_multiplies_but_for_what_is_known(depth: int) -> None:
    """Ten thousandths are the dense layers of the condition."""
    config = UNetConfig(width=8, depth=depth)
    network = unet(config, outputs=2)

    def told(pictures):
        return {"pictures": pictures, "condition": jnp.ones((1, 1))}

    model = Model(
        lambda key, x: network.init(key, told(x)),
        lambda params, x, **how: network.apply(params, told(x), **how),
    )
    expected = counted(model, (3, 32, 32, 2))
    found = unet_flops(config, size=32, channels=6, outputs=2)
    assert found == pytest.approx(expected, rel=1e-3)
    assert found < expected


def test_odd_pictures_halve_upwards() -> None:
    config = CNNConfig(widths=(4, 8), hidden=10)
    assert cnn_flops(config, outputs=3, size=13) == counted(cnn(config, outputs=3), (13, 13, 1))


def test_cnn_by_hand() -> None:
    """A 4² picture: 2² outputs of 9 inputs and 8 channels, then 16 → 4 → 1."""
    strided = CNNConfig(widths=(8,), hidden=4)
    assert cnn_flops(strided, outputs=1, size=4) == 2 * (4 * 9 * 8 + 16 * 4 + 4)
    maxima = CNNConfig(widths=(8,), hidden=4, downsample="max")
    assert cnn_flops(maxima, outputs=1, size=4) == 2 * (16 * 9 * 8 + 16 * 4 + 4)


def test_xla_counts_the_same_but_for_what_is_added() -> None:
    """Biases, ReLU and pooling come to a few per cent; padding is not multiplied."""
    wide = MLPConfig(hidden=(256, 128))
    assert by_xla(mlp(wide, outputs=3), (64,)) == pytest.approx(
        mlp_flops(wide, outputs=3, features=64), rel=0.03
    )
    config = CNNConfig(widths=(32, 64), hidden=16)
    expected = cnn_flops(config, outputs=3, size=64)
    assert by_xla(cnn(config, outputs=3), (64, 64, 1)) == pytest.approx(expected, rel=0.08)


@pytest.mark.parametrize("hidden", [(), (10,), (10, 20, 3)])
def test_mlp_is_what_its_trace_multiplies(hidden: tuple[int, ...]) -> None:
    config = MLPConfig(hidden=hidden)
    assert mlp_flops(config, outputs=3, features=5) == counted(mlp(config, outputs=3), (5,)) > 0


def test_a_trace_counts_what_is_used_as_often_as_it_runs() -> None:
    a = jnp.ones((4, 4))

    def several(a):
        _ = a @ a @ a  # nobody uses it
        looped, _ = jax.lax.scan(lambda x, _: (x @ a, None), a, length=5)
        either = jax.lax.cond(a[0, 0] > 0, lambda: looped @ a, lambda: a)
        return jax.vmap(lambda x: x @ a)(either[None])

    assert traced_flops(several, a) == (5 + 1 + 1) * 2 * 4**3


@pytest.mark.parametrize("strides", [1, 2])
def test_gradients_of_a_convolution_cost_twice_as_much(strides: int) -> None:
    x, kernel = jnp.ones((2, 32, 32, 3)), jnp.ones((3, 3, 3, 5))

    def total(x, kernel):
        return (convolve(x, kernel, strides=strides) ** 2).sum()

    forward = traced_flops(total, x, kernel)
    assert forward == 2 * (2 * (32 // strides) ** 2 * 5) * (9 * 3)
    slope = jax.value_and_grad(total, (0, 1))
    assert traced_flops(slope, x, kernel) == 3 * forward
    by_compiler = jax.jit(slope).lower(x, kernel).cost_analysis()["flops"]
    assert by_compiler == pytest.approx(3 * forward, rel=0.03)
