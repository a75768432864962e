"""From what was forecast to scores, and how sure they are over regions and seeds together."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from experiments.noise.grid import Cell
from experiments.noise.learners import CHOICES, Told
from experiments.noise.lessons import CLEAN, NOISY
from jsolar.forecast.examples import Data, Examples
from jsolar.train.many import LAST, Runs
from jsolar.types import Events
from jsolar.verify.contrasts import Contrast, contrast
from jsolar.verify.events.calibration import apply_platt, fit_platt
from jsolar.verify.events.contingency import Table, outcomes
from jsolar.verify.events.ranking import roc_auc
from jsolar.verify.events.scores import tss
from jsolar.verify.intervals import resample, sums_by_block
from jsolar.verify.weighting import ratio

RECHOSEN, NOISY_CHOICE, FIXED, NO_STOP = ARMS = (
    "threshold re-chosen on clean validation",
    "everything chosen on noisy validation",
    "threshold fixed at the base rate",
    "last epoch, threshold on clean validation",
)
"""Ways to choose the epoch, the calibration and the threshold; the first is the primary one."""

RESAMPLES = 2000


class Scored(NamedTuple):
    """The scores of all cells; ``c`` cells, ``a`` of `ARMS`, ``s`` seeds, ``g`` test regions.

    Attributes:
      cells: in the order of the first axis.
      observed: tables ``[c, a, s, g]`` of what happened.
      expected: the same with true probabilities in place of what happened.
      auc: ``[c, a, s]``.
    """

    cells: Sequence[Cell]
    observed: Table
    expected: Table
    auc: Float[np.ndarray, "c a s"]


class Drawn(NamedTuple):
    """Mean TSS over seeds, ``[r + 1, c, a]``: of the data, then of every resample.

    A resample draws regions, and seeds with their training sets, noise and networks.
    """

    observed: Float[np.ndarray, "r c a"]
    expected: Float[np.ndarray, "r c a"]


def score(told: Mapping[Cell, Told], lessons: Mapping[Cell, Runs], data: Data) -> Scored:
    """Score every cell in every arm.

    Args:
      told: what was forecast.
      lessons: that it was learned from; their noisy validation labels are one of the arms.
      data: with the right labels.

    Returns:
      The scores.
    """
    found = [[_score(cell, arm, told[cell], lessons[cell], data) for arm in ARMS] for cell in told]
    stacked = jax.tree.map(lambda *x: np.stack(x), *[_stack(row) for row in found])
    return Scored(list(told), *stacked)


def _stack(row: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *x: np.stack(x), *row)


def _score(cell: Cell, arm: str, told: Told, runs: Runs, data: Data) -> tuple[Table, Table, Any]:
    choice = {RECHOSEN: CLEAN, NOISY_CHOICE: NOISY, FIXED: CLEAN, NO_STOP: LAST}[arm]
    assert choice in CHOICES
    labels = runs.held[NOISY if arm == NOISY_CHOICE else CLEAN]
    observed, expected, area = _of_seeds(
        jnp.asarray(told.validation[choice]),
        jax.tree.map(jnp.asarray, labels),
        jnp.asarray(told.test[choice]),
        *_test_columns(data.test),
        calibrated=arm != FIXED,
    )
    return jax.device_get((observed, expected, area))


def _test_columns(test: Examples) -> tuple[Any, ...]:
    """What happened, whether it counts, the true probability, and the region from 0."""
    regions, index = np.unique(test.rows.group, return_inverse=True)
    happened, known = (np.asarray(column)[:, 0] for column in test.events)
    assert test.true_probability is not None, "the data are simulated"
    return happened, known, test.true_probability[:, 0].astype(np.float32), index, len(regions)


@partial(jax.jit, static_argnames=("blocks", "calibrated"))
def _of_seeds(
    held: Float[Array, "s v"],
    labels: Events,
    logits: Float[Array, "s t"],
    happened: Any,
    known: Any,
    truth: Any,
    index: Any,
    blocks: int,
    *,
    calibrated: bool,
) -> tuple[Table, Table, Float[Array, "s"]]:
    def one(args: Any) -> Any:
        held, labels, logits = args
        y, where = labels.happened[:, 0], labels.known[:, 0]
        rate = ratio((y & where).sum(), where.sum())
        platt = fit_platt(held, y, where=where)
        p = apply_platt(platt, logits) if calibrated else jax.nn.sigmoid(logits)
        tables = (outcomes(o, p >= rate, where=known) for o in (happened, truth))
        summed = (sums_by_block(table, index, blocks=blocks) for table in tables)
        return *summed, roc_auc(happened, p, where=known)

    return jax.lax.map(one, (held, labels, logits))


def draw(key: Key[Array, ""], scored: Scored, *, resamples: int = RESAMPLES) -> Drawn:
    """Resample regions and seeds, both at once, all cells and arms alike.

    Args:
      key: of the resamples.
      scored: the tables.
      resamples: how many.

    Returns:
      Mean TSS of every cell and arm.

    References:
      Owen (2007), doi:10.1214/07-AOAS122
    """
    c, a, s, g = scored.observed.tp.shape
    both = np.stack([np.stack(scored.observed), np.stack(scored.expected)])  # [2, 4, c, a, s, g]
    by_region = jnp.asarray(np.moveaxis(both, -1, 0).reshape(g, -1), jnp.float32)
    found = jax.device_get(_drawn(key, by_region, shape=(2, 4, c, a, s), resamples=resamples))
    return Drawn(*np.moveaxis(found, 1, 0))


@partial(jax.jit, static_argnames=("shape", "resamples"))
def _drawn(
    key: Key[Array, ""], by_region: Float[Array, "g x"], *, shape: tuple[int, ...], resamples: int
) -> Float[Array, "r 2 c a"]:
    def of_weights(weights: tuple[Float[Array, "g"], Float[Array, "s"]]) -> Any:
        regions, seeds = weights
        summed = jnp.matmul(regions, by_region, precision="highest").reshape(shape)
        each = tss(Table(*jnp.moveaxis(summed, 1, 0)))
        return (each * seeds).sum(-1) / seeds.sum()

    blocks = (by_region.shape[0], shape[-1])
    return resample(key, of_weights, blocks, resamples=resamples, chunk=50)


def losses(drawn: Float[np.ndarray, "r c a"], cells: Sequence[Cell]) -> Float[np.ndarray, "r c a"]:
    """TSS lost to the noise of each cell: that of the same learner's clean cell minus its own.

    A learner with a remedy is measured by what it is without remedy and without noise.
    """
    clean = {cell.learner: i for i, cell in enumerate(cells) if cell.rate == 0}
    return drawn[:, [clean[cell.plain] for cell in cells]] - drawn


def lost_more(
    drawn: Float[np.ndarray, "r c a"],
    cells: Sequence[Cell],
    pair: tuple[str, str],
    kind: str,
    rate: float,
    *,
    arm: str = RECHOSEN,
) -> Contrast:
    """How much more TSS one learner loses to a noise than another.

    Args:
      drawn: one of `Drawn`.
      cells: of its second axis.
      pair: of learners; above 0 the first one loses more.
      kind: of the noise.
      rate: of it.
      arm: one of `ARMS`.

    Returns:
      The contrast.
    """
    lost, a = losses(drawn, cells), ARMS.index(arm)
    one, other = (lost[:, cells.index(Cell(name, kind, rate)), a] for name in pair)
    return contrast(one - other)
