"""Pictures of one size at one scale, cut out of fields of any size; pixels are never resized."""

from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

STRONG_GAUSS = 100.0
"""A region's flux is counted where a pixel of the patch's scale has at least this."""

SCALE_TOLERANCE = 1e-3
"""By how much a ratio of scales may miss a whole number."""


def patch(
    field: Float[np.ndarray | Array, "h w *c"],
    *,
    degrees_per_pixel: float,
    size: int = 128,
    target_degrees_per_pixel: float = 0.12,
) -> Float[np.ndarray | Array, "size size c"]:
    """Average blocks of pixels up to a fixed scale, then cut out or pad around the middle.

    At 0.12° a pixel is 1.46 Mm wide at disk centre. Where the picture is known, and to what share,
    is ``patch(np.isfinite(field) * 1.0, …)`` with the same options.

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
    scaled = rescaled(
        field,
        degrees_per_pixel=degrees_per_pixel,
        target_degrees_per_pixel=target_degrees_per_pixel,
    )
    return centre(scaled, size)


def rescaled(
    field: Float[np.ndarray | Array, "h w *c"],
    *,
    degrees_per_pixel: float,
    target_degrees_per_pixel: float,
) -> Float[np.ndarray | Array, "h2 w2 c"]:
    """Average blocks of pixels up to a fixed scale.

    A block's mean leaves NaN out; a block of nothing but NaN is 0 G.

    Args:
      field: gauss, one segment or several as channels; NaN where missing.
      degrees_per_pixel: its scale.
      target_degrees_per_pixel: a whole multiple of it.

    Returns:
      As many channels as there are segments.

    Raises:
      ValueError: the target scale is no whole multiple of the field's.
    """
    ratio = target_degrees_per_pixel / degrees_per_pixel
    block = round(ratio)
    if block < 1 or abs(ratio - block) > SCALE_TOLERANCE:
        raise ValueError(
            f"a scale of {target_degrees_per_pixel}° per pixel is no whole multiple of the "
            f"field's {degrees_per_pixel}°: choose one that is"
        )
    channels = field if field.ndim == 3 else field[..., None]
    return block_mean(channels, block)


def flux_middle(field: Float[np.ndarray, "h w"]) -> tuple[int, int]:
    """Row and column of the centroid of |B| where it is at least `STRONG_GAUSS`.

    The middle of a SHARP is that of its outline, which large regions fill unevenly. Where nothing
    is strong, it is the middle all the same.

    Example:
      >>> field = np.zeros((5, 9))
      >>> flux_middle(field)
      (2, 4)
      >>> field[1, 6:9] = [500.0, -500.0, 500.0]
      >>> flux_middle(field)
      (1, 7)
    """
    strong = _strong(field)
    if not strong.any():
        return field.shape[0] // 2, field.shape[1] // 2
    row, column = (
        float(np.average(np.arange(n), weights=strong.sum(1 - axis)))
        for axis, n in enumerate(field.shape)
    )
    return round(row), round(column)


def flux_share(inside: Float[np.ndarray, "h w"], field: Float[np.ndarray, "h2 w2"]) -> float:
    """Share of a field's strong unsigned flux that a patch of it holds; 1 if there is none.

    Example:
      >>> field = np.array([[500.0, -300.0, 10.0]])
      >>> flux_share(field[:, :1], field)
      0.625
    """
    total = float(_strong(field).sum())
    return float(_strong(inside).sum()) / total if total > 0 else 1.0


def _strong(field: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    size = np.abs(field)
    return np.where(size >= STRONG_GAUSS, size, 0.0)


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
    field: Float[np.ndarray | Array, "h w *c"], size: int, middle: tuple[int, int] | None = None
) -> Float[np.ndarray | Array, "size size *c"]:
    """``size × size`` pixels about the middle, padded with 0 where the field has none.

    Pixel ``middle``, by default n // 2 of each axis, becomes pixel size // 2.

    Example:
      >>> centre(np.ones((1, 4)), 2).tolist()
      [[0.0, 0.0], [1.0, 1.0]]
    """
    at = middle or [n // 2 for n in field.shape[:2]]
    before = [size // 2 - n for n in at]
    cut = field[tuple(slice(max(-b, 0), max(size - b, 0)) for b in before)]
    ends = [(max(b, 0), size - max(b, 0) - n) for b, n in zip(before, cut.shape, strict=False)]
    return _namespace(field).pad(cut, ends + [(0, 0)] * (field.ndim - 2))


def _namespace(field: Any) -> ModuleType:
    """NumPy for files of any shape, without compiling for each; JAX for what is traced."""
    return jnp if isinstance(field, jax.Array) else np
