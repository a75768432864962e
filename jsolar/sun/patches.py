"""Pictures of one size at one scale, cut out of fields of any size; pixels are never resized."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

SCALE_TOLERANCE = 1e-3


def patch(
    field: Float[np.ndarray | Array, "h w"],
    *,
    degrees_per_pixel: float,
    size: int = 128,
    target_degrees_per_pixel: float = 0.12,
) -> Float[Array, "size size 1"]:
    """Average blocks of pixels up to a fixed scale, then cut out or pad around the centre.

    At 0.12° a pixel is 1.46 Mm wide at disk centre. A block's mean leaves NaN out; a block of
    nothing but NaN, and padding, is 0 G.

    Args:
      field: gauss; NaN where missing.
      degrees_per_pixel: its scale, e.g. 0.03 for SHARPs.
      size: rows and columns of the patch.
      target_degrees_per_pixel: its scale, a whole multiple of the field's.

    Returns:
      ``[size, size, 1]``, gauss.

    Raises:
      ValueError: the target scale is no whole multiple of the field's.

    Example:
      >>> field = np.arange(16.0).reshape(4, 4)
      >>> patch(field, degrees_per_pixel=0.06, size=2)[..., 0].tolist()
      [[2.5, 4.5], [10.5, 12.5]]
    """
    ratio = target_degrees_per_pixel / degrees_per_pixel
    block = round(ratio)
    if block < 1 or abs(ratio - block) > SCALE_TOLERANCE * block:
        raise ValueError(
            f"a scale of {target_degrees_per_pixel}° per pixel is no whole multiple of the "
            f"field's {degrees_per_pixel}°: choose one that is"
        )
    return centre(block_mean(jnp.asarray(field), block), size)[..., None]


def block_mean(field: Float[Array, "h w"], block: int) -> Float[Array, "h2 w2"]:
    """Mean of blocks of ``block × block`` pixels that are not NaN; 0 where all are.

    Rows and columns that do not fill a block are left out evenly on both sides.

    Example:
      >>> block_mean(jnp.array([[1.0, jnp.nan], [3.0, jnp.nan]]), 2).tolist()
      [[2.0]]
    """
    h, w = (n - n % block for n in field.shape)
    top, left = ((n % block) // 2 for n in field.shape)
    inner = field[top : top + h, left : left + w]
    blocks = inner.reshape(h // block, block, w // block, block)
    known = ~jnp.isnan(blocks)
    total = jnp.where(known, blocks, 0.0).sum((1, 3))
    return total / jnp.maximum(known.sum((1, 3)), 1)


def centre(field: Float[Array, "h w"], size: int) -> Float[Array, "size size"]:
    """The middle ``size × size`` pixels, padded with 0 where the field is smaller.

    Example:
      >>> centre(jnp.ones((1, 4)), 2).tolist()
      [[0.0, 0.0], [1.0, 1.0]]
    """
    for axis, n in enumerate(field.shape):
        start = max((n - size) // 2, 0)
        field = jnp.take(field, jnp.arange(start, start + min(n, size)), axis)
        missing = max(size - n, 0)
        ends = [(0, 0), (0, 0)]
        ends[axis] = ((missing + 1) // 2, missing // 2)
        field = jnp.pad(field, ends)
    return field
