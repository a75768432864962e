"""How much of a test score hangs on a threshold that was chosen from few regions?"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.verify.events.contingency import Table
from jsolar.verify.events.scores import Score, tss
from jsolar.verify.events.threshold import WIDTH, at_index, best_index
from jsolar.verify.intervals import RULES, Interval, Rules, bootstrap, weighted_sums


@partial(jax.jit, static_argnames=("score", "rules", "width"))
def threshold_redrawn(
    key: Key[Array, ""],
    validation: Table,
    test: Table,
    *,
    score: Score = tss,
    width: float = WIDTH,
    rules: Rules = RULES,
    positive_blocks: int | np.ndarray | Array | None = None,
) -> Interval:
    """Interval of a test score that knows that the threshold, too, was chosen from a few regions.

    In every draw validation regions are resampled, the threshold is chosen again from them, and
    the score is taken of resampled test regions. It tells what to expect from doing it all again;
    the interval at the fixed threshold tells about this one forecaster.

    Args:
      key: randomness.
      validation: tables ``[g, t]`` of each region at each of the ``THRESHOLDS`` of
        `jsolar.verify.events.threshold`, from `at_thresholds_by_block`.
      test: the same of the test regions, ``[h, t]``.
      score: what is chosen by and reported.
      width: see `jsolar.verify.events.threshold.best_index`.
      rules: see `jsolar.verify.intervals.block_bootstrap`.
      positive_blocks: see `jsolar.verify.intervals.block_bootstrap`.

    Returns:
      An `Interval`; its value is the score with the threshold of all validation regions.

    Example:
      >>> from jsolar.verify.events.contingency import at_thresholds_by_block
      >>> from jsolar.verify.events.threshold import THRESHOLDS
      >>> p, dice = np.random.default_rng(0).random((2, 400))
      >>> tables = at_thresholds_by_block(dice < p, p, THRESHOLDS, np.arange(400) // 4, blocks=100)
      >>> redrawn = threshold_redrawn(jax.random.key(0), tables, tables)
      >>> bool(redrawn.low < redrawn.value)
      True
    """

    def of_weights(weights: tuple[Float[Array, "g"], Float[Array, "h"]]) -> Float[Array, ""]:
        return chosen_anew(weights, validation, test, score=score, width=width)

    blocks = (len(validation.tp), len(test.tp))
    return bootstrap(key, of_weights, blocks, rules=rules, positive_blocks=positive_blocks)


def chosen_anew(
    weights: tuple[Float[Array, "g"], Float[Array, "h"]],
    validation: Table,
    test: Table,
    *,
    score: Score = tss,
    width: float = WIDTH,
) -> Float[Array, ""]:
    """Test score with the threshold that weighted validation blocks choose.

    One draw of `threshold_redrawn`.

    Args:
      weights: of the blocks of both sets.
      validation: tables ``[g, t]``.
      test: tables ``[h, t]``.
      score: what is chosen by and reported.
      width: see `jsolar.verify.events.threshold.best_index`.

    Returns:
      The score; NaN if no threshold can be chosen.
    """
    tables = [
        Table(*weighted_sums(weight, jnp.stack(table, axis=1)))
        for weight, table in zip(weights, (validation, test), strict=True)
    ]
    index = best_index(score(tables[0]), width=width)
    return score(at_index(tables[1], index))
