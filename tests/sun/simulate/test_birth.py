"""Newborn regions against the laws of the Sun that they are meant to obey."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jsolar.sun.simulate import RegionState, SunConfig, cycle, emerge
from jsolar.sun.simulate.region import polarity_centres_mm

SUN = SunConfig(
    bipoles=3, fragments=12, cell_waves=2, grain_waves=2, activity_grid=4,
    latitude_spread_deg=1.5, tilt_scatter_deg=15.0, anti_hale_share=0.15, emergence_spread=1.2,
)  # fmt: skip
REGIONS = 2000
PHASES = np.linspace(0.1, 0.7, REGIONS).astype(np.float32)
PHASES[1::2] += 1.0  # cycles 24 and 25 in turn
UNLIKELY = 1e-4
QUICK = {"xla_backend_optimization_level": 0}  # to compile
BIRTHS = jax.jit(jax.vmap(lambda key, phase: emerge(key, SUN, phase)), compiler_options=QUICK)


@pytest.fixture(scope="module")
def born() -> RegionState:
    """Many regions, half of them in either cycle, ``[region, ...]``."""
    return jax.device_get(BIRTHS(jax.random.split(jax.random.key(1), REGIONS), PHASES))


@pytest.fixture(scope="module")
def hemisphere(born: RegionState) -> np.ndarray:
    return np.sign(born.latitude_deg)


@pytest.fixture(scope="module")
def deviation_deg(born: RegionState) -> np.ndarray:
    """Angle between the axis of each bipole and what Joy's law has, −180…180°."""
    joy = -SUN.joy_deg * np.sin(np.deg2rad(born.latitude_deg))
    return (np.rad2deg(born.axis_rad) - joy[:, None] + 180) % 360 - 180


@pytest.fixture(scope="module")
def grown(born: RegionState) -> np.ndarray:
    """Where the polarities of the first bipoles end, if nothing turns them, ``[r, 2, xy]``."""

    def end(state: RegionState):
        old = state._replace(hours=jnp.float32(1e5), shear_rad=0 * state.shear_rad)
        return polarity_centres_mm(old, SUN)[0]

    return np.asarray(jax.jit(jax.vmap(end), compiler_options=QUICK)(born), np.float64)


def is_mean(values: np.ndarray, expected: float) -> bool:
    return bool(abs(values.mean() - expected) < 4 * values.std() / np.sqrt(values.size))


def is_median(values: np.ndarray, expected: float) -> bool:
    """By the sign test, which asks nothing of the distribution."""
    return stats.binomtest(int((values < expected).sum()), values.size).pvalue > UNLIKELY


def test_same_key_same_region_bit_for_bit_and_another_key_another(born: RegionState) -> None:
    again = BIRTHS(jax.random.split(jax.random.key(1), REGIONS), PHASES)
    jax.tree.map(np.testing.assert_array_equal, again, born)
    other = BIRTHS(jax.random.split(jax.random.key(2), REGIONS), PHASES)
    same = {"hours", "birth_hours", "fragment_mx", "plage_mx", "inversion_mx"}
    for name in set(born._fields) - same - {"leading_sign"}:
        changed = np.asarray(getattr(other, name) != getattr(born, name))
        assert changed.reshape(REGIONS, -1).any(1).mean() > 0.99, name
        assert len(np.unique(getattr(born, name), axis=0)) > 0.99 * REGIONS, name
    for name in same:
        np.testing.assert_array_equal(getattr(other, name), getattr(born, name))


def test_at_first_there_is_no_flux_and_one_bipole_begins(born: RegionState) -> None:
    assert (born.hours == 0).all()
    assert (born.birth_hours[:, 0] == 0).all()
    assert np.isposinf(born.birth_hours[:, 1:]).all()
    for flux in (born.fragment_mx, born.plage_mx, born.inversion_mx):
        assert (flux == 0).all()
    assert (born.centre_mm[:, 0] == 0).all()
    assert (born.centre_mm[:, 1:] != 0).all()
    home = born.centre_mm[:, :, None, None] + born.anchor_mm
    np.testing.assert_allclose(born.fragment_mm, home, atol=1e-4)


def test_both_hemispheres_alike(hemisphere: np.ndarray) -> None:
    north = int((hemisphere > 0).sum())
    assert stats.binomtest(north, REGIONS).pvalue > UNLIKELY
    assert abs(np.corrcoef(hemisphere[1:], hemisphere[:-1])[0, 1]) < 4 / np.sqrt(REGIONS)


