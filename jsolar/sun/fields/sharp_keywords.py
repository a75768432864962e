"""SHARP keywords from the pixels of a SHARP, as its pipeline computes them.

On full-resolution CEA segments, over the pixels with high confidence in the disambiguation
(``conf_disambig ≥ 70``) inside the active region (``bitmap ≥ 30``). All functions may be traced
by JAX. In double precision they give every digit of the header of HARP 377, 2011-02-15 02:00 TAI
(a hundredth of a percent for means over pixels with a condition), and R_VALUE of HARP 115; in
single precision five digits.

Definitions: Bobra et al. (2014), doi:10.1007/s11207-014-0529-3, Table 3. Units, and what they
hide: MEANGBT, MEANGBZ, MEANGBH and MEANGBL are in G per *pixel* in the headers (divide by the
pixel in Mm, 0.364, for G Mm⁻¹); SAVNCPP is not in amperes and TOTPOT is not the excess over a
potential field: see `vector_keywords` and `pipeline_potential`.
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jsolar.sun.fields.inversion import ARCSEC2_MM, Scalar, magnitude, r_value
from jsolar.sun.units import CM_PER_MM

MU0 = 4e-7 * np.pi
"""Vacuum permeability, T m A⁻¹ (the value with which the pipeline works)."""

TESLA_PER_GAUSS = 1e-4
M_PER_MM = 1e6

INCLINED_GAUSS = 100.0
"""MEANGAM is over pixels whose horizontal field exceeds this."""

STRONG_INSIDE = 34
"""Code of a ``bitmap``: strong field, within the outline of the region."""

MONOPOLE_DEPTH_PIXELS = 1e-3
"""Depth of the sources in `pipeline_potential`."""

Field = Float[np.ndarray | Array, "h w"]
Mask = Bool[np.ndarray | Array, "h w"]
Code = Int[np.ndarray | Array, "h w"]
Number = Float[Array, ""]


def pixel_arcsec(header: Mapping[str, float]) -> float:
    """Angle under which a pixel at disk centre is seen: atan(R ΔΦ / D), arcsec.

    Args:
      header: the keywords ``RSUN_REF`` (m), ``CDELT1`` (degrees) and ``DSUN_OBS`` (m).

    Returns:
      About 0.5.
    """
    side = header["RSUN_REF"] * np.deg2rad(header["CDELT1"])
    return float(np.rad2deg(np.arctan(side / header["DSUN_OBS"])) * 3600)


def pixel_m(header: Mapping[str, float]) -> float:
    """Side of a pixel on the Sun, metres, as the pipeline takes it.

    Args:
      header: the keywords ``RSUN_REF`` (m), ``RSUN_OBS`` (arcsec), ``CDELT1`` (degrees) and
        ``DSUN_OBS`` (m): `SharpHeader.keywords` has them.

    Returns:
      About 364 km.

    Example:
      >>> header = {"RSUN_REF": 6.96e8, "RSUN_OBS": 971.67, "CDELT1": 0.03, "DSUN_OBS": 1.4775e11}
      >>> round(pixel_m(header) / 1e3)
      364
    """
    return pixel_arcsec(header) * header["RSUN_REF"] / header["RSUN_OBS"]


def active_pixels(conf_disambig: Code, bitmap: Code) -> Bool[Array, "h w"]:
    """The pixels that vector keywords are made from; their number is ``CMASK``.

    Example:
      >>> active_pixels(np.array([[60, 90, 90]]), np.array([[34, 33, 2]])).tolist()
      [[False, True, False]]
    """
    return (jnp.asarray(conf_disambig) >= 70) & (jnp.asarray(bitmap) >= 30)


def unsigned_flux(field: Field, active: Mask, *, pixel_m: Scalar) -> Number:
    """Σ|B| dA, Mx: USFLUX of B_r over `active_pixels`, USFLUXL of B_los where ``bitmap ≥ 30``.

    Args:
      field: gauss; NaN is left out.
      active: which pixels.
      pixel_m: side of a pixel, m.

    Returns:
      Flux, Mx.

    Example:
      >>> field, everywhere = np.full((2, 2), -100.0), np.ones((2, 2), bool)
      >>> f"{unsigned_flux(field, everywhere, pixel_m=1e6):.3g}"
      '4e+18'
    """
    area_cm2 = (pixel_m / M_PER_MM * CM_PER_MM) ** 2
    return _sum(jnp.abs(jnp.asarray(field)), jnp.asarray(active)) * area_cm2


@jax.jit
def vector_keywords(
    br: Field, bp: Field, bt: Field, active: Mask, *, pixel_m: Scalar, pixel_arcsec: Scalar
) -> dict[str, Number]:
    """Keywords of the vector field.

    With B_x = B_φ, B_y = −B_θ, B_z = B_r, central differences, and J_z = (∇ × B)_z / μ₀:

    - CMASK, USFLUX: number of pixels; Σ|B_z| dA (Mx);
    - MEANGAM: mean inclination to the vertical where B_h > 100 G (degrees);
    - MEANGBT, MEANGBZ, MEANGBH: mean |∇B|, |∇B_z|, |∇B_h| (G per pixel);
    - MEANJZD, TOTUSJZ: mean J_z (mA m⁻²); Σ|J_z| dA (A);
    - MEANALP: Σ J_z B_z / Σ B_z² (Mm⁻¹);
    - MEANJZH, TOTUSJH, ABSNJZH: mean, Σ|·| and |Σ| of B_z μ₀J_z (G² m⁻¹);
    - SAVNCPP: |Σ J_z dA| of positive plus that of negative polarity, in amperes per squared
      arcsec of the pixel (the pipeline divides by the pixel where it should multiply);
    - MEANPOT, TOTPOT: mean of (B_h − B_h,pot)² / 8π (erg cm⁻³); Σ of it dA (erg cm⁻¹);
    - MEANSHR, SHRGT45: mean angle between B and B_pot (degrees); share above 45° (%).

    Args:
      br: radial, gauss; NaN where missing.
      bp: toward solar west.
      bt: toward solar south.
      active: from `active_pixels`.
      pixel_m: side of a pixel, m.
      pixel_arcsec: the same in arcsec, from the function of that name.

    Returns:
      From keyword to value; NaN for a mean over no pixel.
    """
    x, y, z = jnp.asarray(bp), -jnp.asarray(bt), jnp.asarray(br)
    active = jnp.asarray(active) & jnp.isfinite(x + y + z)
    energy, shear = _against_potential(x, y, z)
    area_cm2 = (pixel_m / M_PER_MM * CM_PER_MM) ** 2
    return {
        "CMASK": active.sum().astype(z.dtype),
        "USFLUX": unsigned_flux(z, active, pixel_m=pixel_m),
        **_inclination_and_gradients(x, y, z, active),
        **_currents(x, y, z, active, pixel_m, pixel_arcsec),
        "MEANPOT": _mean(energy, active),
        "TOTPOT": _sum(energy, active) * area_cm2,
        "MEANSHR": _mean(shear, active),
        "SHRGT45": 100.0 * _mean((shear > 45.0).astype(z.dtype), active),
    }


@jax.jit
def lorentz_keywords(
    br: Field, bp: Field, bt: Field, active: Mask, *, pixel_m: Scalar
) -> dict[str, Number]:
    """The Lorentz force on the Sun's atmosphere above a region, as Bobra & Couvidat take it.

    With B_x = B_φ, B_y = −B_θ, B_z = B_r, B_h² = B_x² + B_y², and sums over active pixels:

    - TOTBSQ: Σ B² (G²);
    - TOTFX, TOTFY: −Σ B_x B_z dA / 4π and −Σ B_y B_z dA / 4π (10²⁰ dyn);
    - TOTFZ: Σ (B_h² − B_z²) dA / 8π (10²⁰ dyn);
    - EPSX, EPSY, EPSZ: the same over the magnetic pressure, Σ B_x B_z / Σ B²,
      Σ B_y B_z / Σ B² and Σ (B_h² − B_z²) / Σ B².

    Args:
      br: radial, gauss; NaN where missing.
      bp: toward solar west.
      bt: toward solar south.
      active: from `active_pixels`.
      pixel_m: side of a pixel, m.

    Returns:
      From keyword to value.

    Example:
      >>> upright, none = np.full((4, 4), 100.0), np.zeros((4, 4))
      >>> found = lorentz_keywords(upright, none, none, upright > 0, pixel_m=1e6)
      >>> float(found["EPSZ"]), float(found["EPSX"])
      (-1.0, 0.0)

    References:
      Fisher et al. (2012), doi:10.1007/s11207-011-9907-2;
      Bobra & Couvidat (2015), doi:10.1088/0004-637X/798/2/135, Table 1
    """
    x, y, z = jnp.asarray(bp), -jnp.asarray(bt), jnp.asarray(br)
    active = jnp.asarray(active) & jnp.isfinite(x + y + z)
    force = (pixel_m / M_PER_MM * CM_PER_MM) ** 2 / 1e20 / (4 * jnp.pi)
    squared = _sum(x**2 + y**2 + z**2, active)
    west, north = _sum(x * z, active), _sum(y * z, active)
    down = _sum(x**2 + y**2 - z**2, active)
    return {
        "TOTBSQ": squared,
        "TOTFX": -west * force,
        "TOTFY": -north * force,
        "TOTFZ": down * force / 2,
        "EPSX": west / squared,
        "EPSY": north / squared,
        "EPSZ": down / squared,
    }


def area_keyword(bitmap: Code, *, degrees_per_pixel: float) -> float:
    """AREA_ACR, millionths of a hemisphere: of the strong pixels in the outline, ``bitmap`` 34.

    The pipeline counts them before the projection; its number is 1 % larger for HARPs 115 and 377.

    Args:
      bitmap: codes.
      degrees_per_pixel: of the equal-area projection.

    Example:
      >>> round(area_keyword(np.full((100, 100), 34), degrees_per_pixel=0.03))
      436
    """
    pixel = np.deg2rad(degrees_per_pixel) ** 2 / (2 * np.pi)
    return 1e6 * pixel * int((np.asarray(bitmap) == STRONG_INSIDE).sum())


def los_keywords(b_los: Field, bitmap: Code, *, pixel_m: Scalar) -> dict[str, Number]:
    """CMASKL, USFLUXL (Mx) and MEANGBL (G per pixel): the line-of-sight keywords of new headers.

    Args:
      b_los: gauss; NaN where missing.
      bitmap: pixels of 30 and more count.
      pixel_m: side of a pixel, m.

    Returns:
      From keyword to value.
    """
    field = jnp.asarray(b_los)
    active = (jnp.asarray(bitmap) >= 30) & jnp.isfinite(field)
    return {
        "CMASKL": active.sum().astype(field.dtype),
        "USFLUXL": unsigned_flux(field, active, pixel_m=pixel_m),
        "MEANGBL": _mean(_slope(field), _inner(active)),
    }


def r_value_keyword(b_los: Field, *, pixel_arcsec: float) -> Number:
    """R_VALUE as in the headers: `r_value` of every n-th pixel of B_los, about 2 arcsec apart.

    The pipeline samples the field; it does not average it. (Averaging instead gives 3.41 for HARP
    115, whose header says 3.252; sampling gives 3.253.)

    Args:
      b_los: gauss; NaN counts as 0.
      pixel_arcsec: side of a pixel, from the function of that name.

    Returns:
      R.
    """
    step = max(1, round(2.0 / pixel_arcsec))
    sampled = jnp.nan_to_num(jnp.asarray(b_los)[::step, ::step])
    # Ten sampled pixels are the width of the blur, whatever their size.
    return r_value(sampled, pixel_mm=ARCSEC2_MM)


@jax.jit
def pipeline_potential(
    br: Float[Array, "h w"],
) -> tuple[Float[Array, "h w"], Float[Array, "h w"]]:
    """The horizontal field that TOTPOT, MEANPOT, MEANSHR and SHRGT45 of the headers compare with.

    B_h = −∇φ with φ = Σ B_r d / √(r² + d²) over pixels within 10, depth d = 0.001 pixels. It is
    meant as the Green's function of a potential field, but as d → 0 the sum is B_r itself: the
    "potential field" is −∇B_r in G per pixel. A true potential field (by Fourier transform) gives
    0.71 of TOTPOT, 0.50 of MEANSHR and 0.31 of SHRGT45 for HARP 377.

    Args:
      br: radial field, gauss, without NaN.

    Returns:
      Toward solar west and north; 0 along the edges of the picture.
    """
    offset = jnp.arange(-10.0, 10.0, dtype=br.dtype)
    r2 = offset[:, None] ** 2 + offset**2
    kernel = MONOPOLE_DEPTH_PIXELS / jnp.sqrt(r2 + MONOPOLE_DEPTH_PIXELS**2)
    potential = jax.lax.conv_general_dilated(
        br[None, None], kernel[None, None], (1, 1), [(10, 9), (10, 9)], precision="highest"
    )[0, 0]
    north, west = (jnp.where(_inner(jnp.ones(br.shape, bool)), -d, 0.0) for d in _slopes(potential))
    return west, north


def _inclination_and_gradients(
    x: Float[Array, "h w"], y: Float[Array, "h w"], z: Float[Array, "h w"], active: Mask
) -> dict[str, Number]:
    horizontal = magnitude(x, y)
    inclination = jnp.rad2deg(jnp.arctan2(horizontal, jnp.abs(z)))
    return {
        "MEANGAM": _mean(inclination, active & (horizontal > INCLINED_GAUSS)),
        "MEANGBT": _mean(_slope(magnitude(x, y, z)), _inner(active)),
        "MEANGBZ": _mean(_slope(z), _inner(active)),
        "MEANGBH": _mean(_slope(horizontal), _inner(active)),
    }


def _currents(
    x: Float[Array, "h w"],
    y: Float[Array, "h w"],
    z: Float[Array, "h w"],
    active: Mask,
    pixel_m: Scalar,
    pixel_arcsec: Scalar,
) -> dict[str, Number]:
    curl = (_slopes(y)[1] - _slopes(x)[0]) / pixel_m  # G/m
    current = curl * (TESLA_PER_GAUSS / MU0)  # A/m²
    positive, negative = (abs(_sum(current, active & side)) for side in (z > 0, z <= 0))
    helicity = curl * z
    return {
        "MEANJZD": _mean(current, active) * 1e3,
        "TOTUSJZ": _sum(jnp.abs(current), active) * pixel_m**2,
        "SAVNCPP": (positive + negative) * (pixel_m / pixel_arcsec) ** 2,
        "MEANALP": M_PER_MM * _sum(helicity, active) / _sum(z**2, active),
        "MEANJZH": _mean(helicity, active),
        "TOTUSJH": _sum(jnp.abs(helicity), active),
        "ABSNJZH": jnp.abs(_sum(helicity, active)),
    }


def _against_potential(
    x: Float[Array, "h w"], y: Float[Array, "h w"], z: Float[Array, "h w"]
) -> tuple[Float[Array, "h w"], Float[Array, "h w"]]:
    """Energy density of the non-potential part, and the angle between both fields, degrees."""
    px, py = pipeline_potential(jnp.nan_to_num(z))
    energy = ((x - px) ** 2 + (y - py) ** 2) / (8 * jnp.pi)
    dot = x * px + y * py + z**2
    # |B × B_pot| and not arccos, which loses digits where both nearly agree
    cross = magnitude(y * z - z * py, z * px - x * z, x * py - y * px)
    return energy, jnp.rad2deg(jnp.arctan2(cross, dot))


def _slopes(field: Float[Array, "h w"]) -> tuple[Float[Array, "h w"], Float[Array, "h w"]]:
    """Derivatives along rows (northward) and columns (westward), per pixel."""
    north, west = jnp.gradient(field)
    return north, west


def _slope(field: Float[Array, "h w"]) -> Float[Array, "h w"]:
    return magnitude(*_slopes(field))


def _inner(mask: Mask) -> Bool[Array, "h w"]:
    """All but the edge pixels of the picture."""
    return jnp.asarray(mask).at[jnp.array([0, -1])].set(False).at[:, jnp.array([0, -1])].set(False)


def _sum(values: Float[Array, "h w"], where: Mask) -> Number:
    """NaN is left out."""
    known = where & ~jnp.isnan(values)
    return jnp.where(known, values, 0.0).sum()


def _mean(values: Float[Array, "h w"], where: Mask) -> Number:
    known = where & ~jnp.isnan(values)
    return jnp.where(known, values, 0.0).sum() / known.sum()
