"""The run directory of an experiment: presets, config, resume, results, and errors in a sentence.

An experiment is a frozen dataclass with a field ``workdir``, some presets of it, and a function
``main(run) -> summary``. `command` turns these into ``python -m experiments.<name> [preset]
[--field value …]``.
"""

import json
import os
import pathlib
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any, NamedTuple

import tyro

import jsolar
from jsolar.writing import plain, write_json

DEBUG = "JSOLAR_DEBUG"
"""Set this environment variable to see the traceback of an error in the input."""

MODEL = "model"
"""Folder within the run's of the model that `jsolar.predict` applies, see `jsolar.train.saved`."""

_VERSIONS = ("jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "numpy", "scikit-learn")


class Run(NamedTuple):
    """One run of an experiment.

    Attributes:
      experiment: its name.
      preset: the preset that the config started from.
      config: the experiment's dataclass.
      folder: where everything goes.
    """

    experiment: str
    preset: str
    config: Any
    folder: pathlib.Path

    @property
    def title(self) -> str:
        """Of the report."""
        return f"{self.experiment} ({self.preset})"


def command(
    experiment: str,
    presets: Mapping[str, tuple[str, Any]],
    main: Callable[[Run], dict[str, Any]],
    *,
    arguments: list[str] | None = None,
) -> None:
    """Run an experiment from the command line; without arguments, its ``default`` preset.

    Args:
      experiment: its name.
      presets: from name to (what it is for, config); the config has a field ``workdir``.
      main: does the work in ``run.folder`` and returns what `write_summary` adds to the summary.
      arguments: of the command line.

    Raises:
      SystemExit: status 2 after one sentence on what was wrong with the input.
    """
    words = sys.argv[1:] if arguments is None else arguments
    if not words or (words[0] not in presets and words[0] not in ("-h", "--help")):
        words = ["default", *words]
    config = tyro.extras.overridable_config_cli(
        dict(presets), prog=f"python -m experiments.{experiment}", args=words
    )
    guarded(experiment, lambda: _execute(experiment, words[0], config, main))


def guarded(name: str, work: Callable[[], None]) -> None:
    """Do the work; an error in its input becomes one sentence and exit status 2.

    Args:
      name: of the command, for the sentence.
      work: raises ValueError or OSError where the input is wrong.

    Raises:
      SystemExit: with status 2.
    """
    try:
        work()
    except BrokenPipeError:  # the reader, such as head, has seen enough
        sys.stderr.close()
    except (ValueError, OSError) as error:
        if os.environ.get(DEBUG):
            raise
        print(f"{name}: {error} [{DEBUG}=1 shows where]", file=sys.stderr)
        sys.exit(2)


def _execute(
    experiment: str, preset: str, config: Any, main: Callable[[Run], dict[str, Any]]
) -> None:
    folder = config.workdir or pathlib.Path("runs") / experiment / preset
    run = Run(experiment, preset, config, folder)
    _claim(run)
    if (folder / "summary.json").exists():
        print(f"This run is finished: see {folder / 'report.md'}. For a new one, choose another")
        print("--workdir or remove this one.")
        return
    started = time.perf_counter()
    summary = main(run)
    write_summary(run, summary, seconds=time.perf_counter() - started)


def _claim(run: Run) -> None:
    """Write ``config.json``, or make sure that the one there is this run's."""
    path = run.folder / "config.json"
    mine = {"experiment": run.experiment, "preset": run.preset, "config": plain(run.config)}
    mine["config"].pop("workdir")
    if path.exists():
        experiment, config = _read_claim(path)
        if experiment != run.experiment:
            raise ValueError(f"{run.folder} holds a run of {experiment}: choose another --workdir")
        theirs = _options(config)
        differ = [name for name, v in _options(mine["config"]).items() if theirs.get(name) != v]
        if differ:
            raise ValueError(
                f"{run.folder} holds a run with another {', '.join(differ)}: choose another "
                "--workdir, or repeat its options to continue it"
            )
        return
    run.folder.mkdir(parents=True, exist_ok=True)
    write_json(path, mine)


def _options(config: Mapping[str, Any], within: str = "") -> dict[str, Any]:
    """Nested options by the names that the command line has for them."""
    found: dict[str, Any] = {}
    for name, value in config.items():
        inner = _options(value, f"{within}{name}.") if isinstance(value, dict) else {}
        found |= inner or {f"{within}{name}": value}
    return found


def _read_claim(path: pathlib.Path) -> tuple[str, dict[str, Any]]:
    try:
        theirs = json.loads(path.read_text())
        return theirs["experiment"], theirs["config"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(
            f"{path} is broken or not of a run of jsolar: choose another --workdir, or remove it"
        ) from None


def write_summary(run: Run, summary: Mapping[str, Any], *, seconds: float) -> None:
    """Write ``summary.json``, whose presence says that the run is finished.

    Args:
      run: the run.
      summary: the experiment's results.
      seconds: how long it took.
    """
    import jax

    whole = {
        "experiment": run.experiment,
        "preset": run.preset,
        "seed": run.config.seed,
        "versions": versions(),
        "device": jax.devices()[0].device_kind,
        "devices": jax.device_count(),
        **summary,
        "wall_s": round(seconds, 1),
        "examples_per_s": training_speeds(run.folder),
        "peak_memory_bytes": peak_memory_bytes(),
    }
    write_json(run.folder / "summary.json", whole)


def training_speeds(folder: pathlib.Path) -> dict[str, float]:
    """Examples a second of each network that the run trained; the median leaves compiling out."""
    speeds = {}
    for path in sorted(folder.glob("*/metrics.jsonl")):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        speeds[path.parent.name] = round(statistics.median(x["examples_per_s"] for x in lines), 1)
    return speeds


def versions() -> dict[str, str]:
    """Of jsolar, Python and the libraries that numbers depend on."""
    libraries = {name: metadata.version(name) for name in _VERSIONS}
    return {"jsolar": jsolar.__version__, "python": platform.python_version(), **libraries}


def peak_memory_bytes() -> int:
    """Largest memory that this process has held on the host, bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
