"""Remedies for rare flares: scores of every ordered pair, the trap, and a run that goes on."""

import json

import jax
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, precision_score, recall_score, roc_auc_score

from experiments.flare_rows import Tabular
from experiments.imbalance_fits import NOTHING, SAMPLERS, Remedy, lesson, remedies
from experiments.imbalance_methods import METHODS, Lesson, perceptrons
from experiments.imbalance_page import TRAP
from experiments.imbalance_scores import (
    ALL,
    FOR_HSS2,
    FOR_TSS,
    HALF,
    Forecast,
    Pool,
    scored_pairs,
    third,
)
from jsolar.data import sampling
from jsolar.forecast.examples import Examples
from jsolar.forecast.kept import FOLDER
from jsolar.models.mlp import MLPConfig
from jsolar.train.config import TrainConfig
from jsolar.types import Events, Rows
from jsolar.verify.intervals import Rules
from tests.command import run

KEY = jax.random.key(3)


@pytest.fixture(scope="module")
def pool():
    """Three partitions of 40 regions with 25 windows each; one window in 25 flares."""
    rng = np.random.default_rng(0)
    n = 3000
    subclass = rng.choice(5, n, p=[0.01, 0.03, 0.2, 0.06, 0.7])
    happened = (subclass < 2)[:, None]
    time = np.datetime64("2012-01-01", "s") + 3600 * np.arange(n)
    rows = Rows(np.arange(n).astype(str), np.arange(n) // 25, time)
    examples = Examples(rows, {}, Events(happened, np.ones_like(happened)))
    return Pool(examples, subclass, np.repeat([1, 2, 5], n // 3))


@pytest.fixture(scope="module")
def said(pool):
    """Two methods with some skill; the second has no answer from those taught by partition 2."""
    noise = np.random.default_rng(1).normal(size=(2, 3, len(pool.subclass)))
    p = 1 / (1 + np.exp(2 - 2.5 * pool.happened - noise))
    p[1, 1] = np.nan
    return {("SVM", TRAP): p[0], ("MLP", NOTHING): p[1]}


@pytest.fixture(scope="module")
def scores(pool, said):
    return scored_pairs(KEY, pool, said, trap=TRAP, samplers=SAMPLERS, rules=Rules(resamples=300))


def test_every_ordered_pair_has_scikit_learns_scores(pool, said, scores) -> None:
    assert scores.pairs == [(2, 1), (5, 1), (1, 2), (5, 2), (1, 5), (2, 5)]
    assert scores.flaring == len(np.unique(pool.examples.rows.group[pool.happened]))
    for p, (i, j) in enumerate(scores.pairs):
        mine = pool.partition == j
        y, yes = pool.happened[mine], said["SVM", TRAP][[1, 2, 5].index(i), mine] >= 0.5
        expected = {
            "TSS": recall_score(y, yes) + recall_score(~y, ~yes) - 1,
            "HSS2": cohen_kappa_score(y, yes),
            "precision": precision_score(y, yes),
        }
        for name, value in expected.items():
            found = scores.by_pair(name, Forecast("SVM", TRAP, HALF))[0, p]
            assert found == pytest.approx(value, abs=1e-6)


def test_thresholds_come_from_a_third_partition_and_serve_their_score(pool, said, scores) -> None:
    """The data are alike everywhere, so each chosen threshold is the better one for its score."""
    half, for_tss, for_hss2 = (
        {s: scores.mean(s, Forecast("SVM", TRAP, t)).value for s in ("TSS", "HSS2")}
        for t in (HALF, FOR_TSS, FOR_HSS2)
    )
    assert for_tss["TSS"] > max(half["TSS"], for_hss2["TSS"])
    assert for_hss2["HSS2"] > for_tss["HSS2"]
    assert [third(i, j, [1, 2, 5]) for i, j in ((1, 2), (1, 5), (2, 1), (5, 1))] == [5, 2, 5, 2]
    shuffled = {pair: np.array(p) for pair, p in said.items()}
    rng = np.random.default_rng(2)
    shuffled["SVM", TRAP][0, pool.partition == 5] = rng.permutation(
        shuffled["SVM", TRAP][0, pool.partition == 5]
    )
    again = scored_pairs(
        KEY, pool, shuffled, trap=TRAP, samplers=SAMPLERS, rules=Rules(resamples=1)
    )
    changed = [
        pair
        for p, pair in enumerate(scores.pairs)
        for f in (Forecast("SVM", TRAP, FOR_TSS),)
        if again.by_pair("TSS", f)[0, p] != scores.by_pair("TSS", f)[0, p]
    ]
    assert changed == [(1, 2), (1, 5)], "of those taught by 1: chosen on 5, and tested on 5"


def test_no_answer_is_left_out_of_the_mean_and_differences_are_of_the_same_pairs(scores) -> None:
    lacking, whole = Forecast("MLP", NOTHING, HALF), Forecast("SVM", TRAP, HALF)
    each = scores.by_pair("TSS", lacking)[0]
    there = np.array([i != 2 for i, _ in scores.pairs])
    np.testing.assert_array_equal(~np.isnan(each), there)
    assert scores.mean("TSS", lacking).value == pytest.approx(each[there].mean())
    difference = scores.difference("TSS", lacking, whole)
    expected = (each - scores.by_pair("TSS", whole)[0])[there].mean()
    assert difference.value == pytest.approx(expected)
    assert difference.low < expected < difference.high


def test_sampled_test_windows_flatter_and_the_mix_decides_about_tss(scores) -> None:
    whole = Forecast("SVM", TRAP, HALF)
    for name in SAMPLERS:
        changed = whole._replace(tested=name)
        assert scores.difference("precision", changed, whole).low > 0
        if name != "undersampled to X":  # which leaves some ten flares a partition: luck
            assert scores.difference("HSS2", changed, whole).value > 0.02
    kept_mix = whole._replace(tested="oversampled, keeping the mix")
    assert abs(scores.difference("TSS", kept_mix, whole).value) < 0.02
    assert not any(f.tested != ALL for f in scores.forecasts if f.remedy != TRAP)


def test_remedies_are_for_those_who_teach(pool) -> None:
    part = pool.partition == 2
    for name, remedy in remedies(6).items():
        rows = lesson(KEY, remedy, pool, 2).rows
        assert part[rows].all()
        flaring, others = pool.happened[rows].sum(), (~pool.happened[rows]).sum()
        if name in SAMPLERS:
            assert abs(flaring - others) <= 1
        elif remedy.sampler is None:
            assert (flaring, others) == (pool.happened[part].sum(), (~pool.happened[part]).sum())
    no_x = pool._replace(subclass=np.maximum(pool.subclass, 1))
    assert lesson(KEY, Remedy(sampling.undersample_to_x), no_x, 2).rows.size == 0
    quiet = pool._replace(subclass=np.maximum(pool.subclass, 2))
    assert lesson(KEY, Remedy(), quiet, 2).rows.size == 0


def test_networks_learn_each_from_its_own_lesson(pool) -> None:
    """Calibrated without a remedy, too sure of flares with weights, silent where none is given."""
    rng = np.random.default_rng(4)
    numbers = (rng.normal(size=(len(pool.subclass), 3)) + 1.5 * pool.happened[:, None]).astype("f")
    pool = pool._replace(examples=pool.examples._replace(inputs={"summary": numbers}))
    training = TrainConfig(batch_size=64, learning_rate=1e-2)
    teach = perceptrons(Tabular(MLPConfig(hidden=(8,), dropout=0.0), training), steps=300)
    rows, one, other = np.flatnonzero(pool.partition == 1), *jax.random.split(KEY)
    lessons = [
        Lesson(one, rows, weighted=False), Lesson(one, rows[:0], weighted=False),
        Lesson(other, rows, weighted=True), Lesson(one, rows[:500], weighted=False),
    ]  # fmt: skip
    plain, silent, weighted, part = teach(pool, 1, lessons)
    assert np.isnan(silent).all()
    tested = pool.partition == 5
    rate = pool.happened[tested].mean()
    assert plain[tested].mean() == pytest.approx(rate, abs=0.02)
    assert weighted[tested].mean() > 3 * rate
    for said in (plain, weighted):
        assert roc_auc_score(pool.happened[tested], said[tested]) > 0.9
    (alone,) = teach(pool, 1, lessons[3:])
    np.testing.assert_allclose(alone, part, atol=1e-3)
    assert np.abs(part - plain).max() > 0.01


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A small run: its data, its folder, and what it printed."""
    data = tmp_path_factory.mktemp("data")
    words = ["smoke", "--data-dir", data / "tfds", "--workdir", data / "run"]
    status, out, err = run("experiments.class_imbalance", *words, data=data)
    assert status == 0, err
    return data, words, out


def test_all_methods_remedies_and_pairs_are_told(finished) -> None:
    data, _, out = finished
    summary = json.loads((data / "run" / "summary.json").read_text())
    assert len(summary["pairs"]) == 20
    assert set(summary["differences"]) == set(METHODS)
    for told in summary["differences"].values():
        assert set(told) == set(remedies(6)) - {NOTHING}
    (told,) = summary["scores"]
    assert len(told) == len(METHODS) * (3 * len(remedies(6)) + len(SAMPLERS))
    report = (data / "run" / "report.md").read_text()
    for words in ("simulated data, no observation", "The trap", "What it does not"):
        assert words in report
    assert "**random forest**, mean over 20 pairs" in out
    assert (data / "run" / "remedies.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_goes_on_with_the_fit_at_which_it_was(finished) -> None:
    data, words, out = finished
    folder = data / "run"
    fits = {p: p.stat().st_mtime_ns for p in folder.glob(f"**/{FOLDER}/*.npz")}
    assert len(fits) == len(METHODS) * len(remedies(6)) * 5
    missing = folder / "seed_0" / "nothing" / "partition3" / FOLDER / "random_forest.npz"
    for path in (missing, folder / "summary.json"):
        path.unlink()
    status, again, err = run("experiments.class_imbalance", *words, data=data)
    assert status == 0, err
    assert {p for p, time in fits.items() if p.stat().st_mtime_ns != time} == {missing}
    assert again == out[out.index("\n**This") :]


def test_another_event_is_refused(finished) -> None:
    data, words, _ = finished
    other = [*words[:-1], words[-1].with_name("other"), "--classes", "C1.0"]
    status, _, err = run("experiments.class_imbalance", *other, data=data)
    assert status == 2
    assert "leave --classes M1.0" in err
