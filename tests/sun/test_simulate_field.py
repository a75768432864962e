"""Rendered pictures against integrals of Gaussians, conservation of flux, and optics."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jsolar.sun.simulate import RegionState, SunConfig, cos_heliocentric, emerge
from jsolar.sun.simulate import observe as observe_one
from jsolar.sun.simulate.field import radial_field
from jsolar.sun.simulate.region import fragment_flux_mx

CONFIG = SunConfig(bipoles=2, fragments=6)
LINEAR = SunConfig(bipoles=2, fragments=6, saturation_gauss=1e9)


@pytest.fixture(scope="module")
def state() -> RegionState:
    """A region of two bipoles, three days old."""
    born = emerge(jax.random.key(5), CONFIG)
    return born._replace(hours=jnp.float32(72.0), birth_hours=jnp.array([0.0, 24.0]))


def spot(state: RegionState, x_mm: float, y_mm: float, flux_mx: float) -> RegionState:
    """The same region with all its flux of one sign in a single fragment."""
    share = jnp.zeros_like(state.share).at[0, 0, 0].set(1.0)
    place = state.fragment_mm.at[0, 0, 0].set(jnp.array([x_mm, y_mm]))
    scale = flux_mx / jnp.abs(fragment_flux_mx(state._replace(share=share), CONFIG)).sum()
    return state._replace(share=share * scale, fragment_mm=place)


def test_field_is_the_sum_of_gaussians_averaged_over_cells(state: RegionState) -> None:
    cell, n = 4.0, 32
    field = radial_field(state, size=n, cell_mm=cell, config=CONFIG)
    edges = (np.arange(n + 1) - n / 2) * cell
    expected = np.zeros((n, n))
    flux = np.asarray(fragment_flux_mx(state, CONFIG), np.float64).ravel()
    place = np.asarray(state.fragment_mm, np.float64).reshape(-1, 2)
    for mx, (x, y) in zip(flux, place, strict=True):
        peak = 350.0 + 2600.0 * abs(mx) / (abs(mx) + 2.5e20)
        width = np.sqrt(abs(mx) / (2 * np.pi * peak) / 1e16 + 0.6**2)
        across, along = (np.diff(stats.norm.cdf(edges, at, width)) for at in (x, y))
        expected += mx / (cell * 1e8) ** 2 * np.outer(along, across)
    expected = 3000.0 * np.tanh(expected / 3000.0)
    np.testing.assert_allclose(field, expected, atol=0.2, rtol=2e-3)
    assert np.abs(expected).max() > 100


def test_rendered_flux_is_the_flux_of_the_fragments(state: RegionState) -> None:
    """With one sign alone, so that nothing cancels within a pixel."""
    for polarity in (0, 1):
        one = state._replace(share=state.share.at[:, 1 - polarity].set(0.0))
        field = radial_field(one, size=128, cell_mm=2.5, config=LINEAR)
        rendered = np.asarray(field, np.float64).sum() * (2.5e8) ** 2
        truth = np.asarray(fragment_flux_mx(one, LINEAR), np.float64).sum()
        assert rendered == pytest.approx(truth, rel=1e-3)
        assert np.sign(truth) == np.sign(state.leading_sign) * (1 - 2 * polarity)


def test_a_whole_region_has_no_net_flux(state: RegionState) -> None:
    field = np.asarray(radial_field(state, size=128, cell_mm=2.5, config=LINEAR), np.float64)
    assert abs(field.sum()) < 1e-3 * np.abs(field).sum()


@pytest.mark.parametrize("flux_mx", [1e19, 1e21])
def test_peak_field_of_a_fragment_is_plage_or_spot(state: RegionState, flux_mx: float) -> None:
    """350 G for the least flux, and half of 2600 G more at 2.5e20 Mx; no optics in between."""
    sharp = SunConfig(bipoles=2, fragments=6, saturation_gauss=1e9, psf_mm=0.0)
    field = radial_field(spot(state, 0.02, 0.02, flux_mx), size=64, cell_mm=0.04, config=sharp)
    expected = 350.0 + 2600.0 * flux_mx / (flux_mx + 2.5e20)
    assert np.abs(field).max() == pytest.approx(expected, rel=1e-2)


def test_north_is_up_and_west_is_right(state: RegionState) -> None:
    field = radial_field(spot(state, 30.0, -20.0, 1e21), size=64, cell_mm=2.0, config=CONFIG)
    row, column = np.unravel_index(np.abs(field).argmax(), field.shape)
    assert ((column + 0.5 - 32) * 2.0, (row + 0.5 - 32) * 2.0) == pytest.approx((30, -20), abs=1.01)


def test_no_pixel_exceeds_the_umbral_field(state: RegionState) -> None:
    huge = spot(state, 0.0, 0.0, 1e23)
    field = np.abs(radial_field(huge, size=32, cell_mm=0.5, config=CONFIG))
    assert 2000 < field.max() <= 3000
    plain = np.abs(radial_field(huge, size=32, cell_mm=0.5, config=LINEAR))
    np.testing.assert_allclose(field, 3000 * np.tanh(plain / 3000), rtol=1e-4)


def test_larger_picture_holds_the_smaller_one_and_coarse_pixels_average(
    state: RegionState,
) -> None:
    small = radial_field(state, size=32, cell_mm=2.0, config=LINEAR)
    large = radial_field(state, size=64, cell_mm=2.0, config=LINEAR)
    np.testing.assert_allclose(large[16:48, 16:48], small, atol=0.05)
    coarse = radial_field(state, size=32, cell_mm=4.0, config=LINEAR)
    mean = np.asarray(large).reshape(32, 2, 32, 2).mean((1, 3))
    np.testing.assert_allclose(coarse, mean, atol=0.5, rtol=2e-3)


def test_the_line_of_sight_shortens_field_and_network_but_not_noise() -> None:
    field = jnp.full((96, 96), 500.0)
    observe = jax.jit(partial(observe_one, cell_mm=3.0, config=CONFIG))
    centre = np.asarray(observe(jax.random.key(1), field, jnp.float32(1.0)))
    slanted = np.asarray(observe(jax.random.key(1), field, jnp.float32(0.5)))
    assert slanted.mean() == pytest.approx(250, abs=1.5)
    assert centre.mean() == pytest.approx(500, abs=2)
    noise = 2 * slanted - centre  # μ (B + network) cancels
    assert noise.std() == pytest.approx(6.3, rel=0.05)
    other = np.asarray(observe(jax.random.key(2), field, jnp.float32(1.0)))
    assert abs(np.corrcoef(other.ravel(), centre.ravel())[0, 1]) < 0.1


def test_the_network_has_the_claimed_strength_grain_and_tails() -> None:
    quiet = SunConfig(noise_gauss=0.0)
    picture = observe_one(
        jax.random.key(3), jnp.zeros((160, 160)), jnp.float32(1.0), cell_mm=0.9, config=quiet
    )
    seen = np.asarray(picture, np.float64)[16:-16, 16:-16]
    assert seen.std() == pytest.approx(15.0, rel=0.1)
    assert abs(seen.mean()) < 3
    assert stats.kurtosis(seen.ravel()) > 3, "grains are few and strong"
    near = np.corrcoef(seen[:, 1:].ravel(), seen[:, :-1].ravel())[0, 1]
    far = np.corrcoef(seen[:, 10:].ravel(), seen[:, :-10].ravel())[0, 1]
    assert near > 0.8
    assert abs(far) < 0.1


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [(0.0, 0.0, 1.0), (60.0, 0.0, 0.5), (0.0, -60.0, 0.5), (45.0, 45.0, 0.5), (0.0, 90.0, 0.0)],
)
def test_cosine_of_the_heliocentric_angle(
    latitude: float, longitude: float, expected: float
) -> None:
    mu = cos_heliocentric(jnp.float32(latitude), jnp.float32(longitude))
    assert float(mu) == pytest.approx(expected, abs=1e-6)
