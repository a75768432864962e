"""What an observer tabulates of a simulated region, at the default parameters of the Sun."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.keys import named
from jsolar.sun.simulate import (
    RegionState,
    SunConfig,
    cos_heliocentric,
    evolve,
    flare_rate_per_hour,
    simulate,
)
from jsolar.sun.simulate.field import radial_field
from jsolar.sun.simulate.flaring import TRUTH_CLASSES
from jsolar.sun.simulate.region import fragment_flux_mx
from jsolar.sun.simulate.windows import Windows, observe_windows

CONFIG = SunConfig()
REGIONS, COUNT, SIZE, DEGREES = 160, 8, 24, 0.6
THRESHOLDS = np.array([1e-6, 1e-5, 5e-5, 1e-4])
LOOK = partial(
    observe_windows,
    count=COUNT,
    size=SIZE,
    degrees_per_pixel=DEGREES,
    thresholds_w_m2=jnp.asarray(THRESHOLDS, jnp.float32),
    config=CONFIG,
)
LOOK_AT_MANY = jax.jit(jax.vmap(LOOK))
KEYS = jax.random.split(jax.random.key(11), REGIONS)


@pytest.fixture(scope="module")
def table() -> Windows:
    """Windows of many regions, ``[region, window, ...]``."""
    return jax.device_get(LOOK_AT_MANY(KEYS))


@pytest.fixture(scope="module")
def lives() -> tuple[RegionState, np.ndarray]:
    """The same regions' states ``[region, time, ...]``, and their unsigned flux."""

    def live(key):
        states = evolve(named(key, "life"), CONFIG)
        flux = jax.vmap(partial(fragment_flux_mx, config=CONFIG))(states)
        return states, jnp.abs(flux).sum((-1, -2, -3))

    return jax.device_get(jax.jit(jax.vmap(live))(KEYS))


def largest(table: Windows, begin: np.ndarray, hours: float = 24.0) -> np.ndarray:
    """By brute force: the largest flare of each region in ``(begin, begin + hours]``."""
    at, flux = table.flares.hours[:, None], table.flares.flux_w_m2[:, None]
    inside = (at > begin[..., None]) & (at <= begin[..., None] + hours)
    return np.where(inside & table.flares.happened[:, None], flux, 0.0).max(-1)


def complete(table: Windows) -> np.ndarray:
    """Valid windows throughout which the region is seen."""
    return table.valid & (table.hours + 24.0 <= table.record_end_hours[:, None])


def test_same_key_same_region_whatever_its_neighbours(table: Windows) -> None:
    """Bit by bit, in whatever place of the batch."""
    back = LOOK_AT_MANY(KEYS[::-1])
    jax.tree.map(lambda a, b: np.testing.assert_array_equal(a[::-1], b), back, table)
    firsts = table.frames[table.valid[:, 0], 0, 0, 0]
    assert len(np.unique(firsts)) > 0.99 * len(firsts), "another key, another region"


def test_issue_times_are_all_of_those_allowed_alike(table: Windows, lives) -> None:
    """Within 70° of the meridian and of at least 1e20 Mx; none twice, in order, no favourites."""
    states, flux = lives
    allowed = (np.abs(states.longitude_deg) <= 70.0) & (flux > 1e20)
    step = np.round(table.hours / 3.0).astype(int)
    np.testing.assert_array_equal(table.hours, 3.0 * step)
    place = np.zeros((REGIONS, COUNT))
    for r in range(REGIONS):
        chosen = step[r][table.valid[r]]
        possible = np.flatnonzero(allowed[r])
        assert len(chosen) == min(COUNT, len(possible))
        assert set(chosen) <= set(possible)
        assert (np.diff(chosen) > 0).all()
        if len(possible) > COUNT:
            place[r] = (np.searchsorted(possible, chosen) + 0.5) / len(possible)
    drawn = place[place.any(1)].mean(1)
    assert abs(drawn.mean() - 0.5) < 4 * np.sqrt(1 / 12 / COUNT / len(drawn))
    assert np.abs(table.longitude_deg[table.valid]).max() > 60


def test_places_are_those_of_the_state_at_the_issue_time(table: Windows, lives) -> None:
    states, _ = lives
    step = np.round(table.hours / 3.0).astype(int)
    for name in ("latitude_deg", "longitude_deg"):
        expected = np.take_along_axis(getattr(states, name), step, axis=1)
        np.testing.assert_allclose(getattr(table, name), expected, atol=1e-3)


def test_the_record_is_the_time_on_the_disk(table: Windows, lives) -> None:
    states, flux = lives
    seen = (np.abs(states.longitude_deg) < 90.0) & (flux > 1e20)
    hours = states.hours
    begin, end = np.where(seen, hours, np.inf).min(1), np.where(seen, hours, -np.inf).max(1)
    np.testing.assert_array_equal(table.record_begin_hours, begin)
    np.testing.assert_array_equal(table.record_end_hours, end)
    assert (seen.any(1)).mean() > 0.5


def test_no_flare_is_seen_behind_the_limb(table: Windows, lives) -> None:
    states, _ = lives
    longitude = states.longitude_deg[:, :1] + 13.2 / 24 * table.flares.hours
    there = np.abs(longitude[table.flares.happened])
    assert there.max() < 90.01
    assert len(there) > 200


