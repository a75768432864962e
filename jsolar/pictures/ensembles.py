"""Methods that draw what may come: many draws of a series, their mean, and how good they are."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.keys import named
from jsolar.pictures.compare import in_parts, plain
from jsolar.pictures.methods import Predictor
from jsolar.pictures.series import Data, Seen, column
from jsolar.verify.images.draws import DRAW_SCORES, measure_draws
from jsolar.verify.images.sums import Sums
from jsolar.verify.intervals import Interval, block_bootstrap, sums_by_block

Draws = Float[np.ndarray, "m n h w"]


@runtime_checkable
class Sampler(Protocol):
    """Such as `jsolar.pictures.methods.neural.NetworkPredictor` with noise."""

    def draw(self, seen: Seen, lead_hours: float, number: int) -> Float[np.ndarray, "n h w"]:
        """The draw of this number, another for each."""


class Judged(NamedTuple):
    """How good draws are.

    Attributes:
      draws: m, how many there were.
      scores: those of `jsolar.verify.images.draws.DRAW_SCORES`, against what was observed.
    """

    draws: int
    scores: Mapping[str, Interval]

    def summary(self) -> dict[str, Any]:
        """What ``summary.json`` holds."""
        return {"draws": self.draws, **{name: plain(score) for name, score in self.scores.items()}}


def draw(sampler: Sampler, seen: Seen, lead_hours: float, *, count: int) -> Draws:
    """Several draws of all series at a lead."""
    return np.stack([sampler.draw(seen, lead_hours, number) for number in range(count)])


def mean_of_draws(sampler: Sampler, *, count: int) -> Predictor:
    """A predictor of the mean of several draws.

    Args:
      sampler: that draws.
      count: how many draws.

    Returns:
      A predictor.
    """

    def predict(seen: Seen, lead_hours: float) -> Float[np.ndarray, "n h w"]:
        total = sampler.draw(seen, lead_hours, 0)
        for number in range(1, count):
            total = total + sampler.draw(seen, lead_hours, number)
        return total / count

    return predict


def judge_draws(
    key: Key[Array, ""], draws: Mapping[str, Draws], data: Data, *, lead: float
) -> dict[str, Judged]:
    """Scores of the draws of several methods at a lead, with intervals by region.

    Args:
      key: of the bootstrap, see `jsolar.pictures.compare.compare`.
      draws: by name; one draw of a method that predicts one picture.
      data: whose test series were predicted.
      lead: at which, hours.

    Returns:
      By name.
    """
    came = np.asarray(data.test.future[:])[:, column(data.lead_hours, lead)]
    regions, index = np.unique(data.test.rows.group, return_inverse=True)
    sums = [in_parts(_measure, np.moveaxis(each, 0, 1), came) for each in draws.values()]
    together = jax.tree.map(lambda *each: np.stack(each, axis=1), *sums)
    by_region = sums_by_block(together, index, blocks=len(regions))
    found = jax.device_get(block_bootstrap(named(key, "regions"), by_region, _scores))
    return {
        name: Judged(
            len(each),
            {score: Interval(*(x[i] for x in interval)) for score, interval in found.items()},
        )
        for i, (name, each) in enumerate(draws.items())
    }


_measure = jax.jit(jax.vmap(measure_draws))


def _scores(sums: Sums) -> dict[str, Float[Array, "k"]]:
    return {name: jax.vmap(score)(sums) for name, score in DRAW_SCORES.items()}
