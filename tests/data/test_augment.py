"""Symmetries of the Sun: keywords of a changed picture are those measured on it."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.data.augment import hemisphere_mirror, polarity_flip, solar_symmetries
from jsolar.sun.fields.keywords import PATCH_KEYWORDS, patch_keywords

N, DEGREES = 64, 0.24
RNG = np.random.default_rng(0)
MEASURE = jax.jit(jax.vmap(partial(patch_keywords, degrees_per_pixel=DEGREES)))


def pictures() -> np.ndarray:
    """Lopsided bipoles with noise: no picture is its own mirror image."""
    y, x = np.mgrid[:24, :24]
    field = RNG.normal(0, 10, (N, 24, 24))
    for sign in (1, -1):
        place, width = RNG.uniform(6, 18, (2, N, 1, 1)), RNG.uniform(1.5, 4, (N, 1, 1))
        blob = np.exp(-0.5 * ((x - place[0]) ** 2 + (y - place[1]) ** 2) / width**2)
        field += sign * RNG.uniform(300, 2500, (N, 1, 1)) * blob
    return field[..., None].astype(np.float32)


@pytest.fixture(scope="module")
def inputs() -> dict[str, jax.Array]:
    image = jnp.asarray(pictures())
    return {
        "image": image,
        "keywords": MEASURE(image[..., 0]),
        "latitude_deg": jnp.linspace(-30, 31, N),
        "previous": jnp.asarray(RNG.random((N, 2)), jnp.float32),
    }


KEYS = jax.random.split(jax.random.key(0), N)


def changed(before, after) -> np.ndarray:
    return (np.asarray(before["image"]) != np.asarray(after["image"])).any((1, 2, 3))


@pytest.mark.parametrize("augment", [polarity_flip, hemisphere_mirror, solar_symmetries])
def test_keywords_are_those_of_the_changed_picture(augment, inputs) -> None:
    after, _ = augment(KEYS, inputs, None)
    measured = np.asarray(MEASURE(after["image"][..., 0]))
    np.testing.assert_allclose(after["keywords"], measured, rtol=2e-4, atol=2e-3)
    assert changed(inputs, after).any()
    net = PATCH_KEYWORDS.index("net_flux_coarse")
    assert np.abs(measured[:, net]).min() > 1e-2, "none is balanced, so a forgotten sign shows"


@pytest.mark.parametrize("augment", [polarity_flip, hemisphere_mirror, solar_symmetries])
def test_twice_is_as_if_never_and_labels_stay(augment, inputs) -> None:
    targets = {"happened": jnp.arange(N)}
    once, same = augment(KEYS, inputs, targets)
    twice, same = augment(KEYS, once, same)
    jax.tree.map(np.testing.assert_array_equal, twice, inputs)
    assert same is targets
    np.testing.assert_array_equal(once["previous"], inputs["previous"])


def test_polarity_flip_changes_signs_only(inputs) -> None:
    after, _ = polarity_flip(KEYS, inputs, None)
    flipped = changed(inputs, after)
    sign = np.where(flipped, -1.0, 1.0)[:, None, None, None]
    np.testing.assert_array_equal(after["image"], sign * inputs["image"])
    np.testing.assert_array_equal(after["latitude_deg"], inputs["latitude_deg"])


def test_hemisphere_mirror_swaps_north_and_south_but_never_east_and_west(inputs) -> None:
    after, _ = hemisphere_mirror(KEYS, inputs, None)
    mirrored = changed(inputs, after)
    expected = np.where(
        mirrored[:, None, None, None], -np.flip(inputs["image"], axis=1), inputs["image"]
    )
    np.testing.assert_array_equal(after["image"], expected)
    sign = np.where(mirrored, -1.0, 1.0)
    np.testing.assert_array_equal(after["latitude_deg"], sign * inputs["latitude_deg"])


@pytest.mark.parametrize("augment", [polarity_flip, hemisphere_mirror])
def test_half_the_examples_are_changed(augment) -> None:
    keys = jax.random.split(jax.random.key(1), 2000)
    after, _ = augment(keys, {"image": jnp.ones((2000, 2, 2, 1))}, None)
    share = (np.asarray(after["image"])[:, 0, 0, 0] < 0).mean()
    assert abs(share - 0.5) < 4 * np.sqrt(0.25 / 2000)


def test_all_four_ways_are_equally_likely() -> None:
    """Flip and mirror are drawn apart: with one draw for both, two ways would never occur."""
    n = 2000
    image = jnp.tile(jnp.array([[1.0], [2.0]])[None, :, :, None], (n, 1, 1, 1))
    after, _ = solar_symmetries(jax.random.split(jax.random.key(2), n), {"image": image}, None)
    ways, counts = np.unique(np.asarray(after["image"])[:, :, 0, 0], axis=0, return_counts=True)
    assert {tuple(way) for way in ways} == {(1, 2), (-1, -2), (2, 1), (-2, -1)}
    assert np.abs(counts / n - 0.25).max() < 4 * np.sqrt(0.25 * 0.75 / n)


def test_an_example_is_changed_by_its_own_key_alone(inputs) -> None:
    whole, _ = solar_symmetries(KEYS, inputs, None)
    part = {name: value[10:15] for name, value in inputs.items()}
    alone, _ = jax.jit(solar_symmetries)(KEYS[10:15], part, None)
    for name in inputs:
        np.testing.assert_array_equal(alone[name], whole[name][10:15])
