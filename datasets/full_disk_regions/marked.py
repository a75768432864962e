"""From a picture in which every pixel has the number of its region to masks, boxes and places."""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Float, Int

from jsolar.sun.fields.masks import tight_boxes
from jsolar.sun.sphere import Frame, sphere

ACTIVE_REGION = ("active region",)
"""Names of the categories of magnetograms."""


class Marked(NamedTuple):
    """Regions of a picture.

    Attributes:
      number: which each is in the finer picture.
      masks: pixels that belong to each for the greater part.
      boxes: the tight boxes of the masks, ``[left, low, right, high]``.
      latitude_deg, longitude_deg: of the middle of each mask on the Sun, Stonyhurst.
    """

    number: Int[np.ndarray, "m"]
    masks: Bool[np.ndarray, "m h w"]
    boxes: Float[np.ndarray, "m 4"]
    latitude_deg: Float[np.ndarray, "m"]
    longitude_deg: Float[np.ndarray, "m"]


def mark(labels: Int[np.ndarray, "n n"], frame: Frame, observer_latitude_deg: float) -> Marked:
    """Regions as a picture shows them whose pixels are coarser than those in which they were found.

    Args:
      labels: the number of each pixel's region; 0: none.
      frame: of the coarser picture, whose size divides that of ``labels``.
      observer_latitude_deg: B0.

    Returns:
      The regions that are left, in order of their numbers.
    """
    finer = len(labels) // frame.size
    numbers = np.unique(labels[labels > 0])
    blocks = labels.reshape(frame.size, finer, frame.size, finer)
    shares = (blocks[None] == numbers[:, None, None, None, None]).mean((2, 4))
    masks = shares > 0.5 if finer > 1 else shares > 0
    left = masks.any((1, 2))
    return Marked(
        numbers[left],
        masks[left],
        tight_boxes(masks[left]),
        *_middles(masks[left], frame, observer_latitude_deg),
    )


def _middles(
    masks: Bool[np.ndarray, "m h w"], frame: Frame, b0: float
) -> tuple[Float[np.ndarray, "m"], Float[np.ndarray, "m"]]:
    """Latitude and longitude of the mean of all places in a mask, as they lie on the Sun."""
    seen = jax.device_get(sphere(frame, b0))
    latitude, longitude = np.radians(seen.latitude_deg), np.radians(seen.longitude_deg)
    axes = np.stack(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ]
    )
    x, y, z = (
        np.nan_to_num(axes / seen.mu).reshape(3, -1) @ masks.reshape(len(masks), frame.size**2).T
    )
    return (
        np.degrees(np.arctan2(z, np.hypot(x, y))).astype(np.float32),
        np.degrees(np.arctan2(y, x)).astype(np.float32),
    )
