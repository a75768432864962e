"""The builder ``full_disk_regions``; each config knows its features and its examples."""

from collections.abc import Callable

import tensorflow_datasets as tfds

from jsolar.datasets.base import OpenedBuilder
from jsolar.datasets.full_disk_regions.annotated import coco, voc
from jsolar.datasets.full_disk_regions.hmi import hmi
from jsolar.datasets.full_disk_regions.synthetic import synthetic

CONFIGS: dict[str, Callable[..., tfds.core.BuilderConfig]] = {
    "synthetic": synthetic,
    "hmi": hmi,
    "coco": coco,
    "voc": voc,
}
"""Makes of configs by name; their arguments are the options of ``build full_disk_regions/NAME``."""


class Builder(OpenedBuilder):
    """Pictures of the whole disk with boxes and masks of what is in them."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}  # noqa: RUF012
    BUILDER_CONFIGS = [make() for make in CONFIGS.values()]  # noqa: RUF012
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
        hmi: put full disks into `disks/`, SHARP bitmaps into `bitmaps/`, and `flares.csv`.
        coco: put the annotations into `coco.json` and the pictures into `pictures/`.
        voc: put the annotations into `voc/` and the pictures into `pictures/`.
        synthetic needs nothing."""


builder = Builder.of
"""From a config made by one of `CONFIGS`, and a folder if not TFDS's own, to the builder."""
