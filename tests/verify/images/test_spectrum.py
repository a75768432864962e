"""Power by scale, on fields whose power is known."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.verify.images.spectrum import BANDS_MM, band_power


@pytest.mark.parametrize("pixel_mm", [2.0, 2.9])
@pytest.mark.parametrize("band", range(4))
@pytest.mark.parametrize("turned", [0.0, 0.7])
def test_a_plane_wave_has_half_its_amplitude_squared_in_its_band(pixel_mm, band, turned) -> None:
    wavelength = (70.0, 35.0, 17.0, 8.0)[band]
    y, x = np.mgrid[:96, :128] * pixel_mm
    phase = 2 * np.pi * (x * np.cos(turned) + y * np.sin(turned)) / wavelength + 0.4
    power = np.asarray(band_power(jnp.asarray(200 * np.cos(phase)), pixel_mm=pixel_mm))
    assert power.argmax() == band
    assert power[band] == pytest.approx(200**2 / 2, rel=0.04)
    assert power.sum() - power[band] < 0.04 * power[band]


def test_noise_has_its_variance_and_every_band_its_share_of_the_plane() -> None:
    noise = 10 * jax.random.normal(jax.random.key(0), (200, 64, 64))
    power = jax.vmap(lambda x: band_power(x, pixel_mm=3.0))(noise).mean(0)
    assert float(power.sum()) == pytest.approx(100, rel=0.02)
    number = np.hypot(*np.meshgrid(*2 * [np.fft.fftfreq(64, 3.0)]))
    edges = [1 / wavelength for wavelength in BANDS_MM[1:-1]]
    share = np.bincount(np.digitize(number.ravel(), edges, right=True), minlength=4) / 64**2
    np.testing.assert_allclose(power / 100, share, rtol=0.1, atol=2e-3)


def test_a_blur_lowers_the_finest_band_most() -> None:
    noise = jax.random.normal(jax.random.key(1), (64, 64))
    blurred = sum(jnp.roll(noise, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)) / 9
    ratio = band_power(blurred, pixel_mm=2.9) / band_power(noise, pixel_mm=2.9)
    assert (np.diff(ratio) < 0).all()
    assert float(ratio[-1]) < 0.3 < 0.9 < float(ratio[0])


def test_a_band_that_pixels_do_not_resolve_is_empty() -> None:
    power = band_power(jnp.ones((16, 16)).at[4, 4].set(9.0), pixel_mm=11.7)
    assert float(power[-1]) == 0.0


def test_bands_can_be_chosen() -> None:
    noise = jax.random.normal(jax.random.key(2), (32, 32))
    one = band_power(noise, pixel_mm=2.0, bands_mm=(math.inf, 0.0))
    assert float(one[0]) == pytest.approx(float(band_power(noise, pixel_mm=2.0).sum()), rel=1e-5)
