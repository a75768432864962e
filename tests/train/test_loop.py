"""The loop: exact resume, checkpoints that move between devices, logs, and the stop at NaN."""

import contextlib
import json
import pathlib

import jax
import numpy as np
import optax
import pytest

from jsolar.data.batches import training_batches
from jsolar.losses import events as losses
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.train import checkpoint, lift, loop
from jsolar.train.log import open_log
from jsolar.train.step import Step, TrainingDivergedError, init_state, make_step
from jsolar.types import Events

RNG = np.random.default_rng(0)
INPUTS = RNG.normal(size=(50, 3)).astype(np.float32)
TARGETS = Events(INPUTS[:, :1] > 0.5, np.ones((50, 1), bool))
MODEL = mlp(MLPConfig(hidden=(5,), dropout=0.2), outputs=1)
OPTIMIZER = optax.adam(0.01)


class KilledError(Exception):
    """Stands for a kill."""


def on_one_device(step: Step, *, batch_size: int) -> lift.Lifted:
    return lift.Lifted(lambda state: state, lift.jit(step), lambda state: state)


def run(
    folder: pathlib.Path, *, kill_at: int | None = None, on=on_one_device, inputs=INPUTS, steps=20
):
    """Train as `fit` does; stop without any farewell at step ``kill_at``."""
    state = init_state(jax.random.key(0), MODEL, OPTIMIZER, INPUTS)
    lifted = on(make_step(MODEL, losses.cross_entropy(), OPTIMIZER), batch_size=8)
    batches = training_batches(jax.random.key(1), inputs, TARGETS, batch_size=8, threads=1)
    manager = checkpoint.open_checkpoints(folder / "checkpoints")
    state = checkpoint.restore_last(manager, state, batches)

    def stepping(state, batch):
        if int(lifted.collect(state).step) == kill_at:
            raise KilledError
        return lifted.step(state, batch)

    def evaluate(params):
        error = np.abs(MODEL.apply(params, INPUTS)[0] - TARGETS.happened).mean()
        return {"error": float(error)}

    with contextlib.closing(manager), open_log(folder, step=int(state.step)) as log:
        return loop.train(
            state,
            lifted._replace(step=stepping),
            batches,
            steps=steps,
            every=5,
            evaluate=evaluate,
            score=lambda measured: -measured["error"],
            checkpoints=manager,
            log=log,
        )


def read_log(folder: pathlib.Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_killed_and_resumed_equals_uninterrupted_bit_for_bit(tmp_path) -> None:
    whole = run(tmp_path / "whole")
    with pytest.raises(KilledError):
        run(tmp_path / "cut", kill_at=13)
    resumed = run(tmp_path / "cut")
    jax.tree.map(np.testing.assert_array_equal, resumed.params, whole.params)
    jax.tree.map(np.testing.assert_array_equal, resumed.optimizer_state, whole.optimizer_state)
    logs = [read_log(tmp_path / name) for name in ("whole", "cut")]
    assert all(line.pop("examples_per_s") > 0 for log in logs for line in log)
    assert logs[0] == logs[1]
    assert [line["step"] for line in logs[0]] == [5, 10, 15, 20]


def test_half_written_log_line_is_cut_off(tmp_path) -> None:
    lines = tmp_path / "metrics.jsonl"
    lines.write_text('{"step": 5}\n{"step": 10}\n{"ste')
    with open_log(tmp_path, step=5):
        pass
    assert lines.read_text() == '{"step": 5}\n'


def test_finished_run_returns_at_once(tmp_path) -> None:
    first = run(tmp_path)
    again = run(tmp_path, kill_at=20)  # not a single step is done
    jax.tree.map(np.testing.assert_array_equal, first.params, again.params)


def test_best_checkpoint_is_kept_beside_the_last(tmp_path) -> None:
    last = run(tmp_path)
    logged = read_log(tmp_path)
    best = min(logged, key=lambda line: line["validation_error"])
    with checkpoint.open_checkpoints(tmp_path / "checkpoints") as manager:
        assert set(manager.all_steps()) == {best["step"], 20}
        assert int(checkpoint.restore_best(manager, last).step) == best["step"]


@pytest.mark.parametrize("on", lift.LIFTS.values(), ids=lift.LIFTS)
def test_checkpoint_of_four_devices_restores_on_one(tmp_path, on) -> None:
    assert len(jax.devices()) == 4
    four = run(tmp_path, on=on)
    one = init_state(jax.random.key(0), MODEL, OPTIMIZER, INPUTS)
    batches = training_batches(jax.random.key(1), INPUTS, TARGETS, batch_size=8, threads=1)
    with checkpoint.open_checkpoints(tmp_path / "checkpoints") as manager:
        restored = checkpoint.restore_last(manager, one, batches)
    leaf = jax.tree.leaves(restored.params)[0]
    assert leaf.sharding.device_set == {jax.devices()[0]}
    jax.tree.map(np.testing.assert_array_equal, restored.params, four.params)


def test_nan_stops_the_run_and_keeps_what_was_good(tmp_path) -> None:
    run(tmp_path, steps=10)
    bad = np.where(np.arange(50)[:, None] == 7, np.nan, INPUTS)
    with pytest.raises(TrainingDivergedError, match="learning-rate"):
        run(tmp_path, inputs=bad, steps=60)
    with checkpoint.open_checkpoints(tmp_path / "checkpoints") as manager:
        saved = checkpoint.restore_best(
            manager, init_state(jax.random.key(0), MODEL, OPTIMIZER, INPUTS)
        )
        assert manager.latest_step() < 60
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(saved.params))


def test_no_checkpoint_is_said_plainly(tmp_path) -> None:
    state = init_state(jax.random.key(0), MODEL, OPTIMIZER, INPUTS)
    with (
        checkpoint.open_checkpoints(tmp_path) as manager,
        pytest.raises(FileNotFoundError, match="train the model first"),
    ):
        checkpoint.restore_best(manager, state)
