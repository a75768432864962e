"""The config ``sharp``: tracked series of real SHARPs."""

import dataclasses
import itertools
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
from jsolar.datasets.region_evolution.features import series_features
from jsolar.datasets.region_evolution.synthetic import in_order
from jsolar.datasets.region_evolution.synthetic_futures import Hours
from jsolar.datasets.sightings import harp_id, sightings
from jsolar.sun.conventions import FORECAST_LONGITUDE_DEG
from jsolar.sun.files.sharp import SharpHeader, read_sharp, sharp_files, sharp_records
from jsolar.sun.files.sharp_patch import GOOD_QUALITY, is_good, is_near
from jsolar.sun.files.sharp_series import find_series, frame, middle_of, radial_pixels
from jsolar.sun.flares.harps import components

Series = list[SharpHeader]

KNOWN = 0.5
"""A frame of which less than this share of the pixels is known is of no use."""


@dataclasses.dataclass
class SharpConfig(tfds.core.BuilderConfig):
    """Which files, and which series of them; make one with `sharp`.

    Attributes:
      folder: with SHARP CEA files, subfolders included. None: ``sharp`` in the manual folder of
        TFDS.
      segment: ``magnetogram``, whose line-of-sight field is divided by μ, or ``Br``.
      past_hours: of the frames until the issue time, relative to it; the last is 0.
      lead_hours: of the frames after it.
      every_hours: issue times of a region are at least so far apart.
      size: pixels on a side.
      degrees_per_pixel: scale, a whole multiple of the files' 0.03°.
      fractions: of the regions in the splits, in order of time.
    """

    folder: pathlib.Path | None = None
    segment: Literal["magnetogram", "Br"] = "magnetogram"
    past_hours: Hours = (-12.0, -6.0, 0.0)
    lead_hours: Hours = (6.0, 12.0, 24.0, 48.0)
    every_hours: float = 24.0
    size: int = 64
    degrees_per_pixel: float = 0.24
    fractions: tuple[float, float, float] = (0.5, 0.2, 0.3)

    def features(self) -> tfds.features.FeaturesDict:
        """See `series_features`."""
        past, future = len(self.past_hours), len(self.lead_hours)
        return series_features(size=self.size, past=past, future=future, simulated=False)

    def facts(self) -> dict[str, Any]:
        """What a model must know of the frames."""
        return {
            "synthetic": False,
            "size": self.size,
            "degrees_per_pixel": self.degrees_per_pixel,
            "segment": self.segment,
            "past_hours": list(self.past_hours),
            "lead_hours": list(self.lead_hours),
        }

    def files(self, manual: Callable[[], pathlib.Path]) -> list[pathlib.Path]:
        """All files that are read."""
        folder = the_file(self.folder, manual, "sharp", "--folder")
        return sharp_files(folder, segments=(self.segment,))

    def open(self, manual: Callable[[], pathlib.Path]) -> Opened:
        """Read headers and find the series."""
        folder = the_file(self.folder, manual, "sharp", "--folder")
        faulty: list[str] = []
        headers = self._usable(folder, faulty)
        series, remarks = self._series(headers)
        if not series:
            raise ValueError(f"{folder} holds no series; {remarks[0]}")
        seen = sightings([frames[self._now] for frames in series])
        group = components(seen)
        split = splits.chronological(
            group, seen.time, fractions=self.fractions, window_hours=self.lead_hours[-1]
        )
        digest = "" if self.folder else content_digest(self.files(manual))
        examples = partial(self._examples, series, group, split, faulty)
        return Opened({}, digest, examples, faulty, remarks)

    @property
    def _now(self) -> int:
        return len(self.past_hours) - 1

    def _usable(self, folder: pathlib.Path, faulty: list[str]) -> list[SharpHeader]:
        """Headers near the meridian and of good quality; gaps are where the others were."""
        records = sharp_records(folder, segments=(self.segment,), faulty=faulty)
        headers = [record[self.segment] for record in records]
        if not headers and not faulty:
            raise FileNotFoundError(
                f"{folder} holds no SHARP {self.segment}: put files named ….{self.segment}.fits "
                "there"
            )
        good = [header for header in headers if is_near(header) and is_good(header)]
        if not good:
            first = f"; the first fault: {faulty[0]}" if faulty else ""
            raise ValueError(
                f"{folder}: none of {len(headers)} files lies within {FORECAST_LONGITUDE_DEG:.0f}° "
                f"of the central meridian and has QUALITY < {GOOD_QUALITY:#x}{first}"
            )
        return good

    def _series(self, headers: Sequence[SharpHeader]) -> tuple[list[Series], list[str]]:
        """The series of all regions, and which regions have none and why."""
        offsets, series, remarks = self.past_hours + self.lead_hours, [], []
        for _, harp in itertools.groupby(headers, lambda h: (h.near_real_time, h.harp)):
            found, why = find_series(list(harp), offsets, every_hours=self.every_hours)
            series += found
            remarks += [why] if why else []
        return series, remarks

    def _examples(
        self,
        series: Sequence[Series],
        group: np.ndarray,
        split: np.ndarray,
        faulty: list[str],
        number: int,
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The series of a split; those with a faulty file are left out."""
        rows = np.flatnonzero(split == number)
        for i in tqdm(rows, desc=f"reading {SPLITS[number]}", unit="series"):
            try:
                example = self._example(series[i])
            except ValueError as error:
                faulty.append(str(error))
                continue
            yield example["id"], example | {"group": group[i]}

    def _example(self, series: Series) -> dict[str, Any]:
        fields = [radial_pixels(read_sharp(header.path)) for header in series]
        now = series[self._now]
        place = middle_of(fields[self._now], now)
        how: Mapping[str, Any] = {"size": self.size, "degrees_per_pixel": self.degrees_per_pixel}
        pictures = [frame(f, h, place, **how) for f, h in zip(fields, series, strict=True)]
        for picture, header in zip(pictures, series, strict=True):
            if np.isfinite(picture).mean() < KNOWN:
                raise ValueError(
                    f"{header.path} shows less than {KNOWN:.0%} of the frame about "
                    f"{now.path.name}: its box is too small, or too near the limb"
                )
        east = place.carrington_longitude_deg - now.carrington_longitude_deg
        return {
            "id": harp_id(now),
            "past": np.stack(pictures[: self._now + 1]),
            "future": np.stack(pictures[self._now + 1 :]),
            "region": now.harp,
            "noaa_regions": ",".join(map(str, now.noaa_regions)),
            "issue_time": now.time.astype(np.int64),
            "latitude_deg": place.latitude_deg,
            "longitude_deg": now.longitude_deg + (east + 180.0) % 360.0 - 180.0,
        }


def sharp(
    folder: pathlib.Path | None = None,
    *,
    segment: Literal["magnetogram", "Br"] = "magnetogram",
    past_hours: Hours = (-12.0, -6.0, 0.0),
    lead_hours: Hours = (6.0, 12.0, 24.0, 48.0),
    every_hours: float = 24.0,
    size: int = 64,
    degrees_per_pixel: float = 0.24,
    fractions: tuple[float, float, float] = (0.5, 0.2, 0.3),
) -> SharpConfig:
    """Series of SHARPs of one region, co-registered on their own coordinates.

    Args:
      folder: with SHARP CEA files of regions at several times; subfolders are searched too. Without
        it, ``sharp`` in the manual folder of TFDS.
      segment: ``magnetogram``, whose line-of-sight field is divided by μ, or ``Br``.
      past_hours: of the frames until the issue time, relative to it; the last is 0.
      lead_hours: of the frames after it.
      every_hours: issue times of a region are at least so far apart.
      size: pixels on a side.
      degrees_per_pixel: scale, a whole multiple of the files' 0.03°.
      fractions: of the regions in training, validation and test, in order of time.

    Returns:
      A config whose name holds a digest of files and options.

    Raises:
      ValueError: hours are out of order.
    """
    in_order(past_hours, lead_hours)
    options: dict[str, Any] = {
        "segment": segment,
        "past_hours": past_hours,
        "lead_hours": lead_hours,
        "every_hours": every_hours,
        "size": size,
        "degrees_per_pixel": degrees_per_pixel,
        "fractions": fractions,
    }
    usual = {f.name: f.default for f in dataclasses.fields(SharpConfig)}
    changed = {name: value for name, value in options.items() if value != usual[name]}
    files = [] if folder is None else sharp_files(folder, segments=(segment,))
    return SharpConfig(
        name=content_name("sharp", files, changed),
        description="series of SHARPs, and what the regions looked like hours later",
        folder=folder,
        **options,
    )
