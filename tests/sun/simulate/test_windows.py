"""What an observer tabulates of a simulated region, against its whole life."""

import math
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jsolar.keys import named
from jsolar.sun.conventions import FORECAST_LONGITUDE_DEG
from jsolar.sun.simulate import (
    RegionState,
    Scene,
    SunConfig,
    evolve,
    flare_rate_per_hour,
    picture,
    scene,
    true_probability,
)
from jsolar.sun.simulate.field import centred
from jsolar.sun.simulate.futures import state_probability
from jsolar.sun.simulate.passage import SEEN_FLUX_MX, SEEN_LONGITUDE_DEG
from jsolar.sun.simulate.region import unsigned_flux_mx
from jsolar.sun.simulate.windows import Windows, observe_windows

# Lively, with a rate that changes at every step and room for fewer flares than some regions make.
SUN = SunConfig(
    bipoles=2, fragments=4, clusters=2, cell_waves=2, grain_waves=4, activity_grid=8, steps=128,
    step_hours=6.0, flux_log10_mx=21.8, rate_log_c_per_day=1.0, rate_power=1.0,
    rate_limit_per_day=24.0, hidden_dex=0.7, hidden_hours=6.0, emergence_per_day=0.2,
    flare_index=1.8, flare_cutoff_w_m2=1e-5, cutoff_power=1.5, flare_largest_w_m2=4e-4,
    flares_kept=32, futures=1,
)  # fmt: skip
REGIONS, COUNT, SIZE, DEGREES, PHASE = 128, 12, 8, 0.9, 0.7
HOURS, STEPS = 18.0, 3  # of the windows
CLASSES = np.array([1e-6, 1e-5])  # C1.0, M1.0
THRESHOLDS = jnp.asarray(CLASSES, jnp.float32)
DEGREES_PER_HOUR = 13.2 / 24
KEYS = jax.random.split(jax.random.key(11), REGIONS)
QUICK = {"xla_backend_optimization_level": 0}  # to compile


class Life(NamedTuple):
    """All that a region goes through, seen or not, with a leading time axis."""

    states: RegionState
    rate: Any
    probability: Any
    seen: Any


Tables = tuple[Windows, Life]


@partial(jax.jit, compiler_options=QUICK)
def live_and_look(key: Any) -> Tables:
    """Windows, and the whole life."""
    table = observe_windows(
        key,
        count=COUNT,
        size=SIZE,
        degrees_per_pixel=DEGREES,
        thresholds_w_m2=THRESHOLDS,
        window_hours=HOURS,
        phase=PHASE,
        config=SUN,
    )
    states = evolve(named(key, "life"), SUN, PHASE)
    rate = flare_rate_per_hour(states, SUN)
    p = true_probability(rate, THRESHOLDS, window_steps=STEPS, config=SUN)
    near_side = jnp.abs(states.longitude_deg) < SEEN_LONGITUDE_DEG
    seen = near_side & (jax.vmap(unsigned_flux_mx)(states) > SEEN_FLUX_MX)
    return table, Life(states, rate, p, seen)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return jax.tree.map(lambda *x: np.stack(x), *map(jax.device_get, map(live_and_look, KEYS)))


@pytest.fixture(scope="module")
def table(tables: Tables) -> Windows:
    """Windows of many regions, ``[region, window, ...]``."""
    return tables[0]


@pytest.fixture(scope="module")
def life(tables: Tables) -> Life:
    return tables[1]


@pytest.fixture(scope="module")
def then(table: Windows, life: Life) -> RegionState:
    """The states at the issue times, ``[region, window, ...]``."""
    rows = np.arange(REGIONS)[:, None]
    return jax.tree.map(lambda x: x[rows, step_of(table)], life.states)


def step_of(table: Windows) -> np.ndarray:
    return np.round(table.hours / SUN.step_hours).astype(int)


def allowed(life: Life) -> np.ndarray:
    return life.seen & (np.abs(life.states.longitude_deg) <= FORECAST_LONGITUDE_DEG)


def test_same_key_same_region_and_another_key_another(table: Windows) -> None:
    for r in (3, 0):
        again = jax.device_get(live_and_look(KEYS[r])[0])
        jax.tree.map(lambda a, b: np.testing.assert_array_equal(a, b[r]), again, table)  # noqa: B023
    for column in (table.longitude_deg, table.frames[..., 0, 0]):
        assert len(np.unique(column[:, 0])) == REGIONS
    assert len(np.unique(table.picture_key.reshape(-1, 2), axis=0)) == REGIONS * COUNT


def test_issue_times_are_steps_in_order_and_none_twice(table: Windows) -> None:
    np.testing.assert_array_equal(table.hours, SUN.step_hours * step_of(table))
    assert (np.diff(table.hours, axis=1) > 0).all()


