"""Losses of detectors, of one picture each: L = L_cls + L_box + L_mask, and the same of anchors.

Sums over what is chosen are divided by how many were chosen, so that a picture without objects
has a loss too, and one with a single object counts no more than one with twenty.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

UNKNOWN = -1
"""The class of an object of which nobody knows the class."""


def objectness(
    logits: Float[Array, "n"], positive: Bool[Array, "n"], negative: Bool[Array, "n"]
) -> Float[Array, ""]:
    """Mean cross-entropy of "here is something", −log σ(z) or −log(1 − σ(z)).

    Args:
      logits: z, of anchors.
      positive: chosen anchors that answer for an object.
      negative: chosen anchors that answer for none.

    Returns:
      The mean over all that are chosen, 0 without any.

    Example:
      >>> yes = jnp.array([True, False, False])
      >>> round(float(objectness(jnp.zeros(3), yes, ~yes)), 4)  # ln 2
      0.6931

    References:
      Ren et al. (2015), arXiv:1506.01497
    """
    each = jnp.where(positive, jax.nn.softplus(-logits), jax.nn.softplus(logits))
    return _mean(each, positive | negative)


def classes(
    logits: Float[Array, "r _"], wanted: Int[Array, "r"], chosen: Bool[Array, "r"]
) -> Float[Array, ""]:
    """Mean cross-entropy of the class, −log p_c; of an unknown one, −log Σ_{c ≥ 1} p_c.

    Args:
      logits: of the background and of k classes.
      wanted: 0 for the background, 1 … k, or `UNKNOWN`: some object.
      chosen: which boxes count.

    Returns:
      The mean over all that are chosen, 0 without any.

    Example:
      >>> logits, wanted = jnp.zeros((2, 3)), jnp.array([1, UNKNOWN])
      >>> round(float(classes(logits, wanted, jnp.array([True, False]))), 4)  # ln 3
      1.0986
      >>> round(float(classes(logits, wanted, jnp.array([False, True]))), 4)  # ln 3/2
      0.4055
    """
    log_p = jax.nn.log_softmax(logits)
    each = jnp.take_along_axis(log_p, jnp.maximum(wanted, 0)[:, None], 1)[:, 0]
    some = jax.nn.logsumexp(log_p[:, 1:], 1)
    return _mean(-jnp.where(wanted == UNKNOWN, some, each), chosen)


def places(
    found: Float[Array, "r 4"],
    wanted: Float[Array, "r 4"],
    positive: Bool[Array, "r"],
    *,
    count: Int[Array, ""],
    beta: float = 1 / 9,
) -> Float[Array, ""]:
    """Sum of smooth absolute errors over the four differences, over how many boxes were chosen.

    The smooth absolute error is x²/2β up to β and |x| − β/2 beyond.

    Args:
      found: differences, see `jsolar.models.mask_rcnn.boxes.encode`.
      wanted: the true ones.
      positive: boxes that answer for an object; of the others nothing is wanted.
      count: chosen boxes, positive or not.
      beta: β.

    Returns:
      The loss.

    Example:
      >>> found, wanted = jnp.array([[2.0, 0.0, 0.0, 0.0]]), jnp.zeros((1, 4))
      >>> float(places(found, wanted, jnp.array([True]), count=jnp.array(3), beta=1.0))
      0.5

    References:
      Girshick (2015), arXiv:1504.08083
    """
    error = jnp.abs(found - jnp.where(positive[:, None], wanted, found))
    each = jnp.where(error < beta, 0.5 * error**2 / beta, error - 0.5 * beta)
    return each.sum() / jnp.maximum(count, 1)


def masks(
    logits: Float[Array, "r q q"],
    wanted: Bool[Array, "r q q"],
    positive: Bool[Array, "r"],
) -> Float[Array, ""]:
    """Mean cross-entropy of cells, −log σ(z) within the object and −log(1 − σ(z)) beside it.

    Args:
      logits: z, for the class that is there.
      wanted: which cells belong to the object.
      positive: boxes that answer for an object.

    Returns:
      The mean over all cells of such boxes, 0 without any.

    Example:
      >>> cells = jnp.array([[[True, False], [False, False]]])
      >>> round(float(masks(jnp.zeros((1, 2, 2)), cells, jnp.array([True]))), 4)  # ln 2
      0.6931

    References:
      He et al. (2017), arXiv:1703.06870
    """
    each = jnp.where(wanted, jax.nn.softplus(-logits), jax.nn.softplus(logits))
    return _mean(each.mean((1, 2)), positive)


def _mean(each: Float[Array, "n"], chosen: Bool[np.ndarray | Array, "n"]) -> Float[Array, ""]:
    return jnp.where(chosen, each, 0.0).sum() / jnp.maximum(chosen.sum(), 1)
