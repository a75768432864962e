"""Which method forecasts flares best? All of them on the same examples, splits and scores.

``python -m experiments.flare_methods`` simulates active regions and compares a CNN on their
pictures with an MLP and scikit-learn's methods on numbers measured from them; ``region-days`` does
the same on 13 years of real NOAA region days. Every method learns from the training regions,
chooses and calibrates on the validation regions and meets the test regions once; every pair is
tested on the same resamples of regions, and told apart by longitude, year, size and what the region
did the day before. Published scores stand beside, and why they do not compare.
A run that was stopped goes on with the method at which it was.
"""

import dataclasses
import pathlib
from functools import partial
from typing import Annotated, Any

import jax
import tyro

from experiments.flare_data import (
    FEW,
    MANY,
    RegionDays,
    RegionPictures,
    Series,
    sampling_note,
    with_numbers,
)
from experiments.flare_papers import Papers, paper_methods, remarks
from experiments.flare_rows import Methods, Offered, learned, load
from jsolar.forecast import literature, slices
from jsolar.forecast.compare import compare
from jsolar.forecast.kept import forecast_kept
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.calibrated import calibrated
from jsolar.forecast.methods.climatology import climatology
from jsolar.forecast.methods.persistence import persistence
from jsolar.forecast.parquet import write_forecasts
from jsolar.forecast.report import summary, write_report
from jsolar.models.cnn import CNNConfig
from jsolar.models.convnet import HUANG, LI, ConvNetConfig
from jsolar.models.defn import DeFNConfig
from jsolar.models.mlp import MLPConfig
from jsolar.run import Run, command
from jsolar.train.config import TrainConfig

NARROW = Papers(
    li=dataclasses.replace(LI, width=8),
    huang=dataclasses.replace(HUANG, width=8),
    convnet_training=TrainConfig(epochs=6, evaluations=6),
)
"""An eighth of the channels of the papers' CNNs, for a CPU."""


@dataclasses.dataclass(frozen=True)
class Config:
    """What to compare on what.

    Attributes:
      source: the data.
      methods: those that learn.
      papers: rows built like those of papers.
      seeds: how often everything is trained, to tell luck from skill; the first is reported.
      seed: of everything.
      workdir: where everything goes; ``runs/flare_methods/<preset>`` if not given.
    """

    source: Annotated[RegionPictures | RegionDays | Series, tyro.conf.arg(name="")] = (
        RegionPictures()
    )
    methods: Annotated[Methods, tyro.conf.arg(name="")] = Methods()
    papers: Annotated[Papers, tyro.conf.arg(name="")] = NARROW
    seeds: int = 3
    seed: int = 0
    workdir: pathlib.Path | None = None


PRESETS = {
    "default": ("2,800 simulated regions, 64² pictures; 10 minutes on 2 cores", Config()),
    "region-days": (
        "NOAA region days of 1996–2014, real; minutes on 2 cores",
        Config(
            RegionDays(),
            Methods(
                mlp=MLPConfig(hidden=(64, 64), dropout=0.3),
                mlp_training=TrainConfig(
                    epochs=20, batch_size=256, evaluations=20, steps_per_call=10, weight_decay=1e-2
                ),
            ),
        ),
    ),
    "swan-sf": (
        "series of 800 simulated regions by the rules of SWAN-SF; minutes on 2 cores",
        Config(
            Series(),
            Methods(
                mlp_training=TrainConfig(
                    epochs=20, batch_size=256, evaluations=20, steps_per_call=10
                ),
            ),
        ),
    ),
    "paper": (
        "1.5 million pictures of 128² at 0.12°, rendered as they are read: a GPU, 8 GB of disk",
        Config(
            with_numbers(MANY),
            Methods(
                cnn=CNNConfig(widths=(32, 32, 32, 32), dtype="bfloat16"),
                cnn_training=TrainConfig(epochs=10, batch_size=256),
                mlp_training=TrainConfig(epochs=10, batch_size=256, steps_per_call=50),
            ),
            Papers(
                li=dataclasses.replace(LI, dtype="bfloat16"),
                huang=dataclasses.replace(HUANG, dtype="bfloat16"),
                convnet_training=TrainConfig(epochs=10, batch_size=256),
            ),
        ),
    ),
    "smoke": (
        "120 regions, 16² pictures; a minute, for the tests",
        Config(
            with_numbers(FEW),
            Methods(
                cnn=CNNConfig(widths=(4, 8), hidden=8),
                cnn_training=TrainConfig(epochs=2, batch_size=16, evaluations=4),
                mlp=MLPConfig(hidden=(8,)),
                mlp_training=TrainConfig(epochs=2, batch_size=16, evaluations=2, steps_per_call=5),
                trees=10,
                exact=100,
                landmarks=20,
            ),
            Papers(
                defn=DeFNConfig(width=8),
                defn_training=TrainConfig(epochs=2, batch_size=16, evaluations=2),
                li=ConvNetConfig(width=2, hidden=(8,)),
                huang=ConvNetConfig(width=2, kernels=(11, 11), hidden=(8,)),
                convnet_training=TrainConfig(epochs=1, batch_size=16, evaluations=1),
            ),
            seeds=2,
        ),
    ),
}

BASELINE = "logistic regression"
"""What every method that learns is compared with, seed by seed."""


def main(run: Run) -> dict[str, Any]:
    """Data, methods, forecasts, comparison of every pair, report."""
    config, key = run.config, jax.random.key(run.config.seed)
    offered = load(config.source, seed=config.seed)
    data, learning = offered.data, list(learners(config, offered, run.folder))
    forecasts, *again = forecast_kept(
        key, partial(make_methods, config, offered), data, folder=run.folder, seeds=config.seeds
    )
    pairs = [(name, BASELINE) for name in learning if name != BASELINE]
    how: dict[str, Any] = {"wording": offered.wording, "others": again}
    comparison = compare(key, forecasts, data, pairs=pairs, family=learning, **how)
    write_forecasts(run.folder, comparison, seed=config.seed)
    parts = slices.sliced(key, comparison, size=offered.size)
    further = [
        *sampling_note(data.facts),
        *slices.page(parts),
        *remarks(config.papers, offered),
        *literature.literature(),
    ]
    write_report(run.folder, run.title, [comparison], further=further)
    print("\n".join([*sampling_note(data.facts), literature.short()]))
    return summary(comparison) | {"slices": slices.summary(parts)}


def make_methods(config: Config, offered: Offered, folder: pathlib.Path) -> dict[str, Method]:
    """The rows of the table, by name."""
    return {
        **learners(config, offered, folder),
        **offered.rules,
        "persistence": persistence(),
        "climatology": calibrated(climatology()),
    }


def learners(config: Config, offered: Offered, folder: pathlib.Path) -> dict[str, Method]:
    """Those that learn from examples."""
    own = learned(config.methods, offered, folder)
    return own | paper_methods(config.papers, config.methods, offered, folder)


if __name__ == "__main__":
    command("flare_methods", PRESETS, main)
