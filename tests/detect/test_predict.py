"""Disks from files: records with places on the Sun, COCO that comes back, and bad files."""

import json
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest
from pycocotools import mask as rle

from jsolar.detect import predict
from jsolar.detect.findings import finding
from jsolar.detect.records import region_records
from jsolar.detect.saved import Trained
from jsolar.models.mask_rcnn.config import SOLAR, MaskRCNNConfig
from jsolar.run import FilesError
from jsolar.sun import units
from jsolar.sun.fields.masks import tight_boxes
from jsolar.sun.files.coco import read_coco
from jsolar.sun.files.disk_header import disk_header, write_disk
from jsolar.sun.sphere import Frame, pixel_of, sphere
from jsolar.verify.events.calibration import Platt
from jsolar.writing import configured, plain

FRAME = Frame(64)
B0, L0 = 6.5, 200.0
HEADER = disk_header(
    FRAME,
    time=np.datetime64("2014-10-24T12:00:00"),
    observer_latitude_deg=B0,
    observer_carrington_deg=L0,
    simulated=True,
)
PLACES = [(18.0, -25.0), (-12.0, 40.0), (5.0, 80.0)]
"""Latitudes and longitudes of regions; the last is too far for a forecast."""


def regions():
    """Squares of 5 × 7 pixels around places on the Sun."""
    masks = np.zeros((len(PLACES), 64, 64), bool)
    for mask, (latitude, longitude) in zip(masks, PLACES, strict=True):
        place = {"latitude_deg": latitude, "longitude_deg": longitude}
        row, column = np.rint(np.asarray(pixel_of(FRAME, B0, **place))).astype(int)
        mask[row - 2 : row + 3, column - 3 : column + 4] = True
    scores, evidence = np.array([0.7, 0.9, 0.8]), np.array([0.0, 2.0, -1.0])
    return finding(tight_boxes(masks).astype(float), masks, scores, evidence)


class Stub(NamedTuple):
    """A detector that has been told."""

    frame: Frame

    def __call__(self, inputs):
        assert inputs.image.shape == (1, 64, 64, 1)
        assert inputs.observer_latitude_deg[0] == pytest.approx(B0)
        return [regions()]


@pytest.fixture
def model(monkeypatch):
    card = {
        "event": "≥C1.0",
        "experiment": "flare_detection",
        "method": "Mask R-CNN",
        "data": {"synthetic": True, "name": "toy"},
    }
    platt = Platt(jnp.asarray(1.0), jnp.asarray(0.0))
    trained = Trained(Stub(FRAME), platt, 0.6, 0.75, card)
    monkeypatch.setattr(predict, "load_detector", lambda folder: trained)
    return trained


@pytest.fixture
def disk(tmp_path):
    field = np.where(np.isfinite(np.asarray(sphere(FRAME, B0).mu)), 20.0, np.nan)
    write_disk(tmp_path / "disk.fits", field, HEADER)
    return tmp_path / "disk.fits"


def test_records_have_the_places_of_the_regions(model, disk, tmp_path, capsys) -> None:
    predict.predict(tmp_path, [disk], tmp_path / "out")
    told = json.loads((tmp_path / "out" / "disk.json").read_text())
    assert [round(one["score"], 2) for one in told["regions"]] == [0.9, 0.8]  # 0.7 is not reported
    first, limb = told["regions"]
    assert first["hgs_y"] == pytest.approx(-12.0, abs=1.5)
    assert first["hgs_x"] == pytest.approx(40.0, abs=1.5)
    assert first["hgc_x"] == pytest.approx((L0 + first["hgs_x"]) % 360)
    assert first["boundbox_c1ll"] < first["hpc_x"] < first["boundbox_c1ur"]
    assert first["flare"]["event"] == "≥C1.0"
    assert first["flare"]["probability"] == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert first["flare"]["yes"] is True
    assert limb["flare"] == {"event": "≥C1.0", "probability": None, "yes": None}
    assert told["disk_probability"] == pytest.approx(first["flare"]["probability"])
    assert told["issue_time"] == "2014-10-24T12:00:00"
    assert "not a forecast" in told["warnings"][0]
    assert "disk: 2 regions, ≥C1.0 88%" in capsys.readouterr().out
    assert limb["unsigned_flux_mx"] is None
    assert first["unsigned_flux_mx"] > 0
    for ending in ("png", "field.png"):
        assert (tmp_path / "out" / f"disk.{ending}").read_bytes().startswith(b"\x89PNG")


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_coco_comes_back(model, disk, tmp_path) -> None:
    """Rows from the top, boxes around their masks, and a file that our own reader takes."""
    predict.predict(tmp_path, [disk], tmp_path / "out")
    path = tmp_path / "out" / "disk.coco.json"
    (picture,) = read_coco(path).pictures
    assert picture.name == "disk.field.png"
    told = json.loads(path.read_text())
    known = regions().found(64).masks[[1, 2]]
    for one, mask in zip(told["annotations"], known, strict=True):
        np.testing.assert_array_equal(rle.decode(one["segmentation"])[::-1].astype(bool), mask)
        left, top, width, height = one["bbox"]
        rows, columns = np.nonzero(mask[::-1])
        assert (left, top) == (columns.min(), rows.min())
        assert (width, height) == (np.ptp(columns) + 1, np.ptp(rows) + 1)
        assert one["area"] == mask.sum()


def test_area_and_flux_are_those_on_the_sun() -> None:
    mu = np.nan_to_num(np.asarray(sphere(FRAME, B0).mu))
    cap = (mu > 0.5)[None]
    whole = finding(tight_boxes(cap).astype(float), cap, np.ones(1), np.zeros(1))
    field = np.where(mu > 0, 10 * mu, np.nan)  # a radial field of 10 G
    (one,) = region_records(
        whole, field, FRAME, HEADER, probability=np.ones(1), near=np.ones(1, bool)
    )
    assert one["area_msh"] == pytest.approx(0.5e6, rel=0.02)
    area_cm2 = np.pi * (units.SOLAR_RADIUS_MM * units.CM_PER_MM) ** 2
    assert one["unsigned_flux_mx"] == pytest.approx(10 * area_cm2, rel=0.02)
    assert one["hpc_bbox"].startswith("POLYGON((")


def test_a_disk_without_regions_is_told_as_well(model, disk, tmp_path, monkeypatch) -> None:
    nothing = model._replace(score=2.0)
    monkeypatch.setattr(predict, "load_detector", lambda folder: nothing)
    predict.predict(tmp_path, [disk], tmp_path / "out")
    told = json.loads((tmp_path / "out" / "disk.json").read_text())
    assert told["regions"] == []
    assert told["disk_probability"] == 0


def test_bad_files_are_named_and_the_others_used(model, disk, tmp_path) -> None:
    bad = tmp_path / "bad.fits"
    write_disk(bad, np.ones((8, 8)), {"BUNIT": "Gauss"})
    with pytest.raises(ValueError, match="not a full disk in helioprojective"):
        predict.predict(tmp_path, [bad], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(FilesError) as error:
        predict.predict(tmp_path, [bad, disk, tmp_path / "none.fits"], tmp_path / "out")
    assert len(error.value.args[0]) == 2
    assert (tmp_path / "out" / "disk.json").exists()


@pytest.mark.parametrize("config", [MaskRCNNConfig(), *SOLAR.values()])
def test_a_config_comes_back_from_its_card(config) -> None:
    assert configured(MaskRCNNConfig, json.loads(json.dumps(plain(config)))) == config
