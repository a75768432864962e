"""From a SHARP to what networks read: the one way, for data sets and for forecasts.

Builders and `jsolar.predict` come through `sharp_patch` and `patch_inputs`, so that what a network
is given when it forecasts cannot drift away from what it was trained on.
"""

import os
from collections.abc import Collection, Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jsolar.sun.conventions import FORECAST_LONGITUDE_DEG
from jsolar.sun.fields.cea import mu, plane_to_stonyhurst
from jsolar.sun.fields.keywords import patch_keywords
from jsolar.sun.fields.patches import centre, flux_middle, flux_share, rescaled
from jsolar.sun.files.sharp import Sharp, SharpHeader, beside, check_shapes, read_sharp

GOOD_QUALITY = 0x10000
"""``QUALITY`` below this, as Bobra & Couvidat (2015) require (doi:10.1088/0004-637X/798/2/135)."""

CROPPED = 0.9
"""A picture with less of its region's flux than this is warned of."""

LINE_OF_SIGHT = ("magnetogram",)
"""Channels of a picture of the line-of-sight field."""

VECTOR = ("Br", "Bp", "Bt")
"""Channels of a picture of the whole field: radial, to the west, to the south."""

INSIDE = 30
"""Pixels whose ``bitmap`` is at least this lie inside the region's outline."""

INPUTS = ("image", "keywords")
"""What `patch_inputs` gives."""


class SharpPatch(NamedTuple):
    """A SHARP as a picture of one size at one scale.

    Attributes:
      image: ``Float[size, size, c]``: of a ``bitmap`` the share of a pixel inside the region's
        outline, of everything else gauss.
      mu: cosine of the heliocentric angle at the middle of the picture.
      degrees_per_pixel: scale of the picture.
      flux_share: how much of the SHARP's strong unsigned flux the picture holds.
      offset_deg: where pixel size // 2 lies from the centre of the SHARP, to the west and to the
        north, in degrees of the projection.
      channels: segments that the channels show.
    """

    image: Float[np.ndarray, "h w c"]
    mu: float
    degrees_per_pixel: float
    flux_share: float
    offset_deg: tuple[float, float]
    channels: tuple[str, ...] = LINE_OF_SIGHT

    @property
    def field_mu(self) -> float:
        """First channel over the radial field: μ along the line of sight, 1 of ``Br``."""
        return self.mu if self.channels[0] == "magnetogram" else 1.0


def channels_of(field: str, *, bitmap: bool) -> tuple[str, ...]:
    """The segments that are the channels of a picture, in order.

    Args:
      field: ``magnetogram`` or ``vector``.
      bitmap: whether the region's outline is one more.

    Example:
      >>> channels_of("vector", bitmap=True)
      ('Br', 'Bp', 'Bt', 'bitmap')
    """
    return (VECTOR if field == "vector" else LINE_OF_SIGHT) + (("bitmap",) if bitmap else ())


def read_channels(
    path: str | os.PathLike[str], channels: Sequence[str] = LINE_OF_SIGHT
) -> list[Sharp]:
    """The segments that are the channels of a picture.

    Args:
      path: file of the first; those of the others lie beside it, named alike.
      channels: segments.

    Returns:
      One for each channel.

    Raises:
      FileNotFoundError: a file is not there.
      ValueError: the file is of another segment, or broken.
    """
    first = read_sharp(path)
    if first.header.segment != channels[0]:
        raise ValueError(
            f"{path} is the segment {first.header.segment}: give the file of the {_named(channels)}"
        )
    others = [beside(first.header, segment) for segment in channels[1:]]
    absent = [other for other in others if not other.exists()]
    if absent:
        raise FileNotFoundError(
            f"{absent[0]} does not exist: the pictures are of {', '.join(channels)}; put all of "
            f"these segments beside {first.header.path.name}"
        )
    return [first, *map(read_sharp, others)]


def _named(channels: Collection[str]) -> str:
    if "magnetogram" in channels:
        return "line-of-sight field, ….magnetogram.fits"
    return "radial field, ….Br.fits"


def sharp_patch(sharp: Sharp, *others: Sharp, size: int, degrees_per_pixel: float) -> SharpPatch:
    """Cut the picture out of a SHARP, about the centroid of its strong flux.

    Args:
      sharp: segment ``magnetogram`` or ``Br``, by whose flux the picture is centred.
      *others: segments that are further channels.
      size: pixels on a side.
      degrees_per_pixel: scale, a whole multiple of the file's.

    Returns:
      Picture, angle, and the share of the flux inside.

    Raises:
      ValueError: the first is another segment, shapes differ, or the scale does not fit.
    """
    header = sharp.header
    if header.segment not in ("magnetogram", "Br"):
        raise ValueError(
            f"{header.path} is the segment {header.segment}: give the file of the "
            f"{_named(LINE_OF_SIGHT)}"
        )
    check_shapes([sharp, *others])
    try:
        scaled = rescaled(
            np.stack([_channel(each) for each in (sharp, *others)], axis=-1),
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
    channels = tuple(each.header.segment for each in (sharp, *others))
    return SharpPatch(image, _mu(header, x, y), degrees_per_pixel, share, (x, y), channels)


def _channel(sharp: Sharp) -> Float[np.ndarray, "h w"]:
    if sharp.header.segment == "bitmap":
        return (sharp.pixels >= INSIDE).astype(np.float32)
    return sharp.pixels


def _mu(header: SharpHeader, x_deg: float, y_deg: float) -> float:
    """μ of a place of the projected plane."""
    place = plane_to_stonyhurst(
        x_deg, y_deg, latitude_deg=header.latitude_deg, longitude_deg=header.longitude_deg
    )
    return float(mu(*place, observer_latitude_deg=header.observer_latitude_deg))


def patch_inputs(
    image: Float[np.ndarray | Array, "h w c"],
    field_mu: float | Float[Array, ""],
    *,
    degrees_per_pixel: float,
) -> dict[str, Float[Array, "..."]]:
    """The picture and its keywords, as networks read them; may be traced and differentiated.

    Args:
      image: gauss; keywords are measured from the first channel.
      field_mu: of a `SharpPatch`.
      degrees_per_pixel: scale.

    Returns:
      `INPUTS` of one example, without an axis for the batch.

    Example:
      >>> inputs = patch_inputs(jnp.ones((8, 8, 1)), 1.0, degrees_per_pixel=0.12)
      >>> {name: value.shape for name, value in inputs.items()}
      {'image': (8, 8, 1), 'keywords': (12,)}
    """
    keywords = patch_keywords(image[..., 0], degrees_per_pixel=degrees_per_pixel, mu=field_mu)
    return {"image": jnp.asarray(image), "keywords": keywords}


def is_near(header: SharpHeader) -> bool:
    """Whether the region is near enough to the central meridian to learn from and to forecast."""
    return abs(header.longitude_deg) <= FORECAST_LONGITUDE_DEG


def is_good(header: SharpHeader) -> bool:
    """Whether ``QUALITY`` is known and below `GOOD_QUALITY`."""
    return 0 <= header.quality < GOOD_QUALITY
