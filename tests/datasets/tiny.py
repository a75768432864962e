"""Tiny data sets, and the files that they are made of (imported as ``tiny``)."""

import pathlib
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import pandas as pd

from jsolar.datasets.solar_flares.noaa_regions import NoaaRegionsConfig, noaa_regions
from jsolar.datasets.solar_flares.sharp import SharpConfig, sharp
from jsolar.datasets.solar_flares.solar_flares_dataset_builder import builder
from jsolar.datasets.solar_flares.synthetic import SyntheticConfig, synthetic
from jsolar.sun.simulate import SunConfig
from tests.sun.files.make_fits import write_sharp

SUN = SunConfig(
    steps=80,
    bipoles=2,
    fragments=4,
    clusters=2,
    grain_waves=8,
    activity_grid=16,
    rate_log_c_per_day=2.0,
    futures=32,
    flares_kept=256,
)
"""A short, cheap and lively Sun."""

BORDERS = ("2011-02-16", "2011-02-19", "2011-03-01")
HARPS = 10


def tiny_synthetic(**options: Any) -> SyntheticConfig:
    """Twelve regions."""
    usual = {"regions": 12, "windows": 3, "size": 16, "degrees_per_pixel": 0.9, "sun": SUN}
    return synthetic(**usual | options)


def write_flares(path: pathlib.Path) -> pathlib.Path:
    """A GOES list: an M1.0 of HARP 1's region, a flare without region, an X of HARP 4's."""
    peaks = [
        "2011-02-10 01:00",
        "2011-02-11 02:00",
        "2011-02-11 02:01",
        "2011-02-14 08:00",
        "2011-03-01 00:00",
    ]
    classes, region = ["C1.0", "M1.0", "C9.9", "C5.0", "X2.2"], [11109, 11101, 11101, 0, 11104]
    table = {f"event_{name}time": peaks for name in ("start", "peak", "end")}
    pd.DataFrame(table | {"goes_class": classes, "noaa_ar": region}).to_csv(path, index=False)
    return path


def field_of(harp: int) -> np.ndarray:
    """What a magnetogram shows: 40 × 48 pixels of tenths of a gauss, some missing."""
    field = np.random.default_rng(harp).normal(0, 50, (40, 48)).round(1)
    field[10:20, 10:24] += 100.0 * harp
    field[0:4, 0:4] = np.nan
    return field


def write_sharps(folder: pathlib.Path) -> pathlib.Path:
    """Ten HARPs, a fortnight apart but for the first, each at two times a day apart."""
    folder.mkdir(parents=True, exist_ok=True)
    for harp in range(1, HARPS + 1):
        start = np.datetime64("2011-02-10T02:00:34") + np.timedelta64(14 * (harp - 1), "D")
        for day in (0, 1):
            write_sharp(
                folder,
                field_of(harp),
                HARPNUM=harp,
                NOAA_AR=11100 + harp,
                NOAA_ARS=str(11100 + harp),
                T_REC=tai(start + np.timedelta64(day, "D")),
                T_FRST1=tai(start - np.timedelta64(2, "D")),
                T_LAST1=tai(start + np.timedelta64(36, "h")),
                CRVAL1=30.0 + 13.2 * day,
                CRLN_OBS=20.0,
            )
    return folder


NUMBERS = {"TOTUSJH": 1234.5, "TOTPOT": 8.838948e23, "USFLUX": 3.25e22}
"""Keywords of the SHARPs that `write_vector_sharps` writes."""


def segments_of(harp: int) -> dict[str, np.ndarray]:
    """A field with a twist, an outline, and where the disambiguation is sure."""
    rng = np.random.default_rng(100 + harp)
    field = field_of(harp)
    outline = np.full(field.shape, 1)
    outline[8:24, 8:28] = 33
    outline[10:20, 10:24] = 34
    return {
        "magnetogram": field,
        "Br": 1.1 * field,
        "Bp": rng.normal(80, 100, field.shape).round(1),
        "Bt": rng.normal(-40, 100, field.shape).round(1),
        "bitmap": outline,
        "conf_disambig": np.where(outline > 30, 90, 50),
    }


