"""Flares of simulated regions as a flare list, the format that real ones come in."""

from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Key

from jsolar.datasets.simulated import FIRST_DAY, chunks, seconds
from jsolar.sun.flares.catalogue import FlareList, FlareSource, flare_list
from jsolar.sun.flares.faults import OnDisk
from jsolar.sun.simulate import FlareEvents, SunConfig
from jsolar.sun.simulate.flaring import C1_W_M2
from jsolar.sun.simulate.windows import observe_windows


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


def check_room(events: FlareEvents, complete: np.ndarray) -> FlareEvents:
    """The events, if there was room for all of them.

    Raises:
      ValueError: there was not.
    """
    if not complete.all():
        raise ValueError("a simulated region flared too often: raise SunConfig.flares_kept")
    return events


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
