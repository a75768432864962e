"""Isolated bipoles: does a method move flux by the rules by which the simulator moves it?

A single bipole, which nothing disturbs and into which nothing emerges, grows, opens, turns and
decays by rules that are known (`jsolar.sun.simulate`). A method sees it as it sees any region, and
what it says of the next hours is held against the mean of the simulator's own futures. This speaks
of the simulator's rules of transport alone, which are kinematic.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.pictures.compare import FUTURES
from jsolar.pictures.methods import Predictor
from jsolar.pictures.series import Data, Seen
from jsolar.sun.simulate import SunConfig
from jsolar.sun.simulate.sequences import expected_fields, observe_sequences
from jsolar.verify.images.flux import FLUX_GAUSS, flux
from jsolar.verify.intervals import Interval, block_bootstrap
from jsolar.verify.weighting import ratio

FLUX_LOG10_MX, SMALLEST_MX = 22.0, 1e21
"""Median of their largest unsigned flux; those with less than the latter at the issue time are left
out: they are hardly seen."""


class Bipoles(NamedTuple):
    """Single bipoles, one issue time of each.

    Attributes:
      seen: what a predictor may know.
      now: true field at the issue time, ``[n, h, w]``, gauss.
      expected: mean of its simulated futures at the lead, ``[n, h, w]``, gauss.
    """

    seen: Seen
    now: Float[np.ndarray, "n h w"]
    expected: Float[np.ndarray, "n h w"]


def isolated_bipoles(
    key: Key[Array, ""], data: Data, *, lead: float, count: int, sun: SunConfig = SunConfig()
) -> Bipoles:
    """Simulate single bipoles as the data's regions are simulated, but with one place to emerge.

    Args:
      key: of the simulation.
      data: whose hours, scale and size the frames have.
      lead: of the futures, hours.
      count: bipoles; those that nobody would catalogue are left out.
      sun: the parameters of the Sun.

    Returns:
      At most so many.
    """
    alone = dataclasses.replace(sun, bipoles=1, flux_log10_mx=FLUX_LOG10_MX)
    size = data.test.past.shape[-1]
    how = (tuple(data.past_hours), lead, size, float(data.facts["degrees_per_pixel"]), alone)
    found = jax.device_get(jax.lax.map(partial(_bipole, how), jax.random.split(key, count)))
    valid, past, now, expected, latitude = (np.asarray(x) for x in found)
    strong = jax.vmap(partial(flux, pixel_mm=data.pixel_mm))(jnp.asarray(now)).unsigned
    kept = valid & (np.asarray(strong) >= SMALLEST_MX)
    return Bipoles(Seen(past[kept], latitude[kept]), now[kept], expected[kept])


def _bipole(how: tuple[Any, ...], key: Key[Array, ""]) -> tuple[Array, ...]:
    past_hours, lead, size, scale, sun = how
    frames = {"size": size, "degrees_per_pixel": scale, "config": sun}
    told = observe_sequences(key, count=1, offsets_hours=(*past_hours, lead), **frames)
    now = len(past_hours) - 1
    later = expected_fields(
        jax.random.wrap_key_data(told.future_key[0]),
        jax.tree.map(lambda x: x[0], told.states),
        told.middle_mm[0],
        lead_hours=(lead,),
        **frames,
    )
    seen = told.frames[0, : now + 1]
    return told.valid[0], seen, told.fields[0, now], later[0], told.latitude_deg[0]


def responses(
    key: Key[Array, ""],
    bipoles: Bipoles,
    predictors: Mapping[str, Predictor],
    *,
    lead: float,
    pixel_mm: float,
) -> dict[str, dict[str, dict[str, Interval]]]:
    """The response of each method to isolated bipoles, beside the simulator's.

    Changes that the method says are held against those of the mean of the simulator's futures,
    over bipoles.

    Args:
      key: of the bootstrap over bipoles.
      bipoles: from `isolated_bipoles`.
      predictors: by name.
      lead: hours.
      pixel_mm: side of a pixel.

    Returns:
      ``{method: {kind: numbers}}`` for each kind of `change`: ``correlation``, and ``slope`` of
      what the method says on what the simulator does, 1 for the same response and 0 for none;
      ``rms``: of what it says. `FUTURES` is the simulator itself.
    """
    changed = jax.jit(jax.vmap(partial(change, pixel_mm=pixel_mm)))
    came = changed(bipoles.now, bipoles.expected)
    said = {name: changed(bipoles.now, p(bipoles.seen, lead)) for name, p in predictors.items()}
    found = {}
    for name, of in (said | {FUTURES: came}).items():
        pairs = {kind: _products(came[kind], of[kind]) for kind in came}
        found[name] = jax.device_get(block_bootstrap(key, pairs, _lines))
    return found


def change(
    now: Float[Array, "h w"], then: Float[Array, "h w"], *, pixel_mm: float
) -> dict[str, Float[Array, ""]]:
    """How a bipole changes, of pixels of at least 100 G.

    Args:
      now: radial field, gauss.
      then: the same later.
      pixel_mm: side of a pixel.

    Returns:
      ``growth``: of the unsigned flux, relative to it; ``opening`` and ``turning``: by which the
      axis from the negative to the positive polarity changes along itself and across, to the left,
      Mm; ``weakening``: fall of the mean field, Σ B² over the unsigned flux, relative to it;
      ``net``: change of the net flux, relative to the unsigned.

    Example:
      >>> now = jnp.zeros((8, 8)).at[4, 2].set(-500.0).at[4, 5].set(500.0)
      >>> then = jnp.zeros((8, 8)).at[4, 2].set(-500.0).at[5, 6].set(500.0)
      >>> {name: round(float(x), 3) for name, x in change(now, then, pixel_mm=2.0).items()}
      {'growth': 0.0, 'opening': 2.0, 'turning': 2.0, 'weakening': 0.0, 'net': 0.0}
    """
    before, after = (_shape(picture, pixel_mm) for picture in (now, then))
    along = before["axis"] / jnp.maximum(jnp.hypot(*before["axis"]), 1e-6)
    moved = after["axis"] - before["axis"]
    return {
        "growth": after["flux"] / before["flux"] - 1,
        "opening": along @ moved,
        "turning": along[0] * moved[1] - along[1] * moved[0],
        "weakening": 1 - after["field"] / before["field"],
        "net": (after["net"] - before["net"]) / before["flux"],
    }


def _shape(picture: Float[Array, "h w"], pixel_mm: float) -> dict[str, Array]:
    h, w = picture.shape
    place = jnp.stack(jnp.meshgrid(jnp.arange(w), jnp.arange(h))) * pixel_mm
    strong = jnp.where(jnp.abs(picture) >= FLUX_GAUSS, picture, 0.0)

    def centroid(weight: Float[Array, "h w"]) -> Float[Array, "xy"]:
        return (weight * place).sum((1, 2)) / jnp.maximum(weight.sum(), 1e-6)

    flux = jnp.maximum(jnp.abs(strong).sum(), 1e-6)
    return {
        "axis": centroid(jnp.maximum(strong, 0)) - centroid(jnp.maximum(-strong, 0)),
        "flux": flux,
        "net": strong.sum(),
        "field": jnp.maximum(jnp.square(strong).sum(), 1e-6) / flux,
    }


def _products(x: Float[Array, "n"], y: Float[Array, "n"]) -> dict[str, Float[Array, "n"]]:
    return {"n": jnp.ones_like(x), "x": x, "y": y, "xx": x * x, "yy": y * y, "xy": x * y}


def _lines(pairs: Mapping[str, Mapping[str, Array]]) -> dict[str, dict[str, Array]]:
    """Correlation and slope of each kind of change from sums of products."""

    def line(of: Mapping[str, Array]) -> dict[str, Array]:
        n = of["n"]
        xx, yy, xy = (of[a + b] - of[a] * of[b] / n for a, b in ("xx", "yy", "xy"))
        numbers = {"correlation": ratio(xy, jnp.sqrt(xx * yy)), "slope": ratio(xy, xx)}
        return numbers | {"rms": jnp.sqrt(of["yy"] / n)}

    return {kind: line(of) for kind, of in pairs.items()}
