"""What TFDS lacks for us: one copy of the data that both of its readers can read.

``tfds.load`` needs TensorFlow and reads TFRecord, ``tfds.data_source`` needs no TensorFlow and
reads ArrayRecord, and a version folder holds one format. `_read_array_records_with_tf_data` is a
patch, of one classmethod of TFDS 4.9, that teaches the first to read ArrayRecord too.
"""

import os
import pathlib
import shutil
from typing import Any

import filelock
import tensorflow_datasets as tfds
from absl import logging
from tensorflow_datasets.core import file_adapters


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
