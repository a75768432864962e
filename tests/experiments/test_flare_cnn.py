"""The main job from the command line: what it writes, kills it survives, input it refuses."""

import json
import pathlib
import signal
import time

import pandas as pd
import pytest

from tests.command import finish, run, start

METHODS = {
    "CNN", "MLP on keywords", "logistic regression on flux", "persistence",
    "climatology", "state oracle", "path oracle",
}  # fmt: skip
LONGER = ("--cnn-training.epochs", 6, "--cnn-training.evaluations", 6)
"""Enough steps to be killed among them."""


def flare_cnn(data, workdir, *words):
    return run("experiments.flare_cnn", "smoke", *words, "--workdir", workdir, data=data)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that nobody disturbed: data folder, workdir, standard output."""
    data = tmp_path_factory.mktemp("data")
    status, out, err = flare_cnn(data, data / "whole", *LONGER)
    assert status == 0, err
    assert "simulating train" in err
    assert "cnn: 100%" in err
    return data, data / "whole", out


def test_tables_report_and_files(finished) -> None:
    _, workdir, out = finished
    for method in METHODS:
        assert f"| {method} " in out
    assert "too few regions with an event" in out or "[" in out
    summary = json.loads((workdir / "summary.json").read_text())
    assert set(summary["models"]) == METHODS
    assert summary["data"]["synthetic"] is True
    assert summary["examples_per_s"].keys() == {"cnn", "mlp"}
    card = summary["models"]["CNN"]["≥C1.0"]
    assert sum(card["counts"].values()) == card["numbers"]["forecast"]
    report = (workdir / "report.md").read_text()
    assert "simulated data, no observation" in report
    named = [line[line.index("(") + 1 : -1] for line in report.splitlines() if line[:2] == "!["]
    assert len(named) >= 6
    for name in named:
        assert (workdir / name).read_bytes().startswith(b"\x89PNG"), name


def test_every_forecast_is_written(finished) -> None:
    _, workdir, _ = finished
    table = pd.read_parquet(workdir / "forecasts.parquet")
    assert set(table.model) == METHODS
    assert table.simulated.all()
    test = table[(table.split == "test") & (table.event == "≥C1.0")]
    oracle, cnn = (test[test.model == name] for name in ("state oracle", "CNN"))
    assert oracle.id.is_unique
    assert oracle.id.tolist() == cnn.id.tolist()


def test_every_count_can_be_made_from_the_file_again(finished) -> None:
    _, workdir, _ = finished
    table = pd.read_parquet(workdir / "forecasts.parquet")
    usable = table[(table.split == "test") & table.known & table.probability.notna()]
    cards = json.loads((workdir / "summary.json").read_text())["models"]
    for (model, event), rows in usable.groupby(["model", "event"]):
        yes, happened = rows.probability >= rows.threshold, rows.observed
        cells = [yes & happened, ~yes & happened, yes & ~happened, ~yes & ~happened]
        counts = [int(cell.sum()) for cell in cells]
        assert counts == list(cards[model][event]["counts"].values()), (model, event)


def test_killed_anywhere_and_started_again_ends_in_the_same_bits(finished) -> None:
    data, whole, _ = finished
    cut = data / "cut"
    started = start("experiments.flare_cnn", "smoke", *LONGER, "--workdir", cut, data=data)
    saved = cut / "cnn" / "checkpoints"
    wait_for(lambda: len(list(saved.glob("[0-9]*"))) >= 2, started.process)
    started.process.send_signal(signal.SIGKILL)
    finish(started)
    assert not (cut / "summary.json").exists()
    steps = [json.loads(x)["step"] for x in (cut / "cnn/metrics.jsonl").read_text().splitlines()]
    status, _, err = flare_cnn(data, cut, *LONGER)
    assert status == 0, err
    assert 0 < len(steps) < 6, "it was not killed half-way"
    resumed, undisturbed = (pd.read_parquet(w / "forecasts.parquet") for w in (cut, whole))
    pd.testing.assert_frame_equal(resumed, undisturbed, check_exact=True)
    models = [json.loads((w / "summary.json").read_text())["models"] for w in (cut, whole)]
    assert models[0] == models[1]


def wait_for(happened, process) -> None:
    while not happened():
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)


def test_a_finished_run_says_so_and_another_one_is_refused(finished) -> None:
    data, workdir, _ = finished
    before = (workdir / "summary.json").read_bytes()
    status, out, _ = flare_cnn(data, workdir, *LONGER)
    assert (status, out.splitlines()[0]) == (
        0,
        f"This run is finished: see {workdir / 'report.md'}. For a new one, choose another",
    )
    for words in [(), (*LONGER, "--seed", 1)]:
        status, _, err = flare_cnn(data, workdir, *words)
        assert status == 2
        assert "choose another --workdir" in err
    status, _, err = run("experiments.benchmark", "smoke", "--workdir", workdir, data=data)
    assert status == 2
    assert "holds a run of flare_cnn" in err
    assert (workdir / "summary.json").read_bytes() == before


def test_bad_input_is_one_sentence_and_status_2(finished) -> None:
    data, _, _ = finished
    cases = {
        ("--classes", "Z9.0"): "Z9.0",
        ("--data", "solar_flares/sharp-nothing"): "jsolar.datasets build",
        ("--regions", "2"): "regions",
    }
    for words, hint in cases.items():
        status, _, err = flare_cnn(data, data / "bad", *words)
        last = err.strip().splitlines()[-1]
        assert status == 2, err
        assert last.startswith("flare_cnn: "), last
        assert hint in last
        assert "Traceback" not in err
        (data / "bad" / "config.json").unlink()


def test_help_explains(tmp_path: pathlib.Path) -> None:
    status, out, _ = run("experiments.flare_cnn", "default", "--help", data=tmp_path)
    assert status == 0
    assert "--cnn-training.learning-rate" in out
    assert "simulated regions" in out
    assert not list(tmp_path.iterdir()), "--help made a file"
