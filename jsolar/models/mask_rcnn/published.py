"""Weights of torchvision, as plain arrays, for networks here.

Whoever has PyTorch writes them once,
``numpy.savez("weights.npz", **{k: v.numpy() for k, v in model.state_dict().items()})``,
and whoever has the file needs no PyTorch: ``from_torchvision(numpy.load("weights.npz"), params)``.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from jsolar.types import PyTree

NAMES = (
    (r"^body/", "backbone.body."),
    (r"^fpn/(\w+)_blocks_(\d)/", r"backbone.fpn.\1_blocks.\2.0."),
    (r"^proposal_head/conv/", "rpn.head.conv.0.0."),
    (r"^proposal_head/", "rpn.head."),
    (r"^box_head/(fc\d)/", r"roi_heads.box_head.\1."),
    (r"^box_head/", "roi_heads.box_predictor."),
    (r"^mask_head/mask_fcn_(\d)/", r"roi_heads.mask_head.\1.0."),
    (r"^mask_head/conv5_bias$", "roi_heads.mask_predictor.conv5_mask.bias"),
    (r"^mask_head/", "roi_heads.mask_predictor."),
    (r"(layer\d|downsample)_(\d+)/", r"\1.\2."),
    (r"/kernel$|\.kernel$", ".weight"),
    ("/", "."),
)
"""From a path here to a name there, one rule after the other."""

OLD_NAMES: tuple[tuple[str, Any], ...] = (
    (r"(_blocks\.\d)\.0\.", r"\1."),
    (r"rpn\.head\.conv\.0\.0\.", "rpn.head.conv."),
    (r"mask_head\.(\d)\.0\.", lambda found: f"mask_head.mask_fcn{int(found[1]) + 1}."),
)
"""From a name there to what it was called before torchvision 0.13, as published files have it."""


def from_torchvision(
    state: Mapping[str, np.ndarray], params: PyTree, *, fresh: Collection[str] = ()
) -> PyTree:
    """Parameters of `jsolar.models.mask_rcnn.network.mask_rcnn`, or of its backbone alone.

    A first convolution of other than three channels gets the sum of the three colours, divided by
    the number of channels: it says of equal channels what the published one says of grey.

    Args:
      state: the state dict of ``maskrcnn_resnet50_fpn`` or of a ResNet, as arrays.
      params: as the model's ``init`` gives them, for names and shapes; or its ``["body"]``, for
        the weights of a ResNet.
      fresh: parts that stay as they are, such as those that depend on the number of classes
        (`CLASSES`).

    Returns:
      Parameters.

    Raises:
      ValueError: a weight is missing, or has another shape.

    Example:
      >>> import jax.numpy as jnp
      >>> params = {"conv1": {"kernel": jnp.zeros((1, 1, 1, 2))}}
      >>> state = {"conv1.weight": np.arange(6.0).reshape(2, 3, 1, 1)}
      >>> from_torchvision(state, params)["conv1"]["kernel"].tolist()
      [[[[3.0, 12.0]]]]
    """
    depth = params["fpn"]["layer_blocks_0"]["kernel"].shape[-1] if "fpn" in params else 0

    def loaded(path: Any, own: Any) -> Any:
        name = "/".join(part.key for part in path)
        if any(name.startswith(part) for part in fresh):
            return own
        found = _named(state, name)
        weight = np.asarray(_arranged(name, found, np.shape(own), depth), np.float32)
        if weight.shape != np.shape(own):
            raise ValueError(
                f"{name} has the shape {np.shape(own)} here and {weight.shape} in the weights; "
                "is it the same network? Parts that differ on purpose can be left fresh"
            )
        return weight

    return jax.tree_util.tree_map_with_path(loaded, params)


CLASSES = ("box_head/cls_score", "box_head/bbox_pred", "mask_head/mask_fcn_logits")
"""Parts whose shape depends on the classes."""


def torchvision_name(path: str) -> str:
    """What torchvision calls a parameter.

    Example:
      >>> torchvision_name("body/layer1_0/downsample_0/kernel")
      'backbone.body.layer1.0.downsample.0.weight'
    """
    for pattern, name in NAMES:
        path = re.sub(pattern, name, path)
    return path


def _named(state: Mapping[str, np.ndarray], path: str) -> np.ndarray:
    """The weight, by the name of today or of before."""
    name = torchvision_name(path)
    old = name
    for pattern, before in OLD_NAMES:
        old = re.sub(pattern, before, old)
    for known in (name, old):
        if known in state:
            return np.asarray(state[known])
    raise ValueError(
        f"the weights have no {name}, which {path} would be; are they of this network?"
    )


def _arranged(
    path: str, weight: np.ndarray, shape: tuple[int, ...], depth: int
) -> Float[np.ndarray, "..."]:
    """Channels last, and cells of a grid before them; ``depth`` is the channels of the pyramid."""
    if not path.endswith("/kernel"):
        return weight
    if path.endswith("conv5_mask/kernel"):  # in, out, 2, 2: four results of each cell
        return weight.transpose(0, 2, 3, 1).reshape(1, 1, len(weight), -1)
    if path.endswith("fc6/kernel"):  # out, channels × cells
        side = round((weight.shape[1] / depth) ** 0.5)
        grid = weight.reshape(-1, depth, side, side)
        return grid.transpose(2, 3, 1, 0).reshape(weight.shape[1], -1)
    if len(shape) == 2:
        return weight.T
    weight = weight.transpose(2, 3, 1, 0)
    if path.endswith("conv1/kernel") and "layer" not in path and weight.shape[2] != shape[2]:
        return np.repeat(weight.sum(2, keepdims=True), shape[2], 2) / shape[2]
    return weight
