"""What one picture of a full-disk data set holds."""

from collections.abc import Sequence

import numpy as np
import tensorflow_datasets as tfds

from jsolar.datasets.exact import exact
from jsolar.sun.conventions import FLARE_CLASSES


def object_features(size: int, channels: int = 1) -> dict[str, tfds.features.FeatureConnector]:
    """A picture and the objects in it, of which there are any number m.

    Args:
      size: pixels on a side.
      channels: of the picture.
    """
    tensor = tfds.features.Tensor
    zlib = tfds.features.Encoding.ZLIB
    return {
        "id": tfds.features.Text(doc="stable name of the picture"),
        "image": tensor(
            shape=(size, size, channels),
            dtype=np.float32,
            encoding=zlib,
            doc="rows from the bottom to the top; NaN where there is no value",
        ),
        "boxes": tensor(
            shape=(None, 4), dtype=np.float32, doc="left, low, right, high; edges of pixels"
        ),
        "masks": tensor(shape=(None, size, size), dtype=np.bool_, encoding=zlib),
        "outlined": tensor(
            shape=(None,), dtype=np.bool_, doc="whether the mask was drawn; else it is the box"
        ),
        "category": tensor(shape=(None,), dtype=np.int64, doc="from 1, see the metadata's names"),
        "crowd": tensor(shape=(None,), dtype=np.bool_, doc="a group that nobody told apart"),
        "group": tfds.features.Scalar(np.int64, doc="pictures of one group are not independent"),
        "issue_time": tfds.features.Scalar(np.int64, doc="seconds since 1970-01-01 UTC"),
    }


def disk_features(size: int) -> tfds.features.FeaturesDict:
    """A magnetogram of the whole disk, its active regions, and their flares in the 24 h after.

    Fluxes are of the largest flare in the window, W m⁻²: 0 where there is none above the list's
    floor. "complete" says that region and list were both recorded throughout the window.

    Args:
      size: pixels on a side.
    """
    tensor, number = tfds.features.Tensor, tfds.features.Scalar
    exactly = tfds.features.Encoding.BYTES
    truth = f"of ≥ {', '.join(FLARE_CLASSES)} in the 24 h after; NaN on real data"
    return tfds.features.FeaturesDict(
        {
            **object_features(size),
            "observer_latitude_deg": number(np.float32, doc="B0"),
            "observer_carrington_deg": number(np.float32, doc="L0"),
            "observer_distance_mm": number(np.float32, doc="from the centre of the Sun"),
            "region": tensor(shape=(None,), dtype=np.int64, doc="HARP, or simulated; 0: none"),
            "latitude_deg": tensor(shape=(None,), dtype=np.float32, doc="of the mask's middle"),
            "longitude_deg": tensor(shape=(None,), dtype=np.float32, doc="Stonyhurst, west > 0"),
            "flux_w_m2": tensor(
                shape=(None,), dtype=np.float64, encoding=exactly, doc="largest flare after"
            ),
            "unattributed_flux_w_m2": tensor(
                shape=(None,), dtype=np.float64, encoding=exactly, doc="that may be its"
            ),
            "complete": tensor(shape=(None,), dtype=np.bool_, doc="whether the window is complete"),
            "true_probability": tensor(
                shape=(None, len(FLARE_CLASSES)), dtype=np.float32, doc=truth
            ),
            "disk_flux_w_m2": exact(doc="largest flare of the whole disk after"),
            "disk_complete": number(np.bool_, doc="whether the list covers the window"),
            "floor_w_m2": exact(doc="smallest flare of the list"),
        }
    )


def category_names(names: Sequence[str]) -> dict[str, list[str]]:
    """The fact that tells what category 1, 2, … is called."""
    return {"categories": list(names)}
