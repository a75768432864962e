"""What one example of a picture data set holds, real or simulated."""

from collections.abc import Sequence

import numpy as np
import tensorflow_datasets as tfds

from jsolar.datasets.exact import exact
from jsolar.sun.conventions import FLARE_CLASSES
from jsolar.sun.fields.keywords import PATCH_KEYWORDS
from jsolar.sun.files.sharp_patch import LINE_OF_SIGHT
from jsolar.sun.flares.history import FLARE_HISTORY


def picture_features(
    size: int,
    *,
    scene: int | None = None,
    channels: Sequence[str] = LINE_OF_SIGHT,
    numbers: Sequence[str] = (),
) -> tfds.features.FeaturesDict:
    """Features of a picture, its keywords and the flares after and before it.

    Args:
      size: pixels on a side.
      scene: store so many numbers that the picture is rendered from instead of the picture.
      channels: segments of a SHARP.
      numbers: keywords of a SHARP that are kept besides; with them, its ``QUALITY``.

    Fluxes are of the largest flare in a window, W m⁻²: 0 where there is none above
    the list's floor. "unattributed" are flares that the list gives to no region; "complete" says
    that region and list were both recorded throughout the window.
    """
    number = tfds.features.Scalar
    truth = f"of ≥ {', '.join(FLARE_CLASSES)} in the 24 h after; NaN on real data"
    return tfds.features.FeaturesDict(
        {
            "id": tfds.features.Text(doc="stable name of the example"),
            **(_picture(size, channels) if scene is None else _scene(scene)),
            **(_sharp(numbers) if numbers else {}),
            "keywords": tfds.features.Tensor(
                shape=(len(PATCH_KEYWORDS),),
                dtype=np.float32,
                doc=f"from the pixels of the image: {', '.join(PATCH_KEYWORDS)}",
            ),
            "region": number(np.int64, doc="number of the region (HARP, or simulated)"),
            "group": number(np.int64, doc="regions of one group share NOAA numbers"),
            "noaa_regions": tfds.features.Text(doc="NOAA numbers, e.g. 11158,11159"),
            "issue_time": number(np.int64, doc="seconds since 1970-01-01 UTC"),
            "latitude_deg": number(np.float32, doc="heliographic latitude of the centre"),
            "longitude_deg": number(np.float32, doc="Stonyhurst longitude, west positive"),
            "flux_share": number(
                np.float32, doc="of the region's unsigned flux in the picture; NaN if simulated"
            ),
            "flux_w_m2": exact(doc="largest flare in the 24 h after"),
            "unattributed_flux_w_m2": exact(doc="the same of flares without region"),
            "placed_flux_w_m2": exact(doc="the same of flares that are its by their place alone"),
            "complete": number(np.bool_, doc="whether the window after is complete"),
            "previous_flux_w_m2": exact(doc="largest flare in the 24 h before"),
            "previous_unattributed_flux_w_m2": exact(),
            "previous_complete": number(np.bool_, doc="whether the window before is complete"),
            "history": tfds.features.Tensor(
                shape=(len(FLARE_HISTORY),),
                dtype=np.float32,
                doc=f"flares seen before the issue time: {', '.join(FLARE_HISTORY)}",
            ),
            "floor_w_m2": exact(doc="smallest flare of the list"),
            "true_probability": tfds.features.Tensor(
                shape=(len(FLARE_CLASSES),),
                dtype=np.float32,
                doc=f"given the path that the flare rate took, {truth}",
            ),
            "state_probability": tfds.features.Tensor(
                shape=(len(FLARE_CLASSES),),
                dtype=np.float32,
                doc=f"given all of the present, {truth} and in training",
            ),
        }
    )


def _picture(size: int, channels: Sequence[str]) -> dict[str, tfds.features.FeatureConnector]:
    shown = "line-of-sight field, gauss"
    if tuple(channels) != LINE_OF_SIGHT:
        shown = f"{', '.join(channels)}: gauss, of a bitmap the share inside the outline"
    return {
        "image": tfds.features.Tensor(
            shape=(size, size, len(channels)),
            dtype=np.float32,
            encoding=tfds.features.Encoding.ZLIB,
            doc=f"{shown}; rows south to north, columns east to west",
        )
    }


def _sharp(numbers: Sequence[str]) -> dict[str, tfds.features.FeatureConnector]:
    return {
        "sharp_keywords": tfds.features.Tensor(
            shape=(len(numbers),),
            dtype=np.float64,
            encoding=tfds.features.Encoding.BYTES,
            doc=f"in the units of the headers, NaN where missing: {', '.join(numbers)}",
        ),
        "quality": tfds.features.Scalar(np.int64, doc="bits of QUALITY"),
    }


def _scene(length: int) -> dict[str, tfds.features.FeatureConnector]:
    return {
        "scene": tfds.features.Tensor(
            shape=(length,), dtype=np.float32, doc="see jsolar.sun.simulate.packed"
        ),
        "picture_key": tfds.features.Tensor(
            shape=(2,), dtype=np.uint32, doc="random key of the picture's network and noise"
        ),
    }
