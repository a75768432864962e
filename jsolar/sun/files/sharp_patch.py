"""From a SHARP to what networks read: the one way, for data sets and for forecasts.

Builders and `jsolar.predict` come through `sharp_patch` and `patch_inputs`, so that what a network
is given when it forecasts cannot drift away from what it was trained on.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jsolar.sun.conventions import FORECAST_LONGITUDE_DEG
from jsolar.sun.fields.cea import mu, plane_to_stonyhurst
from jsolar.sun.fields.keywords import patch_keywords
from jsolar.sun.fields.patches import centre, flux_middle, flux_share, rescaled
from jsolar.sun.files.sharp import Sharp, SharpHeader

GOOD_QUALITY = 0x10000
"""``QUALITY`` below this, as Bobra & Couvidat (2015) require (doi:10.1088/0004-637X/798/2/135)."""

CROPPED = 0.9
"""A picture with less of its region's flux than this is warned of."""

INPUTS = ("image", "keywords")
"""What `patch_inputs` gives."""


class SharpPatch(NamedTuple):
    """A SHARP as a picture of one size at one scale.

    Attributes:
      image: ``Float[size, size, 1]``, line-of-sight field, gauss.
      mu: cosine of the heliocentric angle at the middle of the picture.
      degrees_per_pixel: scale of the picture.
      flux_share: how much of the SHARP's strong unsigned flux the picture holds.
      offset_deg: where pixel size // 2 lies from the centre of the SHARP, to the west and to the
        north, in degrees of the projection.
    """

    image: Float[np.ndarray, "h w 1"]
    mu: float
    degrees_per_pixel: float
    flux_share: float
    offset_deg: tuple[float, float]


def sharp_patch(sharp: Sharp, *, size: int, degrees_per_pixel: float) -> SharpPatch:
    """Cut the picture out of a line-of-sight SHARP, about the centroid of its strong flux.

    Args:
      sharp: segment ``magnetogram``.
      size: pixels on a side.
      degrees_per_pixel: scale, a whole multiple of the file's.

    Returns:
      Picture, angle, and the share of the flux inside.

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
        scaled = rescaled(
            sharp.pixels,
            degrees_per_pixel=header.degrees_per_pixel,
            target_degrees_per_pixel=degrees_per_pixel,
        )
    except ValueError as error:
        raise ValueError(f"{header.path}: {error}") from None
    whole = np.asarray(scaled[..., 0])
    middle = flux_middle(whole)
    image = np.asarray(centre(scaled, size, middle))
    share = flux_share(image[..., 0], whole)
    y, x = (
        (pixel - (n - 1) / 2) * degrees_per_pixel
        for pixel, n in zip(middle, whole.shape, strict=True)
    )
    return SharpPatch(image, _mu(header, x, y), degrees_per_pixel, share, (x, y))


def _mu(header: SharpHeader, x_deg: float, y_deg: float) -> float:
    """μ of a place of the projected plane."""
    place = plane_to_stonyhurst(
        x_deg, y_deg, latitude_deg=header.latitude_deg, longitude_deg=header.longitude_deg
    )
    return float(mu(*place, observer_latitude_deg=header.observer_latitude_deg))


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
