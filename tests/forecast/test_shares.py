"""What share of the best forecast's expected TSS each method reaches."""

import operator

import jax
import numpy as np
import pytest

from jsolar.forecast.compare import columns, differences, shares
from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.fitting import Probabilities
from jsolar.types import Events, Rows
from jsolar.verify.events.paired import paired
from jsolar.verify.events.scorecard import interval_dict
from jsolar.verify.intervals import Rules

RULES = Rules(resamples=100)
KEY = jax.random.key(0)


def examples(seed: int, regions: int = 80, days: int = 6) -> Examples:
    rng = np.random.default_rng(seed)
    n = regions * days
    truth = np.repeat(rng.beta(0.3, 1.5, (regions, 2)), days, axis=0)
    day = np.datetime64("2100-01-01", "s") + np.arange(n) * np.timedelta64(1, "D")
    events = Events(rng.random((n, 2)) < truth, rng.random((n, 2)) < 0.9)
    region = np.repeat(np.arange(regions), days)
    return Examples(Rows(np.arange(n).astype(str), region, day), {}, events, truth, truth)


VALIDATION, TEST = examples(1), examples(2)
DATA = Data(VALIDATION, VALIDATION, TEST, ("a", "b"), {})


def blurred(blur: float) -> Probabilities:
    rng = np.random.default_rng(9)
    both = []
    for rows in (VALIDATION, TEST):
        p = rows.true_probability
        both.append(np.clip(p + blur * rng.normal(size=p.shape), 0, 1))
    return Probabilities(*both)


METHODS = {"good": blurred(0.05), "poor": blurred(0.5), "best": blurred(0.0)}


@pytest.fixture(scope="module")
def found():
    return shares(KEY, METHODS, DATA, "best", rules=RULES)


def test_shares_fall_with_the_quality_of_the_forecast(found) -> None:
    assert list(found) == ["good", "poor"]
    for event in ("a", "b"):
        good, poor = found["good"][event], found["poor"][event]
        assert 0 < poor["value"] < 0.9 < good["value"] < 1.02
        assert poor["low"] < poor["value"] < poor["high"] < good["low"]


def test_each_share_is_a_paired_quotient_of_expected_scores(found) -> None:
    a, b = (columns(METHODS[name], DATA, 1) for name in ("poor", "best"))
    by_hand = paired(KEY, a, b, compare=operator.truediv, score="tss_expected", rules=RULES)
    assert found["poor"]["b"] == interval_dict(by_hand)


def test_nobody_knows_the_best_on_real_data() -> None:
    real = DATA._replace(test=TEST._replace(true_probability=None))
    assert shares(KEY, METHODS, real, "best") == {}
    assert shares(KEY, METHODS, DATA, "another") == {}
    assert differences(KEY, METHODS, real, [("good", "poor")], score="tss_expected") == {}


def test_expected_differences_leave_out_the_luck_of_what_happened() -> None:
    """The same expectation, as happened and as probable; the interval is narrower."""
    how = {"pairs": [("good", "poor")], "rules": RULES}
    observed = differences(KEY, METHODS, DATA, **how)["good − poor"]["b"]
    expected = differences(KEY, METHODS, DATA, **how, score="tss_expected")["good − poor"]["b"]
    a, b = (columns(METHODS[name], DATA, 1) for name in ("good", "poor"))
    assert expected == interval_dict(paired(KEY, a, b, score="tss_expected", rules=RULES))
    assert 0 < expected["value"] != observed["value"]
    assert expected["high"] - expected["low"] < observed["high"] - observed["low"]
