"""How a region begins: where, how large, how inclined, and in how many pieces."""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.sun import units
from jsolar.sun.conventions import FORECAST_LONGITUDE_DEG
from jsolar.sun.simulate import cycle
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.region import RegionState, patch_radius_mm, separation_mm
from jsolar.sun.simulate.texture import waves


@partial(jax.jit, static_argnames="config")
def emerge(
    key: Key[Array, ""], config: SunConfig, phase: float | Float[Array, ""] = 0.4
) -> RegionState:
    """A new region at the moment when its first bipole begins to emerge.

    The place is drawn so that the region crosses the visible disk some time within the
    simulated weeks: it may emerge on the far side, or before our eyes.

    Args:
      key: random key.
      config: the parameters of the Sun.
      phase: of the solar cycle, see `cycle.Phase`; 0.4 is its maximum.

    Returns:
      The state at ``hours = 0``.

    Example:
      >>> state = emerge(jax.random.key(0), SunConfig())
      >>> state.fragment_mm.shape  # bipoles, polarities, fragments, (x, y)
      (4, 2, 24, 2)
    """
    keys = iter(jax.random.split(key, 15))
    k, first = config.bipoles, jnp.arange(config.bipoles) == 0
    hemisphere = jnp.where(jax.random.bernoulli(next(keys)), 1.0, -1.0)
    belt = cycle.belt_deg(phase) + config.latitude_spread_deg * jax.random.normal(next(keys))
    latitude = hemisphere * jnp.minimum(jnp.abs(belt), 45.0)
    flux = _fluxes(next(keys), config)
    loose = jnp.exp(config.separation_spread * jax.random.normal(next(keys), (k,)))
    apart = separation_mm(flux, config) * loose
    wide = jnp.exp(config.patch_spread * jax.random.normal(next(keys), (k,)))
    patch = patch_radius_mm(flux, config) * wide
    share, anchor = _clusters(next(keys), flux, patch, config)
    reach = config.complex_size * apart[0]
    offset = reach * jax.random.normal(next(keys), (k, 2))
    centre = jnp.where(first[:, None], 0.0, offset)
    shear = jnp.deg2rad(config.shear_deg) * jax.random.normal(next(keys), (k,))
    return RegionState(
        hours=jnp.zeros(()),
        latitude_deg=latitude,
        longitude_deg=_longitude(next(keys), config),
        leading_sign=cycle.leading_sign(phase, hemisphere),
        emergence_per_hour=_nest(next(keys), config, phase),
        hidden_dex=config.hidden_dex * jax.random.normal(next(keys)),
        birth_hours=jnp.where(first, 0.0, jnp.inf),
        flux_mx=flux,
        centre_mm=centre,
        axis_rad=_axes(next(keys), latitude, config),
        shear_rad=shear,
        apart_mm=apart,
        patch_mm=patch,
        share=share,
        anchor_mm=anchor,
        fragment_mm=centre[:, None, None] + anchor,
        fragment_mx=jnp.zeros_like(share),
        plage_mx=jnp.zeros((k, 2)),
        inversion_mx=jnp.zeros(()),
        cells=waves(next(keys), config.cell_waves, 2 * config.cell_mm, config.cell_spread),
        grains=waves(next(keys), config.grain_waves, config.grain_mm, config.grain_spread),
    )


def _longitude(key: Key[Array, ""], config: SunConfig) -> Float[Array, ""]:
    """Anywhere from which the region still comes, or stays, within 70° while we simulate."""
    days = config.steps * config.step_hours / units.HOURS_PER_DAY
    earliest = jnp.minimum(90.0 - units.SYNODIC_DEGREES_PER_DAY * days, 0.0)
    return jax.random.uniform(key, minval=earliest, maxval=FORECAST_LONGITUDE_DEG)


def _nest(
    key: Key[Array, ""], config: SunConfig, phase: float | Float[Array, ""]
) -> Float[Array, ""]:
    """Rate of further bipoles; nests of activity are the rule at maximum, not at minimum."""
    activity = jnp.asarray(cycle.activity(phase))
    median = config.emergence_per_day * activity**config.emergence_cycle_power
    scatter = jnp.exp(config.emergence_spread * jax.random.normal(key))
    return median * scatter / units.HOURS_PER_DAY


def _fluxes(key: Key[Array, ""], config: SunConfig) -> Float[Array, "k"]:
    normal = jax.random.normal(key, (config.bipoles,))
    first = 10 ** (config.flux_log10_mx + config.flux_spread_dex * normal[0])
    further = first * config.emergence_flux_share * 10 ** (0.3 * normal[1:])
    return jnp.clip(jnp.concatenate([first[None], further]), 1e20, 1e23)


def _axes(key: Key[Array, ""], latitude: Float[Array, ""], config: SunConfig) -> Float[Array, "k"]:
    """Leading polarity to the west and, by Joy's law, nearer to the equator."""
    tilt_key, reverse_key = jax.random.split(key)
    first = jnp.arange(config.bipoles) == 0
    scatter = jnp.where(first, config.tilt_scatter_deg, config.complex_tilt_scatter_deg)
    joy = config.joy_deg * jnp.sin(jnp.deg2rad(latitude))
    tilt = jnp.deg2rad(-joy + scatter * jax.random.normal(tilt_key, (config.bipoles,)))
    reversed_ = jax.random.bernoulli(reverse_key, config.anti_hale_share, tilt.shape)
    return tilt + jnp.where(reversed_, jnp.pi, 0.0)


def _clusters(
    key: Key[Array, ""], flux_mx: Float[Array, "k"], patch_mm: Float[Array, "k"], config: SunConfig
) -> tuple[Float[Array, "k 2 f"], Float[Array, "k 2 f xy"]]:
    """Shares and places of fragments, which gather in clusters: large ones are spots.

    Leading polarities have few large clusters, following ones many small ones.
    """
    c, each = config.clusters, config.fragments // config.clusters
    keys = jax.random.split(key, 4)
    shape = (config.bipoles, 2, c)
    spread = jnp.array([config.leading_contrast, config.following_contrast])[None, :, None]
    raw = jnp.exp(spread * jax.random.normal(keys[0], shape))
    cluster = raw / raw.sum(-1, keepdims=True)
    patch = patch_mm[:, None, None, None]
    core = jnp.where(cluster > 0.2, 0.4, config.outer_spread)[..., None]  # spots stand inside
    middle = patch * core * jax.random.normal(keys[1], (*shape, 2))
    area_cm2 = 0.5 * cluster * flux_mx[:, None, None] / config.spot_gauss
    radius = jnp.sqrt(area_cm2 / jnp.pi) / units.CM_PER_MM
    share = cluster[..., None] * jnp.exp(0.8 * jax.random.normal(keys[2], (*shape, each)))
    near = config.spot_spread * radius[..., None, None]
    near *= jax.random.normal(keys[3], (*shape, each, 2))
    place = middle[..., None, :] + near
    share = share / share.sum((-1, -2), keepdims=True)
    return share.reshape(*shape[:2], -1), place.reshape(*shape[:2], -1, 2)
