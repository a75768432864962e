"""Augmentations that respect physics: what a picture's change changes is changed along.

On the Sun polarities obey Hale's law: in one cycle the leading polarity is the same all over a
hemisphere and opposite in the other, and both change with the next cycle. So a region may be
mirrored into the other hemisphere if its polarities are reversed too (`hemisphere_mirror`), and all
polarities may be reversed (`polarity_flip`: the next cycle). East and west must not be swapped:
leading polarities differ from following ones.

A picture of the whole field changes component by component: mirrored is the current, and the field
is what it makes, so that toward the other hemisphere B_r and the westward component are reversed,
the southward one is not, and twist changes its hand as it does on the Sun. An outline (``bitmap``)
has no sign.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Key

from jsolar.keys import named
from jsolar.sun.fields.keywords import PATCH_KEYWORDS, SIGNED_KEYWORDS
from jsolar.sun.files.sharp_patch import LINE_OF_SIGHT
from jsolar.types import PyTree

Change = Callable[[Float[Array, "..."]], Float[Array, "..."]]
Augment = Callable[[Key[Array, "b"], Mapping[str, Any], PyTree], tuple[Mapping[str, Any], PyTree]]

_UNSIGNED = ("bitmap",)
_KEPT_BY_THE_MIRROR = ("Bt", *_UNSIGNED)
_KEYWORD_SIGN = np.where(np.isin(PATCH_KEYWORDS, SIGNED_KEYWORDS), -1.0, 1.0).astype(np.float32)


def polarity_flip(
    keys: Key[Array, "b"],
    inputs: Mapping[str, Any],
    targets: PyTree,
    *,
    channels: Sequence[str] = LINE_OF_SIGHT,
) -> tuple[Mapping[str, Any], PyTree]:
    """Reverse all polarities of half the examples, as the next solar cycle does.

    Args:
      keys: one per example.
      inputs: any of ``image``, ``keywords``, and others, which stay as they are.
      targets: stay as they are.
      channels: segments of a SHARP that the channels of ``image`` are.

    Returns:
      Inputs and targets.

    Example:
      >>> keys = jax.random.split(jax.random.key(0), 8)
      >>> inputs, _ = polarity_flip(keys, {"image": jnp.ones((8, 2, 2, 1))}, None)
      >>> sorted(set(inputs["image"].ravel().tolist()))
      [-1.0, 1.0]
    """
    signed = partial(_signed, channels=channels, kept=_UNSIGNED)
    changes: Mapping[str, Change] = {"image": signed, "keywords": _reverse}
    return _change(inputs, _half(keys, "polarity_flip"), changes), targets


def hemisphere_mirror(
    keys: Key[Array, "b"],
    inputs: Mapping[str, Any],
    targets: PyTree,
    *,
    channels: Sequence[str] = LINE_OF_SIGHT,
) -> tuple[Mapping[str, Any], PyTree]:
    """Mirror half the examples into the other hemisphere, polarities reversed.

    Args:
      keys: one per example.
      inputs: any of ``image`` (rows south to north), ``keywords``, ``latitude_deg``, and others,
        which stay as they are.
      targets: stay as they are.
      channels: segments of a SHARP that the channels of ``image`` are.

    Returns:
      Inputs and targets.
    """
    signed = partial(_signed, channels=channels, kept=_KEPT_BY_THE_MIRROR)
    changes = {
        "image": lambda image: signed(image[:, ::-1]),
        "keywords": _reverse,
        "latitude_deg": jnp.negative,
    }
    return _change(inputs, _half(keys, "hemisphere_mirror"), changes), targets


def solar_symmetries(
    keys: Key[Array, "b"],
    inputs: Mapping[str, Any],
    targets: PyTree,
    *,
    channels: Sequence[str] = LINE_OF_SIGHT,
) -> tuple[Mapping[str, Any], PyTree]:
    """Both, independently: all four ways in which the same region could have appeared."""
    flipped = polarity_flip(keys, inputs, targets, channels=channels)
    return hemisphere_mirror(keys, *flipped, channels=channels)


def picture_symmetries(facts: Mapping[str, Any]) -> Augment:
    """`solar_symmetries` of the pictures of a data set.

    Args:
      facts: what the builder tells of them; without ``channels`` it is the line-of-sight field.

    Example:
      >>> keys, image = jax.random.split(jax.random.key(0), 8), jnp.ones((8, 2, 2, 2))
      >>> augment = picture_symmetries({"channels": ["magnetogram", "bitmap"]})
      >>> after = augment(keys, {"image": image}, None)[0]["image"]
      >>> sorted(set(after[..., 0].ravel().tolist())), set(after[..., 1].ravel().tolist())
      ([-1.0, 1.0], {1.0})
    """
    channels = tuple(facts.get("channels", LINE_OF_SIGHT))
    return partial(solar_symmetries, channels=channels)


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


def _signed(
    image: Float[np.ndarray | Array, "b h w c"], *, channels: Sequence[str], kept: Sequence[str]
) -> Float[Array, "b h w c"]:
    """All channels reversed, but those that are kept."""
    if image.shape[-1] != len(channels):
        raise ValueError(
            f"pictures of {image.shape[-1]} channels are not of {', '.join(channels)}: tell which"
        )
    return jnp.asarray(image) * np.where(np.isin(channels, kept), 1.0, -1.0).astype(np.float32)


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
