"""Prepare data sets: ``python -m jsolar.datasets build NAME [--options]``, or ``list`` them."""

import pathlib
import sys
from typing import Annotated, Any

import tensorflow_datasets as tfds
import tyro

from jsolar.datasets import DATA_SETS
from jsolar.run import guarded

PROGRAM = "python -m jsolar.datasets"

USAGE = f"""\
{PROGRAM} list [--data-dir PATH]
{PROGRAM} build NAME [options]

Prepared data are read with tfds.load(NAME) or, without TensorFlow, tfds.data_source(NAME)
after import jsolar.datasets. Names to build ({PROGRAM} build NAME --help tells the options):
"""


OMIT_PREFIXES = (tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes)
"""Options are called as the arguments of the functions in ``CONFIGS`` of a data set."""

BUILDS = {
    f"{name}/{config}": (module.builder, make)
    for name, module in DATA_SETS.items()
    for config, make in module.CONFIGS.items()
}


def build(name: str, arguments: list[str]) -> None:
    """Parse the options of a data set and prepare it."""
    builder, make = BUILDS[name]
    options = tyro.conf.arg(constructor=make)

    def prepare(config: Annotated[Any, options], data_dir: pathlib.Path | None = None) -> None:
        prepared = builder(config, data_dir)
        prepared.download_and_prepare()
        sizes = ", ".join(f"{k} {v.num_examples}" for k, v in prepared.info.splits.items())
        print(f"{prepared.info.full_name}: {sizes} examples")

    prepare.__doc__ = make.__doc__
    program = f"{PROGRAM} build {name}"
    tyro.cli(prepare, prog=program, args=arguments, config=OMIT_PREFIXES)


def list_prepared(data_dir: pathlib.Path | None = None) -> None:
    """Print the data sets that are prepared, and those that can be built.

    Args:
      data_dir: where data sets are; TFDS's default if not given.
    """
    root = pathlib.Path(data_dir or tfds.core.constants.DATA_DIR).expanduser()
    print(f"Prepared in {root}:")
    for name in DATA_SETS:
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
    guarded("jsolar.datasets", lambda: main(sys.argv[1:]))
