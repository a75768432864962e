"""Patches of SHARPs written here: labels by hand, pixels by NumPy, faults by name."""

import pathlib
import shutil

import numpy as np
import pytest

from experiments.flare_data import facts
from jsolar.data.audit import check_splits
from jsolar.datasets.opened import SPLITS
from jsolar.datasets.solar_flares.sharp import sharp, usable_records
from jsolar.forecast.window_examples import window_examples
from tests.datasets.tiny import (
    HARPS,
    build,
    field_of,
    rows_of,
    tai,
    tiny_sharp,
    write_flares,
    write_sharps,
)
from tests.sun.files.make_fits import write_full_disk, write_sharp


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> pathlib.Path:
    return tmp_path_factory.mktemp("sharp")


@pytest.fixture(scope="module")
def config(folder):
    return tiny_sharp(folder)


@pytest.fixture(scope="module")
def rows(config) -> dict[tuple[int, str], dict]:
    """By HARP and day of issue."""
    every = [row for split in range(3) for row in rows_of(config, split)]
    return {(row["region"], row["id"][12:22]): row for row in every}


def test_every_patch_comes_once(rows) -> None:
    assert len(rows) == 2 * HARPS
    assert rows[1, "2011-02-10"]["id"] == "harp-000001-2011-02-10T02:00:00", "UTC, not TAI"


def test_labels_by_hand(rows) -> None:
    """M1.0 of HARP 1 exactly a day after its first patch, C9.9 a minute later."""
    first, second = rows[1, "2011-02-10"], rows[1, "2011-02-11"]
    assert (first["flux_w_m2"], first["previous_flux_w_m2"]) == (1e-5, 0.0)
    assert (second["flux_w_m2"], second["previous_flux_w_m2"]) == (pytest.approx(9.9e-6), 1e-5)
    assert first["complete"]
    assert second["complete"], "the region ended twelve hours later, on the disk"
    assert not first["previous_complete"], "the list begins in between"
    assert second["unattributed_flux_w_m2"] == 0
    quiet = rows[4, "2011-03-24"]
    assert quiet["flux_w_m2"] == 0, "its X flare came weeks before"
    assert not quiet["complete"], "and the list ended then"
    assert {row["floor_w_m2"] for row in rows.values()} == {1e-6}


def test_flare_without_region_is_kept_apart(folder) -> None:
    lone = folder / "lone"
    lone.mkdir(exist_ok=True)
    time = np.datetime64("2011-02-14T02:00:34")
    write_sharp(lone, field_of(1), T_REC=tai(time), NOAA_AR=0, NOAA_ARS="MISSING")
    (row,) = (
        r
        for s in range(3)
        for r in rows_of(sharp(lone, (folder / "flares.csv",), flux_scale="operational", size=8), s)
    )
    assert row["flux_w_m2"] == 0
    assert row["unattributed_flux_w_m2"] == pytest.approx(5e-6)


def test_pixels_are_block_means_about_the_flux(rows) -> None:
    for harp, day in ((1, "2011-02-10"), (3, "2011-03-10")):
        blocks = field_of(harp).reshape(10, 4, 12, 4)
        known = ~np.isnan(blocks)
        mean = np.where(known, blocks, 0).sum((1, 3)) / np.maximum(known.sum((1, 3)), 1)
        strong = np.abs(mean) * (np.abs(mean) >= 100)
        y, x = (round(float((i * strong).sum() / strong.sum())) for i in np.indices(mean.shape))
        expected = np.pad(mean, 8)[y + 4 : y + 12, x + 4 : x + 12]
        np.testing.assert_allclose(rows[harp, day]["image"][..., 0], expected, atol=0.02)
        assert rows[harp, day]["flux_share"] == 1


def test_places_and_truth(rows) -> None:
    row = rows[2, "2011-02-24"]
    assert row["longitude_deg"] == pytest.approx(10.0)
    assert rows[2, "2011-02-25"]["longitude_deg"] == pytest.approx(23.2)
    assert row["latitude_deg"] == pytest.approx(-21.0769)
    assert np.isnan(row["true_probability"]).all(), "nobody knows it of the real Sun"


def test_splits_are_stored_apart_and_read_back(config, tmp_path) -> None:
    built = build(config, tmp_path)
    tables = {name: window_examples(built.as_data_source(name)) for name in SPLITS}
    check_splits({name: table.rows for name, table in tables.items()})
    assert [sorted(set(t.rows.group.tolist())) for t in tables.values()] == [
        [1, 2, 3, 4, 5], [6, 7], [8, 9, 10]
    ]  # fmt: skip
    first = tables["train"].rows.id.tolist().index("harp-000001-2011-02-10T02:00:00")
    assert tables["train"].events.happened[first].tolist() == [True, True], "≥ C1.0, ≥ M1.0"
    assert built.info.metadata["synthetic"] is False
    about = facts(built)
    assert about["flare_list"]["flux_scale"] == "operational"
    assert set(about) == {
        *("name", "synthetic", "size", "degrees_per_pixel", "flare_list"),
        *("channels", "numbers", "sharp_keywords"),
    }
    flux = [row["flux_w_m2"] for row in built.as_data_source("train")]
    assert {np.asarray(f).dtype for f in flux} == {np.dtype("float64")}
    assert 1e-5 in flux, "exactly M1.0, as in the list"


