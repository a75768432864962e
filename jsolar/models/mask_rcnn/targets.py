"""What the network is to say of one picture, by what is really there."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

from jsolar.losses.detection import UNKNOWN
from jsolar.models.mask_rcnn.boxes import area, clip, encode, iou
from jsolar.models.mask_rcnn.config import MaskRCNNConfig
from jsolar.models.mask_rcnn.matching import match, sample
from jsolar.models.mask_rcnn.proposals import Proposals

FINER = 2
"""Masks are as much finer than the grid of features."""

POINTS = 3
"""On a side of each cell of a mask, at which is asked whether it belongs to the object."""


class Objects(NamedTuple):
    """What is in a picture, with room for m ≥ 1 objects.

    Attributes:
      boxes: pixels.
      classes: 1 … k, or `jsolar.losses.detection.UNKNOWN`.
      masks: pixels that belong to each.
      present: which are there.
    """

    boxes: Float[np.ndarray | Array, "*b m 4"]
    classes: Int[np.ndarray | Array, "*b m"]
    masks: Bool[np.ndarray | Array, "*b m h w"]
    present: Bool[np.ndarray | Array, "*b m"]


class AnchorTargets(NamedTuple):
    """What is to be said of n anchors.

    Attributes:
      positive: chosen ones that answer for an object.
      negative: chosen ones that answer for none.
      differences: of the objects from them.
    """

    positive: Bool[Array, "*b n"]
    negative: Bool[Array, "*b n"]
    differences: Float[Array, "*b n 4"]


class RegionTargets(NamedTuple):
    """What is to be said of r boxes, those that answer for an object before the others.

    Attributes:
      boxes: pixels.
      chosen: which are there.
      positive: which answer for an object.
      classes: 0 for the background.
      differences: of the objects from them.
      masks: cells that belong to the object, of the first of them only: as many as may be positive.
    """

    boxes: Float[Array, "*b r 4"]
    chosen: Bool[Array, "*b r"]
    positive: Bool[Array, "*b r"]
    classes: Int[Array, "*b r"]
    differences: Float[Array, "*b r 4"]
    masks: Bool[Array, "*b s q q"]


def sound(objects: Objects) -> Objects:
    """Objects within the picture; one without area there is none, and what is none has a box.

    Example:
      >>> boxes = jnp.array([[-2.0, 0.0, 3.0, 4.0], [9.0, 0.0, 12.0, 3.0]])
      >>> masks = jnp.zeros((2, 8, 8), bool)
      >>> found = sound(Objects(boxes, jnp.array([1, 1]), masks, jnp.array([True, True])))
      >>> found.boxes.tolist(), found.present.tolist()
      ([[0.0, 0.0, 3.0, 4.0], [0.0, 0.0, 1.0, 1.0]], [True, False])
    """
    h, w = objects.masks.shape[-2:]
    boxes = clip(objects.boxes, height=h, width=w)
    present = jnp.asarray(objects.present) & (area(boxes) > 0)
    boxes = jnp.where(present[..., None], boxes, jnp.array([0.0, 0.0, 1.0, 1.0]))
    return objects._replace(boxes=boxes, present=present)


def anchor_targets(
    key: Key[Array, ""],
    anchors: Float[np.ndarray | Array, "n 4"],
    objects: Objects,
    config: MaskRCNNConfig,
) -> AnchorTargets:
    """A random choice of anchors, with what each is to say.

    Args:
      key: of the choice.
      anchors: of all levels.
      objects: `sound` ones of one picture.
      config: of the network.

    Returns:
      The targets.
    """
    low, high = config.anchor_overlap
    overlap, present = iou(anchors, objects.boxes), jnp.asarray(objects.present)
    found = match(overlap, present, positive=high, negative=low, best_too=True)
    positive, negative = sample(
        key, found.positive, found.negative, count=config.anchors, share=config.anchors_share
    )
    wanted = encode(jnp.asarray(objects.boxes)[found.best], jnp.asarray(anchors))
    return AnchorTargets(positive, negative, wanted)


def region_targets(
    key: Key[Array, ""], proposals: Proposals, objects: Objects, config: MaskRCNNConfig
) -> RegionTargets:
    """A random choice of proposals and of the objects' own boxes, with what each is to say.

    Args:
      key: of the choice.
      proposals: of one picture.
      objects: `sound` ones.
      config: of the network.

    Returns:
      The targets.
    """
    boxes = jnp.concatenate([jnp.asarray(objects.boxes), proposals.boxes])
    there = jnp.concatenate([jnp.asarray(objects.present), proposals.present])
    overlap = iou(boxes, objects.boxes)
    enough = config.region_overlap
    found = match(overlap, jnp.asarray(objects.present), positive=enough, negative=enough)
    positive, negative = sample(
        key,
        found.positive & there,
        found.negative & there,
        count=config.regions,
        share=config.regions_share,
    )
    rank, rows = jax.lax.top_k(2 * positive + 1 * negative, min(config.regions, len(boxes)))
    boxes, best, positive = boxes[rows], found.best[rows], rank == 2
    own = jnp.asarray(objects.boxes)[best]
    classes = jnp.where(positive, jnp.asarray(objects.classes)[best], 0)
    real = jnp.where((rank > 0)[:, None], boxes, jnp.array([0.0, 0.0, 1.0, 1.0]))
    wanted = encode(own, real, weights=config.box_weights)
    few = slice(int(config.regions * config.regions_share))
    cells = cut_out(objects.masks, best[few], boxes[few], size=FINER * config.mask_size)
    return RegionTargets(real, rank > 0, positive, classes, wanted, cells)


def cut_out(
    masks: Bool[np.ndarray | Array, "m h w"],
    which: Int[Array, "r"],
    boxes: Float[Array, "r 4"],
    *,
    size: int,
) -> Bool[Array, "r size size"]:
    """Masks on a grid over boxes: the cells of which most belongs to the object.

    Args:
      masks: pixels of each object.
      which: the object of each box.
      boxes: pixels.
      size: cells on a side.

    Returns:
      Cells of each box.

    Example:
      >>> mask = jnp.zeros((1, 4, 4), bool).at[0, :, 2:].set(True)
      >>> box = jnp.array([[0.0, 0.0, 4.0, 2.0]])
      >>> cut_out(mask, jnp.array([0]), box, size=2)[0].tolist()
      [[False, True], [False, True]]
    """
    _, h, w = masks.shape
    step = (jnp.arange(size * POINTS) + 0.5) / (size * POINTS)
    low, side = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
    at = jnp.floor(low[:, None] + step[:, None] * side[:, None]).astype(int)
    columns, rows = (jnp.clip(at[..., axis], 0, n - 1) for axis, n in ((0, w), (1, h)))
    inside = jnp.asarray(masks)[which[:, None, None], rows[:, :, None], columns[:, None, :]]
    share = inside.reshape(len(boxes), size, POINTS, size, POINTS).mean((2, 4))
    return share > 0.5


def known_class(targets: RegionTargets) -> Bool[Array, "*b r"]:
    """Boxes that answer for an object whose class is known."""
    return targets.positive & (targets.classes != UNKNOWN)
