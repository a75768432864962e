"""What simulated data sets share: regions that follow one another as the solar cycle has it."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
import tensorflow_datasets as tfds
from jaxtyping import Array, Float, Int, Key
from tqdm import tqdm

from jsolar.sun.simulate import SunConfig, cycle

FIRST_DAY = np.datetime64("2100-01-01T00:00:00", "s")
"""Simulated regions live in a century of which nobody has real data."""

CHUNK, SMALL_CHUNK = 80, 16
"""Regions simulated at once, in large data sets and in small ones; bounds the memory."""

FRACTIONS = (0.5, 0.2, 0.3)
"""Shares of the regions in the splits."""


@dataclasses.dataclass
class SimulatedConfig(tfds.core.BuilderConfig):
    """Regions that emerge over the years of a cycle.

    Attributes:
      regions: simulated regions, half of them for training, a fifth for validation.
      size: pixels on a side.
      degrees_per_pixel: scale of the pictures.
      years: time over which the regions follow one another, as the cycle has it.
      phase: of the solar cycle at the beginning: May 2010 in cycle 24, when HMI began.
      seed: of everything.
      sun: the parameters of the Sun.
    """

    regions: int = 2800
    size: int = 64
    degrees_per_pixel: float = 0.24
    years: float = 8.0
    phase: float = 0.13
    seed: int = 0
    sun: SunConfig = SunConfig()

    def facts(self) -> dict[str, Any]:
        """What a model must know of the pictures."""
        return {
            "synthetic": True,
            "size": self.size,
            "degrees_per_pixel": self.degrees_per_pixel,
            "sun": dataclasses.asdict(self.sun),
        }

    def wanted(self, split: int) -> Int[np.ndarray, "r"]:
        """The regions, from 0, that can fall into a split."""
        borders, starts = self.borders(), self.starts(np.arange(self.regions))
        reach = np.timedelta64(round(self.sun.steps * self.sun.step_hours * 3600), "s")
        begin = borders[split - 1] - reach if split else FIRST_DAY
        end = borders[split] if split < len(borders) else starts[-1] + reach
        return np.flatnonzero((starts >= begin) & (starts < end))

    def starts(self, index: np.ndarray) -> np.ndarray:
        """When regions emerge: as often as the phase of the cycle has it, to the minute."""
        phases, so_far = _emerged(self.phase, self.years)
        phase = np.interp(np.asarray(index) / self.regions, so_far, phases)
        minutes = np.round((phase - self.phase) * cycle.CYCLE_YEARS * 365.25 * 1440)
        return FIRST_DAY + minutes.astype("timedelta64[m]")

    def phases(self, start: np.ndarray) -> np.ndarray:
        """Phase of the cycle at some times."""
        years = (start - FIRST_DAY) / np.timedelta64(1, "s") / (365.25 * 86400)
        return self.phase + years / cycle.CYCLE_YEARS

    def borders(self) -> np.ndarray:
        """When validation and test begin."""
        cuts = np.round(np.cumsum(FRACTIONS)[:-1] * self.regions)
        return self.starts(cuts)

    def sources(self, index: np.ndarray) -> tuple[Key[Array, "r"], Float[np.ndarray, "r"]]:
        """Random keys and phases of the cycle that make some regions."""
        keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(self.seed), index)
        return keys, self.phases(self.starts(index)).astype(np.float32)


def chunks(
    index: Int[np.ndarray, "r"], *, regions: int, desc: str
) -> Iterator[tuple[Int[np.ndarray, "c"], Int[np.ndarray, "m"]]]:
    """Some regions of a data set, piece by piece, with a progress bar.

    Args:
      index: which.
      regions: of the whole data set; a piece is `CHUNK` of them, or `SMALL_CHUNK` if they are few.
      desc: of the progress bar.

    Yields:
      The regions of a piece, and the same padded to the size of all pieces of the data set, so
      that what works on them compiles once.

    Example:
      >>> [(len(c), len(m)) for c, m in chunks(np.arange(40), regions=100, desc="example")]
      [(16, 16), (16, 16), (8, 16)]
    """
    size = CHUNK if regions >= 5 * CHUNK else SMALL_CHUNK
    with tqdm(total=len(index), desc=desc, unit="region") as progress:
        for chunk in np.split(index, range(size, len(index), size)):
            yield chunk, np.resize(chunk, size)
            progress.update(len(chunk))


def seconds(hours: np.ndarray) -> np.ndarray:
    """Hours as whole seconds; a region that is never seen has an infinite record: NaT.

    Example:
      >>> seconds(np.array([0.5, np.inf])).tolist()
      [datetime.timedelta(seconds=1800), None]
    """
    finite = np.isfinite(hours)
    whole = np.round(np.where(finite, hours, 0.0) * 3600).astype("timedelta64[s]")
    return np.where(finite, whole, np.timedelta64("NaT", "s"))


def tell(name: str, value: Any, usual: Any) -> list[str]:
    """An option that is not the usual one, with its value; those of a group one by one.

    Example:
      >>> tell("regions", 60, 2800), tell("lead_hours", (6.0, 12.0), (12.0,))
      (['regions60'], ['lead_hours6_12'])
    """
    if value == usual:
        return []
    if isinstance(value, tuple):
        return [name + "_".join(f"{one:g}" for one in value)]
    if not dataclasses.is_dataclass(value):
        return [f"{name}{value}"]
    fields = vars(value).items()
    ordinary = {field.name: field.default for field in dataclasses.fields(value)}
    words = [t for n, v in fields for t in tell(n, v, ordinary[n])]
    return words if usual is not None else [name, *words]


def _emerged(phase: float, years: float) -> tuple[np.ndarray, np.ndarray]:
    """Phases of the cycle, and the share of all regions that has emerged by then."""
    phases = phase + np.linspace(0.0, years / cycle.CYCLE_YEARS, 4001)
    rate = np.asarray(cycle.activity(phases))
    so_far = np.concatenate([[0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]))])
    return phases, so_far / so_far[-1]
