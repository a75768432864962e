"""Will this sunspot group flare today? An MLP on real NOAA region days, against simpler methods.

``python -m experiments.flare_regions --region-days FILE --flare-list FILE`` trains on the days
before 2010, takes thresholds from 2010–2012 and tests on 2013–2014. About two minutes on 2 cores.
The table of region days (see `jsolar.sun.files.region_days`) is public: the project
hayesla/flare_forecast_proj has it, with a list of GOES flares. The flare list is optional; it tells
on which days a flare had no region, and the table is then shown without these days too.
"""

import dataclasses
import pathlib
from typing import Any

import jax
import tensorflow_datasets as tfds

from experiments.flare_data import event_names, facts, prepare, sources
from jsolar.data.normalise import fit_columns
from jsolar.datasets.solar_flares.noaa_regions import BORDERS, noaa_regions
from jsolar.datasets.solar_flares.solar_flares_dataset_builder import builder
from jsolar.forecast.compare import compare
from jsolar.forecast.day_examples import (
    RegionDayExamples,
    exclude_unattributed,
    region_day_examples,
)
from jsolar.forecast.examples import Data, Inputs, checked
from jsolar.forecast.files import write_forecasts
from jsolar.forecast.fitting import fit_all, forecast_all
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.calibrated import calibrated
from jsolar.forecast.methods.classical import logistic_regression, random_forest
from jsolar.forecast.methods.climatology import climatology
from jsolar.forecast.methods.mcintosh import mcintosh_poisson
from jsolar.forecast.methods.neural import neural
from jsolar.forecast.methods.persistence import persistence
from jsolar.forecast.page import REGION_DAYS
from jsolar.forecast.report import summary, write_report
from jsolar.losses.events import cross_entropy
from jsolar.models.mlp import MLPConfig
from jsolar.run import Run, command
from jsolar.train.config import TrainConfig


@dataclasses.dataclass(frozen=True)
class Config:
    """What to compare on what.

    Attributes:
      region_days: CSV of region days; without it, ``region_days.csv`` in the manual folder of TFDS.
      flare_list: to know on which days a flare had no region; any format, optional.
      data_dir: where the prepared data go; TFDS's default if not given.
      borders: days on which validation and test begin, and on which test ends.
      classes: some of C1.0, M1.0, X1.0.
      mlp: the network.
      training: how it is trained.
      trees: of the random forest.
      seed: of everything.
      workdir: where everything goes; ``runs/flare_regions/<preset>`` if not given.
    """

    region_days: pathlib.Path | None = None
    flare_list: pathlib.Path | None = None
    data_dir: pathlib.Path | None = None
    borders: tuple[str, str, str] = BORDERS
    classes: tuple[str, ...] = ("C1.0", "M1.0")
    mlp: MLPConfig = MLPConfig(hidden=(64, 64), dropout=0.3)
    training: TrainConfig = TrainConfig(
        epochs=20, batch_size=256, evaluations=20, steps_per_call=10, weight_decay=1e-2
    )
    trees: int = 300
    seed: int = 0
    workdir: pathlib.Path | None = None


PRESETS = {
    "default": ("trained before 2010, thresholds from 2010–2012, tested on 2013–2014", Config()),
    "smoke": (
        "seconds, for the tests",
        Config(
            mlp=MLPConfig(hidden=(8,)),
            training=TrainConfig(epochs=2, batch_size=64, evaluations=2, steps_per_call=2),
            trees=10,
        ),
    ),
}

FOREST = "random forest"
PAIRS = [("MLP", FOREST), ("MLP", "persistence"), (FOREST, "logistic regression")]


def main(run: Run) -> dict[str, Any]:
    """Data, methods, forecasts, comparison with and without unattributed flares, report."""
    config, key = run.config, jax.random.key(run.config.seed)
    days, data = load_days(config)
    methods = make_methods(config, days["train"], run.folder)
    forecasts = forecast_all(fit_all(key, methods, data), data)
    attributed = data._replace(
        validation=exclude_unattributed(days["validation"]), test=exclude_unattributed(days["test"])
    )
    comparisons = [
        compare(key, forecasts, part, pairs=PAIRS, title=title)
        for title, part in (
            ("all region days", data),
            (
                "without days on which a flare of that class had no region",
                attributed,
            ),
        )
    ]
    write_forecasts(run.folder, comparisons[0], seed=config.seed)
    write_report(run.folder, run.title, comparisons, wording=REGION_DAYS)
    return {**summary(comparisons[0]), "without_unattributed": summary(comparisons[1])}


def load_days(config: Config) -> tuple[dict[str, RegionDayExamples], Data]:
    """Region days by split, and the same as the data of a comparison."""
    tfds.disable_progress_bar()
    chosen = noaa_regions(config.region_days, config.flare_list, borders=config.borders)
    prepared = prepare(builder(chosen, config.data_dir))
    days = {
        name: region_day_examples(source, classes=config.classes)
        for name, source in sources(prepared).items()
    }
    splits = {name: split.examples for name, split in days.items()}
    told = facts(prepared)
    return days, checked(Data(**splits, events=event_names(config.classes), facts=told))


def make_methods(
    config: Config, train: RegionDayExamples, folder: pathlib.Path
) -> dict[str, Method]:
    """The rows of the table, by name."""
    perceptron = neural(
        config.mlp,
        reads="features",
        fit_normaliser=fit_columns,
        loss=cross_entropy(),
        config=config.training,
        folder=folder / "mlp",
    )
    return {
        "MLP": calibrated(perceptron),
        FOREST: calibrated(random_forest(features, trees=config.trees)),
        "logistic regression": calibrated(logistic_regression(features)),
        "McIntosh–Poisson": calibrated(mcintosh_poisson(train.counts)),
        "persistence": persistence(),
        "climatology": climatology(),
    }


def features(inputs: Inputs) -> Any:
    """All columns."""
    return inputs["features"]


if __name__ == "__main__":
    command("flare_regions", PRESETS, main)
