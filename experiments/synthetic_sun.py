"""How like the Sun is the simulated one? Pictures, a film, and statistics beside the real ones.

``python -m experiments.synthetic_sun`` simulates 4,000 active regions through a solar cycle, about
three minutes on 2 cores. ``--sharps FOLDER`` puts real magnetograms (HMI SHARPs in CEA projection,
``….magnetogram.fits``) among the simulated ones, at the same scale and in the same grey.
"""

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Key

from experiments.sun import figures, life, plate, table
from experiments.sun.disks import show_disks, simulated_disk
from experiments.sun.looks import looks_table
from experiments.sun.magnetograms import hourly, pictures
from experiments.sun.observed import SOURCES
from experiments.sun.population import Looks, populate
from jsolar.keys import named
from jsolar.report.plots import SIMULATED
from jsolar.run import Run, command
from jsolar.sun.fields.keywords import patch_keywords
from jsolar.sun.simulate import SunConfig
from jsolar.sun.units import HOURS_PER_DAY, MM_PER_DEGREE
from jsolar.writing import write_whole


@dataclasses.dataclass(frozen=True)
class Config:
    """How many regions to simulate, and which Sun.

    Attributes:
      regions: through the cycle.
      phases: of the cycle, from the first region to the last; those of May 2010 to 2018 by default.
      pictures: regions of which a picture is measured.
      hourly: regions that are measured every hour.
      among: regions of which the liveliest is shown from emergence to decay.
      days: how long these two kinds are followed.
      size: pixels on a side of a picture.
      degrees_per_pixel: scale; 0.12° is 1.46 Mm at disk centre.
      sharps: folder of real SHARP magnetograms to show and measure as well.
      disk: pixels on a side of a picture of the whole disk.
      full_disk: a real magnetogram of the whole disk to show beside it.
      sun: the parameters of the simulated Sun.
      seed: of everything.
      workdir: where everything goes; ``runs/synthetic_sun/<preset>`` if not given.
    """

    regions: int = 4000
    phases: tuple[float, float] = (0.13, 0.86)
    pictures: int = 1500
    hourly: int = 16
    among: int = 150
    days: float = 28.0
    size: int = 128
    degrees_per_pixel: float = 0.12
    sharps: pathlib.Path | None = None
    disk: int = 512
    full_disk: pathlib.Path | None = None
    sun: SunConfig = SunConfig()
    seed: int = 0
    workdir: pathlib.Path | None = None


PRESETS = {
    "default": ("4,000 regions; minutes on 2 cores", Config()),
    "smoke": (
        "40 small regions; seconds, for the tests",
        Config(
            regions=40,
            pictures=30,
            hourly=2,
            among=4,
            days=6.0,
            size=32,
            degrees_per_pixel=0.48,
            disk=64,
            sun=SunConfig(steps=96, bipoles=2, fragments=8, clusters=4),
        ),
    ),
}

FRAME_HOURS = 6
"""From frame to frame of the film."""

SERIES_MX = 1e22
"""Smallest median flux of the regions that are measured every hour."""

LIFE_MX = 6e22
"""Largest flux of the region whose life is shown, so that it fits into the picture."""

PLATE = 3 * plate.COLUMNS
"""Pictures on the plate."""

HOW_TO_ADD = (
    "`--sharps FOLDER` puts real magnetograms beside these: HMI SHARPs as JSOC has them "
    "(`hmi.sharp_cea_720s`, segment `magnetogram`)."
)

HOW_TO_LOOK = [
    "Simulated are the pictures of regions of 1–3e22 Mx, which is what the two real ones have.",
    "Flux balance is |ΣB| / Σ|B| beyond 50 G.",
    "",
]

HOW_TO_READ = [
    "Intervals are a bootstrap over simulated regions. Shares, persistence, indices and longitudes",
    "are expectations from the true flare rate; what counts or orders single flares (M/C, the",
    "richest regions, waiting times) is of flares that were drawn. Windows are of 24 h, one every",
    "step at which a region is within 70° of the meridian and has more flux than 3e20 Mx. Fifths",
    "in time hold equally many flares ≥ M1.0, as the partitions of SWAN-SF do. “–”: none was",
    "measured alike. Series in which R is always 0 have no autocorrelation and are left out.",
    "",
]


