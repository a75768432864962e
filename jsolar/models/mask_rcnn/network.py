"""Mask R-CNN: from a picture to boxes, classes and masks of what is in it, and how it is taught."""

from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.keys import named
from jsolar.losses import detection as losses
from jsolar.models.layers import from_flax
from jsolar.models.mask_rcnn.config import MaskRCNNConfig
from jsolar.models.mask_rcnn.detections import Detections, choose
from jsolar.models.mask_rcnn.heads import BoxHead, MaskHead, ProposalHead
from jsolar.models.mask_rcnn.proposals import Proposals, propose, pyramid_anchors
from jsolar.models.mask_rcnn.pyramid import Pyramid, look_up
from jsolar.models.mask_rcnn.targets import (
    AnchorTargets,
    Objects,
    RegionTargets,
    anchor_targets,
    known_class,
    region_targets,
    sound,
)
from jsolar.models.resnet import ResNet
from jsolar.types import Model, PyTree

Pictures = Float[np.ndarray | Array, "b h w c"]

TERMS = ("objectness", "proposal_boxes", "classes", "boxes", "masks")
"""Of the loss: the first two are those of the anchors."""


class MaskRCNN(nn.Module):
    """The network; every method takes all pictures of a batch at once.

    Attributes:
      config: sizes and rules.
      classes: k, besides the background.
    """

    config: MaskRCNNConfig
    classes: int

    def setup(self) -> None:
        """The parts that have parameters."""
        self.body, self.fpn = ResNet(self.config.backbone), Pyramid(self.config)
        self.proposal_head = ProposalHead(self.config)
        self.box_head = BoxHead(self.config, self.classes)
        self.mask_head = MaskHead(self.config, self.classes)

    def __call__(
        self, pictures: Pictures, *, key: Key[Array, "b"] | None = None, train: bool = False
    ) -> Detections:
        """What is found."""
        del key
        _, h, w, _ = pictures.shape
        maps = self.fpn(self.body(pictures, train=train), train=train)
        proposals = self._proposals(maps, *self.proposal_head(maps), (h, w), train=False)
        logits, differences = self._of_boxes(maps, proposals.boxes)

        def chosen(*of: Any) -> Detections:
            return choose(*of, shape=(h, w), config=self.config)

        found = jax.vmap(chosen)(logits, differences, proposals)
        seen = self._of_masks(maps, found.boxes, train=train)
        own = jnp.zeros_like(found.classes) if self.config.agnostic else found.classes
        return found._replace(masks=jax.nn.sigmoid(_own(seen, own)))

    def losses(
        self, pictures: Pictures, objects: Objects, keys: Key[Array, "b"], *, train: bool = True
    ) -> dict[str, Float[Array, "b"]]:
        """The terms of the loss of each picture, by `TERMS`.

        Args:
          pictures: a batch.
          objects: what is in them.
          keys: of the choice of anchors and regions.
          train: how many proposals are made, and how convolutions are computed.

        Returns:
          Terms, whose sum is the loss.
        """
        _, h, w, _ = pictures.shape
        objects = jax.vmap(sound)(objects)
        maps = self.fpn(self.body(pictures, train=train), train=train)
        logits, differences = self.proposal_head(maps, train=train)
        still = jax.lax.stop_gradient((logits, differences))
        proposals = self._proposals(maps, *still, (h, w), train=train)
        anchors = np.concatenate(pyramid_anchors(maps, self.config))

        def targets(
            key: Key[Array, ""], proposals: Proposals, objects: Objects
        ) -> tuple[AnchorTargets, RegionTargets]:
            config = self.config
            return (
                anchor_targets(named(key, "anchors"), anchors, objects, config),
                region_targets(named(key, "regions"), proposals, objects, config),
            )

        wanted, regions = jax.vmap(targets)(keys, proposals, objects)
        every = jnp.concatenate(logits, 1), jnp.concatenate(differences, 1)
        return {
            **jax.vmap(anchor_losses)(*every, wanted),
            **self._region_losses(maps, regions, train=train),
        }

    def _region_losses(
        self, maps: list[Array], regions: RegionTargets, *, train: bool
    ) -> dict[str, Float[Array, "b"]]:
        logits, differences = self._of_boxes(maps, regions.boxes)
        few = regions.masks.shape[1]
        seen = self._of_masks(maps, regions.boxes[:, :few], train=train)
        if self.config.agnostic:
            own, sure = jnp.zeros_like(regions.classes), regions.positive
        else:
            own, sure = jnp.maximum(regions.classes, 0), known_class(regions)
        cells = _own(seen, own[:, :few])

        def of_one(
            logits: Array, found: Array, cells: Array, sure: Array, regions: RegionTargets
        ) -> dict[str, Float[Array, ""]]:
            count = regions.chosen.sum()
            return {
                "classes": losses.classes(logits, regions.classes, regions.chosen),
                "boxes": losses.places(found, regions.differences, sure, count=count),
                "masks": losses.masks(cells, regions.masks, sure[:few]),
            }

        moved = jnp.take_along_axis(differences, own[..., None, None], 2)[:, :, 0]
        return jax.vmap(of_one)(logits, moved, cells, sure, regions)

    def _proposals(
        self,
        maps: list[Array],
        logits: list[Array],
        differences: list[Array],
        shape: tuple[int, int],
        *,
        train: bool,
    ) -> Proposals:
        anchors = pyramid_anchors(maps, self.config)

        def of_one(logits: list[Array], differences: list[Array]) -> Proposals:
            return propose(
                logits, differences, anchors, shape=shape, config=self.config, train=train
            )

        return jax.vmap(of_one)(logits, differences)

    def _of_boxes(
        self, maps: list[Array], boxes: Float[Array, "b r 4"]
    ) -> tuple[Float[Array, "b r _"], Float[Array, "b r _ 4"]]:
        features = self._looked_up(maps, boxes, self.config.box_size)
        logits, differences = self.box_head(features.reshape(-1, *features.shape[2:]))
        b, r, _ = boxes.shape
        return logits.reshape(b, r, -1), differences.reshape(b, r, -1, 4)

    def _of_masks(
        self, maps: list[Array], boxes: Float[Array, "b r 4"], *, train: bool
    ) -> Float[Array, "b r q q _"]:
        features = self._looked_up(maps, boxes, self.config.mask_size)
        found = self.mask_head(features.reshape(-1, *features.shape[2:]), train=train)
        return found.reshape(*boxes.shape[:2], *found.shape[1:])

    def _looked_up(
        self, maps: list[Array], boxes: Float[Array, "b r 4"], size: int
    ) -> Float[Array, "b r size size c"]:
        return jax.vmap(lambda *of: look_up(*of, size=size, config=self.config))(maps, boxes)


