"""The table of all methods from the command line: on simulated pictures and on region days."""

import json
from functools import partial

import jax
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from experiments.flare_data import RegionDays
from experiments.flare_methods import PRESETS, make_methods
from experiments.flare_papers import DEFN, HUANG_ROW, JONAS, LI_ROW, LIU_ROW, WITH_HISTORY
from experiments.flare_rows import load
from jsolar.forecast.kept import FOLDER
from jsolar.forecast.methods.classical import (
    logistic_regression,
    nearest_neighbours,
    random_forest,
    support_vectors,
)
from jsolar.keys import named
from tests.command import run
from tests.experiments.test_flare_regions import BORDERS, write_days

LEARNED = {
    "CNN", "MLP", "random forest", "k nearest neighbours", "SVM (20 landmarks)",
    "logistic regression",
}  # fmt: skip
PAPERS = {DEFN, WITH_HISTORY, LI_ROW, HUANG_ROW, JONAS}
OTHERS = {"persistence", "climatology", "state oracle", "path oracle"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run on simulated regions: its data, its folder, and what it printed."""
    data = tmp_path_factory.mktemp("data")
    words = ["smoke", "--workdir", data / "run"]
    status, out, err = run("experiments.flare_methods", *words, data=data)
    assert status == 0, err
    return data, data / "run", out


def test_every_method_and_every_pair_are_in_the_table(finished) -> None:
    _, folder, out = finished
    summary = json.loads((folder / "summary.json").read_text())
    assert set(summary["models"]) == LEARNED | PAPERS | OTHERS
    for method in LEARNED | PAPERS | OTHERS:
        assert f"| {method} " in out
    for event in ("≥C1.0", "≥M1.0"):
        pairs = {frozenset((t["better"], t["worse"])) for t in summary["tests"][event]}
        assert len(pairs) == len(LEARNED | PAPERS) * (len(LEARNED | PAPERS) - 1) / 2
    assert set(summary["choices"]) == LEARNED - {"CNN", "MLP"} | {WITH_HISTORY, JONAS}
    assert "training: 146 windows of 41 regions" in out
    assert {len(s["≥C1.0"]) for s in summary["seeds"].values()} == {2}
    report = (folder / "report.md").read_text()
    assert "simulated data, no observation" in report
    for words in (
        "## Published scores, not to be compared", "Bobra & Couvidat", "Holm",
        "instead of 79 features", "Channels 2 (64)",
    ):  # fmt: skip
        assert words in report
    assert all(f"- **{name}**: " in report for name in PAPERS)
    assert "Bobra & Couvidat" in out


def test_a_run_goes_on_with_the_method_at_which_it_was(finished) -> None:
    data, folder, out = finished
    kept = {p: p.stat().st_mtime_ns for p in folder.glob(f"**/{FOLDER}/*.npz")}
    assert len(kept) == 2 * (len(LEARNED | PAPERS) + 2)
    before = pd.read_parquet(folder / "forecasts.parquet")
    missing = folder / "seed_1" / FOLDER / "random_forest.npz"
    for path in (missing, folder / "summary.json"):
        path.unlink()
    status, again, err = run("experiments.flare_methods", "smoke", "--workdir", folder, data=data)
    assert status == 0, err
    assert {p for p, time in kept.items() if p.stat().st_mtime_ns != time} == {missing}
    assert again == out[out.index("\n**") :], "what was built is not built again"
    after = pd.read_parquet(folder / "forecasts.parquet")
    pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_series_have_a_recurrent_network_and_all_tabular_methods(finished) -> None:
    """Partitions 1 to 3 teach, 4 chooses, 5 is met once; one that is not there is named."""
    data, _, _ = finished
    words = [
        "swan-sf", "--regions", 60, "--size", 16, "--degrees-per-pixel", 0.96, "--every", 8,
        "--seeds", 1, "--trees", 5, "--exact", 100, "--landmarks", 20, "--lstm.width", 4,
        "--lstm-training.epochs", 1, "--lstm-training.evaluations", 1,
        "--mlp-training.epochs", 1, "--mlp-training.evaluations", 1,
        "--liu.hidden", 8, "--liu-training.epochs", 1, "--liu-training.evaluations", 1,
        "--defn.width", 4, "--defn-training.epochs", 1, "--defn-training.evaluations", 1,
        "--sampling", "segmented",
    ]  # fmt: skip
    folder = data / "series"
    status, out, err = run("experiments.flare_methods", *words, "--workdir", folder, data=data)
    assert status == 0, err
    summary = json.loads((folder / "summary.json").read_text())
    assert set(summary["models"]) == (LEARNED - {"CNN"}) | {
        "LSTM", LIU_ROW, DEFN, WITH_HISTORY, "persistence", "climatology", "path oracle"
    }  # fmt: skip
    assert summary["data"]["name"].startswith("swan_sf/synthetic-regions60")
    report = (folder / "report.md").read_text()
    for told in ("simulated data, no observation", "Sampling is segmented", "no flare"):
        assert told in report
    assert "| LSTM " in out
    table = pd.read_parquet(folder / "forecasts.parquet")
    regions = table.groupby("split").region.unique()
    assert not set(regions["validation"]) & set(regions["test"])
    absent = [*words, "--test", 6, "--workdir", data / "absent"]
    status, _, err = run("experiments.flare_methods", *absent, data=data)
    assert status == 2
    assert "has no partition6, only partition1, partition2" in err


def test_forecasts_of_other_data_are_refused(finished) -> None:
    data, folder, _ = finished
    (folder / "summary.json").unlink(missing_ok=True)
    file = folder / FOLDER / "MLP.npz"
    whole = dict(np.load(file))
    np.savez(file, **(whole | {"data": np.asarray("others")}))
    status, _, err = run("experiments.flare_methods", "smoke", "--workdir", folder, data=data)
    assert status == 2
    assert "MLP.npz was forecast from other data" in err
    np.savez(file, **whole)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The real region days that come with the package."""
    folder = tmp_path_factory.mktemp("days")
    return load(RegionDays(data_dir=folder, classes=("M1.0",)), seed=0)


def test_region_days_have_the_tabular_methods(tmp_path) -> None:
    days = RegionDays(write_days(tmp_path / "days.csv"), data_dir=tmp_path, borders=BORDERS)
    offered = load(days, seed=0)
    assert set(make_methods(PRESETS["region-days"][1], offered, tmp_path)) == {
        "MLP", "random forest", "k nearest neighbours", "SVM", "logistic regression",
        "McIntosh–Poisson", "persistence", "climatology", DEFN, WITH_HISTORY,
    }  # fmt: skip


def _scaled(*steps):
    return make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), *steps)


