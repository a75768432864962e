"""The config ``hmi``: magnetograms of the whole disk, SHARP bitmaps, and flare lists."""

import dataclasses
import pathlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import jax
import numpy as np
import tensorflow_datasets as tfds
from tqdm import tqdm

from jsolar.data import splits
from jsolar.datasets.full_disk_regions.features import category_names, disk_features
from jsolar.datasets.full_disk_regions.marked import ACTIVE_REGION, mark
from jsolar.datasets.manual import content_digest, content_name, the_file
from jsolar.datasets.opened import SPLITS, Opened
from jsolar.datasets.outcomes import disk_outcomes, flare_facts
from jsolar.datasets.sharp_flares import flare_columns, refuse_ignorance
from jsolar.datasets.sightings import sightings
from jsolar.sun import units
from jsolar.sun.conventions import FLARE_CLASSES
from jsolar.sun.files.flare_lists import flare_list_files, read_flare_lists
from jsolar.sun.files.full_disk import FullDisk, framed, full_disk_time, read_full_disk
from jsolar.sun.files.sharp import SharpHeader, sharp_files
from jsolar.sun.files.sharp_bitmap import bitmap_header, on_disk, outline_box, read_bitmap
from jsolar.sun.flares.catalogue import FlareList
from jsolar.sun.flares.catalogue import time as flare_times
from jsolar.sun.flares.harps import Sightings
from jsolar.sun.flares.labels import after
from jsolar.sun.sphere import Frame, sphere

SAME_TIME = np.timedelta64(6, "m")
"""A bitmap belongs to a disk that was taken within this; both series have one every 12 minutes."""

GAP_DAYS = 14.0
"""Between splits, so that no region is on the disk in two of them."""

FEW_BLOCKS = 8
"""With fewer rotations than this, blocks are of 14 days."""

FINER = 2
"""Masks are found in pixels this much finer than those of the picture."""


