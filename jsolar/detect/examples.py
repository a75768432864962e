"""Pictures of the whole disk with their regions, as detectors learn from them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Bool, Float
from tqdm import tqdm

from jsolar.data import audit
from jsolar.losses.detection import UNKNOWN
from jsolar.models.mask_rcnn.targets import Objects
from jsolar.sun.conventions import FLARE_CLASSES, FORECAST_LONGITUDE_DEG
from jsolar.sun.flares.catalogue import goes_flux
from jsolar.sun.flares.labels import WindowLabel, event
from jsolar.sun.sphere import Frame
from jsolar.types import Rows

QUIET, FLARING = 1, 2
"""Classes of regions, of which there are `CLASSES`."""

CLASSES = 2


class DiskInputs(NamedTuple):
    """All that is known of b disks.

    Attributes:
      image: line-of-sight field, gauss; NaN beside the disk.
      observer_latitude_deg: B0.
    """

    image: Float[np.ndarray | Array, "b h w 1"]
    observer_latitude_deg: Float[np.ndarray | Array, "b"]


class Regions(NamedTuple):
    """The m regions of a disk, the largest first.

    Attributes:
      boxes: ``[left, low, right, high]``, pixels.
      packed: masks, eight pixels a byte; see `masks`.
      happened: whether a flare of the class in question follows within 24 h.
      known: whether anybody knows.
      longitude_deg: Stonyhurst.
      true_probability: of such a flare; NaN where it is not known.
    """

    boxes: Float[np.ndarray, "m 4"]
    packed: np.ndarray
    happened: Bool[np.ndarray, "m"]
    known: Bool[np.ndarray, "m"]
    longitude_deg: Float[np.ndarray, "m"]
    true_probability: Float[np.ndarray, "m"]

    def masks(self, size: int) -> Bool[np.ndarray, "m h w"]:
        """The pixels of each, in a picture with so many on a side."""
        return np.unpackbits(self.packed, axis=-1, count=size).astype(bool)

    @property
    def judged(self) -> Bool[np.ndarray, "m"]:
        """Near enough to the meridian to be forecast, and with a known outcome."""
        return self.known & (np.abs(self.longitude_deg) <= FORECAST_LONGITUDE_DEG)


class Disks(NamedTuple):
    """n pictures, in order of time; `jsolar.types.take` gives some of them.

    Attributes:
      rows: who they are; the group is the rotation of the Sun.
      inputs: what is seen.
      regions: ``[n]``, the `Regions` of each.
    """

    rows: Rows
    inputs: DiskInputs
    regions: np.ndarray


class DiskData(NamedTuple):
    """Three splits and what is known about them.

    Attributes:
      train, validation, test: pictures.
      frame: where their pixels lie.
      event: that is forecast, e.g. "≥C1.0".
      facts: name and version of the data set, whether it is ``synthetic``.
    """

    train: Disks
    validation: Disks
    test: Disks
    frame: Frame
    event: str
    facts: Mapping[str, Any]

    @property
    def synthetic(self) -> bool:
        """Whether the data are simulated, which is then said everywhere."""
        return bool(self.facts.get("synthetic", False))


def disk_data(sources: Mapping[str, Any], facts: Mapping[str, Any], *, flares: str) -> DiskData:
    """The data set ``full_disk_regions`` with flares, in memory.

    Args:
      sources: ``tfds.data_source(…)`` of each split.
      facts: the data set's metadata.
      flares: GOES class from which on they count.

    Returns:
      Three splits that share no rotation.

    Raises:
      ValueError: the data set has no flares, or its list is complete only from larger ones on.
      jsolar.data.audit.LeakError: splits share rotations or windows.
    """
    splits = {
        name: read_disks(source, flares=flares, name=name) for name, source in sources.items()
    }
    audit.check_splits({name: disks.rows for name, disks in splits.items()})
    frame = Frame(int(facts["size"]), float(facts["radius"]))
    return DiskData(**splits, frame=frame, event=f"≥{flares}", facts=facts)


def read_disks(source: Any, *, flares: str, name: str = "disks") -> Disks:
    """One split of the data set, in memory.

    Args:
      source: ``tfds.data_source("full_disk_regions/…", split=…)``.
      flares: GOES class from which on they count.
      name: of the split, for the progress bar.

    Returns:
      The pictures.

    Raises:
      ValueError: see `disk_data`.
    """
    if "flux_w_m2" not in source[0]:
        raise ValueError("the data set tells no flares: take full_disk_regions/synthetic or /hmi")
    n = len(source)
    regions = np.empty(n, object)
    image = np.empty((n, *source[0]["image"].shape), np.float32)
    told: list[tuple[str, int, int, float]] = []
    for i in tqdm(range(n), desc=f"reading {name}", leave=False):
        example = source[i]
        image[i], regions[i] = example["image"], _regions(example, flares)
        told.append(
            (
                str(np.asarray(example["id"]).astype(str)),
                int(example["group"]),
                int(example["issue_time"]),
                float(example["observer_latitude_deg"]),
            )
        )
    who, group, time, b0 = map(np.array, zip(*told, strict=True))
    order = np.argsort(time, kind="stable")
    rows = Rows(who[order], group[order], time[order].astype("datetime64[s]"))
    return Disks(rows, DiskInputs(image[order], b0[order].astype(np.float32)), regions[order])


def pooled(parts: Sequence[Disks]) -> Disks:
    """The pictures of several splits, one after the other."""
    whole: Disks = jax.tree.map(lambda *columns: np.concatenate(columns), *parts)
    return whole


class ObjectColumn:
    """What is in the pictures, padded when rows are asked for.

    It stands wherever an array ``[n, ...]`` is indexed by rows, see `jsolar.data.batches`: the
    masks of a batch are unpacked as it is made.

    Args:
      regions: of n pictures.
      size: pixels on a side of a picture.
      room: for regions; the largest are kept.
    """

    def __init__(self, regions: np.ndarray, size: int, room: int):
        self._regions, self._size, self._room = regions, size, room

    def __len__(self) -> int:
        return len(self._regions)

    def __getitem__(self, rows: Any) -> Objects:
        regions = self._regions[rows]
        b, m, size = len(regions), self._room, self._size
        objects = Objects(
            np.zeros((b, m, 4), np.float32),
            np.zeros((b, m), np.int32),
            np.zeros((b, m, size, size), bool),
            np.zeros((b, m), bool),
        )
        for i, one in enumerate(regions):
            count = min(m, len(one.boxes))
            kind = np.where(one.known, np.where(one.happened, FLARING, QUIET), UNKNOWN)
            objects.boxes[i, :count] = one.boxes[:count]
            objects.classes[i, :count] = kind[:count]
            objects.masks[i, :count] = one.masks(size)[:count]
            objects.present[i, :count] = True
        return objects


def _regions(example: Mapping[str, Any], flares: str) -> Regions:
    masks = example["masks"]
    label = WindowLabel(
        example["flux_w_m2"],
        example["unattributed_flux_w_m2"],
        example["complete"],
        float(example["floor_w_m2"]),
    )
    happened, known = map(np.asarray, event(label, goes_flux(flares)))
    likely = np.full(len(masks), np.nan, np.float32)
    if flares in FLARE_CLASSES:
        likely = example["true_probability"][:, FLARE_CLASSES.index(flares)]
    columns = (
        example["boxes"],
        np.packbits(masks, axis=-1),
        happened,
        known,
        example["longitude_deg"],
        likely,
    )
    order = np.argsort(-masks.sum((1, 2)), kind="stable")
    return Regions(*(column[order] for column in columns))