def _own(masks: Float[Array, "b r q q k"], which: Array) -> Float[Array, "b r q q"]:
    """The mask of one class, or of all."""
    return jnp.take_along_axis(masks, which[..., None, None, None], -1)[..., 0]


def anchor_losses(
    logits: Float[Array, "n"], differences: Float[Array, "n 4"], wanted: AnchorTargets
) -> dict[str, Float[Array, ""]]:
    """The two terms of the anchors of one picture."""
    count = wanted.positive.sum() + wanted.negative.sum()
    return {
        "objectness": losses.objectness(logits, wanted.positive, wanted.negative),
        "proposal_boxes": losses.places(
            differences, wanted.differences, wanted.positive, count=count
        ),
    }


def mask_rcnn(config: MaskRCNNConfig, *, outputs: int) -> Model:
    """A detector of objects with masks.

    Args:
      config: sizes and rules.
      outputs: k, classes besides the background.

    Returns:
      A model from pictures ``Float[b, h, w, c]`` to
      `jsolar.models.mask_rcnn.detections.Detections`; `mask_rcnn_losses` has what it is taught by.

    Example:
      >>> from jsolar.models.mask_rcnn.config import SOLAR
      >>> model, pictures = mask_rcnn(SOLAR["light"], outputs=2), jnp.zeros((1, 64, 64, 1))
      >>> params = jax.eval_shape(model.init, jax.random.key(0), pictures)
      >>> sorted(params)
      ['body', 'box_head', 'fpn', 'mask_head', 'proposal_head']

    References:
      He et al. (2017), arXiv:1703.06870; Lin et al. (2017), arXiv:1612.03144
    """
    return from_flax(MaskRCNN(config, outputs))


def mask_rcnn_losses(
    config: MaskRCNNConfig, *, outputs: int
) -> Callable[..., dict[str, Float[Array, "b"]]]:
    """The terms of L = L_cls + L_box + L_mask and of the anchors' own L_cls + L_box.

    Args:
      config: see `mask_rcnn`.
      outputs: k.

    Returns:
      A function ``(params, pictures, objects, keys, train=True)`` to the terms of each picture.
    """
    network = MaskRCNN(config, outputs)

    def terms(
        params: PyTree,
        pictures: Pictures,
        objects: Objects,
        keys: Key[Array, "b"],
        train: bool = True,
    ) -> dict[str, Float[Array, "b"]]:
        given: Any = (pictures, objects, keys)
        found: Any = network.apply({"params": params}, *given, train=train, method=MaskRCNN.losses)
        return found

    return terms
