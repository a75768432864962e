"""A run on pictures of the whole field is applied to new SHARPs: their segments lie together."""

import json
import pathlib

import jax
import numpy as np
import pytest

from jsolar import models
from jsolar.data.normalise import Normaliser
from jsolar.forecast.compare import Comparison
from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.methods.calibrated import Calibrated
from jsolar.forecast.methods.neural import NetworkForecaster
from jsolar.forecast.page import WINDOWS
from jsolar.forecast.saved import save_forecaster
from jsolar.models.cnn import CNNConfig
from jsolar.predict import command
from jsolar.run import Run
from jsolar.types import Events, Rows
from jsolar.verify.events.calibration import Platt
from tests.datasets.tiny import segments_of, write_vector_sharps

CHANNELS = ["Br", "Bp", "Bt", "bitmap"]
DATA = {"name": "toy/1.0.0", "synthetic": False, "size": 8, "degrees_per_pixel": 0.12}


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> tuple[pathlib.Path, Calibrated]:
    """A network of four channels whose parameters are drawn at random."""
    folder, config = tmp_path_factory.mktemp("vector"), CNNConfig(widths=(4,), hidden=4)
    normaliser = Normaliser(np.zeros(4), np.array([50.0, 60.0, 70.0, 1.0]), np.array([1]))
    picture = np.ones((1, 8, 8, 4), np.float32)
    params = jax.jit(models.make(config, outputs=1).init)(jax.random.key(1), picture)
    network = NetworkForecaster(config, 1, "image", normaliser, params)
    forecast = Calibrated(network, Platt(np.array([1.0]), np.array([0.0])))
    rows = Rows(np.array(["a"]), np.array([1]), np.array(["2011-01-01"], "datetime64[s]"))
    yes = np.ones((1, 1), bool)
    example = Examples(rows, {"image": picture}, Events(yes, yes))
    data = Data(example, example, example, ("≥M1.0",), DATA | {"channels": CHANNELS})
    cards = {"CNN": {"≥M1.0": {"threshold": 0.5}}}
    comparison = Comparison("all", WINDOWS, data, {}, cards, *[{}] * 7)
    save_forecaster(Run("flare_cnn", "smoke", None, folder), "CNN", forecast, comparison)
    return folder, forecast


def run(folder: pathlib.Path, file: pathlib.Path, output: pathlib.Path) -> dict:
    command([str(folder), str(file), "--output", str(output)])
    return json.loads((output / f"{file.name.removesuffix('.fits')}.json").read_text())


def of(place: pathlib.Path, segment: str) -> pathlib.Path:
    (path,) = place.glob(f"*.{segment}.fits")
    return path


def test_the_forecast_is_that_of_the_four_channels(trained, tmp_path) -> None:
    folder, forecast = trained
    place = write_vector_sharps(tmp_path / "sharps", harps=[3])
    record = run(folder, of(place, "Br"), tmp_path / "out")
    segments = segments_of(3)
    stacked = [segments["Br"], segments["Bp"], segments["Bt"], (segments["bitmap"] >= 30) * 1.0]
    cut = np.stack(stacked, -1).reshape(10, 4, 12, 4, 4)
    known = ~np.isnan(cut)
    mean = np.where(known, cut, 0).sum((1, 3)) / np.maximum(known.sum((1, 3)), 1)
    strong = np.abs(mean[..., 0]) * (np.abs(mean[..., 0]) >= 100)
    y, x = (round(float((i * strong).sum() / strong.sum())) for i in np.indices(strong.shape))
    picture = np.pad(mean, ((8, 8), (8, 8), (0, 0)))[y + 4 : y + 12, x + 4 : x + 12]
    (expected,) = forecast({"image": picture[None].astype(np.float32)})[0]
    assert record["events"]["≥M1.0"]["probability"] == pytest.approx(expected, rel=1e-3)
    assert (tmp_path / "out" / (of(place, "Br").name.removesuffix(".fits") + ".png")).exists()


def test_what_is_not_there_is_named(trained, tmp_path, capsys) -> None:
    folder, _ = trained
    place = write_vector_sharps(tmp_path / "sharps", harps=[3], leave_out=[(3, "Bt")])
    with pytest.raises(SystemExit) as stop:
        run(folder, of(place, "Br"), tmp_path / "out")
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert ".Bt.fits does not exist: the pictures are of Br, Bp, Bt, bitmap; put all" in said
    with pytest.raises(SystemExit):
        run(folder, of(place, "magnetogram"), tmp_path / "out")
    assert "is the segment magnetogram: give the file of the radial field, ….Br.fits" in (
        capsys.readouterr().err
    )
