"""A run's folder: whose it is, what is written into it, and errors in one sentence."""

import dataclasses
import json
import math
import pathlib
import re
import subprocess
import sys

import jax.numpy as jnp
import numpy as np
import pytest

import jsolar
from jsolar import run


@dataclasses.dataclass(frozen=True)
class Network:
    """A config within the config."""

    widths: tuple[int, ...] = (4, 8)


@dataclasses.dataclass(frozen=True)
class Config:
    """Of an experiment that does nothing."""

    rate: float = 0.5
    network: Network = Network()
    seed: int = 3
    workdir: pathlib.Path | None = None


PRESETS = {"default": ("usual", Config()), "smoke": ("quick", Config(rate=0.1))}


def command(*words: object, main=lambda this: {"score": 0.25}, experiment: str = "toy") -> None:
    run.command(experiment, PRESETS, main, arguments=[str(word) for word in words])


def told(folder: pathlib.Path, name: str = "summary.json"):
    return json.loads((folder / name).read_text())


def refused(capsys: pytest.CaptureFixture[str], *words: object, **how) -> str:
    """The sentence with which a command ends in status 2."""
    with pytest.raises(SystemExit) as end:
        command(*words, **how)
    assert end.value.code == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    return sentence


def never(this: run.Run) -> dict:
    raise AssertionError("the work was done again")


def test_a_fresh_run_leaves_its_config_and_summary(tmp_path) -> None:
    seen = []
    command("smoke", "--workdir", tmp_path / "new" / "a", "--network.widths", 1, 2,
            main=lambda this: seen.append(this) or {"score": 0.25})  # fmt: skip
    folder = tmp_path / "new" / "a"
    config = Config(rate=0.1, network=Network((1, 2)), workdir=folder)
    assert seen == [run.Run("toy", "smoke", config, folder)]
    assert told(folder, "config.json") == {
        "experiment": "toy",
        "preset": "smoke",
        "config": {"rate": 0.1, "network": {"widths": [1, 2]}, "seed": 3},
    }
    summary = told(folder)
    assert (summary["experiment"], summary["preset"], summary["seed"]) == ("toy", "smoke", 3)
    assert summary["score"] == 0.25


