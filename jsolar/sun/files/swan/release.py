"""Windows in folders and archives, partition by partition, as SWAN-SF is published.

A partition is a folder or an archive (``partition1``, ``partition1_instances.tar.gz``) with
windows below it. A folder of windows without partitions, as they are passed around, is divided at
the borders of the release.
"""

import pathlib
import re
import tarfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from jsolar.sun.files.swan.name import is_window, parse_name

PARTITIONS = (1, 2, 3, 4, 5)

BORDERS = np.array(
    ["2012-03-02T16:24", "2013-10-16T15:48", "2014-06-01T23:24", "2015-03-05T23:24"],
    "datetime64[s]",
)
"""When partitions 1 to 4 of the release end: a region belongs where it begins."""

_PARTITION = re.compile(r"partition[ _-]?([1-5])", re.IGNORECASE)
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")


class Entry(NamedTuple):
    """A file that may hold a window.

    Attributes:
      name: of the file.
      where: its path, with that of the archive before it.
      read: its bytes.
    """

    name: str
    where: str
    read: Callable[[], bytes]


class Release(NamedTuple):
    """What there is to read.

    Attributes:
      folders: files of each partition, sorted by path.
      archives: of each partition.
    """

    folders: dict[int, list[pathlib.Path]]
    archives: dict[int, list[pathlib.Path]]

    @property
    def partitions(self) -> list[int]:
        """Numbers of those that there are."""
        return sorted({*self.folders, *self.archives})


def find_release(folder: pathlib.Path) -> Release:
    """Look for partitions and windows below a folder, or take one archive.

    Args:
      folder: of the release, of one partition or of windows; or an archive.

    Returns:
      What there is.

    Raises:
      ValueError: there is no window, or an archive does not tell its partition.
    """
    paths = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*") if p.is_file())
    archives: dict[int, list[pathlib.Path]] = {}
    for path in paths:
        if path.name.endswith(_ARCHIVES):
            archives.setdefault(_partition_of(path, folder), []).append(path)
    files = [p for p in paths if not p.name.endswith(_ARCHIVES)]
    windows = [p for p in files if is_window(p.name)]
    if not windows and not archives:
        raise ValueError(
            f"{folder} holds no window of SWAN-SF: give the folder with partition1 … partition5, "
            "their archives, or a folder of windows"
        )
    found: dict[int, list[pathlib.Path]] = {}
    begins = _begins([p for p in windows if _told(p, folder) is None])
    for path in files:
        number = _told(path, folder)
        if number is None and is_window(path.name):
            number = begins.get(path.name)
        found.setdefault(number or min([*found, *archives], default=1), []).append(path)
    return Release(dict(sorted(found.items())), archives)


def entries(release: Release, partition: int, faulty: list[str]) -> Iterator[Entry]:
    """The files of a partition, from its folders and then from its archives.

    Args:
      release: from `find_release`.
      partition: its number.
      faulty: gets a sentence for every archive that is cut short; what came before is yielded.

    Yields:
      One entry a file, whatever is in it.
    """
    for path in release.folders.get(partition, []):
        yield Entry(path.name, str(path), path.read_bytes)
    for archive in release.archives.get(partition, []):
        number = 0
        try:
            with tarfile.open(archive, "r|*") as stream:
                for member in stream:
                    if (file := stream.extractfile(member)) is not None:
                        name = pathlib.PurePosixPath(member.name).name
                        data = file.read()
                        yield Entry(name, f"{archive}:{member.name}", partial(bytes, data))
                        number += 1
        except (tarfile.TarError, EOFError, OSError) as error:
            faulty.append(
                f"{archive}: broken after {number} files ({error}): fetch it again; what came "
                "before is used"
            )


def _partition_of(archive: pathlib.Path, folder: pathlib.Path) -> int:
    number = _told(archive, folder.parent)
    if number is None:
        raise ValueError(f"{archive}: which partition is it? Call it partition1.tar.gz or the like")
    return number


def _told(path: pathlib.Path, folder: pathlib.Path) -> int | None:
    """The partition that a path tells, in the folder's own name too."""
    parts = [folder.name, *path.relative_to(folder).parts] if path != folder else [path.name]
    found = [m[1] for part in reversed(parts) if (m := _PARTITION.search(part))]
    return int(found[0]) if found else None


def _begins(windows: Sequence[pathlib.Path]) -> dict[str, int]:
    """The partition of windows whose folder tells none: by the first window of their region."""
    told = {}
    for path in windows:
        try:
            told[path.name] = parse_name(path.name)
        except ValueError:  # is told where the window is read
            continue
    first: dict[int, np.datetime64] = {}
    for one in told.values():
        first[one.harp] = min(first.get(one.harp, one.start), one.start)
    return {
        name: int(np.searchsorted(BORDERS, first[one.harp], side="right")) + 1
        for name, one in told.items()
    }
