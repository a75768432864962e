"""The methods that experiments on flares compare, and the data that they stand on."""

import dataclasses
import pathlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import jax
import numpy as np

from experiments.flare_data import (
    RegionDays,
    RegionPictures,
    Series,
    flux,
    load_days,
    load_region_pictures,
    load_series,
)
from jsolar.data.augment import picture_symmetries
from jsolar.data.batches import evaluation_batches
from jsolar.data.normalise import fit_channels, fit_columns, fit_series
from jsolar.forecast.day_examples import FEATURES
from jsolar.forecast.examples import Data, Examples, Inputs
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.calibrated import calibrated, temperature_of
from jsolar.forecast.methods.chosen import chosen
from jsolar.forecast.methods.classical import (
    logistic_regression,
    nearest_neighbours,
    random_forest,
    support_vectors,
)
from jsolar.forecast.methods.isotonic import isotonic
from jsolar.forecast.methods.mcintosh import mcintosh_poisson
from jsolar.forecast.methods.neural import neural
from jsolar.forecast.page import REGION_DAYS, WINDOWS, Wording
from jsolar.forecast.series_examples import STATISTICS
from jsolar.losses.events import cross_entropy
from jsolar.models.cnn import CNNConfig
from jsolar.models.lstm import LSTMConfig
from jsolar.models.mlp import MLPConfig
from jsolar.sun.fields.filters import filtered
from jsolar.train.config import TrainConfig


@dataclasses.dataclass(frozen=True)
class Tabular:
    """Methods that learn from numbers.

    Attributes:
      mlp: the network.
      mlp_training: how it is trained.
      trees: of the random forest.
      exact: with more training examples than this, the SVM takes landmarks.
      landmarks: how many.
    """

    mlp: MLPConfig = MLPConfig()
    mlp_training: TrainConfig = TrainConfig(epochs=40, evaluations=20, steps_per_call=20)
    trees: int = 300
    exact: int = 10_000
    landmarks: int = 300


Calibrate = Callable[[Method], Method]

CALIBRATIONS: Mapping[str, Calibrate] = {
    "platt": calibrated,
    "temperature": partial(calibrated, fit=temperature_of),
    "isotonic": isotonic,
}
"""Ways to make probabilities of what a method says; all of them by the validation examples."""


@dataclasses.dataclass(frozen=True)
class Methods(Tabular):
    """Methods that learn.

    Attributes:
      calibration: two numbers (Platt), one (temperature) or a rising staircase (isotonic).
      cnn: the network on pictures.
      cnn_training: how it is trained.
      lstm: the network on series.
      lstm_training: how it is trained.
    """

    calibration: Literal["platt", "temperature", "isotonic"] = "platt"
    cnn: CNNConfig = CNNConfig(widths=(16, 32, 64), dropout=0.0)
    cnn_training: TrainConfig = TrainConfig(epochs=20, learning_rate=3e-3, evaluations=20)
    lstm: LSTMConfig = LSTMConfig()
    lstm_training: TrainConfig = TrainConfig(epochs=20, batch_size=256, evaluations=20)


class Offered(NamedTuple):
    """What a data set offers to the methods.

    Attributes:
      data: the splits.
      numbers: name of the input that is a table of numbers.
      seen: what there is besides: ``pictures``, ``series`` or nothing.
      rules: methods for such data only.
      wording: what a report calls the rows.
      size: how large a region is, from its inputs.
    """

    data: Data
    numbers: str
    seen: Literal["pictures", "series", ""]
    rules: Mapping[str, Method]
    wording: Wording
    size: Callable[[Inputs], np.ndarray]


HISTORY = "with history"
"""Name of the input that is the table of numbers and what is known of earlier flares."""


def load(source: RegionPictures | RegionDays | Series, *, seed: int) -> Offered:
    """The data that a config describes, see `experiments.flare_data`."""
    if isinstance(source, RegionPictures):
        data = load_region_pictures(source, seed=seed)
        filters = partial(filter_responses, degrees_per_pixel=data.facts["degrees_per_pixel"])
        numbers = "sharp_keywords" if source.numbers == "sharp" else "keywords"
        data = _with(data, {"filters": filters, HISTORY: _beside(numbers, "history")})
        return Offered(data, numbers, "pictures", {}, WINDOWS, lambda x: flux(x)[:, 0])
    if isinstance(source, Series):
        data = _with(load_series(source, seed=seed), {HISTORY: _beside("summary", "previous")})
        return Offered(data, "summary", "series", {}, WINDOWS, _last_flux(data.facts["columns"]))
    days, data = load_days(source)
    data = _with(data, {HISTORY: _beside("features", "previous")})
    rules = {"McIntosh–Poisson": calibrated(mcintosh_poisson(days["train"].counts))}
    return Offered(data, "features", "", rules, REGION_DAYS, _area)


