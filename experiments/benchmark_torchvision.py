"""Torchvision's Mask R-CNN of the sizes of ours, for benchmarks and for tests of parity."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from jsolar.models.mask_rcnn.config import INFERENCE, TRAINING, MaskRCNNConfig
from jsolar.models.mask_rcnn.targets import Objects


def calls(
    config: MaskRCNNConfig, pictures: np.ndarray, objects: Objects, classes: int
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Named calls to time: training and inference, eager; resizing and pasting are left out.

    Args:
      config: of our network.
      pictures: channels last.
      objects: what is in them.
      classes: besides the background.

    Yields:
      Calls; each returns a function that waits until the device is done.
    """
    import torch
    from torchvision.models.detection.image_list import ImageList

    device = "cuda" if torch.cuda.is_available() else "cpu"
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).to(device)
    x = x.contiguous(memory_format=torch.channels_last)
    shapes = [pictures.shape[1:3]] * len(pictures)
    kinds = {"boxes": torch.float32, "labels": torch.int64, "masks": torch.uint8}
    fields = (objects.boxes, objects.classes, objects.masks)
    targets = [
        {
            name: torch.tensor(field[b][objects.present[b]], dtype=kind, device=device)
            for (name, kind), field in zip(kinds.items(), fields, strict=True)
        }
        for b in range(len(pictures))
    ]
    body = backbone(config, pictures.shape[-1])
    model = network(config, body, classes).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
    half = torch.autocast(device, torch.bfloat16, enabled=config.dtype == "bfloat16")
    wait = torch.cuda.synchronize if device == "cuda" else (lambda: None)

    def train() -> Any:
        model.train()
        optimizer.zero_grad(set_to_none=True)
        with half:
            maps = model.backbone(x)
            proposals, of_anchors = model.rpn(ImageList(x, shapes), maps, targets)
            _, of_regions = model.roi_heads(maps, proposals, shapes, targets)
        sum([*of_anchors.values(), *of_regions.values()]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return wait

    def infer() -> Any:
        model.eval()
        with torch.no_grad(), half:
            maps = model.backbone(x)
            proposals, _ = model.rpn(ImageList(x, shapes), maps)
            model.roi_heads(maps, proposals, shapes)
        return wait

    yield "torchvision Mask R-CNN, training", train
    yield "torchvision Mask R-CNN, inference", infer


def network(config: MaskRCNNConfig, body: Any, classes: int) -> Any:
    """Torchvision's detector about a backbone, with all numbers of our config.

    Args:
      config: of our network.
      body: a module with ``layer1`` to ``layer4``.
      classes: besides the background.

    Returns:
      A ``torchvision.models.detection.MaskRCNN``.
    """
    from torchvision.models.detection import MaskRCNN, rpn
    from torchvision.models.detection.backbone_utils import BackboneWithFPN
    from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
    from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor

    width, kinds = config.pyramid, 1 + classes
    layers = {f"layer{i}": str(i - 1) for i in range(1, 5)}
    sizes = tuple((int(size),) for size in config.anchor_sizes)
    low, high = config.anchor_overlap
    return MaskRCNN(
        BackboneWithFPN(body, layers, list(config.backbone.channels), width),
        rpn_anchor_generator=rpn.AnchorGenerator(sizes, (config.anchor_ratios,) * len(sizes)),
        rpn_pre_nms_top_n_train=config.candidates[TRAINING],
        rpn_pre_nms_top_n_test=config.candidates[INFERENCE],
        rpn_post_nms_top_n_train=config.proposals[TRAINING],
        rpn_post_nms_top_n_test=config.proposals[INFERENCE],
        rpn_nms_thresh=config.proposal_overlap,
        rpn_fg_iou_thresh=high,
        rpn_bg_iou_thresh=low,
        rpn_batch_size_per_image=config.anchors,
        rpn_positive_fraction=config.anchors_share,
        box_head=TwoMLPHead(width * config.box_size**2, config.hidden),
        box_predictor=FastRCNNPredictor(config.hidden, kinds),
        box_score_thresh=config.score,
        box_nms_thresh=config.overlap,
        box_detections_per_img=config.detections,
        box_batch_size_per_image=config.regions,
        box_positive_fraction=config.regions_share,
        mask_head=MaskRCNNHeads(width, (width,) * config.mask_layers, 1),
        mask_predictor=MaskRCNNPredictor(width, width, kinds),
    )


def backbone(config: MaskRCNNConfig, channels: int) -> Any:
    """A ResNet of torchvision's blocks, of any width and norm."""
    from torch import nn
    from torchvision.models.resnet import BasicBlock, Bottleneck
    from torchvision.ops import FrozenBatchNorm2d

    wanted = config.backbone
    block: Any = Bottleneck if wanted.bottleneck else BasicBlock
    grown = block.expansion

    def norm(width: int) -> Any:
        if wanted.norm == "frozen":
            return FrozenBatchNorm2d(width, eps=wanted.epsilon)
        return nn.GroupNorm(width // 8, width)

    def stage(before: int, width: int, count: int, stride: int) -> Any:
        short = None
        if stride > 1 or before != width * grown:
            convolution = nn.Conv2d(before, width * grown, 1, stride, bias=False)
            short = nn.Sequential(convolution, norm(width * grown))
        first = block(before, width, stride, short, norm_layer=norm)
        more = (block(width * grown, width, norm_layer=norm) for _ in range(count - 1))
        return nn.Sequential(first, *more)

    layers: dict[str, Any] = {
        "conv1": nn.Conv2d(channels, wanted.width, 7, 2, 3, bias=False),
        "bn1": norm(wanted.width),
        "relu": nn.ReLU(inplace=True),
        "maxpool": nn.MaxPool2d(3, 2, 1),
    }
    widths = [wanted.width * 2**i for i in range(4)]
    befores = [wanted.width, *(width * grown for width in widths)]
    for i, (before, width, count) in enumerate(zip(befores, widths, wanted.blocks, strict=False)):
        layers[f"layer{i + 1}"] = stage(before, width, count, 2 if i else 1)
    body = nn.ModuleDict(layers)
    for name in ["conv1", "layer1", "layer2", "layer3", "layer4"][: wanted.fixed]:
        body[name].requires_grad_(False)
    return body
