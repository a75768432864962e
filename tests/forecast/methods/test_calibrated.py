"""Calibration comes from the validation examples alone and mends what was bent."""

import jax
import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from jsolar.forecast.methods import Method
from jsolar.forecast.methods.calibrated import Calibrated, calibrated, temperature_of
from jsolar.forecast.methods.isotonic import isotonic
from jsolar.forecast.methods.persistence import persistence
from jsolar.types import Events
from tests.forecast.toy import TRAIN, toy

KEY = jax.random.key(0)
BENT = [(3.0, 1.0), (0.5, -2.0)]
"""Logits times this plus that: too sure and too high, too cautious and too low."""


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, np.float64)))


def drawn(n: int, seed: int):
    """Examples whose events happen with probability σ(x), x their input."""
    rng = np.random.default_rng(seed)
    x = rng.normal(-1, 1.5, (n, 2))
    happened = rng.random((n, 2)) < sigmoid(x)
    known = rng.random((n, 2)) < 0.8
    examples = toy(n, seed=seed, first_region=20000)
    return examples._replace(inputs={"x": x}, events=Events(happened ^ ~known, known))


def bent() -> Method:
    """A method that fits nothing and says σ of bent logits."""
    slope, shift = np.transpose(BENT)
    return Method(
        lambda key, train, validation: lambda inputs: sigmoid(slope * inputs["x"] + shift)
    )


@pytest.fixture(scope="module")
def validation():
    return drawn(8000, 1)


@pytest.fixture(scope="module")
def forecast(validation):
    return calibrated(bent()).fit(KEY, TRAIN, validation)


def test_what_was_bent_is_bent_back_event_by_event(forecast) -> None:
    """σ(a (s x + t) + b) = σ(x) needs a = 1/s and b = −t/s."""
    assert isinstance(forecast, Calibrated)
    slope, shift = np.transpose(BENT)
    np.testing.assert_allclose(forecast.platt.slope, 1 / slope, rtol=0.1)
    np.testing.assert_allclose(forecast.platt.intercept, -shift / slope, atol=0.25)
    x = np.random.default_rng(2).normal(-1, 1.5, (500, 2))
    np.testing.assert_allclose(forecast({"x": x}), sigmoid(x), atol=0.05)


def test_probabilities_add_up_to_the_events_that_are_known(forecast, validation) -> None:
    happened, known = validation.events
    said = forecast(validation.inputs)
    for k in range(2):
        rate = happened[known[:, k], k].mean()
        assert said[known[:, k], k].mean() == pytest.approx(rate, abs=2e-3)


def test_unknown_labels_have_no_say(forecast, validation) -> None:
    happened, known = validation.events
    other = validation._replace(events=Events(happened ^ ~known, known))
    again = calibrated(bent()).fit(KEY, TRAIN, other)
    np.testing.assert_array_equal(again.platt, forecast.platt)


def test_training_labels_have_no_say_and_validation_labels_have(forecast, validation) -> None:
    flipped = TRAIN._replace(events=Events(~TRAIN.events.happened, TRAIN.events.known))
    again = calibrated(bent()).fit(KEY, flipped, validation)
    np.testing.assert_array_equal(again.platt, forecast.platt)
    happened, known = validation.events
    rarer = validation._replace(
        events=Events(happened & (np.arange(8000) % 3 == 0)[:, None], known)
    )
    other = calibrated(bent()).fit(KEY, TRAIN, rarer)
    assert (other.platt.intercept < forecast.platt.intercept - 0.5).all()


def test_the_ranking_stays_ties_included(validation) -> None:
    coarse = Method(lambda key, train, v: lambda inputs: np.round(sigmoid(inputs["x"] - 1), 1))
    raw = coarse.fit(KEY, TRAIN, validation)(validation.inputs)[:, 0]
    said = calibrated(coarse).fit(KEY, TRAIN, validation)(validation.inputs)[:, 0]
    steps = [np.unique(said[raw == value]) for value in np.unique(raw)]
    assert len(steps) > 8
    assert {len(step) for step in steps} == {1}
    assert (np.diff(np.concatenate(steps)) > 0).all()


