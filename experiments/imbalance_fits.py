"""Remedies for rare flares, and what every method says after each, taught by each partition."""

import dataclasses
import pathlib
from collections.abc import Mapping
from functools import partial
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Key
from tqdm import tqdm

from experiments.flare_rows import Tabular
from experiments.imbalance_scores import Pool
from jsolar.data import sampling
from jsolar.data.normalise import fit_columns
from jsolar.data.sampling import FLARING, Sampler, class_weights
from jsolar.forecast.examples import Examples
from jsolar.forecast.fitting import Probabilities
from jsolar.forecast.kept import FOLDER, data_digest, kept
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.classical import (
    logistic_regression,
    random_forest,
    support_vectors,
)
from jsolar.forecast.methods.neural import neural
from jsolar.keys import named
from jsolar.losses.events import cross_entropy
from jsolar.types import take
from jsolar.writing import file_stem

NOTHING = "nothing"
"""What the remedies are compared with."""

SAMPLERS: Mapping[str, Sampler] = {
    "undersampled, keeping the mix": sampling.undersample_keeping_mix,
    "undersampled, equal mix": sampling.undersample_equal_mix,
    "undersampled to X": sampling.undersample_to_x,
    "oversampled, keeping the mix": sampling.oversample_keeping_mix,
    "oversampled, equal mix": sampling.oversample_equal_mix,
}
"""Those that make flaring and other windows as many."""

METHODS = ("logistic regression", "SVM", "random forest", "MLP")


class Remedy(NamedTuple):
    """What is done to the windows that teach.

    Attributes:
      sampler: which are taken, and how often; all of them once if not given.
      weighted: whether flaring and other windows weigh the same together.
    """

    sampler: Sampler | None = None
    weighted: bool = False


def remedies(thinned: int) -> dict[str, Remedy]:
    """All of them by name; the first is none.

    Args:
      thinned: of "one window in so many".
    """
    return {
        NOTHING: Remedy(),
        "class weights": Remedy(weighted=True),
        **{name: Remedy(sampler) for name, sampler in SAMPLERS.items()},
        f"one window in {thinned}": Remedy(sampling.one_in(thinned)),
    }


def taught_by(key: Key[Array, ""], remedy: Remedy, pool: Pool, part: int) -> Examples | None:
    """The windows of a partition after the remedy; None where it cannot be applied.

    Args:
      key: of the sample.
      remedy: what to do.
      pool: all windows.
      part: number of the partition.
    """
    rows = np.flatnonzero(pool.partition == part)
    subclass = pool.subclass[rows]
    lacks_x = remedy.sampler is sampling.undersample_to_x and not (subclass == 0).any()
    if lacks_x or not (subclass < FLARING).any():
        return None
    if remedy.sampler:
        rows = rows[remedy.sampler(key, subclass, pool.examples.rows.group[rows])]
    return take(pool.examples, rows)


def method(
    name: str,
    chosen: Tabular,
    taught: Examples,
    folder: pathlib.Path,
    *,
    steps: int,
    weighted: bool,
) -> Method:
    """One of `METHODS`; its settings are fixed, so that only the remedy differs.

    Args:
      name: which.
      chosen: settings.
      taught: the windows that will teach it.
      folder: of its training.
      steps: of the MLP.
      weighted: whether both classes weigh the same.
    """
    n, numbers = len(taught.rows.id), itemgetter("summary")
    if name == "logistic regression":
        return logistic_regression(numbers, balanced=weighted)
    if name == "SVM":
        landmarks = None if n <= chosen.exact else chosen.landmarks
        return support_vectors(numbers, balanced=weighted, landmarks=landmarks)
    if name == "random forest":
        return random_forest(numbers, trees=chosen.trees, balanced=weighted)
    training = chosen.mlp_training
    epochs = max(1, round(steps * training.batch_size / n))
    happened = taught.events.happened[:, 0]
    weights = class_weights(happened)
    ratio = float(weights[happened].mean() / weights[~happened].mean()) if weighted else 1.0
    return neural(
        chosen.mlp,
        reads="summary",
        fit_normaliser=fit_columns,
        loss=cross_entropy(positive_weight=ratio),
        config=dataclasses.replace(training, epochs=epochs),
        folder=folder,
    )


def forecasts(
    key: Key[Array, ""],
    chosen: Tabular,
    pool: Pool,
    folder: pathlib.Path,
    *,
    steps: int,
    thinned: int,
) -> dict[tuple[str, str], Float[np.ndarray, "i n"]]:
    """What every method says of every window after every remedy, taught by each partition in turn.

    What is in the folder already is read instead.

    Args:
      key: of samples and fits.
      chosen: settings of the methods.
      pool: the windows.
      folder: of fits and forecasts.
      steps: of the MLP.
      thinned: see `remedies`.

    Returns:
      Probabilities by method and remedy; NaN where the remedy cannot be applied.
    """
    mine, all_remedies = data_digest([pool.examples]), remedies(thinned)
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    with tqdm(total=len(all_remedies) * len(pool.numbers) * len(METHODS), unit="fit") as bar:
        for remedy_name, remedy in all_remedies.items():
            bar.set_description(f"{folder.name.replace('_', ' ')}, {remedy_name}")
            for part in pool.numbers:
                place = folder / file_stem(remedy_name) / f"partition{part}"
                own = named(key, f"{remedy_name}, partition {part}")
                for name in METHODS:
                    file = place / FOLDER / f"{file_stem(name)}.npz"
                    make = partial(
                        _forecast, own, name, remedy, chosen, pool, part, place, steps=steps
                    )
                    said = kept(file, mine, make).test[:, 0]
                    found.setdefault((name, remedy_name), []).append(said)
                    bar.update()
    return {pair: np.stack(said) for pair, said in found.items()}


def _forecast(
    key: Key[Array, ""],
    name: str,
    remedy: Remedy,
    chosen: Tabular,
    pool: Pool,
    part: int,
    folder: pathlib.Path,
    *,
    steps: int,
) -> Probabilities:
    """Of all windows; the partition that taught is also where a network's checkpoint is chosen."""
    nothing, whole = np.empty((0, 1)), len(pool.subclass)
    taught = taught_by(named(key, "sample"), remedy, pool, part)
    if taught is None:
        return Probabilities(nothing, np.full((whole, 1), np.nan))
    made = method(name, chosen, taught, folder / "mlp", steps=steps, weighted=remedy.weighted)
    forecaster = made.fit(named(key, name), taught, taught)
    return Probabilities(nothing, forecaster(pool.examples.inputs))
