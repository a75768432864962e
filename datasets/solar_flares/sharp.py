"""The config ``sharp``: patches of real SHARPs, labelled with a flare list."""

import dataclasses
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from tqdm import tqdm

from jsolar.data import splits
from jsolar.datasets.solar_flares.features import SPLITS, picture_features
from jsolar.datasets.solar_flares.manual import content_name, the_file
from jsolar.sun.conventions import FLARE_CLASSES, FORECAST_LONGITUDE_DEG
from jsolar.sun.files.flare_lists import read_flare_list
from jsolar.sun.files.sharp import SharpHeader, read_sharp, sharp_records
from jsolar.sun.files.sharp_patch import GOOD_QUALITY, is_good, is_near, patch_inputs, sharp_patch
from jsolar.sun.flares.catalogue import FlareList
from jsolar.sun.flares.labels import WindowLabel, after, before, label_windows
from jsolar.sun.units import SYNODIC_DEGREES_PER_DAY


@dataclasses.dataclass
class SharpConfig(tfds.core.BuilderConfig):
    """Which files, and what is cut out of them; make one with `sharp`.

    Attributes:
      folder: with SHARP CEA files, subfolders included; of the segments only ``magnetogram`` is
        needed. None: ``sharp`` in the manual folder of TFDS.
      flare_list: in any format that `jsolar.sun.files.flare_lists` reads. None: ``flares.csv``
        there.
      size: pixels on a side.
      degrees_per_pixel: scale, a whole multiple of the files' 0.03°.
      fractions: of the regions in the splits, in order of time.
    """

    folder: pathlib.Path | None = None
    flare_list: pathlib.Path | None = None
    size: int = 128
    degrees_per_pixel: float = 0.12
    fractions: tuple[float, float, float] = (0.5, 0.2, 0.3)

    def features(self) -> tfds.features.FeaturesDict:
        """See `picture_features`."""
        return picture_features(self.size)

    def facts(self) -> dict[str, Any]:
        """What a model must know of the pictures."""
        return {"synthetic": False, "size": self.size, "degrees_per_pixel": self.degrees_per_pixel}

    def examples(
        self, split: int, manual: Callable[[], pathlib.Path]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The patches of a split, in order of region and time."""
        folder = the_file(self.folder, manual, "sharp", "--folder")
        flares = read_flare_list(the_file(self.flare_list, manual, "flares.csv", "--flare-list"))
        headers = usable_headers(folder)
        harp = np.array([header.harp for header in headers])
        time = np.array([header.time for header in headers])
        chosen = splits.chronological(harp, time, fractions=self.fractions) == split
        labels = [_labels(flares, headers, window(time)) for window in (after, before)]
        for i in tqdm(np.flatnonzero(chosen), desc=f"reading {SPLITS[split]}", unit="patch"):
            example = self._example(headers[i])
            for prefix, label in zip(("", "previous_"), labels, strict=True):
                example[f"{prefix}flux_w_m2"] = label.flux_w_m2[i]
                example[f"{prefix}unattributed_flux_w_m2"] = label.unattributed_flux_w_m2[i]
                example[f"{prefix}complete"] = label.complete[i]
            yield example["id"], example | {"floor_w_m2": flares.source.floor_w_m2}

    def _example(self, header: SharpHeader) -> dict[str, Any]:
        scale = self.degrees_per_pixel
        cut = sharp_patch(read_sharp(header.path), size=self.size, degrees_per_pixel=scale)
        inputs = patch_inputs(cut.image, cut.mu, degrees_per_pixel=scale)
        return {
            "id": f"harp-{header.harp:06d}-{header.time}",
            **{name: np.asarray(value) for name, value in inputs.items()},
            "region": header.harp,
            "issue_time": header.time.astype(np.int64),
            "latitude_deg": header.latitude_deg,
            "longitude_deg": header.longitude_deg,
            "true_probability": np.full(len(FLARE_CLASSES), np.nan, np.float32),
            "state_probability": np.full(len(FLARE_CLASSES), np.nan, np.float32),
        }


def sharp(
    folder: pathlib.Path | None = None,
    flare_list: pathlib.Path | None = None,
    *,
    size: int = 128,
    degrees_per_pixel: float = 0.12,
    fractions: tuple[float, float, float] = (0.5, 0.2, 0.3),
) -> SharpConfig:
    """Line-of-sight patches of SHARPs, labelled with a flare list.

    Args:
      folder: with SHARP CEA files, ….magnetogram.fits; subfolders are searched too. Without it,
        ``sharp`` in the manual folder of TFDS.
      flare_list: GOES or SWPC CSV, SWPC events text, HEK CSV or ECSV. Without it, ``flares.csv``
        in the manual folder of TFDS.
      size: pixels on a side.
      degrees_per_pixel: scale, a whole multiple of the files' 0.03°.
      fractions: of the regions in training, validation and test, in order of time.

    Returns:
      A config whose name holds a digest of files and options.
    """
    options: dict[str, Any] = {
        "size": size,
        "degrees_per_pixel": degrees_per_pixel,
        "fractions": fractions,
    }
    usual = {f.name: f.default for f in dataclasses.fields(SharpConfig)}
    changed = {name: value for name, value in options.items() if value != usual[name]}
    return SharpConfig(
        name=content_name("sharp", [folder, flare_list], changed),
        description="SHARP line-of-sight patches and the flares of the next 24 h",
        folder=folder,
        flare_list=flare_list,
        **options,
    )


def usable_headers(folder: pathlib.Path) -> list[SharpHeader]:
    """Headers of the magnetograms in a folder that are near the meridian and of good quality.

    Raises:
      FileNotFoundError: there is no magnetogram.
      ValueError: there is none that can be used.
    """
    records = sharp_records(folder, segments=["magnetogram"])
    headers = [record["magnetogram"] for record in records]
    if not headers:
        raise FileNotFoundError(
            f"{folder} holds no SHARP magnetogram: put files named ….magnetogram.fits there"
        )
    good = [header for header in headers if is_near(header) and is_good(header)]
    if not good:
        raise ValueError(
            f"{folder}: none of {len(headers)} magnetograms lies within "
            f"{FORECAST_LONGITUDE_DEG:.0f}° of the central meridian and has QUALITY < "
            f"{GOOD_QUALITY:#x}"
        )
    return good


def _labels(
    flares: FlareList, headers: Sequence[SharpHeader], window: tuple[np.ndarray, np.ndarray]
) -> WindowLabel:
    return label_windows(
        flares,
        [header.noaa_regions for header in headers],
        *window,
        record_begin=np.array([_record(h, h.record_begin, -90.0) for h in headers]),
        record_end=np.array([_record(h, h.record_end, 90.0) for h in headers]),
    )


def _record(header: SharpHeader, recorded: np.datetime64, limb_deg: float) -> np.datetime64:
    """When the region is first or last seen; without a record, when it is at the limb."""
    if not np.isnat(recorded):
        return recorded
    days = (limb_deg - header.longitude_deg) / SYNODIC_DEGREES_PER_DAY
    return header.time + np.timedelta64(round(days * 86400), "s")
