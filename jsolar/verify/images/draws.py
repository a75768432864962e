"""Many draws of what may come, judged as a forecast: CRPS, and spread against error.

As in `jsolar.verify.images.sums`, each series is reduced to sums (`measure_draws`), of which
`DRAW_SCORES` are functions.
"""

from collections.abc import Callable, Mapping

import jax.numpy as jnp
from jaxtyping import Array, Float

from jsolar.verify.images.sums import GAUSS_UNIT, Sums
from jsolar.verify.weighting import ratio


def measure_draws(draws: Float[Array, "m h w"], target: Float[Array, "h w"]) -> Sums:
    """All that is summed up of m pictures drawn for one series.

    CRPS = mean |xᵢ − y| − ½ mean_{i≠j} |xᵢ − xⱼ| of each pixel: the fair estimate, which m does not
    bias; of one draw it is the absolute error. The error of the mean of infinitely many draws is
    (x̄ − y)² − s²/m with the variance s² = Σ (xᵢ − x̄)² / (m − 1).

    Args:
      draws: radial field, gauss.
      target: what came; NaN where it is not known.

    Returns:
      Sums; see `DRAW_SCORES` for what they are good for.

    Example:
      >>> sums = measure_draws(jnp.array([[[10.0]], [[30.0]]]), jnp.array([[20.0]]))
      >>> float(DRAW_SCORES["crps_gauss"](sums)), round(float(DRAW_SCORES["spread_gauss"](sums)), 1)
      (0.0, 14.1)

    References:
      Ferro (2014), doi:10.1002/qj.2270; Fortin et al. (2014), doi:10.1175/JHM-D-14-0008.1
    """
    m, known = len(draws), jnp.isfinite(target)
    y, x = jnp.where(known, target, 0.0) / GAUSS_UNIT, draws / GAUSS_UNIT
    rank = 2 * jnp.arange(m) - m + 1
    apart = (rank[:, None, None] * jnp.sort(x, axis=0)).sum(0) / max(m * (m - 1), 1)
    variance = jnp.square(x - x.mean(0)).sum(0) / (m - 1 or jnp.nan)
    each = {
        "n": jnp.ones_like(y),
        "crps": jnp.abs(x - y).mean(0) - apart,
        "draw_se": jnp.square(x - y).mean(0),
        "mean_se": jnp.square(x.mean(0) - y) - variance / m,
        "variance": variance,
    }
    return {name: jnp.where(known, value, 0.0).sum() for name, value in each.items()}


DRAW_SCORES: Mapping[str, Callable[[Sums], Float[Array, ""]]] = {
    "crps_gauss": lambda sums: GAUSS_UNIT * ratio(sums["crps"], sums["n"]),
    "spread_gauss": lambda sums: GAUSS_UNIT * jnp.sqrt(ratio(sums["variance"], sums["n"])),
    "mean_rmse_gauss": lambda sums: GAUSS_UNIT * jnp.sqrt(ratio(sums["mean_se"], sums["n"])),
    "spread_over_error": lambda sums: jnp.sqrt(ratio(sums["variance"], sums["mean_se"])),
    "draw_over_mean": lambda sums: ratio(sums["draw_se"], sums["mean_se"]),
}
"""``spread_over_error`` is 1, and ``draw_over_mean``, the squared error of a draw over that of the
mean of all draws, is 2 for a sampler that draws from what may come; a method that draws always the
same has 0 and 1. Scores of spread are NaN where there is one draw."""
