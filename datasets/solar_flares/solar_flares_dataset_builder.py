"""The builder ``solar_flares``; each config knows its features and its examples."""

from collections.abc import Iterator
from typing import Any

import tensorflow_datasets as tfds

from jsolar.datasets.base import ArrayRecordBuilder
from jsolar.datasets.solar_flares.features import SPLITS
from jsolar.datasets.solar_flares.synthetic import synthetic


class Builder(ArrayRecordBuilder):
    """Active regions and the flares of the 24 h after: simulated, SHARPs, or region days."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}  # noqa: RUF012
    BUILDER_CONFIGS = [synthetic()]  # noqa: RUF012

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(features=self.builder_config.features())

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator[tuple[str, Any]]]:
        return {name: self.builder_config.examples(i) for i, name in enumerate(SPLITS)}
