"""The configs ``coco`` and ``voc``: anybody's pictures of the Sun with what was drawn on them."""

import dataclasses
import pathlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
import tensorflow_datasets as tfds
from jaxtyping import Float
from tqdm import tqdm

from jsolar.data import splits
from jsolar.datasets.full_disk_regions.features import category_names, object_features
from jsolar.datasets.manual import content_digest, content_name, the_file
from jsolar.datasets.opened import SPLITS, Opened
from jsolar.sun.fields.area_means import area_means
from jsolar.sun.files.annotated import Annotated, Annotations, outlines, read_picture, time_of
from jsolar.sun.files.coco import read_coco
from jsolar.sun.files.voc import read_voc

READERS: dict[str, tuple[str, Callable[[pathlib.Path], Annotations]]] = {
    "coco": ("coco.json", read_coco),
    "voc": ("voc", read_voc),
}
"""Of each format, what annotations are called in the manual folder, and what reads them."""


@dataclasses.dataclass
class AnnotatedConfig(tfds.core.BuilderConfig):
    """Which files, and how their pictures are shown; make one with `coco` or `voc`.

    Attributes:
      format: of the annotations.
      annotations: COCO file, or folder of VOC files; None: in the manual folder of TFDS.
      pictures: folder, subfolders included; None: ``pictures`` there.
      size: pixels on a side; a picture that is not square is shown whole.
      channels: 1 (grey) or 3.
      fractions: of the days in the splits, in order of time.
    """

    format: Literal["coco", "voc"] = "coco"
    annotations: pathlib.Path | None = None
    pictures: pathlib.Path | None = None
    size: int = 512
    channels: int = 1
    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2)

    def features(self) -> tfds.features.FeaturesDict:
        """See `object_features`."""
        return tfds.features.FeaturesDict(object_features(self.size, self.channels))

    def facts(self) -> dict[str, Any]:
        """What a model must know of the pictures."""
        return {"synthetic": False, "size": self.size, "annotations": self.format}

    def files(self, manual: Callable[[], pathlib.Path]) -> list[pathlib.Path]:
        """All files that are read: annotations, then pictures."""
        annotations, folder = self._places(manual)
        told = annotations.rglob("*.xml") if self.format == "voc" else [annotations]
        return [*sorted(told), *sorted(p for p in folder.rglob("*") if p.is_file())]

    def open(self, manual: Callable[[], pathlib.Path]) -> Opened:
        """Read the annotations and split the pictures by day."""
        annotations, folder = self._places(manual)
        found = READERS[self.format][1](annotations)
        files = _by_name(folder)
        where = [_file_of(one.name, files) for one in found.pictures]
        faulty = [
            f"{one.name} is not in {folder}: put it there"
            for one, path in zip(found.pictures, where, strict=True)
            if path is None
        ]
        there = [(one, p) for one, p in zip(found.pictures, where, strict=True) if p]
        time = np.array([time_of(one.name) for one, _ in there], "datetime64[s]")
        group, split = _splits(time, self.fractions)
        named = bool(self.annotations and self.pictures)
        digest = "" if named else content_digest(self.files(manual))
        remarks = list(found.remarks)
        rows = [_Row(*one, *about) for one, *about in zip(there, time, group, split, strict=True)]
        examples = partial(self._examples, rows, faulty, remarks)
        return Opened(category_names(found.categories), digest, examples, faulty, remarks)

    def _places(self, manual: Callable[[], pathlib.Path]) -> tuple[pathlib.Path, pathlib.Path]:
        name = READERS[self.format][0]
        annotations = the_file(self.annotations, manual, name, "--annotations")
        return annotations, the_file(self.pictures, manual, "pictures", "--pictures")

    def _examples(
        self, rows: list["_Row"], faulty: list[str], remarks: list[str], number: int
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        mine = [row for row in rows if row.split == number]
        lost: Counter[str] = Counter()
        for row in tqdm(mine, desc=f"reading {SPLITS[number]}", unit="picture"):
            try:
                example = self._example(row.picture, row.path, lost)
            except ValueError as error:
                faulty.append(str(error))
                continue
            seconds = 0 if np.isnat(row.time) else row.time.astype(np.int64)
            about = {"id": row.picture.name, "issue_time": seconds, "group": row.group}
            yield row.picture.name, example | about
        told = (f"{n} objects of {SPLITS[number]} {what}" for what, n in lost.items() if n)
        remarks.extend(told)

    def _example(
        self, picture: Annotated, path: pathlib.Path, lost: Counter[str]
    ) -> dict[str, Any]:
        pixels = read_picture(path, channels=self.channels)
        if pixels.shape[:2] != (picture.height, picture.width):
            raise ValueError(
                f"{path} has {pixels.shape[0]} × {pixels.shape[1]} pixels, its annotation "
                f"{picture.height} × {picture.width}: give the picture that was drawn on"
            )
        drawn = outlines(picture)
        shrunk = partial(_shrunk, size=self.size)
        masks = np.array([shrunk(m.astype(np.float32)) > 0.5 for m in drawn.masks], bool)
        masks = masks.reshape(-1, self.size, self.size)
        left = np.asarray(masks.any((1, 2)))
        gone = len(picture.drawn) - len(drawn.crowd)
        lost["beside the picture or without area: left out"] += gone
        lost["smaller than a pixel: left out"] += int((~left).sum())
        return {
            "image": np.stack([shrunk(c) for c in np.moveaxis(pixels, -1, 0)], -1),
            "boxes": _moved(drawn.boxes[left], picture, self.size),
            "masks": masks[left],
            "outlined": drawn.outlined[left],
            "category": drawn.category[left],
            "crowd": drawn.crowd[left],
        }


def coco(
    annotations: pathlib.Path | None = None,
    pictures: pathlib.Path | None = None,
    *,
    size: int = 512,
    channels: int = 1,
    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2),
) -> AnnotatedConfig:
    """Pictures with instances in the format of COCO, such as filaments in H-alpha.

    Pictures of one day stay together if file names tell the day; else the order of names splits.

    Args:
      annotations: JSON. Without it, ``coco.json`` in the manual folder of TFDS.
      pictures: folder of JPEG, PNG or FITS, subfolders included. Without it, ``pictures`` there.
      size: pixels on a side.
      channels: 1 (grey) or 3.
      fractions: of the days in training, validation and test, in order of time.

    Returns:
      A config whose name holds a digest of files and options.
    """
    how = {"size": size, "channels": channels, "fractions": fractions}
    return _config("coco", annotations, pictures, how)


