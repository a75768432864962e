"""Simulated regions against the laws of the Sun that they are meant to obey, and formulas."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jsolar.sun.simulate import RegionState, SunConfig, evolve, region

CONFIG = SunConfig(steps=48, bipoles=3, fragments=6, emergence_per_day=0.3)
REGIONS = 600
LIVES = jax.jit(jax.vmap(partial(evolve, config=CONFIG)))


@pytest.fixture(scope="module")
def lives() -> RegionState:
    """States of many regions, ``[region, time, ...]``."""
    return jax.device_get(LIVES(jax.random.split(jax.random.key(1), REGIONS)))


@pytest.fixture(scope="module")
def fluxes(lives: RegionState) -> np.ndarray:
    """Signed flux of every fragment, ``[region, time, bipole, polarity, fragment]``."""
    flux = jax.vmap(jax.vmap(partial(region.fragment_flux_mx, config=CONFIG)))
    return np.asarray(flux(jax.tree.map(jnp.asarray, lives)), np.float64)


def test_same_key_same_life_bit_by_bit_and_another_key_another(lives: RegionState) -> None:
    again = LIVES(jax.random.split(jax.random.key(1), REGIONS))
    jax.tree.map(np.testing.assert_array_equal, again, lives)
    other = LIVES(jax.random.split(jax.random.key(2), REGIONS))
    assert (np.asarray(other.latitude_deg) != lives.latitude_deg).mean() > 0.99
    for column in (lives.flux_mx, lives.hidden_dex, lives.axis_rad):
        assert len(np.unique(column[:, 0].reshape(REGIONS, -1)[:, 0])) > 0.99 * REGIONS


def test_the_first_state_is_the_emergence_and_time_goes_on_in_steps(lives: RegionState) -> None:
    np.testing.assert_array_equal(lives.hours, np.tile(3.0 * np.arange(48), (REGIONS, 1)))
    np.testing.assert_allclose(
        np.diff(lives.longitude_deg, axis=1), 13.2 / 8, rtol=1e-3, err_msg="13.2° a day"
    )
    np.testing.assert_array_equal(lives.latitude_deg[:, 0], lives.latitude_deg[:, -1])


def test_regions_lie_in_two_belts(lives: RegionState) -> None:
    latitude = lives.latitude_deg[:, 0]
    north = (latitude > 0).sum()
    assert abs(north - REGIONS / 2) < 4 * np.sqrt(REGIONS / 4)
    assert abs(np.abs(latitude).mean() - 16.0) < 4 * 6.0 / np.sqrt(REGIONS)
    assert abs(np.abs(latitude).std() - 6.0) < 4 * 6.0 / np.sqrt(2 * REGIONS)


def test_every_region_crosses_the_visible_disk(lives: RegionState) -> None:
    """Born anywhere from where six days bring it just to the west limb to 70° west."""
    first = lives.longitude_deg[:, 0]
    earliest = 90.0 - 6 * 13.2
    assert stats.kstest(first, stats.uniform(earliest, 70.0 - earliest).cdf).pvalue > 1e-4


def test_leading_and_following_flux_balance_in_every_bipole(fluxes: np.ndarray) -> None:
    net, unsigned = fluxes.sum((-1, -2)), np.abs(fluxes).sum((-1, -2))
    assert (np.abs(net) <= 1e-5 * unsigned).all()
    assert (unsigned[:, 24, 0] > 1e18).all(), "the first bipole has emerged"


def test_flux_of_a_bipole_follows_its_formula(lives: RegionState, fluxes: np.ndarray) -> None:
    """Rise of 3 d and decay of 20 d at 1e22 Mx, growing with flux^0.3 and flux^0.5."""
    total = lives.flux_mx[:, :, 0].astype(np.float64)
    days = lives.hours / 24
    rise, decay = 3 * (total / 1e22) ** 0.3, 20 * (total / 1e22) ** 0.5
    expected = total * (1 - np.exp(-((days / rise) ** 2))) * np.exp(-days / decay)
    unsigned = np.abs(fluxes[:, :, 0]).sum((-1, -2))
    np.testing.assert_allclose(unsigned, expected, rtol=1e-4, atol=1e15)


def test_first_fluxes_are_log_normal_and_later_ones_smaller(lives: RegionState) -> None:
    dex = np.log10(lives.flux_mx[:, 0])
    first = dex[:, 0]
    assert abs(np.median(first) - 21.5) < 4 * 1.25 * 0.5 / np.sqrt(REGIONS)
    assert abs(first.std() - 0.5) < 0.1 * 0.5
    ratio = dex[:, 1:] - dex[:, :1]
    assert abs(np.median(ratio) - np.log10(0.4)) < 0.05


def test_hales_law_leading_polarity_is_that_of_the_hemisphere(
    lives: RegionState, fluxes: np.ndarray
) -> None:
    """As in cycle 24: negative leads, that is lies in the west, in the north."""
    at = 40  # five days after emergence
    x = lives.fragment_mm[:, at, 0, :, :, 0]
    flux = fluxes[:, at, 0]
    centre = [
        np.where(s * flux > 0, s * flux * x, 0).sum((1, 2)) / (s * flux).clip(0).sum((1, 2))
        for s in (1, -1)
    ]
    western_sign = np.sign(centre[0] - centre[1])
    obeys = western_sign == -np.sign(lives.latitude_deg[:, at])
    assert obeys.mean() > 0.97
    for hemisphere in (1, -1):
        there = np.sign(lives.latitude_deg[:, at]) == hemisphere
        assert obeys[there].mean() > 0.95


def test_joys_law_tilt_grows_with_latitude(lives: RegionState) -> None:
    """Leading polarities lie nearer to the equator: tilt = 32.1° sin(latitude), scatter 20°."""
    state = jax.tree.map(lambda column: jnp.asarray(column[:, -1]), lives)
    apart = jax.vmap(partial(region.polarity_centres_mm, config=CONFIG))(state)
    towards = np.asarray(apart[:, 0, 0] - apart[:, 0, 1])  # from following to leading
    equatorward = -np.sign(lives.latitude_deg[:, 0]) * towards[:, 1]
    tilt = np.rad2deg(np.arctan2(equatorward, towards[:, 0]))
    sine = np.sin(np.deg2rad(np.abs(lives.latitude_deg[:, 0])))
    fit = stats.linregress(sine, tilt)
    assert abs(fit.slope - 32.1) < 4 * fit.stderr
    assert fit.slope > 2 * fit.stderr
    assert abs(fit.intercept) < 4 * fit.intercept_stderr
    assert abs((tilt - 32.1 * sine).std() - 20.0) < 4 * 20.0 / np.sqrt(2 * REGIONS)
    for north in (True, False):
        there = (lives.latitude_deg[:, 0] > 0) == north
        assert tilt[there].mean() > 4, "in both hemispheres"


def test_later_bipoles_emerge_at_the_regions_own_rate(lives: RegionState) -> None:
    """Births of the first free place: 1 − exp(−rate · time), region by region."""
    last = lives.birth_hours[:, -1]
    probability = 1 - np.exp(-lives.emergence_per_hour[:, 0] * lives.hours[:, -1])
    born = np.isfinite(last[:, 1])
    spread = np.sqrt((probability * (1 - probability)).sum())
    assert abs(born.sum() - probability.sum()) < 4 * spread
    nests = probability > np.median(probability)
    assert born[nests].mean() > 1.5 * born[~nests].mean()
    assert not np.isfinite(last[~born, 2]).any(), "places are taken in order"
    both = np.isfinite(last[:, 2])
    assert both.sum() > 10
    assert (last[both, 2] > last[both, 1]).all()
    assert (last[:, 0] == 0).all()


def test_a_birth_is_never_changed_and_fragments_wait_for_it(lives: RegionState) -> None:
    birth = lives.birth_hours
    was_born = np.isfinite(birth[:, :-1])
    np.testing.assert_array_equal(birth[:, 1:][was_born], birth[:, :-1][was_born])
    still = lives.hours[:, :-1, None] < birth[:, :-1]
    moved = np.abs(np.diff(lives.fragment_mm, axis=1)).max((-1, -2, -3))
    assert (moved[still] == 0).all()
    assert (moved[~still] > 0).all()


def test_rate_memory_is_stationary_and_forgets_in_two_days(lives: RegionState) -> None:
    hidden = lives.hidden_dex
    error = 0.3 / np.sqrt(2 * REGIONS)
    for at in (0, 20, 47):
        assert abs(hidden[:, at].std() - 0.3) < 4 * error
        assert abs(hidden[:, at].mean()) < 4 * 0.3 / np.sqrt(REGIONS)
    for steps in (1, 16):
        pairs = np.corrcoef(hidden[:, 20], hidden[:, 20 + steps])[0, 1]
        expected = np.exp(-3.0 * steps / 48.0)
        assert abs(pairs - expected) < 4 * (1 - expected**2) / np.sqrt(REGIONS)


def test_fragments_stay_spread_about_their_polarity(lives: RegionState) -> None:
    """Walk and pull balance at the patch's radius: σ² = Φ/2 / 400 G / 2π."""
    at = 47
    state = jax.tree.map(lambda column: jnp.asarray(column[:, at]), lives)
    centre = np.asarray(jax.vmap(partial(region.polarity_centres_mm, config=CONFIG))(state))
    offset = lives.fragment_mm[:, at, 0] - centre[:, 0, :, None]
    radius_mm = np.sqrt(0.5 * lives.flux_mx[:, at, 0] / 400 / (2 * np.pi)) / 1e8
    scaled = offset / radius_mm[:, None, None, None]
    small = radius_mm**2 / 0.9 < 24  # hours; these have had the time to reach equilibrium
    assert small.sum() > 100
    assert abs(scaled[small].std() - 1.0) < 0.1
    assert abs(scaled.mean()) < 4 * scaled.std() / np.sqrt(scaled.size / 1)


def test_polarities_move_apart_to_their_final_distance(lives: RegionState) -> None:
    state = jax.tree.map(lambda column: jnp.asarray(column[0, 0]), lives)
    old = state._replace(hours=jnp.float32(1e5))
    centres = np.asarray(region.polarity_centres_mm(old, CONFIG))[0]
    expected = 50.0 * (float(state.flux_mx[0]) / 1e22) ** 0.25
    assert np.linalg.norm(centres[0] - centres[1]) == pytest.approx(expected, rel=1e-4)
    start = np.asarray(region.polarity_centres_mm(state, CONFIG))
    np.testing.assert_array_equal(start[:, 0], start[:, 1], "all emerge in one place")


def test_leading_polarities_gather_in_fewer_fragments(lives: RegionState) -> None:
    largest = lives.share[:, 0, 0].max(-1)
    np.testing.assert_allclose(lives.share[:, 0].sum(-1), 1.0, rtol=1e-5)
    assert largest[:, 0].mean() > largest[:, 1].mean() + 0.05
