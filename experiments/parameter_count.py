"""Does a network with more parameters than examples forecast worse? Double descent, on flares.

The error of a learner falls with the number of its parameters, rises to where it can just fit
every label, and falls again. ``python -m experiments.parameter_count`` teaches a few hundred
windows of as many regions to random features (least squares), and to perceptrons of many widths
and seeds in one program (squared error and cross-entropy), with and without a remedy: a penalty,
or to stop early. What is compared was declared before anything was scored, and no size is chosen
on test windows.
"""

import dataclasses
import pathlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

import jax
import numpy as np
import tyro

from experiments import parameter_page
from experiments.flare_data import FEW, RegionDays, RegionPictures, with_numbers
from experiments.flare_rows import load
from experiments.parameter_fits import (
    Line,
    as_columns,
    from_columns,
    lessons,
    networks,
    random_features,
)
from experiments.parameter_scores import scored
from jsolar.forecast.kept import kept_as
from jsolar.keys import named
from jsolar.run import Run, command
from jsolar.train.config import TrainConfig
from jsolar.train.fingerprint import digest
from jsolar.writing import file_stem


@dataclasses.dataclass(frozen=True)
class Config:
    """Who is taught, and how many parameters they have.

    Attributes:
      source: the data; its first class is the event.
      examples: windows that teach each seed, of as many regions.
      choosing: validation windows, at most, that choose penalties, epochs and thresholds.
      features: how many random features; with the constant there is a parameter more.
      widths: of the hidden layer of the perceptrons.
      training: of the perceptrons; leave weight decay at 0.
      seeds: how often everything is repeated, with other windows and another network.
      at_once: perceptrons in one program; by default all widths of a seed on a CPU, all otherwise.
      seed: of everything.
      workdir: where everything goes; ``runs/parameter_count/<preset>`` if not given.
    """

    source: Annotated[RegionPictures | RegionDays, tyro.conf.arg(name="")] = RegionPictures(
        classes=("C1.0",)
    )
    examples: int = 300
    choosing: int = 600
    features: tuple[int, ...] = (
        9, 19, 29, 59, 119, 179, 239, 269, 299, 329, 374, 449, 599, 899, 1499, 2999, 8999,
    )  # fmt: skip
    widths: tuple[int, ...] = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
    training: TrainConfig = TrainConfig(
        epochs=3000, batch_size=100, learning_rate=1e-2, weight_decay=0.0
    )
    seeds: int = 10
    at_once: int | None = None
    seed: int = 0
    workdir: pathlib.Path | None = None


PRESETS = {
    "default": ("300 windows of simulated regions, 10 seeds; minutes on 2 cores", Config()),
    "region-days": (
        "300 NOAA region days of 1996–2014, real; minutes on 2 cores",
        Config(RegionDays(classes=("C1.0",))),
    ),
    "smoke": (
        "40 windows of 120 regions, 16² pictures; a minute, for the tests",
        Config(
            dataclasses.replace(with_numbers(FEW), classes=("C1.0",)),
            examples=40,
            choosing=80,
            features=(4, 19, 39, 79, 159),
            widths=(1, 4, 32),
            training=TrainConfig(epochs=40, batch_size=40, learning_rate=3e-2, weight_decay=0.0),
            seeds=2,
        ),
    ),
}


def main(run: Run) -> dict[str, Any]:
    """Data, lessons, lines, scores, report."""
    config, key = checked(run.config), jax.random.key(run.config.seed)
    offered = load(config.source, seed=config.seed)
    taught = lessons(
        named(key, "lessons"),
        offered.data,
        offered.numbers,
        windows=config.examples,
        choosing=config.choosing,
        seeds=config.seeds,
    )
    alone = len(config.widths) if jax.default_backend() == "cpu" else None
    train = partial(
        networks,
        named(key, "networks"),
        taught,
        config.widths,
        config.training,
        at_once=config.at_once or alone,
    )
    learners: dict[str, Callable[[], Mapping[str, Line]]] = {
        "random features": partial(
            random_features, named(key, "features"), taught, config.features
        ),
        "squared error": partial(train, squared=True),
        "cross-entropy": partial(train, squared=False),
    }
    lines: dict[str, Line] = {}
    mine = np.asarray(digest(taught))
    for name, learn in learners.items():
        file = run.folder / "lines" / f"{file_stem(name)}.npz"
        learnt = kept_as(file, mine, learn, columns=as_columns, build=from_columns)
        lines.update(learnt)
    found = scored(named(key, "bootstrap"), lines, taught)
    return parameter_page.write(run, offered, taught, lines, found)


def checked(config: Config) -> Config:
    """The same config, if it can be done.

    Raises:
      ValueError: more than one event is asked for, sizes do not grow, or there is one seed.
    """
    if len(config.source.classes) != 1:
        raise ValueError("one event is asked for: give one of --classes")
    for name in ("features", "widths"):
        of = list(getattr(config, name))
        if of != sorted(set(of)) or not of or of[0] < 1:
            raise ValueError(f"--{name} must be numbers from 1 that grow, not {of}")
    if config.seeds < 2:
        raise ValueError("the spread over seeds is asked for: give --seeds of 2 or more")
    return config


if __name__ == "__main__":
    command("parameter_count", PRESETS, main)
