"""Randomness: one seed, and a key folded in for every name and number."""

import zlib

import jax
import numpy as np
from jaxtyping import Array, Key


def named(key: Key[Array, ""], name: str) -> Key[Array, ""]:
    """The key of a named stream, so that adding a stream never shifts another one.

    Args:
      key: the parent.
      name: of the stream, e.g. ``"dropout"``.

    Returns:
      ``fold_in(key, crc32(name))``.

    Example:
      >>> key = jax.random.key(0)
      >>> bool((named(key, "a") == named(key, "a")) & (named(key, "a") != named(key, "b")))
      True
    """
    return jax.random.fold_in(key, zlib.crc32(name.encode()))


def generator(key: Key[Array, ""]) -> np.random.Generator:
    """NumPy's generator of a key, for draws on the host whose shapes differ from call to call.

    JAX would compile a program for every shape.

    Example:
      >>> key = jax.random.key(0)
      >>> generator(key).integers(9) == generator(key).integers(9)
      np.True_
    """
    return np.random.default_rng(np.asarray(jax.random.key_data(key)))
