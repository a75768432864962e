"""Rows between the steps of the simulator: at a step they are what is seen there."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.sun.fields.keywords import patch_keywords
from jsolar.sun.simulate import SunConfig
from jsolar.sun.simulate.field import centred, cos_heliocentric, picture, scene
from jsolar.sun.simulate.flaring import flare_rate_per_hour, true_probability
from jsolar.sun.simulate.series import between, measure, passages
from jsolar.sun.simulate.windows import observe_windows

SUN = SunConfig(steps=160, bipoles=3, fragments=6, emergence_per_day=3.0)
SCALE = {"size": 16, "degrees_per_pixel": 0.96}
FLUXES = jnp.array([1e-6, 1e-5])


@pytest.fixture(scope="module")
def lives():
    keys = jax.random.split(jax.random.key(5), 3)
    return passages(keys, jnp.full(3, 0.4), FLUXES, config=SUN)


def test_at_a_step_a_row_is_what_is_seen_there(lives) -> None:
    key, step = jax.random.key(1), 30
    got = measure(
        jnp.stack([key, key]), lives.states, np.array([1, 1]), np.array([step, step - 1]),
        np.array([0.0, 1.0], np.float32), config=SUN, **SCALE,
    )  # fmt: skip
    state = jax.tree.map(lambda x: x[1, step], lives.states)
    view = centred(scene(state, SUN))
    frame = picture(key, view, config=SUN, **SCALE)
    mu = cos_heliocentric(view.latitude_deg, view.longitude_deg)
    seen = patch_keywords(frame, mu=mu, degrees_per_pixel=SCALE["degrees_per_pixel"])
    np.testing.assert_allclose(got[0], seen, rtol=2e-4, atol=1e-4)
    np.testing.assert_allclose(got[1], seen, rtol=2e-2, atol=2e-2)


def test_between_two_steps_all_is_in_proportion_and_new_bipoles_stand_still(lives) -> None:
    states = jax.tree.map(lambda x: x[0], lives.states)
    births = np.isinf(states.birth_hours).sum(1)
    pairs = [(s, s + 1) for s in (3, int(np.argmax(births[:-1] != births[1:])))]
    for a, b in pairs:
        before, after = (jax.tree.map(lambda x, at=at: x[at], states) for at in (a, b))
        half = between(before, after, jnp.array(0.5))
        fresh = np.isinf(before.birth_hours) & ~np.isinf(after.birth_hours)
        np.testing.assert_allclose(half.hours, (before.hours + after.hours) / 2)
        both = (np.asarray(before.fragment_mx) + np.asarray(after.fragment_mx)) / 2
        np.testing.assert_allclose(half.fragment_mx, both, rtol=1e-5)
        np.testing.assert_array_equal(half.centre_mm[fresh], after.centre_mm[fresh])
        np.testing.assert_array_equal(half.fragment_mm[fresh], after.fragment_mm[fresh])
        assert all(np.isfinite(x).all() for n, x in half._asdict().items() if n != "birth_hours")
    assert births.min() < births.max(), "no bipole was born: another key"


def test_the_lives_are_those_that_windows_are_cut_from(lives) -> None:
    keys = jax.random.split(jax.random.key(5), 3)
    see = partial(observe_windows, count=2, thresholds_w_m2=FLUXES, phase=0.4, config=SUN, **SCALE)
    table = jax.jit(jax.vmap(see))(keys)
    rate = flare_rate_per_hour(lives.states, SUN)
    for r in range(3):
        path = true_probability(rate[r], FLUXES, window_steps=8, config=SUN)
        hours = np.asarray(lives.states.hours[r])
        for w in np.flatnonzero(table.valid[r]):
            step = int(np.argmin(abs(hours - table.hours[r, w])))
            np.testing.assert_allclose(table.true_probability[r, w], path[step], rtol=1e-4)
            ahead = np.asarray(lives.expected[r, step : step + 8]).sum(0)
            np.testing.assert_allclose(-np.expm1(-ahead), path[step], rtol=1e-4, atol=1e-7)
    assert table.valid.any()
