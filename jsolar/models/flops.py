"""Floating-point operations counted by layer (XLA does not count cuDNN's convolutions)."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import jax

from jsolar.models.cnn import CNNConfig
from jsolar.models.mlp import MLPConfig
from jsolar.models.patchgan import PatchGANConfig
from jsolar.models.unet import UNetConfig

TRAINING_FACTOR = 3
"""A training step costs the forward pass, and twice that for the two gradients."""


def traced_flops(function: Callable[..., Any], *arguments: Any) -> int:
    """Operations of any function, two for each multiply and add of convolutions and products.

    They are counted in its trace, before any device has a say; what nobody uses does not count,
    nor do zeros that the gradient of a strided convolution puts between numbers. A loop counts as
    often as it runs, one of unknown length once; of alternatives the most costly one counts.

    Args:
      function: of arrays.
      arguments: arrays or their shapes (`jax.ShapeDtypeStruct`).

    Returns:
      Number of operations.

    Example:
      >>> a, b = jax.ShapeDtypeStruct((2, 3), "float32"), jax.ShapeDtypeStruct((3, 5), "float32")
      >>> traced_flops(lambda a, b: jax.nn.relu(a @ b), a, b)  # 2 · 2 · 3 · 5
      60
    """
    return _flops(jax.make_jaxpr(function)(*arguments).jaxpr)


def _flops(jaxpr: Any) -> int:
    """Of the equations that an output depends on."""
    total, used = 0, {id(x) for x in jaxpr.outvars}
    for equation in reversed(jaxpr.eqns):
        if any(id(x) in used for x in equation.outvars) or equation.effects:
            used |= {id(x) for x in equation.invars}
            total += _of_equation(equation)
    return total


def _of_equation(equation: Any) -> int:
    name, params = equation.primitive.name, equation.params
    inner = [_flops(x) for x in jax.tree.leaves(params, is_leaf=_is_jaxpr) if _is_jaxpr(x)]
    if inner:
        return max(inner) if name == "cond" else params.get("length", 1) * sum(inner)
    results = math.prod(equation.outvars[0].aval.shape)
    if name == "dot_general":
        (contracted, _), _ = params["dimension_numbers"]
        return 2 * results * math.prod(equation.invars[0].aval.shape[i] for i in contracted)
    if name == "conv_general_dilated":
        kernel = equation.invars[1].aval.shape
        each = math.prod(kernel) // kernel[params["dimension_numbers"].rhs_spec[0]]
        return 2 * results * each // math.prod(params["lhs_dilation"])
    return 0


def _is_jaxpr(x: Any) -> bool:
    return hasattr(x, "eqns")


def cnn_flops(config: CNNConfig, *, size: int, outputs: int, channels: int = 1) -> int:
    """Operations of one picture's forward pass, two for each multiply and add.

    Convolutions and dense layers only; norms, ReLU and pooling are bound by memory, not by these.

    Args:
      config: of the network.
      size: pixels on a side.
      outputs: logits.
      channels: of the picture.

    Returns:
      Number of operations.

    Example:
      >>> cnn_flops(CNNConfig(widths=(8,), hidden=4), size=4, outputs=1)  # 2·(4·9·8 + 16·4 + 4)
      712
    """
    total, side, depth = 0, size, channels
    for width in config.widths:
        output = math.ceil(side / 2) if config.downsample == "stride" else side
        total += output**2 * 9 * depth * width
        side, depth = math.ceil(side / 2), width
    total += 2 * depth * config.hidden + config.hidden * outputs
    return 2 * total


def unet_flops(config: UNetConfig, *, size: int, channels: int, outputs: int) -> int:
    """Operations of one series' forward pass, two for each multiply and add.

    Convolutions only; the dense layers for what is known besides are a thousandth of it.

    Args:
      config: of the network.
      size: pixels on a side, divisible by 2 to the depth.
      channels: of all frames together.
      outputs: channels that come out.

    Returns:
      Number of operations.

    Example:
      >>> unet_flops(UNetConfig(width=4, depth=0), size=2, channels=1, outputs=1)  # 4·9·(4+16+4)·2
      1728
    """
    widths = [config.width * 2**level for level in range(config.depth + 1)]
    sides = [size // 2**level for level in range(config.depth + 1)]
    total, depth = 0, channels
    for side, width in zip(sides, widths, strict=True):
        total += side**2 * (depth * width + width**2)
        depth = width
    for side, width in zip(sides[-2::-1], widths[-2::-1], strict=True):
        total += side**2 * ((depth + width) * width + width**2)
        depth = width
    return 2 * 9 * (total + size**2 * depth * outputs)


def patchgan_flops(config: PatchGANConfig, *, size: int, channels: int, outputs: int = 1) -> int:
    """Operations of judging one picture, two for each multiply and add; convolutions only.

    Args:
      config: of the network.
      size: pixels on a side, divisible by 2 to the depth.
      channels: of all frames together, and of what is known besides.
      outputs: logits for each patch.

    Returns:
      Number of operations.

    Example:
      >>> patchgan_flops(PatchGANConfig(width=4, depth=1), size=4, channels=1)  # 4·(64+144+36)·2
      1952
    """
    total, side, depth = 0, size, channels
    for level in range(config.depth):
        side, width = side // 2, config.width * 2**level
        total += side**2 * 16 * depth * width
        depth = width
    return 2 * (total + side**2 * 9 * (depth**2 + depth * outputs))


def mlp_flops(config: MLPConfig, *, features: int, outputs: int) -> int:
    """Operations of one example's forward pass, two for each multiply and add.

    Example:
      >>> mlp_flops(MLPConfig(hidden=(10,)), features=5, outputs=2)
      140
    """
    widths = (features, *config.hidden, outputs)
    return 2 * sum(a * b for a, b in pairwise(widths))
