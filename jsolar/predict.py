"""A trained run applied to new files: ``python -m jsolar.predict WORKDIR FILE…``.

The run's model says what it was trained for; the room of that task does the work. Flare forecasts
read line-of-sight SHARP files and write, for each, a JSON with the calibrated probability of every
event and a picture of the patch with the pixels that mattered. A run of ``region_growth`` reads the
files of a region at several times and writes its radial field hours later as FITS maps, a JSON and
a picture; one of ``flare_detection`` reads magnetograms of the whole disk and writes their active
regions with the probability of a flare as JSON, COCO and pictures. Nothing is fitted.
"""

import pathlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import tyro

from jsolar.detect import predict as detect
from jsolar.detect import saved as detectors
from jsolar.forecast import predict as forecast
from jsolar.forecast import saved as forecasters
from jsolar.pictures import predict as pictures
from jsolar.pictures import saved as predictors
from jsolar.run import MODEL, FilesError, guarded
from jsolar.train.saved import load_card

Apply = Callable[[pathlib.Path, Sequence[pathlib.Path], pathlib.Path], None]

TASKS: Mapping[str, Apply] = {
    detectors.TASK: detect.predict,
    forecasters.TASK: forecast.predict,
    predictors.TASK: pictures.predict,
}
"""By the task that a model's card names: ``(model folder, files, output)`` applies it."""


def main(
    workdir: Annotated[pathlib.Path, tyro.conf.Positional],
    files: Annotated[tuple[pathlib.Path, ...], tyro.conf.Positional],
    output: pathlib.Path | None = None,
) -> None:
    """Apply a trained run to new files: flares, what a region will look like, regions of the disk.

    Args:
      workdir: of a finished run of flare_cnn, region_growth or flare_detection, for instance
        runs/flare_cnn/default.
      files: SHARP CEA files, ….magnetogram.fits; for region_growth at several times; for
        flare_detection magnetograms of the whole disk.
      output: folder for what is written; ``forecasts`` in the workdir if not given.
    """
    if not files:
        raise ValueError("no file is given: name some magnetograms, ….magnetogram.fits")
    model = workdir / MODEL
    task = load_card(model)["task"]
    if task not in TASKS:
        raise ValueError(f"{model} holds no model that this version knows, but one for {task!r}")
    folder = output or workdir / "forecasts"
    faults: list[str] = []
    try:
        TASKS[task](model, files, folder)
    except FilesError as error:
        (faults,) = error.args
    if len(faults) < len(files):
        print(f"JSON and pictures: {folder}")
    if faults:
        print(f"{len(faults)} of {len(files)} files could not be used:", file=sys.stderr)
        print(*(f"  {fault}" for fault in faults), sep="\n", file=sys.stderr)
        sys.exit(1)


def command(arguments: list[str] | None = None) -> None:
    """As ``python -m jsolar.predict``."""
    prog = "python -m jsolar.predict"
    guarded("jsolar.predict", lambda: tyro.cli(main, prog=prog, args=arguments))


if __name__ == "__main__":
    command()
