"""The U-Net: shapes, its beginning, what it is told, how it is computed."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.models.unet import UNetConfig, unet

CONFIG = UNetConfig(width=4, depth=2)
RNG = np.random.default_rng(0)


def inputs(h=16, w=12, batch=2):
    pictures = jnp.asarray(RNG.normal(size=(batch, h, w, 3)), jnp.float32)
    return {"pictures": pictures, "condition": jnp.arange(1.0, batch + 1)[:, None]}


def lively(config=CONFIG, seed=0):
    """Parameters of a network that has learnt something."""
    params = unet(config, outputs=2).init(jax.random.key(seed), inputs())
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.key(seed), len(leaves))
    return tree.unflatten(
        [x + 0.1 * jax.random.normal(k, x.shape) for x, k in zip(leaves, keys, strict=True)]
    )


@pytest.mark.parametrize(("h", "w"), [(16, 12), (15, 9), (5, 7)])
@pytest.mark.parametrize("norm", ["none", "group"])
def test_any_size_comes_out_as_it_went_in(h, w, norm) -> None:
    model = unet(dataclasses.replace(CONFIG, norm=norm), outputs=2)
    x = inputs(h, w)
    params = model.init(jax.random.key(0), x)
    assert model.apply(params, x)[0].shape == (2, h, w, 2)
    assert not np.asarray(model.apply(params, x)[0]).any()  # it begins as 0


def test_it_is_told_what_is_known_besides() -> None:
    model, params, x = unet(CONFIG, outputs=2), lively(), inputs()
    one, other = (
        model.apply(params, x | {"condition": c})[0]
        for c in (jnp.ones((2, 1)), 2 * jnp.ones((2, 1)))
    )
    assert float(jnp.abs(one - other).max()) > 1e-3


def test_pictures_do_not_know_of_each_other() -> None:
    model, params, x = unet(CONFIG, outputs=2), lively(), inputs()
    alone = model.apply(params, jax.tree.map(lambda a: a[1:], x))[0]
    np.testing.assert_allclose(model.apply(params, x)[0][1:], alone, atol=1e-5)


def test_a_shift_by_its_coarsest_pixel_shifts_what_comes_out() -> None:
    model, params = unet(CONFIG, outputs=2), lively()
    spot = jnp.zeros((1, 96, 96, 3)).at[0, 44:48, 44:48].set(1.0)
    out, moved = (
        model.apply(params, {"pictures": p, "condition": jnp.ones((1, 1))})[0]
        for p in (spot, jnp.roll(spot, (4, 8), (1, 2)))
    )
    inner = (slice(None), slice(40, 56), slice(44, 60))
    np.testing.assert_allclose(moved[inner], jnp.roll(out, (4, 8), (1, 2))[inner], atol=1e-5)


def test_skips_carry_what_is_fine() -> None:
    """A checkerboard cannot pass through a halved picture."""
    model, params = unet(CONFIG, outputs=2), lively()
    board = jnp.asarray(
        (np.indices((16, 16)).sum(0) % 2)[None, ..., None] * np.ones(3), jnp.float32
    )
    out = model.apply(params, {"pictures": board, "condition": jnp.ones((1, 1))})[0][0, 4:12, 4:12]
    assert float(jnp.abs(out[::2] - out[1::2]).max()) > 1e-3


def test_patches_and_bfloat16_give_the_same() -> None:
    params, x = lively(), inputs()
    whole = unet(CONFIG, outputs=2).apply(params, x)[0]
    for change, tolerance in (({"convolution": "patches"}, 1e-5), ({"dtype": "bfloat16"}, 0.1)):
        other = unet(dataclasses.replace(CONFIG, **change), outputs=2).apply(params, x)[0]
        assert other.dtype == jnp.float32
        np.testing.assert_allclose(other, whole, atol=tolerance * float(jnp.abs(whole).max()))


def test_its_parameters_are_counted() -> None:
    """Width 4, depth 1: each number by hand."""
    params = unet(UNetConfig(width=4, depth=1), outputs=1).init(jax.random.key(0), inputs())

    def conv(i, o):
        return 9 * i * o + o

    told = 16 * 1 + 16
    film = [2 * width * (16 + 1) for width in (4, 8, 4)]
    blocks = conv(3, 4) + conv(4, 4) + conv(4, 8) + conv(8, 8) + conv(12, 4) + conv(4, 4)
    expected = told + sum(film) + blocks + conv(4, 1)
    assert sum(x.size for x in jax.tree.leaves(params)) == expected
