"""From fragments to pictures: the radial field, and what a magnetograph would see of it."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.sun import units
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.region import RegionState, fragment_flux_mx


def radial_field(
    state: RegionState, *, size: int, cell_mm: float, config: SunConfig
) -> Float[Array, "h w"]:
    """Noise-free radial field B_r, gauss; rows from south to north, columns from east to west.

    A sum of Gaussian fragments averaged over each cell, which is one matrix product because a
    Gaussian separates: B = Σ_f Φ_f/A · Y_f ⊗ X_f, then B ← s tanh(B/s) for umbral saturation.

    Args:
      state: the region.
      size: cells on a side.
      cell_mm: side of a cell.
      config: the parameters of the Sun.

    Returns:
      ``[size, size]``, centred on the region.

    Example:
      >>> from jsolar.sun.simulate import region
      >>> config = SunConfig()
      >>> state = region.emerge(jax.random.key(0), config)._replace(hours=jnp.float32(72.0))
      >>> radial_field(state, size=32, cell_mm=4.0, config=config).shape
      (32, 32)
    """
    flux = fragment_flux_mx(state, config).reshape(-1)
    position = state.fragment_mm.reshape(-1, 2)
    width = jnp.sqrt(_area_mm2(jnp.abs(flux), config) + config.psf_mm**2)
    columns = _cell_weights(position[:, 0], width, size, cell_mm)
    rows = _cell_weights(position[:, 1], width, size, cell_mm)
    gauss_per_mx = 1.0 / (cell_mm * units.CM_PER_MM) ** 2
    field = jnp.einsum("fh,fw->hw", rows * (flux * gauss_per_mx)[:, None], columns)
    return config.saturation_gauss * jnp.tanh(field / config.saturation_gauss)


def observe(
    key: Key[Array, ""],
    field: Float[Array, "h w"],
    cos_angle: float | Float[Array, ""],
    *,
    cell_mm: float,
    config: SunConfig,
) -> Float[Array, "h w"]:
    """The line-of-sight field that a magnetograph measures: B_los = μ (B_r + network) + noise.

    The field is taken as radial, hence μ, the cosine of the heliocentric angle. The network
    renews itself within hours on the Sun, so every picture gets its own.

    Args:
      key: random key of this picture.
      field: B_r, gauss.
      cos_angle: μ.
      cell_mm: side of a pixel.
      config: the parameters of the Sun.

    Returns:
      B_los, gauss.

    Example:
      >>> blank = jnp.zeros((64, 64))
      >>> seen = observe(jax.random.key(0), blank, 1.0, cell_mm=3.0, config=SunConfig())
      >>> bool(5 < seen.std() < 30)
      True
    """
    network_key, noise_key = jax.random.split(key)
    network = _network(network_key, field.shape, cell_mm, config)
    noise = config.noise_gauss * jax.random.normal(noise_key, field.shape)
    return cos_angle * (field + network) + noise


def cos_heliocentric(
    latitude_deg: Float[Array, "..."], longitude_deg: Float[Array, "..."]
) -> Float[Array, "..."]:
    """μ of a place on the Sun for an observer above latitude 0: cos(latitude) cos(longitude)."""
    return jnp.cos(jnp.deg2rad(latitude_deg)) * jnp.cos(jnp.deg2rad(longitude_deg))


def _area_mm2(flux_mx: Float[Array, "f"], config: SunConfig) -> Float[Array, "f"]:
    """Variance of a fragment's profile: little flux makes plage, much makes a spot."""
    spot = config.spot_gauss * flux_mx / (flux_mx + config.spot_flux_mx)
    return flux_mx / (2 * jnp.pi * (config.plage_gauss + spot)) / units.CM_PER_MM**2


def _cell_weights(
    centre: Float[Array, "f"], width: Float[Array, "f"], size: int, cell_mm: float
) -> Float[Array, "f size"]:
    """Share of a Gaussian that falls into each cell of a line."""
    edges = (jnp.arange(size + 1) - size / 2) * cell_mm
    scaled = (edges[None] - centre[:, None]) / (jnp.sqrt(2.0) * width[:, None])
    return 0.5 * jnp.diff(jax.lax.erf(scaled), axis=-1)


def _network(
    key: Key[Array, ""], shape: tuple[int, ...], cell_mm: float, config: SunConfig
) -> Float[Array, "h w"]:
    """Mixed-polarity grains: smoothed noise, sharpened so that strong grains are rare."""
    rough = jax.random.normal(key, shape)
    for axis, n in enumerate(shape):
        distance = (jnp.arange(n)[:, None] - jnp.arange(n)[None]) * cell_mm
        kernel = jnp.exp(-0.5 * (distance / config.network_scale_mm) ** 2)
        kernel /= jnp.sqrt((kernel**2).sum(-1, keepdims=True))
        rough = jnp.moveaxis(jnp.tensordot(kernel, rough, (1, axis)), 0, axis)
    return config.network_gauss * rough * jnp.abs(rough) / jnp.sqrt(3.0)  # E[x⁴] = 3
