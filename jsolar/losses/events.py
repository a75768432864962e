"""Losses for events: one number per example, the caller reduces.

Each function here returns a `jsolar.types.Loss`, ``loss(logits, events) -> Float[b]``, in which an
event that is not known contributes nothing, and the events of an example are summed.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jsolar.types import Events, Loss

PerEvent = float | tuple[float, ...]


def cross_entropy(*, positive_weight: PerEvent = 1.0) -> Loss:
    """Binary cross-entropy, L = −w y log p − (1 − y) log(1 − p) with p = σ(z).

    Args:
      positive_weight: w, for all events or one for each. With w ≠ 1 the probabilities come out
        too high; `jsolar.verify.events.calibration` puts them right.

    Returns:
      A loss.

    Example:
      >>> events = Events(jnp.array([[True, False]]), jnp.array([[True, False]]))
      >>> round(float(cross_entropy()(jnp.zeros((1, 2)), events)[0]), 4)  # log 2: one is known
      0.6931
    """
    weight = jnp.asarray(positive_weight)

    def loss(logits: Float[Array, "b k"], events: Events) -> Float[Array, "b"]:
        yes, no = jax.nn.softplus(-logits), jax.nn.softplus(logits)
        return sum_known(jnp.where(events.happened, weight * yes, no), events)

    return loss


def focal(*, gamma: float = 2.0, positive_weight: PerEvent = 1.0) -> Loss:
    """Focal loss, cross-entropy times (1 − p_t)^γ: what is easy counts less.

    Args:
      gamma: γ; 0 gives `cross_entropy`.
      positive_weight: w of the events that happened.

    Returns:
      A loss.

    Example:
      >>> events = Events(jnp.array([[True]]), jnp.array([[True]]))
      >>> round(float(focal(gamma=2.0)(jnp.zeros((1, 1)), events)[0]), 4)  # log 2 / 4
      0.1733

    References:
      Lin et al. (2017), doi:10.1109/ICCV.2017.324
    """
    weight = jnp.asarray(positive_weight)

    def loss(logits: Float[Array, "b k"], events: Events) -> Float[Array, "b"]:
        margin = jnp.where(events.happened, logits, -logits)
        hardness = jnp.exp(gamma * jax.nn.log_sigmoid(-margin))
        each = hardness * jax.nn.softplus(-margin) * jnp.where(events.happened, weight, 1.0)
        return sum_known(each, events)

    return loss


def score_oriented(*, base_rate: PerEvent) -> Loss:
    """Loss whose mean is minus the True Skill Statistic of random thresholds.

    With a threshold drawn uniformly from (0, 1), "yes" has probability p, and
    TSS = E[p | happened] − E[p | not], so L = −y p/π + (1 − y) p/(1 − π). Marchetti et al. take the
    class shares of each batch; with the training set's base rate π the score is linear in
    the examples, unbiased in small batches, and needs no sums across devices.

    Args:
      base_rate: π, the share of examples in which the event happened, one or one for each event.

    Returns:
      A loss. Its probabilities are not calibrated.

    Example:
      >>> events = Events(jnp.array([[True], [False]]), jnp.ones((2, 1), bool))
      >>> perfect = jnp.array([[20.0], [-20.0]])
      >>> round(float(score_oriented(base_rate=0.5)(perfect, events).mean()), 4)
      -1.0

    References:
      Marchetti et al. (2022), doi:10.1016/j.patcog.2022.108913
    """
    rate = jnp.asarray(base_rate)

    def loss(logits: Float[Array, "b k"], events: Events) -> Float[Array, "b"]:
        weight = jnp.where(events.happened, -1 / rate, 1 / (1 - rate))
        return sum_known(weight * jax.nn.sigmoid(logits), events)

    return loss


def sum_known(each: Float[Array, "b k"], events: Events) -> Float[Array, "b"]:
    """The loss of an example: the sum over the events that are known.

    Example:
      >>> events = Events(jnp.array([[True, True]]), jnp.array([[True, False]]))
      >>> sum_known(jnp.array([[1.0, 5.0]]), events).tolist()
      [1.0]
    """
    return jnp.where(events.known, each, 0.0).sum(-1)
