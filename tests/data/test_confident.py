"""Confident learning against cleanlab 2.9.0, run once; and where it differs on purpose."""

import numpy as np
import pytest

from jsolar.data.confident import (
    anchored_rates,
    confident_joint,
    doubt,
    rates_of,
    suspects,
)

RNG = np.random.default_rng(5)
TRUTH = RNG.random(60) < 0.3
P = np.where(TRUTH, RNG.beta(4, 2, 60), RNG.beta(1.5, 5, 60)).round(3)[:, None]
LABELS = (TRUTH ^ (RNG.random(60) < 0.15))[:, None]

# compute_confident_joint(labels, pred_probs, calibrate=False / True), which rounds to whole rows,
# and find_label_issues(labels, pred_probs, filter_by="prune_by_noise_rate").
CLEANLAB_COUNTS = np.array([[21, 7], [6, 11]])
CLEANLAB_JOINT = np.array([[28, 9], [8, 15]])
CLEANLAB_ISSUES = [1, 8, 17, 25, 28, 29, 35, 39, 40, 42, 48, 54, 55, 56]


def test_the_joint_is_cleanlabs() -> None:
    joint = np.concatenate(confident_joint(P, LABELS)).reshape(2, 2)
    assert joint.sum() == pytest.approx(60)
    np.testing.assert_allclose(joint.sum(1), [37, 23])
    share = CLEANLAB_COUNTS / CLEANLAB_COUNTS.sum(1, keepdims=True)
    np.testing.assert_allclose(joint, share * [[37], [23]])
    np.testing.assert_allclose(joint, CLEANLAB_JOINT, atol=0.5)


def test_suspects_are_cleanlabs_before_it_drops_the_unlikely() -> None:
    found = suspects(P, LABELS)[:, 0]
    likelier_wrong = (P[:, 0] > 0.5) != LABELS[:, 0]
    assert np.flatnonzero(found & likelier_wrong).tolist() == CLEANLAB_ISSUES
    assert found.sum() >= len(CLEANLAB_ISSUES)


def test_missed_rare_events_are_suspected_though_nobody_calls_them_likely() -> None:
    p = np.r_[np.full(960, 0.01), np.full(30, 0.3), np.full(10, 0.31)][:, None]
    labels = np.r_[np.zeros(960), np.ones(30), np.zeros(10)].astype(bool)[:, None]
    found = suspects(p, labels)[:, 0]
    assert found[-10:].all()
    assert not found[:-10].any()


def test_doubt_is_bayes_with_the_rates_of_the_joint() -> None:
    rates = rates_of(confident_joint(P, LABELS))
    missed, false = rates.missed[0], rates.false[0]
    p, label = P[:, 0], LABELS[:, 0]
    told = np.where(label, (1 - missed) * p, missed * p)  # of an event, and that it is one
    not_so = np.where(label, false * (1 - p), (1 - false) * (1 - p))
    wrong = np.where(label, not_so, told) / (told + not_so)
    np.testing.assert_allclose(doubt(P, LABELS)[:, 0], wrong, rtol=1e-9)


def test_a_flare_of_a_quiet_region_is_doubted_before_a_quiet_day_of_an_active_one() -> None:
    p = np.r_[np.full(900, 0.02), np.full(100, 0.5)][:, None]
    labels = np.r_[np.zeros(890), np.ones(10), np.zeros(50), np.ones(50)].astype(bool)[:, None]
    worst = np.argsort(-doubt(p, labels)[:, 0])[:10]
    assert (worst >= 890).all()
    assert (worst < 900).all()
    hidden = np.ones_like(labels)
    hidden[worst] = False
    assert np.isnan(doubt(p, labels, known=hidden)[worst]).all()


def test_events_are_judged_one_by_one() -> None:
    both = suspects(np.hstack([P, 1 - P]), np.hstack([LABELS, ~LABELS]))
    np.testing.assert_array_equal(both[:, 0], both[:, 1])


def test_what_is_not_known_is_not_suspected() -> None:
    known = np.ones_like(LABELS)
    known[CLEANLAB_ISSUES[:5]] = False
    assert not suspects(P, LABELS, known=known)[CLEANLAB_ISSUES[:5]].any()
    unanswered = P.copy()
    unanswered[CLEANLAB_ISSUES[:5]] = np.nan
    np.testing.assert_array_equal(suspects(unanswered, LABELS), suspects(P, LABELS, known=known))


@pytest.mark.parametrize("label", [True, False])
def test_one_label_only_leaves_nothing_to_suspect(label: bool) -> None:
    assert suspects(P, np.full_like(LABELS, label)).sum() <= 59
    joint = confident_joint(P, np.full_like(LABELS, label))
    assert np.sum(joint) == pytest.approx(60)


def separable(missed: float, false: float) -> tuple[np.ndarray, np.ndarray]:
    """What a perfect method says of noisy labels where the truth is plain, and the labels."""
    rng = np.random.default_rng(1)
    truth = rng.random(20_000) < 0.2
    labels = np.where(truth, rng.random(20_000) >= missed, rng.random(20_000) < false)
    return np.where(truth, 1 - missed, false)[:, None], labels[:, None]


@pytest.mark.parametrize(("missed", "false"), [(0.3, 0.02), (0.1, 0.1), (0.0, 0.2)])
def test_the_rates_are_found_where_the_truth_is_plain(missed: float, false: float) -> None:
    p, labels = separable(missed, false)
    for rates in (rates_of(confident_joint(p, labels)), anchored_rates(p)):
        assert rates.missed[0] == pytest.approx(missed, abs=0.02)
        assert rates.false[0] == pytest.approx(false, abs=0.02)


def test_anchors_take_the_uncertainty_of_the_sun_for_that_of_the_labels() -> None:
    p = np.random.default_rng(0).uniform(0.05, 0.6, (5000, 1))  # calibrated, and every label right
    rates = anchored_rates(p)
    assert rates.missed[0] > 0.35
