"""A picture on a coarser grid, every new pixel the mean over what it covers."""

import numpy as np
from jaxtyping import Float


def area_means(
    picture: Float[np.ndarray, "h w"],
    *,
    size: int,
    centre: tuple[float, float],
    pixel: float,
) -> Float[np.ndarray, "size size"]:
    """Means over the squares of a new grid, weighted by overlap: Σ w x / Σ w over what is a number.

    The overlap of two grids is a product over rows and columns, so that both sums are two matrix
    products. Flux and mean field are kept, and noise falls as it should.

    Args:
      picture: NaN where there is no value.
      size: pixels on a side of the new grid.
      centre: row and column of the picture, from 0, on which the new grid is centred.
      pixel: side of a new pixel in old ones.

    Returns:
      The new picture, NaN where less than half of a pixel is known.

    Example:
      >>> old = np.arange(16.0).reshape(4, 4)
      >>> area_means(old, size=2, centre=(1.5, 1.5), pixel=2.0).tolist()
      [[2.5, 4.5], [10.5, 12.5]]
    """
    rows, columns = (
        _overlaps(length, size, middle, pixel)
        for length, middle in zip(picture.shape, centre, strict=True)
    )
    known = np.isfinite(picture)
    total = rows @ np.where(known, picture, 0).astype(np.float32) @ columns.T
    weight = rows @ known.astype(np.float32) @ columns.T
    enough = weight >= 0.5 * pixel**2
    return np.where(enough, total / np.where(enough, weight, 1), np.nan)


def _overlaps(length: int, size: int, middle: float, pixel: float) -> Float[np.ndarray, "n o"]:
    """By how much of its side each old pixel lies in each new one."""
    begin = middle + (np.arange(size) - 0.5 * size)[:, None] * pixel
    old = np.arange(length)[None]
    shared = np.minimum(begin + pixel, old + 0.5) - np.maximum(begin, old - 0.5)
    return np.clip(shared, 0.0, 1.0).astype(np.float32)
