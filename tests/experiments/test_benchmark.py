"""The benchmark measures every step; what it says about time is nobody's test."""

import json
import pathlib
from functools import partial

import jax
import numpy as np
import pytest

from experiments import benchmark_detection, benchmark_unet
from experiments.benchmark import picture_flops
from jsolar.models.cnn import CNNConfig
from jsolar.models.flops import cnn_flops
from jsolar.models.mask_rcnn.network import TERMS
from jsolar.models.unet import UNetConfig
from jsolar.sun.simulate import SunConfig, emerge, picture, scene
from tests.command import run
from tests.models.mask_rcnn.test_network import SMALL


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


def test_the_unet_is_measured() -> None:
    config = UNetConfig(width=2, depth=1)
    rows = list(benchmark_unet.works(config, size=8, batch_size=2, seed=0, torch=False))
    assert [name for name, _, _ in rows] == [
        "jsolar U-Net, training",
        "jsolar U-Net, inference",
        "jsolar GAN, training",
    ]
    assert float(rows[0][1]()["loss"]) == 0  # it begins as 0, and 0 is what is wanted
    assert rows[1][1]().shape == (2, 8, 8)
    assert rows[0][2] == 3 * rows[1][2] > 0
    told = rows[2][1]()
    assert float(told["discriminator_loss"]) == pytest.approx(np.log(2))  # nothing is told apart
    assert rows[2][2] > 2 * rows[0][2]


def test_the_detector_is_measured() -> None:
    how = {"size": 64, "batch_size": 2, "channels": 1, "seed": 0, "torch": False}
    rows = list(benchmark_detection.works(SMALL, **how))
    assert [name for name, _, _ in rows] == [
        "jsolar Mask R-CNN, training",
        "jsolar Mask R-CNN, inference",
    ]
    told = rows[0][1]()
    assert set(told) == {"loss", "gradient_norm", *TERMS}
    assert float(told["loss"]) == pytest.approx(sum(float(told[name]) for name in TERMS))
    assert rows[1][1]().boxes.shape == (2, SMALL.detections, 4)
    assert rows[0][2] > 2 * rows[1][2] > 0


def test_work_of_a_picture_is_most_of_what_the_compiler_counts() -> None:
    sun = SunConfig()
    view = scene(emerge(jax.random.key(0), sun), sun)
    render = jax.jit(partial(picture, size=64, degrees_per_pixel=0.12, config=sun))
    counted = render.lower(jax.random.key(1), view).compile().cost_analysis()["flops"]
    assert 0.6 * counted < picture_flops(64, sun) < counted
