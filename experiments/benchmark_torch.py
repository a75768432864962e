"""PyTorch's equivalent of `jsolar.models.cnn`, for `experiments.benchmark` only."""

import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


def available() -> bool:
    """Whether PyTorch can be imported."""
    return importlib.util.find_spec("torch") is not None


def calls(
    pictures: np.ndarray, widths: tuple[int, ...], hidden: int, events: int, dtype: str
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Named calls to time: training and inference, eager and compiled.

    Each call returns a function that waits until the device is done. The setting is what PyTorch
    advises: channels last, autocast for bfloat16, fused AdamW.
    """
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).to(device)
    x = x.contiguous(memory_format=torch.channels_last)
    y = torch.zeros(len(pictures), events, device=device)
    half = torch.autocast(device, torch.bfloat16, enabled=dtype == "bfloat16")
    wait = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    for mode, wrap in (("eager", lambda f: f), ("compiled", torch.compile)):
        network = _network(widths, hidden, events).to(device, memory_format=torch.channels_last)
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)
        run_network = wrap(network)

        def train(network: Any = network, optimizer: Any = optimizer, f: Any = run_network) -> Any:
            network.train()
            optimizer.zero_grad(set_to_none=True)
            with half:
                loss = torch.nn.functional.binary_cross_entropy_with_logits(f(x).float(), y)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            return wait

        def infer(network: Any = network, f: Any = run_network) -> Any:
            network.eval()
            with torch.no_grad(), half:
                f(x)
            return wait

        yield f"training, {mode}", train
        yield f"inference, {mode}", infer


def _network(widths: tuple[int, ...], hidden: int, events: int) -> Any:
    """The same layers: 3 × 3 convolutions of stride 2 with "same" padding, mean and maximum."""
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            pairs = zip((1, *widths[:-1]), widths, strict=True)
            self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2) for a, b in pairs)
            self.dense = nn.Linear(2 * widths[-1], hidden)
            self.drop = nn.Dropout(0.2)
            self.output = nn.Linear(hidden, events)

        def forward(self, x: Any) -> Any:
            for convolution in self.convolutions:
                x = torch.relu(convolution(nn.functional.pad(x, (0, 1, 0, 1))))
            x = torch.cat([x.mean((2, 3)), x.amax((2, 3))], -1)
            return self.output(self.drop(torch.relu(self.dense(x))))

    return Network()
