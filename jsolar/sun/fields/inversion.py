"""Gradients of a line-of-sight field, and the lines along which its polarity changes."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Shaped

from jsolar.sun import units

Scalar = float | Float[Array, ""]

ARCSEC2_MM = 0.12 * units.MM_PER_DEGREE
"""Side of a pixel of 2 arcsec at disk centre, 0.12°; R values count such pixels."""

R_GAUSS = 150.0
"""Both polarities must exceed this beside an inversion line (Schrijver 2007)."""

R_WIDTH_MM = 10 * ARCSEC2_MM
"""Full width at half maximum within which flux counts as near the line (about 15 Mm there)."""

STRONG_GRADIENT_GAUSS_PER_MM = 50.0
"""A steeper change of sign is a strong-gradient inversion line (Falconer et al. 2003)."""

FWHM = 2.3548200450309493
"""Full width at half maximum of a Gaussian in standard deviations."""


@jax.jit
def r_value(field_gauss: Float[Array, "h w"], *, pixel_mm: Scalar) -> Float[Array, ""]:
    """Schrijver's R: log10 of the field near inversion lines between strong opposite fields.

    Masks of B > 150 G and B < −150 G are widened by a pixel; where they overlap runs the line. It
    is blurred to 10 pixels of 2 arcsec, and R = log10 Σ |B| · blurred; 0 if the sum is below 1.
    The line is some pixels wide whatever the pixel, so that the sum goes as the inverse of the
    pixel's side; it is multiplied by that side in units of 2 arcsec. Schrijver and the SHARP
    pipeline work on pixels of 2 arcsec, where that is 1.

    Args:
      field_gauss: B_los, G.
      pixel_mm: side of a pixel.

    Returns:
      R; 10^R times 2.1e16 cm², a pixel of 2 arcsec, is roughly the flux near the line in Mx.

    Example:
      >>> field = jnp.zeros((40, 40)).at[10:30, 15:20].set(400.0).at[10:30, 20:25].set(-400.0)
      >>> round(float(r_value(field, pixel_mm=1.458)), 2)
      4.03

    References:
      Schrijver (2007), doi:10.1086/511857
    """
    positive, negative = _widen(field_gauss > R_GAUSS), _widen(field_gauss < -R_GAUSS)
    line = (positive & negative).astype(field_gauss.dtype)
    near = blur(line, R_WIDTH_MM / FWHM / pixel_mm)
    total = (near * jnp.abs(field_gauss)).sum() * (pixel_mm / ARCSEC2_MM)
    return jnp.log10(jnp.maximum(total, 1.0))


def inversion_lines(
    field_gauss: Float[Array, "h w"], *, pixel_mm: Scalar
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Length of strong-gradient inversion lines, and the gradient integrated along them.

    A line crosses between two neighbouring pixels where the sign changes by more than
    `STRONG_GRADIENT_GAUSS_PER_MM`. By Cauchy and Crofton, N crossings along rows and columns are a
    length of π/4 · N pixels, whatever the line's direction (on average).

    Args:
      field_gauss: B_los, G.
      pixel_mm: side of a pixel.

    Returns:
      Length in Mm and ∫|∇B| dl in G.

    References:
      Falconer et al. (2003), doi:10.1029/2003JA010030
    """
    slope = gradient(field_gauss) / pixel_mm
    count, weighted = jnp.zeros(()), jnp.zeros(())
    for axis in (0, 1):
        a, b = _neighbours(field_gauss, axis)
        steep = jnp.abs(a - b) / pixel_mm > STRONG_GRADIENT_GAUSS_PER_MM
        crosses = (a * b < 0) & steep
        here = jnp.maximum(*_neighbours(slope, axis))
        count += crosses.sum()
        weighted += jnp.where(crosses, here, 0.0).sum()
    return jnp.pi / 4 * pixel_mm * count, jnp.pi / 4 * pixel_mm * weighted


def gradient(field: Float[Array, "h w"]) -> Float[Array, "h w"]:
    """|∇B| per pixel by central differences, one-sided at the edges."""
    down, across = jnp.gradient(field)
    return magnitude(down, across)


def magnitude(*components: Float[Array, "..."]) -> Float[Array, "..."]:
    """√(x² + y² + …), whose derivative at 0 is taken to be 0, not NaN.

    Example:
      >>> float(magnitude(jnp.array(3.0), jnp.array(4.0)))
      5.0
    """
    square = sum(x**2 for x in components)
    return jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1.0)), 0.0)


@jax.jit
def blur(field: Float[Array, "h w"], sigma_pixels: Scalar) -> Float[Array, "h w"]:
    """Convolve with a Gaussian of unit sum, 0 beyond the edge: one matrix product an axis.

    Args:
      field: anything.
      sigma_pixels: at most 16.

    Returns:
      The same shape.

    Example:
      >>> spike = jnp.zeros((65, 65)).at[32, 32].set(1.0)
      >>> blurred = blur(spike, 3.0)
      >>> round(float(blurred.sum()), 4), round(float(blurred[32, 32] * 18 * jnp.pi), 4)
      (1.0, 1.0)
    """
    rows, columns = (_gaussian_matrix(n, sigma_pixels) for n in field.shape)
    return rows @ field @ columns


def _gaussian_matrix(n: int, sigma: Scalar) -> Float[Array, "n n"]:
    offset = jnp.arange(n)[:, None] - jnp.arange(n)
    return _gaussian(offset, sigma) / _gaussian(jnp.arange(-80, 81), sigma).sum()


def _gaussian(offset: Int[Array, "..."], sigma: Scalar) -> Float[Array, "..."]:
    return jnp.exp(-0.5 * (offset / sigma) ** 2)


def _neighbours(
    field: Shaped[Array, "h w"], axis: int
) -> tuple[Shaped[Array, "..."], Shaped[Array, "..."]]:
    first = jax.lax.slice_in_dim(field, 0, -1, axis=axis)
    return first, jax.lax.slice_in_dim(field, 1, None, axis=axis)


def _widen(mask: Bool[Array, "h w"]) -> Bool[Array, "h w"]:
    """A mask and its eight neighbours."""
    for axis in (0, 1):
        before, after = ([(1, 0), (0, 0)], [(0, 1), (0, 0)])
        first, last = _neighbours(mask, axis)
        turn = slice(None, None, 1 if axis == 0 else -1)
        mask = mask | jnp.pad(first, before[turn]) | jnp.pad(last, after[turn])
    return mask
