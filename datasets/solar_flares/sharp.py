"""The config ``sharp``: patches of real SHARPs, labelled with flare lists."""

import dataclasses
import pathlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import tensorflow_datasets as tfds
from tqdm import tqdm

from jsolar.data import splits
from jsolar.datasets.manual import content_digest, content_name, the_file
from jsolar.datasets.opened import SPLITS, Opened
from jsolar.datasets.outcomes import flare_facts, window_outcomes
from jsolar.datasets.sharp_flares import flare_columns, refuse_ignorance
from jsolar.datasets.sightings import harp_id, sightings
from jsolar.datasets.solar_flares.features import picture_features
from jsolar.sun.conventions import FLARE_CLASSES, FORECAST_LONGITUDE_DEG
from jsolar.sun.fields.patches import patch
from jsolar.sun.files.flare_lists import flare_list_files, read_flare_lists
from jsolar.sun.files.sharp import SharpHeader, read_sharp, sharp_files, sharp_records
from jsolar.sun.files.sharp_numbers import (
    FORCE_NUMBERS,
    HEADER_NUMBERS,
    MEASURED_FROM,
    header_numbers,
    measured_numbers,
)
from jsolar.sun.files.sharp_patch import (
    CROPPED,
    GOOD_QUALITY,
    channels_of,
    is_good,
    is_near,
    patch_inputs,
    sharp_patch,
)
from jsolar.sun.flares.harps import Sightings, components

Record = Mapping[str, SharpHeader]
"""The segments of one region at one time."""


