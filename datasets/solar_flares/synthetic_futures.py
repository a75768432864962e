"""What could have been known at each issue time, for those rows that need it."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt

from jsolar.sun.conventions import FLARE_CLASSES
from jsolar.sun.flares.catalogue import goes_flux
from jsolar.sun.simulate import RegionState, SunConfig
from jsolar.sun.simulate.futures import state_probability
from jsolar.sun.units import HOURS_PER_DAY

PIECE = 16
"""Issue times whose futures are simulated at once; bounds the memory."""


class Present(NamedTuple):
    """Everything there is at ``n`` issue times.

    Attributes:
      key: ``UInt[n, words]``, raw random keys of the futures.
      states: `RegionState` with a leading axis n.
    """

    key: UInt[Any, "n words"]
    states: RegionState


def state_probabilities(
    present: Present, rows: Int[np.ndarray, "r"], sun: SunConfig
) -> Float[np.ndarray, "n k"]:
    """The best forecast there can be, of each class in `FLARE_CLASSES`.

    Args:
      present: at n issue times.
      rows: those of them that are wanted.
      sun: the parameters of the Sun.

    Returns:
      See `jsolar.sun.simulate.futures.state_probability`; NaN in all other rows.
    """
    found = np.full((len(present.key), len(FLARE_CLASSES)), np.nan, np.float32)
    for start in range(0, len(rows), PIECE):
        part = rows[start : start + PIECE]
        padded = np.resize(part, PIECE)  # every piece has the same shape, so it compiles once
        now = jax.tree.map(lambda x: x[padded], present)  # noqa: B023
        found[part] = np.asarray(_ahead(now, sun))[: len(part)]
    return found


@partial(jax.jit, static_argnames="sun")
def _ahead(present: Present, sun: SunConfig) -> Float[Array, "n k"]:
    thresholds = jnp.array([goes_flux(name) for name in FLARE_CLASSES])
    steps = round(HOURS_PER_DAY / sun.step_hours)

    def one(key: UInt[Array, "words"], state: RegionState) -> Float[Array, "k"]:
        key = jax.random.wrap_key_data(key)
        return state_probability(key, state, thresholds, window_steps=steps, config=sun)

    return jax.vmap(one)(*present)
