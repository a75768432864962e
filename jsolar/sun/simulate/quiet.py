"""The Sun between active regions: mixed network everywhere, old flux of one sign in the belts.

The scales and strengths were set beside one magnetogram of HMI (17 December 2011, averaged to
512² pixels): there half of the pixels outside active regions exceed 2.7 G at the equator, one in
ten 11 G and one in two hundred 83 G; in the belts 3.4, 18 and 140 G.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax.scipy.ndimage import map_coordinates
from jaxtyping import Array, Float, Key

from jsolar.sun import units
from jsolar.sun.simulate import cycle
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.field import network
from jsolar.sun.simulate.texture import grains, lanes, random_field, resolved_variance, waves
from jsolar.sun.sphere import Sphere

CELL_MM = 3.0
"""Cells of the plane on which the quiet Sun is drawn."""

FAINT_GAUSS, CLUMPS_GAUSS = 4.0, 5.0
"""rms of the field within cells, and of that of mixed sign in the lanes between them."""

REMNANTS_GAUSS, EVERYWHERE_GAUSS = 8.0, 1.0
"""rms of the mean field of old regions, in the belts at cycle maximum and elsewhere."""

REMNANTS_MM, CLUMPS_MM, GRAINS_MM = 350.0, 20.0, 12.0
"""Median wavelengths of the sign of old flux, of that of clumps, and of the grains in lanes."""

BELT_WIDTH_DEG = 11.0
"""Standard deviation of the latitudes at which old flux lies."""

LANE_WIDTH, CONTRAST = 0.3, 1.5
"""Of the lanes, see `texture.lanes`, and of the grains, see `texture.grains`."""


def quiet_sun(
    key: Key[Array, ""],
    seen: Sphere,
    *,
    phase: float | Float[Array, ""] = 0.4,
    sun: SunConfig,
) -> Float[Array, "h w"]:
    """B_r of the Sun between active regions, gauss.

    It is drawn on a plane of equal areas, x along the equator and y along the axis, so that cells
    shrink toward the limb as they do on the Sun.

    Args:
      key: of this picture.
      seen: what lies behind each pixel.
      phase: of the solar cycle, see `cycle.Phase`.
      sun: its parameters.

    Returns:
      A field for each pixel, 0 beside the disk.
    """
    field = _on_plane(key, phase, sun)
    x = units.SOLAR_RADIUS_MM * jnp.deg2rad(seen.longitude_deg)
    y = units.SOLAR_RADIUS_MM * jnp.sin(jnp.deg2rad(seen.latitude_deg))
    at = [jnp.nan_to_num(place / CELL_MM) + 0.5 * (len(field) - 1) for place in (y, x)]
    found = map_coordinates(field, at, order=1, mode="nearest")
    return jnp.where(jnp.isfinite(seen.mu), found, 0.0)


def _on_plane(
    key: Key[Array, ""], phase: float | Float[Array, ""], sun: SunConfig
) -> Float[Array, "n n"]:
    size = int(jnp.pi * units.SOLAR_RADIUS_MM / CELL_MM) + 2
    keys = jax.random.split(key, 5)
    draw = partial(random_field, size=size, cell_mm=CELL_MM)
    cells = draw(waves(keys[0], 192, 2 * sun.cell_mm, sun.cell_spread))
    ripples = waves(keys[1], 384, GRAINS_MM, sun.grain_spread)
    rough = draw(ripples)
    texture = lanes(cells, rough, LANE_WIDTH)
    texture *= grains(rough, CONTRAST, resolved_variance(ripples, CELL_MM))
    old = draw(waves(keys[2], 24, REMNANTS_MM, 0.3))
    mixed = draw(waves(keys[3], 384, CLUMPS_MM, 0.4))
    clumps = CLUMPS_GAUSS * mixed * jnp.abs(mixed) / jnp.sqrt(3.0)  # E[x⁴] = 3
    remnants = _remnants_gauss(size, phase)[:, None] * old
    faint = FAINT_GAUSS / sun.network_gauss * network(keys[4], size, CELL_MM, sun)
    return texture * (clumps + remnants) + faint


def _remnants_gauss(size: int, phase: float | Float[Array, ""]) -> Float[Array, "n"]:
    """By row of the plane."""
    y = (jnp.arange(size) - 0.5 * (size - 1)) * CELL_MM / units.SOLAR_RADIUS_MM
    latitude = jnp.rad2deg(jnp.arcsin(jnp.clip(y, -1, 1)))
    away = (jnp.abs(latitude) - cycle.belt_deg(phase)) / BELT_WIDTH_DEG
    active = jnp.asarray(cycle.activity(phase))
    return EVERYWHERE_GAUSS + REMNANTS_GAUSS * active * jnp.exp(-0.5 * away**2)