def write_vector_sharps(
    folder: pathlib.Path,
    harps: Iterable[int] = range(1, 7),
    leave_out: Collection[tuple[int, str]] = (),
) -> pathlib.Path:
    """HARPs, three days apart, with all segments but those left out: (HARP, segment)."""
    folder.mkdir(parents=True, exist_ok=True)
    for harp in harps:
        time = np.datetime64("2011-02-10T02:00:34") + np.timedelta64(3 * (harp - 1), "D")
        who = {"HARPNUM": harp, "NOAA_AR": 11100 + harp, "NOAA_ARS": str(11100 + harp)}
        where = {"T_REC": tai(time), "CRVAL1": 30.0, "CRLN_OBS": 20.0, "QUALITY": 0x400}
        for segment, pixels in segments_of(harp).items():
            if (harp, segment) not in leave_out:
                write_sharp(folder, pixels, segment=segment, **who, **where, **NUMBERS)
    return folder


def tai(time: np.datetime64) -> str:
    """As SHARP headers write it; TAI was 34 s ahead of UTC."""
    day, clock = str(time + np.timedelta64(0, "s")).split("T")
    return f"{day.replace('-', '.')}_{clock}_TAI"


def tiny_sharp(folder: pathlib.Path) -> SharpConfig:
    """Patches of 8 × 8 pixels of 0.12° from files written into a folder."""
    return sharp(
        write_sharps(folder / "sharps"),
        (write_flares(folder / "flares.csv"),),
        flux_scale="operational",
        size=8,
    )


def write_days(path: pathlib.Path) -> pathlib.Path:
    """Five regions, each on three days; the second and the fourth live across a border."""
    first = np.repeat([9, 14, 16, 17, 20], 3) + np.tile(np.arange(3), 5)
    flares = np.arange(15) % 4
    table = {
        "AR issue_date": [f"2011-02-{day:02} 00:30" for day in first],
        "noaa_ar": 1100 + np.repeat(np.arange(1, 6), 3),
        "Carrington_long": 100,
        "AREA": 10 * np.arange(15),
        "McIntosh": "EKC",
        "Longitude_extent": 5,
        "No_sunspots": 9,
        "MAGTYPE": "BETA",
        "LOCATION": "S09W12",
        "C+": flares,
        "M+": flares // 2,
        "X+": flares // 3,
    }
    pd.DataFrame(table).to_csv(path)
    return path


def tiny_noaa(folder: pathlib.Path, **options: Any) -> NoaaRegionsConfig:
    """Region days with a flare list."""
    table, flares = write_days(folder / "days.csv"), write_flares(folder / "flares.csv")
    return noaa_regions(table, (flares,), **{"borders": BORDERS} | options)


def build(config: Any, data_dir: pathlib.Path) -> Any:
    """The builder, with the data prepared."""
    prepared = builder(config, data_dir)
    prepared.download_and_prepare()
    return prepared


def rows_of(config: Any, split: int) -> list[dict[str, Any]]:
    """The examples of a split as a config yields them."""

    def no_manual() -> pathlib.Path:
        raise AssertionError("the files are given")

    return [example for _, example in config.open(no_manual).examples(split)]


def write_flares_of(path: pathlib.Path, harps: Iterable[int]) -> pathlib.Path:
    """A GOES list for `write_vector_sharps`: an M2.0 of every third HARP, a C2.0 of every other."""
    begin = np.datetime64("2011-02-10T08:00:00")
    times = [str(begin + np.timedelta64(3 * (harp - 1), "D")).replace("T", " ") for harp in harps]
    table: dict[str, Any] = {f"event_{name}time": times for name in ("start", "peak", "end")}
    table["goes_class"] = ["M2.0" if harp % 3 == 0 else "C2.0" for harp in harps]
    table["noaa_ar"] = [11100 + harp if harp % 2 == 0 or harp % 3 == 0 else 9999 for harp in harps]
    pd.DataFrame(table).to_csv(path, index=False)
    return path
