"""The builder ``solar_flares``; each config knows its features and its examples."""

import pathlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import tensorflow_datasets as tfds

from jsolar.datasets.base import ArrayRecordBuilder
from jsolar.datasets.solar_flares.features import SPLITS
from jsolar.datasets.solar_flares.noaa_regions import noaa_regions
from jsolar.datasets.solar_flares.opened import BUILD, OUTCOMES
from jsolar.datasets.solar_flares.sharp import sharp
from jsolar.datasets.solar_flares.synthetic import synthetic

CONFIGS: dict[str, Callable[..., tfds.core.BuilderConfig]] = {
    "synthetic": synthetic,
    "sharp": sharp,
    "noaa_regions": noaa_regions,
}
"""Makes of configs by name; their arguments are the options of ``build solar_flares/NAME``."""


class Builder(ArrayRecordBuilder):
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

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=self.builder_config.features(),
            metadata=tfds.core.MetadataDict(self.builder_config.facts()),
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator[tuple[str, Any]]]:
        opened = self.builder_config.open(self.manual_folder)
        outcomes: dict[str, dict[str, dict[str, int]]] = {}
        # Written with the data, after the examples were made; no business of a model's.
        self.info.metadata[BUILD] = {
            "digest": opened.digest,
            "faulty": opened.faulty,
            "remarks": opened.remarks,
            "outcomes": outcomes,
        }
        self.info.metadata.update(opened.facts)
        splits: dict[str, Iterator[tuple[str, Any]]] = {}
        for i, name in enumerate(SPLITS):
            examples = self._generate_examples(opened.examples(i), outcomes.setdefault(name, {}))
            first = next(examples, None)
            if first is not None:  # TFDS refuses a split without examples
                splits[name] = chain([first], examples)
        if not splits:
            reason = f": {opened.faulty[0]}" if opened.faulty else ""
            raise ValueError(
                f"{self.name}/{self.builder_config.name} has no example in any split{reason}"
            )
        return splits

    def _generate_examples(
        self, examples: Iterator[tuple[str, Any]], counts: dict[str, dict[str, int]]
    ) -> Iterator[tuple[str, Any]]:
        """The examples as they are; what is known of them is counted on the way."""
        for key, example in examples:
            for name, outcome in self.builder_config.outcomes(example).items():
                if outcome is not None:
                    each = counts.setdefault(name, dict.fromkeys(OUTCOMES, 0))
                    each[outcome] += 1
            yield key, example

    def manual_folder(self) -> pathlib.Path:
        """Where users put files that they do not name."""
        return pathlib.Path(self.data_dir_root) / "downloads" / "manual" / self.name


def builder(config: Any, data_dir: pathlib.Path | None = None) -> Builder:
    """The builder of a config made by one of `CONFIGS`.

    Args:
      config: one of the listed configs, or one with other options.
      data_dir: where data sets are; TFDS's default if not given.

    Returns:
      A builder; ``download_and_prepare()`` prepares the data if need be.
    """
    listed = config.name in Builder.builder_configs  # TFDS wants these by name
    return Builder(config=config.name if listed else config, data_dir=data_dir)