def test_latitudes_follow_the_belt(born: RegionState) -> None:
    latitude = np.abs(born.latitude_deg)
    away = (latitude - cycle.belt_deg(PHASES)) / SUN.latitude_spread_deg
    assert stats.kstest(away, "norm").pvalue > UNLIKELY
    early, late = PHASES % 1 < 0.25, PHASES % 1 > 0.55
    assert latitude[early].mean() > latitude[late].mean() + 5


@pytest.mark.parametrize("north", [True, False])
@pytest.mark.parametrize("following_cycle", [False, True])
def test_hales_law(born, hemisphere, grown, north: bool, following_cycle: bool) -> None:
    """The western polarity of cycle 24 is negative in the north; some regions do otherwise."""
    there = ((hemisphere > 0) == north) & ((PHASES > 1) == following_cycle)
    west_minus_east = grown[there, 0, 0] - grown[there, 1, 0]
    western_sign = born.leading_sign[there] * np.sign(west_minus_east)
    law = -1.0 if north != following_cycle else 1.0
    breaks = int((western_sign != law).sum())
    assert stats.binomtest(breaks, int(there.sum()), SUN.anti_hale_share).pvalue > UNLIKELY


def test_joys_law_leading_polarities_are_nearer_to_the_equator(
    hemisphere, grown, deviation_deg
) -> None:
    usual = np.abs(deviation_deg[:, 0]) < 90
    nearer = -hemisphere * (grown[:, 0, 1] - grown[:, 1, 1])
    for side in (1, -1):
        there = usual & (hemisphere == side)
        assert nearer[there].mean() > 4 * nearer[there].std() / np.sqrt(there.sum())


def test_joys_law_tilts_grow_with_latitude(born, hemisphere, deviation_deg) -> None:
    usual = np.abs(deviation_deg[:, 0]) < 90
    tilt = -hemisphere[usual] * np.rad2deg(born.axis_rad[usual, 0])  # towards the equator
    sine = np.sin(np.deg2rad(np.abs(born.latitude_deg[usual])))
    fit = stats.linregress(sine, tilt)
    assert abs(fit.slope - SUN.joy_deg) < 4 * fit.stderr < 0.8 * SUN.joy_deg
    assert abs(fit.intercept) < 4 * fit.intercept_stderr
    high, low = sine > np.quantile(sine, 0.7), sine < np.quantile(sine, 0.3)
    assert tilt[high].mean() > tilt[low].mean() + 1
    scatter = deviation_deg[usual, 0]
    assert stats.kstest(scatter / SUN.tilt_scatter_deg, "norm").pvalue > UNLIKELY


def test_later_bipoles_are_inclined_at_random(deviation_deg: np.ndarray) -> None:
    """Their scatter wraps around: E cos of a normal angle is e^(−σ²/2)."""
    tilt = np.deg2rad(deviation_deg[:, 1:])
    smooth = np.exp(-0.5 * np.deg2rad(SUN.complex_tilt_scatter_deg) ** 2)
    assert is_mean(np.cos(tilt), smooth * (1 - 2 * SUN.anti_hale_share))
    assert is_mean(np.sin(tilt), 0.0)


def test_fluxes_of_first_bipoles_are_log_normal_within_limits(born: RegionState) -> None:
    assert (born.flux_mx >= 0.9999e20).all()
    assert (born.flux_mx <= 1.0001e23).all()
    dex = np.log10(born.flux_mx[:, 0].astype(np.float64))
    assert is_median(dex, SUN.flux_log10_mx)
    inside = (dex > 20.001) & (dex < 22.999)
    law = stats.truncnorm(
        *((np.array([20.001, 22.999]) - SUN.flux_log10_mx) / SUN.flux_spread_dex),
        SUN.flux_log10_mx, SUN.flux_spread_dex,
    )  # fmt: skip
    assert stats.kstest(dex[inside], law.cdf).pvalue > UNLIKELY


def test_fluxes_of_later_bipoles_go_with_the_first(born: RegionState) -> None:
    dex = np.log10(born.flux_mx.astype(np.float64))
    large = dex[:, 0] > 21.3  # so that the limits do not matter
    for k in (1, 2):
        assert is_median((dex[:, k] - dex[:, 0])[large], np.log10(SUN.emergence_flux_share))
    further = dex[large, 1] - dex[large, 0], dex[large, 2] - dex[large, 0]
    assert abs(np.corrcoef(*further)[0, 1]) < 4 / np.sqrt(large.sum())


