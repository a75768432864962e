"""The network stage by stage, each stage fed with what torchvision gave to it."""

import dataclasses
import zlib

import jax
import jax.numpy as jnp
import numpy as np

from jsolar.models.mask_rcnn.config import MaskRCNNConfig
from jsolar.models.mask_rcnn.detections import choose
from jsolar.models.mask_rcnn.network import MaskRCNN, mask_rcnn
from jsolar.models.mask_rcnn.proposals import Proposals, propose, pyramid_anchors
from jsolar.models.mask_rcnn.published import from_torchvision
from jsolar.models.mask_rcnn.pyramid import look_up
from jsolar.models.mask_rcnn.targets import Objects
from jsolar.models.resnet import RESNETS, ResNet, ResNetConfig

CLASSES = 3
EVERYTHING = 100_000
"""More than there is, so that all anchors and regions are chosen and luck plays no part."""

NARROW = MaskRCNNConfig(
    backbone=ResNetConfig((1, 1, 1, 1), norm="frozen"),
    pyramid=16,
    anchor_sizes=(16.0, 32.0, 64.0, 128.0, 256.0),
    candidates=(80, 80),
    proposals=(50, 50),
    hidden=32,
    detections=20,
    score=0.02,
)
FULL = dataclasses.replace(
    MaskRCNNConfig(), backbone=dataclasses.replace(MaskRCNNConfig().backbone, fixed=0)
)


def drawn(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """A weight, from the legacy stream that the tensor's name seeds; variances are positive."""
    stream = np.random.RandomState(zlib.crc32(name.encode()))
    if name.endswith("running_var"):
        return stream.uniform(0.5, 1.5, shape).astype(np.float32)
    if len(shape) == 1:
        middle = 0.0 if name.endswith(("bias", "mean")) else 1.0
        middle *= 0.2 if "bn3" in name else 1.0  # else a sum of many blocks grows beyond bounds
        return (middle + 0.1 * stream.standard_normal(shape)).astype(np.float32)
    scale = np.sqrt(2 / np.prod(shape[1:]))
    scale *= 0.25 if "bbox_pred" in name else 1.0  # differences that stay within reason
    return (scale * stream.standard_normal(shape)).astype(np.float32)


def picture(shape: tuple[int, int]) -> np.ndarray:
    """A batch of one, smooth and noisy."""
    stream = np.random.RandomState(5)
    coarse = stream.standard_normal((1, shape[0] // 8, shape[1] // 8, 3))
    smooth = np.kron(coarse, np.ones((1, 8, 8, 1)))
    return (smooth + 0.3 * stream.standard_normal((1, *shape, 3))).astype(np.float32)


def objects(shape: tuple[int, int]) -> Objects:
    """Three rectangles; their masks fill their boxes."""
    h, w = shape
    boxes = np.array([[[4, 8, 28, 40], [30, 10, 62, 30], [50, 40, w - 4, h - 2]]], np.float32)
    y, x = np.mgrid[:h, :w]
    inside = [(x >= a) & (x < c) & (y >= b) & (y < d) for a, b, c, d in boxes[0]]
    there = np.ones((1, 3), bool)
    return Objects(boxes, np.array([[1, 3, 2]]), np.stack(inside)[None], there)


def params_from(config: MaskRCNNConfig, state: dict[str, np.ndarray]):
    """Parameters of the network from torchvision's."""
    init = mask_rcnn(config, outputs=CLASSES).init
    shapes = jax.eval_shape(init, jax.random.key(0), jnp.zeros((1, 64, 64, 3)))
    return from_torchvision(state, shapes)


def ours(config: MaskRCNNConfig, params, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What each stage makes of what torchvision gave to it."""
    network = MaskRCNN(config, CLASSES).bind({"params": params})
    shape = given["picture"].shape[1:3]
    found = {f"body{i}": x for i, x in enumerate(network.body(given["picture"]))}
    maps = network.fpn([jnp.asarray(given[f"body{i}"]) for i in range(4)])
    found |= {f"pyramid{i}": x for i, x in enumerate(maps)}
    maps = [jnp.asarray(given[f"pyramid{i}"]) for i in range(5)]
    logits, differences = network.proposal_head(maps)
    found |= {"logits": jnp.concatenate(logits, 1), "moves": jnp.concatenate(differences, 1)}
    anchors = pyramid_anchors(maps, config)
    ends = np.cumsum([len(level) for level in anchors])[:-1]
    of_level = (jnp.split(jnp.asarray(given[name][0]), ends) for name in ("logits", "moves"))
    proposals = propose(*of_level, anchors, shape=shape, config=config)
    found["proposals"] = like(proposals.boxes[: proposals.present.sum()], given["proposals"])
    firsts = [x[0] for x in maps]
    how = {"maps": firsts, "config": config}
    found["box_features"] = look_up(boxes=given["proposals"], size=config.box_size, **how)
    found["class_logits"], found["box_moves"] = network.box_head(given["box_features"])
    all_there = Proposals(jnp.asarray(given["proposals"]), jnp.ones(len(given["proposals"]), bool))
    seen = (jnp.asarray(given[name]) for name in ("class_logits", "box_moves"))
    chosen = choose(*seen, all_there, shape=shape, config=config)
    there = int(chosen.present.sum())
    found |= {name: getattr(chosen, name)[:there] for name in ("boxes", "scores", "classes")}
    found["mask_features"] = look_up(boxes=given["boxes"], size=config.mask_size, **how)
    found["mask_logits"] = network.mask_head(given["mask_features"])
    return {name: np.asarray(x) for name, x in found.items()}


def losses(config: MaskRCNNConfig, params, picture: np.ndarray) -> dict[str, np.ndarray]:
    """The terms of the loss where all anchors and regions are chosen."""
    every = dataclasses.replace(config, anchors=EVERYTHING, regions=EVERYTHING, regions_share=0.5)
    network = MaskRCNN(every, CLASSES)
    keys = jax.random.split(jax.random.key(0), 1)
    there = objects(picture.shape[1:3])
    run = jax.jit(lambda p: network.apply(p, picture, there, keys, method=MaskRCNN.losses))
    return {f"loss_{name}": np.asarray(x[0]) for name, x in run({"params": params}).items()}


def like(boxes, order: np.ndarray) -> np.ndarray:
    """Boxes in the order of others: torchvision ranks by σ(z), which rounds, so there are ties."""
    apart = np.abs(np.asarray(boxes)[:, None] - order[None]).max(-1)
    return np.asarray(boxes)[apart.argmin(0)] if len(boxes) == len(order) else np.asarray(boxes)


def basic(state: dict[str, np.ndarray], picture: np.ndarray) -> list[np.ndarray]:
    """The maps of a ResNet-18."""
    config = dataclasses.replace(RESNETS["resnet18"], norm="frozen")
    network = ResNet(config)
    params = jax.eval_shape(network.init, jax.random.key(0), picture)["params"]
    found = jax.jit(network.apply)({"params": from_torchvision(state, params)}, picture)
    return [np.asarray(x) for x in found]
