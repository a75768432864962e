"""Labels of windows: the largest flare of some regions within a stretch of time.

A window is ``(begin, end]``: a flare at the issue time itself is already known then and belongs to
the past. The window `after` an issue time is what a forecast is about, the one `before` it is what
persistence looks at; both tile the time without gap or overlap.

A label says three things that a bare 0 or 1 would hide: the largest flare that the list attributes
to the regions, the largest that it attributes to no region at all (it may have been theirs), and
whether the window lies inside the time for which list and region were recorded.
"""

import itertools
from collections.abc import Collection, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from jsolar.sun.conventions import WINDOW_HOURS
from jsolar.sun.flares.catalogue import FlareList
from jsolar.sun.flares.index import index_flares, largest_between
from jsolar.sun.units import SECONDS_PER_HOUR
from jsolar.types import Events

Numbers = Collection[int | np.integer]
Regions = Sequence[Numbers] | Int[np.ndarray, "n"]
Moment = TypeVar("Moment", np.ndarray, np.datetime64)
Times = Shaped[np.ndarray, "n"]


class WindowLabel(NamedTuple):
    """What happened in a window; arrays ``[n]`` for ``n`` windows, scalars for one.

    Attributes:
      flux_w_m2: largest flare attributed to the regions, W m⁻²; 0 where there is none.
      unattributed_flux_w_m2: largest flare of the window without a region; 0 where there is none.
      complete: the window lies within the coverage of the list and the record of the region.
      floor_w_m2: the list is complete from this flux on.
      counts: ``Int[*n, 3]``, number of flares of class C, M and X attributed to the regions; None
        where nobody counted.
    """

    flux_w_m2: Float[np.ndarray, "*n"]
    unattributed_flux_w_m2: Float[np.ndarray, "*n"]
    complete: Bool[np.ndarray, "*n"]
    floor_w_m2: float
    counts: Int[np.ndarray, "*n 3"] | None = None


_COLUMNS = ("flux_w_m2", "unattributed_flux_w_m2", "complete", "counts")


def after(issue_time: Moment, *, hours: float | int = WINDOW_HOURS) -> tuple[Moment, Moment]:
    """The window ``(t, t + hours]`` that a forecast made at ``t`` is about.

    Args:
      issue_time: datetime64, one or ``[n]``.
      hours: length of the window.

    Returns:
      Its begin and end, datetime64[s].

    Example:
      >>> begin, end = after(np.datetime64("2011-02-15T02:00"))
      >>> str(begin), str(end)
      ('2011-02-15T02:00:00', '2011-02-16T02:00:00')
    """
    begin = issue_time.astype("datetime64[s]")
    return begin, begin + np.timedelta64(round(hours * SECONDS_PER_HOUR), "s")


def before(issue_time: Moment, *, hours: float | int = WINDOW_HOURS) -> tuple[Moment, Moment]:
    """The window ``(t - hours, t]`` that is known at ``t``: what persistence forecasts.

    Args:
      issue_time: datetime64, one or ``[n]``.
      hours: length of the window.

    Returns:
      Its begin and end, datetime64[s].

    Example:
      >>> begin, end = before(np.datetime64("2011-02-15T02:00"))
      >>> str(begin), str(end)
      ('2011-02-14T02:00:00', '2011-02-15T02:00:00')
    """
    end = issue_time.astype("datetime64[s]")
    return end - np.timedelta64(round(hours * SECONDS_PER_HOUR), "s"), end


def label_windows(
    flares: FlareList,
    regions: Regions,
    begin: Times,
    end: Times,
    *,
    record_begin: Times | None = None,
    record_end: Times | None = None,
) -> WindowLabel:
    """Label many windows ``(begin, end]`` at once.

    A flare belongs to a window by its peak time (`jsolar.sun.flares.catalogue.time`). The work
    grows with the logarithm of the number of flares: a million windows take seconds.

    Args:
      flares: the list.
      regions: for each window the numbers of its regions (a SHARP can hold several, or none);
        or one number a window as ``Int[n]``. Numbers below 1 mean "no region".
      begin: datetime64 ``[n]``; the window starts just after it.
      end: datetime64 ``[n]``; the window's last moment. ``*after(issue_time)`` gives both.
      record_begin: datetime64 ``[n]``, when the region was first seen; a window that starts
        earlier is not complete. NaT: never. None: no matter.
      record_end: the same for when the region was last seen, e.g. when it left the disk.

    Returns:
      A label for each window.

    Raises:
      ValueError: arguments of different lengths, a window without a time or that ends before it
        begins.

    Example:
      >>> from jsolar.sun.flares.catalogue import FlareSource, flare_list
      >>> week = FlareSource("toy", "1", 1e-6, "unknown",
      ...                    np.datetime64("2011-02-14", "s"), np.datetime64("2011-02-21", "s"))
      >>> flares = flare_list(week, start=["2011-02-15T01:44", "2011-02-16T01:32"],
      ...                     flux_w_m2=[2.2e-4, 1e-5], region=[11158, 0])
      >>> times = np.array(["2011-02-15T00:00", "2011-02-15T12:00"], "datetime64[s]")
      >>> label = label_windows(flares, [{11158}, {11158, 11159}], *after(times))
      >>> label.flux_w_m2.tolist(), label.unattributed_flux_w_m2.tolist()
      ([0.00022, 0.0], [0.0, 1e-05])
    """
    begin, end = begin.astype("datetime64[s]"), end.astype("datetime64[s]")
    records = [
        begin if record_begin is None else record_begin,
        end if record_end is None else record_end,
    ]
    if any(len(column) != len(begin) for column in (regions, end, *records)):
        raise ValueError("regions, begin, end and the records must have one entry for each window")
    if not (begin <= end).all():
        raise ValueError("a window has no time, or ends before it begins")
    index = index_flares(flares)
    window, region = _pairs(regions)
    largest, counts = largest_between(index, region, begin[window], end[window])
    flux = np.zeros(len(begin))
    np.maximum.at(flux, window, largest)
    total = np.zeros((len(begin), 3), dtype=np.int64)
    np.add.at(total, window, counts)
    nobody = np.zeros(len(begin), dtype=np.int64)
    unattributed, _ = largest_between(index, nobody, begin, end)
    source = flares.source
    complete = (source.begins <= begin) & (end <= source.ends)
    complete &= (records[0] <= begin) & (end <= records[1])
    return WindowLabel(flux, unattributed, complete, source.floor_w_m2, total)


