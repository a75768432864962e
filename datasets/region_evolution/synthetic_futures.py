"""What could be foreseen of simulated regions: the mean of the futures of each."""

from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float, Int, UInt

from jsolar.sun.simulate import SunConfig
from jsolar.sun.simulate.region import RegionState
from jsolar.sun.simulate.sequences import expected_fields

Hours = tuple[float, ...]

PIECE = 16
"""Series whose futures are simulated at once; bounds the memory."""


class Present(NamedTuple):
    """All that is the case at ``s`` issue times, and where the frames are cut.

    Attributes:
      future_key: raw random keys of the futures.
      states: `RegionState` with a leading axis s.
      middle_mm: see `jsolar.sun.simulate.sequences.Sequences`.
    """

    future_key: UInt[Any, "s words"]
    states: RegionState
    middle_mm: Float[Any, "s xy"]


def expected(
    present: Present,
    rows: Int[np.ndarray, "r"],
    lead_hours: Hours,
    size: int,
    degrees_per_pixel: float,
    sun: SunConfig,
) -> Float[np.ndarray, "s l h w"]:
    """The mean field to come, see `jsolar.sun.simulate.sequences.expected_fields`.

    Args:
      present: at s issue times.
      rows: those of them that are wanted.
      lead_hours: after the issue times.
      size: pixels on a side.
      degrees_per_pixel: scale of the frames.
      sun: the parameters of the Sun.

    Returns:
      Gauss; NaN in all other rows.
    """
    shape = (len(present.middle_mm), len(lead_hours), size, size)
    found = np.full(shape, np.nan, np.float32)
    for start in range(0, len(rows), PIECE):
        part = rows[start : start + PIECE]
        padded = np.resize(part, PIECE)  # every piece has the same shape, so it compiles once
        now = jax.tree.map(lambda x: x[padded], present)  # noqa: B023
        fields = _ahead(now, lead_hours, size, degrees_per_pixel, sun)
        found[part] = np.asarray(fields)[: len(part)]
    return found


@partial(jax.jit, static_argnums=(1, 2, 3, 4))
def _ahead(
    present: Present, lead_hours: Hours, size: int, degrees_per_pixel: float, sun: SunConfig
) -> Float[Array, "s l h w"]:
    def one(now: Present) -> Float[Array, "l h w"]:
        return expected_fields(
            jax.random.wrap_key_data(now.future_key),
            now.states,
            now.middle_mm,
            lead_hours=lead_hours,
            size=size,
            degrees_per_pixel=degrees_per_pixel,
            config=sun,
        )

    return jax.vmap(one)(present)
