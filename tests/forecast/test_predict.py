"""A saved run forecasts as the fitted method did; what it cannot read is refused in a sentence."""

import gzip
import json
import pathlib
import shutil

import jax
import jax.numpy as jnp
import matplotlib.image
import numpy as np
import pytest

from jsolar import models
from jsolar.data.normalise import Normaliser, fit_pictures
from jsolar.forecast import predict
from jsolar.forecast.compare import Comparison
from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.methods.calibrated import Calibrated, calibrated
from jsolar.forecast.methods.neural import NetworkForecaster, neural
from jsolar.forecast.page import WINDOWS
from jsolar.forecast.saved import save_forecaster
from jsolar.losses.events import cross_entropy
from jsolar.models.cnn import CNNConfig
from jsolar.models.mlp import MLPConfig
from jsolar.predict import command as run_command
from jsolar.run import Run
from jsolar.sun.fields.keywords import PATCH_KEYWORDS, patch_keywords
from jsolar.sun.files.sharp import read_sharp
from jsolar.train.config import TrainConfig
from jsolar.types import Events, Rows
from jsolar.verify.events.calibration import Platt
from tests.sun.files.make_fits import write_full_disk, write_sharp

OPEN = "no yes or no on ≥M1.0: its validation data had no such event"
CARDS = {"≥C1.0": {"threshold": 0.25}, "≥M1.0": {"threshold": None}}
DATA = {"name": "toy/1.0.0", "synthetic": True, "size": 16, "degrees_per_pixel": 0.12}
NETWORK = MLPConfig(hidden=(6,))
NAME = "hmi.sharp_cea_720s.377.20110215_020000_TAI.magnetogram"
WARNING = "trained on simulated data; not a forecast"


def field(rows: int = 72, columns: int = 96) -> np.ndarray:
    """A bipole in noise, gauss, with a gap."""
    y, x = np.mgrid[:rows, :columns]
    spots = [(800, 0.42), (-900, 0.58)]
    blobs = [s * np.exp(-(((x - c * columns) ** 2 + (y - rows / 2) ** 2) / 60)) for s, c in spots]
    pixels = sum(blobs) + np.random.default_rng(0).normal(0, 20, (rows, columns))
    pixels[:8, :8] = np.nan
    return pixels


