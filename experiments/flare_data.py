"""The data of flare experiments: simulated on demand, or prepared from real observations."""

import dataclasses
import pathlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from jsolar.data.impute import carried_backward, carried_forward, fit_medians, then
from jsolar.forecast.day_examples import RegionDayExamples, region_day_examples
from jsolar.forecast.examples import Data, Inputs, checked
from jsolar.forecast.series_examples import SeriesExamples, before, segmented, series_examples
from jsolar.forecast.window_examples import window_examples
from jsolar.sun.conventions import REGION_DAY_BORDERS
from jsolar.sun.fields.keywords import PATCH_KEYWORDS
from jsolar.types import take


@dataclasses.dataclass(frozen=True)
class Pictures:
    """Which pictures of regions, and what is asked of them.

    Attributes:
      data: ``synthetic``, or a prepared data set such as ``solar_flares/sharp-0123456789``.
      data_dir: where data sets are; TFDS's default if not given.
      regions: simulated regions (synthetic data only), as ``windows``, ``size``,
        ``degrees_per_pixel`` and ``pictures``.
      windows: issue times per region.
      size: pixels on a side.
      degrees_per_pixel: scale; 0.12° is 1.46 Mm at disk centre.
      pictures: ``stored``, or ``rendered`` when they are read, on the device: 1.5 million need
        6 GB of scenes instead of 100 GB of pictures.
      faults: whether the flare list has the faults of real ones, see
        `jsolar.sun.flares.faults` (synthetic data only).
      in_memory: whether all pictures are held in memory or read as they are needed.
      classes: GOES classes; an event is a flare at least this large within 24 h.
    """

    data: str = "synthetic"
    data_dir: pathlib.Path | None = None
    regions: int = 2800
    windows: int = 4
    size: int = 64
    degrees_per_pixel: float = 0.24
    pictures: str = "stored"
    faults: bool = False
    in_memory: bool = True
    classes: tuple[str, ...] = ("C1.0", "M1.0")


@dataclasses.dataclass(frozen=True)
class RegionPictures(Pictures):
    """Which pictures of regions, which numbers beside them, and what is asked of them.

    Attributes:
      numbers: that methods without pictures read: ``pixels``, measured from the picture; or
        ``sharp``, the SHARP keywords that the data set holds (real SHARPs only).
      sampling: ``operational``, every window counts; or ``segmented``, one without a flare counts
        only if there is none within 48 h on either side, as some papers have it.
    """

    numbers: Literal["pixels", "sharp"] = "pixels"
    sampling: Literal["operational", "segmented"] = "operational"


MANY = Pictures(
    regions=30_000,
    windows=50,
    size=128,
    degrees_per_pixel=0.12,
    pictures="rendered",
    in_memory=False,
)
"""1.5 million pictures at the lecture's scale."""

FEW = Pictures(regions=120, size=16, degrees_per_pixel=0.96)
"""For tests."""


def with_numbers(pictures: Pictures) -> RegionPictures:
    """The same pictures, for methods that read numbers too."""
    return RegionPictures(**dataclasses.asdict(pictures))


def load_pictures(chosen: Pictures, *, seed: int) -> Data:
    """Build the simulated data set that the config describes, or open a prepared one.

    Args:
      chosen: which data.
      seed: of the simulation.

    Returns:
      The splits.

    Raises:
      FileNotFoundError: the data set has not been prepared.
      jsolar.data.audit.LeakError: its splits share regions or windows.
    """
    prepared = opened(chosen, lambda: simulate(chosen, seed=seed))
    about = facts(prepared)
    read = partial(window_examples, classes=chosen.classes, in_memory=chosen.in_memory, facts=about)
    splits = {name: read(source) for name, source in sources(prepared).items()}
    return checked(Data(**splits, events=event_names(chosen.classes), facts=about))


def load_region_pictures(chosen: RegionPictures, *, seed: int) -> Data:
    """`load_pictures`, sampled as the config says, and with the numbers that it names.

    Raises:
      ValueError: there are no SHARP keywords, and they are asked for.
    """
    if chosen.numbers == "sharp" and not _has_sharp_keywords(chosen):
        raise ValueError(
            f"the data set {chosen.data} has no SHARP keywords: build solar_flares/sharp with this "
            "version and give it as --data, or take --numbers pixels"
        )
    data = load_pictures(chosen, seed=seed)
    if chosen.sampling == "operational":
        return data
    return data._replace(
        train=segmented(data.train),
        validation=segmented(data.validation),
        test=segmented(data.test),
        facts={**data.facts, "sampling": chosen.sampling},
    )