@pytest.mark.parametrize(
    ("make", "plain"),
    [
        (partial(random_forest, trees=20), lambda seed: make_pipeline(
            SimpleImputer(strategy="median"),
            RandomForestClassifier(20, min_samples_leaf=10, random_state=seed))),
        (nearest_neighbours, lambda _: _scaled(KNeighborsClassifier(50))),
        (logistic_regression, lambda _: _scaled(
            FunctionTransformer(np.arcsinh), LogisticRegression(max_iter=1000))),
        (support_vectors, lambda _: _scaled(SVC())),
    ],
    ids=["random forest", "nearest neighbours", "logistic regression", "support vectors"],
)  # fmt: skip
def test_the_numbers_are_scikit_learns_to_the_last_digit(real, make, plain) -> None:
    data = real.data
    key = named(jax.random.key(0), "any")
    method = make(lambda inputs: inputs["features"])
    got = method.fit(key, data.train, data.validation)(data.test.inputs)[:, 0]
    seed = int(jax.random.randint(jax.random.fold_in(key, 0), (), 0, 2**31 - 1))
    x, y = data.train.inputs["features"], data.train.events.happened[:, 0]
    model = plain(seed).fit(x, y)
    seen = data.test.inputs["features"]
    if hasattr(model, "predict_proba"):
        np.testing.assert_array_equal(got, model.predict_proba(seen)[:, 1])
    else:
        order = np.argsort(model.decision_function(seen), kind="stable")
        np.testing.assert_array_equal(np.argsort(got, kind="stable"), order)
    assert len(np.unique(got)) > 10
