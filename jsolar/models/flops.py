"""Floating-point operations counted by layer (XLA does not count cuDNN's convolutions)."""

import math
from itertools import pairwise

from jsolar.models.cnn import CNNConfig
from jsolar.models.mlp import MLPConfig

TRAINING_FACTOR = 3
"""A training step costs the forward pass, and twice that for the two gradients."""


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


def mlp_flops(config: MLPConfig, *, features: int, outputs: int) -> int:
    """Operations of one example's forward pass, two for each multiply and add.

    Example:
      >>> mlp_flops(MLPConfig(hidden=(10,)), features=5, outputs=2)
      140
    """
    widths = (features, *config.hidden, outputs)
    return 2 * sum(a * b for a, b in pairwise(widths))
