"""The solar cycle against its formula in float64 and against what the Sun does."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize

from jsolar.sun.simulate import cycle

PHASES = np.linspace(0.0, 1.0, 2000, endpoint=False)
MONTHS = 132.0  # of a cycle


def curve(phase: float) -> float:
    """t³ / (e^(t²/54²) − 0.71), t in months, relative to its largest value."""
    months = MONTHS * phase
    return months**3 / (math.exp((months / 54.0) ** 2) - 0.71)


@pytest.fixture(scope="module")
def peak() -> float:
    found = optimize.minimize_scalar(lambda p: -curve(p), bounds=(0.1, 0.9), method="bounded")
    return float(found.x)


def test_activity_is_the_curve_of_hathaway_wilson_and_reichmann(peak: float) -> None:
    expected = [curve(phase) / curve(peak) for phase in PHASES]
    np.testing.assert_allclose(cycle.activity(PHASES), expected, rtol=2e-4, atol=1e-12)


def test_activity_peaks_once_and_rises_faster_than_it_falls(peak: float) -> None:
    seen = cycle.activity(PHASES)
    assert peak == pytest.approx(0.44, abs=0.01)
    assert PHASES[seen.argmax()] == pytest.approx(peak, abs=2e-3)
    assert seen.max() == pytest.approx(1.0, abs=1e-3)
    slope = np.diff(seen)
    assert (slope[: seen.argmax()] > 0).all()
    assert (slope[seen.argmax() :] < 0).all()
    high = PHASES[seen > 0.5]
    assert peak - high.min() < high.max() - peak


def test_activity_is_positive_but_at_the_minimum() -> None:
    assert cycle.activity(0.0) == 0.0
    assert (cycle.activity(PHASES[1:]) > 0).all()


@pytest.mark.parametrize("law", [cycle.activity, cycle.belt_deg])
def test_every_kind_of_number_gives_the_same(law) -> None:
    array = law(PHASES)
    assert isinstance(array, np.ndarray)
    assert array.dtype == np.float64
    np.testing.assert_allclose(law(jnp.asarray(PHASES, jnp.float32)), array, rtol=1e-4, atol=1e-6)
    traced = jax.jit(jax.vmap(law))(jnp.asarray(PHASES[::100], jnp.float32))
    np.testing.assert_allclose(traced, array[::100], rtol=1e-4, atol=1e-6)
    assert [law(float(p)) for p in PHASES[::500]] == pytest.approx(array[::500])


@pytest.mark.parametrize("law", [cycle.activity, cycle.belt_deg])
@pytest.mark.parametrize("cycles", [-1, 1, 3])
def test_cycles_repeat(law, cycles: int) -> None:
    np.testing.assert_allclose(law(PHASES[1:] + cycles), law(PHASES[1:]), rtol=1e-9)


def test_belts_wander_equatorward_and_start_anew() -> None:
    belt = cycle.belt_deg(PHASES)
    assert belt[0] == pytest.approx(28.0)
    assert (np.diff(belt) < 0).all()
    assert cycle.belt_deg(90.0 / MONTHS) == pytest.approx(28.0 / math.e), "90 months"
    assert cycle.belt_deg(0.999) < 10 < 25 < cycle.belt_deg(1.001)


def test_leading_signs_are_opposite_across_the_equator_and_in_the_next_cycle() -> None:
    for phase, hemisphere in itertools.product((0.02, 0.5, 0.98), (1.0, -1.0)):
        sign = float(cycle.leading_sign(phase, hemisphere))
        assert abs(sign) == 1.0
        assert float(cycle.leading_sign(phase, -hemisphere)) == -sign
        for next_cycle in (-1.0, 1.0):
            assert float(cycle.leading_sign(phase + next_cycle, hemisphere)) == -sign
        assert float(cycle.leading_sign(phase + 2.0, hemisphere)) == sign
    assert float(cycle.leading_sign(0.5, 1.0)) == -1.0, "cycle 24: negative leads in the north"
    assert float(cycle.leading_sign(1.5, 1.0)) == 1.0, "cycle 25"
