"""Scores of forecasts of regions, by hand and by their definitions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.detect.compare import Method, compare, counts, slices_of, summary
from jsolar.detect.findings import all_regions, finding, judged, oracle
from jsolar.detect.finds import ALL, WIDE, class_precision, finds
from jsolar.detect.forecasts import forecast, resampled_scores, rows_in, tss_of
from jsolar.verify.boxes.regions import dispersion, region_rows
from jsolar.verify.events.calibration import Platt
from jsolar.verify.intervals import Rules
from tests.detect.toy import SIZE, toy

SAME = Platt(jnp.asarray(1.0), jnp.asarray(0.0))
"""Evidence is log-odds as it is."""


@pytest.fixture(scope="module")
def data():
    return toy(rotations=14)


@pytest.fixture(scope="module")
def methods(data):
    """Who knows all, who misses two thirds, and who also sees what is not there."""
    rng = np.random.default_rng(0)

    def missing(findings):
        kept = [rng.random(len(one.scores)) < 1 / 3 for one in findings]
        return [
            type(one)(*(column[k] for column in one)) for one, k in zip(findings, kept, strict=True)
        ]

    def inventing(findings):
        mask = np.zeros((1, SIZE, SIZE), bool)
        mask[:, 29:35, 29:35] = True
        more = finding(np.array([[29.0, 29.0, 35.0, 35.0]]), mask, np.array([0.3]), np.array([3.0]))
        return [
            type(one)(*(np.concatenate(pair) for pair in zip(one, more, strict=True)))
            for one in findings
        ]

    known = Method(oracle(data.validation), oracle(data.test))
    return {
        "known": known,
        "missing": Method(*map(missing, known[:2])),
        "inventing": Method(*map(inventing, map(missing, known[:2]))),
    }


def test_every_score_is_what_its_definition_says(data, methods) -> None:
    forecasts = {name: forecast(data, *one.reported) for name, one in methods.items()}
    scores = resampled_scores(jax.random.key(0), forecasts, resamples=3)
    assert list(scores) == list(methods)
    for name, of in forecasts.items():
        rows, got = of.rows, {k: float(v[0]) for k, v in scores[name].items()}
        real = ~rows.false
        o, p = rows.happened[real], rows.probability[real]
        yes, alarms = p >= of.threshold, int((rows.probability[rows.false] >= of.threshold).sum())
        quiet = (~o).sum() + alarms
        truth = of.true_probability[real]
        found, disks = rows.found[real], of.disks
        forecast_to = yes.sum() + alarms
        want = {
            "tss": yes[o].mean() - (yes[~o].sum() + alarms) / quiet,
            "tss_expected": (truth * yes).sum() / truth.sum()
            - (((1 - truth) * yes).sum() + alarms) / ((1 - truth).sum() + alarms),
            "tss_found": yes[o & found].mean() - yes[~o & found].mean(),
            "pod": yes[o].mean(),
            "far": ((yes & ~o).sum() + alarms) / forecast_to,
            "found": found.mean(),
            "found_flaring": found[o].mean(),
            "bss": 1 - ((p - o) ** 2).sum() / ((of.region_rate - o) ** 2).sum(),
            "false_per_disk": rows.false.sum() / len(disks.happened),
            "alarms_per_disk": alarms / len(disks.happened),
            "disk_bss": 1
            - ((disks.probability - disks.happened) ** 2).sum()
            / ((of.disk_rate - disks.happened) ** 2).sum(),
            "dispersion": dispersion(disks),
        }
        assert set(got) == set(want)
        for score, value in want.items():
            assert got[score] == pytest.approx(value, abs=2e-6), (name, score)
        assert tss_of(of) == pytest.approx(want["tss"], abs=1e-6)


def test_threshold_and_rates_are_those_of_validation(data, methods) -> None:
    of = forecast(data, *methods["known"].reported)
    happened = np.concatenate([one.happened[one.judged] for one in data.validation.regions])
    assert of.region_rate == pytest.approx(happened.mean())
    p = of.rows.probability  # of calibrated forecasts the event rate is the best threshold
    np.testing.assert_array_equal(p >= of.threshold, p >= of.region_rate)
    other = data._replace(test=data.train)
    assert (
        forecast(other, methods["known"].validation, oracle(data.train)).threshold == of.threshold
    )


def test_regions_that_do_not_exist_lower_the_tss(data, methods) -> None:
    forecasts = {name: forecast(data, *one.reported) for name, one in methods.items()}
    assert tss_of(forecasts["known"]) > tss_of(forecasts["missing"])
    of = forecasts["inventing"]
    assert tss_of(of._replace(rows=rows_in(of.rows, ~of.rows.false))) > tss_of(of)
    told = counts(of)
    asked = sum(int(one.judged.sum()) for one in data.test.regions)
    assert sum(told.values()) - told["f"] == asked
    assert counts(forecasts["known"])["f"] == 0 < told["f"]


def test_slices_hold_each_region_once(data, methods) -> None:
    of = forecast(data, *methods["inventing"].reported)
    parts = slices_of(of, data)
    real = int((~of.rows.false).sum())
    for unit in ("°", "px"):
        assert sum(len(x.rows.happened) for n, x in parts.items() if n.endswith(unit)) == real
    largest = parts["12–24 px"].rows
    widths = [
        data.test.regions[picture].boxes[number, 2] - data.test.regions[picture].boxes[number, 0]
        for picture, number in zip(largest.picture, largest.object, strict=True)
    ]
    assert min(widths) >= 12


def test_a_comparison_tells_all_of_it(data, methods) -> None:
    comparison = compare(
        jax.random.key(0),
        data,
        methods,
        finders=("known", "inventing"),
        pairs=[("known", "missing"), ("missing", "inventing")],
        sliced=("known",),
        rules=Rules(resamples=20),
    )
    found = comparison.differences["known − missing"]["tss"]
    assert found.low > 0
    assert found.p < 0.01
    assert comparison.finds["known"].ap50(WIDE).value == pytest.approx(1.0)
    assert comparison.finds["inventing"].ap50(ALL).value < 0.9
    told = summary(comparison)
    assert told["methods"]["known"]["counts"] == counts(comparison.forecasts["known"])
    assert told["finds"]["known"]["boxes"][WIDE]["ap50"]["value"] == pytest.approx(1.0)
    assert set(told["classes"]) == {"known", "inventing"}
    assert set(told["slices"]["known"]) == set(slices_of(comparison.forecasts["known"], data))


def test_perfect_findings_have_perfect_scores(data) -> None:
    got = finds(
        jax.random.key(0),
        data.test,
        all_regions(data.test),
        data.frame,
        rules=Rules(resamples=20),
    )
    assert float(got.panoptic["quality"].value) == pytest.approx(1.0)
    assert got.merged == got.split == 0
    assert got.there == got.found
    rows = region_rows(judged(data.test, all_regions(data.test), data.frame))
    assert rows.iou.min() == pytest.approx(1.0)


def test_a_class_is_found_by_who_knows_it(data) -> None:
    """All regions are found; which flare is told, guessed, or not known."""
    few, key = Rules(resamples=20), jax.random.key(0)
    there = all_regions(data.test)

    def told(evidence):
        each = [
            one._replace(evidence=evidence(regions))
            for one, regions in zip(there, data.test.regions, strict=True)
        ]
        found = class_precision(key, data.test, each, SAME, data.frame, rules=few)
        return {name: float(one.value) for name, one in found.items()}

    knows = told(lambda regions: np.where(regions.happened, 9.0, -9.0))
    assert knows == pytest.approx({"flares": 1.0, "does not": 1.0})
    wrong = told(lambda regions: np.where(regions.happened, -9.0, 9.0))
    blind = told(lambda regions: np.zeros(len(regions.happened)))
    rate = np.concatenate([one.happened for one in data.test.regions]).mean()
    assert wrong["flares"] < blind["flares"] < 1
    assert blind["flares"] == pytest.approx(rate, abs=0.12)


def test_regions_of_unknown_outcome_are_of_no_class(data) -> None:
    """Whatever is said of them, they change nothing."""
    regions = data.test.regions.copy()
    for i, one in enumerate(regions):
        regions[i] = one._replace(known=np.arange(len(one.known)) > 0)
    test, few = data.test._replace(regions=regions), Rules(resamples=20)
    found = [
        one._replace(evidence=np.where(region.known, np.where(region.happened, 9.0, -9.0), sign))
        for sign in (9.0, -9.0)
        for one, region in zip(all_regions(test), regions, strict=True)
    ]
    for half in np.split(np.arange(len(found)), 2):
        each = [found[i] for i in half]
        got = class_precision(jax.random.key(0), test, each, SAME, data.frame, rules=few)
        assert [float(one.value) for one in got.values()] == pytest.approx([1.0, 1.0])
