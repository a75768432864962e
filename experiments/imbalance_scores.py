"""TSS, HSS2 and precision of many forecasts on every ordered pair of partitions, with resamples."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key, Shaped

from jsolar.data.sampling import Sampler
from jsolar.forecast.examples import Examples
from jsolar.forecast.methods.calibrated import platt_of
from jsolar.keys import named
from jsolar.types import Events
from jsolar.verify.contrasts import Contrast, contrast
from jsolar.verify.events.calibration import apply_platt, log_odds
from jsolar.verify.events.contingency import Table, outcomes
from jsolar.verify.events.scores import hss2, precision, tss
from jsolar.verify.events.threshold import choose_threshold
from jsolar.verify.intervals import RULES, Rules, resample, sums_by_block, weighted_sums

SCORES = {"TSS": tss, "HSS2": hss2, "precision": precision}

HALF, FOR_TSS, FOR_HSS2 = "½", "for TSS", "for HSS2"
"""Thresholds: the one that papers take, and those chosen on a third partition for either score."""

ALL = "all windows"
"""That are tested, unless they are sampled."""


class Pool(NamedTuple):
    """The windows of all partitions.

    Attributes:
      examples: of one event.
      subclass: of the largest flare, see `jsolar.data.sampling.SUBCLASSES`.
      partition: number of each window's.
    """

    examples: Examples
    subclass: Int[np.ndarray, "n"]
    partition: Int[np.ndarray, "n"]

    @property
    def numbers(self) -> list[int]:
        """Of the partitions."""
        return [int(i) for i in np.unique(self.partition)]

    @property
    def happened(self) -> Shaped[np.ndarray, "n"]:
        """Whether there was the event."""
        return np.asarray(self.examples.events.happened[:, 0])


class Forecast(NamedTuple):
    """Which forecasts are scored, and on what.

    Attributes:
      method: who said it.
      remedy: after what was done to the windows that taught.
      threshold: `HALF`, `FOR_TSS` or `FOR_HSS2`.
      tested: `ALL`, or by what the tested windows were sampled.
    """

    method: str
    remedy: str
    threshold: str
    tested: str = ALL


class Scores(NamedTuple):
    """Scores of the data (the first of d) and of every resample of the regions that are tested.

    Attributes:
      drawn: by name of the score, of p pairs and c forecasts.
      pairs: (partition that taught, partition that is tested).
      forecasts: what stands in each column.
      flaring: tested regions with an event.
    """

    drawn: Mapping[str, Float[np.ndarray, "d p c"]]
    pairs: list[tuple[int, int]]
    forecasts: list[Forecast]
    flaring: int

    def by_pair(self, score: str, forecast: Forecast) -> Float[np.ndarray, "d p"]:
        """Of one forecast; NaN where there is none."""
        return self.drawn[score][..., self.forecasts.index(forecast)].astype(float)

    def mean(self, score: str, forecast: Forecast) -> Contrast:
        """Of one forecast over the pairs."""
        return self._mean(self.by_pair(score, forecast))

    def difference(self, score: str, forecast: Forecast, other: Forecast) -> Contrast:
        """Mean over the pairs of one forecast's score minus another's."""
        return self._mean(self.by_pair(score, forecast) - self.by_pair(score, other))

    def _mean(self, drawn: Float[np.ndarray, "d p"]) -> Contrast:
        there = drawn[:, ~np.isnan(drawn[0])]
        mean = there.mean(1) if there.shape[1] else np.full(len(drawn), np.nan)
        return contrast(mean, positive_blocks=self.flaring)


def scored_pairs(
    key: Key[Array, ""],
    pool: Pool,
    said: Mapping[tuple[str, str], Float[np.ndarray, "i n"]],
    *,
    trap: str,
    samplers: Mapping[str, Sampler],
    rules: Rules = RULES,
) -> Scores:
    """Score forecasts on every ordered pair of partitions; all meet the same resamples.

    Args:
      key: of the bootstrap, and of the samples of tested windows.
      pool: the windows.
      said: by method and remedy, the probability of every window, said by who was taught by each
        partition in turn; NaN where there is no answer.
      trap: the remedy whose forecasts are also scored on sampled windows.
      samplers: of those, by name.
      rules: how many resamples.

    Returns:
      The scores.
    """
    asked = list(said)
    raw = np.stack([said[pair] for pair in asked], axis=-1)  # [i, n, a]
    whole = [Forecast(*pair, rule) for rule in (HALF, FOR_TSS, FOR_HSS2) for pair in asked]
    caught = tuple(c for c, (_, remedy) in enumerate(asked) if remedy == trap)
    sampled = [Forecast(*asked[c], HALF, name) for name in samplers for c in caught]
    numbers = pool.numbers
    pairs = [(i, j) for j in numbers for i in numbers if i != j]
    regions, index = np.unique(pool.examples.rows.group, return_inverse=True)
    weights = [sampled_times(sampler, named(key, name), pool) for name, sampler in samplers.items()]

    def of_pair(i: int, j: int) -> Table:
        mine, chooser = pool.partition == j, pool.partition == third(i, j, numbers)
        each = _outcomes(raw[numbers.index(i)], pool.happened, chooser, mine, caught, weights)
        summed = sums_by_block(each, index, blocks=len(regions))
        return jax.tree.map(lambda x: x[np.unique(index[mine])], summed)

    tables = [
        jax.tree.map(lambda *x: jnp.stack(x, 1), *(of_pair(i, j) for i in numbers if i != j))
        for j in numbers
    ]

    def statistic(weight: tuple[Float[Array, "_"], ...]) -> dict[str, Float[Array, "p c"]]:
        each = [weighted_sums(w, table) for w, table in zip(weight, tables, strict=True)]
        found = {s: jnp.concatenate([f(table) for table in each]) for s, f in SCORES.items()}
        undefined = jnp.isnan(found["TSS"])  # without an event the others say nothing either
        return {s: jnp.where(undefined, jnp.nan, x) for s, x in found.items()}

    blocks = tuple(len(table.tp) for table in tables)
    drawn = resample(named(key, "regions"), statistic, blocks, resamples=rules.resamples)
    return Scores(jax.device_get(drawn), pairs, whole + sampled, _flaring(pool))


def third(i: int, j: int, numbers: list[int]) -> int:
    """The partition that chooses the threshold: the first after number i that is not number j.

    Example:
      >>> third(1, 2, [1, 2, 3]), third(3, 1, [1, 2, 3])
      (3, 2)
    """
    at = numbers.index(i)
    return next(number for number in numbers[at + 1 :] + numbers[:at] if number != j)


def sampled_times(sampler: Sampler, key: Key[Array, ""], pool: Pool) -> Float[np.ndarray, "n"]:
    """How often each window is drawn from its partition; NaN where none can be."""
    times = np.full(len(pool.subclass), np.nan)
    for part in pool.numbers:
        rows = np.flatnonzero(pool.partition == part)
        groups = pool.examples.rows.group[rows]
        try:
            drawn = sampler(named(key, f"partition {part}"), pool.subclass[rows], groups)
        except ValueError:  # no X flare to set the size of the sample
            continue
        times[rows] = np.bincount(drawn, minlength=len(rows))
    return times


def _flaring(pool: Pool) -> int:
    return len(np.unique(pool.examples.rows.group[pool.happened]))


@partial(jax.jit, static_argnames="caught")
def _outcomes(
    raw: Float[Array, "n a"],
    happened: Shaped[Array, "n"],
    chooser: Shaped[Array, "n"],
    tested: Shaped[Array, "n"],
    caught: tuple[int, ...],
    weights: list[Float[Array, "n"]],
) -> Table:
    """What came of every forecast of every tested window, ``[n, c]``."""
    yes = _decisions(raw, happened, chooser)
    observed = jnp.broadcast_to(happened[:, None], raw.shape)

    def of(said: Float[Array, "n b"], times: Any = None) -> Table:
        return outcomes(observed[:, : said.shape[1]], said, where=tested, weights=times)

    parts = [of(y) for y in yes] + [of(yes[0][:, caught], times) for times in weights]
    return jax.tree.map(lambda *x: jnp.concatenate(x, 1), *parts)


def _decisions(
    raw: Float[Array, "n a"], happened: Shaped[Array, "n"], chooser: Shaped[Array, "n"]
) -> list[Float[Array, "n a"]]:
    """Yes (1) or no (0) at ½, and at thresholds for TSS and HSS2; NaN without an answer."""
    known, observed = (jnp.broadcast_to(x[:, None], raw.shape) for x in (chooser, happened))
    logit = log_odds(raw)
    calibrated = apply_platt(platt_of(raw, Events(observed, known)), logit)
    yes = [raw >= 0.5]
    for score in (tss, hss2):
        choose = partial(choose_threshold, where=chooser, score=score)
        yes.append(calibrated >= jax.vmap(choose, in_axes=1)(calibrated))
    return [jnp.where(jnp.isnan(raw), jnp.nan, y) for y in yes]
