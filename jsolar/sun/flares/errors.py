"""Single mistakes of flare lists, each as often as one likes, to see which of them matters.

A mistake is a function ``(key, flares, on_disk) -> flares``. `jsolar.sun.flares.faults` has all the
faults of a real list together; here each is alone and its rate is exact on average. Under the same
key a larger share spoils the flares that a smaller one does and more.
"""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Key

from jsolar.keys import named
from jsolar.sun.flares.catalogue import FlareList, flare_list, goes_flux, time
from jsolar.sun.flares.faults import OnDisk

ListError = Callable[[Key[Array, ""], FlareList, OnDisk], FlareList]


def missed(share: float) -> ListError:
    """Flares that the list lacks.

    Args:
      share: of all flares, each as likely.

    Returns:
      A mistake.

    Raises:
      ValueError: the share is not between 0 and 1.
    """
    _check(share)

    def error(key: Key[Array, ""], flares: FlareList, on_disk: OnDisk) -> FlareList:
        del on_disk
        return _with(flares, ~_chosen(key, flares, share))

    return error


def invented(share: float) -> ListError:
    """Flares that never were: of as large fluxes, in regions and at times on the disk.

    Args:
      share: false flares for each true one.

    Returns:
      A mistake.

    Raises:
      ValueError: the share is not between 0 and 1.
    """
    _check(share)

    def error(key: Key[Array, ""], flares: FlareList, on_disk: OnDisk) -> FlareList:
        false = np.flatnonzero(_chosen(key, flares, share))
        seconds = np.nan_to_num((on_disk.end - on_disk.begin) / np.timedelta64(1, "s"))
        if not len(false) or not seconds.sum() > 0:
            return flares
        flux = np.asarray(jax.random.permutation(named(key, "flux"), len(flares.start)))
        until = np.cumsum(seconds)
        place = _uniform(named(key, "place"), len(flares.start))[false] * until[-1]
        row = np.minimum(np.searchsorted(until, place, side="right"), len(until) - 1)
        since = (place - (until - seconds)[row]).astype("timedelta64[s]")
        when = on_disk.begin[row].astype("datetime64[s]") + since
        return _with(
            flares,
            np.ones(len(flares.start), bool),
            start=when,
            peak=when,
            flux_w_m2=flares.flux_w_m2[flux[false]],
            region=on_disk.region[row],
        )

    return error


def wrong_region(share: float, *, whole: bool = False) -> ListError:
    """Flares that are given to the neighbour.

    All regions cross the disk alike, so the neighbour is the one on the disk at that time whose
    middle of passage is nearest. A region that is alone keeps its flares.

    Args:
      share: of the flares that have a region.
      whole: all flares of a region go to its neighbours, or none; the share is of regions.

    Returns:
      A mistake.

    Raises:
      ValueError: the share is not between 0 and 1.

    Example:
      >>> from jsolar.sun.flares.catalogue import FlareSource
      >>> day = (np.datetime64("2011-02-15", "s"), np.datetime64("2011-02-16", "s"))
      >>> flares = flare_list(FlareSource("toy", "1", 1e-6, "science", *day),
      ...                     start=["2011-02-15T10:00"], flux_w_m2=[2e-6], region=[7])
      >>> both = OnDisk(np.array([7, 9]), *np.array([[day[0]] * 2, [day[1]] * 2]))
      >>> wrong_region(1.0)(jax.random.key(0), flares, both).region.tolist()
      [9]
    """
    _check(share)

    def error(key: Key[Array, ""], flares: FlareList, on_disk: OnDisk) -> FlareList:
        wrong = _chosen(key, flares, share, whole=whole) & (flares.region > 0)
        region = flares.region.copy()
        for row in np.flatnonzero(wrong):
            region[row] = _neighbour(int(region[row]), time(flares)[row], on_disk)
        return _replaced(flares, region=region)

    return error


