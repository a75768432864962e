"""What could be known: the probability of a flare given the whole present, by simulated futures."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.flaring import expected_flares, flare_rate_per_hour
from jsolar.sun.simulate.region import RegionState, advance


def state_probability(
    key: Key[Array, ""],
    state: RegionState,
    threshold_w_m2: Float[Array, "k"],
    *,
    window_steps: int,
    config: SunConfig,
) -> Float[Array, "k"]:
    """Probability of at least one flare ≥ threshold in the coming window, given the full state.

    The mean of ``true_probability`` over ``config.futures`` simulated futures of this state: the
    best that any forecaster can do, even one who sees what magnetograms hide.

    Args:
      key: random key of the futures.
      state: the present.
      threshold_w_m2: smallest flares that count.
      window_steps: length of the window in steps.
      config: the parameters of the Sun.

    Returns:
      A probability for each threshold.

    Example:
      >>> from jsolar.sun.simulate.birth import emerge
      >>> config = SunConfig(futures=4)
      >>> young = emerge(jax.random.key(0), config)
      >>> p = state_probability(jax.random.key(1), young, jnp.array([1e-6, 1e-5]), window_steps=8,
      ...                       config=config)
      >>> bool(0 <= p[1] < p[0] < 1)
      True
    """

    def step(state: RegionState, key: Key[Array, ""]) -> tuple[RegionState, Float[Array, ""]]:
        return advance(key, state, config), flare_rate_per_hour(state, config)

    def future(key: Key[Array, ""]) -> Float[Array, "k"]:
        rate = jax.lax.scan(step, state, jax.random.split(key, window_steps))[1]
        return -jnp.expm1(-expected_flares(rate, threshold_w_m2, config).sum(0))

    return jax.vmap(future)(jax.random.split(key, config.futures)).mean(0)
