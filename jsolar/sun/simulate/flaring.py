"""Flares as a Poisson process whose rate depends on the magnetic state, so the truth is known."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from jsolar.sun import units
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.region import RegionState

C1_W_M2 = 1e-6
"""Smallest simulated flare, C1.0."""


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


def flare_rate_per_hour(state: RegionState, config: SunConfig) -> Float[Array, "..."]:
    """Rate of flares ≥ C1.0: λ = visible(Ψ) · 10^hidden, saturating at ``rate_limit_per_day``.

    visible(Ψ) = e^rate_log_c_per_day · (Ψ / 1e21 Mx)^rate_power flares a day, with the
    inversion-line flux Ψ of `jsolar.sun.simulate.facing`, which is also what feeds cancellation.

    Args:
      state: one state, or many with leading axes.
      config: the parameters of the Sun.

    Returns:
      λ, flares per hour.

    Example:
      >>> from jsolar.sun.simulate.birth import emerge
      >>> float(flare_rate_per_hour(emerge(jax.random.key(0), SunConfig()), SunConfig()))
      0.0
    """
    visible = jnp.exp(config.rate_log_c_per_day) * (state.inversion_mx / 1e21) ** config.rate_power
    daily = visible * 10**state.hidden_dex
    return daily / (1 + daily / config.rate_limit_per_day) / units.HOURS_PER_DAY


def survival(
    flux_w_m2: float | Float[Array, "..."],
    rate_per_hour: float | Float[Array, "..."],
    config: SunConfig,
) -> Float[Array, "..."]:
    """Share of flares ≥ C1.0 that reach a peak flux F: (F/F₀)^(1−α) e^−(F−F₀)/F_c.

    The cutoff F_c grows with the rate of the region, so that M/C does: 0.146 in prolific regions
    and 0.033 in quiet ones of the GOES list of 2010–2018.

    Args:
      flux_w_m2: F, at least C1.0: nothing smaller is simulated, so less counts as C1.0.
      rate_per_hour: λ; broadcast against F.
      config: the parameters of the Sun.

    Returns:
      The share, 1 at C1.0.

    Example:
      >>> quiet, lively = (float(survival(1e-5, rate, SunConfig())) for rate in (0.01, 1.0))
      >>> quiet < 0.06 < 0.1 < lively
      True
    """
    above = jnp.maximum(flux_w_m2, C1_W_M2)
    law = (above / C1_W_M2) ** (1 - config.flare_index)
    return law * jnp.exp(-(above - C1_W_M2) / _cutoff_w_m2(rate_per_hour, config))


def _cutoff_w_m2(rate_per_hour: Any, config: SunConfig) -> Float[Array, "..."]:
    daily = jnp.maximum(jnp.asarray(rate_per_hour) * units.HOURS_PER_DAY, 1e-6)
    free = config.flare_cutoff_w_m2 * daily**config.cutoff_power
    return free / (1 + free / config.flare_largest_w_m2)


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
    step = jnp.clip(hours / config.step_hours, 0, rate_per_hour.size - 1).astype(int)
    cutoff = _cutoff_w_m2(rate_per_hour[step], config)
    uniform = 1.0 - jax.random.uniform(law_key, shape)  # in (0, 1]
    pareto = C1_W_M2 * uniform ** (1 / (1 - config.flare_index))
    taper = C1_W_M2 + cutoff * jax.random.exponential(taper_key, shape)
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

    P = 1 − exp(−∫ λ S(threshold; λ) dt). It knows the path that λ will take, so it is an upper
    limit that no forecaster of the present reaches (see `futures.state_probability`); NaN where
    the window runs past the simulation.

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
    expected = expected_flares(rate_per_hour, threshold_w_m2, config)
    ahead = jnp.arange(rate_per_hour.size)[:, None] + jnp.arange(window_steps)
    within = expected.at[ahead].get(mode="fill", fill_value=jnp.nan)
    return -jnp.expm1(-within.sum(1))


def expected_flares(
    rate_per_hour: Float[Array, "t"], threshold_w_m2: Float[Array, "k"], config: SunConfig
) -> Float[Array, "t k"]:
    """Expected number of flares ≥ each threshold in each step: λ S(threshold; λ) dt.

    Example:
      >>> expected_flares(jnp.array([0.1]), jnp.array([1e-6]), SunConfig()).round(3).tolist()
      [[0.3...]]
    """
    share = survival(threshold_w_m2, rate_per_hour[:, None], config)
    return config.step_hours * rate_per_hour[:, None] * share
