"""What wrong labels of the test data do to every score, beside what theory says they must."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from experiments.noise.learners import Told
from experiments.noise.lessons import CLEAN
from jsolar.data import noise
from jsolar.forecast.examples import Data
from jsolar.keys import named
from jsolar.verify.events.calibration import apply_platt, fit_platt
from jsolar.verify.events.contingency import Table, outcomes
from jsolar.verify.events.mislabelled import tss_factor
from jsolar.verify.events.scores import tss
from jsolar.verify.intervals import Interval, percentile_interval, resample, sums_by_block

RATES = (0.01, 0.02, 0.05, 0.1)
"""Shares of the test labels that are flipped."""

DRAWS = 20
"""How often labels are flipped for each seed of a method."""


class Shrunk(NamedTuple):
    """By what factor TSS shrank at one rate.

    Attributes:
      rate: of flips.
      theory: see `jsolar.verify.events.mislabelled.tss_factor`.
      measured: with its interval over regions and seeds.
    """

    rate: float
    theory: float
    measured: Interval


def shrink(key: Key[Array, ""], told: Told, data: Data) -> list[Shrunk]:
    """TSS on wrong test labels divided by that on right ones, for a method taught with right ones.

    Args:
      key: of flips and resamples.
      told: its forecasts.
      data: with the right labels.

    Returns:
      One for each of `RATES`.
    """
    yes = _yes(told, data)
    test = data.test
    regions, index = np.unique(test.rows.group, return_inverse=True)
    happened, known = (np.asarray(column) for column in test.events)
    right = _by_region(yes, happened[:, 0], known[:, 0], index, len(regions))
    found = []
    for rate in RATES:
        flips = noise.symmetric(rate)
        keys = [jax.random.fold_in(named(key, f"{rate}"), i) for i in range(DRAWS * len(yes))]
        labels = [flips(k, happened, test.rows.group, test.rows.time).labels[:, 0] for k in keys]
        each = np.stack(labels).reshape(DRAWS, len(yes), -1)
        wrong = np.mean([_by_region(yes, one, known[:, 0], index, len(regions)) for one in each], 0)
        # The mean table of many draws of the flips: their luck is averaged before the division.
        measured = _ratio(named(key, "bootstrap"), jnp.asarray(right), jnp.asarray(wrong))
        base_rate = happened[known].mean()
        theory = tss_factor(float(base_rate), missed=rate, false=rate)
        found.append(Shrunk(rate, float(theory), measured))
    return found


def _yes(told: Told, data: Data) -> np.ndarray:
    """Whether each seed says yes, ``[s, t]``, at the threshold from clean validation."""
    happened, known = (np.asarray(column)[:, 0] for column in data.validation.events)
    fit = jax.vmap(lambda x: fit_platt(x, happened, where=known))
    platt = fit(jnp.asarray(told.validation[CLEAN]))
    p = jax.vmap(apply_platt)(platt, jnp.asarray(told.test[CLEAN]))
    return np.asarray(p >= happened[known].mean())


def _by_region(
    yes: np.ndarray, labels: np.ndarray, known: np.ndarray, index: np.ndarray, regions: int
) -> Float[np.ndarray, "4 s g"]:
    """Tables of every seed, with its own labels ``[s, t]`` or the same ``[t]`` for all."""
    own = np.broadcast_to(labels, yes.shape)
    tables = outcomes(own.T, yes.T, where=known[:, None] & np.ones_like(yes.T))
    return np.moveaxis(np.stack(sums_by_block(tables, index, blocks=regions)), 1, 2)


@jax.jit
def _ratio(
    key: Key[Array, ""], right: Float[Array, "4 s g"], wrong: Float[Array, "4 s g"]
) -> Interval:
    def of_weights(weights: tuple[Float[Array, "g"], Float[Array, "s"]]) -> Float[Array, ""]:
        regions, seeds = weights
        scores = [tss(Table(*(tables @ regions))) for tables in (wrong, right)]
        return (scores[0] * seeds).sum() / (scores[1] * seeds).sum()

    blocks = (right.shape[2], right.shape[1])
    scores = resample(key, of_weights, blocks, resamples=2000, chunk=50)
    return percentile_interval(scores[0], scores[1:])
