"""The three heads: where something may be, what it is, and its mask."""

from collections.abc import Sequence
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jsolar.models.layers import Conv
from jsolar.models.mask_rcnn.config import MaskRCNNConfig
from jsolar.models.resnet import convolution

OUTPUT = nn.initializers.normal(0.01)
"""Of the weights of logits and differences, so that all begins near "perhaps" and "just there"."""


class ProposalHead(nn.Module):
    """For each anchor whether it holds something, and where exactly.

    Attributes:
      config: of the network.
    """

    config: MaskRCNNConfig

    @nn.compact
    def __call__(
        self, maps: Sequence[Float[Array, "b _ _ _"]], *, train: bool = False
    ) -> tuple[list[Float[Array, "b _"]], list[Float[Array, "b _ 4"]]]:
        """Logits and differences of the anchors of each map, row by row.

        References:
          Ren et al. (2015), arXiv:1506.01497
        """
        config, anchors = self.config, len(self.config.anchor_ratios)
        shared = convolution(config, config.pyramid, 3, bias=True, name="conv")
        objects = Conv(anchors, (1, 1), kernel_init=OUTPUT, name="cls_logits")
        places = Conv(4 * anchors, (1, 1), kernel_init=OUTPUT, name="bbox_pred")
        logits, differences = [], []
        for x in maps:
            seen = nn.relu(shared(x, train=train)).astype(jnp.float32)
            logits.append(objects(seen).reshape(len(x), -1))
            differences.append(places(seen).reshape(len(x), -1, 4))
        return logits, differences


class BoxHead(nn.Module):
    """What a box shows, and where exactly.

    Attributes:
      config: of the network.
      classes: k, besides the background.
    """

    config: MaskRCNNConfig
    classes: int

    @nn.compact
    def __call__(
        self, features: Float[np.ndarray | Array, "r p p c"]
    ) -> tuple[Float[Array, "r _"], Float[Array, "r _ 4"]]:
        """Logits of the background and of k classes, and differences of the box for each.

        Args:
          features: of r boxes.

        Returns:
          Logits ``[r, 1 + k]``, differences ``[r, 1 + k, 4]``, or ``[r, 1, 4]`` where one box
          serves all classes.
        """
        x = jnp.asarray(features, self.config.dtype).reshape(len(features), -1)
        for name in ("fc6", "fc7"):
            x = nn.relu(nn.Dense(self.config.hidden, dtype=self.config.dtype, name=name)(x))
        x, boxes = x.astype(jnp.float32), 1 if self.config.agnostic else 1 + self.classes
        logits = nn.Dense(1 + self.classes, kernel_init=OUTPUT, name="cls_score")(x)
        differences = nn.Dense(4 * boxes, kernel_init=OUTPUT, name="bbox_pred")(x)
        return logits, differences.reshape(len(x), boxes, 4)


class MaskHead(nn.Module):
    """The mask of a box.

    Attributes:
      config: of the network.
      classes: k, besides the background.
    """

    config: MaskRCNNConfig
    classes: int

    @nn.compact
    def __call__(
        self, features: Float[np.ndarray | Array, "r p p c"], *, train: bool = False
    ) -> Float[Array, "r q q _"]:
        """Logits on a grid twice as fine, for the background (unused) and k classes, or for all.

        The transposed convolution of 2 × 2 cells at a stride of 2 is one of single cells, whose
        four results lie side by side.

        References:
          He et al. (2017), arXiv:1703.06870
        """
        config, width = self.config, self.config.pyramid
        x = jnp.asarray(features, config.dtype)
        for layer in range(config.mask_layers):
            x = nn.relu(
                convolution(config, width, 3, bias=True, name=f"mask_fcn_{layer}")(x, train=train)
            )
        r, p, _, _ = x.shape
        x = convolution(config, 4 * width, 1, name="conv5_mask")(x, train=train)
        bias = self.param("conv5_bias", nn.initializers.zeros, (width,))
        x = x.reshape(r, p, p, 2, 2, width).transpose(0, 1, 3, 2, 4, 5)
        x = nn.relu(x.reshape(r, 2 * p, 2 * p, width) + bias.astype(x.dtype))
        masks = 1 if config.agnostic else 1 + self.classes
        how: dict[str, Any] = {"kernel_init": OUTPUT, "dtype": config.dtype}
        return Conv(masks, (1, 1), name="mask_fcn_logits", **how)(x).astype(jnp.float32)
