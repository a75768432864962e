"""Builds from the command line, and builds that are cut short."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from jsolar import run as run_room
from jsolar.datasets import __main__ as command
from jsolar.datasets.solar_flares.noaa_regions import NoaaRegionsConfig
from jsolar.datasets.solar_flares.solar_flares_dataset_builder import builder
from tests.command import run
from tests.datasets.tiny import (
    BORDERS,
    build,
    field_of,
    tiny_noaa,
    write_days,
    write_flares,
    write_sharps,
)
from tests.sun.files.make_fits import write_full_disk, write_sharp

ROOT = pathlib.Path(__file__).parents[2]


def listed(data: pathlib.Path, capsys: pytest.CaptureFixture) -> list[str]:
    """What ``list`` says is prepared."""
    capsys.readouterr()
    command.main(["list", "--data-dir", str(data)])
    first, *lines, last = capsys.readouterr().out.splitlines()
    assert first == f"Prepared in {data}:"
    assert last.startswith("To build: solar_flares/synthetic, solar_flares/sharp, solar_flares/no")
    return [line.strip() for line in lines]


def contents(built) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in built.data_path.iterdir() if "array_record" in p.name}


def times(built) -> dict[str, int]:
    folder = pathlib.Path(built.data_path)
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_build_and_list_as_a_user_does(tmp_path: pathlib.Path) -> None:
    """In the default folder, without TensorFlow; a second build finds the data there."""
    data = tmp_path / "data"
    data.mkdir()
    table = write_days(tmp_path / "days.csv")
    words = ["build", "solar_flares/noaa_regions", "--region-days", table, "--borders", *BORDERS]
    status, out, err = run("jsolar.datasets", *words, data=data)
    assert status == 0, err
    assert "train 5, validation 5, test 3 examples" in out
    name = out.splitlines()[-1].split(": ")[0]
    assert name.startswith("solar_flares/noaa_regions-")
    assert "| train      |  ≥M1.0 |   2 |  3 |       0 |" in out
    status, out, err = run("jsolar.datasets", "list", data=data)
    assert status == 0, err
    assert out.splitlines()[:2] == [f"Prepared in {data}:", f"  {name.replace('/3.', ':3.')}"]


def test_a_second_build_leaves_the_first_alone(tmp_path, capsys) -> None:
    config = tiny_noaa(tmp_path)
    first = build(config, tmp_path / "data")
    before = times(first)
    build(config, tmp_path / "data")
    assert times(first) == before
    assert listed(tmp_path / "data", capsys) == [f"solar_flares/{config.name}:3.2.0"]


def test_two_builds_are_the_same_byte_by_byte(tmp_path) -> None:
    config = tiny_noaa(tmp_path)
    one, other = build(config, tmp_path / "one"), build(config, tmp_path / "other")
    assert len(contents(one)) == 3
    assert contents(one) == contents(other)


def test_an_error_in_the_middle_leaves_nothing_and_the_next_build_works(
    tmp_path, capsys, monkeypatch
) -> None:
    config, data = tiny_noaa(tmp_path), tmp_path / "data"
    whole = NoaaRegionsConfig.open

    def broken(self, manual):
        opened = whole(self, manual)

        def examples(split):
            for i, example in enumerate(opened.examples(split)):
                if (split, i) == (1, 2):
                    raise ValueError("days.csv: the disk broke")
                yield example

        return opened._replace(examples=examples)

    monkeypatch.setattr(NoaaRegionsConfig, "open", broken)
    with pytest.raises(ValueError, match="the disk broke"):
        build(config, data)
    assert listed(data, capsys) == []
    assert not builder(config, data).data_path.exists()
    monkeypatch.setattr(NoaaRegionsConfig, "open", whole)
    again = build(config, data)
    assert contents(again) == contents(build(config, tmp_path / "elsewhere"))
    assert list(again.data_path.parent.glob("incomplete.*")) == []
    assert len(listed(data, capsys)) == 1


KILLED = """
import os, pathlib, signal, sys
import tensorflow_datasets as tfds
from jsolar.datasets.solar_flares.noaa_regions import NoaaRegionsConfig, noaa_regions
from jsolar.datasets.solar_flares.solar_flares_dataset_builder import builder

