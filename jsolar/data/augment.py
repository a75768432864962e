"""Augmentations that respect physics: what a picture's change changes is changed along.

On the Sun polarities obey Hale's law: in one cycle the leading polarity is the same all over a
hemisphere and opposite in the other, and both change with the next cycle. So a region may be
mirrored into the other hemisphere if its polarities are reversed too (`hemisphere_mirror`), and all
polarities may be reversed (`polarity_flip`: the next cycle). East and west must not be swapped:
leading polarities differ from following ones.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Key

from jsolar.keys import named
from jsolar.sun.fields.keywords import PATCH_KEYWORDS, SIGNED_KEYWORDS
from jsolar.types import PyTree

Change = Callable[[Float[Array, "..."]], Float[Array, "..."]]

_KEYWORD_SIGN = np.where(np.isin(PATCH_KEYWORDS, SIGNED_KEYWORDS), -1.0, 1.0).astype(np.float32)


def polarity_flip(
    keys: Key[Array, "b"], inputs: Mapping[str, Any], targets: PyTree
) -> tuple[Mapping[str, Any], PyTree]:
    """Reverse all polarities of half the examples, as the next solar cycle does.

    Args:
      keys: one per example.
      inputs: any of ``image``, ``keywords``, and others, which stay as they are.
      targets: stay as they are.

    Returns:
      Inputs and targets.

    Example:
      >>> keys = jax.random.split(jax.random.key(0), 8)
      >>> inputs, _ = polarity_flip(keys, {"image": jnp.ones((8, 2, 2, 1))}, None)
      >>> sorted(set(inputs["image"].ravel().tolist()))
      [-1.0, 1.0]
    """
    chosen = _half(keys, "polarity_flip")
    return _change(inputs, chosen, {"image": jnp.negative, "keywords": _reverse}), targets


def hemisphere_mirror(
    keys: Key[Array, "b"], inputs: Mapping[str, Any], targets: PyTree
) -> tuple[Mapping[str, Any], PyTree]:
    """Mirror half the examples into the other hemisphere, polarities reversed.

    Args:
      keys: one per example.
      inputs: any of ``image`` (rows south to north), ``keywords``, ``latitude_deg``, and others,
        which stay as they are.
      targets: stay as they are.

    Returns:
      Inputs and targets.
    """
    changes = {
        "image": lambda image: -image[:, ::-1],
        "keywords": _reverse,
        "latitude_deg": jnp.negative,
    }
    return _change(inputs, _half(keys, "hemisphere_mirror"), changes), targets


def solar_symmetries(
    keys: Key[Array, "b"], inputs: Mapping[str, Any], targets: PyTree
) -> tuple[Mapping[str, Any], PyTree]:
    """Both, independently: all four ways in which the same region could have appeared."""
    return hemisphere_mirror(keys, *polarity_flip(keys, inputs, targets))


def frame_symmetries(
    keys: Key[Array, "b"], *frames: Float[np.ndarray | Array, "b ..."]
) -> list[Float[Array, "b ..."]]:
    """The same four ways for several pictures of a region, past and future alike.

    Args:
      keys: one per example.
      *frames: rows south to north.

    Returns:
      As many, each example changed in all of them alike.

    Example:
      >>> past, future = jnp.ones((8, 3, 2, 2)), jnp.ones((8, 2, 2))
      >>> past, future = frame_symmetries(jax.random.split(jax.random.key(0), 8), past, future)
      >>> bool((past[:, 0] == future).all()), sorted(set(future.ravel().tolist()))
      (True, [-1.0, 1.0])
    """
    flipped, mirrored = (_half(keys, name) for name in ("polarity_flip", "hemisphere_mirror"))

    def changed(x: Float[np.ndarray | Array, "b ..."]) -> Float[Array, "b ..."]:
        flip, mirror = (c.reshape(-1, *[1] * (x.ndim - 1)) for c in (flipped, mirrored))
        return jnp.where(mirror, -x[..., ::-1, :], x) * jnp.where(flip, -1.0, 1.0)

    return [changed(x) for x in frames]


def _reverse(keywords: Float[Array, "b f"]) -> Float[Array, "b f"]:
    return keywords * _KEYWORD_SIGN


def _half(keys: Key[Array, "b"], name: str) -> Bool[Array, "b"]:
    return jax.vmap(lambda key: jax.random.bernoulli(named(key, name)))(keys)


def _change(
    inputs: Mapping[str, Any], chosen: Bool[Array, "b"], changes: Mapping[str, Change]
) -> Mapping[str, Any]:
    """Apply a change to the chosen examples of each input that it names."""

    def one(name: str, value: Any) -> Any:
        if name not in changes:
            return value
        where = chosen.reshape(-1, *[1] * (value.ndim - 1))
        return jnp.where(where, changes[name](value), value)

    return {name: one(name, value) for name, value in inputs.items()}