def test_sizes_grow_with_flux(born: RegionState) -> None:
    """Half of the flux with the field of a patch, and a power law of separations."""
    flux = born.flux_mx.astype(np.float64)
    radius_mm = np.sqrt(0.5 * flux / SUN.patch_field_gauss / (2 * np.pi)) / 1e8
    apart_mm = SUN.separation_mm * (flux / 1e22) ** SUN.separation_power
    wide = np.log(born.patch_mm / radius_mm).ravel() / SUN.patch_spread
    loose = np.log(born.apart_mm / apart_mm).ravel() / SUN.separation_spread
    assert stats.kstest(wide, "norm").pvalue > UNLIKELY
    assert stats.kstest(loose, "norm").pvalue > UNLIKELY
    assert abs(np.corrcoef(wide, loose)[0, 1]) < 4 / np.sqrt(wide.size)


def test_later_bipoles_emerge_around_the_first(born: RegionState) -> None:
    away = born.centre_mm[:, 1:] / (SUN.complex_size * born.apart_mm[:, 0, None, None])
    assert stats.kstest(away.ravel(), "norm").pvalue > UNLIKELY


def test_shear_and_hidden_state_are_normal(born: RegionState) -> None:
    shear = np.rad2deg(born.shear_rad).ravel() / SUN.shear_deg
    assert stats.kstest(shear, "norm").pvalue > UNLIKELY
    assert stats.kstest(born.hidden_dex / SUN.hidden_dex, "norm").pvalue > UNLIKELY


def test_shares_sum_to_one(born: RegionState) -> None:
    assert (born.share > 0).all()
    np.testing.assert_allclose(born.share.sum(-1), 1.0, rtol=1e-5)


def clusters_of(share: np.ndarray) -> np.ndarray:
    """Share of each cluster, ``[region, bipole, polarity, cluster]``."""
    return share.reshape(*share.shape[:-1], SUN.clusters, -1).sum(-1)


def test_leading_flux_stands_in_fewer_and_larger_clusters(born: RegionState) -> None:
    cluster = clusters_of(born.share[:, 0].astype(np.float64))
    largest, number = cluster.max(-1), 1 / (cluster**2).sum(-1)
    for more in (largest[:, 0] - largest[:, 1], number[:, 1] - number[:, 0]):
        assert more.mean() > 8 * more.std() / np.sqrt(REGIONS)


def test_fragments_gather_in_clusters_and_large_ones_stand_inside(born: RegionState) -> None:
    place = born.anchor_mm[:, 0].reshape(REGIONS, 2, SUN.clusters, -1, 2).astype(np.float64)
    within = np.linalg.norm(place[..., 0, :] - place[..., 1, :], axis=-1)
    between = np.linalg.norm(place[..., 0, :] - np.roll(place, 1, 2)[..., 1, :], axis=-1)
    assert np.median(within) < 0.5 * np.median(between)
    assert is_mean(place / born.patch_mm[:, 0, None, None, None, None], 0.0)
    share = clusters_of(born.share[:, 0])
    out = np.linalg.norm(place.mean(-2), axis=-1) / born.patch_mm[:, 0, None, None]
    assert np.median(out[share > 0.35]) < 0.6 * np.median(out[share < 0.1])


def test_more_bipoles_follow_when_the_cycle_is_high(born: RegionState) -> None:
    daily = 24 * born.emergence_per_hour.astype(np.float64)
    activity = cycle.activity(PHASES.astype(np.float64))
    median = SUN.emergence_per_day * activity**SUN.emergence_cycle_power
    scatter = np.log(daily / median) / SUN.emergence_spread
    assert stats.kstest(scatter, "norm").pvalue > UNLIKELY
    high, low = activity > 0.8, activity < 0.3
    assert np.median(daily[high]) > 1.5 * np.median(daily[low])


@pytest.mark.parametrize("steps", [8, 64, SUN.steps])
def test_every_region_comes_within_70_degrees_in_the_time_simulated(born, steps: int) -> None:
    """It may emerge on the far side, or before our eyes, but not behind the west limb."""
    sun = SunConfig(steps=steps, bipoles=1, fragments=1, clusters=1, cell_waves=1, grain_waves=1)
    place = jax.jit(jax.vmap(lambda key: emerge(key, sun).longitude_deg), compiler_options=QUICK)
    keys = jax.random.split(jax.random.key(3), REGIONS)
    first = np.asarray(place(keys), np.float64)
    path = first[:, None] + 13.2 * sun.step_hours / 24 * np.arange(steps)
    assert (np.abs(path) <= 70).any(1).all()
    assert first.max() > 69
    assert stats.kstest(first, stats.uniform(first.min(), np.ptp(first)).cdf).pvalue > UNLIKELY
    if steps == SUN.steps:
        assert 0.2 < (first < -90).mean() < 0.9, "many come round the limb"
        assert (np.abs(first) < 70).mean() > 0.2, "and many emerge before our eyes"
