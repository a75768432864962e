"""Networks of tracked frames: what they are shown, and how what they give becomes a picture."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.data.normalise import Normaliser
from jsolar.models.layers import with_inputs
from jsolar.train.step import each_named
from jsolar.types import Model, PyTree

HOURS = 12.0
"""The network is told the lead as log2 of it in this unit."""

NOISE_BLOCK = 8
"""Pixels on a side."""

CHANGES = 2
"""What the network gives for each pixel: a relative and an absolute change."""


def changes(network: Model, normaliser: Normaliser) -> Model:
    """A model that predicts what changes: y = x (1 + r) + u d, of the last frame x.

    The network gives r and d for every pixel; as it begins with 0, training begins with
    persistence. It reads the frames in the unit u, and their asinh, in which strong fields do not
    hide weak ones.

    Args:
      network: of ``{"pictures", "condition"}``, with two channels of output.
      normaliser: whose unit is u.

    Returns:
      A model from ``{"frames": [b, p, h, w], "lead_hours": [b]}`` to ``[b, h, w]``, gauss.
    """
    unit = float(normaliser.unit)

    def prepare(inputs: Mapping[str, Any]) -> dict[str, Array]:
        return shown(inputs["frames"], inputs["lead_hours"], unit)

    def apply(
        params: PyTree,
        inputs: PyTree,
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> tuple[Float[Array, "b h w"], PyTree]:
        change, seen = network.apply(params, prepare(inputs), key=key, train=train)
        last = jnp.nan_to_num(inputs["frames"][:, -1])
        return last * (1 + change[..., 0]) + unit * change[..., 1], seen

    return Model(lambda key, inputs: network.init(key, prepare(inputs)), apply)


def shown(
    frames: Float[Any, "b t h w"], lead_hours: Float[Any, "b"], unit: float
) -> dict[str, Array]:
    """What a network sees: frames in a unit, and their asinh; log2 of the lead in `HOURS`."""
    scaled = jnp.nan_to_num(frames) / unit
    return {
        "pictures": jnp.stack([scaled, jnp.arcsinh(scaled)], -1),
        "condition": jnp.log2(jnp.asarray(lead_hours, jnp.float32) / HOURS)[:, None],
    }


def with_noise(network: Model) -> Model:
    """A model that is shown a frame of noise besides, from which it can draw what it invents.

    The first channel is white; each further one is constant over blocks that are `NOISE_BLOCK`
    times as large, for what is invented on a larger scale.

    Args:
      network: of ``{"pictures", "condition"}``.

    Returns:
      A model of the same inputs; one key for each example draws its noise, without keys it is 0.
    """

    def drawn(key: Key[Array, ""], frame: Float[Array, "h w c"]) -> Float[Array, "h w c"]:
        h, w, channels = frame.shape
        noise = jax.random.normal(key, frame.shape, frame.dtype)
        coarse = [
            jnp.repeat(jnp.repeat(noise[::block, ::block, i], block, 0), block, 1)[:h, :w]
            for i, block in ((i, NOISE_BLOCK**i) for i in range(channels))
        ]
        return jnp.stack(coarse, -1)

    def noisy(inputs: Mapping[str, Array], key: Key[Array, "b"] | None) -> dict[str, Array]:
        pictures = inputs["pictures"]
        frame = jnp.zeros_like(pictures[:, 0])
        if key is not None:
            frame = jax.vmap(drawn)(each_named(key, "noise"), frame)
        return {**inputs, "pictures": jnp.concatenate([pictures, frame[:, None]], axis=1)}

    def apply(
        params: PyTree,
        inputs: PyTree,
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> tuple[Float[Array, "b ..."], PyTree]:
        return network.apply(params, noisy(inputs, key), key=key, train=train)

    return Model(lambda key, inputs: network.init(key, noisy(inputs, None)), apply)


def of_pairs(discriminator: Model, normaliser: Normaliser) -> Model:
    """A discriminator of pairs: inputs as `changes` has them, and a picture, gauss, that may come.

    Args:
      discriminator: of ``{"pictures", "condition"}``.
      normaliser: whose unit the pictures are shown in.

    Returns:
      A model from ``(inputs, pictures)`` to logits.
    """
    unit = float(normaliser.unit)

    def prepare(pair: tuple[Mapping[str, Any], Float[Array, "b h w"]]) -> dict[str, Array]:
        inputs, pictures = pair
        frames = jnp.concatenate([inputs["frames"], pictures[:, None]], axis=1)
        return shown(frames, inputs["lead_hours"], unit)

    return with_inputs(discriminator, prepare)
