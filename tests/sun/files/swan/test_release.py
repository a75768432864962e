"""Partitions are found in folders, archives and by date; an archive cut short gives what it can."""

import pathlib
import tarfile

import pytest

from jsolar.sun.files.swan.release import entries, find_release
from tests.sun.files.swan.windows import write_window


def names(folder: pathlib.Path) -> dict[int, list[str]]:
    found, faulty = find_release(folder), []
    told = {n: [e.name for e in entries(found, n, faulty)] for n in found.partitions}
    assert not faulty
    return told


def archive(path: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as out:
        out.add(folder, arcname=folder.name)
    return path


def test_partition_folders(tmp_path: pathlib.Path) -> None:
    one = write_window(tmp_path / "partition1" / "FL", "M1.0@1:Primary")
    two = write_window(tmp_path / "partition2" / "NF", harp=7)
    assert names(tmp_path) == {1: [one.name], 2: [two.name]}
    assert names(tmp_path / "partition2") == {2: [two.name]}, "a partition alone"


def test_archives(tmp_path: pathlib.Path) -> None:
    first = write_window(tmp_path / "a" / "partition3" / "FL", "M1.0@1:Primary")
    archive(tmp_path / "b" / "partition3_instances.tar.gz", tmp_path / "a" / "partition3")
    assert names(tmp_path / "b") == {3: [first.name]}
    assert names(tmp_path / "b" / "partition3_instances.tar.gz") == {3: [first.name]}
    archive(tmp_path / "c" / "windows.tar.gz", tmp_path / "a")
    with pytest.raises(ValueError, match=r"windows\.tar\.gz: which partition is it"):
        find_release(tmp_path / "c")


def test_windows_without_partitions_go_where_their_region_begins(tmp_path: pathlib.Path) -> None:
    """Region 5 begins in partition 1 and ends after its border."""
    border = 61 * 24 + 16  # hours from 1 January to 2 March 2012, 16:00
    early = [
        write_window(tmp_path, harp=5, hour=border - 30),
        write_window(tmp_path, harp=5, hour=border + 3),
    ]
    late = write_window(tmp_path, harp=6, hour=border + 3)
    assert names(tmp_path) == {1: sorted(p.name for p in early), 2: [late.name]}


def test_an_archive_cut_short_gives_what_came_before(tmp_path: pathlib.Path) -> None:
    for hour in range(40):
        write_window(tmp_path / "partition1", hour=hour)
    path = archive(tmp_path / "partition1.tar.gz", tmp_path / "partition1")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found, faulty = find_release(path), []
    got = [entry.read() for entry in entries(found, 1, faulty)]
    assert 5 < len(got) < 35
    [sentence] = faulty
    assert f"partition1.tar.gz: broken after {len(got)} files" in sentence
    assert "fetch it again" in sentence


def test_a_folder_without_windows_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing here")
    with pytest.raises(ValueError, match="holds no window of SWAN-SF"):
        find_release(tmp_path)
