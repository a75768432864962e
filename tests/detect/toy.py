"""Disks with round regions whose flares depend on their size: no Sun, but quick."""

from typing import Any

import numpy as np

from jsolar.detect.examples import DiskData, disk_data
from jsolar.sun.fields.masks import tight_boxes

SIZE = 64

PROBABILITY = {3: 0.1, 5: 0.4, 8: 0.8}
"""Of a flare, by radius in pixels."""

FACTS = {"synthetic": True, "size": SIZE, "radius": 0.94, "name": "toy"}


def example(rng: np.random.Generator, number: int, group: int) -> dict[str, Any]:
    """One disk with up to four bipolar regions that do not touch."""
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    disk = np.hypot(x - SIZE / 2, y - SIZE / 2) < 0.47 * SIZE
    image = np.where(disk, rng.normal(0, 5, disk.shape), np.nan).astype(np.float32)
    corners = [(20, 20), (20, 44), (44, 20), (44, 44)]
    places = [corners[i] for i in rng.permutation(4)[: rng.integers(1, 5)]]
    radii = rng.choice(list(PROBABILITY), len(places))
    masks = np.array(
        [np.hypot(x - b, y - a) < radius for (a, b), radius in zip(places, radii, strict=True)]
    )
    for mask, (_, b) in zip(masks, places, strict=True):
        image[mask] = np.where(x[mask] < b, 300.0, -300.0)
    p = np.array([PROBABILITY[radius] for radius in radii])
    happened = rng.random(len(p)) < p
    count = len(p)
    return {
        "id": f"disk-{number:04d}".encode(),
        "group": group,
        "issue_time": 86400 * number + 864000 * 1000 * group,
        "image": image[..., None],
        "observer_latitude_deg": np.float32(0.0),
        "masks": masks,
        "boxes": tight_boxes(masks).astype(np.float32),
        "longitude_deg": np.array([(b - SIZE / 2) * 2.0 for _, b in places], np.float32),
        "flux_w_m2": np.where(happened, 2e-6, 0.0),
        "unattributed_flux_w_m2": np.zeros(count),
        "complete": np.ones(count, bool),
        "floor_w_m2": 1e-6,
        "true_probability": np.repeat(p[:, None], 3, 1).astype(np.float32),
    }


def split(seed: int, *, first: int, rotations: int, disks: int = 4) -> list[dict[str, Any]]:
    """A list that stands for a data source."""
    rng = np.random.default_rng(seed)
    return [
        example(rng, number, first + number // disks)
        for number in range(first * disks, (first + rotations) * disks)
    ]


def toy(*, rotations: int = 12, disks: int = 4) -> DiskData:
    """Three splits of so many rotations each."""
    sources = {
        name: split(i, first=i * rotations, rotations=rotations, disks=disks)
        for i, name in enumerate(("train", "validation", "test"))
    }
    return disk_data(sources, FACTS, flares="C1.0")
