"""Later and longer windows from the labels of a region's other rows, counted by hand."""

import numpy as np
import pytest

from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.later import asked_of, later
from jsolar.types import Events, Rows

DAY = 86400


def examples(seed: int, n: int = 400, *, first_day: int = 0) -> Examples:
    """Rows of regions six hours apart, some of them missing, in any order."""
    rng = np.random.default_rng(seed)
    region = np.repeat(np.arange(n // 20), 20) + 100 * seed
    hours = np.tile(6 * np.arange(20), n // 20) + 24 * first_day
    kept = rng.permutation(n)[: 9 * n // 10]
    time = np.datetime64("2012-01-01", "s") + (3600 * hours[kept])
    happened = rng.random((len(kept), 2)) < 0.3
    known = rng.random((len(kept), 2)) < 0.9
    rows = Rows(kept.astype(str), region[kept], time)
    return Examples(rows, {}, Events(happened & known, known))


@pytest.mark.parametrize(("lead", "window"), [(0, 24), (24, 24), (6, 48), (0, 72)])
def test_a_window_is_the_union_of_those_it_is_made_of(lead: int, window: int) -> None:
    whole = examples(1)
    found = later(whole, lead_hours=lead, window_hours=window)
    rows = whole.rows
    for i in range(len(rows.id)):
        place = []
        for hours in range(lead, lead + window, 24):
            then = rows.time[i] + np.timedelta64(3600 * hours, "s")
            place.append(np.flatnonzero((rows.group == rows.group[i]) & (rows.time == then)))
        for k in range(2):
            there = all(len(p) == 1 and whole.events.known[p[0], k] for p in place)
            assert found.known[i, k] == there
            expected = there and any(whole.events.happened[p[0], k] for p in place)
            assert found.happened[i, k] == expected


def test_the_window_at_once_is_the_label_itself() -> None:
    whole = examples(2)
    found = later(whole, lead_hours=0, window_hours=24)
    np.testing.assert_array_equal(found.happened, whole.events.happened)
    np.testing.assert_array_equal(found.known, whole.events.known)


@pytest.mark.parametrize(("lead", "window"), [(0, 0), (0, 36), (-24, 24)])
def test_windows_that_cannot_be_made_are_refused(lead: int, window: int) -> None:
    with pytest.raises(ValueError, match="cannot be made of windows of 24 h"):
        later(examples(1), lead_hours=lead, window_hours=window)


def test_all_windows_are_asked_of_the_same_rows_and_none_reaches_into_the_next_split() -> None:
    data = Data(*(examples(i, first_day=4 * i) for i in range(3)), ("≥C1.0", "≥M1.0"), {})
    asked = [(0, 24), (24, 24), (0, 72)]
    first, second, third = asked_of(data, asked)
    for split in ("train", "validation", "test"):
        known = [getattr(d, split).events.known for d in (first, second, third)]
        np.testing.assert_array_equal(known[0], known[1])
        np.testing.assert_array_equal(known[0], known[2])
        assert known[0].any()
    rows, known = first.train.rows, first.train.events.known.any(1)
    end = rows.time[known].max() + np.timedelta64(3 * DAY, "s")
    assert end <= data.validation.rows.time.min()
    more = third.test.events.happened >= first.test.events.happened
    assert more.all()
