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
from jsolar import run
from jsolar.data import audit
from jsolar.data.normalise import fit_columns
from jsolar.datasets.solar_flares.noaa_regions import BORDERS, noaa_regions
from jsolar.datasets.solar_flares.solar_flares_dataset_builder import builder
from jsolar.forecast.compare import Probabilities, differences, scorecards
from jsolar.forecast.day_examples import (
    RegionDayExamples,
    exclude_unattributed,
    region_day_examples,
)
from jsolar.forecast.files import write_forecasts
from jsolar.forecast.fitting import fit_all, forecast_all
from jsolar.forecast.methods import baselines, classical
from jsolar.forecast.methods.calibrated import calibrated
from jsolar.forecast.methods.neural import TrainConfig, neural
from jsolar.forecast.page import REGION_DAYS
from jsolar.forecast.report import Comparison, write_report
from jsolar.keys import named
from jsolar.losses import events as losses
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.types import Examples, Inputs, Method
from jsolar.verify.baselines import climatology


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


def main(this: run.Run) -> dict[str, Any]:
    """Data, methods, forecasts, verification with and without unattributed flares, report."""
    config, key = this.config, jax.random.key(this.config.seed)
    tfds.disable_progress_bar()
    chosen = noaa_regions(config.region_days, config.flare_list, borders=config.borders)
    prepared = prepare(builder(chosen, config.data_dir))
    train, validation, test = (
        region_day_examples(source, classes=config.classes) for source in sources(prepared).values()
    )
    splits = {"train": train, "validation": validation, "test": test}
    audit.check_splits({name: split.examples for name, split in splits.items()})
    methods = make_methods(config, train, this.folder)
    fitted = fit_all(key, methods, train.examples, validation.examples)
    said = forecast_all(fitted, validation.examples, test.examples)
    events, rows = event_names(config.classes), (validation.examples, test.examples)
    rates = climatology(train.examples.events)
    comparisons = [
        compare("all region days", key, said, *rows, rates, events),
        compare(
            "without days on which a flare of that class had no region",
            key, said, exclude_unattributed(validation), exclude_unattributed(test), rates, events,
        ),
    ]  # fmt: skip
    write_forecasts(this, said, *rows, events=events, synthetic=False)
    title = f"{this.experiment} ({this.preset})"
    write_report(
        this.folder,
        title,
        comparisons,
        said,
        *rows,
        events=events,
        synthetic=False,
        wording=REGION_DAYS,
    )
    return {
        "data": facts(prepared),
        "models": comparisons[0].cards,
        "differences": comparisons[0].differences,
        "without_unattributed": comparisons[1]._asdict(),
    }


def compare(
    title: str,
    key: jax.Array,
    said: dict[str, Probabilities],
    validation: Examples,
    test: Examples,
    rates: Any,
    events: tuple[str, ...],
) -> Comparison:
    """Scorecards and differences on the rows whose label is known."""
    draws = named(key, "bootstrap")
    cards = scorecards(draws, said, validation, test, climatology=rates, events=events)
    gaps = differences(draws, said, validation, test, PAIRS, events=events)
    return Comparison(title, cards, gaps)


def make_methods(
    config: Config, train: RegionDayExamples, folder: pathlib.Path
) -> dict[str, Method]:
    """The rows of the table, by name."""
    network = mlp(config.mlp, outputs=len(config.classes))
    perceptron = neural(
        network,
        reads="features",
        fit_normaliser=fit_columns,
        loss=losses.cross_entropy(),
        config=config.training,
        folder=folder / "mlp",
    )
    return {
        "MLP": calibrated(perceptron),
        FOREST: calibrated(classical.random_forest(features, trees=config.trees)),
        "logistic regression": calibrated(classical.logistic_regression(features)),
        "McIntosh–Poisson": calibrated(baselines.mcintosh_poisson(train.counts)),
        "persistence": baselines.persistence(),
        "climatology": baselines.climatology(),
    }


def features(inputs: Inputs) -> Any:
    """All columns."""
    return inputs["features"]


if __name__ == "__main__":
    run.command("flare_regions", PRESETS, main)
