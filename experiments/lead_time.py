"""How does skill fall with the time until the window, and change with its length?

``python -m experiments.lead_time`` asks a forest and a logistic regression, persistence and
climatology of real NOAA region days (``swan-sf``: of series of regions by the rules of SWAN-SF) for
flares of the same day, of the next ones, and within several days. All windows are asked of the same
rows, so that nothing but the window differs; these are the days of regions that stay to be seen.
"""

import dataclasses
import pathlib
from typing import Annotated, Any

import jax
import numpy as np
import tyro
from tqdm import tqdm

from experiments import lead_page
from experiments.flare_data import RegionDays, Series
from experiments.flare_rows import HISTORY, load
from jsolar.forecast.compare import scorecards
from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.fitting import fit_all, forecast_all
from jsolar.forecast.later import Asked, asked_of
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.calibrated import calibrated
from jsolar.forecast.methods.classical import logistic_regression, random_forest
from jsolar.forecast.methods.climatology import climatology
from jsolar.forecast.methods.persistence import persistence
from jsolar.keys import named
from jsolar.run import Run, command
from jsolar.types import take


@dataclasses.dataclass(frozen=True)
class Config:
    """What is asked of which data.

    Attributes:
      source: the data; their rows are a day apart, or whole parts of a day.
      leads: hours from the issue time to a window of 24 h.
      lengths: hours of a window that begins at the issue time.
      thinned: of the rows of which all windows are known, every so many-th is taken.
      trees: of the random forest.
      seed: of everything.
      workdir: where everything goes; ``runs/lead_time/<preset>`` if not given.
    """

    source: Annotated[RegionDays | Series, tyro.conf.arg(name="")] = RegionDays()
    leads: tuple[int, ...] = (0, 24, 48, 72)
    lengths: tuple[int, ...] = (24, 48, 72, 96)
    thinned: int = 1
    trees: int = 300
    seed: int = 0
    workdir: pathlib.Path | None = None


PRESETS = {
    "default": ("NOAA region days of 1996–2014, real; minutes on 2 cores", Config()),
    "swan-sf": (
        "series of 800 simulated regions by the rules of SWAN-SF; minutes on 2 cores",
        Config(Series(every=1), thinned=6),
    ),
    "smoke": ("less than a minute, for the tests", Config(leads=(0, 24), lengths=(48,), trees=5)),
}


def main(run: Run) -> dict[str, Any]:
    """Data, the same methods for every window, scores, report."""
    config, key = run.config, jax.random.key(run.config.seed)
    offered = load(config.source, seed=config.seed)
    asked = windows(config)
    every = [thinned(data, config.thinned) for data in asked_of(offered.data, asked)]
    told: dict[Asked, dict[str, Any]] = {}
    for window, data in zip(tqdm(asked, unit="window"), every, strict=True):
        forecasts = forecast_all(fit_all(key, methods(config), data), data)
        told[window] = scorecards(named(key, "bootstrap"), forecasts, data)
    return lead_page.write(run, offered, every[0], told)


def thinned(data: Data, each: int) -> Data:
    """Every so many-th of the rows of which something is known."""

    def fewer(split: Examples) -> Examples:
        return take(split, np.flatnonzero(split.events.known.any(1))[::each])

    return data._replace(
        train=fewer(data.train), validation=fewer(data.validation), test=fewer(data.test)
    )


def windows(config: Config) -> list[Asked]:
    """Those that are asked for, each once.

    Raises:
      ValueError: none is.

    Example:
      >>> windows(Config(leads=(0, 24), lengths=(24, 48)))
      [(0, 24), (24, 24), (0, 48)]
    """
    asked = [(lead, 24) for lead in config.leads] + [(0, each) for each in config.lengths]
    if not asked:
        raise ValueError("no window is asked for: give some --leads or --lengths")
    return list(dict.fromkeys(asked))


def methods(config: Config) -> dict[str, Method]:
    """The rows of the tables, by name; those that learn know what happened the day before."""

    def numbers(inputs: Any) -> Any:
        return inputs[HISTORY]

    return {
        "random forest": calibrated(random_forest(numbers, trees=config.trees, leaf=10)),
        "logistic regression": calibrated(logistic_regression(numbers)),
        "persistence": calibrated(persistence()),
        "climatology": calibrated(climatology()),
    }


if __name__ == "__main__":
    command("lead_time", PRESETS, main)
