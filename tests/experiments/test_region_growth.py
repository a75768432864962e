"""Growing regions from the command line: what it writes, and what it refuses."""

import json

import pytest

from tests.command import run

METHODS = {"U-Net", "U-Net in steps", "ConvGRU", "linear convolution", "smoothed persistence",
           "damped persistence", "persistence", "linear trend", "advected persistence",
           "GAN, one draw", "GAN, mean of draws", "true field of now",
           "mean of futures"}  # fmt: skip

RULED = {"U-Net", "linear convolution", "advected persistence"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    data = tmp_path_factory.mktemp("growth")
    words = (
        "smoke",
        "--workdir",
        data / "run",
        "--regions",
        40,
        "--training.epochs",
        1,
        "--seeds",
        2,
    )
    status, out, err = run("experiments.region_growth", *words, data=data)
    assert status == 0, err
    return data, words, out, err


def test_tables_pictures_and_files(finished) -> None:
    data, _, out, err = finished
    assert "unet: 100%" in err
    for method in METHODS:
        assert f"| {method} " in out
    report = (data / "run" / "report.md").read_text()
    assert "simulated data, no observation" in report
    figures = ("pictures", "skill_by_lead", "spectrum", "training", "gan_players")
    for name in (*(f"{figure}.png" for figure in figures), "movie.gif"):
        assert (data / "run" / name).exists()
        assert name in report
    summary = json.loads((data / "run" / "summary.json").read_text())
    assert set(summary["skills"]["12 h"]) == METHODS
    assert {len(each) for each in summary["seed_skills"].values()} == {2}
    assert "2 seeds, against observed" in out
    assert summary["data"]["synthetic"] is True
    assert summary["examples_per_s"].keys() == {"unet", "convgru", "gan"}
    assert summary["draws"]["GAN"]["draws"] == 2
    assert "| GAN " in out
    assert summary["rules"]["bipoles"] > 10
    assert set(summary["rules"]["responses"]) == RULED | {"mean of futures"}
    assert "no equation of magnetohydrodynamics is solved" in report
    assert "relative to what came: GAN, one draw" in out


def test_a_finished_run_says_so(finished) -> None:
    data, words, _, _ = finished
    status, out, _ = run("experiments.region_growth", *words, data=data)
    assert (status, "This run is finished" in out) == (0, True)


def test_a_flare_run_that_is_not_there_is_told_before_anything_is_trained(finished) -> None:
    data, words, _, _ = finished
    words = (*words, "--flares", data / "nowhere", "--workdir", data / "another")
    status, _, err = run("experiments.region_growth", *words, data=data)
    assert status == 2
    assert "give the --workdir of a finished run" in err
    assert not (data / "another" / "unet").exists()


def test_a_lead_without_frames_is_refused(finished) -> None:
    data, words, _, _ = finished
    words = (*words, "--lead", 9, "--workdir", data / "other")
    status, _, err = run("experiments.region_growth", *words, data=data)
    assert status == 2
    assert "the data have no frame at 9 h, only at 6, 12, 24, 48 h" in err