def test_far_or_bad_pictures_are_left_out(tmp_path) -> None:
    time = np.datetime64("2011-02-10T00:00:34")
    options = [
        {"CRVAL1": 89.9}, {"CRVAL1": 90.1}, {"CRVAL1": 309.9}, {"CRVAL1": 310.1},
        {"QUALITY": 0x400}, {"QUALITY": "0x00010000"}, {"QUALITY": None},
    ]  # fmt: skip
    for i, option in enumerate(options):
        write_sharp(
            tmp_path, field_of(1),
            **{"HARPNUM": i, "T_REC": tai(time), "CRVAL1": 20.0, "CRLN_OBS": 20.0} | option,
        )  # fmt: skip
    usable = usable_records(tmp_path, ["magnetogram"])
    assert [record["magnetogram"].harp for record in usable] == [0, 3, 4]


def test_near_real_time_files_without_a_record_count_until_the_limb(folder) -> None:
    place = folder / "nrt"
    place.mkdir(exist_ok=True)
    times = {"T_FRST1": None, "T_LAST1": None, "T_FRST": None, "T_LAST": None, "QLOOK": 1}
    for harp, longitude in ((1, 60.0), (2, 78.0 - 20.0)):  # 30° and 12° + 20° from the limb
        write_sharp(
            place, field_of(1), HARPNUM=harp, T_REC=tai(np.datetime64("2011-02-12T02:00:34")),
            CRVAL1=longitude + 20.0, CRLN_OBS=20.0, **times,
        )  # fmt: skip
    config = sharp(place, (folder / "flares.csv",), size=8)
    rows = [row for split in range(3) for row in rows_of(config, split)]
    assert [bool(row["complete"]) for row in rows] == [True, True]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda f: None, "holds no SHARP magnetogram: put files named"),
        (
            lambda f: write_full_disk(f / "hmi.M_720s.magnetogram.fits", np.zeros((8, 8))),
            r"hmi\.M_720s\.magnetogram\.fits is a full disk, not a SHARP: read it with",
        ),
        (
            lambda f: write_sharp(f, field_of(1), QUALITY=0x10000),
            "none of 1 SHARPs lies within 70° of the central meridian",
        ),
        (lambda f: cut(write_sharp(f, field_of(1))), "cut short|truncated|cannot be read"),
    ],
    ids=["empty", "full-disk", "bad", "truncated"],
)
def test_faults_are_named_with_file_and_remedy(make, says, tmp_path) -> None:
    place = tmp_path / "sharps"
    place.mkdir()
    make(place)
    config = sharp(place, (write_flares(tmp_path / "flares.csv"),), size=8)
    with pytest.raises((ValueError, FileNotFoundError), match=says) as error:
        rows_of(config, 0) + rows_of(config, 1) + rows_of(config, 2)
    assert str(place) in str(error.value)
    assert "\n" not in str(error.value)


def cut(path: pathlib.Path) -> None:
    path.write_bytes(path.read_bytes()[:-2900])


def test_a_scale_that_the_files_cannot_give_is_told(folder) -> None:
    lists = (folder / "flares.csv",)
    config = sharp(write_sharps(folder / "sharps"), lists, degrees_per_pixel=0.1)
    with pytest.raises(ValueError, match="no whole multiple"):
        rows_of(config, 0)


def test_names_follow_contents_and_options(folder, config, tmp_path) -> None:
    assert sharp().name == "sharp"
    copy = tmp_path / "elsewhere"
    shutil.copytree(folder / "sharps", copy)
    flares = pathlib.Path(shutil.copy(folder / "flares.csv", tmp_path / "copy.csv"))
    options = {"size": 8, "flux_scale": "operational"}

    def name(lists=(flares,), **changed) -> str:
        return sharp(copy, lists, **options | changed).name

    (copy / "notes.txt").write_text("nobody reads this")
    assert name() == config.name, "the same files"
    names = {
        config.name, name(size=16), name(fractions=(0.6, 0.2, 0.2)), name(lists=()),
        name(flux_scale="science"), name(begins="2011-01-01"), name(floor="M1.0"),
    }  # fmt: skip
    flares.write_text(flares.read_text().replace("M1.0", "M1.1"))
    names.add(name())
    first, second, *_ = sorted(copy.glob("*.fits"))
    content = bytearray(first.read_bytes())
    content[-3000] ^= 1
    first.write_bytes(content)
    names.add(name())
    second.unlink()
    names.add(name())
    assert len(names) == 10


