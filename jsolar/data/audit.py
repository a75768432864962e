"""Leakage checks: what a referee would ask about a split.

`check_splits` and `check_statistics` raise, and stand before every experiment. For anybody's table
of windows, made with whatever tools, there is ``python -m jsolar.data.audit FILE``: it says what
leaks, how often and where, and ends with status 1 if anything does.
"""

import hashlib
import pathlib
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from jsolar.data.leaks import Finding, Table, leaks
from jsolar.data.normalise import Normaliser
from jsolar.sun.conventions import WINDOW_HOURS
from jsolar.types import Rows


class LeakError(ValueError):
    """Something of the test data would reach the model."""


def check_splits(splits: Mapping[str, Rows], *, window_hours: float = WINDOW_HOURS) -> None:
    """Raise unless splits share no group, no row, and no label window crosses a border.

    Two splits reach into each other where a row of one is issued less than ``window_hours`` before
    or after a row of the other: their labels tell of the same hours. A split may lie on both sides
    of another.

    Args:
      splits: from name to rows.
      window_hours: length of the label window.

    Raises:
      LeakError: says which splits share what.
      ValueError: a row has no issue time.

    Example:
      >>> def table(region, time):
      ...     return Rows(np.array([time]), np.array([region]), np.array([time], "datetime64[s]"))
      >>> check_splits({"train": table(1, "2012-01-01"), "test": table(1, "2013-01-01")})
      Traceback (most recent call last):
      ...
      jsolar.data.audit.LeakError: train and test share 1 region (1): split by region
    """
    for name, rows in splits.items():
        if np.isnat(rows.time).any():
            raise ValueError(f"{np.isnat(rows.time).sum()} rows of {name} have no issue time")
    names = list(splits)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            _check_disjoint("region", splits[first].group, splits[second].group, first, second)
            _check_disjoint("id", splits[first].id, splits[second].id, first, second)
            _check_apart(splits[first], splits[second], first, second, window_hours)


def check_copies(pictures: Mapping[str, np.ndarray]) -> None:
    """Raise if a picture stands in two splits, whatever it is called there.

    Args:
      pictures: ``[n, …]`` of each split, in memory.

    Raises:
      LeakError: says which rows are the same.

    Example:
      >>> x = np.random.default_rng(0).normal(size=(3, 4, 4, 1))
      >>> check_copies({"train": x[:2], "test": x[[2, 0]]})
      Traceback (most recent call last):
      ...
      jsolar.data.audit.LeakError: row 1 of test is the picture of row 0 of train: keep one of them
    """
    first: dict[bytes, tuple[str, int]] = {}
    for name, rows in pictures.items():
        for i, row in enumerate(rows):
            digest = hashlib.blake2b(row.tobytes(), digest_size=16).digest()
            where, number = first.setdefault(digest, (name, i))
            if where != name and (row != row.flat[0]).any():  # blank ones are no copies
                raise LeakError(
                    f"row {i} of {name} is the picture of row {number} of {where}: keep one of them"
                )


def check_statistics(normaliser: Normaliser, train: Rows) -> None:
    """Raise unless a normaliser's statistics were fitted on training regions only.

    Raises:
      LeakError: says how many other regions they were fitted on.
    """
    foreign = np.setdiff1d(normaliser.regions, train.group)
    if len(foreign):
        raise LeakError(
            f"the normaliser was fitted on {_some(foreign, 'region')} outside the training set: "
            "fit it on training data only"
        )


def _check_disjoint(what: str, a: np.ndarray, b: np.ndarray, first: str, second: str) -> None:
    shared = np.intersect1d(a, b)
    if len(shared):
        raise LeakError(f"{first} and {second} share {_some(shared, what)}: split by region")


def _check_apart(a: Rows, b: Rows, first: str, second: str, window_hours: float) -> None:
    if not len(a.time) or not len(b.time):
        return
    window = np.timedelta64(round(window_hours * 3600), "s")
    other = np.sort(b.time)
    after = np.minimum(np.searchsorted(other, a.time), len(other) - 1)
    distance = np.minimum(abs(other[after] - a.time), abs(other[np.maximum(after - 1, 0)] - a.time))
    near = distance < window
    if near.any():
        raise LeakError(
            f"{near.sum()} label windows of {first} reach into the time of {second}: "
            "drop the rows at the border, or split by time"
        )


