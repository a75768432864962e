"""The config ``synthetic``: pictures of simulated regions, with the true flare probability."""

import dataclasses
import functools
import pathlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import tensorflow_datasets as tfds
from jaxtyping import Array, Float, Key

from jsolar.data import splits
from jsolar.datasets.solar_flares.features import SPLITS, picture_features
from jsolar.datasets.solar_flares.opened import Opened, window_outcomes
from jsolar.datasets.solar_flares.synthetic_flares import (
    FIRST_DAY,
    catalogue,
    check_room,
    chunks,
    seconds,
    whole_catalogue,
)
from jsolar.datasets.solar_flares.synthetic_futures import Present, state_probabilities
from jsolar.sun.conventions import FLARE_CLASSES
from jsolar.sun.fields.keywords import patch_keywords
from jsolar.sun.flares import labels
from jsolar.sun.flares.catalogue import FlareList, goes_flux
from jsolar.sun.flares.faults import CatalogueFaults, OnDisk, with_faults
from jsolar.sun.simulate import SunConfig, cos_heliocentric, cycle
from jsolar.sun.simulate.packed import pack, packed_length
from jsolar.sun.simulate.windows import Windows, observe_windows

FRACTIONS = (0.5, 0.2, 0.3)
"""Shares of the regions in the splits."""