table, flares, data, *borders = sys.argv[1:]
whole = NoaaRegionsConfig.open

def deadly(self, manual):
    opened = whole(self, manual)

    def examples(split):
        for i, example in enumerate(opened.examples(split)):
            if (split, i) == (2, 1):
                os.kill(os.getpid(), signal.SIGKILL)
            yield example

    return opened._replace(examples=examples)

NoaaRegionsConfig.open = deadly
config = noaa_regions(pathlib.Path(table), (pathlib.Path(flares),), borders=tuple(borders))
builder(config, pathlib.Path(data)).download_and_prepare()
"""


def test_a_killed_build_is_not_taken_for_whole(tmp_path, capsys) -> None:
    config, data = tiny_noaa(tmp_path), tmp_path / "data"
    words = [tmp_path / "days.csv", tmp_path / "flares.csv", data, *BORDERS]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    left = list((data / "solar_flares" / config.name).iterdir())
    assert left, "it was killed while it wrote"
    assert listed(data, capsys) == []
    again = build(config, data)
    assert again.info.splits["test"].num_examples == 3
    assert contents(again) == contents(build(config, tmp_path / "elsewhere"))
    assert list(again.data_path.parent.glob("incomplete.*")) == []
    assert listed(data, capsys) == [f"solar_flares/{config.name}:3.2.0"]


def test_a_build_killed_just_before_its_end_is_not_listed(tmp_path, capsys) -> None:
    """TFDS writes into a folder of another name, and renames it last."""
    built = build(tiny_noaa(tmp_path), tmp_path / "data")
    shutil.move(built.data_path, built.data_path.with_name("incomplete.ABCDEF_3.2.0"))
    assert listed(tmp_path / "data", capsys) == []
    assert build(tiny_noaa(tmp_path), tmp_path / "data").data_path.exists()


def test_what_is_known_and_faulty_is_told_again(tmp_path, capsys) -> None:
    sharps = write_sharps(tmp_path / "sharps")
    broken = cut(sorted(sharps.glob("*.fits"))[0], 2900)
    words = [*map(str, sharp_words(sharps, write_flares(tmp_path / "flares.csv")))]
    told = []
    for _ in range(2):
        with pytest.raises(SystemExit) as end:
            command.main(words)
        assert end.value.code == 1
        out, err = capsys.readouterr()
        assert "1 files could not be used:" in err
        assert str(broken) in err
        assert "≥C1.0: smaller than the flares from which on the list is complete" in out
        told.append(out[out.index("| split") :])
    assert told[0] == told[1]
    assert "| train      |  ≥M1.0 |" in told[0]


def test_files_of_the_manual_folder_that_changed_are_not_passed_over(tmp_path, capsys) -> None:
    manual = tmp_path / "data" / "downloads" / "manual" / "solar_flares"
    write_sharps(manual / "sharp")
    flares = write_flares(manual / "flares.csv")
    words = ["build", "solar_flares/sharp", "--data-dir", tmp_path / "data"]
    command.main([*map(str, words)])
    command.main([*map(str, words)])
    flares.write_text(flares.read_text().replace("M1.0", "M1.1"))
    error = said(capsys, *words)
    assert "was prepared from other files than those in" in error
    assert str(manual) in error


def said(capsys, *words: object) -> str:
    """The one sentence that a command with wrong input says; its exit status is 2."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        run_room.guarded("jsolar.datasets", lambda: command.main([*map(str, words)]))
    assert stopped.value.code == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("jsolar.datasets: ")
    return error


def sharp_words(folder: pathlib.Path, flares: pathlib.Path) -> list[object]:
    data = folder.parent / "data"
    return [
        "build", "solar_flares/sharp", "--folder", folder, "--flare-list", flares,
        "--size", 8, "--data-dir", data,
    ]  # fmt: skip


