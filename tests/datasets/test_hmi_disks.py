"""Full disks, SHARP bitmaps and a flare list become pictures with labelled regions."""

import itertools
import pathlib
from typing import Any

import numpy as np
import pytest

from jsolar.datasets.full_disk_regions.full_disk_regions_dataset_builder import builder
from jsolar.datasets.full_disk_regions.hmi import HmiConfig, blocks, hmi
from jsolar.sun.files.disk_header import disk_header, write_disk
from jsolar.sun.sky_boxes import heliographic_boxes
from jsolar.sun.sphere import Frame, sphere
from tests.datasets.tiny import tai, write_flares
from tests.sun.files.make_fits import write_full_disk, write_sharp

START = np.datetime64("2011-02-10T02:00:34")
L0, B0 = 20.0, -6.8279
DAYS = (0, 1, 30, 31, 60, 61, 90, 91)
"""Of the disks; with fewer than eight rotations, blocks are of 14 days."""

CODES = np.ones((200, 240), int)
CODES[60:140, 40:200] = 34  # 2.4° × 4.8° of 6° × 7.2°


def write_day(folder: pathlib.Path, day: int) -> None:
    """A disk and the bitmaps of two regions; HARP 1 belongs to NOAA 11101."""
    time = START + np.timedelta64(day, "D")
    frame = Frame(128)
    mu = np.asarray(sphere(frame, B0).mu)
    header = disk_header(
        frame, time=time, observer_latitude_deg=B0, observer_carrington_deg=L0, simulated=False
    )
    (folder / "disks").mkdir(parents=True, exist_ok=True)
    (folder / "bitmaps").mkdir(parents=True, exist_ok=True)
    write_disk(folder / "disks" / f"disk{day:03}.fits", 100.0 * mu, header)
    for harp, (latitude, longitude) in enumerate([(20.0, -20.0), (-15.0, 30.0)], start=1):
        write_sharp(
            folder / "bitmaps", CODES, segment="bitmap", HARPNUM=harp + 10 * day,
            NOAA_AR=11100 + harp + 10 * day, NOAA_ARS=str(11100 + harp + 10 * day),
            T_REC=tai(time), T_FRST1=tai(time - np.timedelta64(3, "D")),
            T_LAST1=tai(time + np.timedelta64(36, "h")), CRVAL1=longitude + L0, CRVAL2=latitude,
            CRLN_OBS=L0, CRLT_OBS=B0,
        )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("hmi")
    for day in DAYS:
        write_day(folder, day)
    write_flares(folder / "flares.csv")
    return folder


def config(folder: pathlib.Path, **options: Any) -> HmiConfig:
    how = {"size": 64, "flux_scale": "operational", "ends": "2011-07-01"} | options
    return hmi(folder / "disks", folder / "bitmaps", (folder / "flares.csv",), **how)


@pytest.fixture(scope="module")
def built(folder: pathlib.Path) -> Any:
    prepared = builder(config(folder), folder / "data")
    prepared.download_and_prepare()
    return prepared


@pytest.fixture(scope="module")
def every(built: Any) -> list[dict[str, Any]]:
    examples = [e for name in built.info.splits for e in built.as_data_source(name)]
    return sorted(examples, key=lambda e: int(e["issue_time"]))


def test_regions_are_where_their_sharps_are(every: list[dict[str, Any]]) -> None:
    first = every[0]
    assert first["region"].tolist() == [1, 2]
    np.testing.assert_allclose(first["latitude_deg"], [20.0, -15.0], atol=0.5)
    np.testing.assert_allclose(first["longitude_deg"], [-20.0, 30.0], atol=0.7)
    header = disk_header(Frame(64), time=START, observer_latitude_deg=B0, simulated=False)
    middle = heliographic_boxes(first["boxes"].astype(float), header)
    np.testing.assert_allclose(middle.lat.deg, [20.0, -15.0], atol=1.5)
    np.testing.assert_allclose(middle.lon.deg, [-20.0, 30.0], atol=1.5)
    mu = np.asarray(sphere(Frame(64), B0).mu)
    inside = np.nan_to_num(mu) > 0.3
    np.testing.assert_allclose(first["image"][inside, 0], 100 * mu[inside], atol=1.0)


def test_flares_are_those_of_the_list(every: list[dict[str, Any]]) -> None:
    """An M1.0 of NOAA 11101 a day later; the C9.9 at the next day's issue time is 11101's too."""
    first = every[0]
    assert first["flux_w_m2"].tolist() == [1e-5, 0.0]
    assert first["disk_flux_w_m2"] == 1e-5
    assert first["complete"].all()
    assert np.isnan(first["true_probability"]).all()
    assert first["floor_w_m2"] == 1e-6
    assert not every[2]["flux_w_m2"].any()


