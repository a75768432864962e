"""How fast is it here? Examples per second of every step, the simulator, and PyTorch beside them.

``python -m experiments.benchmark`` measures on whatever device JAX finds; ``accelerator`` is the
size that a GPU deserves (128² pictures, width 32, batch 256, bfloat16), ``grid`` compares many
small networks trained at once with the same one after the other. If PyTorch can be imported,
its equivalent of the CNN is measured in the same process, eager and compiled, call by call in turn
with ours. Times are medians and exclude compilation, which has a column of its own; FLOP/s come
from counting layers, GB/s of the simulator from the least that must be read and written.
"""

import dataclasses
import pathlib
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from tqdm import tqdm

from experiments import benchmark_detection, benchmark_grid, benchmark_torch, benchmark_unet
from jsolar.losses.events import cross_entropy
from jsolar.models.cnn import CNNConfig, cnn
from jsolar.models.flops import TRAINING_FACTOR, cnn_flops, mlp_flops
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.models.unet import UNetConfig
from jsolar.report.tables import markdown
from jsolar.run import Run, command
from jsolar.sun.fields.keywords import PATCH_KEYWORDS, patch_keywords
from jsolar.sun.simulate import SunConfig, cos_heliocentric, evolve, picture, scene
from jsolar.sun.simulate.field import Scene
from jsolar.sun.simulate.packed import packed_length
from jsolar.train import lift
from jsolar.train.config import TrainConfig, make_optimizer
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
      seconds: time spent on each row, in turns with the others.
      runs: small networks trained at once; 0 measures single steps and the simulator instead.
      unet_depth: of a U-Net, of the first of the widths, that is measured instead; 0: none is.
      detector: a Mask R-CNN that is measured instead, ``"light"`` (of
        `jsolar.models.mask_rcnn.config.SOLAR`) or ``"published"`` (R-50-FPN).
      torch: whether PyTorch is measured too, if it is there.
      seed: of data and parameters.
      workdir: where the table goes.
    """

    size: int = 64
    widths: tuple[int, ...] = (16, 32, 64, 64)
    batch_size: int = 64
    dtype: str = "float32"
    seconds: float = 3.0
    runs: int = 0
    unet_depth: int = 0
    detector: Literal["", "light", "published"] = ""
    torch: bool = True
    seed: int = 0
    workdir: pathlib.Path | None = None


PRESETS = {
    "default": ("the CNN that flare_cnn trains by default; about two minutes on 2 cores", Config()),
    "accelerator": (
        "128² pictures, 4 blocks of width 32, batch 256, bfloat16",
        Config(size=128, widths=(32,) * 4, batch_size=256, dtype="bfloat16"),
    ),
    "grid": (
        "40 small networks on 32² pictures at once, and one after the other",
        Config(size=32, batch_size=256, runs=40),
    ),
    "pictures": (
        "a U-Net of width 64 and depth 4 on 256² pictures, batch 16, bfloat16",
        Config(size=256, widths=(64,), batch_size=16, dtype="bfloat16", unet_depth=4),
    ),
    "detection": (
        "Mask R-CNN: R-50-FPN with the published numbers on 512² pictures, batch 16, bfloat16",
        Config(size=512, batch_size=16, dtype="bfloat16", detector="published"),
    ),
    "detection-light": (
        "Mask R-CNN: the light backbone on 256² pictures of one channel, batch 8",
        Config(size=256, batch_size=8, detector="light"),
    ),
    "smoke": ("seconds, for the tests", Config(16, (4, 4), 4, seconds=0.05, torch=False)),
}


OUTPUTS = 2
"""Logits of every network."""

CALLS = 4
"""Batches that are timed together."""


class Work(NamedTuple):
    """What is measured: a call, the work it is for one example, and its examples.

    ``flops`` are counted operations, ``bytes_moved`` what must pass through memory at least, 0
    where nobody counted; ``examples`` are one batch if not given.
    """

    name: str
    call: Callable[[], Any]
    flops: int
    bytes_moved: int = 0
    examples: int = 0


class Row(NamedTuple):
    """One measurement: examples per second (median), seconds to compile, work per example."""

    name: str
    examples_per_s: float
    compile_s: float
    flops: int
    bytes_moved: int = 0


def main(run: Run) -> dict[str, Any]:
    """Measure, print and write the table."""
    rows = measured(list(works(run.config)), run.config)
    table = _table(rows)
    print("\n" + table)
    (run.folder / "report.md").write_text(f"# Speed on {_device()}\n\n{table}\n")
    return {"rows": [row._asdict() for row in rows], "device_memory": _device_memory()}


def measured(works: list[Work], config: Config) -> list[Row]:
    """Time all calls in turn, over and over: what slows the machine down slows all of them."""
    compiling = [_seconds(work, 1) for work in tqdm(works, desc="compiling")]
    for work in works:
        _seconds(work, 1)  # some caches fill only now
    times: list[list[float]] = [[] for _ in works]
    with tqdm(total=round(config.seconds * len(works)), desc="measuring", unit="s") as bar:
        while sum(map(sum, times)) * CALLS < config.seconds * len(works) or len(times[0]) < 3:
            for work, seen in zip(works, times, strict=True):
                seen.append(_seconds(work, CALLS))
            bar.update(round(sum(map(sum, times)) * CALLS) - bar.n)
    medians = [statistics.median(seen) for seen in times]
    return [
        Row(w.name, (w.examples or config.batch_size) / m, max(c - m, 0.0), w.flops, w.bytes_moved)
        for w, m, c in zip(works, medians, compiling, strict=True)
    ]


def _seconds(work: Work, calls: int) -> float:
    """Of one call, with several in flight as in training."""
    start = time.perf_counter()
    for _ in range(calls):
        result = work.call()
    _wait(result)
    return (time.perf_counter() - start) / calls


def works(config: Config) -> Iterator[Work]:
    """All that is measured."""
    if config.runs:
        how = {"size": config.size, "batch_size": config.batch_size, "seed": config.seed}
        for name, call, examples, flops in benchmark_grid.works(runs=config.runs, **how):
            yield Work(name, call, flops, examples=examples)
        return
    if config.unet_depth:
        pictured = UNetConfig(config.widths[0], config.unet_depth, dtype=config.dtype)
        how = {"size": config.size, "batch_size": config.batch_size, "seed": config.seed}
        for name, call, flops in benchmark_unet.works(pictured, torch=config.torch, **how):
            yield Work(name, call, flops)
        return
    if config.detector:
        for name, call, flops in benchmark_detection.named(
            config.detector,
            dtype=config.dtype,
            size=config.size,
            batch_size=config.batch_size,
            seed=config.seed,
            torch=config.torch,
        ):
            yield Work(name, call, flops)
        return
    pictures, batch = _data(config)
    network = CNNConfig(config.widths, dtype=config.dtype)
    flops = cnn_flops(network, size=config.size, outputs=OUTPUTS)
    yield from _steps("CNN", cnn(network, outputs=OUTPUTS), batch, flops, config)
    keywords = pictures.reshape(len(pictures), -1)[:, : len(PATCH_KEYWORDS)]
    vector = MLPConfig()
    few = mlp_flops(vector, features=keywords.shape[1], outputs=OUTPUTS)
    on_keywords = batch._replace(inputs=keywords)
    yield from _steps("MLP", mlp(vector, outputs=OUTPUTS), on_keywords, few, config)
    yield from _simulator(config)
    if config.torch and benchmark_torch.available():
        sizes = (config.widths, network.hidden, OUTPUTS, config.dtype)
        for mode, call in benchmark_torch.calls(pictures, *sizes):
            factor = TRAINING_FACTOR if "training" in mode else 1
            yield Work(f"PyTorch CNN, {mode}", call, flops * factor)


def _steps(name: str, model: Model, batch: Batch, flops: int, config: Config) -> Iterator[Work]:
    """The training step and the forward pass of a model, on one device."""
    optimizer = make_optimizer(TrainConfig(), 1000)
    state = init_state(jax.random.key(config.seed), model, optimizer, batch.inputs)
    step = lift.jit(make_step(model, cross_entropy(), optimizer))
    batch = jax.device_put(batch)
    params = jax.tree.map(jnp.copy, state.params)
    holder = [state]

    def train() -> Any:
        holder[0], metrics = step(holder[0], batch)
        return metrics

    yield Work(f"jsolar {name}, training", train, TRAINING_FACTOR * flops)
    infer = jax.jit(lambda params, inputs: model.apply(params, inputs)[0])
    yield Work(f"jsolar {name}, inference", lambda: infer(params, batch.inputs), flops)


def _simulator(config: Config) -> Iterator[Work]:
    """Observed frames from scenes, network and noise included; then with their keywords."""
    sun, degrees, count = SunConfig(), 0.12, config.batch_size
    states = jax.jit(evolve, static_argnums=1)(jax.random.key(config.seed), sun)
    several = jax.tree.map(lambda x: x[jnp.arange(count) % sun.steps], states)
    scenes = jax.jit(jax.vmap(partial(scene, config=sun)))(several)
    keys = jax.random.split(jax.random.key(config.seed + 1), count)

    def seen(key: Any, view: Scene) -> Any:
        return picture(key, view, size=config.size, degrees_per_pixel=degrees, config=sun)

    def measured(key: Any, view: Scene) -> Any:
        frame = seen(key, view)
        mu = cos_heliocentric(view.latitude_deg, view.longitude_deg)
        return frame, patch_keywords(frame, degrees_per_pixel=degrees, mu=mu)

    work = picture_flops(config.size, sun), picture_bytes(config.size, sun)
    for name, one in (("frames", seen), ("frames and keywords", measured)):
        many = jax.jit(jax.vmap(one))
        yield Work(f"jsolar simulator, {name}", partial(many, keys, scenes), *work)


def picture_flops(size: int, sun: SunConfig) -> int:
    """Additions and multiplications of one picture's matrix products, which dominate.

    Separable Gaussians 2 F n², the two random fields' waves 4 m n² each, and the network's
    smoothing 4 n³; error functions, random numbers and the pointwise rest are not counted.
    """
    gaussians = 2 * sun.bipoles * (sun.fragments + 1)
    waves = sun.cell_waves + sun.grain_waves
    return size**2 * (2 * gaussians + 4 * waves + 4 * size)


def picture_bytes(size: int, sun: SunConfig) -> int:
    """What must be read and written at least: a scene in, a picture out."""
    return 4 * (packed_length(sun) + size**2)


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
    columns = ["", "examples/s", "compile, s", "GFLOP/s", "GB/s"]
    lines = [
        [
            r.name,
            f"{r.examples_per_s:,.0f}" if r.examples_per_s >= 10 else f"{r.examples_per_s:.2g}",
            f"{r.compile_s:.1f}",
            f"{r.examples_per_s * r.flops / 1e9:,.1f}" if r.flops else "–",
            f"{r.examples_per_s * r.bytes_moved / 1e9:,.2f}" if r.bytes_moved else "–",
        ]
        for r in rows
    ]
    speed = {r.name: r.examples_per_s for r in rows}
    ratios = [
        f"jsolar {name} training is {speed[f'jsolar {name}, training'] / v:.2f} × {k}"
        for name in ("CNN", "U-Net")
        for k, v in speed.items()
        if f"PyTorch {name}, training" in k
    ]
    ratios += [
        f"jsolar Mask R-CNN {doing} is {speed[f'jsolar Mask R-CNN, {doing}'] / v:.2f} × {k}"
        for k, v in speed.items()
        for doing in ("training", "inference")
        if k == f"torchvision Mask R-CNN, {doing}"
    ]
    ratios += benchmark_grid.ratios(speed)
    return "\n".join([f"Device: {_device()}.", "", markdown(columns, lines), "", *ratios])


def _device() -> str:
    device = jax.devices()[0]
    return f"{device.device_kind} ({device.platform}), jax {jax.__version__}"


def _device_memory() -> int | None:
    """Largest memory held on the device so far, where it tells."""
    stats = jax.devices()[0].memory_stats() or {}
    return stats.get("peak_bytes_in_use")


if __name__ == "__main__":
    command("benchmark", PRESETS, main)