def test_bad_files_are_left_out_and_named(folder, tmp_path) -> None:
    place = tmp_path / "sharps"
    write_sharps(place)
    first, second, third, *_ = sorted(place.glob("*.fits"))
    cut(first)
    second.write_bytes(b"nothing")
    write_full_disk(third, np.zeros((8, 8)))
    opened = sharp(place, (folder / "flares.csv",), size=8).open(lambda: tmp_path)
    rows = [row for split in range(3) for _, row in opened.examples(split)]
    assert len(rows) == 2 * HARPS - 3
    assert len(opened.faulty) == 3
    for path in (first, second, third):
        assert sum(str(path) in fault for fault in opened.faulty) == 1


def test_a_region_larger_than_the_picture_is_told(folder, tmp_path) -> None:
    """Two spots 0.96° apart, the larger one within the 8 pixels of 0.12° about their middle."""
    place = tmp_path / "sharps"
    place.mkdir()
    field = np.zeros((80, 160))
    field[40:44, 20:24], field[40:44, 100:104] = 900.0, -300.0
    write_sharp(place, field, T_REC=tai(np.datetime64("2011-02-12T02:00:34")))
    opened = sharp(place, (folder / "flares.csv",), size=8).open(lambda: tmp_path)
    (example,) = (row for split in range(3) for _, row in opened.examples(split))
    assert example["flux_share"] == 0, "neither lies near the centroid"
    assert opened.remarks == [
        "1 of 1 pictures of validation hold less than 90% of their region's flux: "
        "a larger --size shows more"
    ]
    opened = sharp(place, (folder / "flares.csv",), size=32).open(lambda: tmp_path)
    (example,) = (row for split in range(3) for _, row in opened.examples(split))
    assert (example["flux_share"], opened.remarks) == (1, [])
    assert example["image"][16, 16 - 5, 0] == 900, "a quarter of the way from the larger one"


def test_compressed_names_are_found_too(folder, tmp_path) -> None:
    place = tmp_path / "sharps"
    place.mkdir()
    path = write_sharp(place, field_of(1), T_REC=tai(np.datetime64("2011-02-12T02:00:34")))
    path.rename(path.with_name(path.name + ".fz"))
    assert len(usable_records(place, ["magnetogram"])) == 1


def test_two_harps_of_one_region_and_both_series_stay_together(folder, tmp_path) -> None:
    """HARPs 1 and 2 share a NOAA number; a near-real-time HARP 1 is another, of HARP 3's region."""
    place = write_sharps(tmp_path / "sharps")
    second = {"HARPNUM": 2, "NOAA_AR": 11102, "NOAA_ARS": "11102,11101"}
    write_sharp(place, field_of(2), T_REC=tai(np.datetime64("2011-02-26T02:00:34")), **second)
    third = {"HARPNUM": 1, "NOAA_AR": 11103, "NOAA_ARS": "11103", "QLOOK": 1}
    record = {"T_REC": tai(np.datetime64("2011-03-10T04:00:34")), "T_FRST1": None, "T_LAST1": None}
    write_sharp(place, field_of(1), **third | record)
    config = sharp(place, (folder / "flares.csv",), flux_scale="operational", size=8)
    built = build(config, tmp_path / "data")
    every = [row for name in built.info.splits for row in built.as_data_source(name)]
    groups = {row["id"].decode()[:15]: int(row["group"]) for row in every}
    assert groups["harp-000001-201"] == groups["harp-000002-201"] == 1
    assert groups["harp-nrt-000001"] == groups["harp-000003-201"] == 3
    numbers = {row["noaa_regions"].decode() for row in every if row["group"] == 1}
    assert numbers == {"11101,11102"}
    tables = {name: window_examples(built.as_data_source(name)) for name in built.info.splits}
    check_splits({name: table.rows for name, table in tables.items()})


def test_lists_that_cannot_label_are_refused(folder, tmp_path) -> None:
    place = write_sharps(tmp_path / "sharps")

    def refused(text: str, **options) -> str:
        path = tmp_path / "list.csv"
        path.write_text(text)
        with pytest.raises(ValueError, match=r"list\.csv") as error:
            sharp(place, (path,), **{"size": 8} | options).open(lambda: tmp_path)
        return str(error.value)

    flares = (folder / "flares.csv").read_text()
    nobody = flares.replace("11101", "0").replace("11104", "0").replace("11109", "0")
    assert "no flare has a region or a place" in refused(nobody)
    other_year = flares.replace("2011-", "2005-")
    assert "of no window it is known" in refused(other_year)
    assert "2005-02-10T00:00:00 to 2005-03-02" in refused(other_year)
    assert "of no window it is known" in refused(flares, floor="X9.0")
