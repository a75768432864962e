"""An active region that emerges, spreads and decays: its state and one step of its evolution.

The state is Markov: with a key it holds all that the future depends on, so that many futures of
the same present can be simulated. It is compact, fragments of flux instead of pictures.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.sun import units
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.facing import facing
from jsolar.sun.simulate.texture import drift


class RegionState(NamedTuple):
    """One region at one time. Positions are Mm east–west and south–north of its centre.

    Letters: ``k`` bipoles, ``2`` polarities (leading, following), ``f`` fragments, ``xy``, and
    ``xyp`` for a wave vector and a phase (see `jsolar.sun.simulate.texture`).

    Attributes:
      hours: time since the region emerged.
      latitude_deg: heliographic latitude, fixed.
      longitude_deg: Stonyhurst longitude (west positive), grows with rotation.
      leading_sign: polarity of leading spots in this hemisphere and cycle (Hale's law), ±1.
      emergence_per_hour: this region's rate of further bipoles.
      hidden_dex: the part of the flare rate that no magnetogram shows, log10.
      birth_hours: when each bipole emerges; infinite for a place still free.
      flux_mx: total unsigned flux that each bipole brings up.
      centre_mm: where each bipole emerges.
      axis_rad: direction from a bipole's following to its leading polarity at first.
      shear_rad: by how much that direction turns as the bipole grows.
      apart_mm: final distance of the polarities of each bipole.
      patch_mm: standard deviation of a polarity's fragments about its centre.
      share: share of a polarity's emerging flux in each fragment.
      anchor_mm: where each fragment is held, relative to the centre of its polarity.
      fragment_mm: where the fragments are.
      fragment_mx: unsigned flux that they hold.
      plage_mx: unsigned flux of each polarity that has left its fragments.
      inversion_mx: flux that faces opposite flux, see `jsolar.sun.simulate.facing`.
      cells: the pattern of supergranules; grains: of the field within their lanes.
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
    shear_rad: Float[Array, "k"]
    apart_mm: Float[Array, "k"]
    patch_mm: Float[Array, "k"]
    share: Float[Array, "k 2 f"]
    anchor_mm: Float[Array, "k 2 f xy"]
    fragment_mm: Float[Array, "k 2 f xy"]
    fragment_mx: Float[Array, "k 2 f"]
    plage_mx: Float[Array, "k 2"]
    inversion_mx: Float[Array, ""]
    cells: Float[Array, "m xyp"]
    grains: Float[Array, "n xyp"]


@partial(jax.jit, static_argnames="config")
def advance(key: Key[Array, ""], state: RegionState, config: SunConfig) -> RegionState:
    """One step of ``config.step_hours``: emergence, motion, scattering, cancellation, memory.

    Args:
      key: random key of this step.
      state: the present.
      config: the parameters of the Sun.

    Returns:
      The state a step later.

    Example:
      >>> from jsolar.sun.simulate.birth import emerge
      >>> config = SunConfig()
      >>> state = emerge(jax.random.key(0), config)
      >>> float(advance(jax.random.key(1), state, config).hours)
      3.0
    """
    walk_key, birth_key, hidden_key = jax.random.split(key, 3)
    dt = config.step_hours
    later = state._replace(
        hours=state.hours + dt,
        longitude_deg=state.longitude_deg
        + units.SYNODIC_DEGREES_PER_DAY * dt / units.HOURS_PER_DAY,
        hidden_dex=_remember(hidden_key, state.hidden_dex, config),
        cells=drift(state.cells, dt / config.cell_hours),
        grains=drift(state.grains, dt / config.grain_hours),
    )
    later = _exchange_flux(state, later, config)
    later = _move(walk_key, state, later, config)
    later = later._replace(birth_hours=_maybe_emerge(birth_key, later, dt))
    return _cancel(later, config)


def unsigned_flux_mx(state: RegionState) -> Float[Array, ""]:
    """All flux of the region, Mx.

    Example:
      >>> from jsolar.sun.simulate.birth import emerge
      >>> float(unsigned_flux_mx(emerge(jax.random.key(0), SunConfig())))  # nothing yet
      0.0
    """
    return state.fragment_mx.sum() + state.plage_mx.sum()


def signs(state: RegionState) -> Float[Array, "2"]:
    """Sign of the leading and of the following polarity."""
    return state.leading_sign * jnp.array([1.0, -1.0])


def polarity_centres_mm(state: RegionState, config: SunConfig) -> Float[Array, "k 2 xy"]:
    """Centres of the leading and following polarity of each bipole, Mm.

    They move apart while the bipole grows, d(t) = d∞ (1 − e^−a/rise) at age a, and turn about each
    other, which shears the field along the inversion line between them.
    """
    rise, _ = lifetimes_hours(state.flux_mx, config)
    grown = -jnp.expm1(-_age(state) / rise)
    angle = state.axis_rad + state.shear_rad * grown
    axis = jnp.stack([jnp.cos(angle), jnp.sin(angle)], -1)
    half = 0.5 * (state.apart_mm * grown)[:, None] * axis
    return state.centre_mm[:, None] + jnp.stack([half, -half], 1)


def plage_radius_mm(state: RegionState, config: SunConfig) -> Float[Array, "k"]:
    """Standard deviation of scattered flux about its polarity's centre: σ² = σ₀² + 2 D a."""
    start = config.plage_start * state.patch_mm
    return jnp.sqrt(start**2 + 2 * config.diffusion_mm2_per_hour * _age(state))


def separation_mm(flux_mx: Float[Array, "..."], config: SunConfig) -> Float[Array, "..."]:
    """Median final distance of the polarities of a bipole of this total flux, Mm."""
    return config.separation_mm * (flux_mx / 1e22) ** config.separation_power


def patch_radius_mm(flux_mx: Float[Array, "..."], config: SunConfig) -> Float[Array, "..."]:
    """Median radius (standard deviation) of a polarity of a bipole of this total flux, Mm."""
    area_cm2 = 0.5 * flux_mx / config.patch_field_gauss
    return jnp.sqrt(area_cm2 / (2 * jnp.pi)) / units.CM_PER_MM


def lifetimes_hours(
    flux_mx: Float[Array, "..."], config: SunConfig
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Times of rise and decay of a bipole of this total flux."""
    relative = flux_mx / 1e22
    rise = config.rise_days * relative**config.rise_power
    decay = config.decay_days * relative**config.decay_power
    return units.HOURS_PER_DAY * rise, units.HOURS_PER_DAY * decay


def _age(state: RegionState) -> Float[Array, "k"]:
    return jnp.maximum(state.hours - state.birth_hours, 0.0)


def _exchange_flux(state: RegionState, later: RegionState, config: SunConfig) -> RegionState:
    """Flux comes up, Φ (1 − e^−(a/rise)²), leaves the fragments for the plage, and fades.

    Of what comes up ``plage_share`` is scattered at once. Everything fades by dt/decay, and
    fragments give away dt/(scatter_share · decay).
    """
    rise, decay = lifetimes_hours(state.flux_mx, config)
    risen = [-jnp.expm1(-((_age(s) / rise) ** 2)) for s in (state, later)]
    fresh = 0.5 * state.flux_mx * (risen[1] - risen[0])
    gathers = ((1 - config.plage_share) * fresh)[:, None, None] * state.share
    remains = jnp.exp(-config.step_hours / decay)
    stays = jnp.exp(-config.step_hours / (config.scatter_share * decay))[:, None, None]
    scattered = (state.fragment_mx * (1 - stays)).sum(-1)
    return later._replace(
        fragment_mx=state.fragment_mx * stays * remains[:, None, None] + gathers,
        plage_mx=(state.plage_mx + scattered) * remains[:, None]
        + config.plage_share * fresh[:, None],
    )


def _move(
    key: Key[Array, ""], state: RegionState, later: RegionState, config: SunConfig
) -> RegionState:
    """Fragments follow their polarity's centre c, are held near their place a in it, and walk.

    dx = dc − (x − c − a) dt/τ + √(2 D) dW with τ = ``hold_hours``: an Ornstein–Uhlenbeck process,
    exact for any step; its noise has the variance D τ (1 − e^(−2 dt/τ)), or 2 D dt where nothing
    holds.
    """
    before, after = polarity_centres_mm(state, config), polarity_centres_mm(later, config)
    home = before[:, :, None] + state.anchor_mm
    pull = (state.fragment_mm - home) * -jnp.expm1(-config.step_hours / config.hold_hours)
    rigid = 1 + later.fragment_mx / config.rigid_flux_mx  # spots suppress convection
    forgotten = -jnp.expm1(-2 * config.step_hours / config.hold_hours)
    spread = jnp.sqrt(config.diffusion_mm2_per_hour * config.hold_hours * forgotten / rigid)
    walk = spread[..., None] * jax.random.normal(key, state.fragment_mm.shape)
    moved = state.fragment_mm + (after - before)[:, :, None] - pull + walk
    born = (state.birth_hours <= state.hours)[:, None, None, None]
    return later._replace(fragment_mm=jnp.where(born, moved, state.fragment_mm))


def _cancel(state: RegionState, config: SunConfig) -> RegionState:
    """Flux that faces opposite flux goes with it, at the rate 1/``cancel_days``."""
    flux = jnp.concatenate([state.fragment_mx, state.plage_mx[..., None]], -1)
    centre = polarity_centres_mm(state, config)[:, :, None]
    place = jnp.concatenate([state.fragment_mm, centre], 2)
    width = jnp.zeros(flux.shape).at[..., -1].set(plage_radius_mm(state, config)[:, None])
    flat_flux, flat_place, flat_width = (_by_polarity(x) for x in (flux, place, width))
    meets = facing(flat_flux, flat_place, flat_width, config)
    k, _, s = flux.shape
    share = jnp.moveaxis(meets.share.reshape(2, k, s), 0, 1)
    lost = -jnp.expm1(-config.step_hours / (units.HOURS_PER_DAY * config.cancel_days))
    kept = flux * (1 - lost * share)
    return state._replace(
        fragment_mx=kept[..., :-1], plage_mx=kept[..., -1], inversion_mx=meets.inversion_mx
    )


def _by_polarity(x: Float[Array, "k 2 s ..."]) -> Float[Array, "2 ks ..."]:
    """All sources of the leading and all of the following polarity, whatever their bipole."""
    return jnp.moveaxis(x, 1, 0).reshape(2, -1, *x.shape[3:])


def _remember(
    key: Key[Array, ""], hidden_dex: Float[Array, ""], config: SunConfig
) -> Float[Array, ""]:
    """An Ornstein–Uhlenbeck process of standard deviation ``hidden_dex``, exact for any step."""
    keep = jnp.exp(-config.step_hours / config.hidden_hours)
    surprise = config.hidden_dex * jnp.sqrt(1 - keep**2) * jax.random.normal(key)
    return keep * hidden_dex + surprise


def _maybe_emerge(key: Key[Array, ""], state: RegionState, dt: float) -> Float[Array, "k"]:
    """The next free place is taken with probability 1 − exp(−rate dt)."""
    free = jnp.isinf(state.birth_hours)
    candidate = free & (jnp.cumsum(free) == 1)
    happens = jax.random.bernoulli(key, -jnp.expm1(-state.emergence_per_hour * dt))
    return jnp.where(candidate & happens, state.hours, state.birth_hours)
