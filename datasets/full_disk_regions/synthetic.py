"""The config ``synthetic``: rotations of a simulated Sun, found regions and their flares."""

import dataclasses
import pathlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import tensorflow_datasets as tfds
from jaxtyping import Array, Bool, Float, Int, Key
from scipy import ndimage
from tqdm import tqdm

from jsolar.datasets.full_disk_regions.features import category_names, disk_features
from jsolar.datasets.full_disk_regions.marked import ACTIVE_REGION, Marked, mark
from jsolar.datasets.opened import SPLITS, Opened
from jsolar.datasets.outcomes import disk_outcomes
from jsolar.datasets.simulated import FIRST_DAY, FRACTIONS, tell
from jsolar.keys import named
from jsolar.sun import units
from jsolar.sun.conventions import FLARE_CLASSES
from jsolar.sun.fields.active_regions import RegionRule, active_regions
from jsolar.sun.flares.catalogue import goes_flux
from jsolar.sun.simulate import SunConfig, cycle
from jsolar.sun.simulate.disk import DiskConfig, disk_field, observe_disk
from jsolar.sun.simulate.field import Scene
from jsolar.sun.simulate.flaring import C1_W_M2
from jsolar.sun.simulate.population import Seen, births, look
from jsolar.sun.sphere import pixel_of, sphere

DAYS = 27.0
"""Of the Sun's rotation, in which pictures of one Sun are taken."""

ROOM = 96
"""Simulated regions on the visible disk, at most."""

REACH_MM = 30.0
"""A simulated region belongs to the found one that is nearest to its middle, if within this."""


