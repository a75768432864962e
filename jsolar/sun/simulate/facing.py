"""Where opposite polarities face each other: inversion lines, and flux that cancels there."""

from functools import partial
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from jsolar.sun import units
from jsolar.sun.simulate.config import SunConfig

_sum = partial(jnp.einsum, precision="highest")  # or GPUs would round to ten bits


class Facing(NamedTuple):
    """What opposite polarities have in common.

    Attributes:
      inversion_mx: Ψ, the strong flux that both share.
      share: for every source, the share of its flux that faces opposite flux, 0–½ as a rule.
    """

    inversion_mx: Float[Array, ""]
    share: Float[Array, "2 s"]


def facing(
    flux_mx: Float[Array, "2 s"],
    place_mm: Float[Array, "2 s xy"],
    width_mm: Float[Array, "2 s"],
    config: SunConfig,
) -> Facing:
    """Blur the flux of either polarity and see where both are: Ψ = ∫ g g/(g + g₀) dA.

    B̃₁, B̃₂ are the unsigned flux densities of the leading and following sources, blurred by
    ``activity_blur_mm`` on a fixed grid; g = √(B̃₁ B̃₂), g₀ = ``strong_gauss``. Everything in it
    is visible in a good magnetogram; akin to the R value of Schrijver (2007, doi:10.1086/511857),
    but smooth. The part of B̃₁ that faces B̃₂ is taken as B̃₁ B̃₂/(B̃₁ + B̃₂), the same for both, so
    that cancellation takes as much of one as of the other.

    Args:
      flux_mx: unsigned flux of each source of either polarity.
      place_mm: its place.
      width_mm: its standard deviation.
      config: the parameters of the Sun.

    Returns:
      `Facing`.

    Example:
      >>> apart = jnp.array([[[30.0, 0.0]], [[-30.0, 0.0]]])
      >>> one = jnp.full((2, 1), 1e21)
      >>> near, far = (facing(one, x, 0 * one, SunConfig()) for x in (apart / 10, apart))
      >>> bool(near.inversion_mx > 10 * far.inversion_mx), bool(near.share[0, 0] > 0.3)
      (True, True)
    """
    n, cell = config.activity_grid, config.activity_cell_mm
    x = (jnp.arange(n) - (n - 1) / 2) * cell
    width = jnp.sqrt(width_mm**2 + config.activity_blur_mm**2)[..., None]
    columns, rows = (
        jnp.exp(-0.5 * ((x - place_mm[..., [i]]) / width) ** 2) / (jnp.sqrt(2 * jnp.pi) * width)
        for i in (0, 1)
    )
    weight = flux_mx / units.CM_PER_MM**2  # so that densities come in gauss
    density = _sum("psh,psw->phw", weight[..., None] * rows, columns)
    g = jnp.sqrt(density[0] * density[1])
    inversion = (g * g / (g + config.strong_gauss)).sum() * (cell * units.CM_PER_MM) ** 2
    other = density[::-1] / jnp.maximum(density.sum(0), 1e-9)
    share = (_sum("phw,psw->psh", other, columns) * rows).sum(-1)
    return Facing(inversion, share * cell**2)
