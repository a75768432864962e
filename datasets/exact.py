"""A feature for fluxes, which are compared with thresholds."""

import numpy as np
import tensorflow_datasets as tfds


def exact(doc: str = "") -> tfds.features.Tensor:
    """A float64 that stays one: TFDS stores plain floats in single precision.

    In single precision a flare of exactly M1.0 is smaller than the threshold 1e-5 W m⁻².
    """
    encoding = tfds.features.Encoding.BYTES
    return tfds.features.Tensor(shape=(), dtype=np.float64, encoding=encoding, doc=doc)