def test_certainties_of_a_forest_stay_finite(validation) -> None:
    hard = Method(lambda key, train, validation: lambda inputs: (inputs["x"] > 0) * 1.0)
    said = calibrated(hard).fit(KEY, TRAIN, validation)(validation.inputs)
    assert ((said > 0) & (said < 1)).all()
    happened, known = validation.events
    for k in range(2):
        yes = validation.inputs["x"][:, k] > 0
        for case in (yes, ~yes):
            share = happened[case & known[:, k], k].mean()
            assert said[case, k].mean() == pytest.approx(share, abs=0.01)


def test_a_row_without_an_answer_spoils_no_other(validation) -> None:
    def gaps(inputs):
        return np.where(inputs["x"] > 2, np.nan, sigmoid(inputs["x"]))

    forecast = calibrated(Method(lambda key, train, v: gaps)).fit(KEY, TRAIN, validation)
    said = forecast(validation.inputs)
    np.testing.assert_array_equal(np.isnan(said), validation.inputs["x"] > 2)
    assert np.isfinite(forecast.platt.slope).all()


def test_a_rule_keeps_its_answers(validation) -> None:
    """Yes where it said yes, though probabilities and thresholds have moved."""
    before = {"previous": (validation.inputs["x"] > 0) * 1.0}
    train = validation._replace(inputs=before)
    rule = persistence().fit(KEY, train, train)
    moved = calibrated(persistence()).fit(KEY, train, train)
    assert moved.thresholds is not None
    np.testing.assert_array_equal(
        moved(before) >= moved.thresholds, rule(before) >= rule.thresholds
    )
    assert calibrated(bent()).fit(KEY, TRAIN, validation).thresholds is None


def test_a_temperature_mends_what_was_only_too_sure(validation) -> None:
    sure = Method(lambda key, train, validation: lambda inputs: sigmoid(3 * inputs["x"]))
    forecast = calibrated(sure, fit=temperature_of).fit(KEY, TRAIN, validation)
    np.testing.assert_allclose(forecast.platt.slope, 1 / 3, rtol=0.1)
    assert (np.asarray(forecast.platt.intercept) == 0).all()
    x = np.random.default_rng(2).normal(-1, 1.5, (500, 2))
    np.testing.assert_allclose(forecast({"x": x}), sigmoid(x), atol=0.05)


def test_isotonic_is_scikit_learns_on_what_is_known(validation) -> None:
    forecast = isotonic(bent()).fit(KEY, TRAIN, validation)
    raw = bent().fit(KEY, TRAIN, validation)
    x = np.random.default_rng(2).normal(-1, 1.5, (500, 2))
    x[3, 1] = np.nan
    said = forecast({"x": x})
    for k in range(2):
        known = validation.events.known[:, k]
        own = IsotonicRegression(out_of_bounds="clip").fit(
            raw(validation.inputs)[known, k], validation.events.happened[known, k]
        )
        there = ~np.isnan(x[:, k])
        np.testing.assert_allclose(said[there, k], own.predict(raw({"x": x})[there, k]))
    assert np.isnan(said[3, 1])
    assert np.abs(said - sigmoid(x))[there].mean() < 0.03


@pytest.mark.parametrize("calibrate", [calibrated, isotonic])
def test_seeds_that_are_fitted_together_are_calibrated_each(calibrate, validation) -> None:
    def fit(key, train, validation):
        slope = float(jax.random.uniform(key, minval=0.5, maxval=3.0))
        return lambda inputs: sigmoid(slope * inputs["x"])

    def fit_together(keys, *splits):
        return [fit(key, *splits) for key in keys]

    keys = [jax.random.key(k) for k in (1, 2)]
    both = calibrate(Method(fit, fit_together)).fit_together(keys, TRAIN, validation)
    for key, found in zip(keys, both, strict=True):
        alone = calibrate(Method(fit)).fit(key, TRAIN, validation)
        np.testing.assert_array_equal(found(validation.inputs), alone(validation.inputs))
    assert calibrate(Method(fit)).fit_together is None
    declined = calibrate(Method(fit, lambda *args: None)).fit_together
    assert declined(keys, TRAIN, validation) is None
