"""The table that pictures are predicted from: tracked series, and the three splits of them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from jsolar.data import audit
from jsolar.data.stored import StoredColumn, read_columns
from jsolar.sun.units import MM_PER_DEGREE
from jsolar.types import Rows


class Seen(NamedTuple):
    """What a predictor may know.

    Attributes:
      frames: ``[n, p, h, w]``, radial field until the issue time, gauss; NaN where missing.
      latitude_deg: ``Float[n]``, of the middle of the frames.
    """

    frames: Any
    latitude_deg: Float[np.ndarray, "n"]


class Series(NamedTuple):
    """Series of regions, one row for each issue time.

    Attributes:
      rows: who they are: id, region and issue time.
      past: ``[n, p, h, w]``, radial field until the issue time, gauss; NaN where missing. An array,
        or a column that reads rows when asked to.
      future: ``[n, l, h, w]``, the same after it.
      latitude_deg: of the middle of the frames.
      fields: ``[n, l + 1, h, w]`` on simulated data, else None: the region's own field, without
        network and noise, at the issue time and after it.
      expected: ``[n, l, h, w]`` on simulated test data, else None: the mean of its simulated
        futures, the least squared error that anybody can reach.
      longitude_deg: Stonyhurst, of the middle at the issue time, west positive; None if unknown.
    """

    rows: Rows
    past: Any
    future: Any
    latitude_deg: Float[np.ndarray, "n"]
    fields: Any | None = None
    expected: Any | None = None
    longitude_deg: Float[np.ndarray, "n"] | None = None

    @property
    def seen(self) -> Seen:
        """What a predictor may know."""
        return Seen(self.past, self.latitude_deg)


class Data(NamedTuple):
    """Three splits and what is known about them.

    Attributes:
      train, validation, test: series.
      past_hours: of the p frames, relative to the issue time; the last is 0.
      lead_hours: of the l frames after it.
      facts: name and version of the data set, whether it is ``synthetic``, scale of the frames.
    """

    train: Series
    validation: Series
    test: Series
    past_hours: tuple[float, ...]
    lead_hours: tuple[float, ...]
    facts: Mapping[str, Any]

    @property
    def synthetic(self) -> bool:
        """Whether the data are simulated, which is then said everywhere."""
        return bool(self.facts["synthetic"])

    @property
    def pixel_mm(self) -> float:
        """Side of a pixel."""
        return float(self.facts["degrees_per_pixel"]) * MM_PER_DEGREE


_PLACE = ("latitude_deg", "longitude_deg")


def series(source: Any, *, in_memory: bool = True) -> Series:
    """The series of a split of ``region_evolution``.

    Args:
      source: ``tfds.data_source("region_evolution/…", split=…)``.
      in_memory: read the frames now, or leave them on disk.

    Returns:
      The series.

    Raises:
      ValueError: the split is empty.
    """
    if not len(source):
        raise ValueError("the split holds no series: use more regions")
    first = source[0]
    frames = [name for name in ("past", "future", "fields", "expected") if name in first]
    if "expected" in first and np.isnan(first["expected"]).all():
        frames.remove("expected")  # of test data only
    named = read_columns(source, ["id", "group", "issue_time", *_PLACE])
    read: Mapping[str, Any] = (
        read_columns(source, frames)
        if in_memory
        else {name: StoredColumn(source, name) for name in frames}
    )
    time = named["issue_time"].astype("datetime64[s]")
    rows = Rows(named["id"].astype(str), named["group"], time)
    return Series(rows, **{name: named[name] for name in _PLACE}, **read)


def checked(data: Data) -> Data:
    """The same data, if no split leaks into another.

    Raises:
      jsolar.data.audit.LeakError: splits share regions, examples or times.
    """
    splits = {"train": data.train, "validation": data.validation, "test": data.test}
    audit.check_splits(
        {name: split.rows for name, split in splits.items()}, window_hours=data.lead_hours[-1]
    )
    return data


def column(hours: tuple[float, ...], wanted: float) -> int:
    """Which of some hours is the wanted one.

    Raises:
      ValueError: none is.

    Example:
      >>> column((6.0, 12.0), 12.0)
      1
    """
    if wanted not in hours:
        told = ", ".join(f"{hour:g}" for hour in hours)
        raise ValueError(f"the data have no frame at {wanted:g} h, only at {told} h")
    return hours.index(wanted)
