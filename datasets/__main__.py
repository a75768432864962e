"""Prepare data sets: ``python -m jsolar.datasets build NAME [--options]``, or ``list`` them."""

import pathlib
import sys
from typing import Annotated, Any

import tensorflow_datasets as tfds
import tyro

from jsolar.datasets import DATA_SETS
from jsolar.datasets.manual import content_digest
from jsolar.datasets.opened import BUILD, OUTCOMES
from jsolar.datasets.outcomes import TOLD
from jsolar.report.tables import markdown
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
        refuse_other_files(prepared)
        prepared.download_and_prepare()
        told(prepared)

    prepare.__doc__ = make.__doc__
    program = f"{PROGRAM} build {name}"
    tyro.cli(prepare, prog=program, args=arguments, config=OMIT_PREFIXES)


def refuse_other_files(builder: Any) -> None:
    """Raise if files in the manual folder are not those that the data were prepared from."""
    config, before = builder.builder_config, _of_the_build(builder).get("digest")
    if before and before != content_digest(config.files(builder.manual_folder)):
        raise ValueError(
            f"{builder.data_path} was prepared from other files than those in "
            f"{builder.manual_folder()} now: remove it to build anew, or name the files"
        )


def told(builder: Any) -> None:
    """Print how many examples there are and what is known of them; end with 1 if files failed."""
    info, about = builder.info, _of_the_build(builder)
    sizes = ", ".join(f"{k} {v.num_examples}" for k, v in info.splits.items())
    rows = [
        [split, f"≥{name}", *(str(count[word]) for word in OUTCOMES)]
        for split, counts in about.get("outcomes", {}).items()
        for name, count in counts.items()
    ]
    if rows:
        print(markdown(("split", "flares", *OUTCOMES), rows))
    silent = [name for name in TOLD if rows and all(f"≥{name}" != row[1] for row in rows)]
    if silent:
        print(f"≥{', ≥'.join(silent)}: smaller than the flares from which on the list is complete")
    for remark in about.get("remarks", []):
        print(remark)
    print(f"{info.full_name}: {sizes} examples")
    faulty = about.get("faulty", [])
    if faulty:
        print(f"{len(faulty)} files could not be used:", *faulty, sep="\n  ", file=sys.stderr)
        sys.exit(1)


def _of_the_build(builder: Any) -> dict[str, Any]:
    return dict((builder.info.metadata or {}).get(BUILD, {}))


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
