"""What can be said of a Sun in numbers: sums for every region, and statistics of their totals.

A statistic is a function of sums over regions, so that `jsolar.verify.intervals.block_bootstrap`
gives its interval by drawing regions. Where the flare rate is known, what is expected takes the
place of what happens to happen: P = 1 − exp(−∫ λ S dt).
"""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

Sums = dict[str, Float[np.ndarray, "n ..."]]
"""By name, one row a region."""

FLUX_EDGES = np.linspace(20.0, 24.0, 401)
"""Bins of log10 flux, Mx."""

WAIT_EDGES = np.linspace(-2.0, 3.0, 251)
"""Bins of log10 waiting time, h."""

SMALL_EDGES = np.linspace(0.0, 6.0, 601)
"""Bins of what is measured of pictures: R, log10 area, index of the power spectrum."""

BUSY, QUIET = 30, 10
"""Regions with at least, and with fewer than so many flares ≥ C1.0."""

COUNTS = np.arange(0, 201)
"""Numbers of flares ≥ M1.0 of one region."""


def window_sums(
    expected: Float[np.ndarray, "n t k"], near: Bool[np.ndarray, "n t"], steps: int
) -> Sums:
    """Windows, and how many of them are expected to hold a flare of each class.

    Args:
      expected: flares of each class in each step.
      near: when forecasts are made, for the ``steps`` after the start of the step.
      steps: of a window; those that run past the end do not count.

    Returns:
      ``windows [n]`` and ``events [n, k]``.

    Example:
      >>> half = np.full((1, 3, 1), 0.5 * np.log(2))
      >>> found = window_sums(half, np.ones((1, 3), bool), 2)
      >>> found["windows"].tolist(), found["events"].round(3).tolist()
      ([2.0], [[1.0]])
    """
    probability = _within(expected, steps)
    valid = near[:, : probability.shape[1]]
    return {
        "windows": valid.sum(1) * 1.0,
        "events": (probability * valid[..., None]).sum(1),
    }


def persistence_sums(
    expected: Float[np.ndarray, "n t k"],
    near: Bool[np.ndarray, "n t"],
    seen: Bool[np.ndarray, "n t"],
    steps: int,
) -> Sums:
    """How "as in the window before" is expected to fare where the region was seen then.

    Returns:
      ``persistence [n, k, 4]``: TP, FN, FP, TN.
    """
    probability = _within(expected, steps)
    after, before = probability[:, steps:], probability[:, :-steps]
    valid = (near[:, steps:] & seen[:, :-steps])[:, : after.shape[1], None]
    cells = (after * before, after * (1 - before), (1 - after) * before, (1 - after) * (1 - before))
    return {"persistence": np.stack([(cell * valid).sum(1) for cell in cells], -1)}


def region_sums(flares: Float[np.ndarray, "n"], counted: Bool[np.ndarray, "n"]) -> Sums:
    """Regions, those expected to flare ever, and flares.

    Args:
      flares: expected of the region while it is on the disk.
      counted: whether it is ever near.
    """
    return {
        "regions": counted * 1.0,
        "flaring": -np.expm1(-flares) * counted,
        "flares": flares * counted,
    }


def partition_sums(flares: Float[np.ndarray, "n"], windows: Sums, *, parts: int = 5) -> Sums:
    """Windows and events of parts in time with equally many flares, as SWAN-SF is cut.

    Args:
      flares: ≥ M1.0 expected of each region, in order of time.
      windows: from `window_sums`; its second class is ≥ M1.0.
      parts: how many.

    Returns:
      ``part_windows, part_events [n, parts]``.
    """
    share = (np.cumsum(flares) - 0.5 * flares) / max(float(flares.sum()), 1e-30)
    which = np.clip((share * parts).astype(int), 0, parts - 1)
    one_hot = np.eye(parts)[which]
    return {
        "part_windows": windows["windows"][:, None] * one_hot,
        "part_events": windows["events"][:, [1]] * one_hot,
    }


def index_sums(above: Float[np.ndarray, "n g"], flux_w_m2: Float[np.ndarray, "g"]) -> Sums:
    """Flares above the first of some fluxes and the sum of ln(F/F₀) over them, both expected.

    Σ ln(F/F₀) = ∫ N(>F) d ln F, by the trapezium rule.

    Args:
      above: expected flares above each flux.
      flux_w_m2: dense, from F₀ to where no flares are left.

    Returns:
      ``index [n, 2]``, for `power_index`.
    """
    logs = 0.5 * ((above[:, 1:] + above[:, :-1]) * np.diff(np.log(flux_w_m2))).sum(1)
    return {"index": np.stack([above[:, 0], logs], -1)}