def _some(values: np.ndarray, what: str) -> str:
    plural = "" if len(values) == 1 else "s"
    shown = ", ".join(map(str, values[:3])) + (", …" if len(values) > 3 else "")
    return f"{len(values)} {what}{plural} ({shown})"


def read_table(
    file: pathlib.Path,
    split: str = "split",
    region: str = "region",
    issue_time: str = "issue_time",
    begin: str | None = None,
    seen_until: str | None = None,
    label: str | None = None,
    label_hours: float = WINDOW_HOURS,
) -> Table:
    """Read a table of windows, CSV or Parquet, one row each.

    All further columns of numbers are taken as features.

    Args:
      file: the table.
      split: the column that says train, validation, test, or fold1, fold2 …
      region: the column of active regions.
      issue_time: the column of times at which forecasts are made, UTC.
      begin: the column of times at which observations begin; not given: single pictures.
      seen_until: the column of the latest times of which the data of a row know.
      label: the column of labels, 0 or 1.
      label_hours: length of the time that the label is about.

    Returns:
      The table.

    Raises:
      ValueError: the file is no such table, or a column is missing or cannot be read.
    """
    import pandas as pd

    try:
        frame = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)
    except (ValueError, pd.errors.ParserError) as error:
        raise ValueError(f"{file}: no CSV or Parquet table ({error})") from None
    named = [name for name in (split, region, issue_time, begin, seen_until, label) if name]
    absent = [name for name in named if name not in frame]
    if absent:
        raise ValueError(
            f"{file} has no column {', '.join(absent)}: name it with an option (see --help); "
            f"there are {', '.join(map(str, frame.columns))}"
        )

    def times(name: str) -> Any:
        moments = pd.to_datetime(frame[name], errors="coerce", utc=True, format="ISO8601")
        if moments.isna().any():
            row = int(np.flatnonzero(moments.isna())[0])
            raise ValueError(f"{file}, row {row + 1}: {frame[name][row]!r} in {name} is no time")
        return moments.dt.tz_localize(None).to_numpy("datetime64[s]")

    features = frame.drop(columns=named).select_dtypes("number")
    issued = times(issue_time)
    return Table(
        split=frame[split].to_numpy(str),
        region=frame[region].to_numpy(str),
        begin=times(begin) if begin else issued,
        issue_time=issued,
        seen_until=times(seen_until) if seen_until else None,
        label_hours=label_hours,
        label=None if label is None else frame[label].to_numpy() > 0,
        features={str(name): features[name].to_numpy(float) for name in features},
    )


def verdict(found: list[Finding], table: Table) -> str:
    """The findings in words.

    Example:
      >>> from jsolar.data.leaks import _toy
      >>> print(verdict([], _toy(split=["train", "test"], region=["1", "2"])))
      2 windows of 2 regions in test 1, train 1: no leak found
    """
    names, count = np.unique(table.split, return_counts=True)
    sizes = ", ".join(f"{name} {number}" for name, number in zip(names, count, strict=True))
    regions = len(np.unique(table.region))
    head = f"{len(table.split)} windows of {regions} regions in {sizes}: "
    lines = [head + (f"{len(found)} kinds of leak" if found else "no leak found")]
    for finding in found:
        lines += [f"- {finding.number} {finding.kind}; {finding.remedy}"]
        lines += [f"    {example}" for example in finding.examples]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Audit a table; the exit status is 0 if nothing leaks, 1 if something does, 2 on bad input."""
    import tyro

    how = (tyro.conf.PositionalRequiredArgs,)
    try:
        table = tyro.cli(read_table, prog="python -m jsolar.data.audit", args=arguments, config=how)
        found = leaks(table)
    except (ValueError, OSError) as error:
        print(f"jsolar.data.audit: {error}", file=sys.stderr)
        return 2
    print(verdict(found, table))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
