"""Brier, reliability, ROC and precision–recall against scikit-learn and exact identities."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from jsolar.verify.events import probability, ranking, reliability

SEEDS = range(4)
OURS = {
    name: jax.jit(getattr(room, name))
    for room, names in (
        (probability, ("brier_score", "brier_skill_score", "log_loss")),
        (ranking, ("roc_auc", "gini", "average_precision", "roc_curve", "precision_recall_curve")),
    )
    for name in names
}


def sample(seed: int, n: int = 90):
    """Forecasts with many ties, whole weights (some 0) and a mask."""
    rng = np.random.default_rng(seed)
    p = rng.random(n) if seed % 2 else rng.integers(1, 10, n) / 10
    observed = rng.random(n) < p
    return observed, p, rng.integers(0, 3, n).astype(float), rng.random(n) < 0.8


@pytest.mark.parametrize("seed", SEEDS)
def test_scikit_learn_agrees(seed):
    observed, p, weights, where = sample(seed)
    theirs = {
        "brier_score": metrics.brier_score_loss,
        "log_loss": metrics.log_loss,
        "roc_auc": metrics.roc_auc_score,
        "average_precision": metrics.average_precision_score,
    }
    for name, metric in theirs.items():
        value = OURS[name](observed, p, where=where, weights=weights)
        peer = metric(observed[where], p[where], sample_weight=weights[where])
        assert float(value) == pytest.approx(peer, abs=3e-6), name


@pytest.mark.parametrize("seed", SEEDS)
def test_roc_curve_passes_through_the_points_of_scikit_learn(seed):
    observed, p, weights, where = sample(seed)
    curve = OURS["roc_curve"](observed, p, where=where, weights=weights)
    keep = where & (weights > 0)
    pofd, pod, threshold = metrics.roc_curve(
        observed[keep], p[keep], sample_weight=weights[keep], drop_intermediate=False
    )
    ours = {(round(float(x), 5), round(float(y), 5)) for x, y in np.c_[curve.pofd, curve.pod]}
    assert ours == {(round(x, 5), round(y, 5)) for x, y in zip(pofd, pod, strict=True)}
    assert len(curve.pod) == len(observed) + 1
    assert np.all(np.diff(curve.threshold[: keep.sum()]) <= 0)
    at = np.isin(np.asarray(curve.threshold), threshold[1:].astype(np.float32))
    for t, x in zip(np.asarray(curve.threshold)[at], np.asarray(curve.pofd)[at], strict=True):
        assert x == pytest.approx(pofd[np.argmin(np.abs(threshold - t))], abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_precision_recall_curve_passes_through_the_points_of_scikit_learn(seed):
    observed, p, weights, where = sample(seed)
    curve = OURS["precision_recall_curve"](observed, p, where=where, weights=weights)
    keep = where & (weights > 0)
    precision, recall, _ = metrics.precision_recall_curve(
        observed[keep], p[keep], sample_weight=weights[keep]
    )
    ours = {
        (round(float(x), 5), round(float(y), 5)) for x, y in np.c_[curve.recall, curve.precision]
    }
    assert ours == {(round(x, 5), round(y, 5)) for x, y in zip(recall, precision, strict=True)}


def test_auc_is_the_chance_of_ranking_right():
    observed, p, _, _ = sample(0)
    above = p[observed][:, None] - p[~observed][None]
    chance = (np.sign(above) + 1).mean() / 2
    assert float(OURS["roc_auc"](observed, p)) == pytest.approx(chance, abs=1e-6)
    assert float(OURS["gini"](observed, p)) == pytest.approx(2 * chance - 1, abs=1e-6)
    assert float(OURS["roc_auc"](observed, np.full(len(p), 0.3))) == 0.5  # exactly


def test_ranking_needs_both_kinds():
    p = np.linspace(0, 1, 5)
    for observed in (np.zeros(5), np.ones(5)):
        assert np.isnan(OURS["roc_auc"](observed, p))
    assert np.isnan(OURS["average_precision"](np.zeros(5), p))
    assert float(OURS["average_precision"](np.ones(5), p)) == 1.0


@pytest.mark.parametrize("bins", [1, 7, np.array([0.0, 0.05, 0.3, 1.0])])
def test_parts_add_up_to_the_brier_score(bins):
    take_apart = jax.jit(partial(reliability.brier_decomposition, bins=bins))
    for seed in SEEDS:
        observed, p, weights, where = sample(seed)
        rel, res, unc, variance, covariance = take_apart(observed, p, where=where, weights=weights)
        whole = float(OURS["brier_score"](observed, p, where=where, weights=weights))
        assert float(rel - res + unc + variance - covariance) == pytest.approx(whole, abs=1e-6)


def test_three_parts_are_enough_for_forecasts_of_one_value_a_bin():
    observed, p, _, _ = sample(0)  # nine values, ten bins
    parts = reliability.brier_decomposition(observed, p + 0.05, bins=10)
    assert float(parts.within_variance) == pytest.approx(0, abs=1e-10)
    assert float(parts.within_covariance) == pytest.approx(0, abs=1e-8)
    by_hand = sum(
        (p == value).mean() * (value + 0.05 - observed[p == value].mean()) ** 2
        for value in np.unique(p)
    )
    assert float(parts.reliability) == pytest.approx(by_hand, abs=1e-6)


def test_reliability_curve_agrees_with_scikit_learn():
    observed, p, _, _ = sample(1, 400)
    curve = jax.jit(reliability.reliability_curve)(observed, p)
    frequency, forecast = calibration_curve(observed, p, n_bins=10)
    np.testing.assert_allclose(curve.observed_frequency, frequency, atol=1e-6)
    np.testing.assert_allclose(curve.mean_forecast, forecast, atol=1e-6)
    assert float(curve.counts.sum()) == 400


def test_bins_hold_their_lower_edge_and_the_last_one_holds_1():
    p = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    curve = reliability.reliability_curve(np.zeros(5), p, bins=4)
    assert curve.counts.tolist() == [1, 1, 1, 2]
    empty = reliability.reliability_curve(np.zeros(5), p, bins=np.array([0.0, 0.1, 0.2, 1.0]))
    assert np.isnan(empty.observed_frequency).tolist() == [False, True, False]
    assert np.isnan(empty.low).tolist() == [False, True, False]


def test_a_bin_has_as_many_trials_as_its_blocks_are_worth():
    """Regions of 2 and 1 windows count as 3² / (2² + 1²) = 1.8 trials."""
    p, region = np.array([0.1, 0.1, 0.2, 0.9, 0.9]), np.array([0, 0, 1, 1, 1])
    observed, where = np.array([1, 0, 0, 1, 0]), np.array([True, True, True, True, False])
    by_region = reliability.reliability_curve(
        observed, p, bins=2, where=where, block_index=region, blocks=2
    )
    low, high = reliability.wilson(jnp.array([0.6, 1.0]), jnp.array([1.8, 1.0]))
    np.testing.assert_allclose(by_region.low, low, rtol=1e-5)
    np.testing.assert_allclose(by_region.high, high, rtol=1e-5)
    by_row = reliability.reliability_curve(observed, p, bins=2, where=where)
    assert by_row.low[0] > by_region.low[0]


def test_wilson_agrees_with_scipy():
    for count, successes in ((10, 0), (10, 3), (250, 249), (7, 7)):
        ends = reliability.wilson(jnp.array(float(successes)), jnp.array(float(count)), level=0.9)
        peer = binomtest(successes, count).proportion_ci(0.9, method="wilson")
        np.testing.assert_allclose(ends, peer, atol=1e-5)


def test_reference_may_be_a_number_or_a_forecast():
    observed, p, weights, where = sample(1)
    options = {"where": where, "weights": weights}
    w = weights * where
    for reference in (0.3, np.linspace(0, 1, len(p))):
        by_hand = 1 - (w * (p - observed) ** 2).sum() / (w * (reference - observed) ** 2).sum()
        value = OURS["brier_skill_score"](observed, p, reference, **options)
        assert float(value) == pytest.approx(by_hand, abs=1e-5)
    two = np.stack([observed, ~observed], 1)
    rates = OURS["brier_skill_score"](two, np.stack([p, 1 - p], 1), np.array([0.3, 0.7]))
    assert float(rates[0]) == pytest.approx(float(rates[1]), abs=1e-6)
    assert np.isnan(OURS["brier_skill_score"](observed, p, observed)), "a perfect reference"


def test_log_loss_does_not_hide_an_event_that_was_called_impossible():
    assert np.isinf(OURS["log_loss"](np.array([1, 0]), np.array([0.0, 0.0])))
    assert float(OURS["log_loss"](np.array([1, 0]), np.array([1.0, 0.0]))) == 0.0
