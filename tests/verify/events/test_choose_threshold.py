"""The threshold: what calibrated forecasts expect most of, the middle of ties, else none."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.verify.events import scores
from jsolar.verify.events.calibration import apply_platt, fit_platt
from jsolar.verify.events.contingency import Table, at_thresholds, contingency
from jsolar.verify.events.threshold import (
    LOG_ODDS,
    THRESHOLDS,
    at_index,
    best_index,
    choose_threshold,
)

N = 400
RNG = np.random.default_rng(2)
PROBABILITY = RNG.beta(0.5, 4, N).astype(np.float32)
OBSERVED = RNG.random(N) < PROBABILITY
_choose = jax.jit(choose_threshold, static_argnames="score")
count = jax.jit(contingency)
count_all = jax.jit(at_thresholds)
best = jax.jit(best_index)
platt = jax.jit(fit_platt)
TABLE = count_all(OBSERVED, PROBABILITY, THRESHOLDS)


def choose(probability, *, where=None, weights=None, **options):
    """`choose_threshold`, always with the same arguments, so that it compiles once a length."""
    n = len(probability)
    where = np.ones(n, bool) if where is None else where
    weights = np.ones(n, np.float32) if weights is None else weights
    return _choose(probability.astype(np.float32), where=where, weights=weights, **options)


def test_grid():
    assert THRESHOLDS[len(THRESHOLDS) // 2] == 0.5
    np.testing.assert_allclose(np.log(THRESHOLDS / (1 - THRESHOLDS.astype(float))), LOG_ODDS,
                               atol=2e-3)  # fmt: skip
    assert np.all(np.diff(THRESHOLDS) > 0)


@pytest.mark.parametrize("score", [scores.tss, scores.hss2, scores.csi])
def test_no_other_threshold_is_expected_to_do_better(score):
    """By hand: the table of each threshold with Σ p for the events."""
    p = PROBABILITY.astype(float)
    expected = []
    for t in THRESHOLDS:
        yes = t <= PROBABILITY
        cells = [p[yes].sum(), p[~yes].sum(), (1 - p)[yes].sum(), (1 - p)[~yes].sum()]
        expected.append(float(score(Table(*map(jnp.asarray, cells)))))
    chosen = np.searchsorted(THRESHOLDS, float(choose(PROBABILITY, score=score)))
    assert expected[chosen] == pytest.approx(np.nanmax(expected), abs=1e-5)


def test_the_threshold_of_tss_is_the_event_rate_and_that_of_hss2_lies_above():
    p = np.random.default_rng(0).beta(0.5, 4, 50_000)
    rate = p.mean()
    assert float(choose(p)) == pytest.approx(rate, rel=0.05)
    assert float(choose(p, score=scores.hss2)) > 1.5 * rate


def test_it_loses_less_than_the_best_point_of_the_observed_curve():
    """The claim of the module: on few regions the observed curve is mostly luck."""
    rng = np.random.default_rng(5)
    truth = 1 / (1 + np.exp(-rng.normal(-4.0, 1.5, 100_000)))
    for score, least in ((scores.tss, 0.5), (scores.hss2, 0.5)):
        whole = np.nan_to_num(np.asarray(score(count_all(truth, truth, THRESHOLDS))), nan=-1)
        lost = {"expected": [], "observed": []}
        for _ in range(25):
            p = truth[rng.integers(0, len(truth), 300)]
            logit = np.log(p / (1 - p))
            observed = rng.random(300) < p
            said = np.asarray(apply_platt(platt(logit.astype(np.float32), observed), logit))
            expected = float(choose(said, score=score))
            at = p[np.argmin(np.abs(said - expected))]  # the same place in true probability
            seen = score(count_all(observed, p.astype(np.float32), THRESHOLDS))
            curve = np.nan_to_num(np.asarray(seen), nan=-1)
            for name, i in (("expected", np.argmin(np.abs(THRESHOLDS - at))),
                            ("observed", int(best(curve)))):  # fmt: skip
                lost[name].append(whole.max() - whole[i])
        assert np.mean(lost["expected"]) < least * np.mean(lost["observed"])


def test_ties_give_the_middle():
    """A forecast of two values: any threshold between them is as good."""
    low, high = THRESHOLDS[100], THRESHOLDS[240]
    chosen = choose(np.where(OBSERVED, high, low))
    assert abs(np.searchsorted(THRESHOLDS, float(chosen)) - 170) <= 1


def test_the_middle_of_two_plateaus_lies_on_one_of_them():
    curve = np.zeros(len(LOG_ODDS), np.float32)
    curve[50:60] = curve[300:310] = 1.0
    assert curve[int(best(curve))] == 1.0


def test_undefined_scores_are_left_out():
    curve = np.full(len(LOG_ODDS), np.nan, np.float32)
    assert int(best(curve)) == -1
    curve[7] = -0.5
    assert int(best(curve)) == 7


def test_nothing_that_counts_has_no_threshold():
    assert np.isnan(choose(PROBABILITY, where=np.zeros(N, bool)))
    assert np.isnan(choose(np.where(OBSERVED, np.nan, PROBABILITY)))
    assert np.isnan(at_index(TABLE, jnp.array(-1)).tp)


def test_masks_and_weights():
    where = RNG.random(N) < 0.7
    weights = RNG.multinomial(N, where / where.sum()).astype(np.float32)
    rows = np.repeat(np.arange(N), weights.astype(int))
    spoiled = np.where(where, PROBABILITY, np.nan)
    assert float(choose(spoiled, where=where, weights=weights)) == float(choose(PROBABILITY[rows]))


def test_one_threshold_an_event():
    p = np.stack([PROBABILITY, np.sqrt(PROBABILITY)], 1)
    together = jax.jit(jax.vmap(choose_threshold, in_axes=1))(p)
    one_by_one = [float(choose(p[:, k])) for k in range(2)]
    np.testing.assert_allclose(together, one_by_one, rtol=1e-6)


def test_at_index_is_the_table_of_that_threshold():
    here = at_index(TABLE, jnp.array(150))
    direct = count(OBSERVED, THRESHOLDS[150] <= PROBABILITY)
    assert [float(c) for c in here] == [float(c) for c in direct]
    assert isinstance(here, Table)
