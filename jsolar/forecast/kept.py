"""The forecasts of many methods, each kept in a file as soon as it is there."""

import pathlib
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
from jaxtyping import Array, Key
from tqdm import tqdm

from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.fitting import Probabilities, oracles, probabilities
from jsolar.forecast.methods import Method
from jsolar.keys import named
from jsolar.train.fingerprint import digest
from jsolar.writing import file_stem, write_arrays

T = TypeVar("T")

FOLDER = "forecasts"
"""Within the folder of a run."""


class _Task(NamedTuple):
    """One method of one seed."""

    name: str
    method: Method
    key: Key[Array, ""]
    file: pathlib.Path


def forecast_kept(
    key: Key[Array, ""],
    make_methods: Callable[[pathlib.Path], Mapping[str, Method]],
    data: Data,
    *,
    folder: pathlib.Path,
    seeds: int = 1,
) -> list[dict[str, Probabilities]]:
    """Fit every method with every seed and forecast; what is there already is read instead.

    So a run that was stopped goes on with the method at which it was. The numbers are those of
    `jsolar.forecast.fitting.fit_all`, `forecast_all` and `forecast_again`, but for methods that
    can learn from several keys at once (`Method.fit_together`): all of their seeds do, the first
    and one that alone was missing too.

    Args:
      key: of the first seed; each of the others has its own.
      make_methods: from a folder for their trainings to methods by name.
      data: they learn from ``train``, choose and calibrate by ``validation``.
      folder: of the run; forecasts go to ``forecasts/`` in it, other seeds' below ``seed_1`` ….
      seeds: how many.

    Returns:
      Probabilities by name, with those of the oracles on simulated data, seed by seed.

    Raises:
      ValueError: a file there is broken, or of other data.
    """
    lots = [_tasks(key, make_methods, folder, seed) for seed in range(seeds)]
    mine = data_digest([data.train, data.validation, data.test])
    with tqdm(total=sum(map(len, lots)), unit="method") as bar:
        _fill_together(lots, data, mine, bar)
        return [
            dict(_filled(lot, data, mine, bar, _said(seed, seeds))) | oracles(data)
            for seed, lot in enumerate(lots)
        ]


def _tasks(
    key: Key[Array, ""],
    make_methods: Callable[[pathlib.Path], Mapping[str, Method]],
    folder: pathlib.Path,
    seed: int,
) -> list[_Task]:
    where = folder / f"seed_{seed}" if seed else folder
    parent = named(key, f"seed_{seed}") if seed else key
    return [
        _Task(name, method, named(parent, name), where / FOLDER / f"{file_stem(name)}.npz")
        for name, method in make_methods(where).items()
    ]


def _fill_together(lots: list[list[_Task]], data: Data, mine: np.ndarray, bar: Any) -> None:
    """Write the forecasts of methods that learn from several keys at once."""
    for tasks in zip(*lots, strict=True):
        missing = [task for task in tasks if not task.file.exists()]
        together = tasks[0].method.fit_together
        if together is None or not missing or len(tasks) < 2:
            continue
        bar.set_description(f"{tasks[0].name}, {len(missing)} seeds")
        found = together([task.key for task in missing], data.train, data.validation)
        if found is None:
            continue
        for task, forecaster in zip(missing, found, strict=True):
            kept(task.file, mine, partial(probabilities, forecaster, data))


def _filled(
    tasks: list[_Task], data: Data, mine: np.ndarray, bar: Any, said: str
) -> Iterator[tuple[str, Probabilities]]:
    for name, method, key, file in tasks:
        bar.set_description(f"{name}{said}")
        yield name, kept(file, mine, partial(_forecast, key, method, data))
        bar.update()


def kept(file: pathlib.Path, mine: np.ndarray, make: Callable[[], Probabilities]) -> Probabilities:
    """The forecasts in a file; made and written first if there are none, see `kept_as`."""
    return kept_as(file, mine, make, columns=_columns, build=_built)


def kept_as(
    file: pathlib.Path,
    mine: np.ndarray,
    make: Callable[[], T],
    *,
    columns: Callable[[T], Mapping[str, Any]],
    build: Callable[[Mapping[str, np.ndarray]], T],
) -> T:
    """What a file holds; made and written first if there is none.

    Args:
      file: ``….npz``.
      mine: tells the data apart, see `data_digest`.
      make: what is to be kept.
      columns: from that to arrays, none of them named ``data``.
      build: the way back.

    Raises:
      ValueError: the file is broken, or of other data.
    """
    if not file.exists():
        write_arrays(file, {**columns(make()), "data": mine})
    try:
        with file.open("rb") as opened, np.load(opened) as stored:
            found = {name: stored[name] for name in stored.files}
        theirs = found.pop("data")
        built = build(found)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{file} is broken ({error}): remove it, and it is made anew") from None
    if theirs != mine:
        raise ValueError(
            f"{file} was forecast from other data: choose another --workdir, or remove it"
        )
    return built


def data_digest(splits: Sequence[Examples]) -> np.ndarray:
    """What tells one set of data from another: rows, labels, and numbers read."""
    told = [
        (split.rows._replace(time=split.rows.time.astype(int)), split.events, _small(split.inputs))
        for split in splits
    ]
    return np.asarray(digest(told))


def _forecast(key: Key[Array, ""], method: Method, data: Data) -> Probabilities:
    return probabilities(method.fit(key, data.train, data.validation), data)


def _said(seed: int, seeds: int) -> str:
    return f", seed {seed + 1} of {seeds}" if seeds > 1 else ""


def _small(inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Without pictures, which may be read as they are needed, and would take long."""
    return {k: x for k, x in inputs.items() if isinstance(x, np.ndarray) and x.ndim <= 2}


def _columns(forecast: Probabilities) -> dict[str, Any]:
    return {k: v for k, v in forecast._asdict().items() if v is not None}


def _built(columns: Mapping[str, np.ndarray]) -> Probabilities:
    choice = columns.get("choice")
    numbers = {k: v for k, v in columns.items() if k != "choice"}
    return Probabilities(**numbers, choice=None if choice is None else str(choice))