@dataclasses.dataclass(frozen=True)
class RegionDays:
    """Which NOAA region days, and what is asked of them.

    Attributes:
      region_days: CSV of region days; without it, ``region_days.csv`` in the manual folder of TFDS,
        or else the days of 1996–2014 that come with the package.
      flare_list: files or folders of any format, optional: to place flares that have no region,
        and to know on which days one remains; the days of the package come with a list.
      data_dir: where the prepared data go; TFDS's default if not given.
      borders: days on which validation and test begin, and on which test ends.
      classes: some of C1.0, M1.0, X1.0.
    """

    region_days: pathlib.Path | None = None
    flare_list: tuple[pathlib.Path, ...] = ()
    data_dir: pathlib.Path | None = None
    borders: tuple[str, str, str] = REGION_DAY_BORDERS
    classes: tuple[str, ...] = ("C1.0", "M1.0")


@dataclasses.dataclass(frozen=True)
class Partitions:
    """Which series of regions, in partitions, and what is asked of them.

    Attributes:
      series: ``synthetic``, or a prepared data set such as ``swan_sf/instances-0123456789``.
      data_dir: where data sets are; TFDS's default if not given.
      regions: simulated regions (synthetic data only), as ``size`` and ``degrees_per_pixel``.
      size: pixels on a side of the pictures that the numbers are measured from.
      degrees_per_pixel: their scale.
      every: of the windows, which are an hour apart, one in so many is taken; they are stored in
        random order, so that the gaps between those that are left are random too.
      classes: GOES classes; an event is a flare at least this large within 24 h.
    """

    series: str = "synthetic"
    data_dir: pathlib.Path | None = None
    regions: int = 800
    size: int = 64
    degrees_per_pixel: float = 0.24
    every: int = 6
    classes: tuple[str, ...] = ("C1.0", "M1.0")


@dataclasses.dataclass(frozen=True)
class Series(Partitions):
    """Which series of regions, which partitions teach and test, and what is asked of them.

    Attributes:
      train: partitions that teach.
      validation: partitions to choose and calibrate by.
      test: partitions that are met once.
      sampling: ``operational``, every window counts; or ``segmented``, one without a flare counts
        only if there is none within 48 h on either side, as some papers have it.
    """

    train: tuple[int, ...] = (1, 2, 3)
    validation: tuple[int, ...] = (4,)
    test: tuple[int, ...] = (5,)
    sampling: Literal["operational", "segmented"] = "operational"


def load_series(chosen: Series, *, seed: int) -> Data:
    """Build the simulated series that the config describes, or open prepared ones.

    Gaps are filled by the number before, or else after, or else the training median. Windows of an
    earlier split whose labels reach into the time of a later one are left out.

    Args:
      chosen: which data.
      seed: of the simulation.

    Returns:
      The splits.

    Raises:
      FileNotFoundError: the data set has not been prepared.
      ValueError: a partition is not there.
    """
    prepared = open_series(chosen, seed=seed)
    train, validation, test = (
        partitions_of(prepared, which, chosen, sampling=chosen.sampling).examples
        for which in (chosen.train, chosen.validation, chosen.test)
    )
    train, validation = before(train, validation), before(validation, test)
    medians = fit_medians(train.inputs["series"])
    fill = then(carried_forward, carried_backward, medians)
    splits = {
        name: split._replace(inputs={**split.inputs, "series": fill(split.inputs["series"])})
        for name, split in (("train", train), ("validation", validation), ("test", test))
    }
    events = event_names(chosen.classes)
    about = facts(prepared) | {"sampling": chosen.sampling}
    return checked(Data(**splits, events=events, facts=about))


def open_series(chosen: Partitions, *, seed: int) -> Any:
    """The builder of the series that a config describes: simulated on demand, or prepared."""
    if chosen.series == "synthetic":
        return simulate_series(chosen, seed=seed)
    return open_prepared(chosen.series, chosen.data_dir)


def simulate_series(chosen: Partitions, *, seed: int) -> Any:
    """The builder of the simulated series, prepared."""
    import tensorflow_datasets as tfds

    from jsolar.datasets.swan_sf.swan_sf_dataset_builder import builder
    from jsolar.datasets.swan_sf.synthetic import synthetic

    tfds.disable_progress_bar()  # the simulation shows its own
    options = {name: getattr(chosen, name) for name in ("regions", "size", "degrees_per_pixel")}
    return prepare(builder(synthetic(**options, seed=seed), chosen.data_dir))


