"""Pictures with random objects and detections: crowds, ties, empty ones, absent classes."""

import numpy as np

from jsolar.sun.fields.masks import tight_boxes
from jsolar.verify.boxes.pictures import Found, Picture, There

SIDE = 160


def blobs(rng: np.random.Generator, count: int, side: int = SIDE) -> np.ndarray:
    """Ellipses from a few pixels to most of the picture."""
    y, x = np.mgrid[:side, :side]
    masks = np.zeros((count, side, side), bool)
    for mask in masks:
        row, column = rng.uniform(0, side, 2)
        high, wide = np.exp(rng.uniform(np.log(3), np.log(60), 2))
        mask[:] = ((y - row) / high) ** 2 + ((x - column) / wide) ** 2 < 1
        mask[int(min(row, side - 1)), int(min(column, side - 1))] = True
    return masks


def moved(rng: np.random.Generator, masks: np.ndarray) -> np.ndarray:
    """The same a few pixels away, with a part cut off."""
    shift = rng.integers(-4, 5, (len(masks), 2))
    rolled = [np.roll(mask, tuple(s), (0, 1)) for mask, s in zip(masks, shift, strict=True)]
    for mask in rolled:
        rows = np.flatnonzero(mask.any(1))
        if len(rows) > 3:
            mask[rows[: rng.integers(0, len(rows) // 2)]] = False
    return np.array(rolled, bool).reshape(masks.shape)


def picture(rng: np.random.Generator, classes: int = 3) -> Picture:
    """Up to eight objects, most of which are found, and some that are not there."""
    there = blobs(rng, int(rng.integers(0, 9)))
    kinds = rng.integers(1, classes + 1, len(there))
    hit = rng.random(len(there)) < 0.8
    twice = np.flatnonzero(hit & (rng.random(len(there)) < 0.2))
    which = np.concatenate([np.flatnonzero(hit), twice]).astype(int)
    found = np.concatenate([moved(rng, there[which]), blobs(rng, int(rng.integers(0, 5)))])
    guessed = np.concatenate([kinds[which], rng.integers(1, classes + 1, len(found) - len(which))])
    scores = rng.integers(1, 8, len(found)) / 8  # ties
    return Picture(
        There(tight_boxes(there).astype(float), there, kinds, rng.random(len(there)) < 0.15),
        Found(tight_boxes(found).astype(float), found, guessed, scores),
    )