@dataclasses.dataclass
class SyntheticConfig(tfds.core.BuilderConfig):
    """Suns of their own, each watched for a rotation; make one with `synthetic`.

    Attributes:
      rotations: Suns, half of them for training, a fifth for validation, in order of time.
      pictures: of each, evenly through 27 days.
      years: over which the rotations follow one another.
      phase: of the solar cycle at the beginning: May 2010 in cycle 24, when HMI began.
      disk: how it is seen.
      rule: by which regions are found, in pictures as fine as they are rendered.
      seed: of everything.
      sun: the parameters of the Sun.
    """

    rotations: int = 40
    pictures: int = 27
    years: float = 8.0
    phase: float = 0.13
    disk: DiskConfig = DiskConfig()
    rule: RegionRule = RegionRule()
    seed: int = 0
    sun: SunConfig = SunConfig()

    def features(self) -> tfds.features.FeaturesDict:
        """See `disk_features`."""
        return disk_features(self.disk.size)

    def facts(self) -> dict[str, Any]:
        """What a model must know of the pictures."""
        return {
            "synthetic": True,
            "size": self.disk.size,
            "radius": self.disk.radius,
            "rule": dataclasses.asdict(self.rule),
            "sun": dataclasses.asdict(self.sun),
            **category_names(ACTIVE_REGION),
        }

    def open(self, manual: Callable[[], pathlib.Path]) -> Opened:
        """Nothing is to be read."""
        del manual
        return Opened({}, "", self.examples, [], [])

    def outcomes(self, example: dict[str, Any]) -> dict[str, str | None]:
        """See `disk_outcomes`."""
        return disk_outcomes(example)

    def examples(self, split: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """The pictures of the rotations of a split."""
        cuts = np.round(np.cumsum([0, *FRACTIONS]) * self.rotations).astype(int)
        mine = range(cuts[split], cuts[split + 1])
        with tqdm(total=len(mine) * self.pictures, desc=f"simulating {SPLITS[split]}") as progress:
            for rotation in mine:
                for example in self._rotation(rotation):
                    yield example["id"], example
                    progress.update()

    def _rotation(self, rotation: int) -> Iterator[dict[str, Any]]:
        """The pictures of one Sun."""
        key = jax.random.fold_in(jax.random.key(self.seed), rotation)
        begin = self.years * rotation / self.rotations
        phase = self.phase + begin / cycle.CYCLE_YEARS
        days = DAYS * np.arange(self.pictures) / self.pictures
        steps = (days * units.HOURS_PER_DAY / self.sun.step_hours).astype(int)
        seen = self._seen(named(key, "sun"), steps, phase)
        start = FIRST_DAY + np.timedelta64(round(begin * 365.25 * 1440), "m")
        elapsed = np.round(steps * self.sun.step_hours * 3600).astype("timedelta64[s]")
        for i, time in enumerate(start + elapsed):
            looked = jax.random.fold_in(named(key, "pictures"), i)
            yield {
                "id": f"simulated-{rotation:04d}-{time}",
                "group": rotation,
                "issue_time": time.astype(np.int64),
                **self._picture(looked, jax.tree.map(lambda x, i=i: x[:, i], seen), time, phase),
            }

    def _seen(self, key: Key[Array, ""], steps: Int[np.ndarray, "t"], phase: float) -> Seen:
        classes = np.array([goes_flux(name) for name in FLARE_CLASSES])
        born = births(key, days=DAYS, phase=phase, config=self.sun)
        return look(born, steps, thresholds_w_m2=classes, phase=phase, config=self.sun)

    def _picture(
        self, key: Key[Array, ""], seen: Seen, time: np.datetime64, phase: float
    ) -> dict[str, Any]:
        """What is seen at a time, and what is to be said of it."""
        there = np.flatnonzero(seen.there)
        if len(there) > ROOM:
            raise ValueError(f"{len(there)} regions on a simulated disk: at most {ROOM} fit")
        padded = np.resize(there, ROOM)  # one program for all
        scenes = jax.tree.map(lambda x: x[padded], seen.scenes)
        present = jnp.arange(ROOM) < len(there)
        b0 = b0_deg(time)
        image, fine = jax.device_get(_render(key, scenes, present, b0, phase, self.disk, self.sun))
        labels = active_regions(
            np.asarray(fine, float),
            np.asarray(sphere(self.disk.fine, b0).mu, float),
            radius_pixels=self.disk.fine.radius_pixels,
            rule=self.rule,
        ).labels
        marked = mark(labels, self.disk.frame, b0)
        return {
            "image": image[..., None],
            "observer_latitude_deg": b0,
            "observer_carrington_deg": carrington_deg(time),
            "observer_distance_mm": units.ASTRONOMICAL_UNIT_MM,
            "floor_w_m2": C1_W_M2,
            **self._objects(marked, labels, there, seen, b0),
        }

    def _objects(
        self,
        marked: Marked,
        labels: Int[np.ndarray, "n n"],
        there: Int[np.ndarray, "r"],
        seen: Seen,
        b0: float,
    ) -> dict[str, Any]:
        """Masks and boxes, and the flares of the simulated regions within each."""
        padded = np.resize(there, ROOM)
        latitude, longitude = seen.latitude_deg[padded], seen.longitude_deg[padded]
        place = {"latitude_deg": latitude, "longitude_deg": longitude}
        pixels = np.asarray(pixel_of(self.disk.fine, b0, **place))[: len(there)]
        number = nearest_label(labels, pixels, REACH_MM / self.disk.fine.pixel_mm)
        owned = [there[number == n] for n in marked.number]
        flare = np.maximum(seen.flare_w_m2.astype(np.float64), 0.0)
        count = len(owned)
        return {
            "boxes": marked.boxes,
            "masks": marked.masks,
            "outlined": np.ones(count, bool),
            "category": np.ones(count, np.int64),
            "crowd": np.zeros(count, bool),
            "region": np.array([_largest(mine, seen) for mine in owned], np.int64),
            "latitude_deg": marked.latitude_deg,
            "longitude_deg": marked.longitude_deg,
            "flux_w_m2": np.array([flare[mine].max(initial=0.0) for mine in owned], np.float64),
            "unattributed_flux_w_m2": np.zeros(count),
            "complete": np.array([bool(seen.stays[mine].all()) for mine in owned], bool),
            "true_probability": np.array(
                [1 - (1 - seen.probability[mine]).prod(0) for mine in owned], np.float32
            ).reshape(count, len(FLARE_CLASSES)),
            "disk_flux_w_m2": flare[there].max(initial=0.0),
            "disk_complete": True,
        }


def synthetic(
    *,
    rotations: int = 40,
    pictures: int = 27,
    years: float = 8.0,
    phase: float = 0.13,
    disk: DiskConfig = DiskConfig(),
    rule: RegionRule = RegionRule(),
    seed: int = 0,
    sun: SunConfig = SunConfig(),
) -> SyntheticConfig:
    """Simulated magnetograms of the whole disk; regions found by a rule, and their flares.

    Every rotation is another Sun, so that splits by rotation share no region.

    Args:
      rotations: half of them for training, a fifth for validation, the rest for test.
      pictures: of each rotation.
      years: over which the rotations follow one another.
      phase: of the solar cycle at the beginning.
      disk: how it is seen.
      rule: by which regions are found, in pictures as fine as they are rendered.
      seed: of everything.
      sun: the parameters of the Sun.

    Returns:
      A config whose name tells what differs from the default.

    Example:
      >>> synthetic(rotations=4, disk=DiskConfig(size=128)).name
      'synthetic-rotations4-size128'
    """
    options: dict[str, Any] = {
        "rotations": rotations,
        "pictures": pictures,
        "years": years,
        "phase": phase,
        "disk": disk,
        "rule": rule,
        "seed": seed,
        "sun": sun,
    }
    usual = {field.name: field.default for field in dataclasses.fields(SyntheticConfig)}
    differ = [text for name, value in options.items() for text in tell(name, value, usual[name])]
    return SyntheticConfig(
        name="-".join(["synthetic", *differ]),
        description="simulated magnetograms of the whole disk (no observation)",
        **options,
    )


def b0_deg(time: np.datetime64) -> float:
    """Heliographic latitude of the Earth, to half a degree: 7.25° sin(2π (t − 7 June)/year).

    Example:
      >>> [round(b0_deg(np.datetime64(day)), 1) for day in ("2011-03-08", "2011-09-08")]
      [-7.2, 7.2]
    """
    days = (time - np.datetime64("2011-06-07")) / np.timedelta64(1, "s") / 86400
    return float(7.25 * np.sin(2 * np.pi * days / 365.25))


def carrington_deg(time: np.datetime64) -> float:
    """Carrington longitude of the Earth, to a few degrees; 0° on 8 January 2011.

    Example:
      >>> round(carrington_deg(np.datetime64("2011-01-09")))
      347
    """
    days = (time - np.datetime64("2011-01-08")) / np.timedelta64(1, "s") / 86400
    return float(-360 * days / units.CARRINGTON_ROTATION_DAYS % 360)


def nearest_label(
    labels: Int[np.ndarray, "n n"], pixels: Float[np.ndarray, "r 2"], reach: float
) -> Int[np.ndarray, "r"]:
    """The label nearest to each place; 0 if there is none within reach, or the place is NaN.

    Args:
      labels: 0 beside all regions.
      pixels: rows and columns.
      reach: pixels.

    Example:
      >>> labels = np.zeros((5, 5), int)
      >>> labels[1, 1] = 7
      >>> nearest_label(labels, np.array([[1.0, 2.0], [4.0, 4.0]]), 1.5).tolist()
      [7, 0]
    """
    if not labels.any():
        return np.zeros(len(pixels), int)
    away, index = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    seen = np.isfinite(pixels).all(1)
    row, column = np.clip(np.rint(np.nan_to_num(pixels)).astype(int), 0, len(labels) - 1).T
    label = labels[tuple(index[:, row, column])]
    return np.where(seen & (away[row, column] <= reach), label, 0)


class Rendered(NamedTuple):
    """The picture, and the finer one in which regions are found."""

    image: Float[Array, "h w"]
    fine: Float[Array, "n n"]


@partial(jax.jit, static_argnames=("disk", "sun"))
def _render(
    key: Key[Array, ""],
    scenes: Scene,
    present: Bool[Array, "k"],
    b0: float | Float[Array, ""],
    phase: float | Float[Array, ""],
    disk: DiskConfig,
    sun: SunConfig,
) -> Rendered:
    field = disk_field(
        named(key, "quiet"),
        scenes,
        present,
        observer_latitude_deg=b0,
        phase=phase,
        config=disk,
        sun=sun,
    )
    full = dataclasses.replace(disk, size=disk.fine.size, finer=1)
    return Rendered(
        observe_disk(named(key, "noise"), field, disk, sun),
        observe_disk(named(key, "fine noise"), field, full, sun),
    )


def _largest(mine: Int[np.ndarray, "r"], seen: Seen) -> int:
    """Number, from 1, of the simulated region with the most flux; 0 if there is none."""
    return int(mine[np.argmax(seen.flux_mx[mine])]) + 1 if len(mine) else 0
