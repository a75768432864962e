"""From what the network says of anchors to boxes that are worth a look."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jsolar.models.mask_rcnn.anchors import anchors
from jsolar.models.mask_rcnn.boxes import clip, decode
from jsolar.models.mask_rcnn.config import INFERENCE, TRAINING, MaskRCNNConfig
from jsolar.models.mask_rcnn.pyramid import FINEST
from jsolar.models.mask_rcnn.suppression import suppress

SMALLEST = 1e-3
"""Side of a box that is worth a look, pixels."""


class Proposals(NamedTuple):
    """Boxes of one picture.

    Attributes:
      boxes: pixels.
      present: which are there.
    """

    boxes: Float[Array, "*b n 4"]
    present: Bool[Array, "*b n"]


def pyramid_anchors(
    maps: Sequence[Float[np.ndarray | Array, "*b _ _ c"]], config: MaskRCNNConfig
) -> list[Float[np.ndarray, "_ 4"]]:
    """The anchors of all levels.

    Args:
      maps: of the pyramid, from the finest on.
      config: of the network, with a size for each.

    Returns:
      Boxes, row by row.

    Example:
      >>> maps = [jnp.zeros((4, 4, 1)), jnp.zeros((2, 2, 1))]
      >>> [len(level) for level in pyramid_anchors(maps, MaskRCNNConfig())]
      [48, 12]
    """
    return [
        anchors(
            (x.shape[-3], x.shape[-2]),
            stride=2 ** (FINEST + i),
            size=size,
            ratios=config.anchor_ratios,
            rounded=config.anchors_rounded,
        )
        for i, (x, size) in enumerate(zip(maps, config.anchor_sizes, strict=False))
    ]


def propose(
    logits: Sequence[Float[Array, "_"]],
    differences: Sequence[Float[Array, "_ 4"]],
    anchors: Sequence[Float[np.ndarray, "_ 4"]],
    *,
    shape: tuple[int, int],
    config: MaskRCNNConfig,
    train: bool = False,
) -> Proposals:
    """The best boxes of one picture: of each level the best, of those that overlap the best.

    Args:
      logits: of the anchors of each level.
      differences: of the boxes from them.
      anchors: of each level.
      shape: rows and columns of the picture.
      config: of the network.
      train: more are proposed while training.

    Returns:
      Proposals, best first.

    Example:
      >>> config = MaskRCNNConfig(proposals=(2, 2))
      >>> anchors = pyramid_anchors([jnp.zeros((1, 2, 1))], MaskRCNNConfig(anchor_ratios=(1.0,)))
      >>> logits, differences = jnp.array([0.0, 1.0]), jnp.zeros((2, 4))
      >>> found = propose([logits], [differences], anchors, shape=(8, 8), config=config)
      >>> found.boxes.tolist(), found.present.tolist()
      ([[0.0, 0.0, 8.0, 8.0], [0.0, 0.0, 8.0, 8.0]], [True, False])
    """
    when = TRAINING if train else INFERENCE
    boxes, scores = [], []
    for own in zip(logits, differences, anchors, strict=True):
        found, score = _of_level(*own, shape=shape, config=config, most=config.candidates[when])
        boxes.append(found)
        scores.append(score)
    every, score = jnp.concatenate(boxes), jnp.concatenate(scores)
    best, rows = jax.lax.top_k(score, min(config.proposals[when], len(score)))
    return Proposals(every[rows], best > -jnp.inf)


def _of_level(
    logits: Float[Array, "n"],
    differences: Float[Array, "n 4"],
    anchors: Float[np.ndarray, "n 4"],
    *,
    shape: tuple[int, int],
    config: MaskRCNNConfig,
    most: int,
) -> tuple[Float[Array, "m 4"], Float[Array, "m"]]:
    """The best boxes of a level and their logits, −∞ for those that a better one overlaps."""
    score, rows = jax.lax.top_k(logits, min(most, len(logits)))
    boxes = clip(
        decode(differences[rows], jnp.asarray(anchors)[rows]), height=shape[0], width=shape[1]
    )
    large = (boxes[:, 2:] - boxes[:, :2] >= SMALLEST).all(1)
    stays = suppress(boxes, score, overlap=config.proposal_overlap, present=large)
    return boxes, jnp.where(stays, score, -jnp.inf)
