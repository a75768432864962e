"""What TFDS lacks for us: one copy of the data that both of its readers can read.

``tfds.load`` needs TensorFlow and reads TFRecord, ``tfds.data_source`` needs no TensorFlow and
reads ArrayRecord, and a version folder holds one format. `_read_array_records_with_tf_data` is a
patch, of one classmethod of TFDS 4.9, that teaches the first to read ArrayRecord too.
"""

import os
import pathlib
import shutil
from collections.abc import Iterator
from itertools import chain
from typing import Any

import filelock
import tensorflow_datasets as tfds
from absl import logging
from tensorflow_datasets.core import file_adapters

from jsolar.datasets.opened import BUILD, OUTCOMES, SPLITS


class ArrayRecordBuilder(
    tfds.core.GeneratorBasedBuilder,
    skip_registration=True,  # type: ignore[call-arg]
):
    """A builder that writes ArrayRecord unless told otherwise."""

    def __init__(self, *, file_format: Any = None, **kwargs: Any):
        verbosity = logging.get_verbosity()
        logging.set_verbosity(logging.ERROR)  # TFDS warns of every config that is not listed
        super().__init__(file_format=file_format or "array_record", **kwargs)
        logging.set_verbosity(verbosity)

    def download_and_prepare(self, **how: Any) -> None:
        """Build, or wait for another process that builds the same; what a killed one left goes."""
        folder = pathlib.Path(self.data_path)
        if folder.exists() or "://" in os.fspath(self.data_path):  # no locks in a bucket
            super().download_and_prepare(**how)
            return
        folder.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder.parent / f".{folder.name}.lock"):
            for left in folder.parent.glob(f"incomplete.*_{folder.name}"):
                shutil.rmtree(left)
            super().download_and_prepare(**how)

    def _log_download_bytes(self) -> None:
        """Nothing is downloaded; say what is done instead."""
        print(f"Building {self.info.full_name} in {self.data_dir}")

    def _log_download_done(self) -> None:
        """The caller says so."""


class OpenedBuilder(
    ArrayRecordBuilder,
    skip_registration=True,  # type: ignore[call-arg]
):
    """A builder whose configs know their features, their facts and how they are opened.

    A config has ``features()``, ``facts()`` and ``open(manual) -> Opened``, and may have
    ``outcomes(example) -> {name: outcome}``, which are counted for the user, and ``splits``, if
    they are not the usual ones.
    """

    @classmethod
    def of(cls, config: Any, data_dir: pathlib.Path | None = None) -> "OpenedBuilder":
        """The builder of a config, listed or not; ``data_dir`` is TFDS's default if not given."""
        listed = config.name in cls.builder_configs  # TFDS wants these by name
        return cls(config=config.name if listed else config, data_dir=data_dir)

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
        for i, name in enumerate(getattr(self.builder_config, "splits", SPLITS)):
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
        outcomes = getattr(self.builder_config, "outcomes", None)
        for key, example in examples:
            for name, outcome in (outcomes(example) if outcomes else {}).items():
                if outcome is not None:
                    each = counts.setdefault(name, dict.fromkeys(OUTCOMES, 0))
                    each[outcome] += 1
            yield key, example

    def manual_folder(self) -> pathlib.Path:
        """Where users put files that they do not name."""
        return pathlib.Path(self.data_dir_root) / "downloads" / "manual" / self.name


def _read_array_records_with_tf_data(filename: Any, buffer_size: int | None = None) -> Any:
    """A ``tf.data.Dataset`` of the raw records of an ArrayRecord file, in order."""
    del buffer_size  # a TFRecord matter
    import tensorflow as tf
    from array_record.python import array_record_data_source

    def records(path: bytes) -> Any:
        source = array_record_data_source.ArrayRecordDataSource([path.decode()])
        for start in range(0, len(source), _RECORDS_AT_ONCE):
            yield from source.__getitems__(range(start, min(start + _RECORDS_AT_ONCE, len(source))))

    path = filename if isinstance(filename, tf.Tensor) else os.fspath(filename)
    return tf.data.Dataset.from_generator(
        records, args=[path], output_signature=tf.TensorSpec((), tf.string)
    )


_RECORDS_AT_ONCE = 64

if not file_adapters.ArrayRecordFileAdapter.SUPPORTS_TF_DATA:
    file_adapters.ArrayRecordFileAdapter.make_tf_data = staticmethod(
        _read_array_records_with_tf_data
    )
    file_adapters.ArrayRecordFileAdapter.SUPPORTS_TF_DATA = True
