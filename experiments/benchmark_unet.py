"""The U-Net of `experiments.region_growth` and PyTorch's, for `experiments.benchmark`."""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from experiments import benchmark_torch
from jsolar import models
from jsolar.data.normalise import Normaliser
from jsolar.losses.images import absolute_error, squared_error
from jsolar.models.flops import TRAINING_FACTOR, patchgan_flops, unet_flops
from jsolar.models.patchgan import PatchGANConfig
from jsolar.models.unet import UNetConfig, unet
from jsolar.pictures.networks import CHANGES, HOURS, changes, of_pairs, with_noise
from jsolar.train import lift
from jsolar.train.adversarial import GANConfig, adversarial, energy, make_optimizers, players
from jsolar.train.config import TrainConfig, make_optimizer
from jsolar.train.step import init_state, make_step
from jsolar.types import Batch, Model

FRAMES, CHANNELS, OUTPUTS = 3, 2, 1

UNIT = Normaliser(np.zeros(()), np.ones(()), np.zeros(0, int))

JUDGED = 11
"""Passes of the discriminator in a step: real, with the slope and its gradient 6; drawn, for itself
3, and for the generator 2."""

Call = tuple[str, Callable[[], Any], int]
"""Name, what is timed, operations of one example."""


def works(
    config: UNetConfig, *, size: int, batch_size: int, seed: int, torch: bool
) -> Iterator[Call]:
    """The training step and the forward pass, ours and PyTorch's; the step of a GAN, ours.

    Args:
      config: of the network.
      size: pixels on a side.
      batch_size: series in a step.
      seed: of data and parameters.
      torch: whether PyTorch is measured, if it is there.

    Yields:
      Calls to time.
    """
    rng = np.random.default_rng(seed)
    shape = (batch_size, FRAMES, size, size, CHANNELS)
    pictures = rng.normal(size=shape).astype(np.float32)
    flops = unet_flops(config, size=size, channels=FRAMES * CHANNELS, outputs=OUTPUTS)
    for name, call in _ours(config, pictures, seed):
        yield f"jsolar U-Net, {name}", call, flops * (TRAINING_FACTOR if name == "training" else 1)
    yield _gan(config, pictures, seed, flops)
    if torch and benchmark_torch.available():
        for name, call in _theirs(config, pictures):
            factor = TRAINING_FACTOR if "training" in name else 1
            yield f"PyTorch U-Net, {name}", call, flops * factor


def _ours(config: UNetConfig, pictures: np.ndarray, seed: int) -> Iterator[tuple[str, Any]]:
    network = unet(config, outputs=OUTPUTS)

    def apply(params: Any, inputs: Any, **how: Any) -> tuple[Any, Any]:
        found, seen = network.apply(params, inputs, **how)
        return found[..., 0], seen

    model, optimizer = Model(network.init, apply), make_optimizer(TrainConfig(), 1000)
    b, _, h, w, _ = pictures.shape
    inputs = {"pictures": pictures, "condition": np.ones((b, 1), np.float32)}
    target = np.zeros((b, h, w), np.float32)
    batch = jax.device_put(Batch(inputs, target, np.ones(b, bool), np.arange(b)))
    state = init_state(jax.random.key(seed), model, optimizer, batch.inputs)
    params = jax.tree.map(jnp.copy, state.params)
    step, holder = lift.jit(make_step(model, squared_error(), optimizer)), [state]

    def train() -> Any:
        holder[0], metrics = step(holder[0], batch)
        return metrics

    yield "training", train
    infer = jax.jit(lambda params, inputs: model.apply(params, inputs)[0])
    yield "inference", lambda: infer(params, batch.inputs)


