"""What one example of a series of frames holds, real or simulated."""

import numpy as np
import tensorflow_datasets as tfds


def series_features(
    *, size: int, past: int, future: int, simulated: bool
) -> tfds.features.FeaturesDict:
    """Features of a tracked series.

    Args:
      size: pixels on a side.
      past: frames until the issue time.
      future: frames after it.
      simulated: whether the true field is known.
    """
    number = tfds.features.Scalar
    told = {"fields": (future + 1, FIELDS), "expected": (future, EXPECTED)} if simulated else {}
    truth = {name: frames(count, size, doc=doc) for name, (count, doc) in told.items()}
    return tfds.features.FeaturesDict(
        {
            "id": tfds.features.Text(doc="stable name of the example"),
            "past": frames(past, size, doc="radial field until the issue time, gauss; the last at"),
            "future": frames(future, size, doc="radial field after the issue time, gauss"),
            **truth,
            "region": number(np.int64, doc="number of the region (HARP, or simulated)"),
            "group": number(np.int64, doc="regions of one group share NOAA numbers"),
            "noaa_regions": tfds.features.Text(doc="NOAA numbers, e.g. 11158,11159"),
            "issue_time": number(np.int64, doc="seconds since 1970-01-01 UTC"),
            "latitude_deg": number(np.float32, doc="heliographic latitude of the middle"),
            "longitude_deg": number(np.float32, doc="Stonyhurst longitude then, west positive"),
        }
    )


FIELDS = "the region's own radial field, without network and noise, at the issue time and after"

EXPECTED = "the mean of simulated futures of the field; NaN but in test"


def frames(count: int, size: int, *, doc: str) -> tfds.features.Tensor:
    """Pictures one after the other, ``[t, h, w]``, rows south to north, columns east to west."""
    return tfds.features.Tensor(
        shape=(count, size, size),
        dtype=np.float32,
        encoding=tfds.features.Encoding.ZLIB,
        doc=f"{doc}; rows south to north, columns east to west, NaN where missing",
    )