@dataclasses.dataclass
class SyntheticConfig(tfds.core.BuilderConfig):
    """Size and kind of a simulated data set; make one with `synthetic`.

    Attributes:
      regions: simulated regions, half of them for training, a fifth for validation.
      windows: issue times per region, random within 70° of the central meridian.
      size: pixels on a side.
      degrees_per_pixel: scale of the pictures.
      pictures: ``stored``, or ``rendered`` from stored scenes when they are read: 4 kB instead
        of 65 kB for a picture of 128².
      years: time over which the regions follow one another, as the cycle has it.
      phase: of the solar cycle at the beginning: May 2010 in cycle 24, when HMI began.
      seed: of everything.
      faults: those of the flare list; None: it is right. The truth remains that of the Sun, and
        rows have the same ``id`` with and without.
      sun: the parameters of the Sun.
    """

    regions: int = 2800
    windows: int = 4
    size: int = 64
    degrees_per_pixel: float = 0.24
    pictures: str = "stored"
    years: float = 8.0
    phase: float = 0.13
    seed: int = 0
    faults: CatalogueFaults | None = None
    sun: SunConfig = SunConfig()

    def features(self) -> tfds.features.FeaturesDict:
        """See `picture_features`."""
        scene = packed_length(self.sun) if self.pictures == "rendered" else None
        return picture_features(self.size, scene=scene)

    def facts(self) -> dict[str, Any]:
        """What a model must know of the pictures."""
        return {
            "synthetic": True,
            "size": self.size,
            "degrees_per_pixel": self.degrees_per_pixel,
            "faults": self.faults and dataclasses.asdict(self.faults),
            "sun": dataclasses.asdict(self.sun),
        }

    def open(self, manual: Callable[[], pathlib.Path]) -> Opened:
        """Nothing is to be read."""
        del manual
        return Opened({}, "", self.examples, [], [])

    def outcomes(self, example: dict[str, Any]) -> dict[str, str | None]:
        """See `window_outcomes`."""
        return window_outcomes(example)

    def examples(self, split: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Simulate the regions that can fall into a split, and yield those rows that do."""
        borders = self.borders()
        reach = np.timedelta64(round(self.sun.steps * self.sun.step_hours * 3600), "s")
        starts = self.starts(np.arange(self.regions))
        begin = borders[split - 1] - reach if split else FIRST_DAY
        end = borders[split] if split < len(borders) else starts[-1] + reach
        wanted = np.flatnonzero((starts >= begin) & (starts < end))
        desc = f"simulating {SPLITS[split]}"
        for chunk, padded in chunks(wanted, regions=self.regions, desc=desc):
            rows, present = self._rows(chunk, padded)
            mine = np.flatnonzero(splits.by_time(rows["region"], rows["time"], borders) == split)
            scored = mine[:0] if split == 0 else mine  # nothing is learnt from what is unknowable
            rows["state_probability"] = state_probabilities(present, scored, self.sun)
            for i in mine:
                yield rows["id"][i], {k: v[i] for k, v in rows.items() if k != "time"}

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

    def flares(self) -> tuple[FlareList, OnDisk]:
        """All flares as they were, whatever the faults, and when the regions were on the disk.

        All regions are simulated for it once more, without pictures.
        """
        index = np.arange(self.regions)
        return whole_catalogue(*self._sources(index), self.starts(index), sun=self.sun)

    def _sources(self, index: np.ndarray) -> tuple[Key[Array, "r"], Float[np.ndarray, "r"]]:
        """Random keys and phases of the cycle that make some regions."""
        keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(self.seed), index)
        return keys, self.phases(self.starts(index)).astype(np.float32)

    @functools.cached_property
    def _faulty(self) -> FlareList | None:
        """The list of all regions as it is told, if it has faults."""
        if self.faults is None:
            return None
        flares, on_disk = self.flares()
        return with_faults(flares, self.faults, on_disk=on_disk, seed=self.seed)

    def _rows(self, chunk: np.ndarray, padded: np.ndarray) -> tuple[dict[str, np.ndarray], Present]:
        """All rows of some regions, and the present of each; simulated are those of ``padded``."""
        keys, phases = self._sources(padded)
        how = (self.windows, self.size, self.degrees_per_pixel, self.sun)
        table, keywords = jax.device_get(_simulate(keys, phases, *how))
        table, keywords = jax.tree.map(lambda x: x[: len(chunk)], (table, keywords))
        start = self.starts(chunk)
        events = check_room(table.flares, table.flares_complete)
        flares = self._faulty or catalogue(events, chunk + 1, start)
        r, w = np.nonzero(table.valid)
        time = start[r] + seconds(table.hours[r, w])
        records = {
            "record_begin": (start + seconds(table.record_begin_hours))[r],
            "record_end": (start + seconds(table.record_end_hours))[r],
        }
        region = chunk[r] + 1
        after = labels.label_windows(flares, region, *labels.after(time), **records)
        before = labels.label_windows(flares, region, *labels.before(time), **records)
        rows = {
            "id": np.array([f"simulated-{n:06d}-{t}" for n, t in zip(region, time, strict=True)]),
            **self._shown(table, r, w),
            "keywords": keywords[r, w],
            "region": region,
            "group": region,
            "noaa_regions": np.full(len(r), ""),
            "time": time,
            "issue_time": time.astype(np.int64),
            "latitude_deg": table.latitude_deg[r, w],
            "longitude_deg": table.longitude_deg[r, w],
            "flux_share": np.full(len(r), np.nan, np.float32),
            "flux_w_m2": after.flux_w_m2,
            "unattributed_flux_w_m2": after.unattributed_flux_w_m2,
            "placed_flux_w_m2": np.zeros(len(r)),
            "complete": after.complete,
            "previous_flux_w_m2": before.flux_w_m2,
            "previous_unattributed_flux_w_m2": before.unattributed_flux_w_m2,
            "previous_complete": before.complete,
            "floor_w_m2": np.full(len(r), flares.source.floor_w_m2),
            "true_probability": table.true_probability[r, w],
        }
        return rows, jax.tree.map(lambda x: x[r, w], Present(table.future_key, table.states))

    def _shown(self, table: Windows, r: np.ndarray, w: np.ndarray) -> dict[str, np.ndarray]:
        """The pictures, or what they are rendered from."""
        if self.pictures == "stored":
            return {"image": np.asarray(table.frames[r, w])[..., None]}
        scenes = jax.vmap(pack)(jax.tree.map(lambda leaf: leaf[r, w], table.scenes))
        return {"scene": np.asarray(scenes), "picture_key": np.asarray(table.picture_key[r, w])}


def synthetic(
    *,
    regions: int = 2800,
    windows: int = 4,
    size: int = 64,
    degrees_per_pixel: float = 0.24,
    pictures: str = "stored",
    seed: int = 0,
    faults: CatalogueFaults | None = None,
    sun: SunConfig = SunConfig(),
) -> SyntheticConfig:
    """Simulated active regions with the true probability of every flare.

    Args:
      regions: half of them for training, a fifth for validation, the rest for test.
      windows: issue times per region.
      size: pixels on a side.
      degrees_per_pixel: scale; 0.12° is 1.46 Mm at disk centre.
      pictures: ``stored``, or ``rendered`` when they are read, see `SyntheticConfig`.
      seed: of everything.
      faults: of the flare list; None: it is right.
      sun: the parameters of the Sun.

    Returns:
      A config whose name tells what differs from the default, so that no two data sets share a
      folder: ``"synthetic"``, or e.g. ``"synthetic-regions60-size32"``.

    Raises:
      ValueError: ``pictures`` is neither.

    Example:
      >>> synthetic(regions=60, size=32).name
      'synthetic-regions60-size32'
    """
    if pictures not in ("stored", "rendered"):
        raise ValueError(f"pictures must be 'stored' or 'rendered', not {pictures!r}")
    options: dict[str, Any] = {
        "regions": regions,
        "windows": windows,
        "size": size,
        "degrees_per_pixel": degrees_per_pixel,
        "pictures": pictures,
        "seed": seed,
        "faults": faults,
        "sun": sun,
    }
    usual = {field.name: field.default for field in dataclasses.fields(SyntheticConfig)}
    differ = [text for name, value in options.items() for text in _tell(name, value, usual[name])]
    return SyntheticConfig(
        name="-".join(["synthetic", *differ]),
        description="simulated active regions (no observation), with the true flare probability",
        **options,
    )


def _tell(name: str, value: Any, usual: Any) -> list[str]:
    """An option that is not the usual one, with its value; those of a group one by one."""
    if value == usual:
        return []
    if not dataclasses.is_dataclass(value):
        return [f"{name}{value}"]
    fields = vars(value).items()
    ordinary = {field.name: field.default for field in dataclasses.fields(value)}
    words = [t for n, v in fields for t in _tell(n, v, ordinary[n])]
    return words if usual is not None else [name, *words]


def _emerged(phase: float, years: float) -> tuple[np.ndarray, np.ndarray]:
    """Phases of the cycle, and the share of all regions that has emerged by then."""
    phases = phase + np.linspace(0.0, years / cycle.CYCLE_YEARS, 4001)
    rate = np.asarray(cycle.activity(phases))
    so_far = np.concatenate([[0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]))])
    return phases, so_far / so_far[-1]


@partial(jax.jit, static_argnums=(2, 3, 4, 5))
def _simulate(
    keys: Key[Array, "r"],
    phases: Float[Array, "r"],
    windows: int,
    size: int,
    degrees_per_pixel: float,
    sun: SunConfig,
) -> tuple[Windows, Float[Array, "r w f"]]:
    """Windows of many regions and the keywords of their pictures."""

    def one(key: Key[Array, ""], phase: Float[Array, ""]) -> tuple[Windows, Float[Array, "w f"]]:
        table = observe_windows(
            key,
            count=windows,
            size=size,
            degrees_per_pixel=degrees_per_pixel,
            thresholds_w_m2=jnp.array([goes_flux(name) for name in FLARE_CLASSES]),
            phase=phase,
            config=sun,
        )
        cos_angle = cos_heliocentric(table.latitude_deg, table.longitude_deg)
        measure = partial(patch_keywords, degrees_per_pixel=degrees_per_pixel)
        return table, jax.vmap(lambda frame, mu: measure(frame, mu=mu))(table.frames, cos_angle)

    return jax.vmap(one)(keys, phases)
