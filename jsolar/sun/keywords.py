"""Numbers that describe the field of an active region, from a line-of-sight patch at any scale.

The same function serves real and simulated patches. What SHARP defines at full resolution is
called ``…_coarse`` here; the full-resolution keywords are in `jsolar.sun.sharp_keywords`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jsolar.sun import units

PATCH_KEYWORDS = (
    "log_unsigned_flux_coarse",
    "net_flux_coarse",
    "flux_imbalance",
    "r_value_coarse",
    "log_strong_area",
    "mean_gradient",
    "maximum_gradient",
    "inversion_line_length",
    "inversion_line_gradient",
    "maximum_field",
    "polarity_separation",
    "polarity_overlap",
)
"""Names of what `patch_keywords` returns, in order; see there for definitions and units."""

SIGNED_KEYWORDS = ("net_flux_coarse",)
"""Those that change sign when all polarities are reversed; the others stay."""

ACTIVE_GAUSS = 100.0
"""Pixels with a weaker radial field are quiet Sun and noise."""

STRONG_GAUSS = 500.0
"""Pixels with a stronger field count as ``log_strong_area``."""

R_GAUSS = 150.0
"""Both polarities must exceed this beside an inversion line (Schrijver 2007)."""

R_PIXEL_MM = 1.45
"""R values count pixels of 2 arcsec."""

R_WIDTH_MM = 10 * R_PIXEL_MM
"""Full width at half maximum within which flux counts as near the line (about 15 Mm there)."""

STRONG_GRADIENT_GAUSS_PER_MM = 50.0
"""A steeper change of sign is a strong-gradient inversion line (Falconer et al. 2003)."""


def patch_keywords(
    field_gauss: Float[Array, "h w"],
    *,
    degrees_per_pixel: float,
    mu: Float[Array, "..."] | float = 1.0,
) -> Float[Array, "f"]:
    """The numbers named in `PATCH_KEYWORDS`.

    - log_unsigned_flux_coarse: log10 of Σ|B_r| dA, Mx, over active pixels; B_r = B_los/μ;
    - net_flux_coarse: Σ B_r dA over them, in 1e21 Mx; flux_imbalance: |net| / unsigned;
    - r_value_coarse: log10 of the flux near strong-field inversion lines, as Schrijver's R;
    - log_strong_area: log10 of the area of strong pixels, Mm²;
    - mean_gradient, maximum_gradient: of |∇B_los| over active pixels, G/Mm;
    - inversion_line_length: of strong-gradient inversion lines, Mm;
    - inversion_line_gradient: ∫|∇B_los| dl along them, kG;
    - maximum_field: of |B_los|, G;
    - polarity_separation: of the flux-weighted centres of both polarities, Mm;
    - polarity_overlap: log10 of ∫ √(B̃₊ B̃₋) dA, Mx, B̃± the polarities blurred by 4 Mm.

    Logarithms are of 1 + x in units of 1e18 Mx or 1 Mm², hence 0 for an empty patch.

    Args:
      field_gauss: B_los, without NaN.
      degrees_per_pixel: heliographic scale.
      mu: cosine of the heliocentric angle, for the region or for each pixel.

    Returns:
      One number for each name; finite for any patch. jit and vmap as you like.

    Example:
      >>> import dataclasses
      >>> bipole = jnp.zeros((32, 32)).at[14:18, 12:16].set(800.0).at[14:18, 16:20].set(-800.0)
      >>> values = patch_keywords(bipole, degrees_per_pixel=0.24)
      >>> found = dict(zip(PATCH_KEYWORDS, values.tolist()))
      >>> round(found["polarity_separation"], 1), found["flux_imbalance"]  # 4 pixels of 2.9 Mm
      (11.7, 0.0)

    References:
      Bobra et al. (2014), doi:10.1007/s11207-014-0529-3; Schrijver (2007), doi:10.1086/511857;
      Falconer et al. (2003), doi:10.1029/2003JA010030
    """
    pixel_mm = degrees_per_pixel * units.MM_PER_DEGREE
    pixel_cm2 = (pixel_mm * units.CM_PER_MM) ** 2
    radial = field_gauss / jnp.maximum(mu, 0.2)
    radial = jnp.where(jnp.abs(radial) > ACTIVE_GAUSS, radial, 0.0)
    unsigned, net = jnp.abs(radial).sum() * pixel_cm2, radial.sum() * pixel_cm2
    slope = jnp.where(radial != 0, _gradient(field_gauss) / pixel_mm, 0.0)
    length, weighted = inversion_lines(field_gauss, pixel_mm)
    strong = (jnp.abs(field_gauss) > STRONG_GAUSS).sum() * pixel_mm**2
    return jnp.stack(
        [
            jnp.log10(1 + unsigned / 1e18),
            net / 1e21,
            jnp.abs(net) / jnp.maximum(unsigned, 1e18),
            r_value(field_gauss, pixel_mm=pixel_mm),
            jnp.log10(1 + strong),
            slope.sum() / jnp.maximum((radial != 0).sum(), 1),
            slope.max(),
            length,
            weighted / 1e3,
            jnp.abs(field_gauss).max(),
            _separation(radial) * pixel_mm,
            jnp.log10(1 + _overlap(radial, pixel_mm) * pixel_cm2 / 1e18),
        ]
    )


def r_value(field_gauss: Float[Array, "h w"], *, pixel_mm: float) -> Float[Array, ""]:
    """Schrijver's R: log10 of the field near inversion lines between strong opposite fields.

    Masks of B > 150 G and B < −150 G are widened by a pixel; where they overlap runs the line. It
    is blurred to 14.5 Mm, and R = log10 Σ |B| · blurred, counted in pixels of 2 arcsec; 0 if the
    sum is below 1. Schrijver and the SHARP pipeline work on pixels of 2 arcsec.

    Args:
      field_gauss: B_los, G.
      pixel_mm: side of a pixel.

    Returns:
      R, of Mx in units of the flux of 1 G in a pixel of 2 arcsec.

    References:
      Schrijver (2007), doi:10.1086/511857
    """
    positive, negative = _widen(field_gauss > R_GAUSS), _widen(field_gauss < -R_GAUSS)
    line = (positive & negative).astype(field_gauss.dtype)
    near = blur(line, R_WIDTH_MM / 2.3548 / pixel_mm)
    total = (near * jnp.abs(field_gauss)).sum() * (pixel_mm / R_PIXEL_MM) ** 2
    return jnp.where(total < 1, 0.0, jnp.log10(jnp.maximum(total, 1.0)))


def inversion_lines(
    field_gauss: Float[Array, "h w"], pixel_mm: float
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
    """
    slope = _gradient(field_gauss) / pixel_mm
    count, weighted = jnp.zeros(()), jnp.zeros(())
    for axis in (0, 1):
        a, b = _neighbours(field_gauss, axis)
        steep = jnp.abs(a - b) / pixel_mm > STRONG_GRADIENT_GAUSS_PER_MM
        crosses = (a * b < 0) & steep
        here = jnp.maximum(*_neighbours(slope, axis))
        count += crosses.sum()
        weighted += jnp.where(crosses, here, 0.0).sum()
    return jnp.pi / 4 * pixel_mm * count, jnp.pi / 4 * pixel_mm * weighted


