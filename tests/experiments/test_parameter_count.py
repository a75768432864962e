"""Error against parameters: least squares, many widths at once, scores, and a whole small run."""

import json

import jax
import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import brier_score_loss, confusion_matrix

from experiments.parameter_fits import (
    CROSS_ENTROPY,
    CROSS_ENTROPY_STOPPED,
    FEATURES,
    REMEDIED,
    RIDGE,
    SQUARED,
    Line,
    least_squares,
    lessons,
    networks,
    random_features,
)
from experiments.parameter_scores import Sizes, contrasts, scored, sizes
from jsolar.forecast.examples import Data, Examples
from jsolar.train.config import TrainConfig
from jsolar.types import Events, Rows
from jsolar.verify.intervals import Rules
from tests.command import run

KEY = jax.random.key(3)
TRAINING = TrainConfig(epochs=30, batch_size=16, learning_rate=3e-2, weight_decay=0.0)


def split(seed: int, regions: int) -> Examples:
    """Four windows of each region; eight numbers, of which the first tells of flares."""
    rng = np.random.default_rng(seed)
    n = 4 * regions
    numbers = rng.normal(size=(n, 8)).astype(np.float32)
    happened = (numbers[:, :1] + 0.7 * rng.normal(size=(n, 1))) > 0.8
    group = np.repeat(np.arange(regions), 4) + 1000 * seed
    rows = Rows(np.arange(n).astype(str), group, np.full(n, np.datetime64("2012-01-01", "s")))
    return Examples(rows, {"numbers": numbers}, Events(happened, rng.random((n, 1)) < 0.9))


@pytest.fixture(scope="module")
def data():
    return Data(split(1, 60), split(2, 50), split(3, 70), ("≥C1.0",), {"synthetic": True})


@pytest.fixture(scope="module")
def taught(data):
    return lessons(KEY, data, "numbers", windows=30, choosing=120, seeds=8)


@pytest.fixture(scope="module")
def lines(taught):
    both = networks(KEY, taught, (1, 4, 16), TRAINING, squared=False)
    return random_features(KEY, taught, (4, 14, 29, 59, 400)) | both


@pytest.fixture(scope="module")
def found(lines, taught):
    return scored(KEY, lines, taught, rules=Rules(resamples=300))


def test_each_seed_is_taught_one_window_of_each_of_other_regions(data, taught) -> None:
    known = data.train.events.known[:, 0]
    assert len(taught.train.region) == known.sum()
    assert len(taught.validation.region) == 120
    for rows in taught.rows:
        assert len(np.unique(taught.train.region[rows])) == len(rows) == 30
    assert len({frozenset(rows.tolist()) for rows in taught.rows}) == 8
    with pytest.raises(ValueError, match=r"61 windows .* but 60 regions"):
        lessons(KEY, data, "numbers", windows=61, choosing=120, seeds=2)


@pytest.mark.parametrize("shape", [(20, 5), (20, 20), (20, 70)])
def test_least_squares_are_numpys_and_scikit_learns(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=shape), rng.normal(size=shape[0])
    centre, weights = least_squares(x, y - y.mean(), [0.0, 0.3])
    least = np.linalg.lstsq(x - centre, y - y.mean(), rcond=1e-12)[0]
    np.testing.assert_allclose(weights[:, 0], least, rtol=1e-6, atol=1e-8)
    ridge = Ridge(alpha=0.3, solver="svd").fit(x, y)
    np.testing.assert_allclose(weights[:, 1], ridge.coef_, rtol=1e-6, atol=1e-8)


def test_features_fit_every_label_from_as_many_parameters_as_windows(lines, taught) -> None:
    line = lines[FEATURES]
    assert line.parameters.tolist() == [5, 15, 30, 60, 401]
    assert (line.training[:2] > 1e-3).all()
    assert (line.training[3:] < 1e-9).all()
    assert line.test.shape == (5, 8, len(taught.test.happened))


def test_the_penalty_is_the_best_on_validation(lines, taught) -> None:
    held = [
        ((np.clip(lines[name].validation, 0, 1) - taught.validation.happened) ** 2).mean(-1)
        for name in (RIDGE, FEATURES)
    ]
    assert (held[0] <= held[1] + 1e-6).all()


def test_networks_together_are_each_by_itself(lines, taught) -> None:
    alone = networks(KEY, taught, (1, 4, 16), TRAINING, squared=False, at_once=1)
    for name in (CROSS_ENTROPY, CROSS_ENTROPY_STOPPED):
        np.testing.assert_allclose(lines[name].test, alone[name].test, rtol=1e-3, atol=1e-3)
    assert lines[CROSS_ENTROPY].parameters.tolist() == [11, 41, 161]


