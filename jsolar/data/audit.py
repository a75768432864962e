"""Leakage checks that raise: what a referee would ask about a split."""

from collections.abc import Mapping

import numpy as np

from jsolar.data.normalise import Normaliser
from jsolar.types import Examples


class LeakError(ValueError):
    """Something of the test data would reach the model."""


def check_splits(splits: Mapping[str, Examples], *, window_hours: float = 24.0) -> None:
    """Raise unless splits share no region, no example, and no label window crosses a border.

    A window of one split reaches into another if it is issued less than ``window_hours`` before
    the other begins, while it lasts, or less than ``window_hours`` after its last issue time: the
    label of a training row would fall into the time of the test rows.

    Args:
      splits: from name to examples, in order of time.
      window_hours: length of the label window.

    Raises:
      LeakError: says which splits share what.

    Example:
      >>> from jsolar.types import Events
      >>> def table(region, time):
      ...     known = np.ones((1, 1), bool)
      ...     return Examples(np.array([time]), np.array([region]),
      ...                     np.array([time], "datetime64[s]"), {}, Events(known, known))
      >>> check_splits({"train": table(1, "2012-01-01"), "test": table(1, "2013-01-01")})
      Traceback (most recent call last):
      ...
      jsolar.data.audit.LeakError: train and test share 1 region (1): split by region
    """
    names = list(splits)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            _check_disjoint("region", splits[first].region, splits[second].region, first, second)
            _check_disjoint("id", splits[first].id, splits[second].id, first, second)
            _check_apart(splits[first], splits[second], first, second, window_hours)


def check_statistics(normaliser: Normaliser, train: Examples) -> None:
    """Raise unless a normaliser's statistics were fitted on training regions only.

    Raises:
      LeakError: says how many other regions they were fitted on.
    """
    foreign = np.setdiff1d(normaliser.regions, train.region)
    if len(foreign):
        raise LeakError(
            f"the normaliser was fitted on {_some(foreign, 'region')} outside the training set: "
            "fit it on training data only"
        )


def _check_disjoint(what: str, a: np.ndarray, b: np.ndarray, first: str, second: str) -> None:
    shared = np.intersect1d(a, b)
    if len(shared):
        raise LeakError(f"{first} and {second} share {_some(shared, what)}: split by region")


def _check_apart(a: Examples, b: Examples, first: str, second: str, window_hours: float) -> None:
    if not len(a.issue_time) or not len(b.issue_time):
        return
    window = np.timedelta64(round(window_hours * 3600), "s")
    begin, end = b.issue_time.min(), b.issue_time.max() + window
    late = (a.issue_time + window > begin) & (a.issue_time < end)
    if late.any():
        raise LeakError(
            f"{late.sum()} label windows of {first} reach into the time of {second}: "
            "drop the rows before the border, or split by time"
        )


def _some(values: np.ndarray, what: str) -> str:
    plural = "" if len(values) == 1 else "s"
    shown = ", ".join(map(str, values[:3])) + (", …" if len(values) > 3 else "")
    return f"{len(values)} {what}{plural} ({shown})"
