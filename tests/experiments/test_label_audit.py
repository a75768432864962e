"""The audit of labels; end to end it runs in `test_label_noise`, on the same few regions."""

import jax
import numpy as np
import pytest

from experiments.label_audit import Config, _by_list
from experiments.noise.auditing import audit
from experiments.noise.two_lists import BY_LIST, two_lists
from jsolar.data import noise
from jsolar.forecast.examples import Examples
from jsolar.forecast.methods.classical import random_forest
from jsolar.sun.files.flare_lists import write_flare_list
from jsolar.sun.flares.catalogue import FlareSource, flare_list
from jsolar.types import Events, Rows

KEY = jax.random.key(0)
N, LIFE = 3600, 12


def alike() -> Examples:
    """Regions whose rows are all but the same, and whose flares follow from what they are."""
    rng = np.random.default_rng(0)
    region = np.repeat(np.arange(N // LIFE), LIFE)
    look = rng.normal(size=(N // LIFE, 3))[region] + 0.02 * rng.normal(size=(N, 3))
    happened = (look[:, 0] + 0.2 * rng.normal(size=N) > 0.8)[:, None]
    time = np.datetime64("2012-01-01", "s") + 3600 * np.arange(N)
    rows = Rows(np.arange(N).astype(str), region, time)
    return Examples(rows, {"keywords": look}, Events(happened, np.ones((N, 1), bool)))


@pytest.fixture(scope="module")
def found():
    truth = alike()
    happened = truth.events.happened
    plant = noise.symmetric(0.08, whole_regions=True)
    told = plant(KEY, happened, truth.rows.group, truth.rows.time).labels
    noisy = truth._replace(events=Events(told, truth.events.known))
    judge = random_forest(lambda inputs: inputs["keywords"], trees=30, leaf=1)
    return audit(KEY, judge, noisy, truth, wrong=told != happened, folds=5), told != happened


def test_wrong_regions_are_found_by_those_who_have_not_seen_them(found) -> None:
    audit, wrong = found
    assert audit.grouped.recall > 0.6
    assert audit.grouped.precision > 4 * wrong.mean()
    assert audit.grouped.curve[round(0.15 * N)] > 0.7


def test_who_has_seen_the_region_defends_its_labels(found) -> None:
    audit, _ = found
    assert audit.plain.recall < 0.5
    assert (audit.grouped.curve >= audit.plain.curve - 0.05).mean() > 0.9
    assert audit.grouped.curve[round(0.1 * N)] > audit.plain.curve[round(0.1 * N)] + 0.2


def test_the_numbers_are_counts_of_the_suspects(found) -> None:
    audit, wrong = found
    hits = (audit.suspect & wrong[:, 0]).sum()
    assert audit.grouped.precision == pytest.approx(hits / audit.suspect.sum())
    assert audit.grouped.recall == pytest.approx(hits / wrong.sum())
    assert audit.grouped.curve[-1] == 1
    assert (np.diff(audit.doubt[audit.order]) <= 0).all()


def test_a_flare_counts_on_the_day_on_which_it_begins(tmp_path) -> None:
    days = np.datetime64("2012-01-01T00:30", "s") + np.arange(4) * np.timedelta64(86400, "s")
    rows = Rows(np.arange(4).astype(str), np.full(4, 11400), days)
    examples = Examples(rows, {}, Events(np.zeros((4, 1), bool), np.ones((4, 1), bool)))
    begins, ends = (
        np.datetime64("2012-01-01T00:00:00", "s"),
        np.datetime64("2012-01-04T00:00:00", "s"),
    )
    flares = flare_list(
        FlareSource("toy", "1", 1e-6, "operational", begins, ends),
        start=["2012-01-02T23:59:00", "2012-01-01T00:00:00", "2012-01-03T10:00:00"],
        peak=["2012-01-03T00:10:00", "2012-01-01T00:05:00", "2012-01-03T10:10:00"],
        flux_w_m2=[2e-6, 3e-6, 5e-7],
        region=[11400, 11400, 11400],
    )
    write_flare_list(tmp_path / "list.csv", flares)
    labels, covered = _by_list(examples, Config(labels=(tmp_path / "list.csv",)))
    assert labels.ravel().tolist() == [True, True, False, False]
    assert covered.ravel().tolist() == [True, True, True, False]


def days_of(n: int) -> Examples:
    """Region days of 2011–2014, ten to a region, whose flares follow from one number."""
    rng = np.random.default_rng(1)
    step = np.timedelta64(4 * 365 * 86400 // n, "s")
    time = np.datetime64("2011-01-01T00:30", "s") + np.arange(n) * step
    x = rng.normal(size=(n, 2))
    happened = (x[:, 0] + 0.5 * rng.normal(size=n) > 0.8)[:, None]
    rows = Rows(np.arange(n).astype(str), np.arange(n) // 10, time)
    return Examples(rows, {"features": x}, Events(happened, np.ones((n, 1), bool)))


def test_taught_by_another_list_and_tested_by_the_table() -> None:
    """A list that is upside down teaches the opposite, one that is the same the same."""
    days = days_of(3000)
    truth, covered = days.events.happened, np.ones((3000, 1), bool)
    covered[:100] = False
    how = {"event": "≥C1.0", "trees": 10}
    found = two_lists(KEY, days, ~truth, covered, lambda inputs: inputs["features"], **how)
    same = two_lists(KEY, days, truth, covered, lambda inputs: inputs["features"], **how)
    assert len(found.data.train.rows.id) < 700
    name = f"logistic regression{BY_LIST}"
    assert found.cards["logistic regression"]["≥C1.0"]["scores"]["tss"]["value"] > 0.5
    assert found.cards[name]["≥C1.0"]["scores"]["tss"]["value"] < 0.1
    pair = f"{name} − logistic regression"
    assert found.differences[pair]["≥C1.0"]["high"] < -0.4
    assert same.differences[pair]["≥C1.0"]["value"] == 0
