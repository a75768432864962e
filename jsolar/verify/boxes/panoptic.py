"""Panoptic quality, and what was merged or split: counts that add up over pictures."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from jsolar.verify.boxes.pictures import Picture, mask_iou, shared_pixels


class Segments(NamedTuple):
    """Sums of one picture, or of many: add them entry by entry.

    Attributes:
      iou: of the matched segments, together.
      matched: objects that a detection matches.
      missed: objects that none matches.
      false: detections that match none.
      merged: detections that hold the greater part of two objects or more.
      split: objects that hold the greater part of two detections or more.
    """

    iou: float
    matched: int
    missed: int
    false: int
    merged: int
    split: int

    def __add__(self, other: tuple) -> "Segments":  # tuples would be joined end to end
        return Segments(*(a + b for a, b in zip(self, other, strict=True)))

    def __radd__(self, other: object) -> "Segments":  # sum() begins with 0
        return self


class Quality(NamedTuple):
    """Panoptic quality and its two factors, 0–1; NaN where there is nothing.

    Attributes:
      panoptic: segmentation × recognition.
      segmentation: mean IoU of what is matched.
      recognition: F1 of finding.
    """

    panoptic: float
    segmentation: float
    recognition: float


def segments(picture: Picture) -> Segments:
    """Match the masks of a picture; classes do not matter.

    A pixel belongs to one segment: of detections that overlap, the surest has it. Two segments
    match if their IoU exceeds 1/2, which no segment can have with two others. Detections that lie
    in crowds for the greater part count as nothing.

    Args:
      picture: with masks of objects that do not overlap.

    Returns:
      Its sums.

    Example:
      >>> from jsolar.verify.boxes.pictures import Found, There
      >>> masks = np.zeros((2, 4, 4), bool)
      >>> masks[0, :, :2], masks[1, :, 2:] = True, True
      >>> one = np.ones(2, int)
      >>> there = There(np.zeros((2, 4)), masks, one, np.zeros(2, bool))
      >>> found = Found(np.zeros((1, 4)), masks[:1], one[:1], np.ones(1))
      >>> segments(Picture(there, found))
      Segments(iou=1.0, matched=1, missed=1, false=0, merged=0, split=0)
    """
    crowd = picture.there.crowd
    there, groups = picture.there.masks[~crowd], picture.there.masks[crowd]
    found = apart(picture.found.masks, picture.found.scores)
    iou = mask_iou(found, there)
    pairs = iou > 0.5
    area = found.sum((1, 2))
    in_crowd = shared_pixels(found, groups).sum(1) > 0.5 * area
    nothing = in_crowd & ~pairs.any(1) | (area == 0)
    return Segments(
        float(iou[pairs].sum()),
        int(pairs.sum()),
        int((~pairs.any(0)).sum()),
        int((~pairs.any(1) & ~nothing).sum()),
        *merged_and_split(picture.found.masks, there),
    )


def quality(sums: Segments) -> Quality:
    """PQ = Σ IoU / (TP + FP/2 + FN/2).

    Args:
      sums: of `segments`.

    Returns:
      The quality.

    Example:
      >>> [round(x, 2) for x in quality(Segments(1.6, 2, 1, 1, 0, 0))]
      [0.53, 0.8, 0.67]

    References:
      Kirillov et al. (2019), arXiv:1801.00868
    """
    weight = sums.matched + 0.5 * (sums.false + sums.missed)
    if weight == 0:
        return Quality(np.nan, np.nan, np.nan)
    segmentation = sums.iou / sums.matched if sums.matched else 0.0
    recognition = sums.matched / weight
    return Quality(segmentation * recognition, segmentation, recognition)


def apart(
    masks: Bool[np.ndarray, "n h w"], scores: Float[np.ndarray, "n"]
) -> Bool[np.ndarray, "n h w"]:
    """Masks that do not overlap: the surest has what several claim.

    Example:
      >>> claims = np.array([[[1, 1, 0]], [[0, 1, 1]]], bool)
      >>> apart(claims, np.array([0.2, 0.9])).astype(int).tolist()
      [[[1, 0, 0]], [[0, 1, 1]]]
    """
    order = np.argsort(-scores, kind="stable")
    ordered = masks[order]
    before = np.cumsum(ordered, 0) - ordered > 0
    kept = np.empty_like(masks)
    kept[order] = ordered & ~before
    return kept


def merged_and_split(
    found: Bool[np.ndarray, "n h w"], there: Bool[np.ndarray, "m h w"]
) -> tuple[int, int]:
    """Detections that hold two objects, and objects that hold two detections.

    One holds another if it covers the greater part of it.

    Args:
      found: masks of detections.
      there: masks of objects.

    Returns:
      How many were merged, and how many split.
    """
    both = shared_pixels(found, there)
    holds_object = both > 0.5 * np.maximum(there.sum((1, 2)), 1)[None]
    holds_found = both > 0.5 * np.maximum(found.sum((1, 2)), 1)[:, None]
    return int((holds_object.sum(1) > 1).sum()), int((holds_found.sum(0) > 1).sum())
