"""Is a CNN more sensitive to wrong labels than an MLP? Wrong labels on purpose, and what they cost.

Regions are simulated, so that the truth is known. Networks and simpler methods are taught with
labels that are wrong in several ways and at several rates, ten times each with other regions, other
luck of the noise and another network, and tested on labels that are right. One contrast is declared
before anything is run: how much more TSS the CNN loses than the MLP on the same pixels, at one kind
of noise and one rate; all others are adjusted for their number.
"""

import dataclasses
import functools
import math
import pathlib
from typing import Annotated, Any

import jax
import numpy as np
import tyro

from experiments.flare_data import FEW, Pictures, load_pictures, simulated
from experiments.noise import report
from experiments.noise.grid import Cell, cells, run_grid
from experiments.noise.kinds import KINDS, World
from experiments.noise.learners import Learner, classical, on_keywords, on_pixels
from experiments.noise.lessons import clean, lessons
from experiments.noise.remedies import mean_rates, remedies, without_suspects
from experiments.noise.report import Found
from experiments.noise.scores import score
from jsolar.data.noise import measured
from jsolar.forecast.examples import Data, Inputs
from jsolar.forecast.methods.classical import (
    logistic_regression,
    nearest_neighbours,
    random_forest,
    support_vectors,
)
from jsolar.keys import named
from jsolar.models.cnn import CNNConfig
from jsolar.models.mlp import MLPConfig
from jsolar.run import Run, command
from jsolar.sun.flares.catalogue import goes_flux
from jsolar.train.config import TrainConfig
from jsolar.train.many import Runs


@dataclasses.dataclass(frozen=True)
class Config:
    """Who is taught what, and how wrongly.

    Attributes:
      pictures: the data, simulated; its first class is the event.
      kinds: of noise, see `experiments.noise.kinds`.
      rates: of each.
      seeds: how often everything is repeated, with another part of the training regions, another
        draw of the noise and another network.
      share: of the training windows that each seed is taught.
      cnn: on pixels.
      cnn_training: how it is trained.
      mlp: on the same pixels; by default about as skilful as the CNN with clean labels.
      mlp_training: how it is trained.
      keywords: the network on keywords.
      keywords_training: how it is trained.
      classical: whether scikit-learn's methods take part.
      remedies: whether remedies are tried, on the MLP and on the forest, at the kind of the primary
        contrast and its largest rate.
      primary: kind and rate of the contrast that is declared beforehand.
      margin: of TSS; what is smaller does not matter.
      at_once: networks in one program; by default one CNN on a CPU, all of a cell otherwise.
      cells_at_once: cells of a network that are taught together.
      seed: of everything.
      workdir: where everything goes; ``runs/label_noise/<preset>`` if not given.
    """

    pictures: Annotated[Pictures, tyro.conf.arg(name="")] = Pictures(
        size=32, degrees_per_pixel=0.48, classes=("C1.0",)
    )
    kinds: tuple[str, ...] = ("windows", "regions", "missed", "neighbour")
    rates: tuple[float, ...] = (0.1, 0.2, 0.4)
    seeds: int = 10
    share: float = 0.7
    cnn: CNNConfig = CNNConfig((4, 8, 8), hidden=16, dropout=0.0, convolution="patches")
    cnn_training: TrainConfig = TrainConfig(epochs=24, batch_size=128, learning_rate=3e-3)
    mlp: MLPConfig = MLPConfig(hidden=(128,), dropout=0.2)
    mlp_training: TrainConfig = TrainConfig(epochs=24, batch_size=128)
    keywords: MLPConfig = MLPConfig()
    keywords_training: TrainConfig = TrainConfig(epochs=30, batch_size=128)
    classical: bool = True
    remedies: bool = True
    primary: tuple[str, float] = ("windows", 0.2)
    margin: float = 0.03
    at_once: int | None = None
    cells_at_once: int = 1
    seed: int = 0
    workdir: pathlib.Path | None = None


PRESETS = {
    "default": ("4 kinds, 3 rates, 7 methods, 10 seeds; a quarter of an hour on 2 cores", Config()),
    "parameters": (
        "CNN and MLP of 32,000 parameters each; one kind; minutes on 2 cores",
        Config(
            kinds=("windows",),
            cnn=CNNConfig((16, 32, 64), hidden=64, dropout=0.0, convolution="patches"),
            mlp=MLPConfig(hidden=(16,), dropout=0.0),
            classical=False,
            remedies=False,
        ),
    ),
    "paper": (
        "6 kinds, 7 rates, 10 seeds on 20,000 regions; a GPU",
        Config(
            Pictures(regions=20_000, windows=8, size=32, degrees_per_pixel=0.48, classes=("C1.0",)),
            kinds=("windows", "regions", "symmetric", "missed", "neighbour", "pictures"),
            rates=(0.01, 0.02, 0.05, 0.1, 0.2, 0.4),
            cnn_training=TrainConfig(epochs=24, batch_size=256, learning_rate=3e-3),
            mlp_training=TrainConfig(epochs=24, batch_size=256),
            classical=False,
            cells_at_once=4,
        ),
    ),
    "smoke": (
        "a minute, for the tests",
        Config(
            dataclasses.replace(FEW, classes=("C1.0",)),
            kinds=("windows", "late"),
            rates=(0.3,),
            seeds=2,
            cnn=CNNConfig(widths=(4,), hidden=4, dropout=0.0),
            cnn_training=TrainConfig(epochs=2, batch_size=32),
            mlp=MLPConfig(hidden=(8,)),
            mlp_training=TrainConfig(epochs=2, batch_size=32),
            keywords=MLPConfig(hidden=(8,)),
            keywords_training=TrainConfig(epochs=2, batch_size=32),
            remedies=False,
            primary=("windows", 0.3),
        ),
    ),
}