@dataclasses.dataclass
class HmiConfig(tfds.core.BuilderConfig):
    """Which files, and how they are shown; make one with `hmi`.

    Attributes:
      disks: folder of full-disk line-of-sight FITS, subfolders included; None: ``disks`` in the
        manual folder of TFDS.
      bitmaps: folder of SHARP ``….bitmap.fits``; None: ``bitmaps`` there.
      flare_list: files or folders; none: ``flares.csv`` there.
      begins, ends, floor: of the lists, if they do not tell.
      flux_scale: of the labels.
      boxes: ``tight`` about the mask, or ``outline``: the rectangle of the SHARP, which holds all
        that the region ever becomes and so looks ahead of the picture.
      size: pixels on a side.
      fractions: of the blocks in the splits, in order of time.
    """

    disks: pathlib.Path | None = None
    bitmaps: pathlib.Path | None = None
    flare_list: tuple[pathlib.Path, ...] = ()
    begins: str | None = None
    ends: str | None = None
    floor: str | None = None
    flux_scale: Literal["science", "operational"] = "science"
    boxes: Literal["tight", "outline"] = "tight"
    size: int = 512
    fractions: tuple[float, float, float] = (0.5, 0.2, 0.3)

    def features(self) -> tfds.features.FeaturesDict:
        """See `disk_features`."""
        return disk_features(self.size)

    def facts(self) -> dict[str, Any]:
        """What a model must know of the pictures."""
        radius = Frame(self.size).radius
        about = {"synthetic": False, "size": self.size, "radius": radius, "boxes": self.boxes}
        return about | category_names(ACTIVE_REGION)

    def files(self, manual: Callable[[], pathlib.Path]) -> list[pathlib.Path]:
        """All files that are read."""
        disks, bitmaps, lists = self._places(manual)
        return [*flare_list_files(lists), *_fits(disks), *_bitmaps(bitmaps)]

    def open(self, manual: Callable[[], pathlib.Path]) -> Opened:
        """Read lists and headers, match flares and regions, label and split."""
        disks, bitmaps, lists = self._places(manual)
        flares = read_flare_lists(
            lists, begins=self.begins, ends=self.ends, floor=self.floor, flux_scale=self.flux_scale
        )
        faulty: list[str] = []
        headers = _read(bitmap_header, _bitmaps(bitmaps), faulty)
        times = _distinct(_read(full_disk_time, _fits(disks), faulty), faulty)
        if not headers or not times:
            raise ValueError(f"{bitmaps if times else disks}: no file can be used: {faulty[0]}")
        table = list(headers.values())
        seen = sightings(table)
        columns, placed = flare_columns(flares, seen, table)
        refuse_ignorance(columns, flares, seen, lists)
        rows, lonely = _rows(times, seen)
        remarks = [f"{lonely} disks have no bitmap of their time: left out"] if lonely else []
        if not rows:
            raise ValueError(f"{bitmaps} has no bitmap of the time of any disk in {disks}")
        facts = {"flare_list": flare_facts(flares, placed=placed)}
        named = bool(self.disks and self.bitmaps and self.flare_list)
        digest = "" if named else content_digest(self.files(manual))
        block, split = blocks(np.array([times[path] for path in rows]), self.fractions)
        tables = _Tables(table, columns, flares, rows, dict(zip(rows, block.tolist(), strict=True)))
        of_split = {n: [p for p, s in zip(rows, split, strict=True) if s == n] for n in range(3)}

        def examples(number: int) -> Iterator[tuple[str, dict[str, Any]]]:
            paths = tqdm(of_split[number], desc=f"reading {SPLITS[number]}", unit="disk")
            return self._examples(paths, tables, faulty, remarks)

        return Opened(facts, digest, examples, faulty, remarks)

    def outcomes(self, example: dict[str, Any]) -> dict[str, str | None]:
        """See `disk_outcomes`."""
        return disk_outcomes(example)

    def _places(
        self, manual: Callable[[], pathlib.Path]
    ) -> tuple[pathlib.Path, pathlib.Path, Sequence[pathlib.Path]]:
        return (
            the_file(self.disks, manual, "disks", "--disks"),
            the_file(self.bitmaps, manual, "bitmaps", "--bitmaps"),
            self.flare_list or (the_file(None, manual, "flares.csv", "--flare-list"),),
        )

    def _examples(
        self,
        paths: Any,
        tables: "_Tables",
        faulty: list[str],
        remarks: list[str],
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        lost: Counter[str] = Counter()
        for path in paths:
            try:
                disk = read_full_disk(path)
                example = self._example(disk, tables, tables.rows[path], lost)
            except ValueError as error:
                faulty.append(str(error))
                continue
            name = f"hmi-{disk.time}"
            yield name, example | {"id": name, "group": tables.block[path]}
        remarks.extend(f"{n} regions {what}" for what, n in lost.items() if n)

    def _example(
        self, disk: FullDisk, tables: "_Tables", rows: Sequence[int], lost: Counter[str]
    ) -> dict[str, Any]:
        field, frame = framed(disk, self.size)
        fine = Frame(FINER * self.size, frame.radius, frame.distance_mm)
        b0 = disk.observer_latitude_deg
        seen = jax.device_get(sphere(fine, b0))
        labels = np.zeros((fine.size, fine.size), int)
        for i in rows:
            labels[on_disk(read_bitmap(tables.headers[i].path), fine, seen)] = i + 1
        marked = mark(labels, frame, b0)
        kept = marked.number - 1
        lost["without a pixel on the disk: left out"] += len(rows) - len(kept)
        boxes = marked.boxes
        if self.boxes == "outline":
            outlines = [outline_box(tables.headers[i], frame, b0) for i in kept]
            boxes = np.array(outlines, np.float32).reshape(-1, 4)
        count = len(kept)
        columns = tables.columns
        return {
            "image": field.astype(np.float32)[..., None],
            "issue_time": disk.time.astype(np.int64),
            "observer_latitude_deg": b0,
            "observer_carrington_deg": disk.observer_carrington_deg,
            "observer_distance_mm": frame.distance_mm,
            "boxes": boxes,
            "masks": marked.masks,
            "outlined": np.ones(count, bool),
            "category": np.ones(count, np.int64),
            "crowd": np.zeros(count, bool),
            "region": np.array([tables.headers[i].harp for i in kept], np.int64),
            "latitude_deg": marked.latitude_deg,
            "longitude_deg": marked.longitude_deg,
            "true_probability": np.full((count, len(FLARE_CLASSES)), np.nan, np.float32),
            "flux_w_m2": columns["flux_w_m2"][kept],
            "unattributed_flux_w_m2": columns["unattributed_flux_w_m2"][kept],
            "complete": columns["complete"][kept],
            "floor_w_m2": tables.flares.source.floor_w_m2,
            **_of_the_disk(tables.flares, disk.time),
        }


@dataclasses.dataclass
class _Tables:
    """All that is known of the bitmaps and of the disks.

    Attributes:
      headers: of the bitmaps; columns: of their flares; flares: the list.
      rows: of each disk the bitmaps of its time; block: of each disk its rotation.
    """

    headers: Sequence[SharpHeader]
    columns: Mapping[str, np.ndarray]
    flares: FlareList
    rows: Mapping[pathlib.Path, Sequence[int]]
    block: Mapping[pathlib.Path, int]


def hmi(
    disks: pathlib.Path | None = None,
    bitmaps: pathlib.Path | None = None,
    flare_list: tuple[pathlib.Path, ...] = (),
    *,
    begins: str | None = None,
    ends: str | None = None,
    floor: str | None = None,
    flux_scale: Literal["science", "operational"] = "science",
    boxes: Literal["tight", "outline"] = "tight",
    size: int = 512,
    fractions: tuple[float, float, float] = (0.5, 0.2, 0.3),
) -> HmiConfig:
    """Full-disk magnetograms of HMI with the regions that SHARPs mark, labelled with flare lists.

    Splits are blocks of one rotation (of 14 days if there are fewer than eight) with gaps of 14
    days. Which flares count is chosen when the data are read.

    Args:
      disks: folder of hmi.M_720s or M_45s FITS, subfolders included. Without it, ``disks`` in the
        manual folder of TFDS.
      bitmaps: folder of ….bitmap.fits of hmi.sharp_cea_720s or hmi.sharp_720s. Without it,
        ``bitmaps`` there.
      flare_list: one or several files or folders: GOES or SWPC CSV, SWPC events texts, HEK CSV or
        ECSV. Without it, ``flares.csv`` there.
      begins: from when the lists are complete together, UTC; without it, from the first day.
      ends: until when; without it, the last day in them.
      floor: GOES class from which on they are complete, e.g. C1.0; exports of the HEK need it.
      flux_scale: of the labels: ``science``, or ``operational`` as in the lists of GOES 8–15.
      boxes: ``tight`` about the mask, or ``outline``: the rectangle of the SHARP, which holds all
        that the region ever becomes and so looks ahead of the picture.
      size: pixels on a side.
      fractions: of the blocks in training, validation and test, in order of time.

    Returns:
      A config whose name holds a digest of files and options.
    """
    options: dict[str, Any] = {
        "begins": begins,
        "ends": ends,
        "floor": floor,
        "flux_scale": flux_scale,
        "boxes": boxes,
        "size": size,
        "fractions": fractions,
    }
    usual = {f.name: f.default for f in dataclasses.fields(HmiConfig)}
    changed = {name: value for name, value in options.items() if value != usual[name]}
    config = HmiConfig(
        name="hmi",
        description="magnetograms of the whole disk, SHARP regions, flares of the next 24 h",
        disks=disks,
        bitmaps=bitmaps,
        flare_list=flare_list,
        **options,
    )
    named = disks is not None and bitmaps is not None and flare_list
    config.name = content_name("hmi", config.files(pathlib.Path) if named else [], changed)
    return config


def blocks(
    time: np.ndarray, fractions: tuple[float, float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """The block of each picture, and its split.

    Args:
      time: ``datetime64[n]``.
      fractions: of the blocks in the splits.

    Returns:
      Numbers of blocks from 0, and splits, `jsolar.data.splits.DROPPED` within the gaps.

    Example:
      >>> days = np.datetime64("2011-01-01") + np.arange(540)
      >>> block, split = blocks(days, (0.5, 0.2, 0.3))
      >>> [np.unique(block[split == s]).tolist() for s in range(3)]
      [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [10, 11, 12, 13], [14, 15, 16, 17, 18, 19]]
      >>> [int(np.flatnonzero(split == s).min()) for s in (1, 2)], (split < 0).sum().item()
      ([273, 382], 26)
    """
    days = (time - time.min()) / np.timedelta64(1, "D")
    length = units.CARRINGTON_ROTATION_DAYS
    if days.max() < FEW_BLOCKS * length:
        length = GAP_DAYS
    block = (days // length).astype(np.int64)
    hours = GAP_DAYS * units.HOURS_PER_DAY
    return block, splits.chronological(block, time, fractions=fractions, window_hours=hours)


def _of_the_disk(flares: FlareList, now: np.datetime64) -> dict[str, Any]:
    """The largest flare of all in the window after, whosever."""
    begin, end = after(now)
    when = flare_times(flares)
    soon = (when > begin) & (when <= end)
    source = flares.source
    return {
        "disk_flux_w_m2": flares.flux_w_m2[soon].max(initial=0.0),
        "disk_complete": bool(source.begins <= begin and end <= source.ends),
    }


def _fits(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(p for p in folder.rglob("*") if p.name.endswith((".fits", ".fits.gz")))


def _bitmaps(folder: pathlib.Path) -> list[pathlib.Path]:
    return sharp_files(folder, segments=("bitmap",))


def _read(
    read: Callable[[pathlib.Path], Any], paths: Sequence[pathlib.Path], faulty: list[str]
) -> dict[pathlib.Path, Any]:
    """What is read of each file; those that cannot be read are told."""
    found = {}
    for path in paths:
        try:
            found[path] = read(path)
        except ValueError as error:
            faulty.append(str(error))
    return found


def _distinct(
    times: Mapping[pathlib.Path, np.datetime64], faulty: list[str]
) -> dict[pathlib.Path, np.datetime64]:
    """One disk a time; the others are told."""
    first: dict[np.datetime64, pathlib.Path] = {}
    for path, time in times.items():
        if first.setdefault(time, path) != path:
            faulty.append(f"{path} has the time of {first[time]}: keep one of them")
    return {path: time for time, path in first.items()}


def _rows(
    times: Mapping[pathlib.Path, np.datetime64], seen: Sightings
) -> tuple[dict[pathlib.Path, list[int]], int]:
    """Of each disk the bitmaps nearest to its time, and how many disks have none."""
    rows: dict[pathlib.Path, list[int]] = {}
    for path, time in sorted(times.items(), key=lambda item: (item[1], item[0])):
        away = np.abs(seen.time - time)
        near = np.flatnonzero(away <= SAME_TIME)
        nearest = {int(seen.harp[i]): int(i) for i in near[np.argsort(-away[near], kind="stable")]}
        if nearest:
            rows[path] = sorted(nearest.values())
    return rows, len(times) - len(rows)
