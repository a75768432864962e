"""Numbers that describe the field of an active region, from a line-of-sight patch at any scale.

The same function serves real and simulated patches. What SHARP defines at full resolution is
called ``…_coarse`` here; the full-resolution keywords are in `jsolar.sun.fields.sharp_keywords`.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jsolar.sun import units
from jsolar.sun.fields.inversion import Scalar, blur, gradient, inversion_lines, magnitude, r_value
from jsolar.sun.fields.patches import block_mean

PATCH_KEYWORDS = (
    "log_unsigned_flux_coarse",
    "net_flux_coarse",
    "flux_imbalance",
    "r_value_coarse",
    "log_strong_area",
    "mean_gradient_coarse",
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

FINEST_DEGREES = 0.12
"""Fields on finer pixels are averaged to this scale first: 2 arcsec at disk centre."""

SMALLEST_MU = 0.2
"""μ is taken to be no less; B_los / μ means nothing at the limb."""

STRONG_GAUSS = 500.0
"""Pixels with a stronger radial field count as ``log_strong_area``."""

OVERLAP_MM = 4.0
"""Standard deviation of the blur behind ``polarity_overlap``."""


@functools.partial(jax.jit, static_argnames=["degrees_per_pixel"])
def patch_keywords(
    field_gauss: Float[np.ndarray | Array, "h w"],
    *,
    degrees_per_pixel: float,
    mu: Float[np.ndarray | Array, "..."] | float = 1.0,
    noise_gauss: Scalar = 30.0,
) -> Float[Array, "f"]:
    """The numbers named in `PATCH_KEYWORDS`.

    Fields finer than 0.12° per pixel are averaged to about that scale first. A pixel is active if
    ``|B_los| > noise_gauss``; there B_r = B_los/μ, elsewhere 0.

    - log_unsigned_flux_coarse: log10 of Σ|B_r| dA;
    - net_flux_coarse: Σ B_r dA, in 1e21 Mx; flux_imbalance: |net| / unsigned;
    - r_value_coarse: see `r_value`;
    - log_strong_area: log10 of the area where |B_r| > 500 G;
    - mean_gradient_coarse, maximum_gradient: of |∇B_los| over active pixels, G/Mm;
    - inversion_line_length: of strong-gradient inversion lines, Mm;
    - inversion_line_gradient: ∫|∇B_los| dl along them, kG; see `inversion_lines`;
    - maximum_field: of |B_los|, G;
    - polarity_separation: of the flux-weighted centres of both polarities, Mm;
    - polarity_overlap: log10 of ∫ √(B̃₊ B̃₋) dA, B̃± the B_r of either sign blurred by 4 Mm: the
      flux that opposite polarities share.

    Logarithms are of 1 + x with x in 1e18 Mx or 1 Mm², hence 0 for an empty patch.

    Args:
      field_gauss: B_los; NaN counts as 0.
      degrees_per_pixel: heliographic scale.
      mu: cosine of the heliocentric angle, for the region or for each pixel.
      noise_gauss: what a field must exceed to count; about three times the noise of a pixel.

    Returns:
      One number for each name; finite for any patch, and so are its derivatives. jit and vmap as
      you like.

    Raises:
      ValueError: the patch has fewer than 2 × 2 pixels, after averaging.

    Example:
      >>> bipole = jnp.zeros((32, 32)).at[14:18, 12:16].set(800.0).at[14:18, 16:20].set(-800.0)
      >>> values = patch_keywords(bipole, degrees_per_pixel=0.24)
      >>> found = dict(zip(PATCH_KEYWORDS, values.tolist()))
      >>> round(found["polarity_separation"], 1), found["flux_imbalance"]  # 4 pixels of 2.9 Mm
      (11.7, 0.0)

    References:
      Bobra et al. (2014), doi:10.1007/s11207-014-0529-3; Schrijver (2007), doi:10.1086/511857;
      Falconer et al. (2003), doi:10.1029/2003JA010030
    """
    block = max(1, round(FINEST_DEGREES / degrees_per_pixel))
    field = jnp.asarray(block_mean(jnp.asarray(field_gauss), block))
    if min(field.shape) < 2:
        raise ValueError(
            f"a patch of {field_gauss.shape} pixels of {degrees_per_pixel}° is too small for "
            f"keywords: give at least 2 × 2 pixels of {FINEST_DEGREES}°"
        )
    mu = jnp.asarray(mu)
    mu = block_mean(mu, block) if mu.ndim == 2 else mu
    pixel_mm = degrees_per_pixel * block * units.MM_PER_DEGREE
    active = jnp.abs(field) > noise_gauss
    radial = jnp.where(active, field / jnp.maximum(mu, SMALLEST_MU), 0.0)
    slope = jnp.where(active, gradient(field), 0.0) / pixel_mm
    length, along = inversion_lines(field, pixel_mm=pixel_mm)
    return jnp.stack(
        [
            *_fluxes(radial, (pixel_mm * units.CM_PER_MM) ** 2),
            r_value(field, pixel_mm=pixel_mm),
            _log((jnp.abs(radial) > STRONG_GAUSS).sum() * pixel_mm**2),
            slope.sum() / jnp.maximum(active.sum(), 1),
            slope.max(),
            length,
            along / 1e3,
            jnp.abs(field).max(),
            _separation(radial) * pixel_mm,
            _log(_overlap(radial, pixel_mm) * (pixel_mm * units.CM_PER_MM) ** 2 / 1e18),
        ]
    )


def _log(x: Float[Array, ""]) -> Float[Array, ""]:
    return jnp.log10(1.0 + x)


def _fluxes(radial: Float[Array, "h w"], pixel_cm2: float) -> tuple[Float[Array, ""], ...]:
    """log10 unsigned, net (1e21 Mx), |net| / unsigned."""
    unsigned, net = jnp.abs(radial).sum(), radial.sum()
    share = jnp.abs(net) / jnp.where(unsigned > 0, unsigned, 1.0)
    return _log(unsigned * pixel_cm2 / 1e18), net * pixel_cm2 / 1e21, share


def _overlap(radial: Float[Array, "h w"], pixel_mm: float) -> Float[Array, ""]:
    """Σ of the geometric mean of both polarities, G."""
    sigma = OVERLAP_MM / pixel_mm
    positive, negative = (blur(jnp.maximum(s * radial, 0.0), sigma) for s in (1, -1))
    both = positive * negative
    return jnp.where(both > 0, jnp.sqrt(jnp.where(both > 0, both, 1.0)), 0.0).sum()


def _separation(radial: Float[Array, "h w"]) -> Float[Array, ""]:
    """Distance of the centres of positive and negative flux, pixels; 0 if either is missing."""
    rows, columns = (jnp.arange(n) - (n - 1) / 2 for n in radial.shape)
    centres = []
    for sign in (1, -1):
        weight = jnp.maximum(sign * radial, 0.0)
        total = jnp.where(weight.sum() > 0, weight.sum(), 1.0)
        centres.append(jnp.stack([weight.sum(1) @ rows, weight.sum(0) @ columns]) / total)
    both = (radial.max() > 0) & (radial.min() < 0)
    return jnp.where(both, magnitude(*(centres[0] - centres[1])), 0.0)
