"""From a SHARP to what networks read: the one way, for data sets and for forecasts.

Builders and `jsolar.predict` come through `sharp_patch` and `patch_inputs`, so that what a network
is given when it forecasts cannot drift away from what it was trained on.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jsolar.sun.conventions import FORECAST_LONGITUDE_DEG
from jsolar.sun.fields.keywords import patch_keywords
from jsolar.sun.fields.patches import patch
from jsolar.sun.files.sharp import Sharp, SharpHeader, pixel_mu

GOOD_QUALITY = 0x10000
"""``QUALITY`` below this, as Bobra & Couvidat (2015) require (doi:10.1088/0004-637X/798/2/135)."""

INPUTS = ("image", "keywords")
"""What `patch_inputs` gives."""


class SharpPatch(NamedTuple):
    """A SHARP as a picture of one size at one scale.

    Attributes:
      image: ``Float[size, size, 1]``, line-of-sight field, gauss.
      mu: cosine of the heliocentric angle at the middle of the SHARP.
      degrees_per_pixel: scale of the picture.
    """

    image: Float[np.ndarray, "h w 1"]
    mu: float
    degrees_per_pixel: float


def sharp_patch(sharp: Sharp, *, size: int, degrees_per_pixel: float) -> SharpPatch:
    """Cut the picture out of a line-of-sight SHARP.

    Args:
      sharp: segment ``magnetogram``.
      size: pixels on a side.
      degrees_per_pixel: scale, a whole multiple of the file's.

    Returns:
      Picture and angle.

    Raises:
      ValueError: it is another segment, or the scale does not fit.
    """
    header = sharp.header
    if header.segment != "magnetogram":
        raise ValueError(
            f"{header.path} is the segment {header.segment}: give the file of the line-of-sight "
            "field, ….magnetogram.fits"
        )
    try:
        image = patch(
            sharp.pixels,
            degrees_per_pixel=header.degrees_per_pixel,
            size=size,
            target_degrees_per_pixel=degrees_per_pixel,
        )
    except ValueError as error:
        raise ValueError(f"{header.path}: {error}") from None
    middle = header.shape[0] // 2, header.shape[1] // 2
    return SharpPatch(np.asarray(image), float(pixel_mu(header)[middle]), degrees_per_pixel)


def patch_inputs(
    image: Float[np.ndarray | Array, "h w 1"],
    mu: float | Float[Array, ""],
    *,
    degrees_per_pixel: float,
) -> dict[str, Float[Array, "..."]]:
    """The picture and its keywords, as networks read them; may be traced and differentiated.

    Args:
      image: gauss.
      mu: cosine of the heliocentric angle.
      degrees_per_pixel: scale.

    Returns:
      `INPUTS` of one example, without an axis for the batch.

    Example:
      >>> inputs = patch_inputs(jnp.ones((8, 8, 1)), 1.0, degrees_per_pixel=0.12)
      >>> {name: value.shape for name, value in inputs.items()}
      {'image': (8, 8, 1), 'keywords': (12,)}
    """
    keywords = patch_keywords(image[..., 0], degrees_per_pixel=degrees_per_pixel, mu=mu)
    return {"image": jnp.asarray(image), "keywords": keywords}


def is_near(header: SharpHeader) -> bool:
    """Whether the region is near enough to the central meridian to learn from and to forecast."""
    return abs(header.longitude_deg) <= FORECAST_LONGITUDE_DEG


def is_good(header: SharpHeader) -> bool:
    """Whether ``QUALITY`` is known and below `GOOD_QUALITY`."""
    return 0 <= header.quality < GOOD_QUALITY
