"""The config ``synthetic``: pictures of simulated regions, with the true flare probability."""

import dataclasses
import pathlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import tensorflow_datasets as tfds
from jaxtyping import Array, Float, Key
from tqdm import tqdm

from jsolar.data import splits
from jsolar.datasets.solar_flares.features import SPLITS, picture_features
from jsolar.sun import flare_windows
from jsolar.sun.flares import FlareList, FlareSource, flare_list, goes_flux
from jsolar.sun.keywords import patch_keywords
from jsolar.sun.simulate import SunConfig, cos_heliocentric
from jsolar.sun.simulate.flaring import C1_W_M2, TRUTH_CLASSES
from jsolar.sun.simulate.windows import Windows, observe_windows

FRACTIONS = (0.5, 0.2, 0.3)
"""Shares of the regions in the splits."""

CHUNK = 40
"""Regions simulated at once; bounds the memory."""

FIRST_DAY = np.datetime64("2100-01-01T00:00:00", "s")
"""Simulated regions live in a century of which nobody has real data."""


@dataclasses.dataclass
class SyntheticConfig(tfds.core.BuilderConfig):
    """Size and kind of a simulated data set; make one with `synthetic`.

    Attributes:
      regions: simulated regions, half of them for training, a fifth for validation.
      windows: issue times per region, random within 70° of the central meridian.
      size: pixels on a side.
      degrees_per_pixel: scale of the pictures.
      years: time over which the regions follow one another.
      seed: of everything.
      sun: the parameters of the Sun.
    """

    regions: int = 1200
    windows: int = 8
    size: int = 64
    degrees_per_pixel: float = 0.24
    years: float = 8.0
    seed: int = 0
    sun: SunConfig = SunConfig()

    def features(self) -> tfds.features.FeaturesDict:
        """See `picture_features`."""
        return picture_features(self.size)

    def facts(self) -> dict[str, Any]:
        """What a model must know of the pictures."""
        return {"synthetic": True, "size": self.size, "degrees_per_pixel": self.degrees_per_pixel}

    def examples(
        self, split: int, manual: Callable[[], pathlib.Path]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Simulate the regions that can fall into a split, and yield those rows that do."""
        del manual  # needs no files
        borders = self.borders()
        reach = np.timedelta64(round(self.sun.steps * self.sun.step_hours * 3600), "s")
        starts = self.starts(np.arange(self.regions))
        begin = borders[split - 1] - reach if split else FIRST_DAY
        end = borders[split] if split < len(borders) else starts[-1] + reach
        wanted = np.flatnonzero((starts >= begin) & (starts < end))
        chunks = np.split(wanted, range(CHUNK, len(wanted), CHUNK))
        for chunk in tqdm(chunks, desc=f"simulating {SPLITS[split]}", unit=f"{CHUNK} regions"):
            rows = self._rows(chunk)
            number = splits.by_time(rows["region"], rows["time"], borders)
            for i in np.flatnonzero(number == split):
                yield rows["id"][i], {k: v[i] for k, v in rows.items() if k != "time"}

    def starts(self, index: np.ndarray) -> np.ndarray:
        """When regions emerge."""
        span_s = self.years * 365.25 * 86400
        return FIRST_DAY + np.round(index * span_s / self.regions).astype("timedelta64[s]")

    def borders(self) -> np.ndarray:
        """When validation and test begin."""
        cuts = np.round(np.cumsum(FRACTIONS)[:-1] * self.regions)
        return self.starts(cuts)

    def _rows(self, chunk: np.ndarray) -> dict[str, np.ndarray]:
        """All rows of some regions; every chunk has the same shape, so it compiles once."""
        padded = np.resize(chunk, CHUNK)
        keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(self.seed), padded)
        how = (self.windows, self.size, self.degrees_per_pixel, self.sun)
        table, keywords = jax.device_get(_simulate(keys, *how))
        table, keywords = jax.tree.map(lambda x: x[: len(chunk)], (table, keywords))
        start = self.starts(chunk)
        flares = _catalogue(table.flares, chunk, start, self.sun.steps * self.sun.step_hours)
        r, w = np.nonzero(table.valid)
        time = start[r] + _seconds(table.hours[r, w])
        records = {
            "record_begin": (start + _seconds(table.record_begin_hours))[r],
            "record_end": (start + _seconds(table.record_end_hours))[r],
        }
        region = chunk[r] + 1
        after = flare_windows.label_windows(flares, region, *flare_windows.after(time), **records)
        before = flare_windows.label_windows(flares, region, *flare_windows.before(time), **records)
        return {
            "id": np.array([f"simulated-{n:06d}-{t}" for n, t in zip(region, time, strict=True)]),
            "image": table.frames[r, w][..., None],
            "keywords": keywords[r, w],
            "region": region,
            "time": time,
            "issue_time": time.astype(np.int64),
            "latitude_deg": table.latitude_deg[r, w],
            "longitude_deg": table.longitude_deg[r, w],
            "flux_w_m2": after.flux_w_m2,
            "unattributed_flux_w_m2": after.unattributed_flux_w_m2,
            "complete": after.complete,
            "previous_flux_w_m2": before.flux_w_m2,
            "previous_unattributed_flux_w_m2": before.unattributed_flux_w_m2,
            "previous_complete": before.complete,
            "floor_w_m2": np.full(len(r), flares.source.floor_w_m2),
            "true_probability": table.true_probability[r, w],
        }


def synthetic(
    *,
    regions: int = 1200,
    windows: int = 8,
    size: int = 64,
    degrees_per_pixel: float = 0.24,
    seed: int = 0,
    sun: SunConfig = SunConfig(),
) -> SyntheticConfig:
    """Simulated active regions with the true probability of every flare.

    Args:
      regions: half of them for training, a fifth for validation, the rest for test.
      windows: issue times per region.
      size: pixels on a side.
      degrees_per_pixel: scale; 0.12° is 1.46 Mm at disk centre.
      seed: of everything.
      sun: the parameters of the Sun.

    Returns:
      A config whose name tells what differs from the default, so that no two data sets share a
      folder: ``"synthetic"``, or e.g. ``"synthetic-regions60-size32"``.

    Example:
      >>> synthetic(regions=60, size=32).name
      'synthetic-regions60-size32'
    """
    options: dict[str, Any] = {
        "regions": regions,
        "windows": windows,
        "size": size,
        "degrees_per_pixel": degrees_per_pixel,
        "seed": seed,
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
    """An option that is not the usual one, with its value; a Sun's parameters one by one."""
    if value == usual:
        return []
    if not isinstance(value, SunConfig):
        return [f"{name}{value}"]
    names = [field.name for field in dataclasses.fields(value)]
    return [t for n in names for t in _tell(n, getattr(value, n), getattr(usual, n))]


@partial(jax.jit, static_argnums=(1, 2, 3, 4))
def _simulate(
    keys: Key[Array, "r"], windows: int, size: int, degrees_per_pixel: float, sun: SunConfig
) -> tuple[Windows, Float[Array, "r w f"]]:
    """Windows of many regions and the keywords of their pictures."""

    def one(key: Key[Array, ""]) -> tuple[Windows, Float[Array, "w f"]]:
        table = observe_windows(
            key,
            count=windows,
            size=size,
            degrees_per_pixel=degrees_per_pixel,
            thresholds_w_m2=jnp.array([goes_flux(name) for name in TRUTH_CLASSES]),
            config=sun,
        )
        cos_angle = cos_heliocentric(table.latitude_deg, table.longitude_deg)
        measure = partial(patch_keywords, degrees_per_pixel=degrees_per_pixel)
        return table, jax.vmap(lambda frame, mu: measure(frame, mu=mu))(table.frames, cos_angle)

    return jax.vmap(one)(keys)


def _catalogue(events: Any, chunk: np.ndarray, start: np.ndarray, hours: float) -> FlareList:
    """`FlareEvents` of some regions as a flare list, the format that real data come in.

    A row without a flare stands at the end of the simulation, after ``hours``; where the last row
    does not, the table was too short, even if flares behind the limb have been struck out.
    """
    if (events.hours[:, -1] < (1 - 1e-5) * hours).any():
        raise ValueError("a simulated region flared too often: raise SunConfig.flares_kept")
    r, e = np.nonzero(events.happened)
    source = FlareSource(
        name="simulated flares",
        version="1",
        floor_w_m2=C1_W_M2,
        flux_scale="science",
        begins=FIRST_DAY,
        ends=np.datetime64("2199-12-31T23:59:59", "s"),
    )
    flux = np.maximum(events.flux_w_m2[r, e].astype(np.float64), C1_W_M2)
    time = start[r] + _seconds(events.hours[r, e])
    return flare_list(source, start=time, peak=time, flux_w_m2=flux, region=chunk[r] + 1)


def _seconds(hours: np.ndarray) -> np.ndarray:
    """Hours as whole seconds; a region that is never seen has an infinite record: NaT."""
    finite = np.isfinite(hours)
    seconds = np.round(np.where(finite, hours, 0.0) * 3600).astype("timedelta64[s]")
    return np.where(finite, seconds, np.timedelta64("NaT", "s"))
