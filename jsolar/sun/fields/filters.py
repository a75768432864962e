"""Fixed filters on a picture of the field: what a single layer sees that nobody trained."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jsolar.sun import units
from jsolar.sun.fields.inversion import blur, gradient
from jsolar.sun.fields.keywords import FINEST_DEGREES
from jsolar.sun.fields.patches import block_mean

WIDTHS_MM = (2.0, 4.0, 8.0, 16.0)
"""Standard deviations of the Gaussians; one that is finer than half a pixel is half a pixel."""

_ORDERS = ("field", "gradient", "curvature")
_POOLS = ("mean", "rms", "maximum")

FILTERS = tuple(
    f"{order}_{width:g}mm_{pool}" for width in WIDTHS_MM for order in _ORDERS for pool in _POOLS
)
"""Names of what `filtered` returns."""


@functools.partial(jax.jit, static_argnames="degrees_per_pixel")
def filtered(
    field_gauss: Float[np.ndarray | Array, "h w"], *, degrees_per_pixel: float
) -> Float[Array, "f"]:
    """`FILTERS`: derivatives of Gaussians at four scales, rectified and pooled over the picture.

    At each scale σ the blurred field G, σ|∇G| and σ²|∇²G|, all in gauss, so that none depends on
    polarity or direction; of each the mean, the root of the mean square and the maximum, as
    log₁₀(1 + x). Finer pixels are averaged to about 0.12° first.

    Args:
      field_gauss: B_los; NaN counts as 0.
      degrees_per_pixel: heliographic scale.

    Returns:
      One number for each name.

    Example:
      >>> spot = jnp.zeros((32, 32)).at[12:20, 12:20].set(999.0)
      >>> told = dict(zip(FILTERS, filtered(spot, degrees_per_pixel=0.12).tolist()))
      >>> told["field_2mm_maximum"] > told["field_16mm_maximum"] > 1
      True

    References:
      Jonas et al. (2018), doi:10.1007/s11207-018-1258-9, for the idea; the filters are ours
    """
    block = max(1, round(FINEST_DEGREES / degrees_per_pixel))
    field = jnp.asarray(block_mean(jnp.nan_to_num(field_gauss), block))
    pixel_mm = degrees_per_pixel * block * units.MM_PER_DEGREE
    parts = []
    for width in WIDTHS_MM:
        sigma = max(width / pixel_mm, 0.5)
        smooth = blur(field, sigma)
        for response in (
            jnp.abs(smooth),
            sigma * gradient(smooth),
            sigma**2 * jnp.abs(_laplacian(smooth)),
        ):
            mean, square = response.mean(), (response**2).mean()
            parts += [mean, jnp.sqrt(square), response.max()]
    return jnp.log10(1 + jnp.stack(parts))


def _laplacian(x: Float[Array, "h w"]) -> Float[Array, "h w"]:
    """Sum of the neighbours minus four times the pixel; the edge repeats itself."""
    y = jnp.pad(x, 1, mode="edge")
    return y[2:, 1:-1] + y[:-2, 1:-1] + y[1:-1, 2:] + y[1:-1, :-2] - 4 * x
