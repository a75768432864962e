"""Which pixels mattered: integrated gradients."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def integrated_gradients(
    function: Callable[[Float[Array, "..."]], Float[Array, ""]],
    x: Float[Array, "..."],
    baseline: Float[Array, "..."] | float = 0.0,
    *,
    steps: int = 64,
) -> Float[Array, "..."]:
    """Share of each input in f(x) − f(x′): (x − x′) ∫₀¹ ∂f/∂x (x′ + α (x − x′)) dα.

    The shares add up to the difference, up to the error of the midpoint rule with which the
    integral is taken.

    Args:
      function: f, from an array to a scalar, e.g. the logit of one event.
      x: the input, e.g. a picture in gauss.
      baseline: x′, what counts as nothing there: a field of 0 G.
      steps: points of the midpoint rule.

    Returns:
      An array of the shape of ``x``.

    Example:
      >>> shares = integrated_gradients(lambda x: (x**2).sum(), jnp.array([1.0, 2.0]))
      >>> shares.round(3).tolist()
      [1.0, 4.0]

    References:
      Sundararajan et al. (2017), arXiv:1703.01365
    """
    difference = x - baseline

    def gradient_sum(total: Float[Array, "..."], alpha: Float[Array, ""]) -> tuple:
        return total + jax.grad(function)(baseline + alpha * difference), None

    alphas = (jnp.arange(steps) + 0.5) / steps
    total, _ = jax.lax.scan(gradient_sum, jnp.zeros_like(x), alphas)
    return difference * total / steps
