"""The threshold: the best one, smoothed, in the middle of ties, undefined without events."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.verify.events import scores
from jsolar.verify.events.contingency import Table, at_thresholds, contingency
from jsolar.verify.events.threshold import (
    LOG_ODDS,
    THRESHOLDS,
    at_index,
    best_index,
    choose_threshold,
    smooth,
)

N = 400
RNG = np.random.default_rng(2)
PROBABILITY = RNG.beta(0.5, 4, N).astype(np.float32)
OBSERVED = RNG.random(N) < PROBABILITY
_choose = jax.jit(choose_threshold, static_argnames=("score", "width"))
count = jax.jit(contingency)
count_all = jax.jit(at_thresholds)
best = jax.jit(best_index, static_argnames="width")
TABLE = count_all(OBSERVED, PROBABILITY, THRESHOLDS)


def choose(observed, probability, *, where=None, weights=None, **options):
    """`choose_threshold`, always with the same arguments, so that it compiles once a length."""
    n = len(observed)
    where = np.ones(n, bool) if where is None else where
    weights = np.ones(n, np.float32) if weights is None else weights
    p = probability.astype(np.float32)
    return _choose(observed, p, where=where, weights=weights, **options)


def score_at(threshold, score=scores.tss):
    return float(score(count(OBSERVED, np.float32(threshold) <= PROBABILITY)))


def test_grid():
    assert THRESHOLDS[len(THRESHOLDS) // 2] == 0.5
    np.testing.assert_allclose(np.log(THRESHOLDS / (1 - THRESHOLDS.astype(float))), LOG_ODDS,
                               atol=2e-3)  # fmt: skip
    assert np.all(np.diff(THRESHOLDS) > 0)


def test_without_smoothing_the_best_of_the_grid():
    every = [score_at(t) for t in THRESHOLDS]
    best_of_all = pytest.approx(max(every), abs=1e-6)
    assert score_at(choose(OBSERVED, PROBABILITY, width=0.0)) == best_of_all


@pytest.mark.parametrize("score", [scores.tss, scores.hss2, scores.csi])
def test_smoothing_costs_little_and_takes_any_score(score):
    highest = float(jnp.nanmax(score(TABLE)))
    chosen = score_at(choose(OBSERVED, PROBABILITY, score=score), score)
    assert highest - 0.05 < chosen <= highest + 1e-6


def test_for_calibrated_forecasts_the_threshold_of_tss_is_near_the_base_rate():
    p = np.random.default_rng(0).beta(0.5, 4, 50_000)
    table = count_all(np.random.default_rng(1).random(50_000) < p, p, THRESHOLDS)
    chosen = THRESHOLDS[int(best(scores.tss(table)))]
    assert 0.8 < chosen / p.mean() < 1.25  # in theory they are equal


@pytest.mark.parametrize("width", [0.0, 0.75])
def test_ties_give_the_middle(width):
    """A forecast of two values, as persistence: any threshold between them is as good."""
    low, high = THRESHOLDS[100], THRESHOLDS[240]
    p = np.where(OBSERVED, high, low)
    chosen = choose(OBSERVED, p, width=width)
    assert abs(np.searchsorted(THRESHOLDS, float(chosen)) - 170) <= 1


def test_the_middle_of_two_plateaus_lies_on_one_of_them():
    curve = np.zeros(len(LOG_ODDS), np.float32)
    curve[50:60] = curve[300:310] = 1.0
    assert curve[int(best(curve, width=0.0))] == 1.0


def test_undefined_scores_are_left_out():
    curve = np.full(len(LOG_ODDS), np.nan, np.float32)
    assert int(best(curve)) == -1
    curve[7] = -0.5
    assert int(best(curve)) == 7
    curve[7], curve[50:80] = np.nan, 0.5
    np.testing.assert_allclose(smooth(curve)[50:80], 0.5, atol=1e-4)
    assert np.isnan(smooth(curve)[90])


def test_smoothing_keeps_a_constant_and_a_middle_slope():
    np.testing.assert_allclose(smooth(np.full(len(LOG_ODDS), 0.3, np.float32)), 0.3, rtol=1e-5)
    np.testing.assert_allclose(smooth(LOG_ODDS)[100:300], LOG_ODDS[100:300], atol=1e-4)


def test_degenerate_validation_has_no_threshold():
    assert np.isnan(choose(np.zeros(N, bool), PROBABILITY))
    assert np.isnan(choose(np.ones(N, bool), PROBABILITY))
    assert np.isnan(choose(OBSERVED, PROBABILITY, where=np.zeros(N, bool)))
    assert np.isnan(choose(OBSERVED, np.where(OBSERVED, np.nan, PROBABILITY)))
    assert np.isnan(at_index(TABLE, jnp.array(-1)).tp)


def test_masks_and_weights():
    where = RNG.random(N) < 0.7
    weights = RNG.multinomial(N, where / where.sum()).astype(np.float32)
    rows = np.repeat(np.arange(N), weights.astype(int))
    spoiled = np.where(where, PROBABILITY, np.nan)
    assert float(choose(OBSERVED, spoiled, where=where, weights=weights)) == float(
        choose(OBSERVED[rows], PROBABILITY[rows])
    )


def test_one_threshold_an_event():
    observed = np.stack([OBSERVED, RNG.random(N) < 0.5, np.zeros(N, bool)], 1)
    p = np.stack([PROBABILITY] * 3, 1)
    together = jax.jit(jax.vmap(choose_threshold, in_axes=1))(observed, p)
    one_by_one = [float(choose(observed[:, k], p[:, k])) for k in range(3)]
    np.testing.assert_allclose(together, one_by_one, rtol=1e-6)


def test_at_index_is_the_table_of_that_threshold():
    here = at_index(TABLE, jnp.array(150))
    direct = count(OBSERVED, THRESHOLDS[150] <= PROBABILITY)
    assert [float(c) for c in here] == [float(c) for c in direct]
    assert isinstance(here, Table)
