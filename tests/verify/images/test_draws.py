"""Draws as a forecast: the CRPS of others, and a sampler that is known to be perfect."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scores.probability import crps_for_ensemble
from xarray import DataArray

from jsolar.verify.images.draws import DRAW_SCORES, measure_draws


def scored(draws, targets, score):
    """Of several series."""
    sums = jax.vmap(measure_draws)(jnp.asarray(draws), jnp.asarray(targets))
    return float(DRAW_SCORES[score](jax.tree.map(lambda x: x.sum(0), sums)))


@pytest.mark.parametrize("m", [2, 3, 8])
def test_crps_is_the_fair_one(m) -> None:
    rng = np.random.default_rng(m)
    draws, target = rng.normal(0, 100, (m, 5, 6)), rng.normal(0, 100, (5, 6))
    expected = crps_for_ensemble(
        DataArray(draws, dims=("m", "y", "x")),
        DataArray(target, dims=("y", "x")),
        "m",
        method="fair",
    )
    found = scored(draws[None], target[None], "crps_gauss")
    assert found == pytest.approx(float(expected), rel=1e-5)


def test_one_draw_has_its_absolute_error_and_no_spread() -> None:
    found = scored(np.full((1, 1, 2, 2), 30.0), np.full((1, 2, 2), 10.0), "crps_gauss")
    assert found == pytest.approx(20.0)
    assert np.isnan(scored(np.ones((1, 1, 2, 2)), np.ones((1, 2, 2)), "spread_over_error"))


@pytest.mark.parametrize(("width", "spread"), [(1.0, 1.0), (0.5, 0.5), (2.0, 2.0)])
def test_a_perfect_sampler_has_spread_1_and_twice_the_error_of_the_mean(width, spread) -> None:
    """Nobody can foresee more than the mean; draws too alike, or too different, are told apart."""
    rng = np.random.default_rng(0)
    mean = rng.normal(0, 100, (40, 1, 16, 16))
    draws = mean + width * 50 * rng.normal(size=(40, 4, 16, 16))
    target = (mean + 50 * rng.normal(size=(40, 1, 16, 16)))[:, 0]
    assert scored(draws, target, "spread_over_error") == pytest.approx(spread, rel=0.03)
    assert scored(draws, target, "draw_over_mean") == pytest.approx(1 + width**2, rel=0.03)
    assert scored(draws, target, "mean_rmse_gauss") == pytest.approx(50, rel=0.02)
    assert scored(draws, target, "spread_gauss") == pytest.approx(50 * width, rel=0.02)


def test_unknown_pixels_are_left_out() -> None:
    rng = np.random.default_rng(0)
    draws, target = rng.normal(0, 100, (1, 3, 4, 4)), rng.normal(0, 100, (1, 4, 4))
    part = target.copy()
    part[:, 2:] = np.nan
    for score in DRAW_SCORES:
        expected = scored(draws[:, :, :2], target[:, :2], score)
        assert scored(draws, part, score) == pytest.approx(expected, rel=1e-5)