def _gan(config: UNetConfig, pictures: np.ndarray, seed: int, flops: int) -> Call:
    """A step of both players, with two draws: U-Nets, and a PatchGAN that is as wide."""
    judge = PatchGANConfig(config.width, dtype=config.dtype)
    b, _, size, _, _ = pictures.shape
    series = {"frames": pictures[..., 0], "lead_hours": np.full(b, HOURS, np.float32)}
    critic = of_pairs(models.make(judge, outputs=1), UNIT)
    generator = changes(with_noise(unet(config, outputs=CHANGES)), UNIT)
    game, optimizer = GANConfig(draws=2), make_optimizers(TrainConfig(), 1000)
    model = players(generator, critic, draws=game.draws)
    step = lift.jit(adversarial(critic, game)(model, energy(absolute_error()), optimizer))
    target, mask = np.zeros((b, size, size), np.float32), np.ones(b, bool)
    batch = jax.device_put(Batch(series, target, mask, np.arange(b)))
    holder = [init_state(jax.random.key(seed), model, optimizer, batch.inputs)]

    def train() -> Any:
        holder[0], metrics = step(holder[0], batch)
        return metrics

    channels = (FRAMES + 1) * CHANNELS + 1
    judging = patchgan_flops(judge, size=size, channels=channels)
    own = TRAINING_FACTOR * game.draws * flops
    return "jsolar GAN, training", train, own + JUDGED * judging


def _theirs(config: UNetConfig, pictures: np.ndarray) -> Iterator[tuple[str, Any]]:
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    b, _, h, w, _ = pictures.shape
    x = torch.from_numpy(np.moveaxis(pictures, 4, 2).reshape(b, -1, h, w)).to(device)
    x = x.contiguous(memory_format=torch.channels_last)
    known, target = torch.ones(b, 1, device=device), torch.zeros(b, OUTPUTS, h, w, device=device)
    half = torch.autocast(device, torch.bfloat16, enabled=config.dtype == "bfloat16")
    wait = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    for mode, wrap in (("eager", lambda f: f), ("compiled", torch.compile)):
        network = _network(config).to(device, memory_format=torch.channels_last)
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)

        run_network = wrap(network)

        def train(network: Any = network, optimizer: Any = optimizer, f: Any = run_network) -> Any:
            optimizer.zero_grad(set_to_none=True)
            with half:
                loss = (f(x, known).float() - target).square().mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            return wait

        def infer(f: Any = run_network) -> Any:
            with torch.no_grad(), half:
                f(x, known)
            return wait

        yield f"training, {mode}", train
        yield f"inference, {mode}", infer


def _network(config: UNetConfig) -> Any:
    """The same layers: strided convolutions with "same" padding, repeated pixels, FiLM."""
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self, channels: int, width: int, stride: int) -> None:
            super().__init__()
            self.stride = stride
            self.first = nn.Conv2d(channels, width, 3, stride, padding=0 if stride == 2 else 1)
            self.film = nn.Linear(16, 2 * width)
            self.second = nn.Conv2d(width, width, 3, padding=1)

        def forward(self, x: Any, known: Any) -> Any:
            x = nn.functional.pad(x, (0, 1, 0, 1)) if self.stride == 2 else x
            scale, shift = self.film(known)[:, :, None, None].chunk(2, 1)
            x = torch.relu(self.first(x) * (1 + scale) + shift)
            return torch.relu(self.second(x))

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            widths = [config.width * 2**level for level in range(config.depth + 1)]
            before = [FRAMES * CHANNELS, *widths[:-1]]
            self.known = nn.Linear(1, 16)
            self.down = nn.ModuleList(
                Block(a, b, 2 if level else 1)
                for level, (a, b) in enumerate(zip(before, widths, strict=True))
            )
            pairs = zip(widths[:0:-1], widths[-2::-1], strict=True)
            self.up = nn.ModuleList(Block(a + b, b, 1) for a, b in pairs)
            self.last = nn.Conv2d(config.width, OUTPUTS, 3, padding=1)

        def forward(self, x: Any, known: Any) -> Any:
            known, skips = torch.relu(self.known(known)), []
            for block in self.down:
                x = block(x, known)
                skips.append(x)
            for block, skip in zip(self.up, skips[-2::-1], strict=True):
                x = nn.functional.interpolate(x, scale_factor=2, mode="nearest")
                x = block(torch.cat([x, skip], 1), known)
            return self.last(x)

    return Network()
