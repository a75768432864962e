"""The benchmark measures every step; what it says about time is nobody's test."""

import json
import pathlib

from command import run

from jsolar.models.cnn import CNNConfig
from jsolar.models.flops import cnn_flops


def test_every_step_and_the_simulator_are_measured(tmp_path: pathlib.Path) -> None:
    words = ["smoke", "--workdir", tmp_path / "run"]
    status, out, err = run("experiments.benchmark", *words, data=tmp_path)
    assert status == 0, err
    rows = {r["name"]: r for r in json.loads((tmp_path / "run/summary.json").read_text())["rows"]}
    assert list(rows) == [
        "jsolar CNN, training", "jsolar CNN, inference",
        "jsolar MLP, training", "jsolar MLP, inference",
        "jsolar simulator, frames",
    ]  # fmt: skip
    assert all(r["examples_per_s"] > 0 and r["flops"] > 0 for r in rows.values())
    forward = cnn_flops(CNNConfig((4, 4)), size=16)
    assert rows["jsolar CNN, inference"]["flops"] == forward
    assert rows["jsolar CNN, training"]["flops"] == 3 * forward
    assert "GFLOP/s" in out
    assert "Speed on" in (tmp_path / "run" / "report.md").read_text()
