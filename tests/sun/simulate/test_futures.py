"""What could be known of the future, against futures made by hand and those that really come."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.sun.simulate import (
    RegionState,
    SunConfig,
    advance,
    flare_rate_per_hour,
    futures,
    true_probability,
)

# Small and lively, half of its rate hidden and soon forgotten, so that the future is uncertain.
SUN = SunConfig(
    bipoles=2, fragments=4, activity_grid=8, step_hours=4.0, rate_log_c_per_day=1.0, rate_power=1.0,
    rate_limit_per_day=8.0, hidden_dex=0.6, hidden_hours=12.0,
    flare_index=1.8, flare_cutoff_w_m2=2e-5, cutoff_power=1.5, flare_largest_w_m2=4e-4, futures=4,
)  # fmt: skip
MANY = dataclasses.replace(SUN, futures=36)
NOW, WINDOW = 9, 6  # the step that is the present, and the steps of the window after it
REGIONS = 480
CLASSES = np.array([1e-6, 1e-5])  # C1.0, M1.0
QUICK = {"xla_backend_optimization_level": 0}  # to compile


def probability(psi_mx: np.ndarray, hidden_dex: float | np.ndarray, sun: SunConfig) -> np.ndarray:
    """1 − exp(−Σ λ S dt) for Ψ in each step of a window, in float64, for every class."""
    free = np.e**sun.rate_log_c_per_day * (psi_mx / 1e21) ** sun.rate_power * 10**hidden_dex
    daily = 1 / (1 / free + 1 / sun.rate_limit_per_day)
    cut = 1 / (sun.flare_cutoff_w_m2 * daily**sun.cutoff_power) + 1 / sun.flare_largest_w_m2
    law = (CLASSES / 1e-6) ** (1 - sun.flare_index)
    share = law * np.exp((1e-6 - CLASSES) * cut[..., None])
    return 1 - np.exp(-(sun.step_hours / 24 * daily[..., None] * share).sum(-2))


def forecast(sun: SunConfig, window: int = WINDOW) -> Callable[..., Any]:
    return partial(
        futures.state_probability,
        threshold_w_m2=jnp.asarray(CLASSES, jnp.float32),
        window_steps=window,
        config=sun,
    )


few, many = (
    jax.jit(jax.vmap(forecast(sun)), compiler_options=QUICK)  # for REGIONS keys and states
    for sun in (SUN, MANY)
)


def keys(seed: int) -> Any:
    return jax.random.split(jax.random.key(seed), REGIONS)


def newborn() -> RegionState:
    """Regions that begin to emerge, ``[REGIONS, ...]``, with a second bipole to come."""
    rng, n, each = np.random.default_rng(0), REGIONS, (REGIONS, 2, 2, SUN.fragments)
    centre, anchor = rng.normal(0, 6, (n, 2, 2)), rng.normal(0, 8, (*each, 2))
    zero, waves = np.zeros(n), np.zeros((n, 2, 3))
    columns: dict[str, np.ndarray] = {
        "hours": zero, "latitude_deg": zero, "longitude_deg": zero, "leading_sign": zero + 1,
        "emergence_per_hour": rng.exponential(0.01, n),
        "hidden_dex": SUN.hidden_dex * rng.normal(size=n),
        "birth_hours": np.tile([0.0, np.inf], (n, 1)),
        "flux_mx": 10 ** rng.normal(22, 0.4, (n, 2)),
        "centre_mm": centre, "axis_rad": rng.normal(size=(n, 2)),
        "shear_rad": 0.4 * rng.normal(size=(n, 2)),
        "apart_mm": np.full((n, 2), 30.0), "patch_mm": np.full((n, 2), 8.0),
        "share": np.full(each, 1 / SUN.fragments), "anchor_mm": anchor,
        "fragment_mm": centre[:, :, None, None] + anchor, "fragment_mx": np.zeros(each),
        "plage_mx": np.zeros((n, 2, 2)), "inversion_mx": zero, "cells": waves, "grains": waves,
    }  # fmt: skip
    return RegionState(**{name: jnp.asarray(x, jnp.float32) for name, x in columns.items()})


class Population(NamedTuple):
    """The present of many regions, the probability given what really comes, and forecasts."""

    state: RegionState
    true: np.ndarray
    few: np.ndarray
    many: np.ndarray
    again: np.ndarray


@pytest.fixture(scope="module")
def regions() -> Population:
    @partial(jax.jit, compiler_options=QUICK)
    @jax.vmap
    def live(key: Any, state: RegionState) -> tuple[RegionState, Any]:
        steps = jax.random.split(key, NOW + WINDOW)
        states = jax.lax.scan(lambda s, key: (advance(key, s, SUN), s), state, steps)[1]
        rate = flare_rate_per_hour(states, SUN)
        thresholds = jnp.asarray(CLASSES, jnp.float32)
        p = true_probability(rate, thresholds, window_steps=WINDOW, config=SUN)
        return jax.tree.map(lambda x: x[NOW], states), p[NOW]

    state, true = live(keys(0), newborn())
    chances = few(keys(1), state), many(keys(2), state), many(keys(3), state)
    return Population(state, *(np.asarray(p, np.float64) for p in (true, *chances)))


@pytest.fixture(scope="module")
def present() -> RegionState:
    """A state of which only the inversion-line flux and the hidden part matter."""
    blank = RegionState(*[jnp.zeros(()) for _ in RegionState._fields])
    return blank._replace(inversion_mx=jnp.float32(3e20), hidden_dex=jnp.float32(0.2))


@pytest.mark.parametrize("window", [1, 6])
def test_a_certain_future(
    monkeypatch: pytest.MonkeyPatch, present: RegionState, window: int
) -> None:
    """The window begins with the present and ends before the step after it."""
    double = lambda key, state, config: state._replace(inversion_mx=2 * state.inversion_mx)  # noqa: E731
    monkeypatch.setattr(futures, "advance", double)
    found = forecast(SUN, window)(jax.random.key(0), present)
    expected = probability(3e20 * 2.0 ** np.arange(window), 0.2, SUN)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_coin_toss(monkeypatch: pytest.MonkeyPatch, present: RegionState) -> None:
    """Probabilities are averaged, not rates; half of the futures go either way."""

    def toss(key: Any, state: RegionState, config: SunConfig) -> RegionState:
        factor = jnp.where(jax.random.bernoulli(key), 12.0, 0.01)
        return state._replace(inversion_mx=factor * state.inversion_mx)

    monkeypatch.setattr(futures, "advance", toss)
    sun = dataclasses.replace(SUN, futures=4000)
    found = np.asarray(forecast(sun, 3)(jax.random.key(0), present), np.float64)
    paths = 3e20 * np.array([[1, a, a * b] for a in (12.0, 0.01) for b in (12.0, 0.01)])
    each = probability(paths, 0.2, sun)
    error = each.std(0) / np.sqrt(4000)
    assert (np.abs(found - each.mean(0)) < 4 * error).all()
    assert (error < 0.01).all()


def test_the_mean_over_futures_that_are_lived_one_by_one(regions: Population) -> None:
    go = jax.jit(partial(advance, config=SUN), compiler_options=QUICK)
    for r in np.argsort(regions.many[:, 1])[[REGIONS // 2, -REGIONS // 20]]:
        now = jax.tree.map(lambda x: x[r], regions.state)  # noqa: B023
        chances = []
        for future in jax.random.split(keys(1)[r], SUN.futures):
            state, psi, hidden = now, [], []
            for key in jax.random.split(future, WINDOW):
                psi.append(float(state.inversion_mx))
                hidden.append(float(state.hidden_dex))
                state = go(key, state)
            chances.append(probability(np.array(psi), np.array(hidden), SUN))
        assert np.std(chances, 0).min() > 1e-5, "no two futures are the same"
        np.testing.assert_allclose(regions.few[r], np.mean(chances, 0), rtol=1e-3)


def test_probabilities_lie_between_0_and_1_and_fall_with_the_class(regions: Population) -> None:
    for p in (regions.few, regions.many):
        assert p.shape == (REGIONS, 2)
        assert ((p >= 0) & (p <= 1)).all()
        assert (p[:, 1] <= p[:, 0]).all()


def test_the_population_is_worth_a_forecast(regions: Population) -> None:
    """Or the tests below would say nothing."""
    share = ((regions.many > 0.2) & (regions.many < 0.8)).mean(0)
    assert (share > (0.2, 0.05)).all()


@pytest.mark.parametrize("k", [0, 1], ids=["C", "M"])
def test_unbiased(regions: Population, k: int) -> None:
    """For all regions, and for those that other futures call quiet, middling, or lively."""
    order = np.argsort(regions.again[:, k])
    for p in (regions.few, regions.many):
        surprise = regions.true[:, k] - p[:, k]
        for some in (order, *np.array_split(order, 3)):
            error = surprise[some].std() / np.sqrt(len(some))
            assert abs(surprise[some].mean()) < 4 * error + 1e-7
    error = (regions.true - regions.many)[:, k].std() / np.sqrt(REGIONS)
    assert error < 0.05 * regions.true[:, k].mean(), "enough regions to say so"


@pytest.mark.parametrize("k", [0, 1], ids=["C", "M"])
def test_less_sharp_than_those_who_know_the_future(regions: Population, k: int) -> None:
    """Var P_true = Var P_state + E (P_true − P_state)²."""
    true, state = regions.true[:, k], regions.many[:, k]
    unknown = ((true - state) * (true - regions.again[:, k])).mean()  # free of their own scatter
    known = np.cov(state, regions.again[:, k])[0, 1]
    assert state.var() < 0.97 * true.var()
    assert unknown > 0.02 * true.var()
    terms = (true - true.mean()) ** 2 - (state - state.mean()) ** 2
    error = terms.std() / np.sqrt(REGIONS)
    assert abs(true.var() - known - unknown) < 4 * error


@pytest.mark.parametrize("k", [0, 1], ids=["C", "M"])
def test_more_futures_scatter_less(regions: Population, k: int) -> None:
    """As 1/√futures, so no future comes twice."""
    other = np.asarray(few(keys(4), regions.state), np.float64)
    scatter = {
        SUN.futures: (regions.few - other)[:, k].std(),
        MANY.futures: (regions.many - regions.again)[:, k].std(),
    }
    assert scatter[4] / scatter[36] == pytest.approx(3.0, rel=0.2)


@pytest.mark.parametrize("k", [0, 1], ids=["C", "M"])
def test_what_really_comes_is_one_more_future(regions: Population, k: int) -> None:
    """It scatters about the mean as far as one of four futures, times two."""
    mean = (regions.many + regions.again)[:, k] / 2
    true, four = regions.true[:, k] - mean, regions.few[:, k] - mean
    assert true.std() / four.std() == pytest.approx(2.0, rel=0.15)
    assert abs(np.corrcoef(true, four)[0, 1]) < 0.15
