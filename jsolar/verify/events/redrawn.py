"""What a bootstrap at a fixed threshold cannot see: the choice of it, and what never came."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jsolar.verify.events.contingency import Table, total
from jsolar.verify.events.scores import tss
from jsolar.verify.events.threshold import THRESHOLDS, at_index
from jsolar.verify.intervals import weighted_sums
from jsolar.verify.weighting import ratio


def tss_redrawn(
    weights: tuple[Float[Array, "g"], Float[Array, "h"]],
    validation: Float[np.ndarray | Array, "g 2"],
    test: Table,
) -> Float[Array, ""]:
    """TSS of weighted test regions at the threshold that weighted validation regions give.

    The threshold that is best for TSS is the event rate of the data that the forecasts are
    calibrated on. In a bootstrap over the regions of both sets it tells what to expect from doing
    it all again; the interval at the fixed threshold tells about this one forecaster.

    Args:
      weights: of the regions of both sets.
      validation: rows and events of each region.
      test: tables ``[h, t]`` of each region at each of `THRESHOLDS`.

    Returns:
      The score; NaN without an event in validation.

    Example:
      >>> from jsolar.verify.events.contingency import at_thresholds_by_block
      >>> p, region = np.array([0.1, 0.9, 0.2, 0.8]), np.array([0, 0, 1, 1])
      >>> test = at_thresholds_by_block(p > 0.5, p, THRESHOLDS, region, blocks=2)
      >>> validation = np.array([[4.0, 2.0], [4.0, 1.0]])
      >>> tss_redrawn((jnp.ones(2), jnp.ones(2)), validation, test).item()
      1.0
    """
    rows, events = weighted_sums(weights[0], validation)
    rate = ratio(events, rows)
    nearest = jnp.argmin(jnp.abs(jnp.asarray(THRESHOLDS) - rate))
    there = Table(*weighted_sums(weights[1], jnp.stack(test, axis=1)))
    return tss(at_index(there, jnp.where(events > 0, nearest, -1)))


def unseen(table: Table) -> Table:
    """One more region, which shows what no region has shown yet.

    If no event was missed in 30 flaring regions, none is missed in any resample of them, and the
    bootstrap takes for certain what is not: the share missed may well be 3/30. So the resamples
    draw from one more region that was missed altogether, of the mean size; the score itself does
    not know it. The same for a table without a false alarm. Who says always the same (two cells
    are empty) gets nothing.

    Args:
      table: of each region, ``[g, ...]``.

    Returns:
      A table ``[...]``; zeros where no cell is empty.

    Example:
      >>> seen = Table(np.array([4.0, 2.0]), np.zeros(2), np.array([1.0, 0.0]), np.array([9.0, 9]))
      >>> [float(count) for count in unseen(seen)]
      [0.0, 3.0, 0.0, 0.0]

    References:
      Hanley & Lippman-Hand (1983), doi:10.1001/jama.1983.03330370053031
    """
    table = jax.tree.map(jnp.asarray, table)
    tp, fn, fp, tn = total(table)
    size = [_mean_size(table.tp + table.fn), _mean_size(table.fp + table.tn)]

    def where(empty: Array, other: Array, size: Array) -> Array:
        return jnp.where((empty == 0) & (other > 0), size, 0.0)

    return Table(
        tp=where(tp, fp, size[0]),
        fn=where(fn, tn, size[0]),
        fp=where(fp, tp, size[1]),
        tn=where(tn, fn, size[1]),
    )


def _mean_size(rows: Float[Array, "g ..."]) -> Float[Array, "..."]:
    """Rows of a region that has any."""
    count = (rows > 0).sum(0)
    return rows.sum(0) / jnp.maximum(count, 1)
