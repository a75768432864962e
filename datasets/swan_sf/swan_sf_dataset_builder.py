"""The builder ``swan_sf``; each config knows its features and its examples."""

from collections.abc import Callable

import tensorflow_datasets as tfds

from jsolar.datasets.base import OpenedBuilder
from jsolar.datasets.swan_sf.instances import instances
from jsolar.datasets.swan_sf.synthetic import synthetic

CONFIGS: dict[str, Callable[..., tfds.core.BuilderConfig]] = {
    "synthetic": synthetic,
    "instances": instances,
}
"""Makes of configs by name; their arguments are the options of ``build swan_sf/NAME``."""


class Builder(OpenedBuilder):
    """Series of active regions, 12 h of 12 minutes each, and the flares of the 24 h after."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}  # noqa: RUF012
    BUILDER_CONFIGS = [make() for make in CONFIGS.values()]  # noqa: RUF012
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
        instances: put partition1 … partition5, folders or archives, into `instances/`; they are
        at https://doi.org/10.7910/DVN/EBCFKM.
        synthetic needs nothing."""


builder = Builder.of
"""From a config made by one of `CONFIGS`, and a folder if not TFDS's own, to the builder."""
