"""Windows of SWAN-SF as a data set: good ones are built, all others named with the reason."""

import json
import pathlib
import shutil

import numpy as np
import pytest

import jsolar.datasets  # noqa: F401
from jsolar.datasets.in_order import in_order
from jsolar.datasets.swan_sf.instances import instances
from jsolar.datasets.swan_sf.swan_sf_dataset_builder import builder
from tests.command import run
from tests.sun.files.swan.windows import numbers, window_name, window_text, write_window


def mixed(folder: pathlib.Path) -> dict[str, str]:
    """Three good windows, and one of every kind that is none; returns why by part of the name."""
    for i, label in enumerate(["M1.0@1:Primary", "C2.0@2:Secondary", "FQ"]):
        write_window(folder / "partition1", label, harp=i + 1)
    write_window(folder / "partition4", "X1.0@3:Primary", harp=9)
    bad = folder / "partition1"
    whole = window_text()
    (bad / window_name("FQ", harp=50)).write_text(whole[: len(whole) // 3])
    spreadsheet = whole.replace("2012-01-01 00:12:00", "1/1/2012 0:12")
    (bad / window_name("FQ", harp=51)).write_text(spreadsheet)
    (bad / window_name("FQ", harp=52)).write_bytes(b"\x89PNG\xff\xfe")
    (bad / window_name("A1.0@7:Primary", harp=53)).write_text(whole)
    (bad / "readme.txt").write_text("hello")
    (bad / "sub").mkdir()
    shutil.copy(bad / window_name("FQ", harp=3), bad / "sub")
    return {
        "ar50": "cut short", "ar51": "spreadsheet", "ar52": "no text", "ar53": "no rule explains",
        "readme.txt": "no name of a SWAN-SF window", "sub/FQ_ar3": "second window of this name",
    }  # fmt: skip


def test_a_folder_that_mixes_all_kinds_builds_the_good_ones_and_names_the_rest(tmp_path) -> None:
    why = mixed(tmp_path / "release")
    words = ["build", "swan_sf/instances", "--folder", tmp_path / "release"]
    status, out, err = run("jsolar.datasets", *words, data=tmp_path)
    assert status == 1, err
    assert "partition1 3, partition4 1 examples" in out
    assert "there is no partition 2, 3, 5" in out
    assert "partition 1: 3 windows (X 0, M 1, C 1, B 0, FQ 1); the release has 73492" in out
    assert f"{len(why)} files could not be used" in err
    for part, reason in why.items():
        [line] = [x for x in err.splitlines() if part in x and reason in x]
        assert str(tmp_path / "release") in line


def test_examples_hold_what_the_files_hold(tmp_path: pathlib.Path) -> None:
    mixed(tmp_path / "release")
    prepared = builder(instances(tmp_path / "release"), tmp_path / "data")
    prepared.download_and_prepare()
    rows = {r["id"].decode(): r for r in prepared.as_data_source("partition1")}
    row = rows[window_name("M1.0@1:Primary", harp=1).removesuffix(".csv")]
    np.testing.assert_array_equal(row["series"], numbers().astype(np.float32))
    assert row["good"].tolist() == [i != 3 for i in range(60)]
    assert row["flux_w_m2"] == 1e-5
    assert (row["subclass"], row["verified"], row["region"], row["flare"]) == (
        b"M", b"Primary", 1, 1
    )  # fmt: skip
    assert np.datetime64(row["issue_time"], "s") == np.datetime64("2012-01-01T11:48:00")
    assert row["noaa_regions"] == b"11158"
    assert json.loads(json.dumps(prepared.info.metadata["columns"]))[0] == "TOTUSJH"


def test_other_files_give_another_name(tmp_path: pathlib.Path) -> None:
    write_window(tmp_path / "partition1")
    first = instances(tmp_path).name
    assert instances(tmp_path, workers=2).name == first
    write_window(tmp_path / "partition1", hour=1)
    assert instances(tmp_path).name != first
    with pytest.raises(FileNotFoundError, match="give another --folder"):
        instances(tmp_path / "no")


def test_several_processes_give_the_same_in_the_same_order(tmp_path: pathlib.Path) -> None:
    assert list(in_order(abs, range(-500, 0), workers=2)) == list(range(500, 0, -1))
    with pytest.raises(ValueError, match="at least 1 worker"):
        list(in_order(abs, [1], workers=0))


def test_no_more_is_read_ahead_than_a_few_hundred_items() -> None:
    taken = []

    def items():
        for i in range(2000):
            taken.append(i)
            yield i

    results = in_order(abs, items(), workers=2)
    next(results)
    assert len(taken) <= 64 * 7
    results.close()


@pytest.mark.realdata
def test_the_real_windows_are_built(realdata: pathlib.Path, tmp_path: pathlib.Path) -> None:
    words = ["build", "swan_sf/instances", "--folder", realdata / "swan_sf", "--workers", 2]
    status, out, err = run("jsolar.datasets", *words, data=tmp_path)
    assert status == 0, err
    assert "partition2 1, partition3 7 examples" in out
