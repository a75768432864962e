"""The rows of the table of `experiments.flare_methods`, and the data that they stand on."""

import pathlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

from experiments.flare_data import (
    Pictures,
    RegionDays,
    Series,
    load_days,
    load_pictures,
    load_series,
)
from jsolar.data.augment import solar_symmetries
from jsolar.data.normalise import fit_columns, fit_pictures, fit_series
from jsolar.forecast.examples import Data
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.calibrated import calibrated
from jsolar.forecast.methods.chosen import chosen
from jsolar.forecast.methods.classical import (
    logistic_regression,
    nearest_neighbours,
    random_forest,
    support_vectors,
)
from jsolar.forecast.methods.mcintosh import mcintosh_poisson
from jsolar.forecast.methods.neural import neural
from jsolar.forecast.page import REGION_DAYS, WINDOWS, Wording
from jsolar.losses.events import cross_entropy


class Offered(NamedTuple):
    """What a data set offers to the methods.

    Attributes:
      data: the splits.
      numbers: name of the input that is a table of numbers.
      seen: what there is besides: ``pictures``, ``series`` or nothing.
      rules: methods for such data only.
      wording: what a report calls the rows.
    """

    data: Data
    numbers: str
    seen: Literal["pictures", "series", ""]
    rules: Mapping[str, Method]
    wording: Wording


def load(source: Pictures | RegionDays | Series, *, seed: int) -> Offered:
    """The data that a config describes, see `experiments.flare_data`."""
    if isinstance(source, Pictures):
        return Offered(load_pictures(source, seed=seed), "keywords", "pictures", {}, WINDOWS)
    if isinstance(source, Series):
        return Offered(load_series(source, seed=seed), "summary", "series", {}, WINDOWS)
    days, data = load_days(source)
    rules = {"McIntosh–Poisson": calibrated(mcintosh_poisson(days["train"].counts))}
    return Offered(data, "features", "", rules, REGION_DAYS)


def sequence_methods(config: Any, folder: pathlib.Path) -> dict[str, Method]:
    """Networks on series."""
    recurrent = neural(
        config.lstm,
        reads="series",
        fit_normaliser=fit_series,
        loss=cross_entropy(),
        config=config.lstm_training,
        folder=folder / "lstm",
    )
    return {"LSTM": calibrated(recurrent)}


def picture_methods(config: Any, folder: pathlib.Path) -> dict[str, Method]:
    """Networks on pictures."""
    cnn = neural(
        config.cnn,
        reads="image",
        fit_normaliser=fit_pictures,
        loss=cross_entropy(),
        config=config.cnn_training,
        folder=folder / "cnn",
        augment=solar_symmetries,
    )
    return {"CNN": calibrated(cnn)}


def keyword_methods(config: Any, offered: Offered, folder: pathlib.Path) -> dict[str, Method]:
    """A network and scikit-learn's methods on numbers; each of the latter chooses a setting."""
    mlp = neural(
        config.mlp,
        reads=offered.numbers,
        fit_normaliser=fit_columns,
        loss=cross_entropy(),
        config=config.mlp_training,
        folder=folder / "mlp",
    )
    few = len(offered.data.train.rows.id) <= config.exact
    machine = "SVM" if few else f"SVM ({config.landmarks} landmarks)"
    vectors = partial(support_vectors, balanced=True, landmarks=None if few else config.landmarks)

    def numbers(inputs: Any) -> Any:
        return inputs[offered.numbers]

    def of(make: Callable[..., Method], option: str, values: Sequence[float]) -> Method:
        candidates = {
            f"{option.replace('_', ' ')} {v:g}": calibrated(make(numbers, **{option: v}))
            for v in values
        }
        return chosen(candidates)

    return {
        "MLP": calibrated(mlp),
        "random forest": of(partial(random_forest, trees=config.trees), "leaf", (1, 3, 10, 30)),
        "k nearest neighbours": of(nearest_neighbours, "neighbours", (3, 10, 30, 100)),
        machine: of(vectors, "inverse_penalty", (0.03, 0.3, 3.0)),
        "logistic regression": of(logistic_regression, "inverse_penalty", (0.01, 0.1, 1.0, 10.0)),
    }
