"""Experiments as a user starts them: another process, another folder, another data folder."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]

WITHOUT_TENSORFLOW = """
import runpy, sys
name, sys.argv = sys.argv[1], sys.argv[1:]
try:
    runpy.run_module(name, run_name="__main__", alter_sys=True)
finally:
    assert "tensorflow" not in sys.modules, "TensorFlow was imported"
"""


def start(module: str, *words: object, data: pathlib.Path) -> subprocess.Popen[str]:
    """Start ``python -m module words…``, which must get by without TensorFlow."""
    place = {
        **os.environ,
        "TFDS_DATA_DIR": str(data),
        "PYTHONPATH": str(ROOT),
        "JAX_NUM_CPU_DEVICES": "2",
        "JAX_COMPILATION_CACHE_DIR": str(data.parent / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", WITHOUT_TENSORFLOW, module, *map(str, words)],
        cwd=data,
        env=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for it: exit status, what it printed, what it said of errors and progress."""
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def run(module: str, *words: object, data: pathlib.Path) -> tuple[int, str, str]:
    """`start` and `finish`."""
    return finish(start(module, *words, data=data))
