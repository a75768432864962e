"""Labels of later and longer windows, from those of the region's next days."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Int

from jsolar.forecast.examples import Data, Examples
from jsolar.sun.conventions import WINDOW_HOURS
from jsolar.types import Events, Rows

Asked = tuple[int, int]
"""Hours from the issue time to the window, and its length."""


def later(examples: Examples, *, lead_hours: int, window_hours: int) -> Events:
    """Whether each event happens in ``(t + lead, t + lead + window]``.

    The window is made of those of 24 h that the region's later rows are labelled with. It is known
    if all of them are there and known; so nothing is known of regions that leave the disk before,
    or whose spots vanish.

    Args:
      examples: events within 24 h of the issue time, rows 24 h (or whole parts of it) apart.
      lead_hours: of any length, if there are rows so much later.
      window_hours: a multiple of 24.

    Returns:
      Events of the same rows.

    Raises:
      ValueError: the window is no multiple of 24 h, or the lead is negative.

    Example:
      >>> days = np.datetime64("2012-01-01T00", "s") + np.arange(4) * 86400
      >>> rows = Rows(np.arange(4).astype(str), np.full(4, 5), days)
      >>> happened = np.array([[False], [False], [True], [False]])
      >>> found = later(Examples(rows, {}, Events(happened, happened | True)), lead_hours=24,
      ...               window_hours=48)
      >>> found.happened.ravel().tolist(), found.known.ravel().tolist()
      ([True, True, False, False], [True, True, False, False])
    """
    days = round(window_hours / WINDOW_HOURS)
    if days < 1 or days * WINDOW_HOURS != window_hours or lead_hours < 0:
        raise ValueError(
            f"a window of {window_hours} h that begins {lead_hours} h later cannot be made of "
            f"windows of {WINDOW_HOURS:g} h: give a multiple of that, and a lead of 0 or more"
        )
    happened, known = (np.asarray(column) for column in examples.events)
    yes, there = np.zeros_like(happened), np.ones_like(known)
    for day in range(days):
        row = _row_at(examples.rows, lead_hours + day * int(WINDOW_HOURS))
        found = row >= 0
        yes |= happened[row] & found[:, None]
        there &= known[row] & found[:, None]
    return Events(yes & there, there)


def asked_of(data: Data, asked: Sequence[Asked]) -> list[Data]:
    """The same data once for each window, with the same rows known in all of them.

    A row of an earlier split whose longest window reaches into the next is not known, nor is one of
    which any of the windows is not.

    Args:
      data: events within 24 h of the issue time.
      asked: windows.

    Returns:
      Data without true probabilities, which are of other windows.
    """
    reach = np.timedelta64(3600 * max(lead + window for lead, window in asked), "s")
    splits = (data.train, data.validation, data.test)
    ends = [data.validation.rows.time.min(), data.test.rows.time.min(), None]
    found = []
    for split, end in zip(splits, ends, strict=True):
        every = [later(split, lead_hours=lead, window_hours=window) for lead, window in asked]
        known = np.all([events.known for events in every], axis=0)
        if end is not None:
            known &= (split.rows.time + reach <= end)[:, None]
        found.append([
            split._replace(
                events=Events(events.happened & known, known),
                true_probability=None,
                state_probability=None,
            )
            for events in every
        ])  # fmt: skip
    return [
        data._replace(train=train, validation=validation, test=test)
        for train, validation, test in zip(*found, strict=True)
    ]


def _row_at(rows: Rows, hours: int) -> Int[np.ndarray, "n"]:
    """The row of the same region so much later; −1 where there is none."""
    seconds = rows.time.astype("datetime64[s]").astype(np.int64)
    places = pd.MultiIndex.from_arrays([rows.group, seconds])
    then = pd.MultiIndex.from_arrays([rows.group, seconds + 3600 * hours])
    return places.get_indexer(then)
