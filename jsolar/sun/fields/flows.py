"""Apparent motions in maps of a field, and maps that are moved along them."""

import jax
import jax.numpy as jnp
from jax.scipy.ndimage import map_coordinates
from jaxtyping import Array, Float

from jsolar.sun.fields.inversion import blur

QUIET_GAUSS = 30.0
"""Where the field is weaker than this, within the window, nothing is said to move."""

Map = Float[Array, "h w"]
Shift = Float[Array, "yx h w"]


def local_correlation_tracking(
    before: Map, after: Map, *, window_pixels: float = 4.0, reach: int = 3
) -> Shift:
    """By how many pixels what is about each pixel has moved.

    For every shift s the correlation within a Gaussian window is taken,
    C(s) = G∗(a b_s) / √(G∗a² · G∗b_s²); a parabola through its greatest value and the neighbours
    gives the fraction of a pixel. Where there is little field the shift goes to 0 as
    P/(P + q²), with P the mean square in the window and q = `QUIET_GAUSS`.

    Args:
      before: a, gauss.
      after: b.
      window_pixels: standard deviation of the window; at most 16.
      reach: the greatest shift that is looked for, pixels, along rows and columns.

    Returns:
      Rows to the north and columns to the west, ``[2, h, w]``.

    Example:
      >>> y, x = jnp.mgrid[:32, :32]
      >>> spot = lambda row, column: 500 * jnp.exp(-((y - row)**2 + (x - column)**2) / 18)
      >>> moved = local_correlation_tracking(spot(16, 16), spot(16.5, 14.5))
      >>> moved[:, 16, 16].round(1).tolist()
      [0.5, -1.5]

    References:
      November & Simon (1988), doi:10.1086/166758
    """
    steps = jnp.arange(-reach, reach + 1)
    side = len(steps)
    padded = jnp.pad(after, reach)
    power = blur(before**2, window_pixels)

    def correlation(number: Array) -> Map:
        row, column = number // side, number % side
        moved = jax.lax.dynamic_slice(padded, (row, column), before.shape)
        both = power * blur(moved**2, window_pixels)
        return blur(before * moved, window_pixels) / jnp.sqrt(both + 1e-6)

    found = jax.lax.map(correlation, jnp.arange(side**2)).reshape(side, side, *before.shape)
    best = found.reshape(side**2, *before.shape).argmax(0)
    rows, columns = best // side, best % side
    y = rows - reach + _fraction(found, rows, columns, axis=0)
    x = columns - reach + _fraction(found, rows, columns, axis=1)
    return jnp.stack([y, x]) * power / (power + QUIET_GAUSS**2)


def advect(field: Map, shift: Shift) -> Map:
    """A field moved by a shift: B(x) ← B(x − s(x)), bilinear, 0 from beyond the edge.

    Args:
      field: gauss.
      shift: from `local_correlation_tracking`, or a multiple of it.

    Returns:
      The field.

    Example:
      >>> spot = jnp.zeros((5, 5)).at[2, 2].set(8.0)
      >>> advect(spot, jnp.ones((2, 5, 5)) * jnp.array([1.0, 0.5])[:, None, None])[3].tolist()
      [0.0, 0.0, 4.0, 4.0, 0.0]
    """
    place = jnp.mgrid[: field.shape[0], : field.shape[1]] - shift
    return map_coordinates(field, list(place), order=1, mode="constant")


def _fraction(found: Float[Array, "s s h w"], rows: Array, columns: Array, *, axis: int) -> Map:
    """Where between its neighbours the greatest correlation lies; 0 at the end of the reach."""
    last = found.shape[axis] - 1
    place = [rows, columns]

    def at(step: int) -> Map:
        there = [p + step * (i == axis) for i, p in enumerate(place)]
        y, x = jnp.indices(rows.shape)
        return found[jnp.clip(there[0], 0, last), jnp.clip(there[1], 0, last), y, x]

    low, middle, high = at(-1), at(0), at(1)
    bend = 2 * middle - low - high
    inside = (place[axis] > 0) & (place[axis] < last) & (bend > 1e-6)
    part = 0.5 * (high - low) / jnp.where(inside, bend, 1.0)
    return jnp.where(inside, jnp.clip(part, -0.5, 0.5), 0.0)