def test_as_many_windows_as_there_is_room_for_and_all_of_them_allowed(
    table: Windows, life: Life
) -> None:
    """Within 70° of the meridian and catalogued."""
    may = allowed(life)
    room = may.sum(1)
    np.testing.assert_array_equal(table.valid.sum(1), np.minimum(room, COUNT))
    np.testing.assert_array_equal(table.valid, may[np.arange(REGIONS)[:, None], step_of(table)])
    assert ((room > 0) & (room < COUNT)).sum() > 3
    assert ((room == 0).sum() > 3) & ((room > COUNT).sum() > REGIONS // 2)
    there = np.abs(table.longitude_deg[table.valid])
    assert 65 < there.max() <= FORECAST_LONGITUDE_DEG


def test_no_issue_time_is_preferred(table: Windows, life: Life) -> None:
    may, drawn = allowed(life), []
    for r in np.flatnonzero(may.sum(1) > COUNT):
        possible = np.flatnonzero(may[r])
        rank = np.searchsorted(possible, step_of(table)[r])
        drawn.append((rank + np.random.default_rng(r).uniform(size=COUNT)) / len(possible))
    assert len(drawn) > REGIONS // 2
    assert stats.kstest(np.ravel(drawn), "uniform").pvalue > 1e-4
    early, late = (np.mean(np.array(drawn) < x, axis=1) for x in (0.25, 0.75))
    for share, x in ((early, 0.25), (late, 0.75)):
        assert stats.ttest_1samp(share, x).pvalue > 1e-4, "closer, as none comes twice"


def test_places_are_those_of_the_state_at_the_issue_time(table: Windows, then: RegionState) -> None:
    np.testing.assert_array_equal(table.latitude_deg, then.latitude_deg)
    np.testing.assert_array_equal(table.longitude_deg, then.longitude_deg)
    np.testing.assert_array_equal(table.hours, then.hours)
    turned = then.longitude_deg - DEGREES_PER_HOUR * table.hours
    assert np.ptp(turned, axis=1).max() < 0.01


def test_scenes_are_those_of_the_state_at_the_issue_time(table: Windows, then: RegionState) -> None:
    every = jax.vmap(jax.vmap(lambda state: centred(scene(state, SUN))))
    expected = jax.jit(every, compiler_options=QUICK)(then)
    close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-4)
    jax.tree.map(close, table.scenes, expected)


def test_pictures_can_be_made_again_from_scene_and_key(table: Windows) -> None:
    def again(raw: Any, view: Scene) -> Any:
        key = jax.random.wrap_key_data(raw)
        return picture(key, view, size=SIZE, degrees_per_pixel=DEGREES, config=SUN)

    some = slice(0, 12)
    render = jax.jit(jax.vmap(jax.vmap(again)), compiler_options=QUICK)
    expected = render(table.picture_key[some], jax.tree.map(lambda x: x[some], table.scenes))
    assert table.frames.shape == (REGIONS, COUNT, SIZE, SIZE)
    np.testing.assert_allclose(table.frames[some], expected, rtol=1e-4, atol=1e-2)
    assert len(np.unique(table.frames[..., 0, 0])) == REGIONS * COUNT


def test_the_record_is_the_time_on_the_disk(table: Windows, life: Life) -> None:
    hours = SUN.step_hours * np.arange(SUN.steps)
    begin = np.where(life.seen, hours, np.inf).min(1)
    end = np.where(life.seen, hours, -np.inf).max(1)
    np.testing.assert_array_equal(table.record_begin_hours, begin)
    np.testing.assert_array_equal(table.record_end_hours, end)
    seen = life.seen.any(1)
    assert 0.5 < seen.mean() < 1, "some are seen and some are not"
    np.testing.assert_array_equal(np.isinf(begin), ~seen)
    behind = life.states.longitude_deg[:, 0] < -SEEN_LONGITUDE_DEG
    assert behind.mean() > 0.3, "and many come round the limb"
    inside = (table.hours >= begin[:, None]) & (table.hours <= end[:, None])
    assert inside[table.valid].all()


def test_true_probability_is_of_the_window_after_the_issue_time(table: Windows, life: Life) -> None:
    expected = life.probability[np.arange(REGIONS)[:, None], step_of(table)][table.valid]
    found = table.true_probability[table.valid]
    assert not np.isnan(found).any()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    number = [
        SUN.step_hours * life.rate[r, t : t + STEPS].astype(np.float64).sum()
        for r, row in enumerate(step_of(table))
        for t in row[table.valid[r]]
    ]
    np.testing.assert_allclose(found[:, 0], -np.expm1(-np.array(number)), rtol=1e-4, atol=1e-6)


def test_states_are_those_of_the_life_at_the_issue_times(table: Windows, then: RegionState) -> None:
    at = np.nonzero(table.valid)
    for found, expected in zip(jax.tree.leaves(table.states), jax.tree.leaves(then), strict=True):
        np.testing.assert_allclose(found[at], expected[at], rtol=1e-5, atol=1e-5)


