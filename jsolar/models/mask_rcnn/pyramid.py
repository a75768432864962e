"""A feature pyramid: what is coarse and known well is added to what is fine."""

from collections.abc import Sequence
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jsolar.models.mask_rcnn.align import levels, roi_align
from jsolar.models.mask_rcnn.config import MaskRCNNConfig
from jsolar.models.resnet import convolution

FINEST = 2
"""log₂ of the pixels of the picture in a cell of the first map."""


class Pyramid(nn.Module):
    """One map of equal width for each map of a backbone, and a coarser one.

    Attributes:
      config: of the network.
    """

    config: MaskRCNNConfig

    @nn.compact
    def __call__(
        self, maps: Sequence[Float[Array, "b _ _ _"]], *, train: bool = False
    ) -> list[Float[Array, "b _ _ k"]]:
        """Maps at the scales of the backbone, and one at half the coarsest.

        References:
          Lin et al. (2017), arXiv:1612.03144
        """
        config, side = self.config, list[Any]()
        for i, x in enumerate(maps):
            inner = convolution(config, config.pyramid, 1, bias=True, name=f"inner_blocks_{i}")
            side.append(inner(x, train=train))
        for i in range(len(side) - 2, -1, -1):
            _, h, w, _ = side[i].shape
            coarse = jnp.repeat(jnp.repeat(side[i + 1], 2, axis=1), 2, axis=2)
            side[i] += coarse[:, :h, :w]
        found = [
            convolution(config, config.pyramid, 3, bias=True, name=f"layer_blocks_{i}")(
                x, train=train
            )
            for i, x in enumerate(side)
        ]
        return [*found, found[-1][:, ::2, ::2]]


def look_up(
    maps: Sequence[Float[np.ndarray | Array, "_ _ c"]],
    boxes: Float[np.ndarray | Array, "r 4"],
    *,
    size: int,
    config: MaskRCNNConfig,
) -> Float[Array, "r size size c"]:
    """Features of boxes, each from the level of the pyramid that fits its size.

    Args:
      maps: of the pyramid, from the finest on, of one picture; the coarsest is not looked at.
      boxes: pixels of the picture.
      size: cells of the grid over each box.
      config: of the network.

    Returns:
      The features of each box.

    Example:
      >>> maps = [jnp.full((8 // 2**i, 8 // 2**i, 1), float(i)) for i in range(5)]
      >>> boxes = jnp.array([[0.0, 0.0, 8.0, 8.0], [0.0, 0.0, 30.0, 30.0]])
      >>> config = MaskRCNNConfig(canonical_size=32.0)
      >>> look_up(maps, boxes, size=1, config=config).ravel().tolist()
      [0.0, 1.0]
    """
    highest = FINEST + len(maps) - 2
    level = levels(boxes, lowest=FINEST, highest=highest, canonical_size=config.canonical_size)

    def of_level(number: int) -> Float[Array, "r size size c"]:
        own: Bool[Array, "r"] = level == number
        found = roi_align(
            jnp.asarray(maps[number - FINEST]),
            boxes,
            size=size,
            scale=2.0**-number,
            samples=config.samples,
            half_pixel=config.half_pixel,
        )
        return jnp.where(own[:, None, None, None], found, 0)

    found = of_level(FINEST)
    for number in range(FINEST + 1, highest + 1):
        found += of_level(number)
    return found
