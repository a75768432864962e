"""The config ``synthetic``: tracked series of simulated regions, and the field behind the noise."""

import dataclasses
import pathlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import numpy as np
import tensorflow_datasets as tfds
from jaxtyping import Array, Float, Key

from jsolar.data import splits
from jsolar.datasets.opened import SPLITS, Opened
from jsolar.datasets.region_evolution.features import series_features
from jsolar.datasets.region_evolution.synthetic_futures import Hours, Present, expected
from jsolar.datasets.simulated import SimulatedConfig, chunks, seconds, tell
from jsolar.sun.simulate import SunConfig
from jsolar.sun.simulate.sequences import Sequences, observe_sequences


@dataclasses.dataclass
class SyntheticConfig(SimulatedConfig):
    """Size and kind of a simulated data set; make one with `synthetic`.

    Attributes:
      regions: see `SimulatedConfig`.
      sequences: issue times per region.
      past_hours: of the frames until the issue time, relative to it; the last is 0.
      lead_hours: of the frames after it.
    """

    regions: int = 2400
    sequences: int = 2
    past_hours: Hours = (-12.0, -6.0, 0.0)
    lead_hours: Hours = (6.0, 12.0, 24.0, 48.0)

    def features(self) -> tfds.features.FeaturesDict:
        """See `series_features`."""
        past, future = len(self.past_hours), len(self.lead_hours)
        return series_features(size=self.size, past=past, future=future, simulated=True)

    def facts(self) -> dict[str, Any]:
        """What a model must know of the frames."""
        hours = {"past_hours": self.past_hours, "lead_hours": self.lead_hours}
        return super().facts() | {name: list(told) for name, told in hours.items()}

    def open(self, manual: Callable[[], pathlib.Path]) -> Opened:
        """Nothing is to be read."""
        del manual
        return Opened({}, "", self.examples, [], [])

    def examples(self, split: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Simulate the regions that can fall into a split, and yield those series that do.

        A series that reaches beyond the border of its split is left out.
        """
        borders, reach = self.borders(), self.lead_hours[-1]
        wanted, desc = self.wanted(split), f"simulating {SPLITS[split]}"
        how = (self.lead_hours, self.size, self.degrees_per_pixel, self.sun)
        for chunk, padded in chunks(wanted, regions=self.regions, desc=desc):
            rows, present = self._rows(chunk, padded)
            region, time = rows["region"], rows.pop("time")
            number = splits.by_time(region, time, borders, window_hours=reach)
            mine = np.flatnonzero(number == split)
            scored = mine if split == len(borders) else mine[:0]  # it takes a while
            rows["expected"] = expected(present, scored, *how)
            for i in mine:
                yield rows["id"][i], {name: column[i] for name, column in rows.items()}

    def _rows(self, chunk: np.ndarray, padded: np.ndarray) -> tuple[dict[str, np.ndarray], Present]:
        """All series of some regions and the present of each; simulated are those of ``padded``."""
        offsets = self.past_hours + self.lead_hours
        how = (self.sequences, offsets, self.size, self.degrees_per_pixel, self.sun)
        table = jax.device_get(_simulate(*self.sources(padded), *how))
        r, s = np.nonzero(table.valid[: len(chunk)])
        time = self.starts(chunk)[r] + seconds(table.hours[r, s])
        region, now = chunk[r] + 1, len(self.past_hours) - 1
        rows = {
            "id": np.array([f"simulated-{n:06d}-{t}" for n, t in zip(region, time, strict=True)]),
            "past": table.frames[r, s, : now + 1],
            "future": table.frames[r, s, now + 1 :],
            "fields": table.fields[r, s, now:],
            "region": region,
            "group": region,
            "noaa_regions": np.full(len(r), ""),
            "time": time,
            "issue_time": time.astype(np.int64),
            "latitude_deg": table.latitude_deg[r, s],
            "longitude_deg": table.longitude_deg[r, s],
        }
        present = Present(table.future_key, table.states, table.middle_mm)
        return rows, jax.tree.map(lambda x: x[r, s], present)


def synthetic(
    *,
    regions: int = 2400,
    sequences: int = 2,
    past_hours: Hours = (-12.0, -6.0, 0.0),
    lead_hours: Hours = (6.0, 12.0, 24.0, 48.0),
    size: int = 64,
    degrees_per_pixel: float = 0.24,
    seed: int = 0,
    sun: SunConfig = SunConfig(),
) -> SyntheticConfig:
    """Simulated active regions, tracked from hours before an issue time to days after it.

    Args:
      regions: half of them for training, a fifth for validation, the rest for test.
      sequences: issue times per region.
      past_hours: of the frames until the issue time, relative to it; the last is 0.
      lead_hours: of the frames after it.
      size: pixels on a side.
      degrees_per_pixel: scale; 0.12° is 1.46 Mm.
      seed: of everything.
      sun: the parameters of the Sun.

    Returns:
      A config whose name tells what differs from the default.

    Raises:
      ValueError: hours are out of order.

    Example:
      >>> synthetic(regions=60, lead_hours=(12.0,)).name
      'synthetic-regions60-lead_hours12'
    """
    options: dict[str, Any] = {
        "regions": regions,
        "sequences": sequences,
        "past_hours": tuple(past_hours),
        "lead_hours": tuple(lead_hours),
        "size": size,
        "degrees_per_pixel": degrees_per_pixel,
        "seed": seed,
        "sun": sun,
    }
    in_order(options["past_hours"], options["lead_hours"])
    usual = {field.name: field.default for field in dataclasses.fields(SyntheticConfig)}
    differ = [text for name, value in options.items() for text in tell(name, value, usual[name])]
    return SyntheticConfig(
        name="-".join(["synthetic", *differ]),
        description="tracked series of simulated active regions (no observation)",
        **options,
    )


def in_order(past_hours: Hours, lead_hours: Hours) -> None:
    """Raise ValueError unless hours rise to 0 at the issue time, and on from there."""
    if not past_hours or past_hours[-1] != 0 or sorted(set(past_hours)) != list(past_hours):
        raise ValueError(f"past_hours {past_hours} must rise and end with 0, the issue time")
    if not lead_hours or lead_hours[0] <= 0 or sorted(set(lead_hours)) != list(lead_hours):
        raise ValueError(f"lead_hours {lead_hours} must be positive and rise")


@partial(jax.jit, static_argnums=(2, 3, 4, 5, 6))
def _simulate(
    keys: Key[Array, "r"],
    phases: Float[Array, "r"],
    sequences: int,
    offsets_hours: Hours,
    size: int,
    degrees_per_pixel: float,
    sun: SunConfig,
) -> Sequences:
    """Series of many regions."""

    def one(key: Key[Array, ""], phase: Float[Array, ""]) -> Sequences:
        return observe_sequences(
            key,
            count=sequences,
            offsets_hours=offsets_hours,
            size=size,
            degrees_per_pixel=degrees_per_pixel,
            phase=phase,
            config=sun,
        )

    return jax.vmap(one)(keys, phases)
