"""Skill by longitude, year or size: one threshold, tested on parts of the test rows."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Key

from jsolar.verify.events.columns import ForecastColumns, rows_and_blocks
from jsolar.verify.events.contingency import Table, outcomes
from jsolar.verify.events.redrawn import unseen
from jsolar.verify.events.scores import tss
from jsolar.verify.intervals import (
    RULES,
    Interval,
    Rules,
    bootstrap,
    sums_by_block,
    weighted_sums,
)


def sliced_tss(
    key: Key[Array, ""],
    methods: Sequence[ForecastColumns],
    thresholds: Sequence[float],
    slices: Bool[np.ndarray, "n c"],
    *,
    rules: Rules = RULES,
) -> Interval:
    """TSS of m methods on each of c parts of the test rows, all at their thresholds for the whole.

    All methods and slices meet the same resamples of blocks, so that two may be compared. Slices
    differ in their base rate: that a score is lower in one does not say that it is harder there,
    for the threshold was not chosen for it; the area under the ROC curve of the same rows would
    tell.

    Args:
      key: randomness of the bootstrap.
      methods: test columns of each, the same rows in the same order.
      thresholds: of each; yes is said where probability ≥ threshold.
      slices: which rows belong to which.
      rules: of the intervals; a slice with too few blocks that had an event gets none.

    Returns:
      An `Interval` ``[m, c]``; the score is NaN where a slice has no event or nothing else.

    Example:
      >>> p, dice = np.random.default_rng(0).random((2, 800))
      >>> columns = ForecastColumns(dice < p, p < 2, p, np.arange(800) // 8)
      >>> halves = np.stack([np.arange(800) < 400, np.arange(800) >= 400], axis=1)
      >>> found = sliced_tss(jax.random.key(0), [columns], [0.5], halves)
      >>> found.value.shape, bool((found.low > 0.3).all())
      ((1, 2), True)
    """
    rows = [rows_and_blocks(columns, name="test") for columns in methods]
    blocks, index = rows[0][1], rows[0][0].block_index
    happened = rows[0][0].observed[:, None] & slices
    flaring = [len(np.unique(index[column])) for column in happened.T]
    found = []
    for (one, _), threshold in zip(rows, thresholds, strict=True):
        yes = jnp.where(jnp.isnan(threshold), jnp.nan, one.probability >= np.float32(threshold))
        shape = slices.shape
        observed, said = (
            jnp.broadcast_to(jnp.asarray(x, float)[:, None], shape) for x in (one.observed, yes)
        )
        found.append(outcomes(observed, said, where=slices & one.usable[:, None]))
    tables = sums_by_block(_stacked(found), index, blocks=blocks)
    tables = jax.tree.map(
        lambda seen, more: jnp.concatenate([seen, more[None]]), tables, unseen(tables)
    )

    def statistic(weight: Float[Array, "g"]) -> Float[Array, "m c"]:
        return tss(Table(*weighted_sums(weight, tables)))

    interval = bootstrap(
        key,
        statistic,
        blocks + 1,
        unseen=1,
        rules=rules,
        positive_blocks=np.broadcast_to(np.array(flaring), (len(rows), len(flaring))),
    )
    return Interval(*jax.tree.map(np.asarray, interval))


def _stacked(tables: Sequence[Table]) -> Table:
    """``[n, m, c]`` of each count."""
    return Table(*(jnp.stack(counts, axis=1) for counts in zip(*tables, strict=True)))
