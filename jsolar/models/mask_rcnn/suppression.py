"""Non-maximum suppression: of boxes that overlap, the one with the best score stays."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jsolar.models.mask_rcnn.boxes import iou


def suppress(
    boxes: Float[np.ndarray | Array, "n 4"],
    scores: Float[np.ndarray | Array, "n"],
    *,
    overlap: float | Float[Array, ""],
    group: Int[np.ndarray | Array, "n"] | None = None,
    present: Bool[np.ndarray | Array, "n"] | None = None,
) -> Bool[Array, "n"]:
    """Which boxes stay: those that overlap no better one that stays.

    The rule names itself, so it is a fixed point, reached from "all stay" by applying it over and
    over: after k rounds all is settled of which the chain of better boxes is shorter than k. It is
    the greedy result exactly, in a few products of a matrix and a vector.

    Args:
      boxes: candidates.
      scores: the larger the better; of equal ones the first is better.
      overlap: IoU above which the worse box goes.
      group: boxes of different classes or levels leave each other alone.
      present: which boxes are there; the others go.

    Returns:
      In the order of the boxes.

    Example:
      >>> boxes = jnp.array([[0.0, 0.0, 4.0, 4.0], [0.0, 0.0, 4.0, 5.0], [9.0, 9.0, 12.0, 12.0]])
      >>> suppress(boxes, jnp.array([0.5, 0.9, 0.1]), overlap=0.5).tolist()
      [False, True, True]
    """
    n = len(boxes)
    there = jnp.ones(n, bool) if present is None else jnp.asarray(present)
    score, place = jnp.asarray(scores), jnp.arange(n)
    better = score[:, None] > score[None]
    first = (score[:, None] == score[None]) & (place[:, None] < place[None])
    beats = (iou(boxes, boxes) > overlap) & (better | first) & there[:, None]
    if group is not None:
        group = jnp.asarray(group)
        beats &= group[:, None] == group[None]

    def settle(state: tuple[Bool[Array, "n"], Bool[Array, ""]]) -> tuple[Array, Array]:
        stays, _ = state
        after = there & ~(beats & stays[:, None]).any(0)
        return after, (after != stays).any()

    stays, _ = jax.lax.while_loop(lambda state: state[1], settle, (there, jnp.array(True)))
    return stays