CNN, MLP, KEYWORDS, FOREST = "CNN", "MLP on pixels", "MLP on keywords", "random forest"


def main(run: Run) -> dict[str, Any]:
    """Data, wrong labels, the grid, scores, report."""
    config, key = checked(run.config), jax.random.key(run.config.seed)
    data = load_pictures(config.pictures, seed=config.seed)
    flares, on_disk = simulated(config.pictures, seed=config.seed).flares()
    world = World(flares, on_disk, goes_flux(config.pictures.classes[0]))

    @functools.cache
    def taught(kind: str, rate: float) -> Runs:
        noise = KINDS[kind].noise(rate, world) if rate else clean()
        return lessons(named(key, "lessons"), noise, data, seeds=config.seeds, share=config.share)

    learners = make_learners(config, data)
    grid = cells(list(learners), config.kinds, config.rates)
    if config.remedies:
        worst = (config.primary[0], max(config.rates))
        remedied = make_remedied(config, data, learners, taught(*worst))
        grid += [Cell(name, *worst) for name in remedied]
        learners |= remedied
    told = run_grid(
        run.folder / "cells",
        learners,
        grid,
        lambda cell: taught(cell.kind, cell.rate),
        cells_at_once=config.cells_at_once,
    )
    runs = {cell: taught(cell.kind, cell.rate) for cell in grid}
    found = Found(score(told, runs, data), told, runs, data)
    return report.write(run, named(key, "bootstrap"), found, pair=(CNN, MLP))


def checked(config: Config) -> Config:
    """The same config, if it can be done.

    Raises:
      ValueError: nobody knows one of the kinds, the primary contrast is not in the grid, the data
        are not simulated, or more than one event is asked for.
    """
    unknown = [name for name in config.kinds if name not in KINDS]
    if unknown:
        raise ValueError(f"there is no noise {unknown[0]!r}; these there are: {', '.join(KINDS)}")
    kind, rate = config.primary
    if kind not in config.kinds or rate not in config.rates:
        raise ValueError(f"--primary {kind} {rate} is none of --kinds and --rates: choose one")
    if config.pictures.data != "synthetic" or config.pictures.faults:
        raise ValueError("labels must be known to be right: leave --data and --faults as they are")
    if len(config.pictures.classes) != 1:
        raise ValueError("the laboratory asks for one event at a time: give one of --classes")
    return config


def make_learners(config: Config, data: Data) -> dict[str, Learner]:
    """The lines of the figures, by name."""
    alone = 1 if jax.default_backend() == "cpu" else config.at_once
    learners = {
        CNN: on_pixels(config.cnn, config.cnn_training, data, at_once=config.at_once or alone),
        MLP: on_pixels(config.mlp, config.mlp_training, data, at_once=config.at_once),
        KEYWORDS: on_keywords(
            config.keywords, config.keywords_training, data, at_once=config.at_once
        ),
    }
    if config.classical:
        learners |= {
            "logistic regression": classical(logistic_regression(keywords), data),
            FOREST: classical(random_forest(keywords, trees=100), data),
            "k nearest neighbours": classical(nearest_neighbours(keywords), data),
            "support vectors": classical(support_vectors(keywords), data),
        }
    return learners


def make_remedied(
    config: Config, data: Data, learners: dict[str, Learner], runs: Runs
) -> dict[str, Learner]:
    """Learners with a remedy, its name after a comma.

    Args:
      config: of the experiment.
      data: one event.
      learners: those without.
      runs: with the noise that is to be remedied.
    """
    happened, known = (np.asarray(column) for column in data.train.events)
    noisy = np.asarray(runs.targets.happened)
    rates = mean_rates([measured(happened, labels, known=known) for labels in noisy])
    steps = config.mlp_training.epochs * math.ceil(
        runs.rows.shape[1] / config.mlp_training.batch_size
    )
    found = {
        f"{MLP}, {name}": on_pixels(
            config.mlp,
            config.mlp_training,
            data,
            at_once=config.at_once,
            loss_at=remedy.loss_at,
            several=remedy.model,
        )
        for name, remedy in remedies(
            rates, base_rate=float(happened[known].mean()), steps=steps
        ).items()
    }
    judge = logistic_regression(keywords)
    for name in (MLP, FOREST) if config.classical else (MLP,):
        found[f"{name}, without suspects"] = without_suspects(learners[name], judge, data)
    return found


def keywords(inputs: Inputs) -> Any:
    """All numbers measured from a picture."""
    return inputs["keywords"]


if __name__ == "__main__":
    command("label_noise", PRESETS, main)
