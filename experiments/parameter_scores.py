"""Brier score and TSS of every line of `experiments.parameter_count`, with resamples."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from experiments.parameter_fits import REMEDIED, Line, Split, Taught, brier
from jsolar.verify.contrasts import Contrast, contrast
from jsolar.verify.events.contingency import Table, outcomes
from jsolar.verify.events.ranking import roc_curve
from jsolar.verify.events.scores import tss
from jsolar.verify.intervals import RULES, Rules, resample, sums_by_block

FITS = 1e-3
"""A learner fits its labels where the Brier score of training, mean over seeds, is below this."""


class Scored(NamedTuple):
    """A score of a line's w sizes: mean over seeds of the data (the first of d) and of resamples.

    Attributes:
      brier: Brier score of what was said, kept within 0 and 1.
      tss: at the threshold that is best on validation.
      brier_of_seeds: of every seed.
      tss_of_seeds: likewise.
    """

    brier: Float[np.ndarray, "d w"]
    tss: Float[np.ndarray, "d w"]
    brier_of_seeds: Float[np.ndarray, "w s"]
    tss_of_seeds: Float[np.ndarray, "w s"]


class Sizes(NamedTuple):
    """Which of the sizes of a line are compared; none of them was chosen on test windows.

    Attributes:
      narrow: of those that do not fit their labels, the best on validation (Brier score).
      threshold: the first that fits.
      widest: the last.
    """

    narrow: int
    threshold: int
    widest: int


def scored(
    key: Key[Array, ""], lines: Mapping[str, Line], taught: Taught, *, rules: Rules = RULES
) -> dict[str, Scored]:
    """Score all lines; a resample draws regions and seeds, the same ones for all lines.

    Args:
      key: of the resamples.
      lines: what was said.
      taught: what happened.
      rules: how many resamples.

    References:
      Owen (2007), doi:10.1214/07-AOAS122
    """
    regions, index = np.unique(taught.test.region, return_inverse=True)
    count = jax.ops.segment_sum(jnp.ones(len(index)), jnp.asarray(index), len(regions))
    found = {}
    for name, line in lines.items():
        yes = line.test >= _thresholds(line.validation, taught.validation)[..., None]
        sums = _by_region(line.test, yes, taught.test.happened, index, blocks=len(regions))
        drawn = resample(
            key,
            partial(_of_weights, sums, count),
            (len(regions), line.test.shape[1]),
            resamples=rules.resamples,
        )
        each = jax.vmap(partial(_each, sums, count))(jnp.ones((1, len(regions))))
        found[name] = Scored(*map(np.asarray, drawn), *(np.asarray(x[0]) for x in each))
    return found


def sizes(lines: Mapping[str, Line], name: str, taught: Taught) -> Sizes | None:
    """The sizes of a line to compare; None unless some fit their labels and some do not.

    The widest must be beyond the threshold.
    """
    line = lines[name]
    fits = np.asarray(line.training).mean(1) < FITS
    if fits.all() or not fits[:-1].any():
        return None
    first = int(np.argmax(fits))
    held = brier(line.validation[:first], taught.validation.happened).mean(1)
    return Sizes(int(np.argmin(held)), first, len(fits) - 1)


def contrasts(
    found: Mapping[str, Scored], name: str, chosen: Sizes, flaring: int
) -> dict[str, dict[str, Contrast]]:
    """What is asked of a line, declared before anything was scored: differences of both scores.

    Args:
      found: from `scored`.
      name: of the line without a remedy.
      chosen: sizes of that line.
      flaring: test regions with an event.

    Returns:
      From a question and a score to the difference; a Brier score is better the smaller it is.
    """
    narrow, threshold, widest = chosen
    plain, remedied = found[name], found[REMEDIED[name]]

    def of(score: str) -> dict[str, Float[np.ndarray, "d"]]:
        x, y = getattr(plain, score), getattr(remedied, score)
        return {
            "threshold − narrow": x[:, threshold] - x[:, narrow],
            "widest − threshold": x[:, widest] - x[:, threshold],
            "widest − narrow": x[:, widest] - x[:, narrow],
            "remedy − none, at the threshold": y[:, threshold] - x[:, threshold],
            "widest − narrow, both with the remedy": y[:, widest] - y[:, narrow],
        }

    both = {score: of(score) for score in ("brier", "tss")}
    return {
        question: {s: contrast(both[s][question], positive_blocks=flaring) for s in both}
        for question in both["brier"]
    }


def _thresholds(said: Float[np.ndarray, "w s v"], validation: Split) -> Float[np.ndarray, "w s"]:
    """Of the outputs: where TSS is best on validation."""

    def one(output: Float[Array, "v"]) -> Float[Array, ""]:
        curve = roc_curve(jnp.asarray(validation.happened), output)
        return curve.threshold[jnp.argmax(curve.pod - curve.pofd)]

    rows = jnp.asarray(said).reshape(-1, said.shape[-1])
    return np.asarray(jax.lax.map(jax.jit(one), rows)).reshape(said.shape[:-1])


@partial(jax.jit, static_argnames="blocks")
def _by_region(
    said: Float[Array, "w s t"],
    yes: Any,
    happened: Float[Array, "t"],
    index: Int[Array, "t"],
    *,
    blocks: int,
) -> Float[Array, "g 5 w s"]:
    """What every test region adds: squared error and the four counts."""
    error = (jnp.clip(said, 0.0, 1.0) - happened) ** 2
    table = outcomes(jnp.broadcast_to(happened, said.shape), yes)
    each = jnp.moveaxis(jnp.stack([error, *table]), -1, 0)
    return sums_by_block(each, index, blocks=blocks)


def _each(
    sums: Float[Array, "g 5 w s"], count: Float[Array, "g"], regions: Float[Array, "g"]
) -> tuple[Float[Array, "w s"], Float[Array, "w s"]]:
    total = jnp.tensordot(regions, sums, 1, precision="highest")
    return total[0] / (regions @ count), tss(Table(*total[1:]))


def _of_weights(
    sums: Float[Array, "g 5 w s"],
    count: Float[Array, "g"],
    weights: tuple[Float[Array, "g"], Float[Array, "s"]],
) -> tuple[Float[Array, "w"], Float[Array, "w"]]:
    regions, seeds = weights
    each = _each(sums, count, regions)
    return tuple(x @ seeds / seeds.sum() for x in each)  # type: ignore[return-value]