def wrong_class(
    share: float,
    *,
    threshold_w_m2: float = goes_flux("M1.0"),
    between_w_m2: tuple[float, float] = (goes_flux("C8.0"), goes_flux("M2.0")),
) -> ListError:
    """Flares near a threshold that are listed on its other side: flux → threshold²/flux.

    Args:
      share: of the flares near it.
      threshold_w_m2: of the event.
      between_w_m2: what is near.

    Returns:
      A mistake.

    Raises:
      ValueError: the share is not between 0 and 1.
    """
    _check(share)

    def error(key: Key[Array, ""], flares: FlareList, on_disk: OnDisk) -> FlareList:
        del on_disk
        flux = flares.flux_w_m2
        near = (flux >= between_w_m2[0]) & (flux < between_w_m2[1])
        wrong = _chosen(key, flares, share) & near
        just_below = np.nextafter(threshold_w_m2, 0.0)
        mirrored = np.where(flux == threshold_w_m2, just_below, threshold_w_m2**2 / flux)
        return _replaced(flares, flux_w_m2=np.where(wrong, mirrored, flux))

    return error


def mistimed(share: float, *, hours: float | int) -> ListError:
    """Flares listed too late, as when local time is taken for UTC.

    Args:
      share: of the flares.
      hours: how much too late; negative: too early.

    Returns:
      A mistake.

    Raises:
      ValueError: the share is not between 0 and 1.
    """
    _check(share)

    def error(key: Key[Array, ""], flares: FlareList, on_disk: OnDisk) -> FlareList:
        del on_disk
        seconds = np.where(_chosen(key, flares, share), round(3600 * hours), 0)
        late = seconds.astype("timedelta64[s]")
        times = {name: getattr(flares, name) + late for name in ("start", "peak", "end")}
        return _replaced(flares, **times)

    return error


def another_list(other: FlareList) -> ListError:
    """Another observer's list of the same time, mistakes of both included.

    Args:
      other: the list.

    Returns:
      A mistake without luck.
    """

    def error(key: Key[Array, ""], flares: FlareList, on_disk: OnDisk) -> FlareList:
        del key, flares, on_disk
        return other

    return error


def _check(share: float) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is no share: choose a number from 0 to 1")


def _uniform(key: Key[Array, ""], n: int) -> Float[np.ndarray, "n"]:
    return np.asarray(jax.random.uniform(key, (n,)), np.float64)


def _chosen(
    key: Key[Array, ""], flares: FlareList, share: float, *, whole: bool = False
) -> Bool[np.ndarray, "n"]:
    """Some flares, or all those of some regions."""
    if not whole:
        return _uniform(key, len(flares.start)) < share
    regions, index = np.unique(flares.region, return_inverse=True)
    return (_uniform(key, len(regions)) < share)[index]


def _neighbour(own: int, then: np.datetime64, on_disk: OnDisk) -> int:
    there = (on_disk.begin <= then) & (then <= on_disk.end) & (on_disk.region != own)
    mine = on_disk.region == own
    if not there.any() or not mine.any():
        return own
    middle = on_disk.begin + (on_disk.end - on_disk.begin) // 2
    distance = np.abs((middle[there] - middle[mine][0]).astype(np.int64))
    return int(on_disk.region[there][np.argmin(distance)])


def _replaced(flares: FlareList, **columns: Any) -> FlareList:
    """The list with other columns, sorted anew."""
    every = {name: getattr(flares, name) for name in FlareList._fields if name != "source"}
    return flare_list(flares.source, **{**every, **columns})


def _with(flares: FlareList, kept: Bool[np.ndarray, "n"], **more: Any) -> FlareList:
    """Some flares of the list and more of the same source, which have no end and no place."""
    n = len(more["start"]) if more else 0
    unknown = {
        "start": np.full(n, "NaT", "datetime64[s]"),
        "peak": np.full(n, "NaT", "datetime64[s]"),
        "end": np.full(n, "NaT", "datetime64[s]"),
        "flux_w_m2": np.zeros(n),
        "region": np.zeros(n, np.int64),
        "latitude_deg": np.full(n, np.nan),
        "longitude_deg": np.full(n, np.nan),
    }
    columns = {
        name: np.concatenate([getattr(flares, name)[kept], more.get(name, empty)])
        for name, empty in unknown.items()
    }
    return flare_list(flares.source, **columns)
