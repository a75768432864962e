"""The builder ``solar_flares``; each config knows its features and its examples."""

from collections.abc import Callable

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

    VERSION = tfds.core.Version("3.2.0")
    RELEASE_NOTES = {  # noqa: RUF012
        "1.0.0": "First release.",
        "2.0.0": "Another simulated Sun; the probability of a flare given the present.",
        "3.0.0": "Flares by place, one scale of flux, groups of regions, known and unknown told.",
        "3.1.0": "The flares of each region before the issue time, in numbers.",
        "3.2.0": "SHARPs: keywords and quality of the headers, pictures of the whole field.",
    }
    BUILDER_CONFIGS = [make() for make in CONFIGS.values()]  # noqa: RUF012
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
        sharp: put SHARP CEA files into `sharp/` and a flare list into `flares.csv`.
        noaa_regions: put another table than the package's into `region_days.csv`.
        synthetic and noaa_regions need nothing."""


builder = Builder.of
"""From a config made by one of `CONFIGS`, and a folder if not TFDS's own, to the builder."""
