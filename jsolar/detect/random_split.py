"""The lecture's way: pictures are split at random, so that regions stand on both sides.

A picture and the next are a day apart and show the same regions. Where one is learned from and the
other is judged, the score tells how well regions are known again.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.detect.compare import Method
from jsolar.detect.examples import DiskData, DiskInputs, Disks, pooled
from jsolar.detect.findings import Finding, best_score
from jsolar.detect.forecasts import Forecast, by_group, flaring_rotations, forecast, rows_in
from jsolar.keys import named
from jsolar.types import PyTree, take
from jsolar.verify.boxes.regions import tables
from jsolar.verify.contrasts import Contrast, contrast
from jsolar.verify.events.scores import tss
from jsolar.verify.intervals import RULES, resample, weighted_sums

SHARE = 0.2
"""Of the pictures that are held out: 8 : 2."""


class RandomSplit(NamedTuple):
    """A random split beside that by rotations.

    Attributes:
      random: TSS on the pictures that were held out at random.
      honest: TSS on rotations that were held out as a whole.
      inflation: how much higher the first is; the two sets of rotations are drawn apart.
      same_pictures: the same difference on pictures that both held out.
      trained: pictures that the random way learned from.
      held: that it held out.
      shared: of them those of the other way's test.
    """

    random: Contrast
    honest: Contrast
    inflation: Contrast
    same_pictures: Contrast
    trained: int
    held: int
    shared: int

    def summary(self) -> dict[str, Any]:
        """For ``summary.json``."""
        told = self._asdict()
        return {k: v._asdict() if isinstance(v, Contrast) else v for k, v in told.items()}


def random_split(
    key: Key[Array, ""],
    data: DiskData,
    honest: Method,
    fit: Callable[[Disks, Disks], Callable[[DiskInputs], list[Finding]]],
) -> RandomSplit:
    """Train and judge once more on pictures that are split at random, as the lecture does.

    What is held out chooses the best parameters, calibrates, and is judged, as there.

    Args:
      key: of the split and of the bootstrap.
      data: split by rotations.
      honest: what a method finds that was trained on them.
      fit: trains the same method, from pictures to learn from and pictures held out.

    Returns:
      The difference.
    """
    held, rest = _at_random(key, data)
    found = fit(rest, held)(held.inputs)
    random_way = Method(found, found, best_score(held, found, data.frame))
    lax = forecast(data._replace(validation=held, test=held), *random_way.reported)
    strict = forecast(data, *honest.reported)
    both = set(held.rows.id) & set(data.test.rows.id)
    random, fair, inflation = _apart(key, lax, strict)
    shared = [
        _of_pictures(one, np.isin(disks.rows.id, list(both)))
        for one, disks in ((lax, held), (strict, data.test))
    ]
    same = _together(key, *shared)
    counts = len(rest.rows.id), len(held.rows.id), len(both)
    return RandomSplit(random, fair, inflation, same, *counts)


def _at_random(key: Key[Array, ""], data: DiskData) -> tuple[Disks, Disks]:
    """A fifth of all pictures, and the rest."""
    whole = pooled([data.train, data.validation, data.test])
    n = len(whole.rows.id)
    order = np.asarray(jax.random.permutation(named(key, "random split"), n))
    held, rest = (take(whole, np.sort(some)) for some in np.split(order, [round(SHARE * n)]))
    return held, rest


def _apart(key: Key[Array, ""], a: Forecast, b: Forecast) -> tuple[Contrast, Contrast, Contrast]:
    sums, sizes = zip(*(_by_rotation(one) for one in (a, b)), strict=True)

    def scores(weights: tuple[Float[Array, "_"], ...]) -> Float[Array, "2"]:
        return jnp.stack([tss(weighted_sums(*pair)) for pair in zip(weights, sums, strict=True)])

    drawn = np.asarray(resample(key, scores, sizes, resamples=RULES.resamples))
    few = min(map(flaring_rotations, (a, b)))
    each = (drawn[:, 0], drawn[:, 1], drawn[:, 0] - drawn[:, 1])
    first, second, both = (contrast(scores, positive_blocks=few) for scores in each)
    return first, second, both


def _together(key: Key[Array, ""], a: Forecast, b: Forecast) -> Contrast:
    names = np.union1d(a.rows.group, b.rows.group)
    sums = [_by_rotation(one, names)[0] for one in (a, b)]

    def difference(weight: Float[Array, "g"]) -> Float[Array, ""]:
        first, second = (tss(weighted_sums(weight, one)) for one in sums)
        return first - second

    if not len(names):
        return contrast(np.full(2, np.nan))
    drawn = resample(key, difference, len(names), resamples=RULES.resamples)
    return contrast(np.asarray(drawn), positive_blocks=flaring_rotations(b))


def _by_rotation(of: Forecast, names: Int[np.ndarray, "g"] | None = None) -> tuple[PyTree, int]:
    names = np.unique(of.disks.group) if names is None else names
    index = np.searchsorted(names, of.rows.group)
    return by_group(tables(of.rows, of.threshold), index, len(names)), len(names)


def _of_pictures(of: Forecast, chosen: np.ndarray) -> Forecast:
    return of._replace(rows=rows_in(of.rows, chosen[of.rows.picture]))
