"""ResNets as backbones: feature maps at a quarter to a thirty-second of the picture's scale."""

import dataclasses
from typing import Any, Literal

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jsolar.models.layers import Conv, Way

Norm = Literal["group", "frozen"]


@dataclasses.dataclass(frozen=True)
class ResNetConfig:
    """Sizes of the network.

    Attributes:
      blocks: residual blocks of the four stages.
      bottleneck: blocks of 1 × 1, 3 × 3 and 1 × 1 pixels instead of two of 3 × 3.
      width: channels of the first stage; they double with every stage.
      norm: ``"group"``, for training from nothing, or ``"frozen"``: batch norms whose statistics
        and factors stay as they were published.
      epsilon: of the frozen norms; published weights of detectors want 0.
      fixed: how many of the stem and the stages, from the first on, are not trained.
      dtype: of the arithmetic, ``"float32"`` or ``"bfloat16"``; parameters stay float32.
      convolution: how it is computed, see `jsolar.models.layers.Conv`.
    """

    blocks: tuple[int, ...] = (3, 4, 6, 3)
    bottleneck: bool = True
    width: int = 64
    norm: Norm = "group"
    epsilon: float = 1e-5
    fixed: int = 0
    dtype: str = "float32"
    convolution: Way = "direct"

    @property
    def channels(self) -> tuple[int, ...]:
        """Of the feature maps, one for each stage.

        Example:
          >>> ResNetConfig().channels
          (256, 512, 1024, 2048)
        """
        widest = self.width * (4 if self.bottleneck else 1)
        return tuple(widest * 2**stage for stage in range(len(self.blocks)))


RESNETS = {
    "light": ResNetConfig((1, 1, 1, 1), bottleneck=False, width=16),
    "resnet18": ResNetConfig((2, 2, 2, 2), bottleneck=False),
    "resnet34": ResNetConfig((3, 4, 6, 3), bottleneck=False),
    "resnet50": ResNetConfig(),
}
"""The published sizes (He et al. 2016, arXiv:1512.03385), and a light one for CPUs."""


class ResNet(nn.Module):
    """A stem and four stages; the parameters are named as torchvision names them.

    Attributes:
      config: sizes.
    """

    config: ResNetConfig

    @nn.compact
    def __call__(
        self, pictures: Float[np.ndarray | Array, "b h w c"], *, train: bool = False
    ) -> list[Float[Array, "b _ _ _"]]:
        """Feature maps of the stages, at 1/4, 1/8, 1/16 and 1/32 of the scale.

        Args:
          pictures: of any size and number of channels.
          train: chooses how convolutions are computed, not what.

        Returns:
          One map for each stage.

        References:
          He et al. (2016), arXiv:1512.03385; stride in the 3 × 3, as torchvision has it
        """
        config = self.config
        x = convolution(config, config.width, 7, strides=2, name="conv1")(
            jnp.asarray(pictures, config.dtype), train=train
        )
        x = nn.relu(normalisation(config, name="bn1")(x))
        x = nn.max_pool(x, (3, 3), strides=(2, 2), padding=[(1, 1), (1, 1)])
        x = jax.lax.stop_gradient(x) if config.fixed else x
        maps = []
        for stage, blocks in enumerate(config.blocks, 1):
            for block in range(blocks):
                strides = 2 if stage > 1 and not block else 1
                residual = Residual(
                    config, config.width * 2 ** (stage - 1), strides, name=f"layer{stage}_{block}"
                )
                x = residual(x, train)
            x = jax.lax.stop_gradient(x) if config.fixed > stage else x
            maps.append(x)
        return maps


class Residual(nn.Module):
    """x + F(x), with a projection of x where its size changes; the stride is in a 3 × 3.

    Attributes:
      config: of the network.
      width: channels within.
      strides: of the block.
    """

    config: ResNetConfig
    width: int
    strides: int

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"], train: bool) -> Float[Array, "b _ _ k"]:
        """Features to features."""
        config, wide = self.config, self.width * (4 if self.config.bottleneck else 1)
        layers = (
            [(self.width, 1, 1), (self.width, 3, self.strides), (wide, 1, 1)]
            if config.bottleneck
            else [(self.width, 3, self.strides), (wide, 3, 1)]
        )
        y = x
        for i, (features, side, strides) in enumerate(layers, 1):
            y = convolution(config, features, side, strides=strides, name=f"conv{i}")(
                y, train=train
            )
            y = normalisation(config, name=f"bn{i}")(y)
            y = nn.relu(y) if i < len(layers) else y
        if x.shape[-1] != wide or self.strides > 1:
            short = convolution(config, wide, 1, strides=self.strides, name="downsample_0")
            x = normalisation(config, name="downsample_1")(short(x, train=train))
        return nn.relu(x + y)


def convolution(
    config: Any, features: int, side: int, *, strides: int = 1, bias: bool = False, name: str
) -> Conv:
    """A convolution padded alike on all sides, as published weights expect at a stride of 2."""
    return Conv(
        features,
        (side, side),
        strides=strides,
        dtype=config.dtype,
        way=config.convolution,
        kernel_init=nn.initializers.he_normal(),
        bias=bias,
        padding="symmetric",
        name=name,
    )


def normalisation(config: ResNetConfig, *, name: str) -> nn.Module:
    """The norm that the config names."""
    if config.norm == "group":
        return nn.GroupNorm(num_groups=None, group_size=8, dtype=config.dtype, name=name)
    return FrozenNorm(config.epsilon, config.dtype, name=name)


class FrozenNorm(nn.Module):
    """(x − mean) · weight / √(variance + ε) + bias, of which nothing is trained.

    Attributes:
      epsilon: ε.
      dtype: of the arithmetic.
    """

    epsilon: float
    dtype: str

    @nn.compact
    def __call__(self, x: Float[Array, "*b c"]) -> Float[Array, "*b c"]:
        """Scaled and shifted features."""
        ones, zeros = nn.initializers.ones, nn.initializers.zeros
        inits = {"weight": ones, "bias": zeros, "running_mean": zeros, "running_var": ones}
        shape = (x.shape[-1],)
        weight, bias, mean, variance = (
            jax.lax.stop_gradient(self.param(name, init, shape)) for name, init in inits.items()
        )
        scale = weight / jnp.sqrt(variance + self.epsilon)
        return x * scale.astype(self.dtype) + (bias - mean * scale).astype(self.dtype)
