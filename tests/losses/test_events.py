"""Losses against scikit-learn and formulas; what is not known does not count; nothing overflows."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from sklearn.metrics import balanced_accuracy_score, log_loss

from jsolar.losses.events import cross_entropy, focal, score_oriented
from jsolar.types import Events

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 2, (40, 2)).astype(np.float32)
EVENTS = Events(RNG.random((40, 2)) < 0.3, np.ones((40, 2), bool))
LOSSES = {
    "cross-entropy": cross_entropy(positive_weight=3.0),
    "focal": focal(gamma=2.0, positive_weight=3.0),
    "score-oriented": score_oriented(base_rate=(0.3, 0.1)),
}
each_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, np.float64)))


@functools.partial(jax.jit, static_argnums=0)
def value(loss, logits, events):
    return loss(logits, events)


@functools.partial(jax.jit, static_argnums=0)
def gradient(loss, logits, events):
    return jax.grad(lambda x: loss(x, events).sum())(logits)


@pytest.mark.parametrize("weight", [1.0, 7.5, (2.0, 9.0)])
def test_cross_entropy_is_sklearns(weight) -> None:
    got = value(cross_entropy(positive_weight=weight), LOGITS, EVENTS)
    assert got.shape == (40,)
    weights = np.broadcast_to(weight, 2)
    expected = sum(
        log_loss(
            y := EVENTS.happened[:, k],
            sigmoid(LOGITS[:, k]),
            sample_weight=np.where(y, weights[k], 1.0),
            normalize=False,
        )
        for k in range(2)
    )
    assert float(got.sum()) == pytest.approx(expected, rel=1e-5)


def test_cross_entropy_of_each_example_is_its_own() -> None:
    p, y = sigmoid(LOGITS), EVENTS.happened
    expected = -np.where(y, 4 * np.log(p), np.log(1 - p)).sum(1)
    got = value(cross_entropy(positive_weight=4.0), LOGITS, EVENTS)
    np.testing.assert_allclose(got, expected, rtol=1e-4)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
def test_focal_is_its_formula(gamma: float) -> None:
    """−w_t (1 − p_t)^γ log p_t of Lin et al., written out in double precision."""
    p, y = sigmoid(LOGITS), EVENTS.happened
    right = np.where(y, p, 1 - p)
    expected = (-np.where(y, 3.0, 1.0) * (1 - right) ** gamma * np.log(right)).sum(1)
    got = value(focal(gamma=gamma, positive_weight=3.0), LOGITS, EVENTS)
    np.testing.assert_allclose(got, expected, rtol=2e-4)


def test_focal_with_gamma_0_is_cross_entropy() -> None:
    weight = (2.0, 9.0)
    pair = [focal(gamma=0.0, positive_weight=weight), cross_entropy(positive_weight=weight)]
    np.testing.assert_allclose(*[value(loss, LOGITS, EVENTS) for loss in pair], rtol=1e-5)
    np.testing.assert_allclose(*[gradient(loss, LOGITS, EVENTS) for loss in pair], atol=1e-5)


def test_score_oriented_is_minus_the_tss_of_hard_forecasts() -> None:
    yes = RNG.random((200, 1)) < 0.4
    happened = np.where(RNG.random((200, 1)) < 0.8, yes, ~yes)
    events = Events(happened, np.ones_like(happened))
    loss = score_oriented(base_rate=float(happened.mean()))
    got = value(loss, np.where(yes, 80.0, -80.0).astype(np.float32), events).mean()
    tss = 2 * balanced_accuracy_score(happened[:, 0], yes[:, 0]) - 1
    assert float(got) == pytest.approx(-tss, abs=1e-5)


def test_score_oriented_averages_the_tss_over_all_thresholds() -> None:
    """Soft forecasts: the integral of TSS(threshold) over (0, 1), here on a fine grid."""
    p, y = sigmoid(LOGITS[:, 0]), EVENTS.happened[:, 0]
    thresholds = (np.arange(20_000) + 0.5) / 20_000
    said = p[:, None] > thresholds
    expected = (said[y].mean(0) - said[~y].mean(0)).mean()
    events = Events(y[:, None], np.ones((40, 1), bool))
    got = value(score_oriented(base_rate=float(y.mean())), LOGITS[:, :1], events).mean()
    assert float(got) == pytest.approx(-expected, abs=1e-4)


def test_base_rates_belong_to_their_events() -> None:
    both = value(score_oriented(base_rate=(0.3, 0.1)), LOGITS, EVENTS)
    apart = [
        value(
            score_oriented(base_rate=rate),
            LOGITS[:, [k]],
            Events(EVENTS.happened[:, [k]], EVENTS.known[:, [k]]),
        )
        for k, rate in enumerate((0.3, 0.1))
    ]
    np.testing.assert_allclose(both, apart[0] + apart[1], rtol=1e-4, atol=1e-5)


@each_loss
@settings(max_examples=25, deadline=None)
@given(known=hnp.arrays(bool, (40, 2)), other=hnp.arrays(bool, (40, 2)))
def test_what_is_not_known_has_no_effect(loss, known, other) -> None:
    """Neither on the value nor on the gradient, whatever the entry says."""
    events = Events(EVENTS.happened, known)
    flipped = Events(np.where(known, EVENTS.happened, other), known)
    logits = np.where(known, LOGITS, 100 * LOGITS)
    cost = np.asarray(value(loss, LOGITS, events))
    np.testing.assert_array_equal(cost, value(loss, logits, flipped))
    np.testing.assert_array_equal(cost[~known.any(1)], 0.0)
    slope = np.asarray(gradient(loss, LOGITS, events))
    np.testing.assert_array_equal(slope, gradient(loss, logits, flipped))
    np.testing.assert_array_equal(slope[~known], 0.0)
    assert (slope[known] != 0).all()


@each_loss
@pytest.mark.parametrize("size", [0.0, 1e2, 1e4, 1e30])
def test_extreme_logits_stay_finite(loss, size: float) -> None:
    logits = jnp.float32(size) * jnp.array([[1.0, -1.0], [-1.0, 1.0]])
    for happened in (True, False):
        events = Events(np.full((2, 2), happened), np.ones((2, 2), bool))
        assert np.isfinite(value(loss, logits, events)).all()
        assert np.isfinite(gradient(loss, logits, events)).all()


@each_loss
def test_gradients_agree_with_finite_differences(loss) -> None:
    slope = gradient(loss, LOGITS, EVENTS)
    for row, k in [(0, 0), (7, 1), (23, 0)]:
        values = []
        for shift in (-0.05, 0.05):
            moved = LOGITS.copy()
            moved[row, k] += shift
            values.append(float(value(loss, moved, EVENTS)[row]))
        assert float(slope[row, k]) == pytest.approx(
            (values[1] - values[0]) / 0.1, rel=5e-3, abs=2e-4
        )


@each_loss
def test_a_better_forecast_costs_less(loss) -> None:
    signs = np.where(EVENTS.happened, 1.0, -1.0).astype(np.float32)
    costs = [
        float(value(loss, np.float32(size) * signs, EVENTS).sum()) for size in (-2.0, 0.0, 1.0, 4.0)
    ]
    assert costs == sorted(costs, reverse=True)
    assert len(set(costs)) == 4
