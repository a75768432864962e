"""Scores of a table: gold values, two independent libraries, and where they are undefined."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray
from jax.test_util import check_grads
from sklearn import metrics

from jsolar.verify.events import scores
from jsolar.verify.events.contingency import Table
from jsolar.verify.events.scores import SCORES

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # an oracle's own deprecations are not ours
    from scores.categorical import BasicContingencyManager

GOLD = {
    # worked by hand from the definitions
    (12, 14, 35, 670): {
        "tss": 0.41189, "hss1": -0.88462, "hss2": 0.29655, "ets": 0.17409, "csi": 0.19672,
        "far": 0.74468, "frequency_bias": 1.80769, "apss": -0.88462,
    },
    # a forecast of flares >= M with TSS 0.85 and 84 % false alarms
    (907, 83, 4707, 69668): {
        "tss": 0.85287, "hss1": -3.83838, "hss2": 0.25811, "ets": 0.14818, "csi": 0.15921,
        "far": 0.83844, "frequency_bias": 5.67071, "apss": -3.83838,
    },
    # Finley's tornado forecasts of 1884, as in Murphy (1996)
    (28, 23, 72, 2680): {
        "tss": 0.523, "hss2": 0.355, "ets": 0.216, "csi": 0.228, "pod": 0.549, "pofd": 0.026,
        "far": 0.720, "frequency_bias": 1.961, "accuracy": 0.966, "base_rate": 0.018,
    },
    # the same when he always says no
    (0, 51, 0, 2752): {"tss": 0, "hss2": 0, "hss1": 0, "apss": 0, "accuracy": 0.982},
}  # fmt: skip

TABLES = [Table(*counts) for counts in np.random.default_rng(0).integers(1, 500, (20, 4))]

PEER = {
    "tss": "peirce_skill_score", "hss2": "heidke_skill_score", "ets": "equitable_threat_score",
    "csi": "critical_success_index", "pod": "probability_of_detection",
    "pofd": "probability_of_false_detection", "far": "false_alarm_ratio",
    "frequency_bias": "frequency_bias", "accuracy": "accuracy", "precision": "precision",
    "f1": "f1_score", "base_rate": "base_rate",
}  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "name", "value"),
    [(counts, name, value) for counts, row in GOLD.items() for name, value in row.items()],
)
def test_gold(counts, name, value):
    digits = 3 if counts[-1] in (2680, 2752) else 5
    assert round(float(SCORES[name](Table(*counts))), digits) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("name", PEER)
def test_the_package_scores_agrees(name):
    for table in TABLES:
        counts = {
            f"{field}_count": xarray.DataArray(int(n)) for field, n in table._asdict().items()
        } | {"total_count": xarray.DataArray(sum(map(int, table)))}
        peer = getattr(BasicContingencyManager(counts), PEER[name])()
        assert float(SCORES[name](table)) == pytest.approx(float(peer), abs=2e-6, rel=2e-6)


def test_scikit_learn_agrees():
    for tp, fn, fp, tn in TABLES:
        observed = np.repeat([1, 1, 0, 0], [tp, fn, fp, tn])
        forecast = np.repeat([1, 0, 1, 0], [tp, fn, fp, tn])
        table = Table(tp, fn, fp, tn)
        for ours, theirs in (
            (scores.hss2(table), metrics.cohen_kappa_score(observed, forecast)),
            (scores.csi(table), metrics.jaccard_score(observed, forecast)),
            (scores.f1(table), metrics.f1_score(observed, forecast)),
            (scores.tss(table), metrics.balanced_accuracy_score(observed, forecast, adjusted=True)),
            (scores.precision(table), metrics.precision_score(observed, forecast)),
        ):
            assert float(ours) == pytest.approx(float(theirs), abs=2e-6)


def test_identities():
    for table in TABLES:
        tp, fn, fp, tn = (float(count) for count in table)
        value = {name: float(score(table)) for name, score in SCORES.items()}
        assert value["ets"] == pytest.approx(value["hss2"] / (2 - value["hss2"]), abs=1e-6)
        assert value["hss1"] == pytest.approx((tp + tn - (fp + tn)) / (tp + fn), rel=1e-5)
        assert value["far"] == pytest.approx(1 - value["precision"], abs=1e-6)
        assert value["f1"] == pytest.approx(2 * value["csi"] / (1 + value["csi"]), abs=1e-6)
        rarest = min(tp + fn, fp + tn)
        assert value["apss"] == pytest.approx(1 - (fp + fn) / rarest, rel=1e-5, abs=1e-6)


# Which of TP, FN, FP, TN are not 0, and what is undefined then.
UNDEFINED = {
    "": set(SCORES),
    "tp": {"tss", "hss2", "ets", "pofd", "apss"},
    "fn": {"tss", "pofd", "far", "precision", "apss"},
    "fp": {"tss", "hss1", "pod", "frequency_bias", "apss"},
    "tn": {"tss", "hss1", "hss2", "ets", "csi", "pod", "far", "precision", "f1", "frequency_bias",
           "apss"},
    "tp fn": {"tss", "pofd", "apss"},
    "tp fp": set(),
    "fp tn": {"tss", "hss1", "pod", "frequency_bias", "apss"},
    "fn tn": {"far", "precision"},
    "tp tn": set(),
    "fn fp": set(),
    "tp fn fp tn": set(),
}  # fmt: skip


@pytest.mark.parametrize("present", UNDEFINED)
@pytest.mark.parametrize("size", [1, 7, 100_003])
def test_nan_exactly_where_undefined(present, size):
    table = Table(*(size * (field in present.split()) for field in Table._fields))
    found = {name for name, score in SCORES.items() if np.isnan(score(table))}
    assert found == UNDEFINED[present]


def test_large_whole_counts_do_not_overflow():
    table = Table(*jnp.array([100_000, 100_000, 100_000, 700_000]))
    assert float(scores.hss2(table)) == pytest.approx(0.375, abs=1e-6)


def test_whole_arrays_of_tables():
    stacked = Table(*np.array(TABLES).T)
    for score in SCORES.values():
        one_by_one = [float(score(table)) for table in TABLES]
        np.testing.assert_allclose(score(stacked), one_by_one, rtol=1e-6)


def test_gradients():
    @jax.jit
    def values(counts):
        return [score(Table(*counts)) for score in SCORES.values()]

    counts = jnp.array([20.0, 12.0, 30.0, 60.0])
    check_grads(values, (counts,), 1, modes=["rev"], rtol=2e-2, eps=0.1)


def test_only_some_scores_ignore_the_base_rate():
    table = Table(30, 20, 40, 110)
    rarer = table._replace(fp=400, tn=1100)
    same = {n for n, f in SCORES.items() if float(f(table)) == pytest.approx(float(f(rarer)))}
    assert same == {"tss", "pod", "pofd"}
