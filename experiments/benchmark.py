"""How fast is it here? Examples per second of every step, the simulator, and PyTorch beside them.

``python -m experiments.benchmark`` measures on whatever device JAX finds; ``accelerator`` is the
size that a GPU deserves (128² pictures, width 32, batch 256, bfloat16). If PyTorch can be imported,
its equivalent of the CNN is measured in the same process, eager and compiled. Times exclude
compilation, which has a column of its own; FLOP/s come from counting layers.
"""

import dataclasses
import pathlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from experiments import benchmark_torch
from jsolar import losses, run
from jsolar.methods.neural import TrainConfig, make_optimizer
from jsolar.models.cnn import CNNConfig, cnn
from jsolar.models.flops import TRAINING_FACTOR, cnn_flops, mlp_flops
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.report.tables import markdown
from jsolar.sun.keywords import PATCH_KEYWORDS
from jsolar.sun.simulate import SunConfig, evolve, frames_at
from jsolar.train import lift
from jsolar.train.step import init_state, make_step
from jsolar.types import Batch, Events, Model


@dataclasses.dataclass(frozen=True)
class Config:
    """What to measure.

    Attributes:
      size: pixels on a side.
      widths: channels of the CNN's blocks.
      batch_size: pictures in a step.
      dtype: of the CNN's arithmetic.
      seconds: time spent on each row.
      torch: whether PyTorch is measured too, if it is there.
      seed: of data and parameters.
      workdir: where the table goes.
    """

    size: int = 64
    widths: tuple[int, ...] = (16, 32, 64, 64)
    batch_size: int = 64
    dtype: str = "float32"
    seconds: float = 3.0
    torch: bool = True
    seed: int = 0
    workdir: pathlib.Path | None = None


PRESETS = {
    "default": ("the CNN that flare_cnn trains by default; about two minutes on 2 cores", Config()),
    "accelerator": (
        "128² pictures, 4 blocks of width 32, batch 256, bfloat16",
        Config(size=128, widths=(32,) * 4, batch_size=256, dtype="bfloat16"),
    ),
    "smoke": ("seconds, for the tests", Config(16, (4, 4), 4, seconds=0.05, torch=False)),
}


class Row(NamedTuple):
    """One measurement: examples per second, seconds to compile, operations per example."""

    name: str
    examples_per_s: float
    compile_s: float
    flops: int


def main(this: run.Run) -> dict[str, Any]:
    """Measure, print and write the table."""
    rows = []
    for row in measurements(this.config):
        rows.append(row)
        print(f"{row.name:42s} {row.examples_per_s:12,.0f} examples/s", flush=True)
    table = _table(rows)
    print("\n" + table)
    (this.folder / "report.md").write_text(f"# Speed on {_device()}\n\n{table}\n")
    return {"rows": [row._asdict() for row in rows], "device_memory": _device_memory()}


def measurements(config: Config) -> Iterator[Row]:
    """All rows, one after the other."""
    pictures, batch = _data(config)
    network = CNNConfig(config.widths, dtype=config.dtype)
    flops = cnn_flops(network, size=config.size)
    yield from _steps("CNN", cnn(network), batch, flops, config)
    keywords = pictures.reshape(len(pictures), -1)[:, : len(PATCH_KEYWORDS)]
    vector = MLPConfig()
    few = mlp_flops(vector, features=keywords.shape[1])
    yield from _steps("MLP", mlp(vector), batch._replace(inputs=keywords), few, config)
    yield _simulator(config)
    if config.torch and benchmark_torch.available():
        sizes = (config.widths, network.hidden, network.events, config.dtype)
        for mode, call in benchmark_torch.calls(pictures, *sizes):
            factor = TRAINING_FACTOR if "training" in mode else 1
            yield _timed(f"PyTorch CNN, {mode}", call, config, flops * factor)


