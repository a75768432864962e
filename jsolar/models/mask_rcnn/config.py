"""All that there is to choose in a Mask R-CNN."""

import dataclasses
from typing import Any

from jsolar.models.mask_rcnn.anchors import RATIOS
from jsolar.models.mask_rcnn.boxes import Weights
from jsolar.models.resnet import RESNETS, ResNetConfig

INFERENCE, TRAINING = 0, 1
"""Which number of a pair holds when."""


@dataclasses.dataclass(frozen=True)
class MaskRCNNConfig:
    """Sizes and rules; the defaults are the published ones of "R-50-FPN 1×".

    Attributes:
      backbone: its feature maps; ``dtype`` and ``convolution`` hold for the whole network.
      pyramid: channels of the feature pyramid.
      anchor_sizes: √area of the anchors of each level, pixels, from a quarter of the scale on.
      anchor_ratios: heights over widths.
      anchors_rounded: to half pixels.
      anchor_overlap: anchors with less IoU than the first with every object are background, those
        with as much as the second, or the most of all for an object, answer for it.
      anchors: anchors of a picture that a loss looks at.
      anchors_share: of them that answer for an object, at most.
      candidates: best anchors of a level that are looked at, at inference and in training.
      proposals: of them that are proposed in all, at inference and in training.
      proposal_overlap: IoU above which the worse candidate of a level goes.
      regions: proposals of a picture that a loss looks at.
      regions_share: of them that answer for an object, at most.
      region_overlap: IoU from which on a proposal answers for an object.
      box_size: cells on a side of the grid for boxes and classes.
      mask_size: cells on a side of the grid for masks, which come out twice as fine.
      samples: on a side of each cell.
      half_pixel: whether a feature stands for the middle of its cell, see
        `jsolar.models.mask_rcnn.align.roi_align`.
      canonical_size: √area of the boxes that are looked up at 1/16 of the scale, pixels.
      box_weights: of the four differences between a box and its proposal.
      hidden: width of the two dense layers for boxes and classes.
      mask_layers: convolutions before masks are made finer, as wide as the pyramid.
      agnostic: one box and one mask for whatever class, so that an object is found once, with the
        probabilities of all classes; else one for each class, each found by itself.
      score: probability from which on something is found.
      overlap: IoU above which the worse of two boxes (of a class) goes.
      detections: at most.
    """

    backbone: ResNetConfig = dataclasses.replace(RESNETS["resnet50"], norm="frozen", fixed=2)
    pyramid: int = 256
    anchor_sizes: tuple[float, ...] = (32.0, 64.0, 128.0, 256.0, 512.0)
    anchor_ratios: tuple[float, ...] = RATIOS
    anchors_rounded: bool = True
    anchor_overlap: tuple[float, float] = (0.3, 0.7)
    anchors: int = 256
    anchors_share: float = 0.5
    candidates: tuple[int, int] = (1000, 2000)
    proposals: tuple[int, int] = (1000, 2000)
    proposal_overlap: float = 0.7
    regions: int = 512
    regions_share: float = 0.25
    region_overlap: float = 0.5
    box_size: int = 7
    mask_size: int = 14
    samples: int = 2
    half_pixel: bool = False
    canonical_size: float = 224.0
    box_weights: Weights = (10.0, 10.0, 5.0, 5.0)
    hidden: int = 1024
    mask_layers: int = 4
    agnostic: bool = False
    score: float = 0.05
    overlap: float = 0.5
    detections: int = 100

    @property
    def dtype(self) -> str:
        """Of the arithmetic."""
        return self.backbone.dtype

    @property
    def convolution(self) -> Any:
        """How convolutions are computed."""
        return self.backbone.convolution


SOLAR = {
    "light": MaskRCNNConfig(
        backbone=RESNETS["light"],
        pyramid=32,
        anchor_sizes=(8.0, 16.0, 32.0, 64.0, 128.0),
        anchors_rounded=False,
        anchors=128,
        candidates=(200, 200),
        proposals=(100, 100),
        regions=64,
        half_pixel=True,
        canonical_size=56.0,
        hidden=128,
        mask_layers=2,
        agnostic=True,
        detections=40,
    ),
    "resnet50": MaskRCNNConfig(
        backbone=RESNETS["resnet50"],
        anchor_sizes=(16.0, 32.0, 64.0, 128.0, 256.0),
        anchors_rounded=False,
        candidates=(500, 1000),
        proposals=(200, 500),
        regions=128,
        half_pixel=True,
        canonical_size=112.0,
        agnostic=True,
        detections=60,
    ),
}
"""For active regions of the full disk: ``light`` at 256² pixels on CPUs, ``resnet50`` at 512²."""
