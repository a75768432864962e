"""The config ``instances``: windows of SWAN-SF as published, in folders or archives."""

import collections
import dataclasses
import hashlib
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from tqdm import tqdm

from jsolar.datasets.in_order import in_order
from jsolar.datasets.manual import the_file
from jsolar.datasets.opened import Opened
from jsolar.datasets.swan_sf.features import SPLITS, series_features
from jsolar.sun.conventions import FLARE_CLASSES
from jsolar.sun.files.swan.name import SUBCLASSES
from jsolar.sun.files.swan.release import Entry, Release, entries, find_release
from jsolar.sun.files.swan.window import PARAMETERS, SwanWindow, parse_window

FOLDER = "instances"
"""In the manual folder of TFDS."""

PUBLISHED = (73_492, 88_557, 42_510, 51_261, 75_365)
"""Windows of each partition of the release."""


@dataclasses.dataclass
class InstancesConfig(tfds.core.BuilderConfig):
    """Which files; make one with `instances`.

    Attributes:
      folder: of the release or of windows, or an archive. None: ``instances`` in the manual folder
        of TFDS.
      workers: processes that read.
    """

    folder: pathlib.Path | None = None
    workers: int = 1
    splits: tuple[str, ...] = SPLITS

    def features(self) -> tfds.features.FeaturesDict:
        """See `series_features`."""
        return series_features(len(PARAMETERS))

    def facts(self) -> dict[str, Any]:
        """What a model must know of the series."""
        return {"synthetic": False, "columns": list(PARAMETERS)}

    def files(self, manual: Callable[[], pathlib.Path]) -> list[pathlib.Path]:
        """All files that are read."""
        found = find_release(the_file(self.folder, manual, FOLDER, "--folder"))
        return [p for which in (found.folders, found.archives) for ps in which.values() for p in ps]

    def open(self, manual: Callable[[], pathlib.Path]) -> Opened:
        """Look for partitions; read them when examples are asked for."""
        found = find_release(the_file(self.folder, manual, FOLDER, "--folder"))
        faulty: list[str] = []
        absent = [n for n in range(1, len(SPLITS) + 1) if n not in found.partitions]
        remarks = [f"there is no partition {', '.join(map(str, absent))}"] if absent else []

        def examples(split: int) -> Iterator[tuple[str, dict[str, Any]]]:
            return self._examples(found, split + 1, faulty, remarks)

        return Opened({}, "", examples, faulty, remarks)

    def _examples(
        self, found: Release, partition: int, faulty: list[str], remarks: list[str]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The windows of a partition; of files that hold none the reason is told."""
        seen: collections.Counter[str] = collections.Counter()
        counts: collections.Counter[str] = collections.Counter()
        sources = entries(found, partition, faulty)
        bar = tqdm(sources, desc=f"reading partition {partition}", unit="file")
        for name, where, window in in_order(_parsed, map(_raw, bar), workers=self.workers):
            if isinstance(window, str):
                faulty.append(window)
                continue
            key = name.removesuffix(".csv")
            seen[key] += 1
            if seen[key] > 1:
                faulty.append(f"{where}: a second window of this name in its partition")
                continue
            counts[window.name.subclass] += 1
            yield key, {"id": key, **example(window)}
        if counts:
            told = ", ".join(f"{c} {counts[c]}" for c in SUBCLASSES)
            remarks.append(
                f"partition {partition}: {counts.total()} windows ({told}); the release has "
                f"{PUBLISHED[partition - 1]}"
            )


def example(window: SwanWindow) -> dict[str, Any]:
    """The features of a window but its id."""
    told = window.name
    return {
        "series": window.series,
        "good": window.good,
        "region": told.harp,
        "noaa_regions": ",".join(map(str, window.noaa)),
        "issue_time": int(told.end.astype(int)),
        "subclass": told.subclass,
        "flux_w_m2": told.flux_w_m2,
        "flare": told.flare,
        "verified": told.verified,
        "true_probability": np.full(len(FLARE_CLASSES), np.nan, np.float32),
    }


def _listing(folder: pathlib.Path) -> str:
    """A digest of the names and sizes of all files: contents of 15 GB are not read twice."""
    if not folder.exists():
        raise FileNotFoundError(f"{folder} does not exist: give another --folder")
    paths = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*") if p.is_file())
    told = "\n".join(f"{p.relative_to(folder.parent)} {p.stat().st_size}" for p in paths)
    return hashlib.sha256(told.encode()).hexdigest()[:10]


def _raw(entry: Entry) -> tuple[str, str, bytes | str]:
    try:
        return entry.name, entry.where, entry.read()
    except OSError as error:
        return entry.name, entry.where, f"{entry.where}: {error.strerror}"


def _parsed(raw: tuple[str, str, bytes | str]) -> tuple[str, str, SwanWindow | str]:
    """A window, or a sentence on why it is none."""
    name, where, data = raw
    if isinstance(data, str):
        return name, where, data
    try:
        return name, where, parse_window(name, data, where=where)
    except ValueError as error:
        told = str(error)
        return name, where, told if where in told else f"{where}: {told}"


def instances(folder: pathlib.Path | None = None, *, workers: int = 1) -> InstancesConfig:
    """Windows of SWAN-SF as published: partition folders, their archives, or a folder of windows.

    The splits are the five partitions. Files that hold no window are named with the reason, and
    the others are used.

    Args:
      folder: of the release, with partition1 … partition5 (folders or tar archives), or of windows,
        which are then divided at the borders of the release. Without it, ``instances`` in the
        manual folder of TFDS.
      workers: processes that read, so many processors.

    Returns:
      A config whose name holds a digest of the files' names and sizes.
    """
    name = "instances" if folder is None else f"instances-{_listing(folder)}"
    described = "windows of SWAN-SF: 12 h of 24 numbers, labelled with the 24 h after"
    return InstancesConfig(name=name, description=described, folder=folder, workers=workers)
