"""What do remedies for rare flares do? TSS and HSS2 on every ordered pair of partitions.

One window in fifty is followed by an M flare. Remedies weight or sample the windows of the
partition that teaches; every other partition is tested, whole. ``python -m
experiments.class_imbalance`` asks four methods on simulated series, at the threshold ½ that papers
take and at thresholds chosen on a third partition, and shows the trap beside: what scores become
when the tested windows are sampled too. A run that was stopped goes on with the fit at which it
was.
"""

import dataclasses
import pathlib
from typing import Annotated, Any

import jax
import numpy as np
import tyro

from experiments import imbalance_page
from experiments.flare_data import Partitions, facts, open_series, partitions_of
from experiments.flare_rows import Tabular
from experiments.imbalance_fits import SAMPLERS, forecasts
from experiments.imbalance_page import TRAP
from experiments.imbalance_scores import Pool, scored_pairs
from jsolar.forecast.examples import joined
from jsolar.keys import named
from jsolar.models.mlp import MLPConfig
from jsolar.run import Run, command
from jsolar.train.config import TrainConfig


@dataclasses.dataclass(frozen=True)
class Config:
    """What to remedy, on which data.

    Attributes:
      source: the series; every partition teaches, and every other one is tested.
      methods: those that learn; settings are fixed, so that only the remedies differ.
      steps: of the MLP, as many with every remedy; its epochs are not asked.
      thinned: the remedy "one window in so many".
      seeds: how often everything is sampled and trained, to tell luck; the first is reported.
      seed: of everything.
      workdir: where everything goes; ``runs/class_imbalance/<preset>`` if not given.
    """

    source: Annotated[Partitions, tyro.conf.arg(name="")] = Partitions(
        regions=2000, size=32, degrees_per_pixel=0.48, every=4, classes=("M1.0",)
    )
    methods: Annotated[Tabular, tyro.conf.arg(name="")] = Tabular(
        mlp=MLPConfig(hidden=(64, 64), dropout=0.3),
        mlp_training=TrainConfig(batch_size=256, evaluations=1, steps_per_call=50),
        trees=100,
    )
    steps: int = 400
    thinned: int = 6
    seeds: int = 2
    seed: int = 0
    workdir: pathlib.Path | None = None


PRESETS = {
    "default": (
        "series of 2,000 simulated regions by the rules of SWAN-SF; 11 minutes on 2 cores",
        Config(),
    ),
    "smoke": (
        "150 regions, 16² pictures; a minute, for the tests",
        Config(
            Partitions(regions=150, size=16, degrees_per_pixel=0.96, every=12, classes=("M1.0",)),
            Tabular(
                mlp=MLPConfig(hidden=(8,)),
                mlp_training=TrainConfig(batch_size=32, evaluations=1, steps_per_call=5),
                trees=5,
                exact=100,
                landmarks=20,
            ),
            steps=10,
            seeds=1,
        ),
    ),
}


def main(run: Run) -> dict[str, Any]:
    """Partitions, fits after every remedy, scores of every ordered pair, report."""
    config, key = run.config, jax.random.key(run.config.seed)
    pool, about = load(config)
    how = {"steps": config.steps, "thinned": config.thinned}
    said = [
        forecasts(named(key, name), config.methods, pool, run.folder / name, **how)
        for name in (f"seed_{i}" for i in range(config.seeds))
    ]
    draws = named(key, "bootstrap")
    scores = [scored_pairs(draws, pool, one, trap=TRAP, samplers=SAMPLERS) for one in said]
    return imbalance_page.write(run, about, pool, scores)


def load(config: Config) -> tuple[Pool, dict[str, Any]]:
    """The windows of all partitions, and what is known of the data.

    Raises:
      ValueError: there are fewer than three partitions, or the event is not M1.0.
    """
    if config.source.classes != ("M1.0",):
        raise ValueError("remedies are about X and M against C, B and quiet: leave --classes M1.0")
    prepared = open_series(config.source, seed=config.seed)
    numbers = sorted(int(name.removeprefix("partition")) for name in prepared.info.splits)
    if len(numbers) < 3:
        raise ValueError(
            f"{prepared.info.full_name} has {len(numbers)} partitions, but one teaches, one "
            "chooses the threshold and one is tested: build it with at least three"
        )
    parts = [partitions_of(prepared, (i,), config.source, series=False) for i in numbers]
    pool = Pool(
        joined([part.examples for part in parts]),
        np.concatenate([part.subclass for part in parts]),
        np.repeat(numbers, [len(part.subclass) for part in parts]),
    )
    return pool, facts(prepared)


if __name__ == "__main__":
    command("class_imbalance", PRESETS, main)