def test_splits_are_blocks_with_gaps(built: Any) -> None:
    days = {
        name: sorted(
            round((int(e["issue_time"]) - START.astype(int)) / 86400)
            for e in built.as_data_source(name)
        )
        for name in built.info.splits
    }
    assert days["train"][0] == 0
    assert sum(len(x) for x in days.values()) <= len(DAYS)
    names = [name for name in ("train", "validation", "test") if name in days]
    for one, other in itertools.pairwise(names):
        assert min(days[other]) - max(days[one]) >= 14


def test_long_records_are_split_by_rotation() -> None:
    days = START + np.arange(0, 600 * 24, 6).astype("timedelta64[h]")
    block, split = blocks(days, (0.5, 0.2, 0.3))
    assert np.unique(block).size == 22
    for s in (1, 2):
        gap = days[split == s].min() - days[split == s - 1].max()
        assert gap >= np.timedelta64(14, "D")
    assert not set(block[split == 0]) & set(block[split == 1])


def test_outlines_are_larger_than_masks(folder: pathlib.Path, every: list[dict[str, Any]]) -> None:
    opened = config(folder, boxes="outline").open(lambda: folder)
    _, wide = next(opened.examples(0))
    tight = every[0]["boxes"]
    np.testing.assert_array_equal(wide["masks"], every[0]["masks"])
    assert (wide["boxes"][:, :2] < tight[:, :2]).all()
    assert (wide["boxes"][:, 2:] > tight[:, 2:]).all()
    assert (wide["boxes"][0, 2] - wide["boxes"][0, 0]) / (tight[0, 2] - tight[0, 0]) < 2.5


def test_what_cannot_be_used_is_told(folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    for day in DAYS:
        write_day(tmp_path, day)
    write_flares(tmp_path / "flares.csv")
    write_full_disk(tmp_path / "disks" / "lonely.fits", np.zeros((24, 24)))
    (tmp_path / "disks" / "broken.fits").write_bytes(b"SIMPLE")
    twice = tmp_path / "disks" / "disk000.fits"
    (tmp_path / "disks" / "twice.fits").write_bytes(twice.read_bytes())
    (tmp_path / "bitmaps" / "hmi.sharp_cea_720s.1.x.bitmap.fits").write_bytes(b"SIMPLE")
    opened = config(tmp_path).open(lambda: tmp_path)
    assert len(opened.faulty) == 3
    assert any("twice.fits has the time of" in fault for fault in opened.faulty)
    assert "1 disks have no bitmap of their time: left out" in opened.remarks
    assert len(list(opened.examples(0))) > 0


def test_nothing_to_use_is_one_sentence(folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "disks").mkdir()
    write_full_disk(tmp_path / "disks" / "lonely.fits", np.zeros((24, 24)))
    other = hmi(tmp_path / "disks", folder / "bitmaps", (folder / "flares.csv",), ends="2011-07-01")
    with pytest.raises(ValueError, match="has no bitmap of the time of any disk"):
        other.open(lambda: folder)
    (tmp_path / "disks" / "lonely.fits").write_bytes(b"SIMPLE")
    with pytest.raises(ValueError, match="no file can be used"):
        other.open(lambda: folder)


def test_the_name_tells_what_was_read(folder: pathlib.Path) -> None:
    assert config(folder).name == config(folder).name
    assert config(folder).name != config(folder, boxes="outline").name
    assert hmi().name == "hmi"


@pytest.mark.realdata
def test_the_real_disk_opens(realdata: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """4096² pixels, upside down: the picture is upright, and off the limb it is NaN."""
    from jsolar.sun.files.full_disk import framed, read_full_disk

    (path,) = (realdata / "full_disk").glob("*.fits")
    field, frame = framed(read_full_disk(path), 256)
    assert np.isnan(field[0, 0])
    inside = np.isfinite(field)
    assert inside.sum() == pytest.approx(np.pi * frame.radius_pixels**2, rel=0.02)
    # The largest region of that day has its following, positive polarity to the east, in the north.
    north = field[170:200, 75:122]
    column = np.arange(north.shape[1])
    positive, negative = np.clip(north, 0, None), np.clip(-north, 0, None)
    assert (positive * column).sum() / positive.sum() < (negative * column).sum() / negative.sum()
