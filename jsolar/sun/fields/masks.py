"""Masks of objects, and the boxes around them."""

import numpy as np
from jaxtyping import Bool, Float


def tight_boxes(masks: Bool[np.ndarray, "m h w"]) -> Float[np.ndarray, "m 4"]:
    """The smallest boxes that hold all pixels of each mask.

    Example:
      >>> mask = np.zeros((1, 4, 5), bool)
      >>> mask[0, 1, 2:4] = True
      >>> tight_boxes(mask).tolist()
      [[2.0, 1.0, 4.0, 2.0]]
    """
    boxes = np.zeros((len(masks), 4), np.float32)
    for box, mask in zip(boxes, masks, strict=True):
        rows, columns = np.nonzero(mask)
        box[:] = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    return boxes
