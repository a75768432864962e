"""What one example of a data set of series holds, real or simulated."""

import numpy as np
import tensorflow_datasets as tfds

from jsolar.datasets.exact import exact
from jsolar.sun.conventions import FLARE_CLASSES
from jsolar.sun.files.swan.name import SUBCLASSES
from jsolar.sun.files.swan.window import ROWS

SPLITS = tuple(f"partition{number}" for number in range(1, 6))
"""Regions stand in one of them; experiments choose which teaches and which tests."""


def series_features(columns: int) -> tfds.features.FeaturesDict:
    """Features of a series and its label.

    Args:
      columns: numbers a row.
    """
    number = tfds.features.Scalar
    return tfds.features.FeaturesDict(
        {
            "id": tfds.features.Text(doc="the name of the window"),
            "series": tfds.features.Tensor(
                shape=(ROWS, columns),
                dtype=np.float32,
                encoding=tfds.features.Encoding.ZLIB,
                doc="rows 12 minutes apart, the last at the issue time; NaN where missing",
            ),
            "good": tfds.features.Tensor(
                shape=(ROWS,), dtype=np.bool_, doc="rows whose QUALITY is good"
            ),
            "region": number(np.int64, doc="number of the region (HARP, or simulated)"),
            "noaa_regions": tfds.features.Text(doc="NOAA numbers, e.g. 11158,11159"),
            "issue_time": number(np.int64, doc="seconds since 1970-01-01 UTC"),
            "subclass": tfds.features.Text(doc=f"of the largest flare: {', '.join(SUBCLASSES)}"),
            "flux_w_m2": exact(doc="of the largest flare in the 24 h after; 0 if there is none"),
            "flare": number(np.int64, doc="its number in the flare list; 0 if there is none"),
            "verified": tfds.features.Text(doc="Primary or Secondary, or empty if not told"),
            "true_probability": tfds.features.Tensor(
                shape=(len(FLARE_CLASSES),),
                dtype=np.float32,
                doc=f"of ≥ {', '.join(FLARE_CLASSES)}, given the path that the flare rate took; "
                "NaN on real data",
            ),
        }
    )
