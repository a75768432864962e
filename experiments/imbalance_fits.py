"""Remedies for rare flares, and what every method says after each, taught by each partition."""

import pathlib
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Key
from tqdm import tqdm

from experiments.flare_rows import Tabular
from experiments.imbalance_methods import METHODS, Lesson, Teach, perceptrons, teachers
from experiments.imbalance_scores import Pool
from jsolar.data import sampling
from jsolar.data.sampling import FLARING, Sampler
from jsolar.forecast.fitting import Probabilities
from jsolar.forecast.kept import FOLDER, data_digest, kept
from jsolar.keys import named
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


def lesson(key: Key[Array, ""], remedy: Remedy, pool: Pool, part: int) -> Lesson:
    """The windows of a partition after the remedy.

    Args:
      key: of the sample, and of what is fitted to it.
      remedy: what to do.
      pool: all windows.
      part: number of the partition.
    """
    rows = np.flatnonzero(pool.partition == part)
    subclass = pool.subclass[rows]
    lacks_x = remedy.sampler is sampling.undersample_to_x and not (subclass == 0).any()
    if lacks_x or not (subclass < FLARING).any():
        return Lesson(key, rows[:0], remedy.weighted)
    if remedy.sampler:
        groups = pool.examples.rows.group[rows]
        rows = rows[remedy.sampler(named(key, "sample"), subclass, groups)]
    return Lesson(key, rows, remedy.weighted)


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
      chosen: settings of the methods; they are fixed, so that only the remedies differ.
      pool: the windows.
      folder: of the forecasts.
      steps: of the MLP.
      thinned: see `remedies`.

    Returns:
      Probabilities by method and remedy; NaN where the remedy cannot be applied.
    """
    mine, all_remedies = data_digest([pool.examples]), remedies(thinned)
    network = perceptrons(chosen, steps=steps)
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    with tqdm(total=len(all_remedies) * len(pool.numbers) * len(METHODS), unit="fit") as bar:
        for part in pool.numbers:
            bar.set_description(f"{folder.name.replace('_', ' ')}, partition {part}")
            lessons = {
                name: lesson(named(key, f"{name}, partition {part}"), remedy, pool, part)
                for name, remedy in all_remedies.items()
            }
            for method, teach in teachers(chosen, network, pool, part).items():
                places = {name: folder / file_stem(name) / f"partition{part}" for name in lessons}
                files = {
                    name: place / FOLDER / f"{file_stem(method)}.npz"
                    for name, place in places.items()
                }
                for remedy, said in _kept(teach, lessons, files, mine).items():
                    found.setdefault((method, remedy), []).append(said)
                bar.update(len(lessons))
    return {pair: np.stack(said) for pair, said in found.items()}


def _kept(
    teach: Teach,
    lessons: Mapping[str, Lesson],
    files: Mapping[str, pathlib.Path],
    mine: np.ndarray,
) -> dict[str, Float[np.ndarray, "n"]]:
    """By remedy what a method says of all windows; what is missing is taught and written."""
    missing = [lessons[name] for name, file in files.items() if not file.exists()]
    taught = teach(missing)

    def make() -> Probabilities:  # called for what is missing, in the same order
        return Probabilities(np.empty((0, 1)), next(taught)[:, None])

    return {name: kept(file, mine, make).test[:, 0] for name, file in files.items()}
