"""The config ``synthetic``: series of simulated regions, cut and labelled by SWAN-SF's rules."""

import dataclasses
import functools
import pathlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import tensorflow_datasets as tfds
from jaxtyping import Float, Int

from jsolar.data.partitions import equal_events
from jsolar.datasets.opened import Opened
from jsolar.datasets.simulated import SimulatedConfig, chunks, seconds, tell
from jsolar.datasets.solar_flares.synthetic_flares import whole_catalogue
from jsolar.datasets.swan_sf.features import SPLITS, series_features
from jsolar.keys import named
from jsolar.sun.conventions import FLARE_CLASSES, WINDOW_HOURS
from jsolar.sun.fields.keywords import PATCH_KEYWORDS
from jsolar.sun.files.swan.name import QUIET
from jsolar.sun.files.swan.window import CADENCE_MINUTES, ROWS
from jsolar.sun.flares.catalogue import FlareList, goes_flux
from jsolar.sun.flares.labels import after, label_windows
from jsolar.sun.simulate import SunConfig
from jsolar.sun.simulate.series import Passage, measure, passages

EVERY_ROWS = 5
"""A window begins every hour."""

LEAST_ROWS = 54
"""Of the 60 rows of a window so many must be there."""

MISSING_SHARE = 0.01
"""Rows that are missing by chance."""

_AT_ONCE = 512
"""Pictures that are measured at once."""


class Timeline(NamedTuple):
    """The rows of one region, 12 minutes apart.

    Attributes:
      rows: ``Float[t, f]``, numbers; NaN where it was not measured.
      time: ``datetime64[s][t]``.
      cumulative: ``Float[t, k]``, flares to be expected until then.
    """

    rows: Float[np.ndarray, "t f"]
    time: np.ndarray
    cumulative: Float[np.ndarray, "t k"]


