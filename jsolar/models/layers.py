"""Layers that models share, and how a Flax module becomes a `jsolar.types.Model`."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.types import Model, PyTree


def from_flax(module: nn.Module) -> Model:
    """The two functions of a Flax module called as ``module(inputs, key=..., train=...)``.

    The module must be stateless: its parameters are its only collection besides what it sows
    as ``intermediates``.

    Example:
      >>> class Double(nn.Module):
      ...     @nn.compact
      ...     def __call__(self, x, *, key=None, train=False):
      ...         return x * self.param("two", nn.initializers.constant(2.0), ())
      >>> model = from_flax(Double())
      >>> params = model.init(jax.random.key(0), jnp.ones(1))
      >>> model.apply(params, jnp.ones(1))[0].tolist()
      [2.0]
    """

    def init(key: Key[Array, ""], inputs: PyTree) -> PyTree:
        return module.init(key, inputs)["params"]

    def apply(
        params: PyTree,
        inputs: PyTree,
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> tuple[Any, PyTree]:
        output, sown = module.apply(
            {"params": params}, inputs, key=key, train=train, mutable="intermediates"
        )
        return output, sown.get("intermediates", {})

    return Model(init, apply)


def with_inputs(model: Model, prepare: Callable[[PyTree], PyTree]) -> Model:
    """The same model of prepared inputs: normalised, chosen by name, reshaped.

    Args:
      model: a model of ``prepare(inputs)``.
      prepare: a pure function of a batch of inputs.

    Returns:
      A model of ``inputs``.

    Example:
      >>> echo = Model(lambda key, x: {}, lambda params, x, *, key=None, train=False: (x, {}))
      >>> with_inputs(echo, lambda inputs: inputs["image"] / 2).apply({}, {"image": 4.0})[0]
      2.0
    """

    def apply(
        params: PyTree,
        inputs: PyTree,
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> tuple[Any, PyTree]:
        return model.apply(params, prepare(inputs), key=key, train=train)

    return Model(lambda key, inputs: model.init(key, prepare(inputs)), apply)


Way = Literal["auto", "direct", "patches"]

Padding = Literal["SAME", "symmetric"]


class Conv(nn.Module):
    """The convolution of every model here, with the parameters of Flax's.

    On a CPU a training step is half as fast again when the convolution is written as patches times
    a matrix, whose gradients are matrix products too; a forward pass alone is not. So by default
    patches are taken there while training, `jax.lax.conv_general_dilated` everywhere else.

    Attributes:
      features: channels that come out.
      kernel_size: rows and columns.
      strides: steps by so many pixels in both directions.
      dtype: of the arithmetic.
      way: ``"auto"``, ``"direct"`` or ``"patches"``: how, not what. Patches are the faster way for
        many small networks in one program (`jsolar.train.many`), on a GPU too, and inside a scan.
      kernel_init: of the weights.
      bias: whether a number is added to each channel.
      padding: ``"SAME"`` or ``"symmetric"``, see `convolve`.
    """

    features: int
    kernel_size: tuple[int, int] = (3, 3)
    strides: int = 1
    dtype: Any = jnp.float32
    way: Way = "auto"
    kernel_init: Any = nn.linear.default_kernel_init
    bias: bool = True
    padding: Padding = "SAME"

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"], *, train: bool = False) -> Float[Array, "..."]:
        """Convolve a batch; `train` chooses how, not what."""
        shape = (*self.kernel_size, x.shape[-1], self.features)
        kernel = self.param("kernel", self.kernel_init, shape)
        bias = self.param("bias", nn.initializers.zeros, (self.features,)) if self.bias else 0.0
        x, kernel, bias = (jnp.asarray(a, self.dtype) for a in (x, kernel, bias))
        whole, patches = (
            partial(f, strides=self.strides, padding=self.padding)
            for f in (convolve, convolve_patches)
        )
        if self.way != "auto" or not train:
            return (patches if self.way == "patches" else whole)(x, kernel) + bias
        return jax.lax.platform_dependent(x, kernel, cpu=patches, default=whole) + bias


def convolve(
    x: Float[Array, "b h w c"],
    kernel: Float[Array, "i j c k"],
    *,
    strides: int = 1,
    padding: Padding = "SAME",
) -> Float[Array, "b h2 w2 k"]:
    """Convolution that pads with zeros, as XLA has it; of single pixels it is a matrix product.

    Args:
      x: pictures.
      kernel: weights.
      strides: steps by so many pixels in both directions.
      padding: ``"SAME"``, which for even sides and a stride of 2 pads the end only, or
        ``"symmetric"``, half an (odd) kernel everywhere, which published ResNets expect.

    Returns:
      ``ceil(h / strides)`` rows, ``ceil(w / strides)`` columns.

    Example:
      >>> convolve(jnp.ones((1, 5, 5, 1)), jnp.ones((3, 3, 1, 2)), strides=2).shape
      (1, 3, 3, 2)
    """
    if kernel.shape[:2] == (1, 1):
        return convolve_patches(x, kernel, strides=strides, padding=padding)
    layout = ("NHWC", "HWIO", "NHWC")
    steps, pads = (strides, strides), _pads(x, kernel, strides, padding)
    return jax.lax.conv_general_dilated(x, kernel, steps, pads, dimension_numbers=layout)


def convolve_patches(
    x: Float[Array, "b h w c"],
    kernel: Float[Array, "i j c k"],
    *,
    strides: int = 1,
    padding: Padding = "SAME",
) -> Float[Array, "b h2 w2 k"]:
    """`convolve` as one matrix product: every pixel's neighbours side by side, times the kernel.

    Example:
      >>> x, kernel = jnp.arange(9.0).reshape(1, 3, 3, 1), jnp.ones((3, 3, 1, 1))
      >>> convolve_patches(x, kernel)[0, 1, 1].tolist()  # the sum of all nine
      [36.0]
    """
    b, h, w, _ = x.shape
    rows, columns = -(-h // strides), -(-w // strides)
    x = jnp.pad(x, ((0, 0), *_pads(x, kernel, strides, padding), (0, 0)))
    shifted = [
        x[
            :,
            i : i + (rows - 1) * strides + 1 : strides,
            j : j + (columns - 1) * strides + 1 : strides,
        ]
        for i in range(kernel.shape[0])
        for j in range(kernel.shape[1])
    ]
    patches = jnp.concatenate(shifted, -1).reshape(b * rows * columns, -1)
    return (patches @ kernel.reshape(-1, kernel.shape[-1])).reshape(b, rows, columns, -1)


def _pads(
    x: Float[Array, "b h w c"], kernel: Float[Array, "i j c k"], strides: int, padding: Padding
) -> list[tuple[int, int]]:
    """Zeros before and after the rows, and the columns."""
    sides = kernel.shape[:2]
    if padding == "symmetric":
        return [(side // 2, side // 2) for side in sides]
    return list(jax.lax.padtype_to_pads(x.shape[1:3], sides, (strides, strides), "SAME"))


def dropout(
    x: Float[Array, "b ..."], rate: float, key: Key[Array, "b"] | None, train: bool
) -> Float[Array, "b ..."]:
    """Inverted dropout with one key per example, so that it does not depend on the batch.

    Args:
      x: activations.
      rate: probability that one is set to 0; the others are divided by ``1 − rate``.
      key: one key per example; needed when training with a positive rate.
      train: without it ``x`` is returned as it is.

    Returns:
      Activations of the same shape.

    Example:
      >>> keys = jax.random.split(jax.random.key(0), 2)
      >>> dropout(jnp.ones((2, 4)), 0.5, keys, train=True).max().item()
      2.0
    """
    if not train or rate == 0.0:
        return x
    assert key is not None, "training with dropout needs one key per example"
    keep = jax.vmap(lambda k, row: jax.random.bernoulli(k, 1 - rate, row.shape))(key, x)
    keep = jax.lax.optimization_barrier(keep)  # else XLA draws it again in the gradient
    return jnp.where(keep, x / (1 - rate), 0).astype(x.dtype)
