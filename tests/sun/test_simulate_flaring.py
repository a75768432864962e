"""Flares against Poisson processes, power laws and brute force."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, stats

from jsolar.sun.simulate import SunConfig, emerge, flare_rate_per_hour, flaring, survival
from jsolar.sun.simulate.field import radial_field

CONFIG = SunConfig(flares_kept=128)
DRAW = jax.jit(jax.vmap(partial(flaring.sample_flares, config=CONFIG), (0, None)))
RATE = np.array([0.4, 0.0, 0.1, 2.0, 0.0, 0.7, 0.05, 1.2])  # flares an hour, steps of 3 h
KEYS = 4000


def draw(seed: int, rate: np.ndarray) -> flaring.FlareEvents:
    keys = jax.random.split(jax.random.key(seed), KEYS)
    return jax.device_get(DRAW(keys, jnp.asarray(rate, jnp.float32)))


@pytest.fixture(scope="module")
def events() -> flaring.FlareEvents:
    """Flares of many regions with the rates `RATE`."""
    return draw(0, RATE)


def test_same_key_same_flares_and_another_key_others(events: flaring.FlareEvents) -> None:
    jax.tree.map(np.testing.assert_array_equal, draw(0, RATE), events)
    assert (draw(1, RATE).flux_w_m2 != events.flux_w_m2).mean() > 0.99
    assert len(np.unique(events.flux_w_m2[:, 0])) > 0.95 * KEYS, "no two regions share flares"


def test_counts_of_each_step_agree_with_its_rate(events: flaring.FlareEvents) -> None:
    hours = events.hours[events.happened]
    counts = np.histogram(hours, np.arange(9) * 3.0)[0]
    expected = KEYS * 3.0 * RATE
    quiet = RATE == 0
    assert (counts[quiet] == 0).all()
    chi2 = ((counts - expected)[~quiet] ** 2 / expected[~quiet]).sum()
    assert chi2 < stats.chi2.isf(1e-4, (~quiet).sum())


def test_counts_are_poisson(events: flaring.FlareEvents) -> None:
    """Their whole distribution, so no pile-up and no repulsion."""
    counts = events.happened.sum(1)
    law = stats.poisson(3.0 * RATE.sum())
    low, high = int(law.ppf(0.01)), int(law.ppf(0.99))
    observed = np.bincount(np.clip(counts, low, high) - low)
    share = np.diff([0.0, *law.cdf(np.arange(low, high)), 1.0])
    assert stats.chisquare(observed, KEYS * share).pvalue > 1e-4


def test_steps_are_independent(events: flaring.FlareEvents) -> None:
    fourth = ((events.hours > 9) & (events.hours <= 12) & events.happened).sum(1)
    last = ((events.hours > 21) & events.happened).sum(1)
    assert abs(np.corrcoef(fourth, last)[0, 1]) < 4 / np.sqrt(KEYS)


def test_times_are_uniform_within_a_step(events: flaring.FlareEvents) -> None:
    hours = events.hours[events.happened]
    fourth = hours[(hours > 9) & (hours <= 12)]
    assert len(fourth) > 10_000
    assert stats.kstest(fourth, stats.uniform(9, 3).cdf).pvalue > 1e-4


def test_waiting_times_of_a_constant_rate_are_exponential() -> None:
    steady = draw(2, np.full(8, 2.0))  # 48 expected: the first ten are never cut off
    assert steady.happened[:, :10].all()
    waiting = np.diff(steady.hours[:, :10].astype(np.float64), axis=1, prepend=0)
    assert stats.kstest(waiting.ravel(), stats.expon(scale=0.5).cdf).pvalue > 1e-4


def test_flares_come_first_in_the_table_and_in_order(events: flaring.FlareEvents) -> None:
    n = events.happened.sum(1)
    np.testing.assert_array_equal(events.happened, np.arange(128) < n[:, None])
    assert (np.diff(events.hours, axis=1) >= 0).all()
    assert (events.hours <= 24.0).all()


def test_a_full_table_says_so() -> None:
    crowded = draw(3, np.full(8, 10.0))  # 240 flares, room for 128
    assert crowded.happened.all()


def test_no_rate_no_flare() -> None:
    assert not draw(4, np.zeros(8)).happened.any()


def test_peak_fluxes_follow_the_power_law_and_its_taper(events: flaring.FlareEvents) -> None:
    """(F/F₀)^(1−α) e^−(F−F₀)/F_c with F₀ = 1e-6, α = 2, F_c = 5e-4 W m⁻²."""
    flux = events.flux_w_m2[events.happened].astype(np.float64)
    assert len(flux) > 50_000
    law = lambda f: 1 - (f / 1e-6) ** -1.0 * np.exp(-(f - 1e-6) / 5e-4)  # noqa: E731
    assert stats.kstest(flux, law).pvalue > 1e-4
    large = (flux > 2e-4).sum()
    expected = len(flux) * (1 - law(2e-4))
    assert abs(large - expected) < 4 * np.sqrt(expected), "the taper shows in X2 and larger"
    assert flux.min() >= np.float32(1e-6)


def test_fluxes_do_not_depend_on_times(events: flaring.FlareEvents) -> None:
    chosen = events.happened
    found = stats.spearmanr(events.hours[chosen], events.flux_w_m2[chosen]).statistic
    assert abs(found) < 4 / np.sqrt(chosen.sum())


@settings(deadline=None, max_examples=40)
@given(index=st.floats(1.5, 3.0), low=st.floats(1e-6, 1e-3), factor=st.floats(1.01, 10))
def test_survival_falls_from_one(index: float, low: float, factor: float) -> None:
    config = SunConfig(flare_index=index)
    at = survival(jnp.array([1e-6, low, low * factor]), config)
    assert float(at[0]) == pytest.approx(1.0, rel=1e-5)
    assert 0 < at[2] < at[1] <= 1.00001
    expected = (low / 1e-6) ** (1 - index) * np.exp(-(low - 1e-6) / 5e-4)
    assert float(at[1]) == pytest.approx(expected, rel=1e-4)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(0, 3), min_size=8, max_size=8), st.integers(1, 8))
def test_true_probability_against_a_sum_over_the_window(rates: list[float], window: int) -> None:
    found = flaring.true_probability(
        jnp.array(rates, jnp.float32), jnp.array([1e-6, 1e-5]), window_steps=window, config=CONFIG
    )
    m_share = 0.1 * np.exp(-9e-6 / 5e-4)
    for t in range(8):
        if t + window > 8:
            assert np.isnan(found[t]).all(), "nobody knows what follows the simulation"
            continue
        expected = 3.0 * sum(rates[t : t + window])
        for k, share in enumerate((1.0, m_share)):
            assert float(found[t, k]) == pytest.approx(-np.expm1(-share * expected), abs=1e-5)


def test_true_probability_is_the_share_of_windows_with_a_flare(events) -> None:
    truth = flaring.true_probability(
        jnp.asarray(RATE, jnp.float32), jnp.array([1e-5]), window_steps=3, config=CONFIG
    )
    for begin in range(6):
        inside = (events.hours > 3 * begin) & (events.hours <= 3 * begin + 9) & events.happened
        share = (inside & (events.flux_w_m2 >= 1e-5)).any(1).mean()
        p = float(truth[begin, 0])
        assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / KEYS)


@pytest.fixture(scope="module")
def state():
    """A region of two overlapping bipoles, four days old."""
    config = SunConfig(bipoles=2, fragments=6)
    born = emerge(jax.random.key(8), config)
    return born._replace(
        hours=jnp.float32(96.0), birth_hours=jnp.array([0.0, 24.0]), hidden_dex=jnp.float32(0.0)
    )


def test_inversion_line_flux_against_scipy(state) -> None:
    config = SunConfig(bipoles=2, fragments=6)
    field = np.asarray(radial_field(state, size=48, cell_mm=4.0, config=config), np.float64)
    blurred = [
        ndimage.gaussian_filter(part.clip(0), 1.0, mode="constant", truncate=9)
        for part in (field, -field)
    ]
    expected = np.sqrt(blurred[0] * blurred[1]).sum() * (4e8) ** 2
    found = flaring.inversion_line_flux_mx(state, config)
    assert float(found) == pytest.approx(expected, rel=1e-3)
    other = flaring.inversion_line_flux_mx(state._replace(leading_sign=-state.leading_sign), config)
    assert float(other) == pytest.approx(float(found), rel=1e-5)


@pytest.mark.parametrize("hidden", [-1.0, 0.0, 0.5, 3.0])
def test_rate_follows_its_formula_and_saturates(state, hidden: float) -> None:
    config = SunConfig(bipoles=2, fragments=6)
    psi = float(flaring.inversion_line_flux_mx(state, config)) / 1e21
    daily = np.exp(-0.72) * psi**1.4 * 10**hidden
    expected = daily / (1 + daily / 20) / 24
    found = flare_rate_per_hour(state._replace(hidden_dex=jnp.float32(hidden)), config)
    assert float(found) == pytest.approx(expected, rel=1e-4)
    assert float(found) < 20 / 24
    assert psi > 0.01