@pytest.mark.parametrize("words", [(), ("--rate", 0.7), ("default",)])
def test_no_preset_means_default_and_no_workdir_a_folder_in_runs(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    command(*words)
    summary = told(tmp_path / "runs" / "toy" / "default")
    assert summary["preset"] == "default"


def test_arguments_come_from_the_command_line(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["toy.py", "smoke", "--workdir", str(tmp_path / "a")])
    run.command("toy", PRESETS, lambda this: {})
    assert told(tmp_path / "a")["preset"] == "smoke"


def test_an_interrupted_run_goes_on(tmp_path) -> None:
    """Also by the name of another preset, if the settings come to the same."""

    def interrupted(this):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        command("smoke", "--workdir", tmp_path, main=interrupted)
    assert not (tmp_path / "summary.json").exists()
    before = (tmp_path / "config.json").read_bytes()
    command("default", "--rate", 0.1, "--workdir", tmp_path)
    assert (tmp_path / "config.json").read_bytes() == before
    assert told(tmp_path)["score"] == 0.25


def test_a_finished_run_says_so_and_is_not_done_again(tmp_path, capsys) -> None:
    command("--workdir", tmp_path)
    before = (tmp_path / "summary.json").read_bytes()
    capsys.readouterr()
    command("--workdir", tmp_path, main=never)
    out = capsys.readouterr().out
    assert f"This run is finished: see {tmp_path / 'report.md'}." in out
    assert (tmp_path / "summary.json").read_bytes() == before


def test_another_experiments_folder_is_refused(tmp_path, capsys) -> None:
    command("--workdir", tmp_path)
    sentence = refused(capsys, "--workdir", tmp_path, experiment="other", main=never)
    assert sentence.startswith(f"other: {tmp_path} holds a run of toy: choose another --workdir")


def test_other_settings_are_refused_by_name(tmp_path, capsys) -> None:
    command("--workdir", tmp_path)
    words = ["--workdir", tmp_path, "--seed", 4, "--network.widths", 4]
    sentence = refused(capsys, *words, main=never)
    assert "holds a run with another network.widths, seed: choose another --workdir" in sentence
    assert told(tmp_path, "config.json")["config"]["seed"] == 3


@pytest.mark.parametrize("text", ['{"experiment": "to', '{"model": "bert"}', "[1]", ""])
def test_a_config_that_is_broken_or_of_something_else_is_refused(tmp_path, capsys, text) -> None:
    (tmp_path / "config.json").write_text(text)
    sentence = refused(capsys, "--workdir", tmp_path, main=never)
    assert str(tmp_path / "config.json") in sentence
    assert "choose another --workdir" in sentence


def test_a_workdir_that_is_a_file_is_refused(tmp_path, capsys) -> None:
    (tmp_path / "file").write_text("mine")
    assert str(tmp_path / "file") in refused(capsys, "--workdir", tmp_path / "file", main=never)
    assert (tmp_path / "file").read_text() == "mine"


ERRORS = [
    ValueError("the table is empty: give another"),
    FileNotFoundError("x.fits does not exist: download it"),
    PermissionError(13, "Permission denied", "x.fits"),
    OSError(28, "No space left on device"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_errors_of_the_input_are_one_sentence_and_status_2(error, capsys, monkeypatch) -> None:
    monkeypatch.delenv(run.DEBUG, raising=False)

    def work():
        raise error

    with pytest.raises(SystemExit) as end:
        run.guarded("jsolar.toy", work)
    assert end.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"jsolar.toy: {error} [JSOLAR_DEBUG=1 shows where]\n"


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_debugging_shows_where(error, monkeypatch) -> None:
    monkeypatch.setenv(run.DEBUG, "1")

    def work():
        raise error

    with pytest.raises(type(error)) as raised:
        run.guarded("jsolar.toy", work)
    assert raised.traceback[-1].name == "work"


@pytest.mark.parametrize("bug", [TypeError, KeyError, AttributeError, ZeroDivisionError])
def test_bugs_keep_their_traceback(bug, capsys) -> None:
    def work():
        raise bug("a bug")

    with pytest.raises(bug, match="a bug") as raised:
        run.guarded("jsolar.toy", work)
    assert raised.traceback[-1].name == "work"
    assert capsys.readouterr().err == ""


def test_work_that_succeeds_says_nothing_of_itself(capsys) -> None:
    assert run.guarded("jsolar.toy", lambda: print("done")) is None
    assert capsys.readouterr() == ("done\n", "")


def test_an_error_in_the_work_of_a_run_is_a_sentence_and_leaves_it_unfinished(tmp_path, capsys):
    def main(this):
        raise ValueError("no flares: give another list")

    sentence = refused(capsys, "--workdir", tmp_path, main=main)
    assert sentence == f"toy: no flares: give another list [{tmp_path}/error.txt shows where]"
    assert not (tmp_path / "summary.json").exists()
    assert 'raise ValueError("no flares' in (tmp_path / "error.txt").read_text()
    command("--workdir", tmp_path)
    assert not (tmp_path / "error.txt").exists()


def test_bugs_in_a_run_leave_their_traceback_in_its_folder(tmp_path) -> None:
    def main(this):
        return {}["a bug"]

    with pytest.raises(KeyError, match="a bug"):
        command("--workdir", tmp_path, main=main)
    assert '{}["a bug"]' in (tmp_path / "error.txt").read_text()


def test_a_second_process_in_the_folder_is_refused(tmp_path, capsys) -> None:
    def main(this):
        sentence = refused(capsys, "--workdir", tmp_path, main=never)
        assert "is being written by another process: wait for it, or choose another" in sentence
        return {"score": 1.0}

    command("--workdir", tmp_path, main=main)
    assert told(tmp_path)["score"] == 1.0


def test_a_run_whose_reader_leaves_is_done_to_the_end(tmp_path) -> None:
    """As in ``python -m experiments.toy | head -1``."""
    code = """
import pathlib, sys
from tests import test_run
def main(this):
    print("second", flush=True)
    return {"score": 0.25}
print("first", flush=True)
sys.stdin.readline()
test_run.command("--workdir", pathlib.Path(sys.argv[1]), main=main)
"""
    words = [sys.executable, "-c", code, str(tmp_path / "run")]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "first\n"
        process.stdout.close()  # the reader has seen enough
        process.stdin.write("\n")
        process.stdin.close()
        errors = process.stderr.read()
        assert process.wait() == 0, errors
    assert errors == ""
    assert told(tmp_path / "run")["score"] == 0.25


def test_a_summary_says_what_it_rests_on(tmp_path) -> None:
    this = run.Run("toy", "smoke", Config(seed=7), tmp_path)
    for name, speeds in {"cnn": [2.0, 100.0, 110.26, 90.0], "mlp": [5.0]}.items():
        (tmp_path / name).mkdir()
        lines = [json.dumps({"step": i, "examples_per_s": x}) + "\n" for i, x in enumerate(speeds)]
        (tmp_path / name / "metrics.jsonl").write_text("".join(lines))
    scores = {"tss": jnp.float32(0.5), "low": np.nan, "high": math.inf}
    run.write_summary(this, {"models": {"CNN": scores}, "data": {"synthetic": True}}, seconds=1.26)
    summary = told(tmp_path)
    assert summary["models"] == {"CNN": {"tss": 0.5, "low": None, "high": None}}
    assert summary["data"] == {"synthetic": True}
    assert (summary["seed"], summary["wall_s"], summary["devices"]) == (7, 1.3, 4)
    assert summary["examples_per_s"] == {"cnn": 95.0, "mlp": 5.0}
    assert 50e6 < summary["peak_memory_bytes"] < 100e9
    assert summary["versions"]["jsolar"] == jsolar.__version__
    assert summary["versions"]["numpy"] == np.__version__
    assert summary["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert all(re.match(r"\d+\.\d+", version) for version in summary["versions"].values())


def test_a_run_that_trained_nothing_has_no_speeds(tmp_path) -> None:
    (tmp_path / "pictures").mkdir()
    assert run.training_speeds(tmp_path) == {}
