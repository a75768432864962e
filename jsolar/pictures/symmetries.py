"""Does a method respect the symmetries of what it predicts?

If the Sun turned all polarities round, or a region lay in the other hemisphere with its polarities
reversed (Hale's law), or a few pixels aside, what comes would be changed likewise. A predictor f
respects such a change T as far as T⁻¹ f(T x) is f(x).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.pictures.methods import Predictor
from jsolar.pictures.series import Seen, Series
from jsolar.verify.intervals import Interval, block_bootstrap, sums_by_block
from jsolar.verify.weighting import ratio

Picture = Float[np.ndarray, "... h w"]

MOVED = 3
"""Pixels, to the north and to the west; no multiple of the steps of a network."""

MARGIN = 8
"""Pixels at the edge that are left out, a quarter of a small picture at most."""


class Symmetry(NamedTuple):
    """A change of pictures, and how it is undone."""

    do: Callable[[Picture], Picture]
    undo: Callable[[Picture], Picture]
    mirrors_latitude: bool = False


def _moved(pixels: int) -> Callable[[Picture], Picture]:
    return lambda x: np.roll(x, (pixels, pixels), axis=(-2, -1))


def _mirrored(x: Picture) -> Picture:
    return -x[..., ::-1, :]


SYMMETRIES: Mapping[str, Symmetry] = {
    "polarities reversed": Symmetry(np.negative, np.negative),
    "other hemisphere": Symmetry(_mirrored, _mirrored, mirrors_latitude=True),
    f"moved by {MOVED} pixels": Symmetry(_moved(MOVED), _moved(-MOVED)),
    "east and west swapped": Symmetry(lambda x: x[..., ::-1], lambda x: x[..., ::-1]),
}
"""The last one is none of the Sun's: leading spots are stronger than following ones, so a method
that knows them must break it."""


def symmetry_errors(
    key: Key[Array, ""], predict: Predictor, series: Series, *, lead: float
) -> dict[str, Interval]:
    """‖T⁻¹ f(T x) − f(x)‖ / ‖f(x) − x₀‖ of each change T, with the last frame x₀.

    Args:
      key: of the bootstrap over regions.
      predict: f.
      series: x.
      lead: hours.

    Returns:
      By the change's name; 0 for a predictor that respects it, about √2 for one whose predicted
      changes have nothing to do with each other.

    Example:
      >>> from jsolar.types import Rows
      >>> def fading(seen, lead):
      ...     return 0.9 * seen.frames[:, -1]
      >>> past = np.random.default_rng(0).normal(size=(20, 1, 8, 8))
      >>> times = np.full(20, "2100-01-01", "datetime64[s]")
      >>> rows = Rows(times.astype(str), np.arange(20), times)
      >>> table = Series(rows, past, past, np.zeros(20))
      >>> found = symmetry_errors(jax.random.key(0), fading, table, lead=6.0)
      >>> all(interval.value < 1e-6 for interval in found.values())
      True
    """
    frames = np.nan_to_num(np.asarray(series.past[:]))
    plain = predict(Seen(frames, series.latitude_deg), lead)
    regions, index = np.unique(series.rows.group, return_inverse=True)
    edge = min(MARGIN, frames.shape[-1] // 4)
    inner = np.s_[:, edge:-edge, edge:-edge]
    sums = {"change": np.square(plain - frames[:, -1])[inner].sum((1, 2))}
    for name, (do, undo, mirrors) in SYMMETRIES.items():
        latitude = -series.latitude_deg if mirrors else series.latitude_deg
        again = undo(predict(Seen(do(frames), latitude), lead))
        sums[name] = np.square(again - plain)[inner].sum((1, 2))
    by_region = sums_by_block(sums, index, blocks=len(regions))
    found = jax.device_get(block_bootstrap(key, by_region, _errors))
    return {name: found[name] for name in SYMMETRIES}  # in their order


def _errors(sums: Mapping[str, Array]) -> dict[str, Float[Array, ""]]:
    return {name: jnp.sqrt(ratio(sums[name], sums["change"])) for name in SYMMETRIES}
