"""Power by scale: is a picture blurred, or is its detail invented?"""

import itertools
import math

import jax.numpy as jnp
from jaxtyping import Array, Float

BANDS_MM = (math.inf, 48.0, 24.0, 12.0, 0.0)
"""Wavelengths that bound the bands, Mm: a region, supergranules, spots, and what is finer."""


def band_power(
    picture: Float[Array, "h w"], *, pixel_mm: float, bands_mm: tuple[float, ...] = BANDS_MM
) -> Float[Array, "m"]:
    """Power of a field in bands of wavelength, G².

    The sum of |F|²/(h w)² over the band's wave vectors, of the field times a Hann window (whose
    mean square, 9/64, is divided out), so that edges make no power: a plane wave of amplitude a
    has a²/2 in its band, noise of variance σ² has the band's share of σ².

    Args:
      picture: gauss.
      pixel_mm: side of a pixel.
      bands_mm: falling wavelengths that bound m bands.

    Returns:
      One number a band; the mean of the picture is in none.

    Example:
      >>> x = jnp.arange(64) * 2.0
      >>> wave = 100 * jnp.cos(2 * jnp.pi * x / 16) * jnp.ones((64, 1))
      >>> band_power(wave, pixel_mm=2.0).round(-1).tolist()
      [0.0, 0.0, 5000.0, 0.0]
    """
    h, w = picture.shape
    rows, columns = (jnp.sin(jnp.pi * (jnp.arange(n) + 0.5) / n) ** 2 for n in (h, w))
    power = jnp.abs(jnp.fft.fft2(picture * rows[:, None] * columns) / (h * w)) ** 2 * 64 / 9
    number = jnp.hypot(jnp.fft.fftfreq(h, pixel_mm)[:, None], jnp.fft.fftfreq(w, pixel_mm))
    edges = [0.0 if math.isinf(b) else math.inf if b == 0 else 1 / b for b in bands_mm]
    inside = [(number > low) & (number <= high) for low, high in itertools.pairwise(edges)]
    return jnp.stack([jnp.where(band, power, 0.0).sum() for band in inside])
