"""Series of frames: simulated and from SHARPs."""

import pathlib

import numpy as np
import pytest

from jsolar.data.audit import check_splits
from jsolar.datasets.opened import SPLITS
from jsolar.datasets.region_evolution.region_evolution_dataset_builder import builder
from jsolar.datasets.region_evolution.sharp import sharp
from jsolar.datasets.region_evolution.synthetic import synthetic
from jsolar.types import Rows
from tests.command import run
from tests.datasets.tiny import SUN, rows_of, tai
from tests.sun.files.make_fits import write_sharp

LEADS = (6.0, 12.0, 48.0)
CONFIG = synthetic(regions=40, lead_hours=LEADS, size=16, degrees_per_pixel=0.9, sun=SUN)
START = np.datetime64("2011-02-10T02:00:34")


@pytest.fixture(scope="module")
def splits() -> list[list[dict]]:
    return [rows_of(CONFIG, split) for split in range(3)]


def test_no_region_and_no_frame_straddles_a_border(splits) -> None:
    borders = CONFIG.borders()
    tables = {}
    for name, rows, end in zip(SPLITS, splits, [*borders, None], strict=True):
        assert len(rows) > 3
        time = np.array([row["issue_time"] for row in rows]).astype("datetime64[s]")
        group = np.array([row["region"] for row in rows])
        tables[name] = Rows(np.array([row["id"] for row in rows]), group, time)
        if end is not None:
            assert (time + np.timedelta64(48, "h") <= end).all()
    check_splits(tables)


def test_frames_are_those_of_one_region_in_order_of_time(splits) -> None:
    rows = [row for split in splits for row in split]
    assert rows[0]["past"].shape == (3, 16, 16)
    assert rows[0]["future"].shape == (3, 16, 16)
    assert rows[0]["fields"].shape == (4, 16, 16)  # at the issue time too
    seen = np.stack([np.concatenate([row["past"][-1:], row["future"]]) for row in rows])
    true = np.stack([row["fields"] for row in rows])
    apart = np.abs(seen[:, :, None] - true[:, None]).mean((0, 3, 4))  # of each frame and field
    assert (apart.argmin(1) == np.arange(4)).all()
    assert all(np.isnan(row["expected"]).all() for split in splits[:2] for row in split)
    for row in splits[2]:  # of test series there is the mean of what may come
        by_mean, by_now = (
            np.square(x - row["fields"][1:]).mean() for x in (row["expected"], row["fields"][:1])
        )
        assert by_mean < by_now
    change = np.abs(true - true[:, :1]).mean((0, 2, 3))
    assert (np.diff(change) > 0).all()  # the farther, the more different
    assert all(abs(row["longitude_deg"]) <= 70 for row in rows)


def test_the_same_seed_gives_the_same_rows_and_the_name_tells_the_rest(splits) -> None:
    again = rows_of(CONFIG, 2)
    for row, other in zip(again, splits[2], strict=True):
        assert row["id"] == other["id"]
        np.testing.assert_array_equal(row["future"], other["future"])
    assert synthetic().name == "synthetic"
    assert synthetic(lead_hours=LEADS, seed=3).name == "synthetic-lead_hours6_12_48-seed3"


@pytest.mark.parametrize("hours", [(), (-6.0,), (0.0, -6.0), (-6.0, -6.0, 0.0)])
def test_the_past_rises_and_ends_at_the_issue_time(hours) -> None:
    with pytest.raises(ValueError, match=r"past_hours .* must rise and end with 0"):
        synthetic(past_hours=hours)


@pytest.mark.parametrize("hours", [(), (0.0, 6.0), (12.0, 6.0)])
def test_leads_are_positive_and_rise(hours) -> None:
    with pytest.raises(ValueError, match=r"lead_hours .* must be positive and rise"):
        sharp(lead_hours=hours)


def field_of(harp: int, hour: float) -> np.ndarray:
    """Two polarities that drift apart by 0.03° an hour, and a corner that nobody saw."""
    y, x = np.mgrid[:64, :80]
    drift = 8 + 0.5 * hour
    bump = [np.exp(-((x - 40 - s * drift) ** 2 + (y - 32) ** 2) / 18) for s in (-1, 1)]
    field = (500.0 + 100 * harp) * (bump[0] - bump[1])
    field[:3, :3] = np.nan
    return field.round(1)


