"""Prepare data sets: ``python -m jsolar.datasets build NAME [--options]``, or ``list`` them."""

import pathlib
import sys
from collections.abc import Callable
from typing import Annotated, Any

import tensorflow_datasets as tfds
import tyro

import jsolar.datasets
from jsolar import run
from jsolar.datasets.solar_flares.noaa_regions import noaa_regions
from jsolar.datasets.solar_flares.sharp import sharp
from jsolar.datasets.solar_flares.solar_flares_dataset_builder import builder
from jsolar.datasets.solar_flares.synthetic import synthetic

PROGRAM = "python -m jsolar.datasets"

USAGE = f"""\
{PROGRAM} list [--data-dir PATH]
{PROGRAM} build NAME [options]

Prepared data are read with tfds.load(NAME) or, without TensorFlow, tfds.data_source(NAME)
after import jsolar.datasets. Names to build ({PROGRAM} build NAME --help tells the options):
"""


OMIT_PREFIXES = (tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes)
"""Options are called as the arguments of the functions in `BUILDS`."""

BUILDS: dict[str, Callable[..., Any]] = {
    "solar_flares/synthetic": synthetic,
    "solar_flares/sharp": sharp,
    "solar_flares/noaa_regions": noaa_regions,
}


def build(name: str, arguments: list[str]) -> None:
    """Parse the options of a data set and prepare it."""
    make = tyro.conf.arg(constructor=BUILDS[name])

    def prepare(config: Annotated[Any, make], data_dir: pathlib.Path | None = None) -> None:
        prepared = builder(config, data_dir)
        prepared.download_and_prepare()
        sizes = ", ".join(f"{k} {v.num_examples}" for k, v in prepared.info.splits.items())
        print(f"{prepared.info.full_name}: {sizes} examples")

    prepare.__doc__ = BUILDS[name].__doc__
    program = f"{PROGRAM} build {name}"
    tyro.cli(prepare, prog=program, args=arguments, config=OMIT_PREFIXES)


def list_prepared(data_dir: pathlib.Path | None = None) -> None:
    """Print the data sets that are prepared, and those that can be built.

    Args:
      data_dir: where data sets are; TFDS's default if not given.
    """
    root = pathlib.Path(data_dir or tfds.core.constants.DATA_DIR).expanduser()
    print(f"Prepared in {root}:")
    for name in jsolar.datasets.BUILDERS:
        for info in sorted((root / name).glob("*/[0-9]*/dataset_info.json")):
            print(f"  {name}/{info.parent.parent.name}:{info.parent.name}")
    print("To build: " + ", ".join(BUILDS))


def main(arguments: list[str]) -> None:
    """Dispatch on the first words."""
    match arguments:
        case ["list", *rest]:
            tyro.cli(list_prepared, prog=f"{PROGRAM} list", args=rest)
        case ["build", name, *rest] if name in BUILDS:
            build(name, rest)
        case ["build", name, *_] if not name.startswith("-"):
            raise ValueError(f"there is no data set {name}: choose from {', '.join(BUILDS)}")
        case _:
            print(USAGE + "".join(f"  {name}\n" for name in BUILDS))


if __name__ == "__main__":
    run.guarded("jsolar.datasets", lambda: main(sys.argv[1:]))
