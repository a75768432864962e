"""The other way to a forecast: regions are found first, and a CNN then looks at each."""

import dataclasses
import pathlib
from collections.abc import Sequence

import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.data.augment import solar_symmetries
from jsolar.data.normalise import fit_pictures
from jsolar.detect.examples import DiskInputs, Disks
from jsolar.detect.findings import Finding
from jsolar.forecast.examples import Examples
from jsolar.forecast.methods import Forecaster
from jsolar.forecast.methods.neural import neural
from jsolar.losses.events import cross_entropy
from jsolar.models.cnn import CNNConfig
from jsolar.sun.sphere import Frame, sphere
from jsolar.train.config import TrainConfig
from jsolar.types import Events, Rows
from jsolar.verify.events.calibration import log_odds

SMALLEST_MU = 0.1
"""Nearer to the limb the field is not divided by a smaller μ."""


@dataclasses.dataclass(frozen=True, eq=False)
class PatchForecaster:
    """A CNN that looks at the patch of a region.

    Attributes:
      forecaster: from patches to probabilities.
      frame: of the disks.
      patch: pixels on a side of a patch.
    """

    forecaster: Forecaster
    frame: Frame
    patch: int

    def __call__(self, inputs: DiskInputs, findings: Sequence[Finding]) -> list[Finding]:
        """The regions that somebody found, with the CNN's log-odds as evidence."""
        counts = [len(one.boxes) for one in findings]
        if not sum(counts):
            return list(findings)
        boxes = [one.boxes for one in findings]
        image = patches(inputs, boxes, self.frame, size=self.patch)
        odds = np.asarray(log_odds(self.forecaster({"image": image})[:, 0]), float)
        parts = np.split(odds, np.cumsum(counts)[:-1])
        each = zip(findings, parts, strict=True)
        return [one._replace(evidence=part) for one, part in each]


def train_patches(
    key: Key[Array, ""],
    train: Disks,
    validation: Disks,
    *,
    frame: Frame,
    patch: int,
    network: CNNConfig,
    config: TrainConfig,
    folder: pathlib.Path,
) -> PatchForecaster:
    """Train the CNN of ``flare_cnn`` on the true regions of disks.

    Args:
      key: the run's.
      train: disks to learn from.
      validation: disks by which the best parameters are chosen.
      frame: of both.
      patch: pixels on a side of a patch.
      network: config of the CNN.
      config: how to train.
      folder: see `jsolar.train.fit.fit`.

    Returns:
      What forecasts regions that anybody finds.
    """
    method = neural(
        network,
        reads="image",
        fit_normaliser=fit_pictures,
        loss=cross_entropy(),
        config=config,
        folder=folder,
        augment=solar_symmetries,
    )
    examples = [patch_examples(disks, frame, size=patch) for disks in (train, validation)]
    return PatchForecaster(method.fit(key, *examples), frame, patch)


def patch_examples(disks: Disks, frame: Frame, *, size: int) -> Examples:
    """The regions that are judged, one by one, with their patch as input ``image``."""
    chosen = [one.judged for one in disks.regions]
    boxes = [one.boxes[which] for one, which in zip(disks.regions, chosen, strict=True)]
    counts = [len(some) for some in boxes]
    names = [
        f"{name}-{i}"
        for name, which in zip(disks.rows.id, chosen, strict=True)
        for i in np.flatnonzero(which)
    ]
    happened = [one.happened[which] for one, which in zip(disks.regions, chosen, strict=True)]
    events = np.concatenate(happened)[:, None]
    rows = Rows(
        np.array(names), np.repeat(disks.rows.group, counts), np.repeat(disks.rows.time, counts)
    )
    image = patches(disks.inputs, boxes, frame, size=size)
    return Examples(rows, {"image": image}, Events(events, np.ones_like(events)))


def patches(
    inputs: DiskInputs,
    boxes: Sequence[Float[np.ndarray, "_ 4"]],
    frame: Frame,
    *,
    size: int,
) -> Float[np.ndarray, "r size size 1"]:
    """The radial field B_los / μ within each box, gauss; 0 beside it, so that no neighbour is seen.

    Args:
      inputs: the disks.
      boxes: in each.
      frame: of the disks.
      size: pixels on a side; what of a box is larger is cut off.

    Returns:
      One patch for each box of all disks, with the middle of the box in its own.

    Example:
      >>> disk = DiskInputs(np.full((1, 32, 32, 1), 50.0, np.float32), np.zeros(1, np.float32))
      >>> seen = patches(disk, [np.array([[14.0, 15.0, 18.0, 17.0]])], Frame(32), size=8)
      >>> (seen[0, ..., 0] > 49).sum(0).tolist(), float(seen.max().round())
      ([0, 0, 2, 2, 2, 2, 0, 0], 50.0)
    """
    mu = np.maximum(sphere(frame, 0.0).mu, SMALLEST_MU)  # whatever B0 is
    parts = [np.zeros((0, size, size, 1), np.float32)]
    for image, some in zip(inputs.image, boxes, strict=True):
        if len(some):
            radial = np.nan_to_num(image[..., 0] / mu)
            parts.append(np.stack([_patch(radial, box, size) for box in some])[..., None])
    return np.concatenate(parts)


def _patch(
    field: Float[np.ndarray, "h w"], box: Float[np.ndarray, "4"], size: int
) -> Float[np.ndarray, "size size"]:
    edges = np.rint(np.clip(box, 0, field.shape[0])).astype(int)
    left, low, right, high = edges.tolist()
    first = [(low + high - size) // 2, (left + right - size) // 2]  # of the patch, in the field
    rows, columns = (
        slice(max(begin, start), min(end, start + size))
        for begin, end, start in ((low, high, first[0]), (left, right, first[1]))
    )
    patch = np.zeros((size, size), np.float32)
    inside = field[rows, columns]
    row, column = rows.start - first[0], columns.start - first[1]
    patch[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
    return patch
