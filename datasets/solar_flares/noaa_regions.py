"""The config ``noaa_regions``: sunspot groups day by day, with the flares of the day."""

import dataclasses
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from jsolar.data import splits
from jsolar.datasets.exact import exact
from jsolar.datasets.manual import content_digest, content_name, the_file
from jsolar.datasets.opened import OUTCOMES, Opened
from jsolar.datasets.outcomes import TOLD, flare_facts
from jsolar.sun.conventions import REGION_DAY_BORDERS
from jsolar.sun.files.flare_lists import flare_list_files, read_flare_lists
from jsolar.sun.files.region_days import RegionDays, positions, read_region_days
from jsolar.sun.flares.attribution import Attribution, attribute
from jsolar.sun.flares.catalogue import select
from jsolar.sun.flares.labels import label_windows

DAY = np.timedelta64(24 * 3600, "s")

SHIPPED = pathlib.Path(__file__).parent / "noaa"
"""Tables that come with the package: NOAA region days 1996–2014 and GOES flares 2010–2018."""

SHIPPED_DAYS = SHIPPED / "region_days_1996_2014.csv.xz"
SHIPPED_FLARES = SHIPPED / "goes_flares_2010_2018.csv.xz"


@dataclasses.dataclass
class NoaaRegionsConfig(tfds.core.BuilderConfig):
    """Which table, and where it is split; make one with `noaa_regions`.

    Attributes:
      region_days: CSV of region days (see `jsolar.sun.files.region_days`); None:
        ``region_days.csv`` in the manual folder of TFDS, or else the table that comes with the
        package.
      flare_list: files or folders in any format that `jsolar.sun.files.flare_lists` reads, for
        the flares without a region; without it, it is not known whether there were any. With the
        table of the package comes a list.
      borders: days on which validation and test begin, and a last one where test ends.
    """

    region_days: pathlib.Path | None = None
    flare_list: tuple[pathlib.Path, ...] = ()
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
                    "largest flare of the day without a region and not known to be elsewhere, "
                    "on the operational scale as the counts; NaN: not known"
                ),
                "placed_flux_w_m2": exact(
                    "largest flare of the day that the list gives no region and that was in this "
                    "one by its place; NaN: not known"
                ),
            }
        )

    def facts(self) -> dict[str, Any]:
        """What a model must know of the table."""
        return {"synthetic": False}

    def files(self, manual: Callable[[], pathlib.Path]) -> list[pathlib.Path]:
        """All files that are read."""
        table, lists = self._sources(manual)
        return [table, *flare_list_files(lists)]

    def _sources(
        self, manual: Callable[[], pathlib.Path]
    ) -> tuple[pathlib.Path, tuple[pathlib.Path, ...]]:
        """The table, and the flare lists."""
        name = "region_days.csv"
        if self.region_days is None and not (manual() / name).exists():
            return SHIPPED_DAYS, self.flare_list or (SHIPPED_FLARES,)
        return the_file(self.region_days, manual, name, "--region-days"), self.flare_list

    def open(self, manual: Callable[[], pathlib.Path]) -> Opened:
        """Read the table and the flare lists, and place flares that have no region."""
        table, lists = self._sources(manual)
        days = read_region_days(table)
        day = days.issue_time.astype("datetime64[D]")
        split = splits.by_time(days.region, day, np.array(self.borders, "datetime64[s]"))
        columns = self._columns(days)
        facts: dict[str, Any] = {}
        if lists:
            flares = read_flare_lists(lists, flux_scale="operational")
            found = attribute(flares, positions(days))
            columns |= _without_region(found, days)
            facts["flare_list"] = flare_facts(flares, placed=int(found.attributed.sum()))

        def examples(number: int) -> Iterator[tuple[str, dict[str, Any]]]:
            for i in np.flatnonzero(split == number):
                yield columns["id"][i], {name: column[i] for name, column in columns.items()}

        digest = "" if self.region_days else content_digest(self.files(manual))
        return Opened(facts, digest, examples, [], [])

    def outcomes(self, example: dict[str, Any]) -> dict[str, str | None]:
        """What the table counts: all of it is known."""
        counts = {name: example[f"{name[0].lower()}_or_larger"] for name in TOLD}
        return {name: OUTCOMES[0 if count > 0 else 1] for name, count in counts.items()}

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
            "unattributed_flux_w_m2": np.full(len(day), np.nan),
            "placed_flux_w_m2": np.full(len(day), np.nan),
            **{name: getattr(days, name) for name in same},
            **{
                f"previous_{name}": np.where(before < 0, -1, getattr(days, name)[before])
                for name in counts
            },
        }


def _without_region(found: Attribution, days: RegionDays) -> dict[str, np.ndarray]:
    """Largest flares of each row's day that the list gave no region: this one's, and nobody's."""
    day = days.issue_time.astype("datetime64[D]").astype("datetime64[s]")
    placed = label_windows(select(found.flares, found.attributed), days.region, day, day + DAY)
    doubtful = select(found.flares, ~found.elsewhere)
    nobody = label_windows(doubtful, np.zeros(len(day), np.int64), day, day + DAY)
    columns = {
        "placed_flux_w_m2": placed.flux_w_m2,
        "unattributed_flux_w_m2": nobody.unattributed_flux_w_m2,
    }
    return {name: np.where(nobody.complete, flux, np.nan) for name, flux in columns.items()}


def noaa_regions(
    region_days: pathlib.Path | None = None,
    flare_list: tuple[pathlib.Path, ...] = (),
    *,
    borders: tuple[str, str, str] = REGION_DAY_BORDERS,
) -> NoaaRegionsConfig:
    """NOAA sunspot groups day by day, with the flares of the day.

    Args:
      region_days: CSV of region days. Without it, ``region_days.csv`` in the manual folder of
        TFDS, or else the days of 1996–2014 that come with the package.
      flare_list: files or folders of any format, optional: to place flares that have no region,
        and to know on which days one remains. The days of the package come with a list.
      borders: days on which validation and test begin, and on which test ends.

    Returns:
      A config whose name holds a digest of files and options.
    """
    return NoaaRegionsConfig(
        name=content_name(
            "noaa_regions",
            [*([region_days] if region_days else []), *flare_list_files(flare_list)],
            {} if borders == REGION_DAY_BORDERS else {"borders": borders},
        ),
        description="NOAA sunspot groups day by day with the flares of the day",
        region_days=region_days,
        flare_list=flare_list,
        borders=borders,
    )


def _row_of_the_day_before(region: np.ndarray, day: np.ndarray) -> np.ndarray:
    """For each row, the row of its region on the day before, or −1."""
    row = {key: i for i, key in enumerate(zip(region.tolist(), day.tolist(), strict=True))}
    yesterday = (day - np.timedelta64(1, "D")).tolist()
    return np.array([row.get(key, -1) for key in zip(region.tolist(), yesterday, strict=True)])