def test_squared_error_teaches_outputs_that_are_probabilities(taught) -> None:
    line = networks(KEY, taught, (1, 8), TRAINING, squared=True)[SQUARED]
    assert line.training[1].mean() < 0.1
    assert line.test.min() < 0 or line.test.max() > 1


def test_scores_are_scikit_learns(lines, found, taught) -> None:
    line, test, held = lines[RIDGE], taught.test, taught.validation
    w, s = 1, 2
    said = np.clip(line.test[w, s], 0, 1)
    expected = brier_score_loss(test.happened, said)
    assert found[RIDGE].brier_of_seeds[w, s] == pytest.approx(expected, rel=1e-5)

    def tss(threshold: float, output: np.ndarray, happened: np.ndarray) -> float:
        tn, fp, fn, tp = confusion_matrix(happened > 0, output >= threshold).ravel()
        return tp / (tp + fn) - fp / (fp + tn)

    own = line.validation[w, s]
    best = max(np.unique(own), key=lambda t: tss(t, own, held.happened))
    expected = tss(best, line.test[w, s], test.happened)
    assert found[RIDGE].tss_of_seeds[w, s] == pytest.approx(expected, abs=1e-5)
    mean = found[RIDGE].brier_of_seeds.mean(1)
    np.testing.assert_allclose(found[RIDGE].brier[0], mean, rtol=1e-5)


def test_all_lines_meet_the_same_resamples(lines, taught) -> None:
    twice = {"a": lines[FEATURES], "b": lines[FEATURES]}
    both = scored(KEY, twice, taught, rules=Rules(resamples=50))
    np.testing.assert_array_equal(both["a"].brier, both["b"].brier)
    assert both["a"].brier[1:].std(0).min() > 0


def test_double_descent_is_seen_where_theory_has_it(lines, found, taught) -> None:
    at = sizes(lines, FEATURES, taught)
    assert at is not None
    assert at.threshold in (2, 3)
    assert at.widest == 4
    told = contrasts(found, FEATURES, at, flaring=70)
    assert told["threshold − narrow"]["brier"].low > 0
    assert told["widest − threshold"]["brier"].high < 0
    assert told["remedy − none, at the threshold"]["brier"].high < 0


@pytest.mark.parametrize(
    ("training", "expected"),
    [((0.1, 0.05, 0, 0), Sizes(1, 2, 3)), ((0, 0, 0, 0), None), ((0.1, 0.1, 0.1, 0), None)],
)
def test_sizes_are_compared_around_the_first_that_fits(taught, training, expected) -> None:
    held = taught.validation.happened
    said = np.stack([np.full_like(held, p) for p in (0.9, 0.3, 0.0, 0.0)])[:, None]
    line = Line(np.arange(4), np.array(training)[:, None], said, said)
    assert sizes(dict.fromkeys(REMEDIED, line), FEATURES, taught) == expected


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Where the data of all runs are built, once."""
    return tmp_path_factory.mktemp("data")


def test_a_run_ends_in_a_report_and_goes_on(tmp_path, data_dir) -> None:
    command = ("experiments.parameter_count", "smoke", "--workdir", tmp_path)
    status, _, err = run(*command, data=data_dir)
    assert status == 0, err
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert set(summary["lines"]) == set(REMEDIED) | set(REMEDIED.values())
    report = (tmp_path / "report.md").read_text()
    assert "simulated data" in report
    assert "![error against parameters](parameters.png)" in report
    assert (tmp_path / "parameters.png").stat().st_size > 10_000
    (tmp_path / "summary.json").unlink()
    (tmp_path / "lines" / "cross_entropy.npz").unlink()
    status, _, err = run(*command, data=data_dir)
    assert status == 0, err
    again = json.loads((tmp_path / "summary.json").read_text())
    assert again["lines"] == summary["lines"]
    assert again["contrasts"] == summary["contrasts"]
    assert "squared" not in err
    assert "cross-entropy" in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--classes", "C1.0", "M1.0"], "one of --classes"),
        (["--widths", "4", "2"], "--widths must be numbers from 1 that grow"),
        (["--seeds", "1"], "--seeds of 2 or more"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path, data_dir, options, message) -> None:
    command = ("experiments.parameter_count", "smoke", "--workdir", tmp_path, *options)
    status, _, err = run(*command, data=data_dir)
    assert status == 2
    assert message in err
