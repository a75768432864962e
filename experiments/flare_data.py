"""The data of `experiments.flare_cnn`: simulated on demand, or prepared from real SHARPs."""

import pathlib
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from jsolar.data import audit
from jsolar.forecast.window_examples import flare_examples
from jsolar.types import Examples


class FlareData(NamedTuple):
    """Three splits and what is known about them.

    Attributes:
      train, validation, test: examples, checked for leaks.
      events: names of the events, e.g. ``"≥M1.0"``.
      facts: name and version of the data set, whether it is synthetic, scale of the pictures.
    """

    train: Examples
    validation: Examples
    test: Examples
    events: tuple[str, ...]
    facts: Mapping[str, Any]


def load_pictures(config: Any) -> FlareData:
    """Build the simulated data set that the config describes, or open a prepared one.

    Args:
      config: with the fields of `experiments.flare_cnn.Config`.

    Returns:
      The splits.

    Raises:
      FileNotFoundError: the data set has not been prepared.
      jsolar.data.audit.LeakError: its splits share regions or windows.
    """
    prepared = simulate(config) if config.data == "synthetic" else open_prepared(config)
    told = facts(prepared)
    read = partial(flare_examples, classes=config.classes, in_memory=config.in_memory, facts=told)
    splits = {name: read(source) for name, source in sources(prepared).items()}
    audit.check_splits(splits)
    return FlareData(**splits, events=event_names(config.classes), facts=told)


def sources(prepared: Any) -> dict[str, Any]:
    """The three splits of a prepared builder, readable without TensorFlow.

    Raises:
      ValueError: the data set lacks a split.
    """
    names = ("train", "validation", "test")
    missing = [name for name in names if name not in prepared.info.splits]
    if missing:
        raise ValueError(
            f"{prepared.info.full_name} has no {' or '.join(missing)} examples: "
            "it needs more regions, or other borders"
        )
    return {name: prepared.as_data_source(name) for name in names}


def event_names(classes: tuple[str, ...]) -> tuple[str, ...]:
    """GOES classes as events."""
    return tuple(f"≥{name}" for name in classes)


def facts(prepared: Any) -> dict[str, Any]:
    """Name and version, and what the builder tells of the pictures."""
    return {"name": prepared.info.full_name, **(prepared.info.metadata or {})}


def simulate(config: Any) -> Any:
    """The builder of the simulated data, prepared."""
    import tensorflow_datasets as tfds

    from jsolar.datasets.solar_flares.solar_flares_dataset_builder import builder
    from jsolar.datasets.solar_flares.synthetic import synthetic
    from jsolar.sun.flares.faults import CatalogueFaults

    tfds.disable_progress_bar()  # the simulation shows its own
    options = ("regions", "windows", "size", "degrees_per_pixel", "pictures", "seed")
    faults = CatalogueFaults() if config.faults else None
    chosen = synthetic(**{name: getattr(config, name) for name in options}, faults=faults)
    return prepare(builder(chosen, config.data_dir))


def prepare(builder: Any) -> Any:
    """A builder whose data are there; an interrupted build leaves none and starts again."""
    builder.download_and_prepare()
    return builder


def open_prepared(config: Any) -> Any:
    """The builder of data that ``python -m jsolar.datasets build`` prepared."""
    import tensorflow_datasets as tfds

    name, _, chosen = config.data.partition("/")
    root = pathlib.Path(config.data_dir or tfds.core.constants.DATA_DIR).expanduser()
    versions = sorted((root / name / chosen).glob("[0-9]*/dataset_info.json"))
    if not versions:
        raise FileNotFoundError(
            f"the data set {config.data} is not prepared in {root}: see "
            "python -m jsolar.datasets list, and build it with python -m jsolar.datasets build"
        )
    return tfds.builder_from_directory(versions[-1].parent)
