"""The label-noise laboratory end to end on few regions, and its parts by themselves."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from experiments.flare_data import Pictures
from experiments.label_noise import PRESETS, Config, checked
from experiments.noise.grid import Cell, cells, run_grid
from experiments.noise.kinds import KINDS, World
from experiments.noise.learners import Told, classical
from experiments.noise.lessons import CLEAN, NOISY, lessons
from experiments.noise.noisy_test import shrink
from experiments.noise.remedies import remedies, without_suspects
from experiments.noise.scores import ARMS, FIXED, RECHOSEN, draw, losses, lost_more, score
from jsolar.data import noise
from jsolar.data.noise import compose
from jsolar.forecast.examples import Data
from jsolar.forecast.methods.classical import logistic_regression
from jsolar.losses import robust
from jsolar.sun.flares.catalogue import FlareSource, flare_list
from jsolar.sun.flares.faults import OnDisk
from jsolar.train.many import LAST, Runs
from jsolar.types import Events, take
from tests.command import run
from tests.forecast.toy import toy


def one_event(n: int, **how) -> object:
    """Examples of the first event, whose true probability is known."""
    examples = toy(n, **how)
    rng = np.random.default_rng(how["seed"])
    logit = examples.inputs["keywords"][:, 0] * 2 - 1
    p = 1 / (1 + np.exp(-logit.astype(float)))
    happened = (rng.random(n) < p)[:, None]
    known = examples.events.known[:, :1]
    return examples._replace(events=Events(happened, known), true_probability=p[:, None])


DATA = Data(
    one_event(400, seed=1),
    one_event(300, seed=2, first_region=12000),
    one_event(500, seed=3, first_region=13000),
    ("≥C1.0",),
    {"name": "toy", "synthetic": True},
)
KEY = jax.random.key(0)
SEEDS = 4


def taught(one: noise.Noise) -> Runs:
    return lessons(KEY, one, DATA, seeds=SEEDS, share=0.6)


def oracle(spoiled: float) -> Told:
    """Who knows the truth, but for some luck of each seed."""

    def said(examples, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        logit = np.log(examples.true_probability / (1 - examples.true_probability))[:, 0]
        return np.stack([logit + spoiled * rng.normal(size=len(logit)) for _ in range(SEEDS)])

    held, tested = said(DATA.validation, 5), said(DATA.test, 6)
    choices = (CLEAN, NOISY, LAST)
    return Told(dict.fromkeys(choices, held), dict.fromkeys(choices, tested), {})


def test_seeds_share_luck_between_noises_and_nothing_with_each_other() -> None:
    few, many = taught(noise.symmetric(0.1)), taught(noise.symmetric(0.3))
    np.testing.assert_array_equal(few.rows, many.rows)
    np.testing.assert_array_equal(jax.random.key_data(few.key), jax.random.key_data(many.key))
    truth = DATA.train.events.happened
    wrong = [np.asarray(runs.targets.happened) != truth for runs in (few, many)]
    assert (wrong[0] <= wrong[1]).all()
    assert len({tuple(rows) for rows in few.rows}) == SEEDS
    assert not (wrong[1][0] == wrong[1][1]).all()
    assert few.rows.shape == (SEEDS, 240)


def test_validation_has_noise_of_its_own_and_clean_labels_beside_it() -> None:
    runs = taught(noise.symmetric(0.3))
    truth = DATA.validation.events.happened
    assert (np.asarray(runs.held[CLEAN].happened) == truth).all()
    assert 0.2 < (np.asarray(runs.held[NOISY].happened) != truth).mean() < 0.4


def test_watched_are_wrong_labels_of_the_rows_that_are_taught() -> None:
    runs = taught(noise.symmetric(0.3))
    for i in range(SEEDS):
        watched, rows = take(runs.watched, i), runs.rows[i]
        mine = watched.row[watched.counts]
        assert len(mine) > 20
        assert np.isin(mine, rows).all()
        assert (DATA.train.events.happened[mine, 0] != watched.label[watched.counts]).all()
        assert DATA.train.events.known[mine, 0].all()
    assert not taught(compose()).watched.counts.any()


def test_a_grid_is_filled_once_and_resumes_cell_by_cell(tmp_path) -> None:
    asked = []

    def learn(runs: Runs) -> Told:
        asked.append(len(runs.rows))
        column = np.asarray(runs.targets.happened[:, :3, 0], np.float32)
        return Told({CLEAN: column}, {CLEAN: column}, {"loss": column})

    grid = cells(["A"], ["windows"], [0.1, 0.2, 0.3])
    noises = {cell: taught(noise.preserving(cell.rate)) for cell in grid}
    how = {"A": learn}
    found = run_grid(tmp_path, how, grid, noises.__getitem__, cells_at_once=3)
    assert asked == [3 * SEEDS, SEEDS]
    (tmp_path / grid[2].file).unlink()
    again = run_grid(tmp_path, how, grid, noises.__getitem__, cells_at_once=3)
    assert asked[2:] == [SEEDS]
    for cell in grid:
        expected = np.asarray(noises[cell].targets.happened[:, :3, 0])
        np.testing.assert_array_equal(found[cell].test[CLEAN], expected)
        np.testing.assert_array_equal(again[cell].history["loss"], expected)
    assert not list(tmp_path.glob("*.part*"))


GRID = [
    Cell(name, kind, rate)
    for name in ("A", "B")
    for kind, rate in (("clean", 0.0), ("windows", 0.3))
]


@pytest.fixture(scope="module")
def scored():
    """A loses nothing to the noise, B does."""
    told = dict(zip(GRID, [oracle(0.3), oracle(0.3), oracle(0.3), oracle(4.0)], strict=True))
    runs = {cell: taught(noise.preserving(cell.rate)) for cell in GRID}
    return score(told, runs, DATA)


def test_scores_are_those_of_the_tables(scored) -> None:
    known, happened = DATA.test.events.known[:, 0], DATA.test.events.happened[:, 0]
    tp, fn, fp, tn = (count.sum(-1) for count in scored.observed)
    np.testing.assert_allclose((tp + fn)[0, 0], (happened & known).sum())
    np.testing.assert_allclose((tp + fn + fp + tn)[0, 0], known.sum())
    expected = sum(count.sum(-1) for count in scored.expected)
    np.testing.assert_allclose(expected[0, 0], known.sum(), rtol=1e-5)
    assert (scored.auc[3] < scored.auc[2] - 0.1).all()


def test_who_is_spoiled_loses_more(scored) -> None:
    drawn = draw(KEY, scored, resamples=300)
    assert drawn.expected.shape == (301, 4, len(ARMS))
    lost = losses(drawn.expected, GRID)
    assert np.abs(lost[:, 0]).max() == 0  # the clean cells
    assert abs(lost[0, 1, 0]) < 0.02
    assert lost[0, 3, 0] > 0.1
    found = lost_more(drawn.expected, GRID, ("B", "A"), "windows", 0.3)
    assert found.low > 0
    mirrored = lost_more(drawn.expected, GRID, ("A", "B"), "windows", 0.3)
    assert mirrored.value == pytest.approx(-found.value)


def test_calibration_mends_what_a_fixed_threshold_does_not(scored) -> None:
    """Log-odds with the noise 4 are far too sure of themselves; A's are as they should be."""
    drawn = draw(KEY, scored, resamples=10)
    rechosen, fixed = (drawn.expected[0, :, ARMS.index(arm)] for arm in (RECHOSEN, FIXED))
    assert fixed[0] == pytest.approx(rechosen[0], abs=0.05)


