"""The simulated Sun from the command line: pictures, a film, a table, and real SHARPs beside it."""

import itertools
import json
import pathlib

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image

from experiments.sun import plate
from experiments.sun.observed import ROWS
from jsolar.sun.files.full_disk import read_full_disk
from tests.command import run
from tests.sun.files.make_fits import write_full_disk


def write_sharp(folder: pathlib.Path, harp: int) -> None:
    """A magnetogram of 640 × 800 pixels with one positive spot, as JSOC names and describes it."""
    pixels = np.zeros((640, 800), np.float32)
    pixels[300:340, 380:420] = 900.0
    header = {
        "HARPNUM": harp, "NOAA_ARS": "11158", "T_REC": "2011.02.15_02:00:00_TAI",
        "CTYPE1": "CRLN-CEA", "CTYPE2": "CRLT-CEA", "CDELT1": 0.03, "CDELT2": 0.03,
        "CRPIX1": 400.5, "CRPIX2": 320.5, "CRVAL1": 30.0, "CRVAL2": -20.0,
        "CRLN_OBS": 20.0, "CRLT_OBS": -6.0, "QUALITY": 0,
    }  # fmt: skip
    image = fits.ImageHDU(pixels, fits.Header(header))
    name = f"hmi.sharp_cea_720s.{harp}.20110215_020000_TAI.magnetogram.fits"
    fits.HDUList([fits.PrimaryHDU(), image]).writeto(folder / name)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A small run with a real magnetogram: its folder, and what it printed."""
    data = tmp_path_factory.mktemp("data")
    write_sharp(data, 377)
    disk = write_full_disk(data / "disk.fits", np.zeros((24, 24)))
    words = ["smoke", "--workdir", data / "run", "--sharps", data, "--full-disk", disk]
    status, out, err = run("experiments.synthetic_sun", *words, data=data)
    assert status == 0, err
    assert "simulating regions: 100%" in err
    return data / "run", out


def test_table_stands_on_the_terminal_and_in_the_report(finished) -> None:
    folder, out = finished
    report = (folder / "report.md").read_text()
    for row in ROWS:
        assert f"| {row.label} " in out
        assert f"| {row.label} " in report
    assert "simulated data, no observation" in report
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["simulated"] is True
    shares = [summary["statistics"][f"share_{c}"]["value"] for c in "CMX"]
    assert 1 > shares[0] > shares[1] > shares[2] > 0
    interval = summary["statistics"]["share_C"]
    assert interval["low"] < interval["value"] < interval["high"]


def test_all_pictures_are_there_and_named_in_the_report(finished) -> None:
    folder, _ = finished
    report = (folder / "report.md").read_text()
    named = [line[line.index("(") + 1 : -1] for line in report.splitlines() if line[:2] == "!["]
    assert sorted(named) == [
        "disk.png",
        "evolution.gif",
        "evolution.png",
        "plate.png",
        "statistics.png",
    ]
    for name in named:
        with Image.open(folder / name) as image:
            assert image.width > 300
            if name.endswith("gif"):
                assert image.n_frames == 24, "6 days, every 6 hours"
    assert (folder / "evolution.gif").stat().st_size < 2_000_000
    assert "--sharps" not in report


def test_the_film_moves(finished) -> None:
    with Image.open(finished[0] / "evolution.gif") as film:
        frames = []
        for i in range(film.n_frames):
            film.seek(i)
            frames.append(np.asarray(film.convert("L"), float))
    changed = [np.abs(a - b).max() > 50 for a, b in itertools.pairwise(frames)]
    assert all(changed)


def test_real_magnetograms_are_drawn_at_the_same_scale(tmp_path: pathlib.Path) -> None:
    for harp in (400, 377):
        write_sharp(tmp_path, harp)
    panels = plate.read_real(tmp_path, size=128, degrees_per_pixel=0.12)
    assert [panel.title.splitlines()[0] for panel in panels] == ["HMI, HARP 377", "HMI, HARP 400"]
    assert "2011-02-15 01:59" in panels[0].title
    assert panels[0].image.shape == (128, 128)
    assert (panels[0].image > 800).sum() == 100, "40 × 40 pixels of 0.03° are 10 × 10 of 0.12°"
    centre = (np.deg2rad(x) for x in (-20.0 + 6.0, 10.0))
    assert panels[0].mu == pytest.approx(np.prod([np.cos(x) for x in centre]), abs=0.01)


def test_a_folder_without_sharps_is_one_sentence(tmp_path: pathlib.Path) -> None:
    words = ["smoke", "--workdir", tmp_path / "run", "--sharps", tmp_path / "nothing"]
    (tmp_path / "nothing").mkdir()
    status, _, err = run("experiments.synthetic_sun", *words, data=tmp_path)
    assert status == 2
    assert str(tmp_path / "nothing") in err.splitlines()[-1]
    assert "Traceback" not in err


def test_the_simulated_disk_is_a_file_that_says_so(finished) -> None:
    disk = read_full_disk(finished[0] / "disk.fits")
    assert disk.header["TELESCOP"] == "SIMULATED"
    assert disk.field_gauss.shape == (64, 64)
    assert disk.time >= np.datetime64("2100-01-01")