def test_futures_are_those_of_the_state_and_not_the_one_that_comes(
    table: Windows, life: Life
) -> None:
    """With one future each: it differs from what comes as much as two futures do."""
    ahead = partial(state_probability, threshold_w_m2=THRESHOLDS, window_steps=STEPS, config=SUN)
    go = jax.jit(jax.vmap(ahead), compiler_options=QUICK)
    rate = life.rate[np.arange(REGIONS)[:, None], step_of(table)]
    r, w = np.nonzero(table.valid & (rate * HOURS > 0.05))
    assert len(r) > 300
    now = jax.tree.map(lambda x: x[r, w], table.states)
    true = table.true_probability[r, w]
    state = np.asarray(go(jax.random.wrap_key_data(table.future_key[r, w]), now))
    assert len(np.unique(table.future_key.reshape(-1, 2), axis=0)) == REGIONS * COUNT
    other = go(jax.random.split(jax.random.key(5), len(r)), now)
    difference, as_usual = (np.asarray(p - state, np.float64) for p in (true, other))
    assert (true != state)[:, 0].mean() > 0.99
    np.testing.assert_allclose(difference.std(0), as_usual.std(0), rtol=0.15)
    assert (abs(difference.mean(0)) < 4 * difference.std(0) / np.sqrt(len(r))).all()


def test_all_flares_on_the_disk_and_no_others_happened(table: Windows, life: Life) -> None:
    """What the table's spare rows hold lies behind the west limb."""
    longitude = life.states.longitude_deg[:, :1] + DEGREES_PER_HOUR * table.flares.hours
    beyond = np.abs(longitude) - SEEN_LONGITUDE_DEG
    clear = np.abs(beyond) > 0.01  # float32
    np.testing.assert_array_equal(table.flares.happened[clear], (beyond < 0)[clear])
    assert table.flares.happened.any(1).mean() > 0.3


@pytest.fixture(scope="module")
def exposure(life: Life) -> np.ndarray:
    """Hours of each step during which the region is on the disk, ``[region, step]``."""
    fine = np.array(life.states.longitude_deg, np.float64)[..., None] + DEGREES_PER_HOUR * (
        SUN.step_hours * (np.arange(60) + 0.5) / 60
    )
    return SUN.step_hours * (np.abs(fine) < SEEN_LONGITUDE_DEG).mean(-1)


@pytest.fixture(scope="module")
def never_full(life: Life) -> np.ndarray:
    """Regions that cannot fill the table, even with flares behind the west limb."""
    longitude = life.states.longitude_deg
    since = longitude - np.maximum(longitude[:, :1], -SEEN_LONGITUDE_DEG)
    passage = (since >= 0) & (since < 2 * SEEN_LONGITUDE_DEG + 10)
    return (SUN.step_hours * life.rate * passage).sum(1) < 0.4 * SUN.flares_kept


def test_flares_on_the_disk_are_those_of_the_rate_and_of_its_hours(
    table: Windows, life: Life, exposure: np.ndarray, never_full: np.ndarray
) -> None:
    """Σ ln λ over flares is what it should be, and would not be, were they a step late."""
    at = table.flares.hours.astype(np.float64)
    real = table.flares.happened & never_full[:, None]
    region, row = np.nonzero(real)
    step = np.floor(at[region, row] / SUN.step_hours).astype(int)
    rate = life.rate.astype(np.float64)
    expected = (rate * exposure)[never_full]
    assert len(step) > 150
    assert abs(len(step) - expected.sum()) < 4 * np.sqrt(expected.sum())

    log_rate = np.log(np.maximum(rate, 1e-9)) - np.log(rate[region, step].mean())
    found, mean = log_rate[region, step].sum(), (expected * log_rate[never_full]).sum()
    error = np.sqrt((expected * log_rate[never_full] ** 2).sum())
    assert abs(found - mean) < 4 * error
    late = log_rate[region, step - 1].sum()
    assert abs(late - mean) > 6 * error, "the rate changes enough to say so"


def test_the_table_is_reliable(table: Windows, never_full: np.ndarray) -> None:
    """One window a region, as those of one region share their flares."""
    rows = np.flatnonzero(never_full & table.valid.any(1))
    column = [np.random.default_rng(r).choice(np.flatnonzero(table.valid[r])) for r in rows]
    begin = table.hours[rows, column][:, None]
    inside = (table.flares.hours[rows] > begin) & (table.flares.hours[rows] <= begin + HOURS)
    for k, threshold in enumerate(CLASSES):
        large = table.flares.happened[rows] & (table.flares.flux_w_m2[rows] >= threshold)
        p = table.true_probability[rows, column, k].astype(np.float64)
        surprise = (inside & large).any(1) - p
        assert abs(surprise.sum()) < 4 * np.sqrt((p * (1 - p)).sum())
        weighed = p - p.mean()  # whether likely ones happen more often
        assert abs((weighed * surprise).sum()) < 4 * np.sqrt((weighed**2 * p * (1 - p)).sum())


def test_whether_there_was_room_for_all_flares(
    table: Windows, life: Life, exposure: np.ndarray, never_full: np.ndarray
) -> None:
    """Certain where many more, or fewer, are expected than there is room for."""
    many = (life.rate * exposure).sum(1) > SUN.flares_kept + 6 * math.sqrt(SUN.flares_kept)
    assert min(many.sum(), never_full.sum()) >= 3
    assert not table.flares_complete[many].any()
    assert table.flares_complete[never_full].all()
    assert (table.flares.happened.sum(1)[table.flares_complete] < SUN.flares_kept).all()