def test_missing_files_are_told_with_the_remedy(tmp_path, capsys) -> None:
    flares = write_flares(tmp_path / "flares.csv")
    error = said(capsys, *sharp_words(tmp_path / "no", flares))
    assert f"{tmp_path / 'no'} does not exist: give" in error
    sharps = write_sharps(tmp_path / "sharps")
    error = said(capsys, *sharp_words(sharps, tmp_path / "no.csv"))
    assert f"{tmp_path / 'no.csv'} does not exist: give" in error
    error = said(capsys, "build", "solar_flares/sharp", "--data-dir", tmp_path / "data")
    assert str(tmp_path / "data" / "downloads" / "manual" / "solar_flares" / "sharp") in error
    assert "put the data there, or name them with --folder" in error
    assert not list((tmp_path / "data").glob("solar_flares/*/3.2.0"))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda f: None, "sharps holds no SHARP magnetogram: put files named"),
        (
            lambda f: write_full_disk(f / "hmi.M_720s.magnetogram.fits", np.zeros((8, 8))),
            "hmi.M_720s.magnetogram.fits is a full disk, not a SHARP: read it with",
        ),
        (lambda f: cut(write_sharp(f, field_of(1)), 2900), ".magnetogram.fits"),
        (lambda f: cut(write_sharp(f, field_of(1)), 10**9), ".magnetogram.fits"),
        (lambda f: write_sharp(f, np.full((40, 48), np.nan)), "holds no valid pixel: choose"),
    ],
    ids=["empty", "full-disk", "truncated", "empty-file", "no-pixel"],
)
def test_faulty_sharps_are_told_in_a_sentence(make, says, tmp_path, capsys) -> None:
    sharps = tmp_path / "sharps"
    sharps.mkdir()
    make(sharps)
    error = said(capsys, *sharp_words(sharps, write_flares(tmp_path / "flares.csv")))
    assert str(sharps) in error
    assert says in error
    assert not list((tmp_path / "data").glob("solar_flares/*/3.2.0"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "flares.csv"),
        ("a,b\n1,2\n", "not a flare list that can be read here; these can: GOES CSV"),
        (
            "event_starttime,event_peaktime,event_endtime,goes_class,noaa_ar\n",
            "the list has a header but no flare",
        ),
    ],
    ids=["empty", "other", "header"],
)
def test_faulty_flare_lists_are_told_in_a_sentence(text, says, tmp_path, capsys) -> None:
    flares = tmp_path / "flares.csv"
    flares.write_text(text)
    error = said(capsys, *sharp_words(write_sharps(tmp_path / "sharps"), flares))
    assert str(flares) in error
    assert says in error


def test_faulty_tables_of_days_are_told_in_a_sentence(tmp_path, capsys) -> None:
    table = tmp_path / "days.csv"
    for text in ("", "a,b\n1,2\n"):
        table.write_text(text)
        words = ["build", "solar_flares/noaa_regions", "--region-days", table]
        assert str(table) in said(capsys, *words, "--data-dir", tmp_path / "data")


def test_names_that_do_not_exist_are_told(capsys) -> None:
    error = said(capsys, "build", "solar_flares/swan")
    assert "there is no data set solar_flares/swan: choose from solar_flares/synthetic," in error


@pytest.mark.parametrize("words", [[], ["--help"], ["build"], ["build", "--help"]])
def test_usage_names_what_can_be_built(words: list[str], capsys) -> None:
    command.main(words)
    out = capsys.readouterr().out
    assert out.startswith("python -m jsolar.datasets list")
    assert "  solar_flares/synthetic\n  solar_flares/sharp\n  solar_flares/noaa_regions\n" in out


def cut(path: pathlib.Path, length: int) -> pathlib.Path:
    content = path.read_bytes()
    path.write_bytes(content[: max(len(content) - length, 0)])
    return path
