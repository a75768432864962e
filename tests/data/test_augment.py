"""Symmetries of the Sun: keywords of a changed picture are those measured on it."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from jsolar.data.augment import hemisphere_mirror, polarity_flip, solar_symmetries
from jsolar.sun.fields.keywords import PATCH_KEYWORDS, patch_keywords
from jsolar.sun.fields.sharp_keywords import vector_keywords

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


def test_the_whole_field_changes_as_on_the_sun() -> None:
    """Mirrored, currents and twist change their hand; by the next cycle they do not."""
    rng = np.random.default_rng(0)
    field = gaussian_filter(rng.normal(0, 3000, (1, 24, 30, 3)), (0, 3, 3, 0)).astype(np.float32)
    image = np.concatenate([field, np.ones_like(field[..., :1])], -1)
    channels = ("Br", "Bp", "Bt", "bitmap")
    seen = {name: [] for name in ("flip", "mirror")}
    for name, augment in (("flip", polarity_flip), ("mirror", hemisphere_mirror)):
        keys = jax.random.split(jax.random.key(3), 16)
        every = {"image": np.repeat(image, 16, 0)}
        after = np.asarray(augment(keys, every, None, channels=channels)[0]["image"])
        seen[name] = after[np.abs(after - image).max((1, 2, 3)) > 0]
        assert (after[..., 3] == 1).all(), "an outline has no sign"
        assert 0 < len(seen[name]) < 16
    before = _twist(image[0])
    for name, sign in (("flip", 1), ("mirror", -1)):
        after = _twist(seen[name][0])
        assert after["MEANALP"] == pytest.approx(sign * before["MEANALP"], rel=1e-3)
        assert after["MEANJZH"] == pytest.approx(sign * before["MEANJZH"], rel=1e-3)
        for same in ("TOTUSJH", "TOTUSJZ", "TOTPOT", "MEANSHR", "SHRGT45", "MEANGBT", "USFLUX"):
            assert after[same] == pytest.approx(before[same], rel=1e-3), same
    np.testing.assert_array_equal(seen["mirror"][0][..., 0], -image[0, ::-1, :, 0])


def _twist(image: np.ndarray) -> dict[str, float]:
    inner = np.zeros(image.shape[:2], bool)
    inner[2:-2, 2:-2] = True  # the pipeline's potential field is not symmetric at the edges
    found = vector_keywords(
        *np.moveaxis(image[..., :3], -1, 0), inner, pixel_m=3.6e5, pixel_arcsec=0.5
    )
    return {name: float(value) for name, value in found.items()}


def test_pictures_of_other_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="of 3 channels are not of magnetogram"):
        solar_symmetries(KEYS, {"image": jnp.ones((N, 2, 2, 3))}, None)
