"""Flares against Poisson processes, the law of their peaks in float64, and brute force."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from jsolar.sun.simulate import (
    FlareEvents,
    RegionState,
    SunConfig,
    flare_rate_per_hour,
    sample_flares,
    survival,
    true_probability,
)

KEPT = 64
SUNS = {
    "default": SunConfig(flares_kept=KEPT, step_hours=3.0),
    "other": SunConfig(
        flares_kept=KEPT, step_hours=2.0, flare_index=2.1, flare_cutoff_w_m2=2e-5,
        cutoff_power=0.8, flare_largest_w_m2=2e-4, rate_limit_per_day=6.0,
        rate_log_c_per_day=0.5, rate_power=1.6,
    ),
}  # fmt: skip
RATE = np.array([0.4, 0.0, 0.1, 2.0, 0.0, 0.7, 0.05, 1.2])  # flares an hour in each step
KEYS = 4000
WINDOW, WINDOWS = 8, 4  # steps of a window; windows that do not overlap
CLASSES = np.array([1e-6, 1e-5])  # C1.0, M1.0
UNLIKELY = 1e-4

Drawn = dict[str, FlareEvents]  # by the name of the Sun
Crowd = tuple[np.ndarray, FlareEvents]  # rates and flares
Numbers = Any  # an array or a float

each_sun = pytest.mark.parametrize("name", list(SUNS))


def share(flux: Numbers, rate: Numbers, sun: SunConfig) -> np.ndarray:
    """(F/F₀)^(1−α) e^−(F−F₀)/F_c with 1/F_c = 1/(C λ^p) + 1/largest, λ a day, in float64."""
    flux, rate = np.asarray(flux, np.float64), np.asarray(rate, np.float64)
    cut = 1 / (sun.flare_cutoff_w_m2 * (24 * rate) ** sun.cutoff_power) + 1 / sun.flare_largest_w_m2
    return (flux / 1e-6) ** (1 - sun.flare_index) * np.exp((1e-6 - flux) * cut)


def expected_in_steps(rate: np.ndarray, threshold: float, sun: SunConfig) -> np.ndarray:
    """Flares ≥ threshold in each step; steps without a rate have none."""
    lively = np.where(rate > 0, rate, 1.0)
    return np.where(rate > 0, sun.step_hours * rate * share(threshold, lively, sun), 0.0)


_DRAW = {
    name: jax.jit(jax.vmap(partial(sample_flares, config=sun), (0, None)))
    for name, sun in SUNS.items()
}


def draw(name: str, seed: int, rate: np.ndarray) -> FlareEvents:
    keys = jax.random.split(jax.random.key(seed), KEYS)
    return jax.device_get(_DRAW[name](keys, jnp.asarray(rate, jnp.float32)))


@pytest.fixture(scope="module")
def events() -> Drawn:
    """Flares of many regions that all have the rates `RATE`."""
    return {name: draw(name, 0, RATE) for name in SUNS}


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    """Regions whose rates wander, each its own way, over four decades, and their flares."""
    rng = np.random.default_rng(5)
    start = rng.normal(-3.6, 1.6, (KEYS, 1))
    walk = np.cumsum(0.25 * rng.normal(size=(KEYS, WINDOW * WINDOWS)), axis=1)
    daily = np.exp(start + walk + np.log(24.0))
    rate = (daily / (1 + daily / 10.0) / 24.0).astype(np.float32)
    sample = jax.jit(jax.vmap(partial(sample_flares, config=SUNS["default"])))
    found = sample(jax.random.split(jax.random.key(6), KEYS), jnp.asarray(rate))
    assert not found.happened[:, -1].any(), "there is room for all flares"
    return rate.astype(np.float64), jax.device_get(found)


def count_in_windows(found: FlareEvents, threshold: float, sun: SunConfig) -> np.ndarray:
    """Flares ≥ threshold of each region in each of the windows, ``[region, window]``."""
    counts = found.happened & (found.flux_w_m2 >= np.float32(threshold))
    window = np.floor(found.hours / (WINDOW * sun.step_hours)).astype(int)
    return np.stack([(counts & (window == w)).sum(1) for w in range(WINDOWS)], 1)


def test_same_key_same_flares_and_another_key_others(events: Drawn) -> None:
    jax.tree.map(np.testing.assert_array_equal, draw("default", 0, RATE), events["default"])
    flux = events["default"].flux_w_m2
    assert (draw("default", 1, RATE).flux_w_m2 != flux).mean() > 0.9
    assert len(np.unique(flux[:, 0])) > 0.8 * KEYS, "no two regions share flares"


@each_sun
def test_counts_of_each_step_agree_with_its_rate(events: Drawn, name: str) -> None:
    hours = events[name].hours[events[name].happened]
    counts = np.histogram(hours, np.arange(9) * SUNS[name].step_hours)[0]
    expected = KEYS * SUNS[name].step_hours * RATE
    assert counts.sum() == hours.size
    assert (counts[RATE == 0] == 0).all()
    active = RATE > 0
    chi2 = ((counts - expected)[active] ** 2 / expected[active]).sum()
    assert chi2 < stats.chi2.isf(UNLIKELY, active.sum())


@each_sun
@pytest.mark.parametrize(("begin", "end"), [(0, 8), (0, 3), (5, 8)])
def test_counts_in_a_window_are_poisson(events: Drawn, name: str, begin: int, end: int) -> None:
    """Their whole distribution and its dispersion: no pile-up, no repulsion, no memory."""
    dt, at = SUNS[name].step_hours, events[name].hours
    inside = events[name].happened & (at > begin * dt) & (at <= end * dt)
    counts = inside.sum(1)
    law = stats.poisson(dt * RATE[begin:end].sum())
    low, high = int(law.ppf(0.01)), int(law.ppf(0.99))
    observed = np.bincount(np.clip(counts, low, high) - low, minlength=high - low + 1)
    of_each = np.diff([0.0, *law.cdf(np.arange(low, high)), 1.0])
    assert stats.chisquare(observed, KEYS * of_each).pvalue > UNLIKELY
    dispersion = counts.var(ddof=1) / law.mean() * (KEYS - 1)
    assert UNLIKELY < stats.chi2.cdf(dispersion, KEYS - 1) < 1 - UNLIKELY


def test_counts_are_poisson_whatever_the_path_of_the_rate(crowd: Crowd) -> None:
    """The randomised probability integral transform of counts is uniform."""
    rate, found = crowd
    counts = count_in_windows(found, 0.0, SUNS["default"])
    law = stats.poisson(3.0 * rate.reshape(KEYS, WINDOWS, WINDOW).sum(-1))
    luck = np.random.default_rng(0).uniform(size=counts.shape)
    pit = law.cdf(counts - 1) + luck * law.pmf(counts)
    assert stats.kstest(pit.ravel(), "uniform").pvalue > UNLIKELY
    busy = law.mean() > 1.0
    assert busy.sum() > 2000
    assert stats.kstest(pit[busy], "uniform").pvalue > UNLIKELY
    assert stats.kstest(pit[~busy], "uniform").pvalue > UNLIKELY


@each_sun
def test_waiting_times_are_exponential_once_time_runs_with_the_rate(name: str) -> None:
    """t → Λ(t), also across steps without a rate; and each is independent of the one before."""
    dt, rate = SUNS[name].step_hours, 5.0 * RATE
    crowded = draw(name, 2, rate)
    assert crowded.happened[:, :10].all(), "the first ten are never cut off"
    edges = np.concatenate([[0.0], np.cumsum(rate) * dt])
    rescaled = np.interp(crowded.hours[:, :10].astype(np.float64), dt * np.arange(9), edges)
    waiting = np.diff(rescaled, axis=1, prepend=0.0)
    assert stats.kstest(waiting.ravel(), "expon").pvalue > UNLIKELY
    correlation = stats.spearmanr(waiting[:, :-1].ravel(), waiting[:, 1:].ravel()).statistic
    assert abs(correlation) < 4 / np.sqrt(KEYS * 9)


def test_steps_are_independent(events: Drawn) -> None:
    at, happened = events["default"].hours, events["default"].happened
    fourth = ((at > 9) & (at <= 12) & happened).sum(1)
    last = ((at > 21) & happened).sum(1)
    assert abs(np.corrcoef(fourth, last)[0, 1]) < 4 / np.sqrt(KEYS)


@each_sun
def test_flares_come_first_in_the_table_and_in_order(events: Drawn, name: str) -> None:
    found = events[name]
    np.testing.assert_array_equal(
        found.happened, np.arange(KEPT) < found.happened.sum(1, keepdims=True)
    )
    assert (np.diff(found.hours, axis=1) >= 0).all()
    assert found.hours.min() >= 0
    assert found.hours.max() <= 8 * SUNS[name].step_hours
    assert found.flux_w_m2[found.happened].min() >= np.float32(1e-6)


def test_no_rate_no_flare() -> None:
    nothing = draw("default", 4, np.zeros(8))
    assert not nothing.happened.any()
    assert np.isfinite(nothing.flux_w_m2).all()


def test_a_full_table_shows_in_its_last_row() -> None:
    """As often as a Poisson number reaches the room there is."""
    tight = draw("default", 3, np.full(8, KEPT / 24.0))
    full = tight.happened[:, -1]
    p = stats.poisson(KEPT).sf(KEPT - 1)
    assert abs(full.mean() - p) < 4 * np.sqrt(p * (1 - p) / KEYS)
    assert tight.happened[full].all()
    assert draw("default", 3, np.full(8, 10.0)).happened.all()


@each_sun
@pytest.mark.parametrize("daily", [1.0, 24.0], ids=["quiet", "lively"])
def test_peak_fluxes_follow_survival(name: str, daily: float) -> None:
    sun, rate = SUNS[name], daily / 24.0
    found = draw(name, 7, np.full(8, rate))
    flux = found.flux_w_m2[found.happened].astype(np.float64)
    assert len(flux) > 2000
    law = lambda f: 1 - share(f, rate, sun)  # noqa: E731
    assert stats.kstest(flux, law).pvalue > UNLIKELY
    for large in (3e-6, 1e-5, 1e-4):
        expected = len(flux) * share(large, rate, sun)
        assert abs((flux >= large).sum() - expected) < 4 * np.sqrt(expected) + 1


@each_sun
def test_peak_fluxes_follow_the_rate_of_their_own_step(events: Drawn, name: str) -> None:
    found, sun = events[name], SUNS[name]
    step = np.floor(found.hours / sun.step_hours).astype(int)
    for t in np.flatnonzero(RATE):
        flux = found.flux_w_m2[found.happened & (step == t)]
        assert stats.kstest(share(flux, RATE[t], sun), "uniform").pvalue > UNLIKELY


def test_peak_fluxes_do_not_depend_on_one_another_or_on_when(events: Drawn) -> None:
    found = events["default"]
    in_fourth = found.happened & (found.hours > 9) & (found.hours <= 12)
    when, flux = found.hours[in_fourth], found.flux_w_m2[in_fourth]
    assert abs(stats.spearmanr(when, flux).statistic) < 4 / np.sqrt(len(flux))
    assert abs(stats.spearmanr(flux[1:], flux[:-1]).statistic) < 4 / np.sqrt(len(flux))


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    index=st.floats(1.2, 3.0),
    cutoff=st.floats(1e-6, 1e-4),
    power=st.floats(0.0, 3.0),
    largest=st.floats(1e-5, 1e-2),
    daily=st.floats(0.5, 50.0),
    flux=st.floats(1e-6, 1e-3),
)
def test_survival_against_float64(
    index: float, cutoff: float, power: float, largest: float, daily: float, flux: float
) -> None:
    sun = SunConfig(
        flare_index=index, flare_cutoff_w_m2=cutoff, cutoff_power=power, flare_largest_w_m2=largest
    )
    found = survival(jnp.array([1e-6, flux, 1.5 * flux]), jnp.float32(daily / 24), sun)
    assert float(found[0]) == 1.0
    assert 0 <= found[2] <= found[1] <= 1.0
    expected = float(share(np.float32(flux), daily / 24, sun))
    log_taper = abs(np.log(expected + 1e-300)) * 5e-6  # float32 in the exponent
    assert float(found[1]) == pytest.approx(expected, rel=2e-5 + log_taper, abs=1e-37)


@each_sun
def test_lively_regions_make_larger_flares_up_to_a_limit(name: str) -> None:
    sun, rate = SUNS[name], jnp.logspace(-3, 4, 60) / 24
    flux = np.array([5e-6, 1e-5, 1e-4])
    found = np.asarray(survival(jnp.asarray(flux)[:, None], rate, sun), np.float64)
    assert (np.diff(found, axis=1) >= 0).all()
    assert (found[:, 0] < 0.01 * found[:, -1]).all()
    limit = (flux / 1e-6) ** (1 - sun.flare_index) * np.exp((1e-6 - flux) / sun.flare_largest_w_m2)
    assert (found <= 1.0001 * limit[:, None]).all()
    np.testing.assert_allclose(found[:, -1], limit, rtol=0.02)


NOTHING = RegionState(*[jnp.zeros(()) for _ in RegionState._fields])


@each_sun
def test_rate_against_float64(name: str) -> None:
    """λ = v/(1 + v/limit), v = e^a (Ψ/1e21 Mx)^b 10^hidden flares a day."""
    sun, rng = SUNS[name], np.random.default_rng(1)
    psi, hidden = 10 ** rng.uniform(17, 23, 200), rng.normal(0, 0.7, 200)
    many = NOTHING._replace(
        inversion_mx=jnp.asarray(psi, jnp.float32), hidden_dex=jnp.asarray(hidden, jnp.float32)
    )
    found = np.asarray(flare_rate_per_hour(many, sun), np.float64)
    free = np.e**sun.rate_log_c_per_day * (psi / 1e21) ** sun.rate_power * 10.0**hidden
    np.testing.assert_allclose(24 * found, 1 / (1 / free + 1 / sun.rate_limit_per_day), rtol=2e-5)
    assert (24 * found < sun.rate_limit_per_day).all()
    assert (24 * found > 0.9 * sun.rate_limit_per_day).any()


@each_sun
@pytest.mark.parametrize("hidden", [-1.0, 0.3, 1.5])
def test_what_is_hidden_multiplies_the_rate_before_it_saturates(name: str, hidden: float) -> None:
    def daily(dex: float) -> float:
        state = NOTHING._replace(inversion_mx=jnp.float32(8e20), hidden_dex=jnp.float32(dex))
        return 24 * float(flare_rate_per_hour(state, SUNS[name]))

    def unsaturated(rate: float) -> float:
        return 1 / (1 / rate - 1 / SUNS[name].rate_limit_per_day)

    ratio = unsaturated(daily(hidden)) / unsaturated(daily(0.0))
    assert ratio == pytest.approx(10**hidden, rel=1e-4)
    assert daily(12.0) == pytest.approx(SUNS[name].rate_limit_per_day, rel=1e-4)


def test_no_opposite_flux_no_rate() -> None:
    assert float(flare_rate_per_hour(NOTHING, SUNS["default"])) == 0.0


@each_sun
@pytest.mark.parametrize("window", [1, 3, 8, 9])
def test_true_probability_against_brute_force(name: str, window: int) -> None:
    """NaN exactly where the window runs past the end, steps without a rate included."""
    sun, classes = SUNS[name], np.array([1e-6, 3e-6, 1e-5, 1e-4])
    rates = np.concatenate([RATE[None], np.random.default_rng(2).exponential(0.2, (5, 8))])
    forecast = partial(
        true_probability,
        threshold_w_m2=jnp.asarray(classes, jnp.float32),
        window_steps=window,
        config=sun,
    )
    found = np.asarray(jax.jit(jax.vmap(forecast))(jnp.asarray(rates, jnp.float32)))
    assert found.shape == (6, 8, 4)
    for region, rate in enumerate(rates):
        for t in range(8):
            if t + window > 8:
                assert np.isnan(found[region, t]).all()
                continue
            for k, threshold in enumerate(classes):
                number = expected_in_steps(rate[t : t + window], threshold, sun).sum()
                assert found[region, t, k] == pytest.approx(1 - np.exp(-number), rel=5e-5, abs=2e-7)


def test_forecasts_of_the_true_probability_are_reliable(crowd: Crowd) -> None:
    """As many windows with a flare as they say, in each of ten bins of probability."""
    rate, found = crowd
    sun = SUNS["default"]
    forecast = partial(
        true_probability,
        threshold_w_m2=jnp.asarray(CLASSES, jnp.float32),
        window_steps=WINDOW,
        config=sun,
    )
    p_all = jax.jit(jax.vmap(forecast))(jnp.asarray(rate, jnp.float32))
    for k, threshold in enumerate(CLASSES):
        p = np.asarray(p_all[:, ::WINDOW, k], np.float64)[:, :WINDOWS].ravel()
        happened = (count_in_windows(found, threshold, sun) > 0).ravel()
        order = np.argsort(p)
        spread = np.cumsum((p * (1 - p))[order])
        which = np.minimum(10 * spread / spread[-1], 9).astype(int)  # bins of the same variance
        said, got = np.bincount(which, p[order]), np.bincount(which, happened[order])
        each = spread[-1] / 10
        assert each > 10, "enough for a normal approximation"
        assert len(said) == 10
        assert stats.chi2.sf(((got - said) ** 2).sum() / each, 10) > UNLIKELY
        assert abs(got.sum() - said.sum()) < 4 * np.sqrt(spread[-1])