def test_wrong_test_labels_shrink_scores_as_theory_has_it() -> None:
    for found in shrink(KEY, oracle(0.3), DATA):
        assert float(found.measured.low) < found.theory < float(found.measured.high)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    words = ("experiments.label_noise", "smoke", "--workdir", data / "run")
    status, out, err = run(*words, data=data)
    assert status == 0, err
    return data, data / "run", out


def test_report_figures_and_summary(finished) -> None:
    _, workdir, out = finished
    assert "Declared beforehand: CNN against MLP on pixels" in out
    report = (workdir / "report.md").read_text()
    assert "simulated data, no observation" in report
    for name in ("curves.png", "memory.png", "contrasts.png"):
        assert f"({name})" in report
        assert (workdir / name).read_bytes().startswith(b"\x89PNG")
    summary = json.loads((workdir / "summary.json").read_text())
    assert summary["simulated"] is True
    assert len(summary["cells"]) == 7 * 3 * len(ARMS)
    assert summary["primary"]["verdict"] in ("difference", "equivalent", "undecided", "no skill")
    assert len(list((workdir / "cells").glob("*.npz"))) == 21


def test_an_audit_of_the_same_regions(finished, tmp_path) -> None:
    data, *_ = finished
    words = ("experiments.label_audit", "smoke", "--workdir", tmp_path / "run")
    status, out, err = run(*words, data=data)
    assert status == 0, err
    assert "folds of regions" in out
    report = (tmp_path / "run" / "report.md").read_text()
    assert "simulated data, no observation" in report
    for name in ("found.png", "suspects.png"):
        assert f"({name})" in report
        assert (tmp_path / "run" / name).read_bytes().startswith(b"\x89PNG")
    table = pd.read_csv(tmp_path / "run" / "suspects.csv")
    assert len(table) == 20
    assert table.doubt.is_monotonic_decreasing
    assert set(table.columns) > {"id", "region", "time", "labelled", "probability", "reference"}
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["simulated"] is True
    assert len(summary["draws"]) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kinds": ("windows", "gremlins")}, "there is no noise 'gremlins'"),
        ({"primary": ("windows", 0.9)}, "none of --kinds and --rates"),
        ({"pictures": Pictures(data="solar_flares/sharp")}, "labels must be known to be right"),
        ({"pictures": Pictures(faults=True, classes=("C1.0",))}, "labels must be known"),
        ({"pictures": Pictures()}, "one event at a time"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_simulated(change, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        checked(dataclasses.replace(Config(), **change))


def test_every_preset_can_be_done() -> None:
    for _, config in PRESETS.values():
        assert checked(config) is config


def test_remedies_know_how_noisy_labels_are() -> None:
    """Of 100 events 20 are missed, of 900 others 30 are called events."""
    rates = noise.Rates(*(np.array([x]) for x in (0.2, 0.3, 1.1)))
    found = remedies(rates, base_rate=0.1, steps=30)
    told = Events(np.array([[True], [False]]), np.ones((2, 1), bool))
    logits = jnp.array([[0.3], [0.3]])
    expected = robust.forward(missed=0.2, false=30 / 900)(logits, told)
    got = found["forward correction"].loss_at(jnp.array(0))(logits, told)
    np.testing.assert_allclose(got, expected, rtol=1e-6)
    # 20 of the 890 labelled none are events, 30 of the 110 labelled events are none.
    n = 890 + 110
    events = Events(np.arange(n)[:, None] >= 890, np.ones((n, 1), bool))
    logits = jnp.linspace(-1, 1, n)[:, None]
    kept = found["small losses"].loss_at(jnp.array(30))(logits, events) > 0
    assert kept[:890].sum() == 870
    assert kept[890:].sum() == 80
    assert (found["small losses"].loss_at(jnp.array(0))(logits, events) > 0).all()


def test_without_suspects_fewer_labels_are_taught() -> None:
    taught_with = []

    def learn(runs: Runs) -> Told:
        taught_with.append(np.asarray(runs.targets.known))
        return oracle(0.3)

    runs, judge = taught(noise.preserving(0.4)), logistic_regression(lambda x: x["keywords"])
    without_suspects(learn, judge, DATA)(runs)
    known = np.asarray(runs.targets.known)
    left_out = known & ~taught_with[0]
    wrong = np.asarray(runs.targets.happened) != DATA.train.events.happened
    assert 0.02 < left_out.mean() < 0.4
    assert wrong[left_out].mean() > 1.5 * wrong[known].mean()
    for i in range(SEEDS):
        assert np.isin(np.flatnonzero(left_out[i, :, 0]), runs.rows[i]).all()


def test_classical_methods_learn_from_the_labels_of_each_seed_that_count() -> None:
    learn = classical(logistic_regression(lambda x: x["keywords"]), DATA)
    runs = taught(compose())
    plain = learn(runs).test[CLEAN]
    assert plain.shape == (SEEDS, len(DATA.test.rows.id))
    assert np.ptp(plain, axis=0).min() > 0  # each seed has rows of its own
    kept = np.asarray(runs.targets.happened) | (np.arange(400) % 3 == 0)[:, None]
    known = np.asarray(runs.targets.known) & kept
    fewer = learn(runs._replace(targets=runs.targets._replace(known=known))).test[CLEAN]
    assert (fewer > plain).mean() > 0.9  # most quiet rows do not count any more


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_makes_labels_wrong(name: str) -> None:
    runs = taught(KINDS[name].noise(0.5, world()))
    wrong = np.asarray(runs.targets.happened) != DATA.train.events.happened
    assert 0.001 < wrong.mean() < 0.6
    assert (
        np.asarray(taught(KINDS[name].noise(0.0, world())).targets.happened)
        == DATA.train.events.happened
    ).all()


def world() -> World:
    """A flare of C1.5 in the day of every fifth row, of its region."""
    rows = DATA.train.rows
    when = rows.time[::5] + np.timedelta64(3600, "s")
    source = FlareSource(
        "toy", "1", 1e-6, "science", rows.time[0], rows.time[-1] + np.timedelta64(9, "D")
    )
    flares = flare_list(
        source, start=when, flux_w_m2=np.full(len(when), 1.5e-6), region=rows.group[::5]
    )
    regions = np.unique(rows.group)
    on_disk = OnDisk(
        regions, np.full(len(regions), source.begins), np.full(len(regions), source.ends)
    )
    return World(flares, on_disk, 1e-6)
