"""SHARP keywords from the pixels of a SHARP, as its pipeline computes them.

On full-resolution CEA segments, over the pixels with high confidence in the disambiguation
(``conf_disambig ≥ 70``) inside the active region (``bitmap ≥ 30``), in NumPy and double precision.
Checked against the header of HARP 377, 2011-02-15 02:00 TAI (to all its digits), and, for
R_VALUE, of HARP 115. Keywords that need an extrapolated field (MEANPOT, TOTPOT, MEANSHR,
SHRGT45) are left to the headers.

Definitions: Bobra et al. (2014), doi:10.1007/s11207-014-0529-3, Table 3.
"""

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from jsolar.sun.keywords import R_PIXEL_MM, r_value
from jsolar.sun.units import CM_PER_MM

MU0 = 4e-7 * np.pi
"""Vacuum permeability, T m A⁻¹ (the value with which the pipeline works)."""

TESLA_PER_GAUSS = 1e-4

Field = Float[np.ndarray, "h w"]


def arcsec_per_pixel(header: Mapping[str, float]) -> float:
    """Angle under which a pixel at disk centre is seen: atan(R ΔΦ / D), arcsec."""
    length = header["RSUN_REF"] * np.deg2rad(header["CDELT1"])
    return float(np.rad2deg(np.arctan(length / header["DSUN_OBS"])) * 3600)


def pixel_m(header: Mapping[str, float]) -> float:
    """Side of a pixel on the Sun, metres, as the pipeline takes it.

    Args:
      header: the numbers ``RSUN_REF`` (m), ``RSUN_OBS`` (arcsec), ``CDELT1`` (degrees) and
        ``DSUN_OBS`` (m).

    Returns:
      About 364 km.

    Example:
      >>> header = {"RSUN_REF": 6.96e8, "RSUN_OBS": 971.67, "CDELT1": 0.03, "DSUN_OBS": 1.4775e11}
      >>> round(pixel_m(header) / 1e3)
      364
    """
    return arcsec_per_pixel(header) * header["RSUN_REF"] / header["RSUN_OBS"]


def active_pixels(
    conf_disambig: Int[np.ndarray, "h w"], bitmap: Int[np.ndarray, "h w"]
) -> Bool[np.ndarray, "h w"]:
    """The pixels that keywords are made from; their number is ``CMASK``."""
    return (conf_disambig >= 70) & (bitmap >= 30)


def vector_keywords(
    br: Field, bp: Field, bt: Field, active: Bool[np.ndarray, "h w"], *, pixel_m: float
) -> dict[str, float]:
    """Keywords of the vector field.

    With B_x = B_φ, B_y = −B_θ, B_z = B_r, central differences, and J_z = (∇ × B)_z / μ₀:
    USFLUX Σ|B_z| dA (Mx); MEANGAM mean inclination to the vertical where B_h > 100 G (degrees);
    MEANGBT, MEANGBZ, MEANGBH mean gradients of B, B_z, B_h (G per *pixel*: divide by the pixel in
    Mm for G Mm⁻¹); MEANJZD mean J_z (mA m⁻²); TOTUSJZ Σ|J_z| dA (A); MEANALP Σ J_z B_z / Σ B_z²
    (Mm⁻¹); MEANJZH, TOTUSJH, ABSNJZH mean, Σ|·| and |Σ| of B_z (∇ × B)_z (G² m⁻¹).

    Args:
      br: radial, gauss; ``bp`` toward solar west; ``bt`` toward solar south.
      bp: see there.
      bt: see there.
      active: from `active_pixels`.
      pixel_m: side of a pixel, m.

    Returns:
      From keyword to value, and CMASK.
    """
    x, y, z = (field.astype(np.float64) for field in (bp, -bt, br))
    horizontal, total = np.hypot(x, y), np.sqrt(x**2 + y**2 + z**2)
    curl = (np.gradient(y)[1] - np.gradient(x)[0]) / pixel_m  # G/m
    current = curl * TESLA_PER_GAUSS / MU0  # A/m²
    inner = active.copy()
    inner[[0, -1]] = inner[:, [0, -1]] = False
    steep = active & (horizontal > 100)
    helicity = (curl * z)[active]
    return {
        "CMASK": float(active.sum()),
        "USFLUX": unsigned_flux(br, active, pixel_m=pixel_m),
        "MEANGAM": float(np.rad2deg(np.arctan2(horizontal, np.abs(z)))[steep].mean()),
        "MEANGBT": _mean_gradient(total, inner),
        "MEANGBZ": _mean_gradient(z, inner),
        "MEANGBH": _mean_gradient(horizontal, inner),
        "MEANJZD": float(current[active].mean() * 1e3),
        "TOTUSJZ": float(np.abs(current[active]).sum() * pixel_m**2),
        "MEANALP": float(1e6 * helicity.sum() / (z[active] ** 2).sum()),
        "MEANJZH": float(helicity.mean()),
        "TOTUSJH": float(np.abs(helicity).sum()),
        "ABSNJZH": float(abs(helicity.sum())),
    }


def net_current_per_polarity(
    br: Field, bp: Field, bt: Field, active: Bool[np.ndarray, "h w"], *, pixel_m: float
) -> float:
    """|Σ J_z dA| over positive plus that over negative polarity, amperes.

    The header's SAVNCPP is this divided by the square of the pixel in arcsec (its unit is not
    the ampere that its documentation names): SAVNCPP = net / arcsec_per_pixel².
    """
    x, y = bp.astype(np.float64), -bt.astype(np.float64)
    curl = (np.gradient(y)[1] - np.gradient(x)[0]) / pixel_m
    amperes = curl * TESLA_PER_GAUSS / MU0 * pixel_m**2
    return float(sum(abs(amperes[active & side].sum()) for side in (br > 0, br <= 0)))


def unsigned_flux(field: Field, active: Bool[np.ndarray, "h w"], *, pixel_m: float) -> float:
    """Σ|B| dA, Mx: USFLUX of B_r over `active_pixels`; USFLUXL of B_los where ``bitmap ≥ 30``.

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
    area_cm2 = (pixel_m / 1e6 * CM_PER_MM) ** 2
    return float(np.nansum(np.abs(field[active].astype(np.float64))) * area_cm2)


def r_value_keyword(magnetogram: Field, header: Mapping[str, float]) -> float:
    """R_VALUE as in the headers: `r_value` of every n-th pixel of B_los, about 2 arcsec apart.

    The pipeline samples the field; it does not average it. (Averaging instead gives 3.41 for HARP
    115, whose header says 3.252; sampling gives that.)

    Args:
      magnetogram: B_los, gauss; NaN counts as 0.
      header: as for `pixel_m`.

    Returns:
      R.
    """
    step = round(2.0 / arcsec_per_pixel(header))
    sampled = jnp.asarray(np.nan_to_num(magnetogram)[::step, ::step])
    # Ten sampled pixels are the width of the blur, whatever their size.
    return float(r_value(sampled, pixel_mm=R_PIXEL_MM))


def _mean_gradient(field: Field, where: Bool[np.ndarray, "h w"]) -> float:
    rows, columns = np.gradient(field)
    return float(np.hypot(rows, columns)[where].mean())
