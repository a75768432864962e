"""The builder ``solar_flares``; each config knows its features and its examples."""

import pathlib
from collections.abc import Callable
from typing import Any

import tensorflow_datasets as tfds

from jsolar.datasets.base import OpenedBuilder
from jsolar.datasets.solar_flares.noaa_regions import noaa_regions
from jsolar.datasets.solar_flares.sharp import sharp
from jsolar.datasets.solar_flares.synthetic import synthetic

CONFIGS: dict[str, Callable[..., tfds.core.BuilderConfig]] = {
    "synthetic": synthetic,
    "sharp": sharp,
    "noaa_regions": noaa_regions,
}
"""Makes of configs by name; their arguments are the options of ``build solar_flares/NAME``."""


class Builder(OpenedBuilder):
    """Active regions and the flares of the 24 h after: simulated, SHARPs, or region days."""

    VERSION = tfds.core.Version("3.0.0")
    RELEASE_NOTES = {  # noqa: RUF012
        "1.0.0": "First release.",
        "2.0.0": "Another simulated Sun; the probability of a flare given the present.",
        "3.0.0": "Flares by place, one scale of flux, groups of regions, known and unknown told.",
    }
    BUILDER_CONFIGS = [make() for make in CONFIGS.values()]  # noqa: RUF012
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
        sharp: put SHARP CEA files into `sharp/` and a flare list into `flares.csv`.
        noaa_regions: put another table than the package's into `region_days.csv`.
        synthetic and noaa_regions need nothing."""


def builder(config: Any, data_dir: pathlib.Path | None = None) -> Builder:
    """The builder of a config made by one of `CONFIGS`.

    Args:
      config: one of the listed configs, or one with other options.
      data_dir: where data sets are; TFDS's default if not given.

    Returns:
      A builder; ``download_and_prepare()`` prepares the data if need be.
    """
    return Builder.of(config, data_dir)
