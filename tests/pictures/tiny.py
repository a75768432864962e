"""Series of a Sun on which what comes is known."""

import numpy as np
from scipy.ndimage import correlate

from jsolar.pictures.series import Data, Series
from jsolar.types import Rows

PAST, LEADS = (-12.0, -6.0, 0.0), (6.0, 12.0)
SIZE = 12


def series(
    n: int, *, seed: int, region: int = 0, noise: float = 0.0, fields: bool = True
) -> Series:
    """Random frames; what comes is 0.8 and 0.5 of the last, a pixel to the west at the second."""
    rng = np.random.default_rng(seed)
    past = rng.normal(0, 100, (n, 3, SIZE, SIZE)).astype(np.float32)
    west = np.zeros((3, 3))
    west[1, 0] = 0.5
    moved = np.stack([correlate(x, west, mode="constant") for x in past[:, -1]])
    true = np.stack([past[:, -1], 0.8 * past[:, -1], moved], axis=1)
    seen = true[:, 1:] + rng.normal(0, noise, (n, 2, SIZE, SIZE))
    group = region + np.arange(n) // 2
    time = np.datetime64("2100-01-01", "s") + np.timedelta64(10, "D") * (2 * region + np.arange(n))
    rows = Rows(np.array([f"r{seed}-{i}" for i in range(n)]), group, time)
    latitude = np.full(n, 20.0, np.float32)
    truth = true.astype(np.float32) if fields else None
    return Series(rows, past, seen.astype(np.float32), latitude, truth)


def data(**how) -> Data:
    splits = [series(24, seed=i, region=100 * i, **how) for i in range(3)]
    facts = {"name": "tiny", "synthetic": True, "degrees_per_pixel": 0.24}
    return Data(*splits, PAST, LEADS, facts)
