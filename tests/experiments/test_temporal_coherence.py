"""A leaky split inflates the scores of those who remember; the auditor says which one it is."""

import json

import jax
import numpy as np
import pytest

from experiments.temporal_coherence import REGIONS, TIME, WINDOWS, a_day_apart, ways
from jsolar.types import Events, Rows
from tests.command import run
from tests.forecast.toy import TRAIN

POOLS = ("all windows", "a day apart")
METHODS = {
    "CNN", "MLP", "random forest", "k nearest neighbours", "SVM", "logistic regression"
}  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A small run: its data, its folder, and what it printed."""
    data = tmp_path_factory.mktemp("data")
    folder = data / "run"
    status, out, err = run(
        "experiments.temporal_coherence", "smoke", "--workdir", folder, data=data
    )
    assert status == 0, err
    return data, folder, out


def test_who_remembers_gains_and_the_auditor_knows_why(finished) -> None:
    _, folder, out = finished
    summary = json.loads((folder / "summary.json").read_text())
    scores = summary["scores"]["≥C1.0"]
    assert set(scores) == set(POOLS)
    for pool in POOLS:
        assert set(scores[pool]) == METHODS
        values = [s["inflation"]["value"] for s in scores[pool].values()]
        assert values == sorted(values, reverse=True)
        for told in scores[pool].values():
            ways_of = {way: told["ways"][way]["value"] for way in (WINDOWS, REGIONS, TIME)}
            gap = ways_of[WINDOWS] - ways_of[REGIONS]
            assert told["inflation"]["value"] == pytest.approx(gap, abs=1e-9)
    assert scores["all windows"]["k nearest neighbours"]["inflation"]["low"] > 0
    audit = summary["audit"]
    assert audit[WINDOWS]
    assert audit[WINDOWS][0]["kind"] == "regions in two splits"
    assert audit[REGIONS] == audit[TIME] == []
    assert "regions apart: no leak found" in out
    report = (folder / "report.md").read_text()
    assert "simulated data, no observation" in report
    assert "What it does" in report
    assert (folder / "inflation_C1_0.png").read_bytes().startswith(b"\x89PNG")


def test_ways_keep_together_what_they_say() -> None:
    fold = ways(jax.random.key(0), TRAIN, 5)
    group = TRAIN.rows.group
    for way in (REGIONS, TIME):
        assert all(len(set(fold[way][group == g])) == 1 for g in np.unique(group))
    assert any(len(set(fold[WINDOWS][group == g])) > 1 for g in np.unique(group))
    starts = [TRAIN.rows.time[fold[TIME] == i].min() for i in range(5)]
    assert starts == sorted(starts)
    assert all(set(f) == set(range(5)) for f in fold.values())


def test_windows_a_day_apart() -> None:
    hours = np.array([0, 23, 24, 47, 49, 0, 10])
    group = np.array([1, 1, 1, 1, 1, 2, 2])
    rows = Rows(np.arange(7).astype(str), group, np.datetime64("2012-01-01", "s") + 3600 * hours)
    events = Events(np.zeros((7, 1), bool), np.ones((7, 1), bool))
    pool = TRAIN._replace(rows=rows, events=events, inputs={"keywords": np.zeros((7, 3))})
    order = np.random.default_rng(0).permutation(7)
    shuffled = jax.tree.map(lambda x: x[order], pool)
    assert sorted(a_day_apart(shuffled).rows.id.tolist()) == ["0", "2", "4", "5"]