def _steps(name: str, model: Model, batch: Batch, flops: int, config: Config) -> Iterator[Row]:
    """The training step and the forward pass of a model, on one device."""
    optimizer = make_optimizer(TrainConfig(), 1000)
    state = init_state(jax.random.key(config.seed), model, optimizer, batch.inputs)
    step = lift.jit(make_step(model, losses.cross_entropy(), optimizer))
    batch = jax.device_put(batch)
    params = jax.tree.map(jnp.copy, state.params)
    holder = [state]

    def train() -> Any:
        holder[0], metrics = step(holder[0], batch)
        return metrics

    yield _timed(f"jsolar {name}, training", train, config, TRAINING_FACTOR * flops)
    infer = jax.jit(lambda params, inputs: model.apply(params, inputs)[0])
    yield _timed(f"jsolar {name}, inference", lambda: infer(params, batch.inputs), config, flops)


def _simulator(config: Config) -> Row:
    """Observed frames from stored states, network and noise included."""
    sun = SunConfig()
    key = jax.random.key(config.seed)
    states = jax.tree.map(
        lambda x: x[: config.batch_size], jax.jit(evolve, static_argnums=1)(key, sun)
    )
    render = jax.jit(partial(frames_at, size=config.size, degrees_per_pixel=0.12, config=sun))
    fragments = 2 * sun.bipoles * sun.fragments
    flops = 2 * fragments * config.size**2
    return _timed(
        "jsolar simulator, frames",
        lambda: render(key, states),
        config,
        flops,
        examples=len(states.hours),
    )


def _timed(
    name: str, call: Callable[[], Any], config: Config, flops: int, *, examples: int | None = None
) -> Row:
    """Call until the time is up; the first call, which compiles, is timed apart."""
    start = time.perf_counter()
    _wait(call())
    first = time.perf_counter() - start
    _wait(call())
    calls, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < config.seconds or calls < 3:
        for _ in range(4):  # several in flight, as in training
            result = call()
        calls += 4
        _wait(result)
    spent = time.perf_counter() - start
    each = spent / calls
    return Row(name, (examples or config.batch_size) / each, max(first - each, 0.0), flops)


def _wait(result: Any) -> None:
    if callable(result):  # PyTorch's, which waits for its device
        result()
    else:
        jax.block_until_ready(result)


def _data(config: Config) -> tuple[np.ndarray, Batch]:
    rng = np.random.default_rng(config.seed)
    shape = (config.batch_size, config.size, config.size, 1)
    pictures = rng.normal(size=shape).astype(np.float32)
    happened = rng.random((config.batch_size, 2)) < 0.1
    everywhere = np.ones(config.batch_size, bool)
    events = Events(happened, np.ones_like(happened))
    return pictures, Batch(pictures, events, everywhere, np.arange(config.batch_size))


def _table(rows: list[Row]) -> str:
    columns = ["", "examples/s", "compile, s", "GFLOP/s"]
    lines = [
        [
            r.name,
            f"{r.examples_per_s:,.0f}",
            f"{r.compile_s:.1f}",
            f"{r.examples_per_s * r.flops / 1e9:,.1f}",
        ]
        for r in rows
    ]
    speed = {r.name: r.examples_per_s for r in rows}
    ours = speed["jsolar CNN, training"]
    ratios = [
        f"jsolar CNN training is {ours / v:.2f} × {k}"
        for k, v in speed.items()
        if "PyTorch" in k and "training" in k
    ]
    return "\n".join([f"Device: {_device()}.", "", markdown(columns, lines), "", *ratios])


def _device() -> str:
    device = jax.devices()[0]
    return f"{device.device_kind} ({device.platform}), jax {jax.__version__}"


def _device_memory() -> int | None:
    """Largest memory held on the device so far, where it tells."""
    stats = jax.devices()[0].memory_stats() or {}
    return stats.get("peak_bytes_in_use")


if __name__ == "__main__":
    run.command("benchmark", PRESETS, main)