def picture(path: pathlib.Path) -> np.ndarray:
    """The middle 64² pixels of a file, 4² averaged to one."""
    pixels = read_sharp(path).pixels
    (top, left) = ((n - 64) // 2 for n in pixels.shape)
    inner = pixels[top : top + 64, left : left + 64]
    return np.nanmean(inner.reshape(16, 4, 16, 4), axis=(1, 3))[None, ..., None]


def examples(n: int, region: int) -> Examples:
    pictures = np.random.default_rng(region).normal(0, 100, (n, 16, 16, 1)).astype(np.float32)
    strong = np.abs(pictures).mean((1, 2)) > 80
    return Examples(
        rows=Rows(
            id=np.arange(n).astype(str),
            group=region + np.arange(n),
            time=np.datetime64("2011-01-01", "s") + np.arange(n),
        ),
        inputs={"image": pictures},
        events=Events(np.tile(strong, (1, 2)), np.ones((n, 2), bool)),
    )


def save(folder, forecast, *, data=DATA, cards=CARDS) -> None:
    known = Data(*[examples(1, 1)] * 3, tuple(cards), data)
    comparison = Comparison("all", WINDOWS, known, {}, {"CNN": cards}, *[{}] * 7)
    save_forecaster(Run("flare_cnn", "smoke", None, folder), "CNN", forecast, comparison)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a small network of pictures, and the method as it was fitted."""
    folder = tmp_path_factory.mktemp("finished")
    method = neural(
        NETWORK,
        reads="image",
        fit_normaliser=fit_pictures,
        loss=cross_entropy(),
        config=TrainConfig(epochs=2, batch_size=16, evaluations=1),
        folder=folder / "mlp",
    )
    forecast = calibrated(method).fit(jax.random.key(0), examples(48, 100), examples(16, 200))
    save(folder, forecast)
    return folder, forecast


@pytest.fixture
def sharp(tmp_path) -> pathlib.Path:
    return write_sharp(tmp_path, field())


def command(*words: object) -> None:
    """As from the command line."""
    run_command([str(word) for word in words])


def by_hand(folder: pathlib.Path, *, config, reads: str, inputs, platt: Platt) -> Calibrated:
    """A run whose parameters are drawn at random; its forecast."""
    width = len(PATCH_KEYWORDS) if reads == "keywords" else 1
    normaliser = Normaliser(np.zeros(width), np.full(width, 40.0), np.array([1]))
    outputs = len(platt.slope)
    params = jax.jit(models.make(config, outputs=outputs).init)(jax.random.key(1), inputs[reads])
    params["Dense_1"]["bias"] = jnp.array([30.0, -30.0, 0.5])[:outputs]
    forecast = Calibrated(NetworkForecaster(config, outputs, reads, normaliser, params), platt)
    save(
        folder, forecast, cards={f"≥M{k}.0": {"threshold": 0.1 * k} for k in range(1, outputs + 1)}
    )
    return forecast


def judged(folder: pathlib.Path, sharp: pathlib.Path):
    """The record, the picture and the shares of its pixels."""
    record, cut, shares = predict.forecast(predict.load(folder / "model"), read_sharp(sharp))
    return record, cut.image, shares


def test_a_saved_run_says_what_the_fitted_method_said(finished, sharp) -> None:
    folder, fitted = finished
    record, image, shares = judged(folder, sharp)
    np.testing.assert_allclose(image[None], picture(sharp), rtol=1e-5, atol=1e-3)
    expected = fitted({"image": picture(sharp).astype(np.float32)})[0]
    said = [event["probability"] for event in record["events"].values()]
    np.testing.assert_allclose(said, expected, rtol=1e-5)
    assert shares.shape == (16, 16, 1)


NETWORKS = {"mlp": (MLPConfig(hidden=(5,)), "keywords"), "cnn": (CNNConfig(widths=(4, 8)), "image")}


@pytest.mark.parametrize(("network", "events"), [("mlp", 2), ("cnn", 2), ("mlp", 1), ("cnn", 3)])
def test_every_network_also_when_it_is_very_sure(tmp_path, sharp, network, events) -> None:
    """Log-odds of ±30 are cut off where calibration cut them off when it was fitted."""
    config, reads = NETWORKS[network]
    latitude, longitude, observer = np.radians([-21.0769, 34.879105 - 21.725103, -6.8279])
    mu = np.sin(latitude) * np.sin(observer)
    mu += np.cos(latitude) * np.cos(observer) * np.cos(longitude)
    image = picture(sharp).astype(np.float32)
    keywords = patch_keywords(image[0, ..., 0], degrees_per_pixel=0.12, mu=mu)
    inputs = {"image": image, "keywords": np.asarray(keywords)[None]}
    platt = Platt(jnp.full(events, 0.05), jnp.array([0.1, -0.2, 0.3])[:events])
    fitted = by_hand(tmp_path, config=config, reads=reads, inputs=inputs, platt=platt)
    record, _, _ = judged(tmp_path, sharp)
    said = [event["probability"] for event in record["events"].values()]
    np.testing.assert_allclose(said, fitted(inputs)[0], rtol=1e-4)
    assert record["cos_heliocentric_angle"] == pytest.approx(mu, abs=2e-3)


def test_the_shares_add_up_to_the_log_odds_of_the_last_event(finished, sharp) -> None:
    network = finished[1].forecaster
    _, image, shares = judged(finished[0], sharp)

    def logit(image):
        inputs = {"image": image[None], "keywords": jnp.zeros((1, len(PATCH_KEYWORDS)))}
        return float(network.model.apply(network.params, inputs)[0][0, 1])

    difference = logit(jnp.asarray(image)) - logit(jnp.zeros_like(image))
    assert abs(difference) > 1e-3
    assert float(shares.sum()) == pytest.approx(difference, rel=0.05)


def test_json_picture_and_what_is_printed(finished, sharp, tmp_path, capsys) -> None:
    folder, _ = finished
    command(folder, sharp, "--output", tmp_path / "out")
    record = json.loads((tmp_path / "out" / f"{NAME}.json").read_text())
    events = record.pop("events")
    model = record.pop("model")
    assert record.pop("latitude_deg") == pytest.approx(-21.0769)
    assert record.pop("longitude_deg") == pytest.approx(13.154002)
    assert 0.9 < record.pop("cos_heliocentric_angle") < 1
    assert record == {
        "file": f"{NAME}.fits",
        "harp": 377,
        "noaa_regions": [11158],
        "issue_time": "2011-02-15T01:59:26",  # 02:00:00 TAI
        "window_hours": 24,
        "flux_share": 1.0,
        "quality": 0,
        "warnings": [WARNING, OPEN],
    }
    assert model == {"experiment": "flare_cnn", "method": "CNN", "data": DATA}
    assert list(events) == ["≥C1.0", "≥M1.0"]
    c, m = events.values()
    assert (c["threshold"], c["yes"]) == (0.25, c["probability"] >= 0.25)
    assert (m["threshold"], m["yes"]) == (None, None)
    out = capsys.readouterr().out
    assert f"{NAME}: ≥C1.0: {c['probability']:.1%}, ≥M1.0: {m['probability']:.1%}" in out
    assert f"({WARNING}; {OPEN})" in out
    assert str(tmp_path / "out") in out
    drawn = matplotlib.image.imread(tmp_path / "out" / f"{NAME}.png")
    assert min(drawn.shape[:2]) > 100
    assert len(np.unique(drawn[..., 0])) > 50, "the picture is empty"
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [f"{NAME}.json", f"{NAME}.png"]


def test_a_run_on_real_data_gives_no_such_warning(finished, sharp, tmp_path, capsys) -> None:
    _, fitted = finished
    real = tmp_path / "real"
    save(real, fitted, data={**DATA, "synthetic": False})
    command(real, sharp)
    record = json.loads((real / "forecasts" / f"{NAME}.json").read_text())
    assert record["warnings"] == [OPEN]
    assert "simulated" not in capsys.readouterr().out


def test_a_region_larger_than_the_picture_is_warned_of(finished, tmp_path, capsys) -> None:
    wide = np.zeros((72, 300))
    wide[30:42, 20:40], wide[30:42, 260:280], wide[30:42, 148:152] = 900.0, -900.0, 500.0
    command(finished[0], write_sharp(tmp_path, wide), "--output", tmp_path / "out")
    record = json.loads(next((tmp_path / "out").glob("*.json")).read_text())
    assert record["flux_share"] == pytest.approx(500 * 4 / (500 * 4 + 2 * 900 * 20), abs=0.01)
    assert record["warnings"][1] == "only 5% of the region's flux is in the picture"
    assert "only 5%" in capsys.readouterr().out


def test_a_region_at_the_limb_and_a_bad_observation_are_warned_of(
    finished, tmp_path, capsys
) -> None:
    limb = write_sharp(tmp_path, field(), CRVAL1=21.7 + 75, QUALITY="0x00010400")
    command(finished[0], limb, "--output", tmp_path / "out")
    record = json.loads(next((tmp_path / "out").glob("*.json")).read_text())
    assert record["longitude_deg"] > 70
    assert record["warnings"][1:] == [
        "farther from the central meridian than anything it was trained on",
        "QUALITY 0x10400 is bad or unknown",
        OPEN,
    ]
    assert "central meridian" in capsys.readouterr().out


def test_several_files_and_compressed_ones(finished, sharp, tmp_path) -> None:
    other = write_sharp(tmp_path, field(), HARPNUM=401)
    packed = tmp_path / "packed" / f"{sharp.name}.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(sharp.read_bytes()))
    command(finished[0], packed, other, "--output", tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        f"{n}{s}" for n in (NAME, NAME.replace("377", "401")) for s in (".json", ".png")
    }


@pytest.mark.realdata
def test_real_sharps_are_forecast(finished, realdata, tmp_path, capsys) -> None:
    files = sorted((realdata / "sharp").glob("*.magnetogram.fits"))
    assert len(files) == 2
    command(finished[0], *files, "--output", tmp_path / "out")
    records = [json.loads(path.read_text()) for path in sorted((tmp_path / "out").glob("*.json"))]
    assert [record["harp"] for record in records] == [377, 115]
    assert len(list((tmp_path / "out").glob("*.png"))) == 2
    assert capsys.readouterr().out.count(WARNING) == 2


def refused(capsys, folder, *files: object, output: pathlib.Path) -> str:
    """The sentence with which it ends in status 2, having printed and written nothing."""
    with pytest.raises(SystemExit) as end:
        command(folder, *files, "--output", output)
    assert end.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert not output.exists()
    (sentence,) = err.splitlines()
    assert sentence.startswith("jsolar.predict: ")
    assert sentence.endswith(" [JSOLAR_DEBUG=1 shows where]")
    return sentence


def truncated(folder):
    path = write_sharp(folder, field())
    path.write_bytes(path.read_bytes()[:-6000])
    return path


BAD_FILES = {
    "missing": (lambda folder: folder / "x.magnetogram.fits", "does not exist", "download it"),
    "truncated": (truncated, "not a complete FITS file", "download it again"),
    "full disk": (
        lambda folder: write_full_disk(folder / "hmi.m_720s.magnetogram.fits", field()),
        "is a full disk, not a SHARP",
        "read_full_disk",
    ),
    "all NaN": (
        lambda folder: write_sharp(folder, np.full((72, 96), np.nan)),
        "holds no valid pixel",
        "choose another time",
    ),
    "another segment": (
        lambda folder: write_sharp(folder, field(), segment="Br"),
        "is the segment Br",
        "….magnetogram.fits",
    ),
    "another scale": (
        lambda folder: write_sharp(folder, field(), CDELT1=0.05, CDELT2=0.05),
        "no whole multiple of the field's 0.05°",
        "choose one that is",
    ),
}


@pytest.mark.parametrize(("make", "what", "remedy"), BAD_FILES.values(), ids=BAD_FILES)
def test_bad_files_are_refused_by_name(finished, tmp_path, capsys, make, what, remedy) -> None:
    path = make(tmp_path)
    sentence = refused(capsys, finished[0], path, output=tmp_path / "out")
    for part in (str(path), what, remedy):
        assert part in sentence


def test_bad_files_among_good_ones_are_listed_at_the_end(finished, sharp, tmp_path, capsys) -> None:
    (tmp_path / "short").mkdir()
    short = truncated(tmp_path / "short")
    missing, out = tmp_path / "missing.fits", tmp_path / "out"
    with pytest.raises(SystemExit) as end:
        command(finished[0], missing, sharp, short, "--output", out)
    assert end.value.code == 1
    first, *faults = capsys.readouterr().err.splitlines()
    assert first == "2 of 3 files could not be used:"
    assert [str(missing) in faults[0], str(short) in faults[1]] == [True, True]
    written = {path.name for path in out.iterdir()}
    assert len(written) == 2
    assert {name.split(".")[-1] for name in written} == {"json", "png"}


def test_equal_names_of_two_folders_keep_apart(finished, sharp, tmp_path) -> None:
    other = tmp_path / "other" / sharp.name
    other.parent.mkdir()
    write_sharp(other.parent, -field())
    command(finished[0], sharp, other, "--output", tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").glob("*.json"))
    assert names == sorted([f"other-{NAME}.json", f"{sharp.parent.name}-{NAME}.json"])


def test_no_file_is_an_error(finished, tmp_path, capsys) -> None:
    assert "no file is given" in refused(capsys, finished[0], output=tmp_path / "out")


def unfinished(folder: pathlib.Path) -> None:
    """As a run stands after its training."""
    (folder / "model" / "model.json").unlink()
    (folder / "config.json").write_text("{}")


def without_parameters(folder: pathlib.Path) -> None:
    shutil.rmtree(folder / "model" / "params")


def changed(folder: pathlib.Path, **changes: object) -> None:
    card = json.loads((folder / "model" / "model.json").read_text())
    (folder / "model" / "model.json").write_text(json.dumps({**card, **changes}))


BAD_RUNS = {
    "no run": (shutil.rmtree, "model.json does not exist", "--workdir of a finished run"),
    "unfinished": (unfinished, "model.json does not exist", "--workdir of a finished run"),
    "no parameters": (without_parameters, "params does not exist", "let the experiment finish"),
    "cut short": (
        lambda folder: (folder / "model" / "model.json").write_text('{"experiment": "fl'),
        "model.json holds no model",
        "use a finished run",
    ),
    "another program's": (
        lambda folder: (folder / "model" / "model.json").write_text('{"weights": "model.bin"}'),
        "model.json holds no model",
        "use a finished run",
    ),
    "unknown network": (
        lambda folder: changed(folder, network="transformer"),
        "model.json holds no model",
        "use a finished run",
    ),
    "unknown input": (
        lambda folder: changed(folder, reads="features"),
        "model.json holds no model",
        "use a finished run of experiments.flare_cnn",
    ),
    "unknown task": (
        lambda folder: changed(folder, task="weather"),
        "holds no model that this version knows",
        "'weather'",
    ),
    "unknown option": (
        lambda folder: changed(folder, config={"hidden": [6], "attention": True}),
        "model.json holds no model",
        "of this version",
    ),
}


@pytest.mark.parametrize(("spoil", "what", "remedy"), BAD_RUNS.values(), ids=BAD_RUNS)
def test_bad_runs_are_refused_by_name(
    finished, sharp, tmp_path, capsys, spoil, what, remedy
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(finished[0], folder)
    spoil(folder)
    sentence = refused(capsys, folder, sharp, output=tmp_path / "out")
    for part in (str(folder), what, remedy):
        assert part in sentence


def test_only_calibrated_networks_are_saved(finished, tmp_path) -> None:
    with pytest.raises(TypeError, match=r"CNN is not calibrated: wrap it in calibrated"):
        save(tmp_path, finished[1].forecaster)
    with pytest.raises(TypeError, match=r"CNN is no network and cannot be saved"):
        save(tmp_path, Calibrated(lambda inputs: inputs, finished[1].platt))
    assert not list(tmp_path.iterdir())
