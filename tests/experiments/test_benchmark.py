"""The benchmark measures every step; what it says about time is nobody's test."""

import json
import pathlib
from functools import partial

import jax

from experiments.benchmark import picture_flops
from jsolar.models.cnn import CNNConfig
from jsolar.models.flops import cnn_flops
from jsolar.sun.simulate import SunConfig, emerge, picture, scene
from tests.command import run


def test_every_step_and_the_simulator_are_measured(tmp_path: pathlib.Path) -> None:
    words = ["smoke", "--workdir", tmp_path / "run"]
    status, out, err = run("experiments.benchmark", *words, data=tmp_path)
    assert status == 0, err
    rows = {r["name"]: r for r in json.loads((tmp_path / "run/summary.json").read_text())["rows"]}
    assert list(rows) == [
        "jsolar CNN, training", "jsolar CNN, inference",
        "jsolar MLP, training", "jsolar MLP, inference",
        "jsolar simulator, frames", "jsolar simulator, frames and keywords",
    ]  # fmt: skip
    assert all(r["examples_per_s"] > 0 and r["flops"] > 0 for r in rows.values())
    forward = cnn_flops(CNNConfig((4, 4)), size=16, outputs=2)
    assert rows["jsolar CNN, inference"]["flops"] == forward
    assert rows["jsolar CNN, training"]["flops"] == 3 * forward
    assert rows["jsolar simulator, frames"]["bytes_moved"] == 4 * (1030 + 16**2)
    assert "GFLOP/s" in out
    assert "Speed on" in (tmp_path / "run" / "report.md").read_text()


def test_work_of_a_picture_is_most_of_what_the_compiler_counts() -> None:
    sun = SunConfig()
    view = scene(emerge(jax.random.key(0), sun), sun)
    render = jax.jit(partial(picture, size=64, degrees_per_pixel=0.12, config=sun))
    counted = render.lower(jax.random.key(1), view).compile().cost_analysis()["flops"]
    assert 0.6 * counted < picture_flops(64, sun) < counted
