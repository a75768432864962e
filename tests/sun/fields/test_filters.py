"""Fixed filters against SciPy's, and what they must not see."""

import numpy as np
import pytest
from scipy import ndimage

from jsolar.sun import units
from jsolar.sun.fields.filters import FILTERS, filtered

FIELD = np.random.default_rng(0).normal(size=(40, 48)).cumsum(0).cumsum(1) * 3
NAMES = {name: i for i, name in enumerate(FILTERS)}


@pytest.mark.parametrize("width", [2, 8])
def test_responses_are_those_of_scipy(width: int) -> None:
    found = np.asarray(filtered(FIELD, degrees_per_pixel=0.12))
    sigma = width / (0.12 * units.MM_PER_DEGREE)
    smooth = ndimage.gaussian_filter(FIELD, sigma, mode="constant", truncate=8)
    down, across = np.gradient(smooth)
    responses = {
        "field": np.abs(smooth),
        "gradient": sigma * np.hypot(down, across),
        "curvature": sigma**2 * np.abs(ndimage.laplace(smooth, mode="nearest")),
    }
    for name, response in responses.items():
        pools = {
            "mean": response.mean(),
            "rms": (response**2).mean() ** 0.5,
            "maximum": response.max(),
        }
        for pool, value in pools.items():
            got = found[NAMES[f"{name}_{width}mm_{pool}"]]
            assert got == pytest.approx(np.log10(1 + value), abs=2e-3)


def test_polarity_and_direction_are_not_seen() -> None:
    seen = filtered(FIELD, degrees_per_pixel=0.12)
    for other in (-FIELD, FIELD[::-1], FIELD[:, ::-1], FIELD.T):
        np.testing.assert_allclose(filtered(other, degrees_per_pixel=0.12), seen, atol=2e-3)


def test_finer_pixels_are_averaged_and_gaps_are_no_field() -> None:
    coarse = filtered(FIELD, degrees_per_pixel=0.12)
    fine = filtered(np.kron(FIELD, np.ones((2, 2))), degrees_per_pixel=0.06)
    np.testing.assert_allclose(fine, coarse, atol=1e-4)
    gaps = np.where(np.arange(48) < 5, np.nan, FIELD)
    filled = filtered(np.nan_to_num(gaps), degrees_per_pixel=0.12)
    np.testing.assert_array_equal(filtered(gaps, degrees_per_pixel=0.12), filled)
    assert not np.asarray(filtered(np.zeros((16, 16)), degrees_per_pixel=0.24)).any()
