"""Which box answers for which object, and which boxes a loss looks at."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key


class Matches(NamedTuple):
    """What becomes of n boxes.

    Attributes:
      best: the object that each overlaps most, also of those that answer for none.
      positive: boxes that answer for that object.
      negative: boxes that answer for the background; the others are left out.
    """

    best: Int[Array, "n"]
    positive: Bool[Array, "n"]
    negative: Bool[Array, "n"]


def match(
    overlap: Float[Array, "n m"],
    present: Bool[Array, "m"],
    *,
    positive: float,
    negative: float,
    best_too: bool = False,
) -> Matches:
    """Boxes that overlap an object enough answer for it, those that overlap none for background.

    Args:
      overlap: IoU of n boxes with room for m objects.
      present: which objects are there.
      positive: at least so much overlap.
      negative: less than so much.
      best_too: a box that overlaps some object more than any other box does, answers too, for the
        object that it overlaps most itself.

    Returns:
      The matches; without objects every box is negative.

    Example:
      >>> overlap = jnp.array([[0.8, 0.1], [0.4, 0.5], [0.1, 0.0]])
      >>> match(overlap, jnp.array([True, True]), positive=0.7, negative=0.3).positive.tolist()
      [True, False, False]

    References:
      Ren et al. (2015), arXiv:1506.01497
    """
    overlap = jnp.where(present, overlap, -1.0)
    most = overlap.max(1)
    yes, no = most >= positive, most < negative
    if best_too:
        best = overlap.max(0)
        is_best = ((overlap == best) & present & (best > 0)).any(1)
        yes, no = yes | is_best, no & ~is_best
    return Matches(overlap.argmax(1), yes, no)


def sample(
    key: Key[Array, ""],
    positive: Bool[Array, "n"],
    negative: Bool[Array, "n"],
    *,
    count: int,
    share: float,
) -> tuple[Bool[Array, "n"], Bool[Array, "n"]]:
    """Random boxes, of which at most a share is positive; negatives fill up to the count.

    Args:
      key: random key.
      positive: to choose from.
      negative: to choose from.
      count: how many are wanted in all.
      share: of the positives, at most.

    Returns:
      Those of the positives and of the negatives that are chosen.

    Example:
      >>> yes = jnp.arange(10) < 6
      >>> chosen = sample(jax.random.key(0), yes, ~yes, count=6, share=0.5)
      >>> [int(part.sum()) for part in chosen]
      [3, 3]
    """
    luck = jax.random.uniform(key, positive.shape)
    most = int(count * share)
    yes = _luckiest(luck, positive, jnp.minimum(positive.sum(), most), room=max(most, 1))
    left = jnp.minimum(negative.sum(), count - yes.sum())
    return yes, _luckiest(luck, negative, left, room=count)


def _luckiest(
    luck: Float[Array, "n"], among: Bool[Array, "n"], count: Int[Array, ""], *, room: int
) -> Bool[Array, "n"]:
    """The first ``count`` of those that are asked for, ``room`` at most."""
    _, order = jax.lax.top_k(jnp.where(among, luck, -1.0), min(room, len(luck)))
    taken = jnp.arange(len(order)) < count
    return jnp.zeros(len(luck), bool).at[order].max(taken)


def gather(chosen: Bool[Array, "n"], *, room: int) -> tuple[Int[Array, "r"], Bool[Array, "r"]]:
    """Rows of what is chosen, the first ``room`` of them, and which are real.

    Example:
      >>> rows, real = gather(jnp.array([False, True, False, True]), room=3)
      >>> rows[real].tolist(), real.tolist()
      ([1, 3], [True, True, False])
    """
    (rows,) = jnp.nonzero(chosen, size=room, fill_value=0)
    return rows, jnp.arange(room) < chosen.sum()
