"""The config ``noaa_regions``: sunspot groups day by day, with the flares of the day."""

import dataclasses
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from jsolar.data import splits
from jsolar.datasets.solar_flares.features import exact
from jsolar.datasets.solar_flares.manual import content_name, the_file
from jsolar.sun.conventions import REGION_DAY_BORDERS
from jsolar.sun.files.flare_lists import read_flare_list
from jsolar.sun.files.region_days import RegionDays, read_region_days
from jsolar.sun.flares.labels import label_windows

DAY = np.timedelta64(24 * 3600, "s")


@dataclasses.dataclass
class NoaaRegionsConfig(tfds.core.BuilderConfig):
    """Which table, and where it is split; make one with `noaa_regions`.

    Attributes:
      table: CSV of region days (see `jsolar.sun.files.region_days`); None: ``region_days.csv`` in
        the manual folder of TFDS.
      flare_list: a flare list in any format that `jsolar.sun.files.flare_lists` reads, for the
        flares without a region; None: it is not known whether there were any.
      borders: days on which validation and test begin, and a last one where test ends.
    """

    table: pathlib.Path | None = None
    flare_list: pathlib.Path | None = None
    borders: tuple[str, ...] = REGION_DAY_BORDERS

    def features(self) -> tfds.features.FeaturesDict:
        """One region on one day; missing numbers are NaN, missing texts are empty."""
        number, text = tfds.features.Scalar, tfds.features.Text
        return tfds.features.FeaturesDict(
            {
                "id": text(doc="region and day"),
                "region": number(np.int64, doc="NOAA number"),
                "issue_time": number(np.int64, doc="seconds since 1970-01-01 UTC"),
                "area_msh": number(np.float32, doc="millionths of the solar hemisphere"),
                "longitude_extent_deg": number(np.float32),
                "latitude_deg": number(np.float32),
                "longitude_deg": number(np.float32, doc="Stonyhurst, west positive"),
                "spots": number(np.float32, doc="number of spots"),
                "mcintosh": text(doc="three letters"),
                "magnetic_type": text(doc="Mount Wilson type"),
                "c_or_larger": number(np.int64, doc="flares ≥ C1.0 that began on the day"),
                "m_or_larger": number(np.int64),
                "x_or_larger": number(np.int64),
                "previous_c_or_larger": number(np.int64, doc="on the day before; −1: not seen"),
                "previous_m_or_larger": number(np.int64),
                "previous_x_or_larger": number(np.int64),
                "unattributed_flux_w_m2": exact(
                    "largest flare of the day without a region; NaN: not known"
                ),
            }
        )

    def facts(self) -> dict[str, Any]:
        """What a model must know of the table."""
        return {"synthetic": False}

    def examples(
        self, split: int, manual: Callable[[], pathlib.Path]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The rows of a split."""
        days = read_region_days(the_file(self.table, manual, "region_days.csv", "--table"))
        day = days.issue_time.astype("datetime64[D]")
        number = splits.by_time(days.region, day, np.array(self.borders, "datetime64[s]"))
        columns = self._columns(days)
        for i in np.flatnonzero(number == split):
            yield columns["id"][i], {name: column[i] for name, column in columns.items()}

    def _columns(self, days: RegionDays) -> dict[str, np.ndarray]:
        day = days.issue_time.astype("datetime64[D]")
        counts = ("c_or_larger", "m_or_larger", "x_or_larger")
        before = _row_of_the_day_before(days.region, day)
        same = (
            *counts, "region", "area_msh", "longitude_extent_deg", "latitude_deg",
            "longitude_deg", "spots", "mcintosh", "magnetic_type",
        )  # fmt: skip
        return {
            "id": np.array([f"noaa-{n:05d}-{d}" for n, d in zip(days.region, day, strict=True)]),
            "issue_time": days.issue_time.astype(np.int64),
            "unattributed_flux_w_m2": self._unattributed(day.astype("datetime64[s]")),
            **{name: getattr(days, name) for name in same},
            **{
                f"previous_{name}": np.where(before < 0, -1, getattr(days, name)[before])
                for name in counts
            },
        }

    def _unattributed(self, day: np.ndarray) -> np.ndarray:
        """Largest flare of each day that no region was given; NaN where no list tells."""
        if self.flare_list is None:
            return np.full(len(day), np.nan)
        nobody = np.zeros(len(day), np.int64)
        label = label_windows(read_flare_list(self.flare_list), nobody, day, day + DAY)
        return np.where(label.complete, label.unattributed_flux_w_m2, np.nan)


def noaa_regions(
    table: pathlib.Path | None = None,
    flare_list: pathlib.Path | None = None,
    *,
    borders: tuple[str, str, str] = REGION_DAY_BORDERS,
) -> NoaaRegionsConfig:
    """NOAA sunspot groups day by day, with the flares of the day.

    Args:
      table: CSV of region days. Without it, ``region_days.csv`` in the manual folder of TFDS.
      flare_list: to know on which days a flare had no region; any format, optional.
      borders: days on which validation and test begin, and on which test ends.

    Returns:
      A config whose name holds a digest of files and options.
    """
    return NoaaRegionsConfig(
        name=content_name(
            "noaa_regions",
            [table, flare_list],
            {} if borders == REGION_DAY_BORDERS else {"borders": borders},
        ),
        description="NOAA sunspot groups day by day with the flares of the day",
        table=table,
        flare_list=flare_list,
        borders=borders,
    )


def _row_of_the_day_before(region: np.ndarray, day: np.ndarray) -> np.ndarray:
    """For each row, the row of its region on the day before, or −1."""
    row = {key: i for i, key in enumerate(zip(region.tolist(), day.tolist(), strict=True))}
    yesterday = (day - np.timedelta64(1, "D")).tolist()
    return np.array([row.get(key, -1) for key in zip(region.tolist(), yesterday, strict=True)])
