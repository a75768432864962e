"""The run directory of an experiment: presets, config, resume, results, and errors in a sentence.

An experiment is a frozen dataclass with a field ``workdir``, some presets of it, and a function
``main(run) -> summary``. `command` turns these into ``python -m experiments.<name> [preset]
[--field value …]``.
"""

import contextlib
import json
import os
import pathlib
import platform
import resource
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata
from typing import Any, NamedTuple

import filelock
import tyro

import jsolar
from jsolar.writing import output_names, plain, write_json

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


class FilesError(Exception):
    """Some of many files could not be used, the others were; ``args[0]`` has a sentence on each."""


def each_file(files: Sequence[pathlib.Path], apply: Callable[[pathlib.Path, str], str]) -> None:
    """Apply something to every file, and print what it says of each in a line.

    Args:
      files: of which some may be of no use.
      apply: to a file, with the name of what is written for it; raises ValueError or OSError where
        the file is of no use.

    Raises:
      ValueError: the only file is of no use; or OSError.
      FilesError: some of several files are; the others were used.
    """
    faults: list[str] = []
    for path, name in zip(files, output_names(files), strict=True):
        try:
            print(apply(path, name))
        except (ValueError, OSError) as error:
            if len(files) == 1:
                raise
            faults.append(str(error))
    if faults:
        raise FilesError(faults)


def guarded(name: str, work: Callable[[], None]) -> None:
    """Do the work; an error in its input becomes one sentence and exit status 2.

    Args:
      name: of the command, for the sentence.
      work: raises ValueError or OSError where the input is wrong.

    Raises:
      SystemExit: with status 2.
    """
    try:
        with contextlib.redirect_stdout(_Patient(sys.stdout)):
            work()
    except (ValueError, OSError) as error:
        if os.environ.get(DEBUG):
            raise
        where = getattr(error, "traceback_in", f"{DEBUG}=1")
        print(f"{name}: {error} [{where} shows where]", file=sys.stderr)
        sys.exit(2)


class _Patient:
    """A stream for a program that goes on when its reader, such as ``head``, has seen enough."""

    def __init__(self, stream: Any):
        self._stream = stream

    def write(self, text: str) -> int:
        with self._until_broken():
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._until_broken():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @contextlib.contextmanager
    def _until_broken(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:  # else Python complains of it once more at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


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
    with _alone(folder), _traceback_kept(folder / "error.txt"):
        summary = main(run)
        write_summary(run, summary, seconds=time.perf_counter() - started)


@contextlib.contextmanager
def _alone(folder: pathlib.Path) -> Iterator[None]:
    """Refuse a second process in the folder; the lock goes with the process, however it ends."""
    try:
        with filelock.FileLock(folder / ".lock", blocking=False):
            yield
    except filelock.Timeout:
        raise ValueError(
            f"{folder} is being written by another process: wait for it, or choose another "
            "--workdir"
        ) from None


@contextlib.contextmanager
def _traceback_kept(path: pathlib.Path) -> Iterator[None]:
    """Write where an error came from: what is called an error of the input may be one of ours."""
    path.unlink(missing_ok=True)
    try:
        yield
    except Exception as error:
        path.write_text(traceback.format_exc())
        error.traceback_in = path  # type: ignore[attr-defined]
        raise


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
