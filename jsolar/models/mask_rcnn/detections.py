"""From what the network says of proposals to what is found in a picture."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jsolar.models.mask_rcnn.boxes import clip, decode
from jsolar.models.mask_rcnn.config import MaskRCNNConfig
from jsolar.models.mask_rcnn.proposals import Proposals
from jsolar.models.mask_rcnn.suppression import suppress

SMALLEST = 1e-2
"""Side of what can be found, pixels."""

ROOM = 2000
"""Candidates that compete in the end, the best of all boxes and classes.

A worse one cannot suppress a better one, so what is found does not depend on how many worse ones
were left out, as long as enough are found.
"""


class Detections(NamedTuple):
    """What is found, best first.

    Attributes:
      boxes: pixels.
      scores: probability of the class, or where one box serves all classes, of being an object.
      classes: the likeliest, 1 … k.
      probabilities: of the k classes, given that it is an object; for a single class, 1.
      masks: probability that a cell of the box belongs to the object; see
        `jsolar.models.mask_rcnn.align.paste`.
      present: which were found.
    """

    boxes: Float[Array, "*b n 4"]
    scores: Float[Array, "*b n"]
    classes: Int[Array, "*b n"]
    probabilities: Float[Array, "*b n k"]
    masks: Float[Array, "*b n q q"]
    present: Bool[Array, "*b n"]


def choose(
    logits: Float[Array, "r _"],
    differences: Float[Array, "r c 4"],
    proposals: Proposals,
    *,
    shape: tuple[int, int],
    config: MaskRCNNConfig,
) -> Detections:
    """What is found in one picture, before its masks (which are empty).

    Args:
      logits: of the background and of k classes, of each proposal.
      differences: of boxes from it.
      proposals: of the picture.
      shape: its rows and columns.
      config: of the network.

    Returns:
      Detections, without masks.

    Example:
      >>> proposals = Proposals(jnp.array([[0.0, 0.0, 4.0, 4.0]]), jnp.array([True]))
      >>> logits, still = jnp.log(jnp.array([[0.2, 0.2, 0.6]])), jnp.zeros((1, 1, 4))
      >>> config = MaskRCNNConfig(agnostic=True)
      >>> found = choose(logits, still, proposals, shape=(8, 8), config=config)
      >>> found.scores.tolist(), found.classes.tolist(), found.probabilities.round(2).tolist()
      ([0.800000011920929], [2], [[0.25, 0.75]])
    """
    p = jax.nn.softmax(logits)
    given = jax.nn.softmax(logits[:, 1:])
    origin = jnp.broadcast_to(proposals.boxes[:, None], differences.shape)
    moved = decode(differences, origin, weights=config.box_weights)
    moved = clip(moved, height=shape[0], width=shape[1])
    if config.agnostic:
        boxes, scores = moved, 1 - p[:, :1]
    else:
        boxes, scores = moved[:, 1:], p[:, 1:]
    kinds = boxes.shape[1]
    large = (boxes[..., 2:] - boxes[..., :2] >= SMALLEST).all(-1)
    there = proposals.present[:, None] & large & (scores > config.score)
    ranked = jnp.where(there, scores, -1.0).ravel()
    best, at = jax.lax.top_k(ranked, min(ROOM, len(ranked)))
    row, kind = at // kinds, at % kinds
    stays = suppress(boxes[row, kind], best, overlap=config.overlap, group=kind, present=best > 0)
    score, kept = jax.lax.top_k(jnp.where(stays, best, -1.0), min(config.detections, len(best)))
    row, kind = row[kept], kind[kept]
    classes = 1 + (given[row].argmax(1) if config.agnostic else kind)
    empty = jnp.zeros((len(kept), 0, 0))
    return Detections(
        boxes[row, kind], jnp.maximum(score, 0.0), classes, given[row], empty, score > 0
    )
