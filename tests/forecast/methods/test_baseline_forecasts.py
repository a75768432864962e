"""Climatology, persistence and McIntosh–Poisson, by hand."""

import numpy as np
import pytest

from jsolar.forecast.methods.climatology import base_rate
from jsolar.forecast.methods.mcintosh import class_rates, poisson
from jsolar.forecast.methods.persistence import frequencies, from_yesterday
from jsolar.types import Events

RNG = np.random.default_rng(0)
HAPPENED = RNG.random((500, 2)) < [0.3, 0.05]
KNOWN = RNG.random((500, 2)) < 0.9
EVENTS = Events(HAPPENED, KNOWN)


def test_climatology_is_the_share_of_what_is_known():
    by_hand = [HAPPENED[KNOWN[:, k], k].mean() for k in range(2)]
    np.testing.assert_allclose(base_rate(EVENTS), by_hand)
    nothing = base_rate(Events(HAPPENED, np.zeros_like(KNOWN)))
    assert np.isnan(nothing).all()


def test_persistence_is_the_conditional_frequency():
    previous = np.where(RNG.random((500, 2)) < 0.9, RNG.random((500, 2)) < 0.4, np.nan)
    found = frequencies(previous, EVENTS, prior=0.0)
    for k in range(2):
        for case, frequency in ((1, found.after_event), (0, found.after_none)):
            rows = KNOWN[:, k] & (previous[:, k] == case)
            assert frequency[k] == pytest.approx(HAPPENED[rows, k].mean())
    p = from_yesterday(previous, found)
    np.testing.assert_array_equal(np.isnan(p), np.isnan(previous))
    assert set(p[previous[:, 0] == 1, 0]) == {found.after_event[0]}
    assert set(p[previous[:, 0] == 0, 0]) == {found.after_none[0]}


def test_a_case_never_seen_gets_the_climatology():
    previous = np.zeros((500, 2), np.float32)
    found = frequencies(previous, EVENTS)
    np.testing.assert_allclose(found.after_event, base_rate(EVENTS))
    assert (found.after_none > 0).all()


def test_rows_without_a_yesterday_do_not_enter_the_frequencies():
    previous = np.where(HAPPENED, np.nan, 0.0)  # every event comes out of the blue
    found = frequencies(previous, EVENTS)
    assert found.after_event.tolist() == found.after_none.tolist() == [0, 0]


CLASSES = np.array(["Axx"] * 60 + ["Dkc"] * 30 + ["Fkc"] * 2 + [""] * 8)
COUNTS = np.r_[np.zeros(60), np.full(30, 2.0), np.full(2, 9.0), np.zeros(8)][:, None]


def test_mcintosh_rates_shrink_towards_the_overall_mean():
    plain = class_rates(CLASSES, COUNTS, prior_days=0.0)
    assert dict(zip(plain.names, plain.a_day[:, 0], strict=True)) == {
        "": 0, "Axx": 0, "Dkc": 2, "Fkc": 9,
    }  # fmt: skip
    rates = class_rates(CLASSES, COUNTS, prior_days=10.0)
    overall = COUNTS.mean()
    by_name = dict(zip(rates.names, rates.a_day[:, 0], strict=True))
    assert by_name["Fkc"] == pytest.approx((18 + 10 * overall) / 12)
    assert by_name["Dkc"] == pytest.approx((60 + 10 * overall) / 40)
    assert rates.overall[0] == pytest.approx(overall)


def test_mcintosh_poisson_probability():
    rates = class_rates(CLASSES, COUNTS)
    p = poisson(np.array(["Dkc", "Zzz", "Axx", "", "Fkc"]), rates)[:, 0]
    by_name = dict(zip(rates.names, rates.a_day[:, 0], strict=True))
    by_hand = [by_name["Dkc"], rates.overall[0], by_name["Axx"], by_name[""], by_name["Fkc"]]
    np.testing.assert_allclose(p, 1 - np.exp(-np.array(by_hand)))


def test_unknown_counts_are_left_out_by_event():
    counts = np.c_[COUNTS, COUNTS]
    counts[60:75, 1] = np.nan
    rates = class_rates(CLASSES, counts, prior_days=0.0)
    assert rates.a_day[list(rates.names).index("Dkc")].tolist() == [2, 2]
    assert rates.overall[1] == pytest.approx(np.nanmean(counts[:, 1]))


def test_class_rates_need_a_count_a_class():
    with pytest.raises(ValueError, match="3 classes do not match the counts of 100 days"):
        class_rates(CLASSES[:3], COUNTS)
