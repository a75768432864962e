"""Will this active region flare within 24 hours? A CNN on magnetograms, against simpler methods.

Regions are simulated (about a minute); a CNN reads their pictures, an MLP numbers measured from
them; beside them stand logistic regression on flux, climatology, persistence and two oracles.
``--data solar_flares/…`` takes real SHARPs (see ``python -m jsolar.datasets build --help``).
"""

import dataclasses
import pathlib
from functools import partial
from typing import Annotated, Any

import jax
import tyro

from experiments.flare_data import FEW, MANY, Pictures, flux, load_pictures
from jsolar.data.augment import picture_symmetries
from jsolar.data.normalise import fit_channels, fit_columns
from jsolar.forecast.compare import compare
from jsolar.forecast.examples import Data
from jsolar.forecast.fitting import fit_all, forecast_again, forecast_all
from jsolar.forecast.gallery import surest
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.calibrated import calibrated
from jsolar.forecast.methods.classical import logistic_regression
from jsolar.forecast.methods.climatology import climatology
from jsolar.forecast.methods.neural import neural
from jsolar.forecast.methods.persistence import persistence
from jsolar.forecast.parquet import write_forecasts
from jsolar.forecast.report import summary, write_report
from jsolar.forecast.saved import save_forecaster
from jsolar.losses.events import cross_entropy
from jsolar.models.cnn import CNNConfig
from jsolar.models.mlp import MLPConfig
from jsolar.run import Run, command
from jsolar.train.config import TrainConfig


@dataclasses.dataclass(frozen=True)
class Config:
    """What to compare on what.

    Attributes:
      pictures: the data.
      cnn: the network.
      cnn_training: how it is trained.
      mlp: the network on keywords.
      mlp_training: how it is trained.
      seeds: how often everything is trained, to tell luck from skill; the first is reported.
      seed: of everything.
      workdir: where everything goes; ``runs/flare_cnn/<preset>`` if not given.
    """

    pictures: Annotated[Pictures, tyro.conf.arg(name="")] = Pictures()
    cnn: CNNConfig = CNNConfig(widths=(16, 32, 64), dropout=0.0)
    cnn_training: TrainConfig = TrainConfig(epochs=20, learning_rate=3e-3, evaluations=20)
    mlp: MLPConfig = MLPConfig()
    mlp_training: TrainConfig = TrainConfig(epochs=40, evaluations=20, steps_per_call=20)
    seeds: int = 1
    seed: int = 0
    workdir: pathlib.Path | None = None


KEYWORDS, FLUX = "MLP on keywords", "logistic regression on flux"
PAIRS = [("CNN", "persistence"), (KEYWORDS, "persistence"), ("CNN", FLUX), ("CNN", KEYWORDS)]
"""Methods whose difference of TSS is shown."""

PRESETS = {
    "default": ("2,800 simulated regions, 64² pictures; minutes on 2 cores", Config()),
    "paper": (
        "1.5 million pictures of 128² at 0.12°, rendered as they are read: a GPU, 8 GB of disk",
        Config(
            MANY,
            cnn=CNNConfig(widths=(32, 32, 32, 32), dtype="bfloat16"),
            cnn_training=TrainConfig(epochs=10, batch_size=256),
            mlp_training=TrainConfig(epochs=10, batch_size=256, steps_per_call=50),
        ),
    ),
    "smoke": (
        "120 regions, 16² pictures; a minute, for the tests",
        Config(
            FEW,
            cnn=CNNConfig(widths=(4, 8), hidden=8),
            cnn_training=TrainConfig(epochs=2, batch_size=16, evaluations=4),
            mlp=MLPConfig(hidden=(8,)),
            mlp_training=TrainConfig(epochs=2, batch_size=16, evaluations=2, steps_per_call=5),
        ),
    ),
}


def main(run: Run) -> dict[str, Any]:
    """Data, methods, forecasts, comparison, report, and a model to forecast with."""
    config, key = run.config, jax.random.key(run.config.seed)
    data = load_pictures(config.pictures, seed=config.seed)
    fitted = fit_all(key, make_methods(config, data, run.folder), data)
    again = forecast_again(
        key, partial(make_methods, config, data), data, folder=run.folder, seeds=config.seeds
    )
    comparison = compare(key, forecast_all(fitted, data), data, pairs=PAIRS, others=again)
    write_forecasts(run.folder, comparison, seed=config.seed)
    gallery = surest(run.folder / "pictures.png", comparison, "CNN")
    write_report(run.folder, run.title, [comparison], pictures=[gallery])
    save_forecaster(run, "CNN", fitted["CNN"], comparison)
    return summary(comparison)


def make_methods(config: Config, data: Data, folder: pathlib.Path) -> dict[str, Method]:
    """The rows of the table, by name."""
    trained = partial(neural, loss=cross_entropy(), augment=picture_symmetries(data.facts))
    on_pictures = trained(
        config.cnn,
        reads="image",
        fit_normaliser=fit_channels,
        config=config.cnn_training,
        folder=folder / "cnn",
    )
    on_keywords = trained(
        config.mlp,
        reads="keywords",
        fit_normaliser=fit_columns,
        config=config.mlp_training,
        folder=folder / "mlp",
    )
    return {
        "CNN": calibrated(on_pictures),
        KEYWORDS: calibrated(on_keywords),
        FLUX: calibrated(logistic_regression(flux)),
        "persistence": persistence(),
        "climatology": calibrated(climatology()),
    }


if __name__ == "__main__":
    command("flare_cnn", PRESETS, main)
