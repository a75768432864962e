"""Runs torchvision once: ``python -m tests.models.mask_rcnn.freeze`` writes `frozen.npz`.

It needs PyTorch and torchvision. With ``--full`` it compares a whole R-50-FPN instead, on a picture
of 256 × 320 pixels, stage by stage, and writes nothing.
"""

import dataclasses
import pathlib
import sys

import numpy as np

from experiments import benchmark_torchvision
from tests.models.mask_rcnn import stages

FROZEN = pathlib.Path(__file__).parent / "frozen.npz"
NARROW_SHAPE, FULL_SHAPE = (64, 128), (256, 320)  # else its anchors lie on grids of other strides
FEW = 1500
"""Numbers kept of what is no input of a later stage."""

WHOLE = ("pyramid", "logits", "moves", "proposals", "class_logits", "box_moves", "boxes", "scores")
"""Kept whole, since later stages are fed with them."""


def torchvision_network(config):
    """The same network there, with weights drawn by name."""
    import torch
    from torchvision.models import resnet
    from torchvision.ops import FrozenBatchNorm2d

    every = dataclasses.replace(
        config, anchors=stages.EVERYTHING, regions=stages.EVERYTHING, regions_share=0.5
    )
    blocks = list(config.backbone.blocks)
    body = resnet.ResNet(resnet.Bottleneck, blocks, norm_layer=FrozenBatchNorm2d)
    network = benchmark_torchvision.network(every, body, stages.CLASSES)
    state = {
        name: torch.from_numpy(stages.drawn(name, tuple(x.shape)))
        for name, x in network.state_dict().items()
    }
    network.load_state_dict(state)
    return network.eval(), {name: x.numpy() for name, x in state.items()}


def theirs(network, picture):
    """Inputs and results of all stages, channels last."""
    import torch
    from torchvision.models.detection.image_list import ImageList

    def last(x):
        return np.moveaxis(x.numpy(), 1, -1)

    heads, (h, w) = network.roi_heads, picture.shape[1:3]
    x = torch.from_numpy(np.moveaxis(picture, -1, 1).copy())
    with torch.no_grad():
        body = network.backbone.body(x)
        found = {"picture": picture} | {f"body{i}": last(body[str(i)]) for i in range(4)}
        maps = network.backbone.fpn(body)
        found |= {f"pyramid{i}": last(m) for i, m in enumerate(maps.values())}
        logits, moves = network.rpn.head(list(maps.values()))
        flat = [m.permute(0, 2, 3, 1).reshape(1, -1) for m in logits]
        found["logits"] = torch.cat(flat, 1).numpy()
        flat = [m.permute(0, 2, 3, 1).reshape(1, -1, 4) for m in moves]
        found["moves"] = torch.cat(flat, 1).numpy()
        proposals, _ = network.rpn(ImageList(x, [(h, w)]), maps)
        found["proposals"] = proposals[0].numpy()
        boxed = heads.box_roi_pool(maps, proposals, [(h, w)])
        found["box_features"] = last(boxed)
        classes, moves = heads.box_predictor(heads.box_head(boxed))
        found["class_logits"] = classes.numpy()
        found["box_moves"] = moves.reshape(len(moves), -1, 4).numpy()
        told = heads.postprocess_detections(classes, moves, proposals, [(h, w)])
        found |= {
            n: t[0].numpy() for n, t in zip(("boxes", "scores", "classes"), told, strict=True)
        }
        masked = heads.mask_roi_pool(maps, told[0], [(h, w)])
        found["mask_features"] = last(masked)
        found["mask_logits"] = last(heads.mask_predictor(heads.mask_head(masked)))
    return found


def their_losses(network, picture):
    """The terms of the loss where all anchors and regions are chosen."""
    import torch
    from torchvision.models.detection.image_list import ImageList

    shape, there = picture.shape[1:3], stages.objects(picture.shape[1:3])
    target = {
        "boxes": torch.from_numpy(there.boxes[0]),
        "labels": torch.from_numpy(there.classes[0]),
        "masks": torch.from_numpy(there.masks[0].astype(np.uint8)),
    }
    x = torch.from_numpy(np.moveaxis(picture, -1, 1).copy())
    network.train()
    with torch.no_grad():
        maps = network.backbone(x)
        proposals, of_anchors = network.rpn(ImageList(x, [shape]), maps, [target])
        _, of_regions = network.roi_heads(maps, proposals, [shape], [target])
    network.eval()
    names = {
        "objectness": "loss_objectness",
        "proposal_boxes": "loss_rpn_box_reg",
        "classes": "loss_classifier",
        "boxes": "loss_box_reg",
        "masks": "loss_mask",
    }
    told = {**of_anchors, **of_regions}
    return {f"loss_{ours}": told[name].numpy() for ours, name in names.items()}


def basic(picture):
    """The maps of a ResNet-18, whose blocks have no bottleneck, and its weights."""
    import torch
    from torchvision.models import _utils, resnet18
    from torchvision.ops import FrozenBatchNorm2d

    network = resnet18(norm_layer=FrozenBatchNorm2d).eval()
    state = {n: stages.drawn(n, tuple(x.shape)) for n, x in network.state_dict().items()}
    network.load_state_dict({name: torch.from_numpy(x) for name, x in state.items()})
    body = _utils.IntermediateLayerGetter(network, {f"layer{i + 1}": str(i) for i in range(4)})
    with torch.no_grad():
        maps = body(torch.from_numpy(np.moveaxis(picture, -1, 1).copy()))
    return {f"basic{i}": np.moveaxis(x.numpy(), 1, -1) for i, x in enumerate(maps.values())}, state


def thinned(x: np.ndarray) -> np.ndarray:
    """Every so many numbers, `FEW` in all or less."""
    return x.ravel()[:: max(1, -(-x.size // FEW))]


def freeze() -> None:
    """Write what the narrow network gives."""
    network, state = torchvision_network(stages.NARROW)
    picture = stages.picture(NARROW_SHAPE)
    found = theirs(network, picture)
    kept = {n: x if n.startswith(WHOLE) else thinned(x) for n, x in found.items()}
    del kept["picture"]
    maps, basic_state = basic(picture)
    kept |= {name: thinned(x) for name, x in maps.items()} | their_losses(network, picture)
    kept |= {"shapes": _shapes(state), "basic_shapes": _shapes(basic_state)}
    np.savez_compressed(FROZEN, **kept)
    print(FROZEN, FROZEN.stat().st_size // 1024, "KB")


def _shapes(state: dict[str, np.ndarray]) -> np.ndarray:
    return np.array([" ".join([name, *map(str, x.shape)]) for name, x in state.items()])


def compare() -> None:
    """Print how far the whole R-50-FPN is from torchvision's."""
    network, state = torchvision_network(stages.FULL)
    picture = stages.picture(FULL_SHAPE)
    given = theirs(network, picture)
    params = stages.params_from(stages.FULL, state)
    found = stages.ours(stages.FULL, params, given)
    found |= stages.losses(stages.FULL, params, picture)
    maps, basic_state = basic(picture)
    found |= {f"basic{i}": x for i, x in enumerate(stages.basic(basic_state, picture))}
    for name, expected in {**given, **their_losses(network, picture), **maps}.items():
        if name in found:
            off = np.abs(found[name] - expected).max() / np.abs(expected).max()
            print(f"{name:16} {np.shape(expected)!s:22} {off:.1e} of the largest")


if __name__ == "__main__":
    compare() if "--full" in sys.argv else freeze()
