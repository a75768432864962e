"""Both readers of TFDS give the same values, in either order, wherever the data are.

TensorFlow's presence matters, so they read in processes of their own.
"""

import os
import pathlib
import pickle
import subprocess
import sys

import numpy as np
import pytest

from tests.datasets.tiny import build, tiny_noaa, tiny_sharp, tiny_synthetic

ROOT = pathlib.Path(__file__).parents[2]

READ = """
import pathlib, pickle, sys
import numpy as np
import tensorflow_datasets as tfds
import jsolar.datasets

order, kind, out, given, *names = sys.argv[1:]
where = {} if given == "default" else {"data_dir": given}
values = {}

def with_data_source():
    for name in names:
        values["data_source", name] = list(tfds.data_source(name, split="train", **where))

def with_load():
    for name in names:
        loaded = tfds.load(name, split="train", **where)
        values["load", name] = list(tfds.as_numpy(loaded))

if order == "data_source first":
    with_data_source()
    assert "tensorflow" not in sys.modules, "TensorFlow was imported"
    if kind == "both":
        with_load()
else:
    with_load()
    with_data_source()
if kind == "both":
    assert "tensorflow" in sys.modules
pathlib.Path(out).write_bytes(pickle.dumps(values))
"""


def read(order: str, kind: str, out: pathlib.Path, given: object, names, **place: object):
    environment = {k: v for k, v in os.environ.items() if k != "TFDS_DATA_DIR"}
    environment |= {k: str(v) for k, v in place.items()}
    environment |= {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.Popen(
        [sys.executable, "-c", READ, order, kind, str(out), str(given), *names],
        env=environment,
        cwd=out.parent,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def values(tmp_path_factory):
    """What was built, and what three processes read of it."""
    top = tmp_path_factory.mktemp("readers")
    data = top / "home" / "tensorflow_datasets"
    built = [build(config, data) for config in (tiny_synthetic(), tiny_sharp(top), tiny_noaa(top))]
    names = [f"solar_flares/{b.builder_config.name}" for b in built]
    home = {"HOME": top / "home"}
    processes = {
        "given": read("data_source first", "both", top / "given", data, names),
        "home": read("load first", "both", top / "at_home", "default", names, **home),
        "told": read(
            "data_source first", "source", top / "told", "default", names, TFDS_DATA_DIR=data
        ),
    }
    found = {}
    for process, file in zip(processes.values(), ("given", "at_home", "told"), strict=True):
        _, error = process.communicate(timeout=240)
        assert process.returncode == 0, error
        found[file] = pickle.loads((top / file).read_bytes())
    truth = {name: list(b.as_data_source("train")) for name, b in zip(names, built, strict=True)}
    return found, truth


def by_id(rows: list[dict]) -> dict:
    return {row["id"]: row for row in rows}


def same(found: list[dict], expected: list[dict]) -> None:
    found, expected = by_id(found), by_id(expected)
    assert found.keys() == expected.keys()
    assert found
    for name, row in expected.items():
        assert found[name].keys() == row.keys()
        for column, value in row.items():
            other = np.asarray(found[name][column])
            np.testing.assert_array_equal(other, value, err_msg=f"{name} {column}")
            if isinstance(value, np.ndarray):
                assert other.dtype == value.dtype, column


def test_both_readers_in_either_order_give_what_was_built(values) -> None:
    found, truth = values
    for file in ("given", "at_home"):
        assert len(found[file]) == 6
        for (_, name), rows in found[file].items():
            same(rows, truth[name])


def test_the_default_folder_is_that_of_tfds(values) -> None:
    found, truth = values
    assert {reader for reader, _ in found["told"]} == {"data_source"}
    for (_, name), rows in found["told"].items():
        same(rows, truth[name])


def test_fluxes_are_exact_in_both(values) -> None:
    """In single precision an M1.0 would be smaller than 1e-5 W m⁻²."""
    found, truth = values
    sharp = next(name for name in truth if "sharp" in name)
    for reader in ("load", "data_source"):
        flux = [row["flux_w_m2"] for row in found["given"][reader, sharp]]
        assert 1e-5 in flux
        assert all(np.asarray(f).dtype == np.float64 for f in flux)
