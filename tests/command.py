"""Experiments as a user starts them: another process, another folder, another data folder."""

import os
import pathlib
import subprocess
import sys
import tempfile
from typing import IO, NamedTuple

ROOT = pathlib.Path(__file__).parents[1]

WITHOUT_TENSORFLOW = """
import runpy, sys
name, sys.argv = sys.argv[1], sys.argv[1:]
try:
    runpy.run_module(name, run_name="__main__", alter_sys=True)
finally:
    assert "tensorflow" not in sys.modules, "TensorFlow was imported"
"""


TORN = "Error reading persistent compilation cache entry"
"""What jax warns of when a process was killed while it wrote one; it then compiles."""


class Started(NamedTuple):
    """A process and the files that it prints to; a pipe that nobody reads would stop it."""

    process: subprocess.Popen[str]
    out: IO[str]
    err: IO[str]


def start(module: str, *words: object, data: pathlib.Path) -> Started:
    """Start ``python -m module words…``, which must get by without TensorFlow."""
    place = {
        **os.environ,
        "TFDS_DATA_DIR": str(data),
        "PYTHONPATH": str(ROOT),
        "JAX_NUM_CPU_DEVICES": "2",
    }
    out, err = (tempfile.TemporaryFile("w+", encoding="utf-8") for _ in range(2))  # noqa: SIM115
    strict = ["-W", "error", "-W", f"ignore:{TORN}"]
    command = [sys.executable, *strict, "-c", WITHOUT_TENSORFLOW, module, *map(str, words)]
    process = subprocess.Popen(command, cwd=data, env=place, stdout=out, stderr=err, text=True)
    return Started(process, out, err)


def finish(started: Started) -> tuple[int, str, str]:
    """Wait for it: exit status, what it printed, what it said of errors and progress."""
    status = started.process.wait(timeout=300)
    texts = []
    for file in (started.out, started.err):
        with file:
            file.seek(0)
            texts.append(file.read())
    return status, *texts


def run(module: str, *words: object, data: pathlib.Path) -> tuple[int, str, str]:
    """`start` and `finish`."""
    return finish(start(module, *words, data=data))