def _last_flux(names: Sequence[str]) -> Callable[[Inputs], np.ndarray]:
    """The last unsigned flux of a series, from its summary."""
    flux_of = next(name for name in ("USFLUX", "log_unsigned_flux_coarse") if name in names)
    column = STATISTICS.index("last") * len(names) + list(names).index(flux_of)
    return lambda inputs: inputs["summary"][:, column]


def _area(inputs: Inputs) -> np.ndarray:
    """Of the spots of a region day."""
    return inputs["features"][:, FEATURES.index("area_msh")]


def _with(data: Data, columns: Mapping[str, Callable[[Inputs], np.ndarray]]) -> Data:
    """The same data with more inputs, made from those that there are."""

    def more(examples: Examples) -> Examples:
        made = {name: make(examples.inputs) for name, make in columns.items()}
        return examples._replace(inputs={**examples.inputs, **made})

    return data._replace(
        train=more(data.train), validation=more(data.validation), test=more(data.test)
    )


def _beside(*names: str) -> Callable[[Inputs], np.ndarray]:
    return lambda inputs: np.concatenate([inputs[name] for name in names], axis=1)


def filter_responses(inputs: Inputs, *, degrees_per_pixel: float) -> np.ndarray:
    """What `jsolar.sun.fields.filters` make of all pictures, ``[n, f]``."""
    images = inputs["image"]
    respond = jax.jit(jax.vmap(partial(filtered, degrees_per_pixel=degrees_per_pixel)))
    batches = evaluation_batches(images, batch_size=256, n=len(images))
    parts = [(np.asarray(respond(batch.inputs[..., 0])), batch.mask) for batch in batches]
    return np.concatenate([found[mask] for found, mask in parts])


def learned(methods: Methods, offered: Offered, folder: pathlib.Path) -> dict[str, Method]:
    """All methods that can learn from the data, by name.

    Args:
      methods: their settings.
      offered: the data.
      folder: of the trainings.
    """
    networks = {"pictures": picture_methods, "series": sequence_methods}.get(offered.seen)
    own = networks(methods, offered, folder) if networks else {}
    return own | keyword_methods(methods, offered, folder)


def sequence_methods(methods: Methods, offered: Offered, folder: pathlib.Path) -> dict[str, Method]:
    """Networks on series."""
    del offered
    recurrent = neural(
        methods.lstm,
        reads="series",
        fit_normaliser=fit_series,
        loss=cross_entropy(),
        config=methods.lstm_training,
        folder=folder / "lstm",
    )
    return {"LSTM": CALIBRATIONS[methods.calibration](recurrent)}


def picture_methods(methods: Methods, offered: Offered, folder: pathlib.Path) -> dict[str, Method]:
    """Networks on pictures."""
    cnn = neural(
        methods.cnn,
        reads="image",
        fit_normaliser=fit_channels,
        loss=cross_entropy(),
        config=methods.cnn_training,
        folder=folder / "cnn",
        augment=picture_symmetries(offered.data.facts),
    )
    return {"CNN": CALIBRATIONS[methods.calibration](cnn)}


def keyword_methods(methods: Methods, offered: Offered, folder: pathlib.Path) -> dict[str, Method]:
    """A network and scikit-learn's methods on numbers; each of the latter chooses a setting."""
    mlp = neural(
        methods.mlp,
        reads=offered.numbers,
        fit_normaliser=fit_columns,
        loss=cross_entropy(),
        config=methods.mlp_training,
        folder=folder / "mlp",
    )
    calibrate = CALIBRATIONS[methods.calibration]
    landmarks = landmarks_for(methods, offered)
    machine = "SVM" if landmarks is None else f"SVM ({landmarks} landmarks)"
    vectors = partial(support_vectors, balanced=True, landmarks=landmarks)

    def numbers(inputs: Any) -> Any:
        return inputs[offered.numbers]

    def of(make: Callable[..., Method], option: str, values: Sequence[float]) -> Method:
        return best_of(partial(make, numbers), calibrate, option, values)

    return {
        "MLP": calibrate(mlp),
        "random forest": of(partial(random_forest, trees=methods.trees), "leaf", (1, 3, 10, 30)),
        "k nearest neighbours": of(nearest_neighbours, "neighbours", (3, 10, 30, 100)),
        machine: of(vectors, *MACHINE_PENALTIES),
        "logistic regression": of(logistic_regression, *LINEAR_PENALTIES),
    }


MACHINE_PENALTIES = ("inverse_penalty", (0.03, 0.3, 3.0))
LINEAR_PENALTIES = ("inverse_penalty", (0.01, 0.1, 1.0, 10.0))


def best_of(
    make: Callable[..., Method], calibrate: Calibrate, option: str, values: Sequence[float]
) -> Method:
    """A method with the setting that validation likes best."""
    named = option.replace("_", " ")
    return chosen({f"{named} {v:g}": calibrate(make(**{option: v})) for v in values})


def landmarks_for(methods: Tabular, offered: Offered) -> int | None:
    """How many landmarks an SVM takes; None where the examples are few enough for the exact one."""
    few = len(offered.data.train.rows.id) <= methods.exact
    return None if few else methods.landmarks