def write(folder: pathlib.Path, harp: int, hours, **header) -> list[pathlib.Path]:
    start = START + np.timedelta64(30 * (harp - 1), "D")
    return [
        write_sharp(
            folder,
            field_of(harp, hour),
            **{
                "HARPNUM": harp,
                "NOAA_ARS": str(11100 + harp),
                "T_REC": tai(start + np.timedelta64(round(3600 * hour), "s")),
                "CRVAL1": 30.0,
                "CRLN_OBS": 20.0 - 13.2 * hour / 24,
            }
            | header,
        )
        for hour in hours
    ]


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> pathlib.Path:
    """Four good regions; one too short; one with a gap; one that a broken and a bad file spoil."""
    folder = tmp_path_factory.mktemp("series")
    for harp in (1, 2, 3, 4):
        write(folder, harp, (0, 6, 12, 18, 24))
    write(folder, 5, (0, 6))
    write(folder, 6, (0, 6, 12, 24))
    broken = write(folder, 7, (0, 6, 12, 18, 24))[3]
    broken.write_bytes(broken.read_bytes()[:3000])
    write(folder, 8, (0, 6, 12, 24))
    write(folder, 8, (18,), QUALITY=0x10000)
    return folder


HOURS = {"past_hours": (-6.0, 0.0), "lead_hours": (6.0, 12.0)}


def test_series_of_sharps_are_built_and_the_others_told_of(files, tmp_path, capsys) -> None:
    config = sharp(files, **HOURS, size=16, degrees_per_pixel=0.12)
    built = builder(config, tmp_path)
    built.download_and_prepare()
    rows = [row for name in SPLITS for row in built.as_data_source(name)]
    assert sorted(row["region"] for row in rows) == [1, 2, 3, 4]
    assert {row["noaa_regions"] for row in rows} == {b"11101", b"11102", b"11103", b"11104"}
    for row in rows:
        peak = [float(np.abs(p).max()) for p in (*row["past"], *row["future"])]
        assert min(peak) > 300
        place = [
            np.unravel_index(p.argmax(), p.shape)[1] for p in (row["past"][0], row["future"][1])
        ]
        assert place[0] - place[1] == pytest.approx(18 * 0.5 * 0.03 / 0.12, abs=1)  # to the east
        assert abs(row["latitude_deg"] + 21.08) < 0.3
        assert row["longitude_deg"] == pytest.approx(10 + 13.2 * 6 / 24, abs=0.2)
    build = built.info.metadata["build"]
    assert [fault.split("HARP")[-1][:2] for fault in build["remarks"]] == [" 5", " 6", " 7", " 8"]
    assert "span 6.0 h, a series needs 18 h" in build["remarks"][0]
    assert len(build["faulty"]) == 1
    assert ".7." in build["faulty"][0]


def test_a_user_builds_and_reads_series(files, tmp_path) -> None:
    words = ["build", "region_evolution/sharp", "--folder", files, "--past-hours", "-6", "0",
             "--lead-hours", "6", "12", "--size", "16", "--degrees-per-pixel", "0.12"]  # fmt: skip
    status, out, err = run("jsolar.datasets", *words, data=tmp_path)
    assert status == 1, err  # a broken file is told of
    assert "HARP 5: its usable frames span 6.0 h, a series needs 18 h" in out
    assert "1 files could not be used" in err
    assert "examples" in out


def test_a_folder_without_series_says_why(tmp_path) -> None:
    write(tmp_path, 5, (0, 6))
    with pytest.raises(ValueError, match=r"no series; HARP 5: its usable .* span 6\.0 h"):
        rows_of(sharp(tmp_path, **HOURS), 0)
    with pytest.raises(FileNotFoundError, match=r"no SHARP Br: put files named …\.Br\.fits"):
        rows_of(sharp(tmp_path, segment="Br", **HOURS), 0)


def test_frames_with_too_little_in_them_are_left_out(tmp_path) -> None:
    """The last two boxes of a HARP are far too small."""
    write(tmp_path, 1, (0, 6, 12, 18))
    for path in write(tmp_path, 2, (0, 6, 12, 18)):
        path.unlink()
    write(tmp_path, 2, (0, 6))
    start = START + np.timedelta64(30, "D")
    for hour in (12, 18):
        time = tai(start + np.timedelta64(hour, "h"))
        write_sharp(tmp_path, field_of(2, 0)[:12], HARPNUM=2, NOAA_ARS="11102", T_REC=time,
                    CRVAL1=30.0, CRLN_OBS=20.0)  # fmt: skip
    config = sharp(tmp_path, **HOURS, size=16, degrees_per_pixel=0.12)
    opened = config.open(lambda: tmp_path)
    rows = [row for split in range(3) for _, row in opened.examples(split)]
    assert [row["region"] for row in rows] == [1]
    assert "shows less than 50% of the frame" in opened.faulty[0]
