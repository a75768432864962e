"""A saved run predicts from SHARP files: maps that sunpy places, and sentences on faults."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sunpy.map
from astropy.io import fits

from jsolar import models
from jsolar.data.normalise import Normaliser
from jsolar.models.unet import UNetConfig
from jsolar.pictures.methods.neural import NetworkPredictor
from jsolar.pictures.networks import CHANGES, changes
from jsolar.pictures.saved import load_predictor, save_predictor
from jsolar.predict import command
from jsolar.run import MODEL, Run
from jsolar.sun.fields.cea import plane_to_stonyhurst
from tests.pictures.tiny import LEADS, PAST, data
from tests.sun.files.make_fits import write_sharp

UNET, SIZE, SCALE = UNetConfig(width=2, depth=1), 16, 0.12
TIMES = ("2011.02.14_14", "2011.02.14_20", "2011.02.15_02")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose network adds a tenth to the last frame."""
    network = models.make(UNET, outputs=CHANGES)
    normaliser = Normaliser(np.zeros(()), np.array(50.0), np.array([1]))
    inputs = {"frames": jnp.zeros((1, 3, SIZE, SIZE)), "lead_hours": jnp.ones(1)}
    params = changes(network, normaliser).init(jax.random.key(0), inputs)
    last = params["Head_0"]["Conv_0"] | {"bias": jnp.array([0.1, 0.0])}
    predictor = NetworkPredictor(UNET, normaliser, params | {"Head_0": {"Conv_0": last}})
    table = data()
    table = table._replace(facts=table.facts | {"size": SIZE, "degrees_per_pixel": SCALE})
    made = Run("region_growth", "smoke", None, tmp_path_factory.mktemp("run"))
    save_predictor(made, "U-Net", predictor, table)
    return made


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A region at three times, its spots 1.5° west of the middle of the box."""
    y, x = np.mgrid[:90, :160]
    spot = np.exp(-((y - 45.0) ** 2 + (x - 130.0) ** 2) / 100) - np.exp(
        -((y - 45.0) ** 2 + (x - 114.0) ** 2) / 100
    )
    spot[:17] = np.nan  # the southernmost row of the frame
    folder = tmp_path_factory.mktemp("files")
    return [
        write_sharp(folder, (600 + i) * spot, T_REC=f"{time}:00:00_TAI", CRLN_OBS=30.0)
        for i, time in enumerate(TIMES)
    ]


def call(run, files, output, capsys):
    """Exit status, and what was printed."""
    words = [str(run.folder), *map(str, files), "--output", str(output)]
    try:
        command(words)
        status = 0
    except SystemExit as stop:
        status = stop.code
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_maps_lie_where_the_region_will_be(run, files, tmp_path, capsys) -> None:
    status, out, _ = call(run, files, tmp_path / "out", capsys)
    assert status == 0
    assert "Mx now" in out
    record = json.loads((tmp_path / "out" / "harp377_20110215_015926.json").read_text())
    assert [one["lead_hours"] for one in record["predicted"]] == list(LEADS)
    assert record["warnings"][0] == "trained on simulated data; not a forecast"
    path = tmp_path / "out" / record["predicted"][1]["file"]
    shown = sunpy.map.Map(path)
    assert str(shown.date.utc)[:19] == "2011-02-15T13:59:26"  # 12 h after 02:00 TAI
    assert shown.unit == "G"
    corner = shown.pixel_to_world(*([0, SIZE - 1] * np.ones(2) * shown.dimensions.x.unit))
    half = (SIZE - 1) / 2 * SCALE
    place = {
        "latitude_deg": record["latitude_deg"],
        "longitude_deg": record["carrington_longitude_deg"],
    }
    latitude, longitude = plane_to_stonyhurst(-half, half, **place)
    assert corner.lat.deg == pytest.approx(latitude, abs=1e-6)
    assert corner.lon.deg == pytest.approx(longitude, abs=1e-6)
    assert record["carrington_longitude_deg"] == pytest.approx(34.879 + 1.4, abs=0.1)
    header = fits.getheader(path)
    unseen = np.isnan(fits.getdata(path))
    assert unseen[0].all()
    assert not unseen[2:].any()
    assert (header["SIMTRAIN"], header["LEAD"]) == (True, 12.0)
    assert header["CONTENT"] == "PREDICTED RADIAL FIELD"
    factor = record["predicted"][0]["unsigned_flux_mx"] / record["unsigned_flux_mx"]
    assert factor == pytest.approx(1.1, abs=0.03)
    assert (tmp_path / "out" / "harp377_20110215_015926.png").stat().st_size > 5000


def test_a_saved_network_predicts_as_it_did(run) -> None:
    model = load_predictor(run.folder / MODEL)
    assert (model.past_hours, model.lead_hours) == (PAST, LEADS)
    seen = data().test.seen
    np.testing.assert_allclose(model.network(seen, 6.0), 1.1 * seen.frames[:, -1], rtol=1e-5)
    with pytest.raises(TypeError, match="the method persistence is no network"):
        save_predictor(run, "persistence", lambda seen, lead: seen.frames, data())


def test_what_is_missing_is_told_in_a_sentence(run, files, tmp_path, capsys) -> None:
    status, _, err = call(run, files[2:], tmp_path, capsys)
    assert status == 2
    assert "HARP 377: its usable frames span 0.0 h, a series needs 12 h" in err
    status, _, err = call(run, files[:2], tmp_path, capsys)
    assert status == 2
    text = tmp_path / "x.magnetogram.fits"
    text.write_text("no FITS")
    status, out, err = call(run, [*files, text], tmp_path / "out", capsys)
    assert (status, "Mx now" in out) == (1, True)
    assert "1 of 4 files could not be used" in err
    assert "x.magnetogram.fits" in err