def partitions_of(
    prepared: Any,
    which: tuple[int, ...],
    chosen: Partitions,
    *,
    series: bool = True,
    sampling: str = "operational",
) -> SeriesExamples:
    """The windows of some partitions.

    Args:
      prepared: the builder.
      which: their numbers.
      chosen: every so many-th window, and the events.
      series: whether the series are wanted, or only their summary.
      sampling: see `Series`.

    Raises:
      ValueError: one is not there.
    """
    names = [f"partition{number}" for number in which]
    absent = [name for name in names if name not in prepared.info.splits]
    if absent:
        there = ", ".join(prepared.info.splits)
        raise ValueError(
            f"{prepared.info.full_name} has no {' or '.join(absent)}, only {there}: build it with "
            "these partitions, or choose others with --train, --validation and --test"
        )
    sources = [prepared.as_data_source(name) for name in names]
    found = series_examples(sources, classes=chosen.classes, series=series)
    if sampling == "segmented":
        found = found._replace(examples=segmented(found.examples))
    return take(found, slice(None, None, chosen.every))


def load_days(chosen: RegionDays) -> tuple[dict[str, RegionDayExamples], Data]:
    """Region days by split, and the same as the data of a comparison."""
    import tensorflow_datasets as tfds

    from jsolar.datasets.solar_flares.noaa_regions import noaa_regions
    from jsolar.datasets.solar_flares.solar_flares_dataset_builder import builder

    tfds.disable_progress_bar()
    config = noaa_regions(chosen.region_days, chosen.flare_list, borders=chosen.borders)
    prepared = prepare(builder(config, chosen.data_dir))
    days = {
        name: region_day_examples(source, classes=chosen.classes)
        for name, source in sources(prepared).items()
    }
    splits = {name: split.examples for name, split in days.items()}
    events = event_names(chosen.classes)
    return days, checked(Data(**splits, events=events, facts=facts(prepared)))


def flux(inputs: Inputs) -> Any:
    """The logarithm of the unsigned flux of a picture, alone."""
    column = PATCH_KEYWORDS.index("log_unsigned_flux_coarse")
    return inputs["keywords"][:, [column]]


def features(inputs: Inputs) -> Any:
    """All columns of a region day."""
    return inputs["features"]


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


def _has_sharp_keywords(chosen: Pictures) -> bool:
    if chosen.data == "synthetic":
        return False
    return "sharp_keywords" in facts(open_prepared(chosen.data, chosen.data_dir))


SEGMENTED = (
    "Sampling is segmented: a window without a flare counts only if there is none within 48 h on "
    "either side. Scores are higher than those of a forecast that is issued every day."
)


def sampling_note(facts: Mapping[str, Any]) -> list[str]:
    """What a report says of how the windows were sampled, in lines of Markdown."""
    return [SEGMENTED, ""] if facts.get("sampling") == "segmented" else []


def event_names(classes: tuple[str, ...]) -> tuple[str, ...]:
    """GOES classes as events."""
    return tuple(f"≥{name}" for name in classes)


def facts(prepared: Any) -> dict[str, Any]:
    """Name and version, and what the builder tells of the pictures, not of the build."""
    told = {k: v for k, v in (prepared.info.metadata or {}).items() if k != "build"}
    return {"name": prepared.info.full_name, **told}


def simulate(chosen: Pictures, *, seed: int) -> Any:
    """The builder of the simulated data, prepared."""
    import tensorflow_datasets as tfds

    from jsolar.datasets.solar_flares.solar_flares_dataset_builder import builder

    tfds.disable_progress_bar()  # the simulation shows its own
    return prepare(builder(simulated(chosen, seed=seed), chosen.data_dir))


def simulated(chosen: Pictures, *, seed: int) -> Any:
    """The config of the simulated data, from which they are built."""
    from jsolar.datasets.solar_flares.synthetic import synthetic
    from jsolar.sun.flares.faults import CatalogueFaults

    options = ("regions", "windows", "size", "degrees_per_pixel", "pictures")
    faults = CatalogueFaults() if chosen.faults else None
    return synthetic(**{n: getattr(chosen, n) for n in options}, seed=seed, faults=faults)


def prepare(builder: Any) -> Any:
    """A builder whose data are there; an interrupted build leaves none and starts again."""
    builder.download_and_prepare()
    return builder


def opened(chosen: Any, simulate: Callable[[], Any]) -> Any:
    """The builder of the data that a config names: simulated on demand, or prepared."""
    if chosen.data == "synthetic":
        return simulate()
    return open_prepared(chosen.data, chosen.data_dir)


def open_prepared(data: str, data_dir: pathlib.Path | None) -> Any:
    """The builder of data that ``python -m jsolar.datasets build`` prepared."""
    import tensorflow_datasets as tfds

    name, _, version_of = data.partition("/")
    root = pathlib.Path(data_dir or tfds.core.constants.DATA_DIR).expanduser()
    versions = sorted((root / name / version_of).glob("[0-9]*/dataset_info.json"))
    if not versions:
        raise FileNotFoundError(
            f"the data set {data} is not prepared in {root}: see "
            "python -m jsolar.datasets list, and build it with python -m jsolar.datasets build"
        )
    return tfds.builder_from_directory(versions[-1].parent)
