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
from jsolar.datasets.opened import SPLITS, Opened
from jsolar.datasets.outcomes import window_outcomes
from jsolar.datasets.simulated import SimulatedConfig, chunks, seconds, tell
from jsolar.datasets.solar_flares.features import picture_features
from jsolar.datasets.solar_flares.synthetic_flares import catalogue, check_room, whole_catalogue
from jsolar.datasets.solar_flares.synthetic_futures import Present, state_probabilities
from jsolar.sun.conventions import FLARE_CLASSES
from jsolar.sun.fields.keywords import patch_keywords
from jsolar.sun.flares import labels
from jsolar.sun.flares.catalogue import FlareList, goes_flux
from jsolar.sun.flares.faults import CatalogueFaults, OnDisk, with_faults
from jsolar.sun.flares.history import flare_history
from jsolar.sun.simulate import SunConfig, cos_heliocentric
from jsolar.sun.simulate.packed import pack, packed_length
from jsolar.sun.simulate.windows import Windows, observe_windows


@dataclasses.dataclass
class SyntheticConfig(SimulatedConfig):
    """Size and kind of a simulated data set; make one with `synthetic`.

    Attributes:
      windows: issue times per region, random within 70° of the central meridian.
      pictures: ``stored``, or ``rendered`` from stored scenes when they are read: 4 kB instead
        of 65 kB for a picture of 128².
      faults: those of the flare list; None: it is right. The truth remains that of the Sun, and
        rows have the same ``id`` with and without.
    """

    windows: int = 4
    pictures: str = "stored"
    faults: CatalogueFaults | None = None

    def features(self) -> tfds.features.FeaturesDict:
        """See `picture_features`."""
        scene = packed_length(self.sun) if self.pictures == "rendered" else None
        return picture_features(self.size, scene=scene)

    def facts(self) -> dict[str, Any]:
        """What a model must know of the pictures."""
        return super().facts() | {"faults": self.faults and dataclasses.asdict(self.faults)}

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
        wanted, desc = self.wanted(split), f"simulating {SPLITS[split]}"
        for chunk, padded in chunks(wanted, regions=self.regions, desc=desc):
            rows, present = self._rows(chunk, padded)
            mine = np.flatnonzero(splits.by_time(rows["region"], rows["time"], borders) == split)
            scored = mine[:0] if split == 0 else mine  # nothing is learnt from what is unknowable
            rows["state_probability"] = state_probabilities(present, scored, self.sun)
            for i in mine:
                yield rows["id"][i], {k: v[i] for k, v in rows.items() if k != "time"}

    def flares(self) -> tuple[FlareList, OnDisk]:
        """All flares as they were, whatever the faults, and when the regions were on the disk.

        All regions are simulated for it once more, without pictures.
        """
        index = np.arange(self.regions)
        return whole_catalogue(*self.sources(index), self.starts(index), sun=self.sun)

    @functools.cached_property
    def _faulty(self) -> FlareList | None:
        """The list of all regions as it is told, if it has faults."""
        if self.faults is None:
            return None
        flares, on_disk = self.flares()
        return with_faults(flares, self.faults, on_disk=on_disk, seed=self.seed)

    def _rows(self, chunk: np.ndarray, padded: np.ndarray) -> tuple[dict[str, np.ndarray], Present]:
        """All rows of some regions, and the present of each; simulated are those of ``padded``."""
        keys, phases = self.sources(padded)
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
        life = labels.label_windows(flares, region, records["record_begin"], time)
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
            "history": flare_history(before, life),
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
    differ = [text for name, value in options.items() for text in tell(name, value, usual[name])]
    return SyntheticConfig(
        name="-".join(["synthetic", *differ]),
        description="simulated active regions (no observation), with the true flare probability",
        **options,
    )


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
