"""From what is found to probabilities, and to what is judged."""

import numpy as np

from jsolar.detect.findings import (
    Finding,
    all_regions,
    best_score,
    calibrate,
    finding,
    judged,
    kept,
    near_meridian,
    oracle,
)
from jsolar.detect.rule import find_by_rule
from jsolar.sun.fields.active_regions import RegionRule
from jsolar.sun.sphere import Frame
from jsolar.verify.boxes.regions import region_rows
from jsolar.verify.events.calibration import apply_platt
from tests.detect.toy import SIZE, toy


def test_who_finds_everything_is_asked_for_every_judged_region() -> None:
    data = toy(rotations=3)
    rows = region_rows(judged(data.test, oracle(data.test), data.frame))
    asked = [one.judged for one in data.test.regions]
    assert len(rows.happened) == sum(map(np.sum, asked))
    assert rows.found.all()
    assert not rows.false.any()
    happened = [one.happened[j] for one, j in zip(data.test.regions, asked, strict=True)]
    np.testing.assert_array_equal(rows.happened, np.concatenate(happened))


def test_calibration_gives_the_rates_of_what_is_the_case() -> None:
    """Evidence in any unit becomes the share of events at that evidence."""
    data = toy(rotations=150)
    found = [
        one._replace(evidence=100 + one.found(SIZE).masks.sum((1, 2)).astype(float))
        for one in all_regions(data.validation)
    ]
    platt = calibrate(data.validation, found, data.frame)
    rows = region_rows(judged(data.validation, found, data.frame, platt=platt))
    assert abs(rows.probability.mean() - rows.happened.mean()) < 0.01
    low, high = apply_platt(platt, 100 + np.array([30.0, 200.0]))
    assert float(low) < 0.3 < 0.7 < float(high)


def test_regions_that_are_not_found_or_not_there_do_not_calibrate() -> None:
    data = toy(rotations=20)
    truth = oracle(data.validation)
    want = calibrate(data.validation, truth, data.frame)
    corner = np.zeros((1, SIZE, SIZE), bool)
    corner[:, 30:34, 30:34] = True  # in the middle of the disk, where no region is
    box = np.array([[30.0, 30.0, 34.0, 34.0]])
    more = [
        Finding(
            np.concatenate([one.boxes, box]),
            np.concatenate([one.packed, np.packbits(corner, axis=-1)]),
            np.concatenate([one.scores, [0.9]]),
            np.concatenate([one.evidence, [9.0]]),
        )
        for one in truth
    ]
    got = calibrate(data.validation, more, data.frame)
    np.testing.assert_allclose(got.slope, want.slope, rtol=1e-3)
    np.testing.assert_allclose(got.intercept, want.intercept, atol=1e-3)


def test_near_is_within_70_degrees_of_the_meridian() -> None:
    middle = SIZE / 2
    west = [middle + 0.47 * SIZE * np.sin(np.deg2rad(turn)) for turn in (0, 65, 76)]
    boxes = np.array([[x - 1, middle - 1, x + 1, middle + 1] for x in [*west, SIZE - 0.5]])
    near = near_meridian(boxes, Frame(SIZE), 0.0)
    assert near.tolist() == [True, True, False, False]


def test_the_rule_finds_strong_fields_and_measures_their_flux() -> None:
    data = toy(rotations=2)
    rule = RegionRule()
    found = find_by_rule(data.test.inputs, data.frame, rule=rule)
    assert len(found) == len(data.test.rows.id)
    rows = region_rows(judged(data.test, found, data.frame))
    assert rows.found[~rows.false].mean() > 0.5
    evidence = np.concatenate([one.evidence for one in found])
    area = np.concatenate([one.found(SIZE).masks.sum((1, 2)) for one in found])
    assert np.corrcoef(evidence, np.log10(area))[0, 1] > 0.9
    assert 20 < np.median(evidence) < 24  # log10 Mx


def test_what_is_reported_is_what_finds_most_for_the_least() -> None:
    """Right ones have scores above 0.5, wrong ones below; of the unsure some are right."""
    data = toy(rotations=6)
    rng = np.random.default_rng(0)
    findings, right, wrong = [], [], []
    for one in all_regions(data.validation):
        scores = rng.uniform(0.5, 1.0, len(one.scores))
        false = np.zeros((2, SIZE, SIZE), bool)
        false[:, 30:34, 30:34] = True
        junk = finding(np.zeros((2, 4)), false, rng.uniform(0.0, 0.6, 2), np.zeros(2))
        true = one._replace(scores=scores)
        right.append(scores)
        wrong.append(junk.scores)
        findings.append(Finding(*(np.concatenate(pair) for pair in zip(true, junk, strict=True))))
    score = best_score(data.validation, findings, data.frame)
    right, wrong = np.concatenate(right), np.concatenate(wrong)

    def f1(cut: float) -> float:
        return 2 * (right >= cut).sum() / ((right >= cut).sum() + (wrong >= cut).sum() + len(right))

    best = max(map(f1, np.concatenate([right, wrong])))
    assert np.isclose(f1(score), best)
    reported = kept(findings, score)
    assert min(one.scores.min(initial=1.0) for one in reported) >= score


def test_a_region_is_found_once() -> None:
    """A second detection of it is a false one, and an unsure one is then not reported."""
    data = toy(rotations=2)
    twice = [
        Finding(*(np.concatenate([column, column]) for column in one))._replace(
            scores=np.repeat([0.9, 0.4], len(one.scores))
        )
        for one in all_regions(data.validation)
    ]
    assert best_score(data.validation, twice, data.frame) == 0.9
    nothing = [Finding(*(column[:0] for column in one)) for one in twice]
    assert best_score(data.validation, nothing, data.frame) == 0.0
