"""SSIM and PSNR against scikit-image 0.26."""

import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.verify.images.pixels import psnr, ssim

# structural_similarity(p, t, data_range=2000, gaussian_weights=True, sigma=1.5,
# use_sample_covariance=False) and peak_signal_noise_ratio(t, p, data_range=2000) of the pictures
# that `pairs` makes.
SCIKIT_IMAGE = [(0.7299, 31.7564), (0.038229, 17.0072), (0.953091, 28.7872)]


def pairs():
    rng = np.random.default_rng(7)
    for (h, w), noise in (((32, 40), 30.0), ((64, 64), 200.0), ((11, 11), 5.0)):
        y, x = np.mgrid[:h, :w]
        spot = 900 * np.exp(-((x - w / 2) ** 2 + (y - h / 2) ** 2) / 20)
        field = spot - 400 * np.exp(-((x - 8) ** 2 + (y - 6) ** 2) / 9)
        target = field + rng.normal(0, noise, (h, w))
        picture = 0.8 * field + rng.normal(0, noise, (h, w))
        yield jnp.asarray(picture, jnp.float32), jnp.asarray(target, jnp.float32)


@pytest.mark.parametrize("number", range(3))
def test_scikit_image_says_the_same(number: int) -> None:
    picture, target = list(pairs())[number]
    similarity, decibels = SCIKIT_IMAGE[number]
    found = float(ssim(picture, target, data_range=2000.0))  # in float32
    assert found == pytest.approx(similarity, abs=5e-6)
    assert float(psnr(picture, target, data_range=2000.0)) == pytest.approx(decibels, abs=1e-3)


def test_ssim_is_symmetric_and_1_for_equal_pictures_only() -> None:
    for picture, target in pairs():
        there, back = (
            ssim(*both, data_range=2000.0) for both in ((picture, target), (target, picture))
        )
        assert float(there) == pytest.approx(float(back), abs=1e-6)
        assert float(there) < float(ssim(target, target, data_range=2000.0)) == pytest.approx(1)


def test_a_wider_range_makes_everything_similar() -> None:
    picture, target = next(pairs())
    narrow, wide = (float(ssim(picture, target, data_range=r)) for r in (500.0, 20_000.0))
    assert narrow < 0.5 < 0.98 < wide
