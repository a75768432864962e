"""Calibration against scikit-learn and SciPy, and where data are few or hopeless."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from jsolar.verify.events.calibration import (
    Platt,
    apply_platt,
    fit_platt,
    fit_temperature,
    log_odds,
    prior_correction,
)

N = 300
RNG = np.random.default_rng(5)
TRUE_LOGIT = RNG.normal(-3, 2, N)
OBSERVED = RNG.random(N) < expit(TRUE_LOGIT)
LOGIT = 2.5 * TRUE_LOGIT + 4  # too sure of itself, and too high
_fit = jax.jit(fit_platt)


def fit(logit, observed, *, where=None, weights=None, l2=1.0):
    """`fit_platt`, always with the same arguments, so that it compiles once a length."""
    n = len(logit)
    where = np.ones(n, bool) if where is None else where
    weights = np.ones(n, np.float32) if weights is None else weights.astype(np.float32)
    return _fit(logit.astype(np.float32), observed, where=where, weights=weights, l2=l2)


apply = jax.jit(apply_platt)


def targets(observed, weights):
    events, others = weights[observed].sum(), weights[~observed].sum()
    return np.where(observed, (events + 1) / (events + 2), 1 / (others + 2))


def test_without_a_penalty_scikit_learn_agrees():
    weights, where = RNG.integers(0, 3, N).astype(float), RNG.random(N) < 0.8
    platt = fit(LOGIT, OBSERVED, where=where, weights=weights, l2=0.0)
    t, w = targets(OBSERVED[where], weights[where]), weights[where]
    twice = np.r_[LOGIT[where], LOGIT[where]][:, None]  # an event with weight t, none with 1 - t
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(
        twice, np.repeat([1, 0], len(t)), sample_weight=np.r_[w * t, w * (1 - t)]
    )
    np.testing.assert_allclose(platt.slope, peer.coef_[0, 0], rtol=1e-3)
    np.testing.assert_allclose(platt.intercept, peer.intercept_[0], rtol=1e-3)


@pytest.mark.parametrize("count", [3, 20, N])
@pytest.mark.parametrize("l2", [1.0, 30.0])
def test_the_penalised_minimum_is_found(count, l2):
    use = np.zeros(N, bool)
    use[np.argsort(-TRUE_LOGIT)[: 2 * count : 2]] = True
    x, y = LOGIT[use], OBSERVED[use]
    t = targets(y, np.ones(len(y)))

    def penalised(theta):
        z = theta[0] * x + theta[1]
        return np.sum(np.logaddexp(0, z) - t * z) + l2 * (theta[0] - 1) ** 2 / 2

    peer = minimize(penalised, [1.0, 0.0], bounds=[(0, None), (None, None)], method="L-BFGS-B",
                    options={"ftol": 1e-15, "gtol": 1e-10})  # fmt: skip
    platt = fit(LOGIT, OBSERVED, where=use, l2=l2)
    assert penalised([float(c) for c in platt]) == pytest.approx(peer.fun, abs=1e-4)
    np.testing.assert_allclose(platt, peer.x, atol=2e-2)


def test_it_calibrates():
    x = np.random.default_rng(0).normal(-3, 2, 20_000)
    happened = np.random.default_rng(1).random(20_000) < expit(x)
    platt = fit(2.5 * x + 4, happened)
    np.testing.assert_allclose(platt, [1 / 2.5, -4 / 2.5], atol=0.08)
    np.testing.assert_allclose(apply(platt, 2.5 * x + 4).mean(), happened.mean(), atol=2e-3)


def test_one_fit_an_event():
    logits = np.stack([LOGIT, TRUE_LOGIT, -LOGIT], 1)
    observed = np.stack([OBSERVED, ~OBSERVED, OBSERVED], 1)
    known = RNG.random((N, 3)) < 0.9
    together = jax.jit(jax.vmap(lambda x, y, known: fit_platt(x, y, where=known), in_axes=1))(
        logits, observed, known
    )
    assert together.slope.shape == (3,)
    for k in range(3):
        one = fit(logits[:, k], observed[:, k], where=known[:, k])
        np.testing.assert_allclose([c[k] for c in together], one, atol=1e-3)
    assert apply(together, logits).shape == logits.shape


def test_a_ranking_is_never_turned_round():
    platt = fit(-LOGIT, OBSERVED, l2=0.0)
    assert float(platt.slope) == 0.0
    rate = targets(OBSERVED, np.ones(N)).mean()
    np.testing.assert_allclose(apply(platt, -LOGIT), rate, rtol=1e-4)


@pytest.mark.parametrize("scale", [1.0, 1e3])
@pytest.mark.parametrize("l2", [0.0, 1.0])
def test_separated_data_and_no_events_stay_finite(scale, l2):
    perfect = fit(scale * TRUE_LOGIT, TRUE_LOGIT > 0, l2=l2)
    none = fit(scale * TRUE_LOGIT, np.zeros(N, bool), l2=l2)
    for platt in (perfect, none):
        assert np.isfinite([float(c) for c in platt]).all()
        assert float(platt.slope) >= 0
    constant = fit(np.full(N, 2.0), OBSERVED, l2=l2)
    rate = targets(OBSERVED, np.ones(N)).mean()
    np.testing.assert_allclose(apply(constant, np.array(2.0)), rate, rtol=1e-3)


def test_no_event_gives_a_small_probability():
    p = apply(fit(LOGIT, np.zeros(N, bool), l2=0.0), LOGIT)
    np.testing.assert_allclose(p, 1 / (N + 2), rtol=1e-2)


def test_what_is_masked_never_matters():
    known = RNG.random(N) < 0.8
    spoiled = np.where(known, LOGIT, np.nan)
    assert fit(spoiled, OBSERVED, where=known) == fit(LOGIT, OBSERVED, where=known)
    assert all(np.isnan(fit(LOGIT, OBSERVED, where=np.zeros(N, bool))))
    assert all(np.isnan(fit(spoiled, OBSERVED)))


def test_prior_correction_undoes_the_weight():
    p = np.array([0.0, 0.01, 0.5, 0.99, 1.0])
    weight = 30.0
    odds = p[:-1] / (1 - p[:-1])
    too_high = np.append(weight * odds / (1 + weight * odds), 1.0)
    np.testing.assert_allclose(prior_correction(too_high, positive_weight=weight), p, rtol=1e-4)
    two = prior_correction(np.full((3, 2), 0.5), positive_weight=jnp.array([1.0, 4.0]))
    np.testing.assert_allclose(two[0], [0.5, 0.2], rtol=1e-6)


def test_log_odds_is_the_inverse_of_the_logistic_function():
    p = np.array([0.001, 0.3, 0.5, 0.9])
    np.testing.assert_allclose(apply(Platt(jnp.ones(()), jnp.zeros(())), log_odds(p)), p,
                               rtol=1e-5)  # fmt: skip
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()


@pytest.mark.parametrize("l2", [0.0, 1.0, 30.0])
def test_a_temperature_is_the_penalised_minimum(l2):
    rng = np.random.default_rng(4)
    logit = rng.normal(-1, 3, 400)
    observed = rng.random(400) < 1 / (1 + np.exp(-0.4 * logit))
    found = fit_temperature(logit.astype(np.float32), observed, l2=l2)

    def loss(slope):
        z = slope * logit
        return (np.logaddexp(0, z) - observed * z).sum() + 0.5 * l2 * (slope - 1) ** 2

    best = minimize_scalar(loss, bounds=(0, 5), method="bounded").x
    assert float(found.slope) == pytest.approx(best, abs=2e-3)
    assert float(found.intercept) == 0


def test_a_temperature_never_turns_a_ranking_round():
    logit = np.linspace(-2, 2, 100, dtype=np.float32)
    found = fit_temperature(logit, logit < 0, l2=0.0)
    assert float(found.slope) == 0
    nothing = fit_temperature(logit, logit < 0, where=np.zeros(100, bool))
    assert np.isnan(nothing.slope)
