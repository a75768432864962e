"""The data of experiments on the whole disk: simulated on demand, or prepared from observations."""

import dataclasses
import pathlib
from typing import Any

from experiments.flare_data import facts, opened, prepare, sources
from jsolar.detect.examples import DiskData, disk_data


@dataclasses.dataclass(frozen=True)
class Disks:
    """Which disks, and what is asked of them.

    Attributes:
      data: ``synthetic``, or a prepared data set such as ``full_disk_regions/hmi-0123456789``.
      data_dir: where data sets are; TFDS's default if not given.
      rotations: simulated Suns, each watched for 27 days (synthetic data only), as all below but
        ``flares``.
      disks: pictures of each.
      size: pixels on a side.
      flares: GOES class; an event is a flare at least this large within 24 h.
    """

    data: str = "synthetic"
    data_dir: pathlib.Path | None = None
    rotations: int = 40
    disks: int = 27
    size: int = 256
    flares: str = "C1.0"


def load_disks(chosen: Disks, *, seed: int) -> DiskData:
    """Build the simulated data set that the config describes, or open a prepared one.

    Args:
      chosen: which data.
      seed: of the simulation.

    Returns:
      The splits.

    Raises:
      FileNotFoundError: the data set has not been prepared.
      ValueError: it tells no flares, or not such small ones.
      jsolar.data.audit.LeakError: its splits share rotations or windows.
    """
    prepared = opened(chosen, lambda: _simulate(chosen, seed=seed))
    return disk_data(sources(prepared), facts(prepared), flares=chosen.flares)


def _simulate(chosen: Disks, *, seed: int) -> Any:
    """The builder of the simulated data, prepared."""
    import tensorflow_datasets as tfds

    from jsolar.datasets.full_disk_regions.full_disk_regions_dataset_builder import builder
    from jsolar.datasets.full_disk_regions.synthetic import synthetic
    from jsolar.sun.simulate.disk import DiskConfig

    tfds.disable_progress_bar()  # the simulation shows its own
    config = synthetic(
        rotations=chosen.rotations,
        pictures=chosen.disks,
        disk=DiskConfig(size=chosen.size),
        seed=seed,
    )
    return prepare(builder(config, chosen.data_dir))
