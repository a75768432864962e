"""What is physical in a picture of a region: its flux by polarity, and whether it grows."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jsolar.sun.units import CM_PER_MM

FLUX_GAUSS = 100.0
"""Fields below this are not counted as flux: noise would add up (HMI's SHARPs do likewise)."""

EMERGENCE_SHARE, EMERGENCE_MX = 0.2, 2e20
"""Flux has emerged if it grew by this share of itself, and by at least so much."""


class Flux(NamedTuple):
    """Flux of a picture, Mx, both at least 0."""

    positive: Float[Array, "..."]
    negative: Float[Array, "..."]

    @property
    def unsigned(self) -> Float[Array, "..."]:
        """Σ |B| A."""
        return self.positive + self.negative

    @property
    def net(self) -> Float[Array, "..."]:
        """Σ B A."""
        return self.positive - self.negative


def flux(picture: Float[Array, "h w"], *, pixel_mm: float) -> Flux:
    """The flux of pixels of at least `FLUX_GAUSS`.

    Args:
      picture: radial field, gauss.
      pixel_mm: side of a pixel.

    Returns:
      By polarity, Mx.

    Example:
      >>> found = flux(jnp.array([[200.0, -300.0, 50.0]]), pixel_mm=1.0)
      >>> f"{found.positive:.1e} {found.net:.1e}"  # 1 Mm² is 1e16 cm²
      '2.0e+18 -1.0e+18'
    """
    area = (pixel_mm * CM_PER_MM) ** 2
    strong = jnp.where(jnp.abs(picture) >= FLUX_GAUSS, picture, 0.0)
    return Flux(area * jnp.maximum(strong, 0).sum(), area * jnp.maximum(-strong, 0).sum())


def emerged(before_mx: Float[Array, "..."], after_mx: Float[Array, "..."]) -> Bool[Array, "..."]:
    """Whether unsigned flux has grown by `EMERGENCE_SHARE`, and by at least `EMERGENCE_MX`.

    Example:
      >>> emerged(jnp.array([1e21, 1e21, 1e20]), jnp.array([1.1e21, 1.3e21, 2e20])).tolist()
      [False, True, False]
    """
    grown = after_mx - before_mx
    return (grown >= EMERGENCE_SHARE * before_mx) & (grown >= EMERGENCE_MX)