def count_sums(c: Int[np.ndarray, "n"], m: Int[np.ndarray, "n"]) -> Sums:
    """Of flares that happened: how rich regions differ from poor ones.

    Args:
      c: flares ≥ C1.0 of each region.
      m: flares ≥ M1.0.

    Returns:
      ``busy, quiet [n, 2]``: c and m of such regions; ``by_count [n, j]``: m, in the bin m.
    """
    both = np.stack([c, m], -1) * 1.0
    where = np.minimum(m, COUNTS[-1])
    return {
        "busy": both * (c >= BUSY)[:, None],
        "quiet": both * (c < QUIET)[:, None],
        "by_count": np.eye(len(COUNTS))[where] * m[:, None],
    }


def longitude_sums(
    expected: Float[np.ndarray, "n t"], longitude_deg: Float[np.ndarray, "n t"]
) -> Sums:
    """Flares expected in the east, on the disk, within 30° and within 60° of its middle."""
    distance = np.abs(longitude_deg)
    places = (longitude_deg < 0, distance < 90, distance <= 30, distance <= 60)
    flares = [(expected * (where & (distance < 90))).sum(1) for where in places]
    return {"places": np.stack(flares, -1)}


def histogram_sums(
    value: Float[np.ndarray, "e"],
    region: Int[np.ndarray, "e"],
    regions: int,
    edges: Float[np.ndarray, "b"],
) -> Float[np.ndarray, "n b_minus_1"]:
    """A histogram for each region; what lies outside goes into the outermost bins."""
    which = np.clip(np.searchsorted(edges, value, side="right") - 1, 0, len(edges) - 2)
    found = np.zeros((regions, len(edges) - 1))
    np.add.at(found, (region, which), 1.0)
    return found


def line_sums(x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n 6"]:
    """1, x, y, x², xy, y², for `slope` and `correlation`; rows with NaN count nothing."""
    rows = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1)
    return np.where(np.isfinite(rows).all(-1, keepdims=True), rows, 0.0)


def quantiles(histogram: Any, edges: Any, levels: Any) -> Any:
    """Quantiles from a histogram, values even within a bin; NaN if it is empty.

    Example:
      >>> quantiles(np.array([2.0, 2.0]), np.array([0.0, 1.0, 2.0]), np.array([0.25, 0.5])).tolist()
      [0.5, 1.0]
    """
    cumulative = jnp.concatenate([jnp.zeros(1), jnp.cumsum(histogram)])
    found = jnp.interp(jnp.asarray(levels) * cumulative[-1], cumulative, jnp.asarray(edges))
    return jnp.where(cumulative[-1] > 0, found, jnp.nan)


def power_index(sums: Any) -> Any:
    """Maximum likelihood (Hill): 1 + N / Σ ln(F/F₀), from `index_sums`."""
    return 1 + sums[..., 0] / sums[..., 1]


def skill(table: Any) -> Any:
    """TSS = TP/(TP + FN) − FP/(FP + TN) of a table ``[..., 4]``."""
    tp, fn, fp, tn = jnp.moveaxis(jnp.asarray(table), -1, 0)
    return tp / (tp + fn) - fp / (fp + tn)


def top_share(by_count: Any, top: Any) -> Any:
    """Share of all flares in the regions that have most.

    Args:
      by_count: flares in regions with 0, 1, 2 … of them, `count_sums` summed.
      top: how many regions; need not be whole.

    Example:
      >>> flares = np.eye(201)[[3, 1, 1]].T @ np.array([3.0, 1.0, 1.0])
      >>> [round(float(top_share(flares, n)), 2) for n in (1, 2)]
      [0.6, 0.8]
    """
    richest = jnp.asarray(by_count)[::-1]
    each = jnp.maximum(jnp.asarray(COUNTS)[::-1], 1)
    regions = richest / each
    before = jnp.cumsum(regions) - regions
    taken = jnp.clip(top - before, 0.0, regions)
    return (taken * each).sum() / richest.sum()


def slope(sums: Any) -> Any:
    """Of y against x by least squares, from `line_sums`."""
    n, x, y, xx, xy, _ = sums
    return (n * xy - x * y) / (n * xx - x * x)


def correlation(sums: Any) -> Any:
    """Pearson's, from `line_sums`."""
    n, x, y, xx, xy, yy = sums
    return (n * xy - x * y) / jnp.sqrt((n * xx - x * x) * (n * yy - y * y))


def _within(expected: Float[np.ndarray, "n t k"], steps: int) -> Float[np.ndarray, "n w k"]:
    """Probability of at least one flare in the steps after each time; whole windows only."""
    total = np.pad(np.cumsum(expected, 1, dtype=float), ((0, 0), (1, 0), (0, 0)))
    return -np.expm1(total[:, :-steps] - total[:, steps:])
