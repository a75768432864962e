"""The builder ``region_evolution``; each config knows its features and its examples."""

from collections.abc import Callable

import tensorflow_datasets as tfds

from jsolar.datasets.base import OpenedBuilder
from jsolar.datasets.region_evolution.sharp import sharp
from jsolar.datasets.region_evolution.synthetic import synthetic

CONFIGS: dict[str, Callable[..., tfds.core.BuilderConfig]] = {
    "synthetic": synthetic,
    "sharp": sharp,
}
"""Makes of configs by name; their arguments are the options of ``build region_evolution/NAME``."""


class Builder(OpenedBuilder):
    """Active regions tracked in time: frames until an issue time, and frames hours after it."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}  # noqa: RUF012
    BUILDER_CONFIGS = [make() for make in CONFIGS.values()]  # noqa: RUF012
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
        sharp: put SHARP CEA files of regions at several times into `sharp/`.
        synthetic needs nothing."""


builder = Builder.of
"""From a config made by one of `CONFIGS`, and a folder if not TFDS's own, to the builder."""
