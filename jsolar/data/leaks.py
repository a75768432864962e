"""What of a test set reaches the training set? Findings about anybody's table of windows.

Each function looks for one kind of leak and returns what it found, or nothing. They need no more
than numpy arrays; ``python -m jsolar.data.audit FILE`` runs all of them on a table.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

_HOUR = np.timedelta64(3600, "s")


class Table(NamedTuple):
    """Windows: each was observed from ``begin`` to ``issue_time``, its label tells what followed.

    Attributes:
      split: ``Str[n]``, e.g. train, test.
      region: ``Str[n]``, the active region.
      begin: ``datetime64[s][n]``, when the observation begins; the issue time for single pictures.
      issue_time: ``datetime64[s][n]``, when the forecast is made.
      seen_until: ``datetime64[s][n]``, the latest time of the data in the row, if it is told.
      label_hours: length of the time that the label is about.
      label: ``Bool[n]``, or None.
      features: numeric columns by name.
    """

    split: np.ndarray
    region: np.ndarray
    begin: np.ndarray
    issue_time: np.ndarray
    seen_until: np.ndarray | None
    label_hours: float
    label: Bool[np.ndarray, "n"] | None
    features: Mapping[str, Float[np.ndarray, "n"]]


class Finding(NamedTuple):
    """A leak: its kind, how often, some examples, and what to do about it."""

    kind: str
    number: int
    examples: Sequence[str]
    remedy: str


def shared_regions(table: Table) -> list[Finding]:
    """Regions that stand in more than one split.

    Example:
      >>> table = _toy(split=["train", "test"], region=["11158", "11158"])
      >>> [(f.kind, f.number, f.examples) for f in shared_regions(table)]
      [('regions in two splits', 1, ['11158 in test, train'])]
    """
    pairs = np.unique(np.stack([table.region, table.split]), axis=1)
    names, count = np.unique(pairs[0], return_counts=True)
    shared = names[count > 1]
    cases = [f"{name} in {', '.join(pairs[1][pairs[0] == name])}" for name in shared[:3]]
    return _found("regions in two splits", len(shared), cases, "split by region")


def overlapping_windows(table: Table) -> list[Finding]:
    """Windows of one region in different splits that observe the same time.

    Example:
      >>> table = _toy(split=["train", "test"], region=["1", "1"], hours=[0, 11], observed=12)
      >>> [(f.kind, f.number) for f in overlapping_windows(table)]
      [('windows that overlap across splits', 1)]
    """
    cases = [
        _both(table, i, j) for i, j in _neighbours(table) if table.begin[j] < table.issue_time[i]
    ]
    remedy = "keep all windows of a region in one split"
    return _found("windows that overlap across splits", len(cases), cases[:3], remedy)


def short_gaps(table: Table) -> list[Finding]:
    """Windows of one region that begin while the label of another split is still open.

    So splits in time need a gap of window plus horizon between issue times of the same region.

    Example:
      >>> table = _toy(split=["train", "test"], region=["1", "1"], hours=[0, 35], observed=12)
      >>> [(f.kind, f.number) for f in short_gaps(table)]
      [('gaps shorter than window plus horizon', 1)]
      >>> short_gaps(_toy(split=["train", "test"], region=["1", "1"], hours=[0, 36], observed=12))
      []
    """
    closed = table.issue_time + _hours(table.label_hours)
    cases = [
        _both(table, i, j)
        for i, j in _neighbours(table)
        if table.issue_time[i] <= table.begin[j] < closed[i]
    ]
    remedy = "leave out the rows between, or split by region"
    return _found("gaps shorter than window plus horizon", len(cases), cases[:3], remedy)


def seen_too_late(table: Table) -> list[Finding]:
    """Rows whose data reach beyond the issue time, into the time of the label.

    Example:
      >>> table = _toy(split=["train"], region=["1"], hours=[0])
      >>> late = table._replace(seen_until=table.issue_time + np.timedelta64(1, "h"))
      >>> [(f.kind, f.number) for f in seen_too_late(late)]
      [('rows that saw the time of their label', 1)]
    """
    if table.seen_until is None:
        return []
    late = np.flatnonzero(table.seen_until > table.issue_time)
    cases = [
        f"{table.region[i]} at {table.issue_time[i]} saw {table.seen_until[i]}" for i in late[:3]
    ]
    remedy = "take only data from before the issue time"
    return _found("rows that saw the time of their label", len(late), cases, remedy)


def telling_features(table: Table, *, area: float = 0.999, events: int = 20) -> list[Finding]:
    """Features that separate the classes as no measurement of the Sun does: do they hold the label?

    Args:
      table: with labels.
      area: under the ROC curve of one feature, or of its negative, that nothing honest reaches.
      events: fewer of them than this prove nothing.

    Returns:
      Findings.

    Example:
      >>> label = np.arange(200) % 4 == 0
      >>> table = _toy(split=["train"] * 200, region=["1"] * 200, hours=range(200))
      >>> table = table._replace(label=label, features={"next_flux": label + 0.1})
      >>> [f.examples for f in telling_features(table)]
      [['next_flux: area 1.000']]
    """
    if table.label is None or min(table.label.sum(), (~table.label).sum()) < events:
        return []
    cases = []
    for name, values in table.features.items():
        one = _area(values, table.label)
        if max(one, 1 - one) >= area:
            cases.append(f"{name}: area {max(one, 1 - one):.3f}")
    remedy = "see how these columns were made; the label may be in them"
    return _found("features that tell the label", len(cases), cases[:3], remedy)


def common_statistics(table: Table, *, training: str = "train") -> list[Finding]:
    """Features scaled by statistics of all rows: neat over everything, not over the training rows.

    A column is neat if its mean is 0 and its deviation 1, its least and largest values are 0 and
    1, or its median is 0 and its interquartile range 1.

    Args:
      table: with features.
      training: the name of the training split.

    Returns:
      Findings.

    Example:
      >>> x = np.random.default_rng(0).normal(size=400)
      >>> table = _toy(split=["train"] * 200 + ["test"] * 200, region=["1"] * 400, hours=range(400))
      >>> whole = table._replace(features={"flux": (x - x.mean()) / x.std()})
      >>> [f.kind for f in common_statistics(whole)]
      ['features scaled by statistics of all splits']
      >>> own = table._replace(features={"flux": (x - x[:200].mean()) / x[:200].std()})
      >>> common_statistics(own)
      []
    """
    rows = table.split == training
    if rows.all() or not rows.any():
        return []
    cases = [
        name for name, values in table.features.items() if _neat(values) and not _neat(values[rows])
    ]
    remedy = f"fit the scaling on the rows of {training} only"
    return _found("features scaled by statistics of all splits", len(cases), cases[:3], remedy)


def duplicates(table: Table) -> list[Finding]:
    """Rows of different splits whose features are the same, number by number.

    Example:
      >>> table = _toy(split=["train", "test"], region=["1", "2"], hours=[0, 900])
      >>> table = table._replace(features={"a": np.array([1.5, 1.5]), "b": np.array([2.0, 2.0])})
      >>> [(f.kind, f.number) for f in duplicates(table)]
      [('rows repeated in another split', 1)]
    """
    if not table.features:
        return []
    values = np.stack([np.nan_to_num(v, nan=np.inf) for v in table.features.values()], 1)
    different = np.isfinite(values).any(1) & (
        (values != values[:, :1]).any(1) | (len(values.T) == 1)
    )
    rows = np.flatnonzero(different)  # rows of nothing but zeros are no copies of one another
    order = rows[np.lexsort(values[rows].T)]
    cases = [
        f"{table.region[i]} at {table.issue_time[i]} ({table.split[i]}) and "
        f"{table.region[j]} at {table.issue_time[j]} ({table.split[j]})"
        for i, j in itertools.pairwise(order)
        if table.split[i] != table.split[j] and (values[i] == values[j]).all()
    ]
    return _found("rows repeated in another split", len(cases), cases[:3], "keep one of them")


LEAKS = (
    shared_regions,
    overlapping_windows,
    short_gaps,
    seen_too_late,
    telling_features,
    common_statistics,
    duplicates,
)
"""All that is looked for."""


def leaks(table: Table) -> list[Finding]:
    """All findings about a table; none if no split leaks into another."""
    return [finding for look in LEAKS for finding in look(table)]


def _found(kind: str, count: int, examples: Sequence[str], remedy: str) -> list[Finding]:
    return [Finding(kind, count, list(examples), remedy)] if count else []


def _hours(hours: float) -> np.timedelta64:
    return np.timedelta64(round(3600 * hours), "s")


def _both(table: Table, i: int, j: int) -> str:
    moments = [f"{table.split[k]} at {table.issue_time[k]}" for k in (i, j)]
    return f"{table.region[i]}: {', '.join(moments)}"


def _neighbours(table: Table) -> list[tuple[int, int]]:
    """Rows of one region that follow one another in time and stand in different splits."""
    order = np.lexsort((table.issue_time, table.region))
    return [
        (int(i), int(j))
        for i, j in itertools.pairwise(order)
        if table.region[i] == table.region[j] and table.split[i] != table.split[j]
    ]


def _area(values: Float[np.ndarray, "n"], label: Bool[np.ndarray, "n"]) -> float:
    """Area under the ROC curve by ranks, ties shared; missing values stand lowest."""
    filled = np.where(np.isfinite(values), values, -np.inf)
    _, which, count = np.unique(filled, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[which]
    yes = int(label.sum())
    return float((rank[label].sum() - yes * (yes + 1) / 2) / (yes * (len(label) - yes)))


def _neat(values: Float[np.ndarray, "n"]) -> bool:
    known = values[np.isfinite(values)]
    if len(known) < 2 or np.ptp(known) == 0 or len(np.unique(known)) < 3:
        return False
    low, middle, high = np.percentile(known, [25, 50, 75])
    pairs = (
        (known.mean(), known.std()),
        (known.mean(), known.std(ddof=1)),
        (known.min(), np.ptp(known)),
        (middle, high - low),
    )
    return any(abs(centre) < 1e-5 and abs(unit - 1) < 1e-5 for centre, unit in pairs)


def _toy(
    split: Sequence[str], region: Sequence[str], hours: Any = (0, 48), observed: int = 0
) -> Table:
    """A table for the examples of this file: issue times in hours, no features."""
    start = np.datetime64("2011-02-15T00:00:00", "s")
    at = start + (3600 * np.asarray(list(hours))).astype("timedelta64[s]")
    return Table(np.array(split), np.array(region), at - observed * _HOUR, at, None, 24.0, None, {})
