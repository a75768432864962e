"""Boxes: how large, how alike, and as differences from others."""

import math

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Boxes = Float[np.ndarray | Array, "*b 4"]

Weights = tuple[float | int, float | int, float | int, float | int]

LARGEST_GROWTH = math.log(1000 / 16)
"""Of the logarithm of a side, when a difference is applied: 62.5 times."""


def area(boxes: Boxes) -> Float[Array, "*b"]:
    """Width times height; 0 for a box whose edges are crossed.

    Example:
      >>> area(jnp.array([[0.0, 0.0, 2.0, 3.0], [5.0, 5.0, 4.0, 6.0]])).tolist()
      [6.0, 0.0]
    """
    sides = jnp.maximum(boxes[..., 2:] - boxes[..., :2], 0.0)
    return sides[..., 0] * sides[..., 1]


def iou(
    a: Float[np.ndarray | Array, "n 4"], b: Float[np.ndarray | Array, "m 4"]
) -> Float[Array, "n m"]:
    """Intersection over union of each with each; 0 for boxes without area.

    Example:
      >>> iou(jnp.array([[0.0, 0.0, 2.0, 2.0]]), jnp.array([[1.0, 0.0, 2.0, 2.0]])).tolist()
      [[0.5]]
    """
    shared, union, _ = _overlap(a, b)
    return jnp.where(union > 0, shared / jnp.where(union > 0, union, 1.0), 0.0)


def giou(
    a: Float[np.ndarray | Array, "n 4"], b: Float[np.ndarray | Array, "m 4"]
) -> Float[Array, "n m"]:
    """IoU − (H − U)/H with the smallest box H around both: negative for boxes that are apart.

    Example:
      >>> giou(jnp.array([[0.0, 0.0, 1.0, 1.0]]), jnp.array([[3.0, 0.0, 4.0, 1.0]])).tolist()
      [[-0.5]]

    References:
      Rezatofighi et al. (2019), arXiv:1902.09630
    """
    _, union, hull = _overlap(a, b)
    return iou(a, b) - jnp.where(hull > 0, (hull - union) / jnp.where(hull > 0, hull, 1.0), 0.0)


def _overlap(
    a: Float[np.ndarray | Array, "n 4"], b: Float[np.ndarray | Array, "m 4"]
) -> tuple[Float[Array, "n m"], Float[Array, "n m"], Float[Array, "n m"]]:
    """Areas of intersection, of union and of the hull."""
    one, other = jnp.asarray(a)[:, None], jnp.asarray(b)[None]
    inner = [jnp.maximum(one[..., :2], other[..., :2]), jnp.minimum(one[..., 2:], other[..., 2:])]
    outer = [jnp.minimum(one[..., :2], other[..., :2]), jnp.maximum(one[..., 2:], other[..., 2:])]
    shared = area(jnp.concatenate(inner, -1))
    return shared, area(one) + area(other) - shared, area(jnp.concatenate(outer, -1))


def encode(
    boxes: Boxes, anchors: Boxes, *, weights: Weights = (1, 1, 1, 1)
) -> Float[Array, "*b 4"]:
    """Differences from anchors: (x − xₐ)/wₐ, (y − yₐ)/hₐ of the middles, ln(w/wₐ), ln(h/hₐ).

    Args:
      boxes: with area.
      anchors: with area, one for each.
      weights: of the four differences.

    Returns:
      Differences; `decode` undoes it.

    Example:
      >>> anchor = jnp.array([[0.0, 0.0, 4.0, 4.0]])
      >>> encode(jnp.array([[2.0, 0.0, 6.0, 4.0]]), anchor).tolist()
      [[0.5, 0.0, 0.0, 0.0]]

    References:
      Girshick et al. (2014), arXiv:1311.2524
    """
    (middle, side), (own_middle, own_side) = _middle_and_side(boxes), _middle_and_side(anchors)
    found = [(middle - own_middle) / own_side, jnp.log(side / own_side)]
    return jnp.concatenate(found, -1) * jnp.asarray(weights, jnp.float32)


def decode(
    differences: Float[np.ndarray | Array, "*b 4"],
    anchors: Boxes,
    *,
    weights: Weights = (1, 1, 1, 1),
) -> Float[Array, "*b 4"]:
    """The boxes that lie so far from anchors; a side grows at most 62.5 times.

    Args:
      differences: see `encode`.
      anchors: one for each.
      weights: see `encode`.

    Returns:
      Boxes.

    Example:
      >>> decode(jnp.array([[0.5, 0.0, 0.0, 0.0]]), jnp.array([[0.0, 0.0, 4.0, 4.0]])).tolist()
      [[2.0, 0.0, 6.0, 4.0]]
    """
    own_middle, own_side = _middle_and_side(anchors)
    scaled = differences / jnp.asarray(weights, jnp.float32)
    middle = own_middle + scaled[..., :2] * own_side
    half = 0.5 * own_side * jnp.exp(jnp.minimum(scaled[..., 2:], LARGEST_GROWTH))
    return jnp.concatenate([middle - half, middle + half], -1)


def clip(boxes: Boxes, *, height: float | int, width: float | int) -> Float[Array, "*b 4"]:
    """The part of boxes that lies within a picture.

    Example:
      >>> clip(jnp.array([-1.0, 2.0, 9.0, 3.0]), height=8, width=4).tolist()
      [0.0, 2.0, 4.0, 3.0]
    """
    return jnp.clip(boxes, 0.0, jnp.array([width, height, width, height], jnp.float32))


def _middle_and_side(boxes: Boxes) -> tuple[Float[Array, "*b 2"], Float[Array, "*b 2"]]:
    low, high = jnp.asarray(boxes[..., :2]), jnp.asarray(boxes[..., 2:])
    return 0.5 * (low + high), high - low