def test_pictures_show_the_region_and_nothing_but_noise_besides(table: Windows, lives) -> None:
    """A picture less μ times the noise-free field of its hour is network and noise."""
    rows = np.flatnonzero(table.valid[:, 0])[:20]
    left, shown = [], []
    for r in rows:
        step = round(float(table.hours[r, 0]) / 3.0)
        state = jax.tree.map(lambda column: jnp.asarray(column[r, step]), lives[0])  # noqa: B023
        field = radial_field(state, size=SIZE, cell_mm=DEGREES * 12.147491, config=CONFIG)
        mu = float(cos_heliocentric(state.latitude_deg, state.longitude_deg))
        rest = table.frames[r, 0] - mu * np.asarray(field)
        left.append(rest.std() / np.hypot(6.3, 15.0 * mu))
        shown.append(np.corrcoef(table.frames[r, 0].ravel(), np.asarray(field).ravel())[0, 1])
    assert 0.9 < np.mean(left) < 1.1
    assert np.median(shown) > 0.8


def test_probability_is_that_of_flares_on_and_off_the_disk(table: Windows) -> None:
    p = table.true_probability[table.valid]
    p = p[~np.isnan(p).any(1)]
    assert (np.diff(p, axis=1) <= 0).all(), "larger flares are rarer"
    expected = -np.log1p(-p.astype(np.float64))
    m_share = 0.1 * np.exp(-9e-6 / 5e-4)
    usual = (p[:, 0] < 0.9) & (p[:, 0] > 1e-3)
    np.testing.assert_allclose(expected[usual, 1] / expected[usual, 0], m_share, rtol=2e-3)


def test_probability_is_of_the_day_that_begins_at_the_issue_time(table: Windows, lives) -> None:
    rate = jax.jit(jax.vmap(partial(flare_rate_per_hour, config=CONFIG)))
    for r in np.flatnonzero(complete(table).any(1))[:12]:
        per_hour = np.asarray(rate(jax.tree.map(lambda column: column[r], lives[0])))  # noqa: B023
        for w in np.flatnonzero(complete(table)[r]):
            step = round(float(table.hours[r, w]) / 3.0)
            expected = -np.expm1(-3.0 * per_hour[step : step + 8].sum())
            assert table.true_probability[r, w, 0] == pytest.approx(expected, rel=1e-3, abs=1e-5)


def test_true_probability_is_reliable(table: Windows) -> None:
    """In every bin as many windows with a flare as it says, within four standard errors.

    The flares of overlapping windows of one region are shared, hence one window a region.
    """
    whole = complete(table)
    assert not np.isnan(table.true_probability[whole]).any()
    flux = largest(table, table.hours)
    rng = np.random.default_rng(0)
    rows = np.flatnonzero(whole.any(1))
    column = np.array([rng.choice(np.flatnonzero(whole[r])) for r in rows])
    for k, threshold in enumerate(THRESHOLDS[:2]):
        p = table.true_probability[rows, column, k].astype(np.float64)
        happened = flux[rows, column] >= threshold
        assert happened.sum() >= 3
        for bin_rows in np.array_split(np.argsort(p), 4):
            spread = np.sqrt((p * (1 - p))[bin_rows].sum())
            assert abs(happened[bin_rows].sum() - p[bin_rows].sum()) < 4 * spread + 0.5


def test_base_rates_are_those_of_the_sun(table: Windows) -> None:
    """About 12 % of region days with ≥ C1.0, a tenth of the flares ≥ M1.0."""
    p = table.true_probability[complete(table)].astype(np.float64).mean(0)
    assert p[0] == pytest.approx(0.117, rel=0.4)
    assert 0.08 < p[1] / p[0] < 0.35
    flares = table.flares.flux_w_m2[table.flares.happened]
    share = (flares >= 1e-5).mean()
    assert abs(share - 0.098) < 4 * np.sqrt(0.098 * 0.902 / len(flares))


def test_truth_is_stored_for_the_classes_that_it_names() -> None:
    assert TRUTH_CLASSES == ("C1.0", "M1.0", "M5.0", "X1.0")


def test_simulate_returns_one_life_step_by_step() -> None:
    """Pictures belong to the states, flares to the rate; bit for bit the same again."""
    config = SunConfig(
        steps=16, bipoles=2, fragments=4, activity_grid=16, rate_log_c_per_day=6.0,
        network_gauss=0.0,
    )  # fmt: skip
    run = jax.jit(partial(simulate, config=config, size=16, degrees_per_pixel=0.6))
    frames, states, flares = jax.device_get(run(jax.random.key(0)))
    np.testing.assert_array_equal(run(jax.random.key(0)).frames, frames)
    assert (run(jax.random.key(1)).frames != frames).mean() > 0.99
    assert frames.shape == (16, 16, 16)
    mu = np.cos(np.deg2rad(states.latitude_deg)) * np.cos(np.deg2rad(states.longitude_deg))
    for t in (0, 8, 15):
        state = jax.tree.map(lambda column: jnp.asarray(column[t]), states)  # noqa: B023
        field = radial_field(state, size=16, cell_mm=0.6 * 12.147491, config=config)
        rest = frames[t] - mu[t] * np.asarray(field)
        assert rest.std() == pytest.approx(6.3, rel=0.2)
    noise = frames[:2] - frames[:2].mean((1, 2), keepdims=True)  # hardly anything has emerged
    assert abs(np.corrcoef(noise.reshape(2, -1))[0, 1]) < 0.25, "every picture its own"
    early, late = flares.happened & (flares.hours < 12), flares.happened & (flares.hours > 36)
    assert early.sum() < late.sum(), "no flux, no flares"
