"""RoIAlign: the features of a region on a grid of fixed size, and masks back into the picture."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int


def roi_align(
    features: Float[np.ndarray | Array, "h w c"],
    boxes: Float[np.ndarray | Array, "r 4"],
    *,
    size: int,
    scale: float,
    samples: int = 2,
    half_pixel: bool = True,
) -> Float[Array, "r size size c"]:
    """Means of bilinear samples in each cell of a grid over each box.

    A bilinear sample is a product of a weight in y and one in x, so a grid of them is two matrix
    products, W_y F W_xᵀ, see `between`.

    Args:
      features: a feature map.
      boxes: in pixels of the picture.
      size: cells of the grid on a side.
      scale: cells of the feature map for one pixel of the picture.
      samples: on a side of each cell of the grid.
      half_pixel: a feature stands for the middle of its cell; without it for the corner, and boxes
        are at least one cell wide, as older weights expect.

    Returns:
      The features of each box.

    Example:
      >>> ramp = jnp.broadcast_to(jnp.arange(8.0)[:, None, None] + 0.5, (8, 8, 1))
      >>> box = jnp.array([[0.0, 2.0, 4.0, 6.0]])  # y from 2 to 6
      >>> roi_align(ramp, box, size=2, scale=1.0)[0, :, 0, 0].tolist()
      [3.0, 5.0]

    References:
      He et al. (2017), arXiv:1703.06870
    """
    h, w, _ = features.shape
    offset = 0.5 if half_pixel else 0.0
    low, high = (part * scale - offset for part in jnp.split(jnp.asarray(boxes), 2, axis=1))
    side = high - low if half_pixel else jnp.maximum(high - low, 1.0)
    step = (jnp.arange(size * samples) + 0.5) / (size * samples)
    at = low[:, None] + step[:, None] * side[:, None]
    columns, rows = (
        _weights(at[..., axis], n).reshape(len(at), size, samples, n).mean(2)
        for axis, n in ((0, w), (1, h))
    )
    return between(*(jnp.asarray(x, features.dtype) for x in (rows, columns, features)))


def between(
    rows: Float[Array, "r p h"], columns: Float[Array, "r q w"], features: Float[Array, "h w c"]
) -> Float[Array, "r p q c"]:
    """Weighted means of features, Σ_{h, w} rows · columns · features.

    The first product is a large one of matrices, the second one small one for each row of each
    box; so nothing is transposed in memory, in the gradient neither.

    Args:
      rows: weights in y, for each of r boxes.
      columns: weights in x.
      features: a map.

    Returns:
      Means.

    Example:
      >>> features, pick = jnp.arange(12.0).reshape(3, 4, 1), jnp.eye(4)[None]
      >>> between(pick[:, 2:3, :3], pick[:, 1:2], features).tolist()
      [[[[9.0]]]]
    """
    narrow = jnp.einsum("rph,hwc->rpwc", rows, features)
    r, q, w = columns.shape
    every = jnp.broadcast_to(columns[:, None], (r, rows.shape[1], q, w))
    return jnp.einsum("rpqw,rpwc->rpqc", every, narrow)


def _weights(at: Float[Array, "r k"], n: int) -> Float[Array, "r k n"]:
    """Weights of n cells in a linear sample: outside those of the edge, 0 beyond one cell."""
    place = jnp.clip(at, 0.0, n - 1.0)
    hat = jnp.maximum(1.0 - jnp.abs(place[..., None] - jnp.arange(n)), 0.0)
    return jnp.where(((at >= -1.0) & (at <= n))[..., None], hat, 0.0)


def levels(
    boxes: Float[np.ndarray | Array, "r 4"],
    *,
    lowest: int = 2,
    highest: int = 5,
    canonical_level: int = 4,
    canonical_size: float = 224.0,
) -> Int[Array, "r"]:
    """The level of a feature pyramid for each box: ⌊k₀ + log₂(√area / s₀)⌋, within bounds.

    Args:
      boxes: pixels.
      lowest: first level.
      highest: last level.
      canonical_level: k₀.
      canonical_size: s₀, pixels.

    Returns:
      Levels.

    Example:
      >>> levels(jnp.array([[0.0, 0.0, 224.0, 224.0], [0.0, 0.0, 8.0, 8.0]])).tolist()
      [4, 2]

    References:
      Lin et al. (2017), arXiv:1612.03144
    """
    side = jnp.asarray(boxes)[:, 2:] - jnp.asarray(boxes)[:, :2]
    root = jnp.sqrt(jnp.maximum(side[:, 0] * side[:, 1], 1e-12))
    found = jnp.floor(canonical_level + jnp.log2(root / canonical_size) + 1e-6)
    return jnp.clip(found, lowest, highest).astype(int)


def paste(
    masks: Float[np.ndarray | Array, "r m m"],
    boxes: Float[np.ndarray | Array, "r 4"],
    *,
    shape: tuple[int, int],
) -> Float[Array, "r h w"]:
    """Masks of boxes put into a picture: bilinear at the middle of each pixel, 0 outside.

    Args:
      masks: on a grid over each box.
      boxes: pixels; one without area gets nothing.
      shape: rows and columns of the picture.

    Returns:
      One picture each.

    Example:
      >>> paste(jnp.ones((1, 4, 4)), jnp.array([[1.0, 0.0, 3.0, 1.0]]), shape=(2, 4))[0].tolist()
      [[0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    m = masks.shape[-1]
    box = jnp.asarray(boxes)

    def along(axis: int, n: int) -> Float[Array, "r n m"]:
        low, high = box[:, axis, None], box[:, axis + 2, None]
        middle = jnp.arange(n) + 0.5
        side = jnp.where(high > low, high - low, 1.0)
        place = jnp.clip((middle - low) / side * m - 0.5, 0.0, m - 1.0)
        hat = jnp.maximum(1.0 - jnp.abs(place[..., None] - jnp.arange(m)), 0.0)
        return jnp.where(((middle > low) & (middle < high))[..., None], hat, 0.0)

    rows, columns = along(1, shape[0]), along(0, shape[1])
    return jnp.einsum("rhi,rij,rwj->rhw", rows, masks, columns)
