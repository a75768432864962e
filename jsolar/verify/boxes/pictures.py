"""What is there in a picture, what was found in it, and by how much both overlap."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int


class There(NamedTuple):
    """The m objects of a picture.

    Attributes:
      boxes: ``[left, low, right, high]``, pixels.
      masks: pixels of each.
      classes: from 1.
      crowd: groups that nobody told apart: what is found within them is neither right nor wrong.
    """

    boxes: Float[np.ndarray, "m 4"]
    masks: Bool[np.ndarray, "m h w"]
    classes: Int[np.ndarray, "m"]
    crowd: Bool[np.ndarray, "m"]


class Found(NamedTuple):
    """The n detections of a picture.

    Attributes:
      boxes: ``[left, low, right, high]``, pixels.
      masks: pixels of each.
      classes: from 1.
      scores: how sure each is.
    """

    boxes: Float[np.ndarray, "n 4"]
    masks: Bool[np.ndarray, "n h w"]
    classes: Int[np.ndarray, "n"]
    scores: Float[np.ndarray, "n"]


class Picture(NamedTuple):
    """A picture of any place and time."""

    there: There
    found: Found


def box_iou(
    one: Float[np.ndarray, "n 4"], other: Float[np.ndarray, "m 4"]
) -> Float[np.ndarray, "n m"]:
    """Intersection over union of every pair of boxes; 0 where neither has an area.

    Example:
      >>> box = np.array([[0.0, 0.0, 2.0, 2.0]])
      >>> box_iou(box, np.array([[1.0, 0.0, 3.0, 2.0], [5.0, 5.0, 6.0, 6.0]])).round(2).tolist()
      [[0.33, 0.0]]
    """
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(-1)
    areas = [np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(-1) for boxes in (one, other)]
    return _quotient(both, areas[0][:, None] + areas[1][None] - both)


def mask_iou(
    one: Bool[np.ndarray, "n h w"], other: Bool[np.ndarray, "m h w"]
) -> Float[np.ndarray, "n m"]:
    """Intersection over union of every pair of masks; 0 where both are empty.

    Example:
      >>> masks = np.array([[[1, 1, 0]], [[0, 1, 1]]], bool)
      >>> mask_iou(masks, masks).round(2).tolist()
      [[1.0, 0.33], [0.33, 1.0]]
    """
    both = shared_pixels(one, other)
    areas = one.sum((1, 2))[:, None] + other.sum((1, 2))[None]
    return _quotient(both, areas - both)


def shared_pixels(
    one: Bool[np.ndarray, "n h w"], other: Bool[np.ndarray, "m h w"]
) -> Float[np.ndarray, "n m"]:
    """How many pixels every pair of masks shares.

    Example:
      >>> shared_pixels(np.ones((1, 2, 2), bool), np.eye(2, dtype=bool)[None]).tolist()
      [[2.0]]
    """
    pixels = one.shape[1] * one.shape[2]
    flat = (masks.reshape(len(masks), pixels).astype(np.float32) for masks in (one, other))
    first, second = flat
    return (first @ second.T).astype(np.float64)


def _quotient(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.where(b > 0, a / np.where(b > 0, b, 1), 0.0)
