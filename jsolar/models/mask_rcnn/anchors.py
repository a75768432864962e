"""Anchors: boxes of given sizes and shapes about every place of a feature map."""

import numpy as np
from jaxtyping import Float

RATIOS = (0.5, 1.0, 2.0)
"""Height over width."""


def anchors(
    shape: tuple[int, int],
    *,
    stride: int,
    size: float | int,
    ratios: tuple[float, ...] = RATIOS,
    rounded: bool = False,
) -> Float[np.ndarray, "n 4"]:
    """Boxes of a given area about the corner of every cell of a feature map.

    Args:
      shape: rows and columns of the feature map.
      stride: pixels of the picture in one of its cells.
      size: √(width · height), pixels.
      ratios: heights over widths.
      rounded: to half pixels, as published weights expect.

    Returns:
      As many for each cell as there are ratios, row by row; they may reach out of the picture.

    Example:
      >>> anchors((1, 2), stride=8, size=4, ratios=(1.0,)).tolist()
      [[-2.0, -2.0, 2.0, 2.0], [6.0, -2.0, 10.0, 2.0]]

    References:
      Ren et al. (2015), arXiv:1506.01497
    """
    root = np.sqrt(np.asarray(ratios))
    half = 0.5 * size * np.stack([1 / root, root], -1)
    half = half.round() if rounded else half
    y, x = (stride * np.arange(n) for n in shape)
    corner = np.stack(np.meshgrid(x, y), -1).reshape(-1, 1, 2)
    return np.concatenate([corner - half, corner + half], -1).reshape(-1, 4).astype(np.float32)