def main(run: Run) -> dict[str, Any]:
    """Regions, pictures, a film, statistics, report."""
    config, key = run.config, jax.random.key(run.config.seed)
    sun, scale, cell_mm = config.sun, _scale(config), config.degrees_per_pixel * MM_PER_DEGREE
    real = plate.read_real(config.sharps, **scale) if config.sharps else []
    lives, looks, flares = populate(
        named(key, "sun"), config.regions, between=config.phases, sun=sun
    )
    images, wavenumber, measured = _look(named(key, "pictures"), looks, config)
    slow = _hour_by_hour(config)
    series = hourly(named(key, "hourly"), config.hourly, smallest_mx=SERIES_MX, sun=slow, **scale)
    rows = plate.choose(looks, measured.region, PLATE - len(real))
    chosen = jax.tree.map(lambda x: x[measured.region[rows]], looks)
    simulated = plate.panels(chosen, images[rows])
    plate.plate([*real, *simulated], run.folder / "plate.png", cell_mm=cell_mm)
    _show_life(named(key, "life"), run.folder, config)
    shown = simulated_disk(size=config.disk, seed=config.seed, sun=sun)
    show_disks(shown, run.folder / "disk.png", real=config.full_disk)
    by_region = table.sums(lives, flares, measured, sun)
    figures.comparison(
        run.folder / "statistics.png",
        flares=flares,
        above=table.expected(lives, sun)[1].sum(0),
        regions=float(by_region["regions"].sum()),
        looks=measured,
        wavenumber=wavenumber,
        series=series,
        given=_measure_real(real, config) if real else None,
    )
    found = table.intervals(named(key, "bootstrap"), by_region, series)
    large = (measured.log_flux >= table.LARGE[0]) & (measured.log_flux < table.LARGE[1])
    seen, text = looks_table(list(images[large]), cell_mm), table.table(found)
    text += f"\n\n{table.missed(found)}"
    print("\n" + seen + "\n\n" + text)
    _write_report(
        run, seen, text, counted=(config.regions, len(measured.region), len(flares.hours))
    )
    return {"simulated": True, "statistics": found}


def _hour_by_hour(config: Config) -> SunConfig:
    """The same Sun in steps of an hour, for as many days as a life is followed."""
    return dataclasses.replace(config.sun, step_hours=1.0, steps=round(config.days * HOURS_PER_DAY))


def _look(
    key: Key[Array, ""], looks: Looks, config: Config
) -> tuple[np.ndarray, np.ndarray, table.Measured]:
    """Pictures of some regions, evenly through the cycle, and what is measured of them."""
    valid = np.flatnonzero(looks.valid)
    some = valid[np.linspace(0, len(valid) - 1, min(config.pictures, len(valid))).astype(int)]
    few = jax.tree.map(lambda x: x[some], looks)
    images, keywords = pictures(key, few, sun=config.sun, **_scale(config))
    pixel_mm = config.degrees_per_pixel * MM_PER_DEGREE
    return images, *table.measure(images, keywords, some, pixel_mm)


def _measure_real(real: Sequence[plate.Panel], config: Config) -> table.Measured:
    scale = config.degrees_per_pixel
    images = np.stack([panel.image for panel in real])
    keywords = [patch_keywords(p.image, degrees_per_pixel=scale, mu=p.mu) for p in real]
    which = np.arange(len(real))
    return table.measure(images, np.stack(keywords), which, scale * MM_PER_DEGREE)[1]


def _show_life(key: Key[Array, ""], folder: pathlib.Path, config: Config) -> None:
    """The strip and the film."""
    sun = _hour_by_hour(config)
    states, flares = life.whole_life(key, among=config.among, largest_mx=LIFE_MX, sun=sun)
    wide = _scale(config) | {"size": round(1.25 * config.size)}
    frames = life.life_frames(key, states, every=FRAME_HOURS, sun=sun, **wide)
    cell_mm = config.degrees_per_pixel * MM_PER_DEGREE
    days = np.asarray(states.hours)[::FRAME_HOURS] / HOURS_PER_DAY
    life.strip(frames, days, folder / "evolution.png", cell_mm=cell_mm)
    film = folder / "evolution.gif"
    life.film(frames, states, flares, film, every=FRAME_HOURS, cell_mm=cell_mm)


def _scale(config: Config) -> dict[str, Any]:
    return {"size": config.size, "degrees_per_pixel": config.degrees_per_pixel}


def _write_report(run: Run, seen: str, table: str, *, counted: tuple[int, int, int]) -> None:
    regions, looks, flares = counted
    add = [] if run.config.sharps else [HOW_TO_ADD, ""]
    lines = [
        f"# {run.experiment} ({run.preset})",
        "",
        f"**{SIMULATED}**: {regions:,} regions, {looks:,} pictures, {flares:,} flares on the disk.",
        "",
        "![simulated active regions](plate.png)",
        "",
        *add,
        seen,
        "",
        *HOW_TO_LOOK,
        "## The whole disk",
        "",
        "![a simulated disk and its active regions](disk.png)",
        "",
        "Found by a rule that anybody can repeat (`jsolar.sun.fields.active_regions`); the picture",
        "itself is in `disk.fits`, which `sunpy.map.Map` opens.",
        "",
        "## The life of one",
        "",
        "![a simulated region from emergence to decay](evolution.png)",
        "",
        "![the same as a film](evolution.gif)",
        "",
        "The quiet Sun around it stands still, so that nothing but the region changes.",
        "",
        "## Statistics",
        "",
        "![flares, memory and pictures of the simulated and the real Sun](statistics.png)",
        "",
        table,
        "",
        *HOW_TO_READ,
        *(f"- {name}: {what}" for name, what in SOURCES.items()),
    ]
    write_whole(run.folder / "report.md", "\n".join(lines) + "\n")


if __name__ == "__main__":
    command("synthetic_sun", PRESETS, main)
