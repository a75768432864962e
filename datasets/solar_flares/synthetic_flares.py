"""Flares of simulated regions as a flare list, the format that real ones come in."""

from collections.abc import Iterator
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key
from tqdm import tqdm

from jsolar.sun.flares.catalogue import FlareList, FlareSource, flare_list
from jsolar.sun.flares.faults import OnDisk
from jsolar.sun.simulate import FlareEvents, SunConfig
from jsolar.sun.simulate.flaring import C1_W_M2
from jsolar.sun.simulate.windows import observe_windows

FIRST_DAY = np.datetime64("2100-01-01T00:00:00", "s")
"""Simulated regions live in a century of which nobody has real data."""

CHUNK, SMALL_CHUNK = 80, 16
"""Regions simulated at once, in large data sets and in small ones; bounds the memory."""


class Record(NamedTuple):
    """What an observer's list says of regions ``r``: their flares, and when they were seen."""

    flares: FlareEvents
    complete: Bool[Any, "r"]
    begin_hours: Float[Any, "r"]
    end_hours: Float[Any, "r"]


def catalogue(events: FlareEvents, region: np.ndarray, start: np.ndarray) -> FlareList:
    """The flares of some regions.

    Args:
      events: with a leading axis of regions.
      region: their numbers ``[r]``.
      start: ``datetime64[s][r]``, when they emerge.

    Returns:
      The list, complete from C1.0 on.
    """
    r, e = np.nonzero(events.happened)
    source = FlareSource(
        name="simulated flares",
        version="1",
        floor_w_m2=C1_W_M2,
        flux_scale="science",
        begins=FIRST_DAY,
        ends=np.datetime64("2199-12-31T23:59:59", "s"),
    )
    flux = np.maximum(np.asarray(events.flux_w_m2)[r, e].astype(np.float64), C1_W_M2)
    time = start[r] + seconds(np.asarray(events.hours)[r, e])
    return flare_list(source, start=time, peak=time, flux_w_m2=flux, region=region[r])


def whole_catalogue(
    keys: Key[Array, "r"], phases: Float[np.ndarray, "r"], start: np.ndarray, *, sun: SunConfig
) -> tuple[FlareList, OnDisk]:
    """The flares of all regions ``1 … r``, and when these were on the disk.

    All regions are simulated for it, without pictures: a mistaken list can give a flare to any
    other region on the disk, and one without region casts doubt on every window of its time.

    Args:
      keys: random keys of the regions.
      phases: of the cycle when they emerge.
      start: ``datetime64[s][r]``, when they emerge.
      sun: the parameters of the Sun.

    Returns:
      The list, which is right, and the regions.
    """
    index = np.arange(len(start))
    found = []
    for chunk, padded in chunks(index, regions=len(index), desc="simulating the flare list"):
        record = jax.device_get(_record(keys[padded], jnp.asarray(phases[padded]), sun))
        found.append(jax.tree.map(itemgetter(slice(len(chunk))), record))
    record = jax.tree.map(lambda *parts: np.concatenate(parts), *found)
    begin, end = (start + seconds(hours) for hours in (record.begin_hours, record.end_hours))
    flares = catalogue(check_room(record.flares, record.complete), index + 1, start)
    return flares, OnDisk(index + 1, begin, end)


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


def check_room(events: FlareEvents, complete: np.ndarray) -> FlareEvents:
    """The events, if there was room for all of them.

    Raises:
      ValueError: there was not.
    """
    if not complete.all():
        raise ValueError("a simulated region flared too often: raise SunConfig.flares_kept")
    return events


def seconds(hours: np.ndarray) -> np.ndarray:
    """Hours as whole seconds; a region that is never seen has an infinite record: NaT.

    Example:
      >>> seconds(np.array([0.5, np.inf])).tolist()
      [datetime.timedelta(seconds=1800), None]
    """
    finite = np.isfinite(hours)
    whole = np.round(np.where(finite, hours, 0.0) * 3600).astype("timedelta64[s]")
    return np.where(finite, whole, np.timedelta64("NaT", "s"))


@partial(jax.jit, static_argnames="sun")
def _record(keys: Key[Array, "r"], phases: Float[Array, "r"], sun: SunConfig) -> Record:
    def one(key: Key[Array, ""], phase: Float[Array, ""]) -> Record:
        table = observe_windows(  # what is not returned is not computed
            key,
            count=1,
            size=8,
            degrees_per_pixel=1.0,
            thresholds_w_m2=jnp.array([C1_W_M2]),
            phase=phase,
            config=sun,
        )
        return Record(
            table.flares, table.flares_complete, table.record_begin_hours, table.record_end_hours
        )

    return jax.vmap(one)(keys, phases)