@dataclasses.dataclass
class SyntheticConfig(SimulatedConfig):
    """Size and kind of a simulated data set of series; make one with `synthetic`."""

    regions: int = 800
    splits: tuple[str, ...] = SPLITS

    def features(self) -> tfds.features.FeaturesDict:
        """See `series_features`."""
        return series_features(len(PATCH_KEYWORDS))

    def facts(self) -> dict[str, Any]:
        """What a model must know of the series."""
        return super().facts() | {"columns": list(PATCH_KEYWORDS)}

    def open(self, manual: Callable[[], pathlib.Path]) -> Opened:
        """Nothing is to be read."""
        del manual
        return Opened({}, "", self.examples, [], [])

    def examples(self, split: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Simulate the regions of a partition, and cut their series into windows."""
        mine = np.flatnonzero(self._partition == split + 1)
        desc = f"simulating {SPLITS[split]}"
        for chunk, padded in chunks(mine, regions=self.regions, desc=desc):
            keys, phases = self.sources(padded)
            fluxes = jnp.array([goes_flux(name) for name in FLARE_CLASSES])
            lives = passages(keys, jnp.asarray(phases), fluxes, config=self.sun)
            for number, line in zip(chunk, self._timelines(chunk, lives), strict=True):
                yield from self._windows(int(number) + 1, line)

    @functools.cached_property
    def flares(self) -> tuple[FlareList, np.ndarray]:
        """All flares, and when each region is first seen; NaT: never."""
        index = np.arange(self.regions)
        flares, on_disk = whole_catalogue(*self.sources(index), self.starts(index), sun=self.sun)
        return flares, on_disk.begin

    @functools.cached_property
    def _partition(self) -> Int[np.ndarray, "r"]:
        """From 1, cut by equal numbers of M and X flares."""
        flares, first = self.flares
        large = flares.region[flares.flux_w_m2 >= goes_flux("M1.0")]
        count = np.bincount(large, minlength=self.regions + 1)[1:]
        return equal_events(
            np.where(np.isnat(first), self.starts(np.arange(self.regions)), first), count
        )

    def _timelines(self, chunk: np.ndarray, lives: Passage) -> Iterator[Timeline]:
        """The rows of the regions of a chunk."""
        per_step = round(self.sun.step_hours * 60 / CADENCE_MINUTES)
        measured = np.asarray(lives.measured)[: len(chunk)]
        both = measured[:, :-1] & measured[:, 1:]
        r, s = np.nonzero(both)
        r, s = np.repeat(r, per_step), np.repeat(s, per_step)  # rows of 12 minutes
        tick = s * per_step + np.tile(np.arange(per_step), both.sum())
        values = self._measured(chunk, lives, r, tick, per_step)
        shape = (len(chunk), both.shape[1] * per_step, len(PATCH_KEYWORDS))
        rows = np.full(shape, np.nan, np.float32)
        rows[r, tick] = values
        hours = np.asarray(lives.states.hours)[: len(chunk)]
        expected = np.asarray(lives.expected)[: len(chunk)]
        for i, number in enumerate(chunk):
            offset = np.arange(shape[1]) * CADENCE_MINUTES / 60
            edges = np.arange(expected.shape[1] + 1) * self.sun.step_hours
            so_far = np.vstack([np.zeros(expected.shape[2]), np.cumsum(expected[i], 0)])
            cumulative = np.stack([np.interp(offset, edges, c) for c in so_far.T], 1)
            time = self.starts(np.array([number]))[0] + seconds(hours[i, 0] + offset)
            yield Timeline(self._with_gaps(int(number), rows[i]), time, cumulative)

    def _measured(
        self,
        chunk: np.ndarray,
        lives: Passage,
        region: Int[np.ndarray, "n"],
        tick: Int[np.ndarray, "n"],
        per_step: int,
    ) -> Float[np.ndarray, "n f"]:
        """Numbers of many pictures, in pieces of one size; a tick is 12 minutes."""
        if not len(region):
            return np.empty((0, len(PATCH_KEYWORDS)), np.float32)
        seed, found = named(jax.random.key(self.seed), "pictures"), []
        folded = jax.vmap(jax.random.fold_in)
        for start in range(0, len(region), _AT_ONCE):
            index = np.resize(np.arange(start, min(start + _AT_ONCE, len(region))), _AT_ONCE)
            r, t = region[index], tick[index]
            keys = folded(folded(jnp.broadcast_to(seed, r.shape), chunk[r]), t)
            where = (r, t // per_step, (t % per_step / per_step).astype(np.float32))
            how = {"size": self.size, "degrees_per_pixel": self.degrees_per_pixel}
            found.append(measure(keys, lives.states, *where, config=self.sun, **how))
        return np.concatenate(jax.device_get(found))[: len(region)]

    def _with_gaps(self, number: int, rows: np.ndarray) -> np.ndarray:
        """The rows, some of them missing."""
        luck = np.random.default_rng([self.seed, number]).random(len(rows))
        return np.where(luck[:, None] < MISSING_SHARE, np.nan, rows).astype(np.float32)

    def _windows(self, region: int, line: Timeline) -> Iterator[tuple[str, dict[str, Any]]]:
        """A window an hour, wherever nine rows in ten are there."""
        there = ~np.isnan(line.rows).all(1)
        before = np.concatenate([[0], np.cumsum(there)])
        last = np.arange(ROWS - 1, len(there), EVERY_ROWS)
        enough = (before[last + 1] - before[last + 1 - ROWS] >= LEAST_ROWS) & there[last]
        chosen = last[enough]
        if not len(chosen):
            return
        times, flares = line.time[chosen], self.flares[0]
        flux = label_windows(flares, np.full(len(times), region), *after(times)).flux_w_m2
        day = round(WINDOW_HOURS * 60 / CADENCE_MINUTES)
        for t, moment, largest in zip(chosen, times, flux, strict=True):
            key = f"simulated-{region:06d}-{moment}"
            rows = line.rows[t + 1 - ROWS : t + 1]
            yield (
                key,
                {
                    "id": key,
                    "series": rows,
                    "good": ~np.isnan(rows).any(1),
                    "region": region,
                    "noaa_regions": "",
                    "issue_time": int(moment.astype("datetime64[s]").astype(int)),
                    "subclass": _subclass(float(largest)),
                    "flux_w_m2": largest,
                    "flare": 0,
                    "verified": "",
                    "true_probability": _truth(line.cumulative, int(t), day),
                },
            )


def _truth(cumulative: Float[np.ndarray, "t k"], now: int, day: int) -> Float[np.ndarray, "k"]:
    """1 − e^−n of the flares to be expected in the day after; NaN beyond the simulation."""
    if now + day >= len(cumulative):
        return np.full(cumulative.shape[1], np.nan, np.float32)
    return -np.expm1(cumulative[now] - cumulative[now + day]).astype(np.float32)


def _subclass(flux_w_m2: float) -> str:
    """Of a flare; the simulator has none below C1.0.

    Example:
      >>> _subclass(2e-5), _subclass(0.0)
      ('M', 'FQ')
    """
    classes = ((name, goes_flux(f"{name}1.0")) for name in "XMC")
    return next((name for name, least in classes if flux_w_m2 >= least), QUIET)


def synthetic(
    *,
    regions: int = 800,
    size: int = 64,
    degrees_per_pixel: float = 0.24,
    seed: int = 0,
    sun: SunConfig = SunConfig(),
) -> SyntheticConfig:
    """Series of simulated regions, by the rules of SWAN-SF.

    Windows of 60 rows 12 minutes apart, one an hour, of which 54 rows or more are there; labelled
    with the largest flare of the 24 h after the last row, whether or not the region is seen so
    long; five partitions that share no region, with as many flares ≥ M1.0 each. The numbers are
    `jsolar.sun.fields.keywords.PATCH_KEYWORDS`, measured from line-of-sight pictures, where those
    of SWAN-SF stand on the vector field.

    Args:
      regions: of all partitions together.
      size: pixels on a side of the pictures.
      degrees_per_pixel: scale; 0.12° is 1.46 Mm at disk centre.
      seed: of everything.
      sun: the parameters of the Sun.

    Returns:
      A config whose name tells what differs from the default.

    Example:
      >>> synthetic(regions=60, size=32).name
      'synthetic-regions60-size32'
    """
    options: dict[str, Any] = {
        "regions": regions,
        "size": size,
        "degrees_per_pixel": degrees_per_pixel,
        "seed": seed,
        "sun": sun,
    }
    usual = {field.name: field.default for field in dataclasses.fields(SyntheticConfig)}
    differ = [text for name, value in options.items() for text in tell(name, value, usual[name])]
    return SyntheticConfig(
        name="-".join(["synthetic", *differ]),
        description="series of simulated active regions (no observation), cut as SWAN-SF is",
        **options,
    )
