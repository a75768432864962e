"""Random fields against sums of cosines in float64, lanes and grains against their averages."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jsolar.sun.simulate import SunConfig
from jsolar.sun.simulate.texture import (
    drift,
    grains,
    lanes,
    random_field,
    resolved_variance,
    waves,
)

SUN = SunConfig()
COUNT, LENGTH_MM, SPREAD = 30, 12.0, 0.4
CELLS_MM = (0.5, 4.0, 9.0)  # fine, half resolved, hardly resolved
REALIZATIONS = 3000
QUICK = {"xla_backend_optimization_level": 0}  # to compile
quick = partial(jax.jit, compiler_options=QUICK)
field_of = quick(random_field, static_argnames=("size", "cell_mm"))
value_of = quick(jax.vmap(partial(random_field, size=1, cell_mm=0.05)))  # of many, in one place


def many_waves(seed: int, count: int, length_mm: float, spread: float, realizations: int):
    keys = jax.random.split(jax.random.key(seed), realizations)
    draw = partial(waves, count=count, length_mm=length_mm, spread=spread)
    return quick(jax.vmap(draw))(keys)


@pytest.fixture(scope="module")
def ensemble() -> jax.Array:
    """Waves of many suns, ``[realization, wave, 3]``."""
    return many_waves(0, COUNT, LENGTH_MM, SPREAD, REALIZATIONS)


def sum_of_cosines(wave: np.ndarray, x_mm: np.ndarray, y_mm: np.ndarray) -> np.ndarray:
    """√(2/m) Σ cos(kx x + ky y + φ) at every place, rows are y."""
    kx, ky, phase = np.asarray(wave, np.float64).T[..., None, None]
    x, y = np.meshgrid(x_mm, y_mm)
    return np.sqrt(2 / len(wave)) * np.cos(kx * x + ky * y + phase).sum(0)


def centres(size: int, cell_mm: float) -> np.ndarray:
    return (np.arange(size) - (size - 1) / 2) * cell_mm


def test_waves_have_the_stated_lengths_and_all_directions_and_phases(ensemble) -> None:
    kx, ky, phase = np.asarray(ensemble, np.float64).reshape(-1, 3).T
    length = np.log(2 * np.pi / np.hypot(kx, ky) / LENGTH_MM) / SPREAD
    turn = np.arctan2(ky, kx) % (2 * np.pi)
    circle = stats.uniform(0, 2 * np.pi).cdf
    assert stats.kstest(length, "norm").pvalue > 1e-4
    assert stats.kstest(turn, circle).pvalue > 1e-4
    assert stats.kstest(phase, circle).pvalue > 1e-4
    assert abs(stats.spearmanr(turn, length).statistic) < 4 / np.sqrt(len(turn))


def test_fine_cells_show_the_sum_of_cosines(ensemble) -> None:
    """Not square-symmetric: x is along the columns, y along the rows."""
    cell, size = 0.05, 40
    field = field_of(ensemble[0], size=size, cell_mm=cell)
    x = centres(size, cell)
    expected = sum_of_cosines(ensemble[0], x, x)
    np.testing.assert_allclose(field, expected, atol=1e-3)
    assert np.abs(expected - expected.T).max() > 0.05


@pytest.mark.parametrize("cell_mm", CELLS_MM)
def test_a_cell_shows_the_average_of_what_it_covers(ensemble, cell_mm: float) -> None:
    """Whether what it covers is sampled point by point or seen with finer cells."""
    size, inside = 8, 32
    coarse = np.asarray(field_of(ensemble[1], size=size, cell_mm=cell_mm))
    fine_x = centres(size * inside, cell_mm / inside)
    points = sum_of_cosines(ensemble[1], fine_x, fine_x)
    finer = np.asarray(field_of(ensemble[1], size=2 * size, cell_mm=cell_mm / 2))
    np.testing.assert_allclose(
        coarse, points.reshape(size, inside, size, inside).mean((1, 3)), atol=2e-3
    )
    np.testing.assert_allclose(coarse, finer.reshape(size, 2, size, 2).mean((1, 3)), atol=1e-4)


@pytest.mark.parametrize("cell_mm", CELLS_MM)
def test_a_random_field_has_mean_0_and_the_resolved_variance(ensemble, cell_mm: float) -> None:
    """And grains made of it are 1 on average, however coarse the cells."""

    def look(wave):
        h = random_field(wave, size=2, cell_mm=cell_mm)[0, 1]
        v = resolved_variance(wave, cell_mm)
        return h, v, *(grains(h[None, None], contrast, v)[0, 0] for contrast in (0.3, 1.0))

    corner, variance, *clumps = np.asarray(quick(jax.vmap(look))(ensemble), np.float64)
    for surprise in (corner, corner**2 - variance):
        assert abs(surprise.mean()) < 4 * surprise.std() / np.sqrt(REALIZATIONS)
    low, high = {0.5: (0.97, 1.0), 4.0: (0.5, 0.9), 9.0: (0.02, 0.4)}[cell_mm]
    assert low < variance.mean() < high
    for clump in clumps:
        assert (clump > 0).all()
        assert abs(clump.mean() - 1) < 4 * clump.std() / np.sqrt(REALIZATIONS)


def test_a_random_field_is_nearly_normal(ensemble) -> None:
    value = np.asarray(value_of(ensemble), np.float64)[:, 0, 0]
    assert abs(stats.kurtosis(value) + 1.5 / COUNT) < 4 * np.sqrt(24 / REALIZATIONS)
    assert stats.kstest(value, "norm").pvalue > 1e-4


@pytest.mark.parametrize("width", [0.1, 0.4, 2.0])
def test_lanes_are_1_on_average(width: float) -> None:
    g, rough = np.random.default_rng(1).normal(size=(2, 400, 400)).astype(np.float32)
    found = np.asarray(lanes(jnp.asarray(g), jnp.asarray(rough), width), np.float64)
    assert abs(found.mean() - 1) < 4 * found.std() / 400
    assert found.std() > 0.1


def test_lanes_lie_where_the_field_crosses_zero_and_narrow_ones_are_strong() -> None:
    g = jnp.linspace(-3, 3, 61)[None]
    narrow, wide = (np.asarray(lanes(g, 0 * g, width))[0] for width in (0.2, 0.8))
    for lane in (narrow, wide):
        assert lane.argmax() == 30
        np.testing.assert_allclose(lane, lane[::-1], rtol=1e-4)
        assert (np.diff(lane[30:]) <= 0).all()
    assert narrow[30] > 2 * wide[30]
    assert (narrow > 0.5 * narrow.max()).sum() < 0.5 * (wide > 0.5 * wide.max()).sum()
    ragged = np.asarray(lanes(jnp.zeros((1, 61)), g, 0.2))[0]
    assert ragged[0] < 0.5 * ragged[30], "grains make them ragged"


def test_grains_are_log_normal() -> None:
    h = np.random.default_rng(2).normal(size=(100, 100)).astype(np.float32)
    found = np.log(np.asarray(grains(jnp.asarray(h), 0.7)))
    np.testing.assert_allclose(found, 0.7 * h - 0.5 * 0.49, atol=1e-5)


def test_the_texture_of_plage_takes_little_flux_and_adds_little() -> None:
    """Lanes × grains is 1 on average, to 5 %, at the scales of the data sets."""
    suns, cells_mm = 150, [degrees * 12.147 for degrees in (0.12, 0.48)]
    cells = many_waves(5, SUN.cell_waves, 2 * SUN.cell_mm, SUN.cell_spread, suns)
    grain = many_waves(6, SUN.grain_waves, SUN.grain_mm, SUN.grain_spread, suns)

    def mean(g, h, cell_mm):
        field = random_field(h, size=32, cell_mm=cell_mm)
        lane = lanes(random_field(g, size=32, cell_mm=cell_mm), field, SUN.lane_width)
        return (lane * grains(field, SUN.grain_contrast, resolved_variance(h, cell_mm))).mean()

    def look(g, h):
        return [mean(g, h, cell_mm) for cell_mm in cells_mm]

    found = np.asarray(quick(jax.vmap(look))(cells, grain), np.float64)
    assert (np.abs(found.mean(1) - 1) < 0.05 + 3 * found.std(1) / np.sqrt(suns)).all()


def correlation_after(ensemble, radians: float) -> float:
    later = jax.vmap(partial(drift, radians=radians))(ensemble)
    before, after = (np.asarray(value_of(w))[:, 0, 0] for w in (ensemble, later))
    return float(np.corrcoef(before, after)[0, 1])


def test_drift_loses_correlation_within_a_radian_or_two(ensemble) -> None:
    error = 4 / np.sqrt(REALIZATIONS)
    for radians, slack in ((0.1, 0.01), (1.0, error), (2.0, error + 0.02)):
        expected = np.exp(-(radians**2) / 2)
        assert correlation_after(ensemble, radians) == pytest.approx(expected, abs=slack)


def test_drift_keeps_directions_and_lengths_and_moves_the_pattern_nowhere(ensemble) -> None:
    """Half of the waves run backward, so that the pattern changes but does not stream away."""
    later = drift(ensemble[0], 0.3)
    np.testing.assert_array_equal(later[:, :2], ensemble[0][:, :2])
    turned = np.asarray(later[:, 2] - ensemble[0][:, 2])
    assert np.sqrt(np.square(turned).mean()) == pytest.approx(0.3, abs=1e-5)
    assert abs(turned.sum()) < 1e-4


def test_a_pattern_that_is_gone_does_not_come_back(ensemble) -> None:
    """Neither as it was nor upside down, in which case its lanes would be the same."""
    found = [abs(correlation_after(ensemble, t)) for t in (np.pi, 2 * np.pi)]
    assert max(found) < 0.3
