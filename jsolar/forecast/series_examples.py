"""Windows of series as examples: partitions put together, and what happened the day before."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from jsolar.data.sampling import SUBCLASSES
from jsolar.data.stored import Columns, read_columns
from jsolar.forecast.examples import Examples
from jsolar.forecast.window_examples import rows_of
from jsolar.sun.conventions import FLARE_CLASSES, WINDOW_HOURS
from jsolar.sun.flares.catalogue import goes_flux
from jsolar.types import Events, take

STATISTICS = ("median", "deviation", "least", "largest", "last", "change")
"""What is told of each column of a series in the input ``summary``."""

_DAY = np.timedelta64(round(WINDOW_HOURS * 3600), "s")


class SeriesExamples(NamedTuple):
    """Windows of some partitions.

    Attributes:
      examples: with the inputs ``summary`` (see `summarised`), ``previous`` and, if wanted,
        ``series`` (NaN where missing).
      subclass: ``Int[n]``, of the largest flare, by its place in
        `jsolar.data.sampling.SUBCLASSES`.
      cut: ``Bool[n]``, the record of the region ends within the 24 h after, so that a flare may
        have been missed.
      verified: ``Str[n]``, Primary or Secondary, or empty.
    """

    examples: Examples
    subclass: Int[np.ndarray, "n"]
    cut: Bool[np.ndarray, "n"]
    verified: Shaped[np.ndarray, "n"]


def series_examples(
    sources: Sequence[Any], *, classes: Sequence[str] = ("M1.0",), series: bool = True
) -> SeriesExamples:
    """The examples of some partitions of ``swan_sf``.

    An event that is not in the label did not happen, as SWAN-SF has it, also where the window is
    ``cut``. What happened the day before is the label of the region's window 24 h earlier.

    Args:
      sources: ``tfds.data_source("swan_sf/…", split="partition1")`` and so on.
      classes: GOES classes; the events are "a flare at least this large within 24 h".
      series: whether the series themselves are wanted; else no more than a few hundred are in
        memory at once.

    Returns:
      The examples.

    Raises:
      ValueError: the partitions are empty.
    """
    parts = [_columns(source, series) for source in sources if len(source)]
    if not parts:
        raise ValueError("the partitions hold no windows")
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    rows, flux = rows_of(columns), columns["flux_w_m2"]
    thresholds = np.array([goes_flux(name) for name in classes])
    happened = flux[:, None] >= thresholds
    before = the_day_before(rows.group, rows.time, flux)[:, None]
    inputs = {name: columns[name] for name in ("series", "summary") if name in columns}
    truth = columns["true_probability"][:, [FLARE_CLASSES.index(name) for name in classes]]
    examples = Examples(
        rows=rows,
        inputs=inputs
        | {
            "previous": np.where(np.isnan(before), np.nan, before >= thresholds).astype(np.float32),
        },
        events=Events(happened, np.ones_like(happened)),
        true_probability=None if np.isnan(truth).all() else truth.astype(np.float64),
    )
    letters = [name.decode()[-1] for name in columns["subclass"]]  # quiet is FQ there
    return SeriesExamples(
        examples,
        np.array([SUBCLASSES.index(letter) for letter in letters]),
        cut_windows(rows.group, rows.time),
        columns["verified"].astype(str),
    )


def _columns(source: Any, series: bool) -> Columns:
    """The columns of a partition, and the summary of its series."""
    left_out = {"good"} if series else {"good", "series"}

    def kept(found: Columns) -> Columns:
        found["summary"] = summarised(found["series"])
        return {name: values for name, values in found.items() if name not in left_out}

    return read_columns(source, list(source[0]), kept)


def summarised(series: Float[np.ndarray, "n t f"]) -> Float[np.ndarray, "n s"]:
    """`STATISTICS` of each column, one statistic after the other; NaN where nothing is known.

    ``last`` is the last number that is known, ``change`` that minus the first one.

    Example:
      >>> x = np.array([1.0, np.nan, 4.0, 2.0])[None, :, None]
      >>> dict(zip(STATISTICS, summarised(x)[0].round(2).tolist()))["change"]
      1.0
    """
    known = ~np.isnan(series)
    none = ~known.any(1)
    filled = np.where(none[:, None], 0.0, series)
    place = np.argmax(known, axis=1)[:, None]
    end = series.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)[:, None]
    first, last = (np.take_along_axis(filled, at, axis=1)[:, 0] for at in (place, end))
    found = [
        np.nanmedian(filled, axis=1),
        _deviation(filled),
        np.nanmin(filled, axis=1),
        np.nanmax(filled, axis=1),
        last,
        last - first,
    ]
    return np.concatenate([np.where(none, np.nan, x) for x in found], axis=1).astype(np.float32)


def _deviation(series: Float[np.ndarray, "n t f"]) -> Float[np.ndarray, "n f"]:
    """The standard deviation; squares of forces, 1e25 dyn, would be beyond single precision."""
    largest = np.nanmax(np.abs(series), axis=1)
    size = np.where(largest > 0, largest, 1)
    return size * np.nanstd(series / size[:, None], axis=1)


def the_day_before(
    region: Int[np.ndarray, "n"], time: np.ndarray, flux_w_m2: Float[np.ndarray, "n"]
) -> Float[np.ndarray, "n"]:
    """The label of the region's window that was issued 24 h earlier; NaN where there is none.

    Example:
      >>> hours = np.datetime64("2012-01-01T00", "s") + np.array([0, 24, 30]) * 3600
      >>> the_day_before(np.array([5, 5, 5]), hours, np.array([1e-5, 0.0, 0.0])).tolist()
      [nan, 1e-05, nan]
    """
    seconds = time.astype("datetime64[s]").astype(np.int64)
    where = {pair: i for i, pair in enumerate(zip(region.tolist(), seconds.tolist(), strict=True))}
    day = int(_DAY.astype(int))
    wanted = zip(region.tolist(), (seconds - day).tolist(), strict=True)
    place = np.array([where.get(pair, -1) for pair in wanted])
    return np.where(place < 0, np.nan, flux_w_m2[place])


def segmented(examples: Examples) -> Examples:
    """The same, where a window without the event counts only if none was near.

    As Bobra & Couvidat sample: an event that did not happen is known only if it did not happen
    within 48 h before or after the issue time either. So windows on the eve and the morrow of a
    flare, which are hard, are left out, and scores are higher than those of a forecast that has to
    be issued every day ("operational"). Only what other windows of the region tell is known here.

    Args:
      examples: of all windows, an hour apart.

    Returns:
      Examples with less known.

    Example:
      >>> from jsolar.types import Rows
      >>> hours = np.datetime64("2012-01-01T00", "s") + np.array([0, 24, 72, 73]) * 3600
      >>> rows = Rows(np.arange(4).astype(str), np.full(4, 5), hours)
      >>> yes = np.array([[False], [True], [False], [False]])
      >>> segmented(Examples(rows, {}, Events(yes, yes | True))).events.known.ravel().tolist()
      [False, True, False, True]
    """
    rows, happened = examples.rows, np.asarray(examples.events.happened)
    order = np.lexsort((rows.time, rows.group))
    counted = np.cumsum(np.vstack([np.zeros_like(happened[:1]), happened[order]]), axis=0)
    moment = rows.time.astype("datetime64[s]").astype(np.int64)
    span, day = int(np.ptp(moment)) + 1, int(_DAY.astype(int))
    _, index = np.unique(rows.group, return_inverse=True)
    place = moment - np.min(moment)
    key = index * span + place
    begin, end = (index * span + np.clip(place + d * day, 0, span - 1) for d in (-2, 1))
    first = np.searchsorted(key[order], begin)  # of the region's windows that reach into these 4 d
    last = np.searchsorted(key[order], end, side="right")
    near = counted[last] > counted[first]
    known = examples.events.known & (happened | ~near)
    return examples._replace(events=Events(happened, known))


def cut_windows(region: Int[np.ndarray, "n"], time: np.ndarray) -> Bool[np.ndarray, "n"]:
    """Windows after which the region is not seen for 24 h: its last window ends before.

    Example:
      >>> hours = np.datetime64("2012-01-01T00", "s") + np.array([0, 10, 30]) * 3600
      >>> cut_windows(np.array([5, 5, 5]), hours).tolist()
      [False, True, True]
    """
    _, index = np.unique(region, return_inverse=True)
    seconds = time.astype("datetime64[s]").astype(np.int64)
    last = np.full(len(np.unique(index)), np.iinfo(np.int64).min)
    np.maximum.at(last, index, seconds)
    return seconds + int(_DAY.astype(int)) > last[index]


def before(earlier: Examples, later: Examples) -> Examples:
    """The earlier examples whose labels end before the first row of the later ones.

    Partitions share no region, but a region of one outlives the border to the next; so their
    windows tell of the same hours of the Sun.
    """
    kept = earlier.rows.time + _DAY <= later.rows.time.min()
    return take(earlier, np.flatnonzero(kept))
