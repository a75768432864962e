"""All regions of a Sun: how many, how they turn, and that flares agree with their probability."""

import dataclasses
import math

import jax
import numpy as np
import pytest

from jsolar.sun.rotation import sidereal_degrees_per_day
from jsolar.sun.simulate import SunConfig, cycle
from jsolar.sun.simulate.population import AT_ONCE, REGIONS_PER_DAY, Births, Seen, births, look

SUN = SunConfig(
    steps=64, bipoles=2, fragments=4, clusters=2, cell_waves=2, grain_waves=4, activity_grid=8,
    flux_log10_mx=21.8, rate_log_c_per_day=1.5, flares_kept=256,
)  # fmt: skip
CLASSES = np.array([1e-6, 1e-5])
STEPS = np.arange(0, 24, 4)
HOW = {"thresholds_w_m2": CLASSES, "phase": 0.4, "config": SUN}


@pytest.fixture(scope="module")
def born() -> Births:
    return births(jax.random.key(5), days=3.0, phase=0.4, config=SUN, per_day=12.0)


@pytest.fixture(scope="module")
def seen(born: Births) -> Seen:
    return look(born, STEPS, **HOW)


def test_as_many_emerge_as_the_cycle_has_it() -> None:
    """The mean of a Poisson process, at two phases and over a lifetime more than is watched."""
    for phase in (0.15, 0.4):
        counts = [
            len(births(jax.random.key(i), days=27.0, phase=phase, config=SUN).step)
            for i in range(60)
        ]
        mean = REGIONS_PER_DAY * float(cycle.activity(phase)) * (27 + 8)
        assert np.mean(counts) == pytest.approx(mean, abs=4 * math.sqrt(mean / 60))
        assert np.var(counts) == pytest.approx(mean, rel=0.8)


def test_they_emerge_at_any_time_and_anywhere() -> None:
    many = births(jax.random.key(0), days=27.0, phase=0.4, config=SUN, per_day=40.0)
    assert many.step.min() < -60
    assert many.step.max() > 210
    assert np.abs(np.quantile(many.longitude_deg, [0.25, 0.5, 0.75]) - [-90, 0, 90]).max() < 20


def test_more_regions_than_fit_into_a_program_are_the_same(born: Births, seen: Seen) -> None:
    assert len(born.step) > AT_ONCE
    last = slice(len(born.step) - 3, None)
    few = look(Births(*(x[last] for x in born)), STEPS, **HOW)
    for mine, wanted in zip(jax.tree.leaves(few), jax.tree.leaves(seen), strict=True):
        np.testing.assert_allclose(mine, wanted[last], rtol=1e-4, atol=1e-3)


def test_each_turns_as_fast_as_its_latitude_does(seen: Seen) -> None:
    turned = (seen.longitude_deg[:, -1] - seen.longitude_deg[:, 0]) % 360
    days = 3.0 * (STEPS[-1] - STEPS[0]) / 24
    wanted = (sidereal_degrees_per_day(seen.latitude_deg[:, 0].astype(float)) - 360 / 365.25) * days
    alive = seen.there[:, 0] & seen.there[:, -1]
    assert alive.sum() > 5
    np.testing.assert_allclose(turned[alive], wanted[alive], atol=0.05)


def test_only_what_lives_and_is_before_the_limb_is_there(born: Births, seen: Seen) -> None:
    age = STEPS - born.step[:, None]
    assert not seen.there[(age < 0) | (age + 8 > SUN.steps)].any()
    assert not seen.there[np.abs(seen.longitude_deg) > 90].any()
    assert not seen.there[seen.flux_mx < 3e20].any()
    free = (age >= 0) & (age + 8 <= SUN.steps) & (np.abs(seen.longitude_deg) < 90)
    assert (seen.there == free & (seen.flux_mx > 3e20)).all()
    assert not seen.stays[seen.longitude_deg > 80].any()


def test_flares_come_as_often_as_the_truth_has_it(seen: Seen) -> None:
    alive = seen.there
    for i, threshold in enumerate(CLASSES):
        likely = seen.probability[..., i][alive]
        happened = seen.flare_w_m2[alive] >= threshold
        assert np.isfinite(likely).all()
        spread = math.sqrt((likely * (1 - likely)).sum())
        # Windows of a region overlap: allow for what their dependence does to the spread.
        assert abs(happened.sum() - likely.sum()) < 4 * 2.5 * spread
    assert 0.05 < (seen.flare_w_m2[alive] >= 1e-6).mean() < 0.95


def test_scenes_lie_at_the_places(seen: Seen) -> None:
    np.testing.assert_array_equal(seen.scenes.longitude_deg, seen.longitude_deg)
    np.testing.assert_array_equal(seen.scenes.latitude_deg, seen.latitude_deg)


def test_a_table_too_short_for_the_flares_is_an_error(born: Births) -> None:
    short = dataclasses.replace(SUN, flares_kept=2)
    with pytest.raises(ValueError, match="flares_kept"):
        look(born, STEPS, **HOW | {"config": short})


def test_a_sun_without_regions_has_one_that_is_never_there() -> None:
    none = births(jax.random.key(0), days=2.0, phase=0.0, config=SUN)
    assert len(none.step) == 0
    assert not look(none, STEPS, **HOW | {"phase": 0.0}).there.any()