def label_window(
    flares: FlareList,
    regions: Numbers,
    begin: np.datetime64,
    end: np.datetime64,
    *,
    record_begin: np.datetime64 | None = None,
    record_end: np.datetime64 | None = None,
) -> WindowLabel:
    """Label one window ``(begin, end]``; see `label_windows`.

    Args:
      flares: the list.
      regions: numbers of the regions that the window is about.
      begin: the window starts just after it.
      end: its last moment.
      record_begin: when the region was first seen, or None.
      record_end: when it was last seen, or None.

    Returns:
      A label of scalars.

    Raises:
      ValueError: the window has no time or ends before it begins.
    """
    records = {"record_begin": record_begin, "record_end": record_end}
    given = {
        name: np.array([at], "datetime64[s]") for name, at in records.items() if at is not None
    }
    window = (np.array([begin], "datetime64[s]"), np.array([end], "datetime64[s]"))
    labels = label_windows(flares, [regions], *window, **given)
    return labels._replace(**{name: getattr(labels, name)[0] for name in _COLUMNS})


def event(
    label: WindowLabel, threshold_w_m2: float
) -> tuple[Bool[np.ndarray, "*n"] | np.bool_, Bool[np.ndarray, "*n"] | np.bool_]:
    """Whether a flare of at least this flux happened, and whether that is known.

    It happened if the largest attributed flare reaches the threshold. It is known if the window is
    complete and no flare without a region reaches the threshold. Both hold whatever happened: to
    keep only the "yes" of doubtful windows would raise the base rate.

    Args:
      label: one label or many.
      threshold_w_m2: e.g. ``goes_flux("M1.0")``.

    Returns:
      ``(happened, known)``, booleans of the label's shape.

    Raises:
      ValueError: the threshold lies below the floor of the list, which then is silent about it.

    Example:
      >>> label = WindowLabel(np.float64(1.2e-5), np.float64(6.6e-6), np.bool_(True), 1e-6)
      >>> [tuple(map(bool, event(label, threshold))) for threshold in (1e-6, 1e-5)]
      [(True, False), (True, True)]
    """
    if not threshold_w_m2 >= label.floor_w_m2:
        raise ValueError(
            f"the flare list is complete from {label.floor_w_m2:.3g} W m⁻² on and cannot tell about"
            f" flares ≥ {threshold_w_m2:.3g}: ask for larger classes, or build the data with"
            " another --flux-scale or --floor"
        )
    happened = label.flux_w_m2 >= threshold_w_m2
    return happened, label.complete & (label.unattributed_flux_w_m2 < threshold_w_m2)


def events(labels: WindowLabel, thresholds_w_m2: Sequence[float]) -> Events:
    """`event` for several thresholds side by side.

    Args:
      labels: ``n`` labels.
      thresholds_w_m2: ``k`` fluxes.

    Returns:
      Events of shape ``[n, k]``.

    Raises:
      ValueError: a threshold lies below the floor of the list.
    """
    happened, known = zip(*(event(labels, threshold) for threshold in thresholds_w_m2), strict=True)
    return Events(np.stack(happened, axis=1), np.stack(known, axis=1))


def _pairs(regions: Regions) -> tuple[Int[np.ndarray, "p"], Int[np.ndarray, "p"]]:
    """Every window with each of its regions once, as rows of windows and numbers of regions."""
    if isinstance(regions, np.ndarray):
        pairs = np.stack([np.arange(len(regions)), regions.astype(np.int64)], axis=1)
    else:
        sizes = np.fromiter(map(len, regions), dtype=np.int64, count=len(regions))
        number = np.fromiter(itertools.chain.from_iterable(regions), dtype=np.int64)
        pairs = np.stack([np.repeat(np.arange(len(sizes)), sizes), number], axis=1)
        pairs = pairs[np.lexsort(pairs.T)]
        pairs = pairs[np.insert((np.diff(pairs, axis=0) != 0).any(axis=1), 0, True)[: len(pairs)]]
    pairs = pairs[pairs[:, 1] > 0]
    return pairs[:, 0], pairs[:, 1]