def blur(field: Float[Array, "h w"], sigma_pixels: float) -> Float[Array, "h w"]:
    """Convolve with a Gaussian of unit sum, 0 beyond the edge: one matrix product an axis."""
    for axis, n in enumerate(field.shape):
        place = jnp.arange(n)
        kernel = jnp.exp(-0.5 * ((place[:, None] - place[None]) / sigma_pixels) ** 2)
        kernel /= sigma_pixels * jnp.sqrt(2 * jnp.pi)
        field = jnp.moveaxis(jnp.tensordot(kernel, field, (1, axis)), 0, axis)
    return field


def _overlap(radial: Float[Array, "h w"], pixel_mm: float) -> Float[Array, ""]:
    positive, negative = (blur(jnp.maximum(s * radial, 0.0), 4.0 / pixel_mm) for s in (1, -1))
    return jnp.sqrt(positive * negative).sum()


def _separation(radial: Float[Array, "h w"]) -> Float[Array, ""]:
    """Distance of the centres of positive and negative flux, pixels; 0 if either is missing."""
    rows, columns = (jnp.arange(n, dtype=radial.dtype) for n in radial.shape)
    centres = []
    for sign in (1, -1):
        weight = jnp.maximum(sign * radial, 0.0)
        total = jnp.maximum(weight.sum(), 1e-6)
        centre = jnp.stack([(weight.sum(1) * rows).sum(), (weight.sum(0) * columns).sum()])
        centres.append(centre / total)
    both = (radial.max() > 0) & (radial.min() < 0)
    distance = jnp.sqrt(((centres[0] - centres[1]) ** 2).sum())
    return jnp.where(both, distance, 0.0)


def _gradient(field: Float[Array, "h w"]) -> Float[Array, "h w"]:
    """|∇B| per pixel by central differences, one-sided at the edges."""
    down, across = jnp.gradient(field)
    return jnp.sqrt(down**2 + across**2)


def _neighbours(
    field: Float[Array, "h w"], axis: int
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    first = jax.lax.slice_in_dim(field, 0, -1, axis=axis)
    return first, jax.lax.slice_in_dim(field, 1, None, axis=axis)


def _widen(mask: Bool[Array, "h w"]) -> Bool[Array, "h w"]:
    """A mask and its eight neighbours."""
    padded = jnp.pad(mask, 1)
    h, w = mask.shape
    shifted = [padded[i : i + h, j : j + w] for i in range(3) for j in range(3)]
    return jnp.any(jnp.stack(shifted), axis=0)
