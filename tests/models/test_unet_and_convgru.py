"""The networks from pictures to a picture: shapes, beginnings, what they are told, how."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar import models
from jsolar.models.convgru import ConvGRUConfig
from jsolar.models.unet import UNetConfig, unet

UNET, GRU = UNetConfig(width=4, depth=2), ConvGRUConfig(width=4, depth=1)
BOTH = pytest.mark.parametrize("config", [UNET, GRU], ids=["unet", "convgru"])
RNG = np.random.default_rng(0)
ONE = jnp.ones((1, 1))


def inputs(h=16, w=12, batch=2):
    pictures = jnp.asarray(RNG.normal(size=(batch, 3, h, w, 1)), jnp.float32)
    return {"pictures": pictures, "condition": jnp.arange(1.0, batch + 1)[:, None]}


def lively(config):
    """A network that has learnt something."""
    model = models.make(config, outputs=2)
    params = jax.jit(model.init)(jax.random.key(0), inputs())
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.key(0), len(leaves))
    noisy = [x + 0.1 * jax.random.normal(k, x.shape) for x, k in zip(leaves, keys, strict=True)]
    params = tree.unflatten(noisy)
    return jax.jit(lambda x: model.apply(params, x)[0]), params


@BOTH
@pytest.mark.parametrize(("h", "w"), [(16, 12), (15, 9), (5, 7)])
@pytest.mark.parametrize("norm", ["none", "group"])
def test_any_size_comes_out_as_it_went_in(config, h, w, norm) -> None:
    model = models.make(dataclasses.replace(config, norm=norm), outputs=2)
    x = inputs(h, w)
    params = jax.jit(model.init)(jax.random.key(0), x)
    found = model.apply(params, x)[0]
    assert found.shape == (2, h, w, 2)
    assert not np.asarray(found).any()  # it begins as 0


@BOTH
def test_it_is_told_what_is_known_besides(config) -> None:
    apply, _ = lively(config)
    x = inputs()
    one, other = (apply(x | {"condition": jnp.full((2, 1), hours)}) for hours in (1.0, 2.0))
    assert float(jnp.abs(one - other).max()) > 1e-3


@BOTH
def test_examples_do_not_know_of_each_other(config) -> None:
    apply, _ = lively(config)
    x = inputs()
    alone = apply(jax.tree.map(lambda a: a[1:], x))
    np.testing.assert_allclose(apply(x)[1:], alone, atol=1e-5)


@BOTH
def test_every_frame_and_their_order_count(config) -> None:
    apply, _ = lively(config)
    x = inputs()
    first = x | {"pictures": x["pictures"].at[:, 0].add(1.0)}
    turned = x | {"pictures": x["pictures"][:, jnp.array([1, 0, 2])]}
    for other in (first, turned):
        assert float(jnp.abs(apply(x) - apply(other)).max()) > 1e-4


def test_a_recurrent_network_takes_any_number_of_frames() -> None:
    apply, _ = lively(GRU)
    x = inputs()
    assert apply(x | {"pictures": x["pictures"][:, :1]}).shape == (2, 16, 12, 2)
    longer = x | {"pictures": jnp.concatenate([x["pictures"]] * 2, axis=1)}
    assert apply(longer).shape == (2, 16, 12, 2)


@BOTH
def test_a_shift_by_its_coarsest_pixel_shifts_what_comes_out(config) -> None:
    apply, _ = lively(config)
    spot = jnp.zeros((1, 3, 96, 96, 1)).at[0, :, 44:48, 44:48].set(1.0)
    out = apply({"pictures": spot, "condition": ONE})
    moved = apply({"pictures": jnp.roll(spot, (4, 8), (2, 3)), "condition": ONE})
    inner = (slice(None), slice(40, 56), slice(44, 60))
    np.testing.assert_allclose(moved[inner], jnp.roll(out, (4, 8), (1, 2))[inner], atol=1e-5)


@BOTH
def test_skips_carry_what_is_fine(config) -> None:
    """A checkerboard cannot pass through a halved picture."""
    apply, _ = lively(config)
    board = (jnp.indices((16, 16)).sum(0) % 2.0)[None, None, ..., None]
    out = apply({"pictures": jnp.tile(board, (1, 3, 1, 1, 1)), "condition": ONE})[0, 4:12, 4:12]
    assert float(jnp.abs(out[::2] - out[1::2]).max()) > 1e-3


@BOTH
def test_patches_and_bfloat16_give_the_same(config) -> None:
    apply, params = lively(config)
    x = inputs()
    whole = apply(x)
    for change, tolerance in (({"convolution": "patches"}, 1e-5), ({"dtype": "bfloat16"}, 0.1)):
        other = models.make(dataclasses.replace(config, **change), outputs=2).apply(params, x)[0]
        assert other.dtype == jnp.float32
        np.testing.assert_allclose(other, whole, atol=tolerance * float(jnp.abs(whole).max()))


def conv(i: int, o: int) -> int:
    return 9 * i * o + o


def test_parameters_are_counted_by_hand() -> None:
    """Width 4, depth 1."""
    params = unet(UNetConfig(width=4, depth=1), outputs=1).init(jax.random.key(0), inputs())
    told = 16 * 1 + 16
    film = [2 * width * (16 + 1) for width in (4, 8, 4)]
    blocks = conv(3, 4) + conv(4, 4) + conv(4, 8) + conv(8, 8) + conv(12, 4) + conv(4, 4)
    expected = told + sum(film) + blocks + conv(4, 1)
    assert sum(x.size for x in jax.tree.leaves(params)) == expected
    params = models.make(GRU, outputs=1).init(jax.random.key(0), inputs())
    cell = conv(16, 16) + conv(16, 8)
    blocks = conv(1, 4) + conv(4, 4) + conv(4, 8) + conv(8, 8) + conv(12, 4) + conv(4, 4)
    expected = told + sum(film) + blocks + cell + conv(4, 1)
    assert sum(x.size for x in jax.tree.leaves(params)) == expected
