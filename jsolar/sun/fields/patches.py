"""Pictures of one size at one scale, cut out of fields of any size; pixels are never resized."""

from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

SCALE_TOLERANCE = 1e-3
"""By how much a ratio of scales may miss a whole number."""


def patch(
    field: Float[np.ndarray | Array, "h w *c"],
    *,
    degrees_per_pixel: float,
    size: int = 128,
    target_degrees_per_pixel: float = 0.12,
) -> Float[np.ndarray | Array, "size size c"]:
    """Average blocks of pixels up to a fixed scale, then cut out or pad around the centre.

    At 0.12° a pixel is 1.46 Mm wide at disk centre. A block's mean leaves NaN out; a block of
    nothing but NaN, and padding, is 0 G. Where the picture is known, and to what share, is
    ``patch(np.isfinite(field) * 1.0, …)`` with the same options.

    Args:
      field: gauss, one segment or several as channels; NaN where missing.
      degrees_per_pixel: its scale, e.g. 0.03 for SHARPs.
      size: rows and columns of the patch.
      target_degrees_per_pixel: its scale, a whole multiple of the field's.

    Returns:
      As many channels as there are segments; NumPy in, NumPy out. JAX arrays may be traced.

    Raises:
      ValueError: the target scale is no whole multiple of the field's.

    Example:
      >>> field = np.arange(16.0).reshape(4, 4)
      >>> patch(field, degrees_per_pixel=0.06, size=2)[..., 0].tolist()
      [[2.5, 4.5], [10.5, 12.5]]
    """
    ratio = target_degrees_per_pixel / degrees_per_pixel
    block = round(ratio)
    if block < 1 or abs(ratio - block) > SCALE_TOLERANCE:
        raise ValueError(
            f"a scale of {target_degrees_per_pixel}° per pixel is no whole multiple of the "
            f"field's {degrees_per_pixel}°: choose one that is"
        )
    channels = field if field.ndim == 3 else field[..., None]
    return centre(block_mean(channels, block), size)


def block_mean(
    field: Float[np.ndarray | Array, "h w *c"], block: int
) -> Float[np.ndarray | Array, "h2 w2 *c"]:
    """Mean of blocks of ``block × block`` pixels that are not NaN; 0 where all are.

    Rows and columns that do not fill a block are left out evenly on both sides.

    Args:
      field: ``[h, w]`` or ``[h, w, c]``.
      block: rows and columns of a block.

    Returns:
      ``[h // block, w // block]``, channels as before.

    Example:
      >>> block_mean(np.array([[1.0, np.nan], [3.0, np.nan]]), 2).tolist()
      [[2.0]]
    """
    xp = _namespace(field)
    (h, w), channels = (n // block for n in field.shape[:2]), field.shape[2:]
    top, left = ((n % block) // 2 for n in field.shape[:2])
    inner = field[top : top + h * block, left : left + w * block]
    blocks = inner.reshape(h, block, w, block, *channels)
    known = ~xp.isnan(blocks)
    total = xp.where(known, blocks, 0.0).sum((1, 3))
    return total / xp.maximum(known.sum((1, 3)), 1).astype(field.dtype)


def centre(
    field: Float[np.ndarray | Array, "h w *c"], size: int
) -> Float[np.ndarray | Array, "size size *c"]:
    """The middle ``size × size`` pixels, padded with 0 where the field is smaller.

    Pixel n // 2 of each axis becomes pixel size // 2.

    Example:
      >>> centre(np.ones((1, 4)), 2).tolist()
      [[0.0, 0.0], [1.0, 1.0]]
    """
    before = [size // 2 - n // 2 for n in field.shape[:2]]
    cut = field[tuple(slice(max(-b, 0), max(size - b, 0)) for b in before)]
    ends = [(max(b, 0), size - max(b, 0) - n) for b, n in zip(before, cut.shape, strict=False)]
    return _namespace(field).pad(cut, ends + [(0, 0)] * (field.ndim - 2))


def _namespace(field: Any) -> ModuleType:
    """NumPy for files of any shape, without compiling for each; JAX for what is traced."""
    return jnp if isinstance(field, jax.Array) else np
