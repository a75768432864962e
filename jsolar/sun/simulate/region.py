"""An active region that emerges, spreads and decays: its state and one step of its evolution.

The state is Markov: with a key it holds all that the future depends on, so that many futures of
the same present can be simulated. It is compact, fragments of flux instead of pictures.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.sun import units
from jsolar.sun.simulate.config import SunConfig


class RegionState(NamedTuple):
    """One region at one time. Positions are Mm east–west and south–north of its centre.

    Letters: ``k`` bipoles, ``2`` polarities (leading, following), ``f`` fragments, ``xy``.

    Attributes:
      hours: time since the region emerged.
      latitude_deg: heliographic latitude, fixed.
      longitude_deg: Stonyhurst longitude (west positive), grows with rotation.
      leading_sign: polarity of leading spots in this hemisphere and cycle (Hale's law), ±1.
      emergence_per_hour: this region's rate of further bipoles.
      hidden_dex: the part of the flare rate that no magnetogram shows, log10.
      birth_hours: when each bipole emerges; infinite for a place still free.
      flux_mx: total unsigned flux of each bipole at its maximum.
      centre_mm: where each bipole emerges.
      axis_rad: direction from a bipole's following to its leading polarity.
      share: share of a polarity's flux in each fragment.
      fragment_mm: where the fragments are.
    """

    hours: Float[Array, ""]
    latitude_deg: Float[Array, ""]
    longitude_deg: Float[Array, ""]
    leading_sign: Float[Array, ""]
    emergence_per_hour: Float[Array, ""]
    hidden_dex: Float[Array, ""]
    birth_hours: Float[Array, "k"]
    flux_mx: Float[Array, "k"]
    centre_mm: Float[Array, "k xy"]
    axis_rad: Float[Array, "k"]
    share: Float[Array, "k 2 f"]
    fragment_mm: Float[Array, "k 2 f xy"]


def emerge(key: Key[Array, ""], config: SunConfig) -> RegionState:
    """A new region at the moment when its first bipole begins to emerge.

    The place is drawn so that the region crosses the visible disk some time within the
    simulated weeks: it may emerge on the far side, or before our eyes.

    Args:
      key: random key.
      config: the parameters of the Sun.

    Returns:
      The state at ``hours = 0``.

    Example:
      >>> state = emerge(jax.random.key(0), SunConfig())
      >>> state.fragment_mm.shape  # bipoles, polarities, fragments, (x, y)
      (4, 2, 24, 2)
    """
    keys = iter(jax.random.split(key, 10))
    k, f = config.bipoles, config.fragments
    hemisphere = jnp.where(jax.random.bernoulli(next(keys)), 1.0, -1.0)
    belt = config.latitude_deg + config.latitude_spread_deg * jax.random.normal(next(keys))
    latitude = hemisphere * jnp.clip(belt, 2.0, 45.0)
    days = config.steps * config.step_hours / units.HOURS_PER_DAY
    earliest = 90.0 - units.SYNODIC_DEGREES_PER_DAY * days
    longitude = jax.random.uniform(next(keys), minval=earliest, maxval=70.0)
    flux = _further_fluxes(next(keys), config)
    nest = jnp.exp(config.emergence_spread * jax.random.normal(next(keys)))
    axis = _axes(next(keys), latitude, config)
    reach = 0.35 * separation_mm(flux[0], config)
    offset = reach * jax.random.normal(next(keys), (k, 2))
    centre = offset * jnp.where(jnp.arange(k) == 0, 0.0, 1.0)[:, None]
    share = _shares(next(keys), config)
    spread = patch_radius_mm(flux, config)[:, None, None, None]
    fragment = centre[:, None, None] + 0.5 * spread * jax.random.normal(next(keys), (k, 2, f, 2))
    return RegionState(
        hours=jnp.zeros(()),
        latitude_deg=latitude,
        longitude_deg=longitude,
        leading_sign=-hemisphere,  # as in cycle 24: negative leads in the north
        emergence_per_hour=config.emergence_per_day * nest / units.HOURS_PER_DAY,
        hidden_dex=config.hidden_dex * jax.random.normal(next(keys)),
        birth_hours=jnp.where(jnp.arange(k) == 0, 0.0, jnp.inf),
        flux_mx=flux,
        centre_mm=centre,
        axis_rad=axis,
        share=share,
        fragment_mm=fragment,
    )


def advance(key: Key[Array, ""], state: RegionState, config: SunConfig) -> RegionState:
    """One step of ``config.step_hours``: rotation, emergence, drift, diffusion, memory.

    A fragment follows its polarity's centre c(t), is held near it while the polarity is coherent,
    and walks: dx = dc − (x − c) dt/τ + √(2 D dt) ξ with τ = (patch radius)²/D.

    Args:
      key: random key of this step.
      state: the present.
      config: the parameters of the Sun.

    Returns:
      The state a step later.

    Example:
      >>> config = SunConfig()
      >>> state = emerge(jax.random.key(0), config)
      >>> float(advance(jax.random.key(1), state, config).hours)
      3.0
    """
    walk_key, birth_key, hidden_key = jax.random.split(key, 3)
    dt = config.step_hours
    later = state._replace(hours=state.hours + dt)
    before, after = polarity_centres_mm(state, config), polarity_centres_mm(later, config)
    hold_hours = patch_radius_mm(state.flux_mx, config) ** 2 / config.diffusion_mm2_per_hour
    pull = (state.fragment_mm - before[:, :, None]) * (dt / hold_hours)[:, None, None, None]
    walk = jnp.sqrt(2 * config.diffusion_mm2_per_hour * dt) * jax.random.normal(
        walk_key, state.fragment_mm.shape
    )
    born = (state.birth_hours <= state.hours)[:, None, None, None]
    moved = state.fragment_mm + (after - before)[:, :, None] - pull + walk
    forget = jnp.exp(-dt / config.hidden_hours)
    surprise = config.hidden_dex * jnp.sqrt(1 - forget**2) * jax.random.normal(hidden_key)
    return later._replace(
        longitude_deg=state.longitude_deg
        + units.SYNODIC_DEGREES_PER_DAY * dt / units.HOURS_PER_DAY,
        hidden_dex=forget * state.hidden_dex + surprise,
        birth_hours=_maybe_emerge(birth_key, later, dt),
        fragment_mm=jnp.where(born, moved, state.fragment_mm),
    )


def fragment_flux_mx(state: RegionState, config: SunConfig) -> Float[Array, "k 2 f"]:
    """Signed flux of every fragment now, Mx.

    Each polarity holds half of φ(t) = Φ (1 − e^−(a/rise)²) e^−a/decay at age a.

    Example:
      >>> state = emerge(jax.random.key(0), SunConfig())._replace(hours=jnp.float32(48.0))
      >>> flux = fragment_flux_mx(state, SunConfig())
      >>> bool(abs(flux.sum()) < 1e-5 * abs(flux).sum())  # what leads balances what follows
      True
    """
    age = jnp.maximum(state.hours - state.birth_hours, 0.0)
    rise, decay = _lifetimes_hours(state.flux_mx, config)
    now = state.flux_mx * -jnp.expm1(-((age / rise) ** 2)) * jnp.exp(-age / decay)
    sign = state.leading_sign * jnp.array([1.0, -1.0])
    return 0.5 * now[:, None, None] * sign[None, :, None] * state.share


def polarity_centres_mm(state: RegionState, config: SunConfig) -> Float[Array, "k 2 xy"]:
    """Centres of the leading and following polarity of each bipole, which move apart, Mm."""
    age = jnp.maximum(state.hours - state.birth_hours, 0.0)
    rise, _ = _lifetimes_hours(state.flux_mx, config)
    apart = separation_mm(state.flux_mx, config) * -jnp.expm1(-age / rise)
    axis = jnp.stack([jnp.cos(state.axis_rad), jnp.sin(state.axis_rad)], -1)
    half = 0.5 * apart[:, None] * axis
    return state.centre_mm[:, None] + jnp.stack([half, -half], 1)


def separation_mm(flux_mx: Float[Array, "..."], config: SunConfig) -> Float[Array, "..."]:
    """Final distance of the polarities of a bipole of this total flux, Mm."""
    return config.separation_mm * (flux_mx / 1e22) ** config.separation_power


def patch_radius_mm(flux_mx: Float[Array, "..."], config: SunConfig) -> Float[Array, "..."]:
    """Standard deviation of a polarity's fragments about its centre, Mm."""
    area_cm2 = 0.5 * flux_mx / config.patch_field_gauss
    return jnp.sqrt(area_cm2 / (2 * jnp.pi)) / units.CM_PER_MM


def _lifetimes_hours(
    flux_mx: Float[Array, "k"], config: SunConfig
) -> tuple[Float[Array, "k"], Float[Array, "k"]]:
    relative = flux_mx / 1e22
    rise = config.rise_days * relative**config.rise_power
    decay = config.decay_days * relative**config.decay_power
    return units.HOURS_PER_DAY * rise, units.HOURS_PER_DAY * decay


def _further_fluxes(key: Key[Array, ""], config: SunConfig) -> Float[Array, "k"]:
    normal = jax.random.normal(key, (config.bipoles,))
    first = 10 ** (config.flux_log10_mx + config.flux_spread_dex * normal[0])
    further = first * config.emergence_flux_share * 10 ** (0.3 * normal[1:])
    return jnp.clip(jnp.concatenate([first[None], further]), 1e20, 1e23)


def _axes(key: Key[Array, ""], latitude: Float[Array, ""], config: SunConfig) -> Float[Array, "k"]:
    """Leading polarity to the west and, by Joy's law, nearer to the equator."""
    first = jnp.arange(config.bipoles) == 0
    scatter = jnp.where(first, config.tilt_scatter_deg, config.complex_tilt_scatter_deg)
    joy = config.joy_deg * jnp.sin(jnp.deg2rad(latitude))
    return jnp.deg2rad(-joy + scatter * jax.random.normal(key, (config.bipoles,)))


def _shares(key: Key[Array, ""], config: SunConfig) -> Float[Array, "k 2 f"]:
    """Leading polarities gather in few large fragments, following ones in many small ones."""
    spread = jnp.array([2.0, 1.2])[None, :, None]
    raw = jnp.exp(spread * jax.random.normal(key, (config.bipoles, 2, config.fragments)))
    return raw / raw.sum(-1, keepdims=True)


def _maybe_emerge(key: Key[Array, ""], state: RegionState, dt: float) -> Float[Array, "k"]:
    """The next free place is taken with probability 1 − exp(−rate dt)."""
    free = jnp.isinf(state.birth_hours)
    candidate = free & (jnp.cumsum(free) == 1)
    happens = jax.random.bernoulli(key, -jnp.expm1(-state.emergence_per_hour * dt))
    return jnp.where(candidate & happens, state.hours, state.birth_hours)
