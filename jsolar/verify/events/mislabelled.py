"""What wrong labels of the *test* data do to a score, whatever forecasts it."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped

Share = float | Shaped[np.ndarray | Array, "*s"]


def tss_factor(base_rate: Share, *, missed: Share, false: Share) -> Float[Array, "*s"]:
    """The factor by which the TSS of every method shrinks when test labels are wrong at random.

    With labels Ỹ that are wrong independently of everything but the truth Y, POD and POFD are
    mixtures of the true ones, and TSS(Ỹ) = [P(Y=1 | Ỹ=1) − P(Y=1 | Ỹ=0)] · TSS(Y). So all methods
    seem to gain when labels are mended, and their order stays: no method was "sensitive".

    Args:
      base_rate: P(Y=1).
      missed: P(Ỹ=0 | Y=1).
      false: P(Ỹ=1 | Y=0).

    Returns:
      The factor, 1 without errors; below 0 if labels are wrong more often than right.

    Example:
      >>> rate = 0.0188  # of the lecture
      >>> [round(float(tss_factor(rate, missed=e, false=e)), 3) for e in (0.01, 0.02, 0.05, 0.1)]
      [0.655, 0.484, 0.266, 0.145]
    """
    pi, missed, false = (jnp.asarray(x, float) for x in (base_rate, missed, false))
    labelled = (1 - missed) * pi + false * (1 - pi)
    return (1 - missed) * pi / labelled - missed * pi / (1 - labelled)
