"""The data of experiments on growing regions: simulated on demand, or prepared from real SHARPs."""

import dataclasses
import pathlib
from typing import Any

from experiments.flare_data import facts, opened, prepare, sources
from jsolar.pictures.series import Data, checked, series


@dataclasses.dataclass(frozen=True)
class Frames:
    """Which series of regions.

    Attributes:
      data: ``synthetic``, or a prepared data set such as ``region_evolution/sharp-0123456789``.
      data_dir: where data sets are; TFDS's default if not given.
      regions: simulated regions (synthetic data only), as all below but ``in_memory``.
      sequences: issue times per region.
      past_hours: of the frames until the issue time, relative to it; the last is 0.
      lead_hours: of the frames after it.
      size: pixels on a side.
      degrees_per_pixel: scale; 0.12° is 1.46 Mm.
      in_memory: whether all frames are held in memory or read as they are needed.
    """

    data: str = "synthetic"
    data_dir: pathlib.Path | None = None
    regions: int = 2400
    sequences: int = 2
    past_hours: tuple[float, ...] = (-12.0, -6.0, 0.0)
    lead_hours: tuple[float, ...] = (6.0, 12.0, 24.0, 48.0)
    size: int = 64
    degrees_per_pixel: float = 0.24
    in_memory: bool = True


def load_frames(chosen: Frames, *, seed: int) -> Data:
    """Build the simulated data set that the config describes, or open a prepared one.

    Args:
      chosen: which data.
      seed: of the simulation.

    Returns:
      The splits.

    Raises:
      FileNotFoundError: the data set has not been prepared.
      jsolar.data.audit.LeakError: its splits share regions or times.
    """
    prepared = opened(chosen, lambda: _simulate(chosen, seed=seed))
    about = facts(prepared)
    splits = {
        name: series(source, in_memory=chosen.in_memory)
        for name, source in sources(prepared).items()
    }
    past, lead = (tuple(map(float, about[name])) for name in ("past_hours", "lead_hours"))
    return checked(Data(**splits, past_hours=past, lead_hours=lead, facts=about))


def _simulate(chosen: Frames, *, seed: int) -> Any:
    """The builder of the simulated data, prepared."""
    import tensorflow_datasets as tfds

    from jsolar.datasets.region_evolution.region_evolution_dataset_builder import builder
    from jsolar.datasets.region_evolution.synthetic import synthetic

    tfds.disable_progress_bar()  # the simulation shows its own
    options = dataclasses.asdict(chosen)
    for name in ("data", "data_dir", "in_memory"):
        options.pop(name)
    return prepare(builder(synthetic(**options, seed=seed), chosen.data_dir))
