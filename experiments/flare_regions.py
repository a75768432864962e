"""Will this sunspot group flare today? An MLP on real NOAA region days, against simpler methods.

``python -m experiments.flare_regions`` trains on the days before 2010, calibrates and takes
thresholds on 2010–2012 and tests on 2013–2014. About two minutes on 2 cores; needs no download. The
table of region days and the list of GOES flares are those of the project
hayesla/flare_forecast_proj; ``--region-days FILE --flare-list FILE`` takes others. The list tells
on which days a flare had no region, and the table is shown without these days too.
"""

import dataclasses
import pathlib
from functools import partial
from typing import Annotated, Any

import jax
import tyro

from experiments.flare_data import RegionDays, features, load_days
from jsolar.data.normalise import fit_columns
from jsolar.forecast.compare import compare
from jsolar.forecast.day_examples import RegionDayExamples, attributed_days
from jsolar.forecast.fitting import fit_all, forecast_again, forecast_all
from jsolar.forecast.full_disk import compare_days
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.calibrated import calibrated
from jsolar.forecast.methods.classical import logistic_regression, random_forest
from jsolar.forecast.methods.climatology import climatology
from jsolar.forecast.methods.cross_fitted import cross_fitted
from jsolar.forecast.methods.mcintosh import mcintosh_poisson
from jsolar.forecast.methods.neural import neural
from jsolar.forecast.methods.persistence import persistence
from jsolar.forecast.page import REGION_DAYS
from jsolar.forecast.parquet import write_forecasts
from jsolar.forecast.report import summary, write_report
from jsolar.losses.events import cross_entropy
from jsolar.models.mlp import MLPConfig
from jsolar.run import Run, command
from jsolar.train.config import TrainConfig


@dataclasses.dataclass(frozen=True)
class Config:
    """What to compare on what.

    Attributes:
      days: the data.
      mlp: the network.
      training: how it is trained.
      trees: of the random forest.
      folds: of the validation regions; with 2 or more, the regions that calibrate the MLP have no
        say in which of its epochs is the best, in turn.
      seeds: how often everything is trained, to tell luck from skill; the first is reported.
      seed: of everything.
      workdir: where everything goes; ``runs/flare_regions/<preset>`` if not given.
    """

    days: Annotated[RegionDays, tyro.conf.arg(name="")] = RegionDays()
    mlp: MLPConfig = MLPConfig(hidden=(64, 64), dropout=0.3)
    training: TrainConfig = TrainConfig(
        epochs=20, batch_size=256, evaluations=20, steps_per_call=10, weight_decay=1e-2
    )
    trees: int = 300
    folds: int = 1
    seeds: int = 5
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
            seeds=2,
        ),
    ),
}

FOREST = "random forest"
PAIRS = [("MLP", FOREST), ("MLP", "persistence"), (FOREST, "logistic regression")]
ON_THE_DISK = ("MLP", FOREST, "logistic regression", "McIntosh–Poisson")
"""Methods whose probabilities of regions are put together to one of the disk."""

ATTRIBUTED = "flares without region given one by place, and days left out on which one remains"


def main(run: Run) -> dict[str, Any]:
    """Data, methods, forecasts, comparison with and without unattributed flares, report."""
    config, key = run.config, jax.random.key(run.config.seed)
    days, data = load_days(config.days)
    methods = partial(make_methods, config, days["train"])
    forecasts = forecast_all(fit_all(key, methods(run.folder), data), data)
    again = forecast_again(key, methods, data, folder=run.folder, seeds=config.seeds)
    attributed = data._replace(
        validation=attributed_days(days["validation"]), test=attributed_days(days["test"])
    )
    how: dict[str, Any] = {"pairs": PAIRS, "others": again, "wording": REGION_DAYS}
    comparisons = [
        compare(key, forecasts, data, title="all region days", **how),
        compare(key, forecasts, attributed, title=ATTRIBUTED, **how),
        compare_days(key, [forecasts, *again], data, days, methods=ON_THE_DISK),
    ]
    write_forecasts(run.folder, comparisons[0], seed=config.seed)
    write_report(run.folder, run.title, comparisons)
    return {
        **summary(comparisons[0]),
        "without_unattributed": summary(comparisons[1]),
        "full_disk": summary(comparisons[2]),
    }


def make_methods(
    config: Config, train: RegionDayExamples, folder: pathlib.Path
) -> dict[str, Method]:
    """The rows of the table, by name."""
    perceptron = partial(
        neural,
        config.mlp,
        reads="features",
        fit_normaliser=fit_columns,
        loss=cross_entropy(),
        config=config.training,
    )
    own = folder / "mlp"
    if config.folds > 1:
        mlp = cross_fitted(lambda place: perceptron(folder=place), own, folds=config.folds)
    else:
        mlp = calibrated(perceptron(folder=own))
    return {
        "MLP": mlp,
        FOREST: calibrated(random_forest(features, trees=config.trees)),
        "logistic regression": calibrated(logistic_regression(features)),
        "McIntosh–Poisson": calibrated(mcintosh_poisson(train.counts)),
        "persistence": persistence(),
        "climatology": calibrated(climatology()),
    }


if __name__ == "__main__":
    command("flare_regions", PRESETS, main)
