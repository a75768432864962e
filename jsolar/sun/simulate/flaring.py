"""Flares as a Poisson process whose rate depends on the magnetic state, so the truth is known."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from jsolar.sun import units
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.field import radial_field
from jsolar.sun.simulate.region import RegionState

C1_W_M2 = 1e-6
"""Smallest simulated flare, C1.0."""

TRUTH_CLASSES = ("C1.0", "M1.0", "M5.0", "X1.0")
"""Classes whose true probability is stored with simulated data, "≥" each."""


class FlareEvents(NamedTuple):
    """The flares of one region in a table of fixed length.

    Attributes:
      hours: ``Float[e]``, when, since the region emerged.
      flux_w_m2: ``Float[e]``, peak flux, at least C1.0.
      happened: ``Bool[e]``, which rows are flares.
    """

    hours: Float[Array, "e"]
    flux_w_m2: Float[Array, "e"]
    happened: Bool[Array, "e"]


def inversion_line_flux_mx(state: RegionState, config: SunConfig) -> Float[Array, ""]:
    """How much strong opposite flux lies close together: Ψ = ∫ √(B̃₊ B̃₋) dA, Mx.

    B̃± are the positive and negative part of the noise-free field, blurred by
    ``activity_blur_mm``. A function of pixels: everything in it is visible in a good magnetogram.
    Akin in spirit to the R value of Schrijver (2007, doi:10.1086/511857), but smooth.

    Example:
      >>> from jsolar.sun.simulate import region
      >>> state = region.emerge(jax.random.key(0), SunConfig())
      >>> float(inversion_line_flux_mx(state, SunConfig()))  # nothing has emerged yet
      0.0
    """
    n, cell = config.activity_grid, config.activity_cell_mm
    field = radial_field(state, size=n, cell_mm=cell, config=config)
    distance = (jnp.arange(n)[:, None] - jnp.arange(n)[None]) * cell
    blur = jnp.exp(-0.5 * (distance / config.activity_blur_mm) ** 2)
    blur /= blur[n // 2].sum()
    both = jnp.stack([jnp.maximum(field, 0), jnp.maximum(-field, 0)])
    positive, negative = blur @ both @ blur.T
    return jnp.sqrt(positive * negative).sum() * (cell * units.CM_PER_MM) ** 2


def flare_rate_per_hour(state: RegionState, config: SunConfig) -> Float[Array, ""]:
    """Rate of flares ≥ C1.0: λ = visible(Ψ) · 10^hidden, saturating at ``rate_limit_per_day``.

    visible(Ψ) = exp(rate_log_c_per_day) · (Ψ / 1e21 Mx)^rate_power flares a day.
    """
    psi = inversion_line_flux_mx(state, config) / 1e21
    visible = jnp.exp(config.rate_log_c_per_day) * psi**config.rate_power
    daily = visible * 10**state.hidden_dex
    return daily / (1 + daily / config.rate_limit_per_day) / units.HOURS_PER_DAY


def survival(flux_w_m2: float | Float[Array, "..."], config: SunConfig) -> Float[Array, "..."]:
    """Share of flares ≥ C1.0 that reach a peak flux F: (F/F₀)^(1−α) e^−(F−F₀)/F_c.

    Example:
      >>> round(float(survival(1e-5, SunConfig())), 3)  # about one in ten is an M
      0.098
    """
    law = (flux_w_m2 / C1_W_M2) ** (1 - config.flare_index)
    return law * jnp.exp(-(flux_w_m2 - C1_W_M2) / config.flare_cutoff_w_m2)


def sample_flares(
    key: Key[Array, ""], rate_per_hour: Float[Array, "t"], config: SunConfig
) -> FlareEvents:
    """Draw the flares of a region whose rate is constant within each step.

    Arrivals of a unit Poisson process are mapped through the inverse of Λ(t) = ∫λ dt; the peak
    flux is the smaller of a Pareto and an exponential variable, whose survival is `survival`.

    Args:
      key: random key.
      rate_per_hour: λ in each step.
      config: the parameters of the Sun.

    Returns:
      ``config.flares_kept`` rows. If all of them happened, some flares may be missing: check.

    Example:
      >>> events = sample_flares(jax.random.key(0), jnp.full(192, 0.1), SunConfig())
      >>> 35 < int(events.happened.sum()) < 85  # 0.1 · 192 · 3 = 57.6 are expected
      True
    """
    arrival_key, law_key, taper_key = jax.random.split(key, 3)
    shape = (config.flares_kept,)
    arrivals = jnp.cumsum(jax.random.exponential(arrival_key, shape))
    cumulative = cumulative_rate(rate_per_hour, config)
    times = config.step_hours * jnp.arange(cumulative.size)
    hours = jnp.interp(arrivals, cumulative, times)
    uniform = 1.0 - jax.random.uniform(law_key, shape)  # in (0, 1]
    pareto = C1_W_M2 * uniform ** (1 / (1 - config.flare_index))
    taper = C1_W_M2 + config.flare_cutoff_w_m2 * jax.random.exponential(taper_key, shape)
    return FlareEvents(hours, jnp.minimum(pareto, taper), arrivals < cumulative[-1])


def cumulative_rate(
    rate_per_hour: Float[Array, "t"], config: SunConfig
) -> Float[Array, "t_plus_1"]:
    """Λ at the edges of the steps, starting from 0."""
    return jnp.concatenate([jnp.zeros(1), jnp.cumsum(rate_per_hour) * config.step_hours])


def true_probability(
    rate_per_hour: Float[Array, "t"],
    threshold_w_m2: Float[Array, "k"],
    *,
    window_steps: int,
    config: SunConfig,
) -> Float[Array, "t k"]:
    """Probability of at least one flare ≥ threshold in the window after each step's start.

    P = 1 − exp(−S(threshold) ∫λ dt). It knows the path that λ will take, so it is an upper limit
    that no forecaster of the present reaches; NaN where the window runs past the simulation.

    Args:
      rate_per_hour: λ in each step.
      threshold_w_m2: smallest flares that count.
      window_steps: length of the window in steps.
      config: the parameters of the Sun.

    Returns:
      ``[t, k]``.

    Example:
      >>> rate = jnp.full(16, 1 / 24)  # one flare ≥ C1.0 a day
      >>> p = true_probability(rate, jnp.array([1e-6]), window_steps=8, config=SunConfig())
      >>> round(float(p[0, 0]), 3), bool(jnp.isnan(p[9, 0]))
      (0.632, True)
    """
    cumulative = cumulative_rate(rate_per_hour, config)
    expected = cumulative[window_steps:] - cumulative[:-window_steps]
    missing = jnp.full(rate_per_hour.size - expected.size, jnp.nan)
    expected = jnp.concatenate([expected, missing])
    return -jnp.expm1(-expected[:, None] * survival(threshold_w_m2, config))