@dataclasses.dataclass
class SharpConfig(tfds.core.BuilderConfig):
    """Which files, and what is cut out of them; make one with `sharp`.

    Attributes:
      folder: with SHARP CEA files, subfolders included. None: ``sharp`` in the manual folder of
        TFDS.
      flare_list: files or folders in any format that `jsolar.sun.files.flare_lists` reads. None:
        ``flares.csv`` there.
      begins: from when the lists are complete, if they do not tell; ends: until when; floor: from
        which GOES class on.
      flux_scale: of the labels.
      size: pixels on a side.
      degrees_per_pixel: scale, a whole multiple of the files' 0.03°.
      field: that the pictures show.
      bitmap: whether the region's outline is one more channel.
      numbers: where the keywords come from.
      fractions: of the regions in the splits, in order of time.
    """

    folder: pathlib.Path | None = None
    flare_list: tuple[pathlib.Path, ...] = ()
    begins: str | None = None
    ends: str | None = None
    floor: str | None = None
    flux_scale: Literal["science", "operational"] = "science"
    size: int = 128
    degrees_per_pixel: float = 0.12
    field: Literal["magnetogram", "vector"] = "magnetogram"
    bitmap: bool = False
    numbers: Literal["header", "measured"] = "header"
    fractions: tuple[float, float, float] = (0.5, 0.2, 0.3)

    @property
    def channels(self) -> tuple[str, ...]:
        """Segments that the pictures show."""
        return channels_of(self.field, bitmap=self.bitmap)

    @property
    def segments(self) -> tuple[str, ...]:
        """All that are read; those of the picture first."""
        needed = MEASURED_FROM if self.numbers == "measured" else ()
        return tuple(dict.fromkeys([*self.channels, *needed]))

    @property
    def number_names(self) -> tuple[str, ...]:
        """Names of the keywords."""
        return HEADER_NUMBERS + (FORCE_NUMBERS if self.numbers == "measured" else ())

    def features(self) -> tfds.features.FeaturesDict:
        """See `picture_features`."""
        return picture_features(self.size, channels=self.channels, numbers=self.number_names)

    def facts(self) -> dict[str, Any]:
        """What a model must know of the pictures."""
        return {
            "synthetic": False,
            "size": self.size,
            "degrees_per_pixel": self.degrees_per_pixel,
            "channels": list(self.channels),
            "sharp_keywords": list(self.number_names),
            "numbers": self.numbers,
        }

    def files(self, manual: Callable[[], pathlib.Path]) -> list[pathlib.Path]:
        """All files that are read: flare lists, then SHARPs."""
        lists = self.flare_list or (the_file(None, manual, "flares.csv", "--flare-list"),)
        folder = the_file(self.folder, manual, "sharp", "--folder")
        return [*flare_list_files(lists), *sharp_files(folder, segments=self.segments)]

    def open(self, manual: Callable[[], pathlib.Path]) -> Opened:
        """Read lists and headers, match flares and regions, label and split."""
        folder = the_file(self.folder, manual, "sharp", "--folder")
        lists = self.flare_list or (the_file(None, manual, "flares.csv", "--flare-list"),)
        flares = read_flare_lists(
            lists, begins=self.begins, ends=self.ends, floor=self.floor, flux_scale=self.flux_scale
        )
        faulty: list[str] = []
        records = usable_records(folder, self.segments, faulty)
        headers = [record[self.channels[0]] for record in records]
        self._refuse_scale(headers)
        seen = sightings(headers)
        group = components(seen)
        split = splits.chronological(group, seen.time, fractions=self.fractions)
        columns, placed = flare_columns(flares, seen, headers)
        columns |= {"group": group, "noaa_regions": _noaa_texts(seen, group)}
        refuse_ignorance(columns, flares, seen, lists)
        facts = {"flare_list": flare_facts(flares, placed=placed)}
        named = bool(self.folder and self.flare_list)
        digest = "" if named else content_digest(self.files(manual))
        remarks: list[str] = []
        examples = partial(self._examples, records, columns, split, faulty, remarks)
        return Opened(facts, digest, examples, faulty, remarks)

    def _refuse_scale(self, headers: Sequence[SharpHeader]) -> None:
        """Raise at once, and not for every picture, if the files cannot give the scale."""
        for scale in {header.degrees_per_pixel for header in headers}:
            target = self.degrees_per_pixel
            patch(
                np.zeros((1, 1)), degrees_per_pixel=scale, size=1, target_degrees_per_pixel=target
            )

    def outcomes(self, example: dict[str, Any]) -> dict[str, str | None]:
        """See `window_outcomes`."""
        return window_outcomes(example)

    def _examples(
        self,
        records: Sequence[Record],
        columns: Mapping[str, np.ndarray],
        split: np.ndarray,
        faulty: list[str],
        remarks: list[str],
        number: int,
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The patches of a split, in order of region and time; faulty files are left out."""
        rows, cropped = np.flatnonzero(split == number), 0
        for i in tqdm(rows, desc=f"reading {SPLITS[number]}", unit="patch"):
            try:
                example = self._example(records[i])
            except ValueError as error:
                faulty.append(str(error))
                continue
            cropped += example["flux_share"] < CROPPED
            yield example["id"], example | {name: column[i] for name, column in columns.items()}
        if cropped:
            remarks.append(
                f"{cropped} of {len(rows)} pictures of {SPLITS[number]} hold less than "
                f"{CROPPED:.0%} of their region's flux: a larger --size shows more"
            )

    def _example(self, record: Record) -> dict[str, Any]:
        scale = self.degrees_per_pixel
        sharps = [read_sharp(record[segment].path) for segment in self.segments]
        pictured, header = sharps[: len(self.channels)], sharps[0].header
        cut = sharp_patch(*pictured, size=self.size, degrees_per_pixel=scale)
        inputs = patch_inputs(cut.image, cut.field_mu, degrees_per_pixel=scale)
        measured = self.numbers == "measured"
        return {
            "id": harp_id(header),
            "sharp_keywords": measured_numbers(sharps) if measured else header_numbers(header),
            "quality": header.quality,
            **{name: np.asarray(value) for name, value in inputs.items()},
            "region": header.harp,
            "issue_time": header.time.astype(np.int64),
            "flux_share": cut.flux_share,
            "latitude_deg": header.latitude_deg,
            "longitude_deg": header.longitude_deg,
            "true_probability": np.full(len(FLARE_CLASSES), np.nan, np.float32),
            "state_probability": np.full(len(FLARE_CLASSES), np.nan, np.float32),
        }


def sharp(
    folder: pathlib.Path | None = None,
    flare_list: tuple[pathlib.Path, ...] = (),
    *,
    begins: str | None = None,
    ends: str | None = None,
    floor: str | None = None,
    flux_scale: Literal["science", "operational"] = "science",
    size: int = 128,
    degrees_per_pixel: float = 0.12,
    field: Literal["magnetogram", "vector"] = "magnetogram",
    bitmap: bool = False,
    numbers: Literal["header", "measured"] = "header",
    fractions: tuple[float, float, float] = (0.5, 0.2, 0.3),
) -> SharpConfig:
    """Patches of SHARPs and their keywords, labelled with flare lists.

    A flare without a region goes to the SHARP within whose outline it happened; where that is not
    known, nothing is known of any window that it falls into.

    Args:
      folder: with SHARP CEA files, ….magnetogram.fits and the other segments that are asked for;
        subfolders are searched too. Without it, ``sharp`` in the manual folder of TFDS.
      flare_list: one or several files or folders: GOES or SWPC CSV, SWPC events texts, HEK CSV or
        ECSV. Without it, ``flares.csv`` in the manual folder of TFDS.
      begins: from when the lists are complete together, UTC, e.g. 2010-05-01; without it, from the
        first day in them.
      ends: until when; without it, the last day in them.
      floor: GOES class from which on they are complete, e.g. C1.0; exports of the HEK need it.
      flux_scale: scale of the labels: ``science``, or ``operational`` as in the lists of GOES 8–15,
        whose M1.0 is an M1.4 now.
      size: pixels on a side.
      degrees_per_pixel: scale, a whole multiple of the files' 0.03°.
      field: ``magnetogram``, one channel along the line of sight; or ``vector``, the channels Br,
        Bp (westward) and Bt (southward).
      bitmap: whether a further channel says which share of a pixel lies inside the outline.
      numbers: ``header``, the 18 SHARP keywords of Bobra & Couvidat (2015) as the headers have
        them; or ``measured``, these and seven of the Lorentz force, from Br, Bp, Bt, magnetogram,
        bitmap and conf_disambig.
      fractions: of the regions in training, validation and test, in order of time.

    Returns:
      A config whose name holds a digest of files and options.
    """
    options: dict[str, Any] = {
        "begins": begins,
        "ends": ends,
        "floor": floor,
        "flux_scale": flux_scale,
        "size": size,
        "degrees_per_pixel": degrees_per_pixel,
        "field": field,
        "bitmap": bitmap,
        "numbers": numbers,
        "fractions": fractions,
    }
    usual = {f.name: f.default for f in dataclasses.fields(SharpConfig)}
    changed = {name: value for name, value in options.items() if value != usual[name]}
    config = SharpConfig(
        name="sharp",
        description="SHARP patches and the flares of the next 24 h",
        folder=folder,
        flare_list=flare_list,
        **options,
    )
    sharps = [] if folder is None else sharp_files(folder, segments=config.segments)
    config.name = content_name("sharp", [*flare_list_files(flare_list), *sharps], changed)
    return config


def usable_records(
    folder: pathlib.Path, segments: Sequence[str], faulty: list[str] | None = None
) -> list[Record]:
    """Records in a folder that are whole, near the meridian and of good quality.

    Args:
      folder: subfolders are searched too.
      segments: that a record must have.
      faulty: what is wrong with unreadable files and with parts of records is added here.

    Raises:
      FileNotFoundError: there is no such record.
      ValueError: there is none that can be used.
    """
    faulty = [] if faulty is None else faulty
    found = list(sharp_records(folder, segments=segments, faulty=faulty))
    whole = [record for record in found if len(record) == len(segments)]
    wanted = " and ".join(f"….{segment}.fits" for segment in segments)
    if not whole and (faulty or found):
        first = (faulty or [_lacking(found[0], segments)])[0]
        raise ValueError(f"{folder} holds no SHARP that can be read; the first fault: {first}")
    if not whole:
        raise FileNotFoundError(
            f"{folder} holds no SHARP {segments[0]}: put files named {wanted} there"
        )
    faulty += [_lacking(record, segments) for record in found if len(record) < len(segments)]
    good = [r for r in whole if is_near(r[segments[0]]) and is_good(r[segments[0]])]
    if not good:
        raise ValueError(
            f"{folder}: none of {len(whole)} SHARPs lies within "
            f"{FORECAST_LONGITUDE_DEG:.0f}° of the central meridian and has QUALITY < "
            f"{GOOD_QUALITY:#x}"
        )
    return good


def _lacking(record: Record, segments: Sequence[str]) -> str:
    """What a record lacks, in a sentence."""
    absent = " and ".join(f"….{segment}.fits" for segment in segments if segment not in record)
    path = next(iter(record.values())).path
    return f"{path} has no {absent} beside it: download all segments that are asked for"


def _noaa_texts(seen: Sightings, group: np.ndarray) -> np.ndarray:
    """NOAA numbers of each row's group, as text."""
    numbers: dict[int, set[int]] = {}
    for one, told in zip(group.tolist(), seen.noaa, strict=True):
        numbers.setdefault(one, set()).update(told)
    return np.array([",".join(map(str, sorted(numbers[one]))) for one in group.tolist()])