def voc(
    annotations: pathlib.Path | None = None,
    pictures: pathlib.Path | None = None,
    *,
    size: int = 512,
    channels: int = 1,
    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2),
) -> AnnotatedConfig:
    """Pictures with boxes in the format of Pascal VOC; the boxes are their masks.

    Args:
      annotations: folder of XML files. Without it, ``voc`` in the manual folder of TFDS.
      pictures: folder of JPEG, PNG or FITS, subfolders included. Without it, ``pictures`` there.
      size: pixels on a side.
      channels: 1 (grey) or 3.
      fractions: of the days in training, validation and test, in order of time.

    Returns:
      A config whose name holds a digest of files and options.
    """
    how = {"size": size, "channels": channels, "fractions": fractions}
    return _config("voc", annotations, pictures, how)


def _config(
    form: Literal["coco", "voc"],
    annotations: pathlib.Path | None,
    pictures: pathlib.Path | None,
    options: dict[str, Any],
) -> AnnotatedConfig:
    usual = {f.name: f.default for f in dataclasses.fields(AnnotatedConfig)}
    changed = {name: value for name, value in options.items() if value != usual[name]}
    config = AnnotatedConfig(
        name=form,
        description=f"annotated pictures of the Sun ({form})",
        format=form,
        annotations=annotations,
        pictures=pictures,
        **options,
    )
    named = annotations is not None and pictures is not None
    files = config.files(pathlib.Path) if named else []
    config.name = content_name(form, files, changed)
    return config


class _Row(NamedTuple):
    """A picture that is there, and where it goes."""

    picture: Annotated
    path: pathlib.Path
    time: np.datetime64
    group: np.int64
    split: np.int64


def _by_name(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """Files by their path within a folder, and by their last name where that is unique."""
    every = sorted(path for path in folder.rglob("*") if path.is_file())
    count = Counter(path.name for path in every)
    last = {path.name: path for path in every if count[path.name] == 1}
    return last | {path.relative_to(folder).as_posix(): path for path in every}


def _file_of(name: str, files: dict[str, pathlib.Path]) -> pathlib.Path | None:
    """The file of a picture, whose name may hold folders, with commas in place of slashes."""
    last = (name.rpartition(mark)[2] for mark in "/,")
    return next((files[n] for n in (name, name.replace(",", "/"), *last) if n in files), None)


def _splits(
    time: np.ndarray, fractions: tuple[float, float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """The group and split of each picture: by day, or one by one where no day is known."""
    if np.isnat(time).any():
        group = np.arange(len(time))
        time = np.datetime64("1970-01-01", "D") + group
    else:
        group = time.astype("datetime64[D]").astype(np.int64)
    return group, splits.chronological(group, time, fractions=fractions, window_hours=0.0)


def _shrunk(channel: Float[np.ndarray, "h w"], *, size: int) -> Float[np.ndarray, "size size"]:
    """A channel with rows from the bottom, all of it in a square; NaN beside it."""
    h, w = channel.shape
    centre = (0.5 * (h - 1), 0.5 * (w - 1))
    return area_means(channel[::-1], size=size, centre=centre, pixel=max(h, w) / size)


def _moved(
    boxes: Float[np.ndarray, "m 4"], picture: Annotated, size: int
) -> Float[np.ndarray, "m 4"]:
    """Boxes counted from the top as those of the square picture, counted from the bottom."""
    h, w = picture.height, picture.width
    left, top, right, bottom = boxes.T
    about = np.stack([left - w / 2, h / 2 - bottom, right - w / 2, h / 2 - top], -1)
    return (about * size / max(h, w) + size / 2).astype(np.float32)
