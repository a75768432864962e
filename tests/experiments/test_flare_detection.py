"""Regions of the whole disk from the command line: what it writes, and that it goes on."""

import json

import numpy as np
import pandas as pd
import pytest

from jsolar.sun.files.disk_header import disk_header, write_disk
from jsolar.sun.sphere import Frame, sphere
from tests.command import run

METHODS = {
    "Mask R-CNN", "Mask R-CNN, then CNN", "rule, flux", "rule, then CNN", "all regions, CNN",
    "all regions, path oracle",
}  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that nobody disturbed: data folder, workdir, standard output."""
    data = tmp_path_factory.mktemp("data")
    words = ("--workdir", data / "run")
    status, out, err = run("experiments.flare_detection", "smoke", *words, data=data)
    assert status == 0, err
    assert "simulating train" in err
    assert "detector: 100%" in err
    assert "random_split: 100%" in err
    return data, data / "run", out


def test_tables_report_and_figures(finished) -> None:
    _, workdir, out = finished
    for method in METHODS:
        assert f"| {method} " in out
    assert "8 : 2 at random" in out
    report = (workdir / "report.md").read_text()
    assert "simulated data, no observation" in report
    named = [line[line.index("(") + 1 : -1] for line in report.splitlines() if line[:2] == "!["]
    assert named == ["disks.png", "losses.png", "reliability.png", "reliability_disks.png"]
    for name in named:
        assert (workdir / name).read_bytes().startswith(b"\x89PNG"), name


def test_every_count_can_be_made_from_the_file_again(finished) -> None:
    _, workdir, _ = finished
    table = pd.read_parquet(workdir / "regions.parquet")
    methods = json.loads((workdir / "summary.json").read_text())["methods"]
    assert set(table.method) == set(methods) == METHODS
    assert table.simulated.all()
    for name, rows in table.groupby("method"):
        yes, real = rows.probability >= rows.threshold, rows.exists
        happened = rows.observed & real
        cells = {
            "tp": yes & happened,
            "fn": ~yes & happened,
            "fp": yes & real & ~happened,
            "tn": ~yes & real & ~happened,
            "f": yes & ~real,
        }
        assert {k: int(v.sum()) for k, v in cells.items()} == methods[name]["counts"], name
        assert (rows.probability[~rows.found & real] == 0).all()


def test_summary_tells_the_scores_with_their_intervals(finished) -> None:
    _, workdir, _ = finished
    summary = json.loads((workdir / "summary.json").read_text())
    assert summary["data"]["synthetic"] is True
    assert summary["event"] == "≥C1.0"
    assert set(summary["finds"]) == {"Mask R-CNN", "rule, flux"}
    assert summary["examples_per_s"].keys() == {"cnn", "detector", "random_split"}
    assert "value" in summary["random_split"]["same_pictures"]
    assert summary["seed_tss"] is None


def test_a_finished_run_is_not_done_again(finished) -> None:
    data, workdir, _ = finished
    status, out, _ = run("experiments.flare_detection", "smoke", "--workdir", workdir, data=data)
    assert status == 0
    assert "This run is finished" in out


def test_flares_that_the_list_does_not_have_are_refused(finished) -> None:
    data, _, _ = finished
    words = ("--flares", "B1.0", "--workdir", data / "other")
    status, _, err = run("experiments.flare_detection", "smoke", *words, data=data)
    assert status == 2
    assert "ask for larger classes" in err.splitlines()[-1]


def test_the_model_finds_regions_in_new_files(finished) -> None:
    data, workdir, _ = finished
    frame = Frame(96)
    header = disk_header(
        frame,
        time=np.datetime64("2014-03-01T00:00:00"),
        observer_latitude_deg=-7.0,
        simulated=True,
    )
    field = np.where(np.isfinite(np.asarray(sphere(frame, -7.0).mu)), 3.0, np.nan)
    field[40:56, 40:56] = 400.0
    write_disk(data / "disk.fits", field, header)
    status, out, err = run("jsolar.predict", workdir, data / "disk.fits", data=data)
    assert status == 0, err
    assert "disk: " in out
    told = json.loads((workdir / "forecasts" / "disk.json").read_text())
    assert told["event"] == "≥C1.0"
    assert told["model"]["experiment"] == "flare_detection"
    assert (workdir / "forecasts" / "disk.png").read_bytes().startswith(b"\x89PNG")
