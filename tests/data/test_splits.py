"""Splits by region and time, against the promises of their docstrings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.data.splits import DROPPED, by_time, chronological

ORIGIN = np.datetime64("2012-01-01", "s")
HOUR = np.timedelta64(3600, "s")

tables = st.lists(st.tuples(st.integers(1, 8), st.integers(0, 400)), min_size=1, max_size=40)
border_hours = st.lists(st.integers(0, 400), min_size=1, max_size=3, unique=True).map(sorted)


def columns(table: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    region, hours = np.array(table).T
    return region, ORIGIN + hours * HOUR


def brute_force(region, time, borders, window) -> list[int]:
    """Row by row, as the docstring of `by_time` puts it."""
    expected = []
    for r, t in zip(region, time, strict=True):
        first = min(time[region == r])
        split = sum(first >= border for border in borders)
        outlived = split < len(borders) and t + window > borders[split]
        expected.append(DROPPED if outlived else split)
    return expected


@settings(deadline=None, max_examples=150)
@given(tables, border_hours, st.sampled_from([0.5, 6.0, 24.0, 48.0]))
def test_by_time_against_brute_force(table, hours, window_hours: float) -> None:
    region, time = columns(table)
    borders = ORIGIN + np.array(hours) * HOUR
    split = by_time(region, time, borders, window_hours=window_hours)
    window = np.timedelta64(int(window_hours * 3600), "s")
    assert split.tolist() == brute_force(region, time, borders, window)


@settings(deadline=None, max_examples=150)
@given(tables, st.sampled_from([(0.5, 0.2, 0.3), (0.4, 0.6), (0.1, 0.1, 0.8), (1.0,)]))
def test_no_region_and_no_window_is_shared(table, fractions) -> None:
    region, time = columns(table)
    split = chronological(region, time, fractions=fractions)
    assert set(split) <= {DROPPED, *range(len(fractions))}
    kept = split != DROPPED
    for number in np.unique(region):
        assert len(set(split[kept & (region == number)])) <= 1
    for earlier in range(len(fractions)):
        for later in range(earlier + 1, len(fractions)):
            a, b = time[split == earlier], time[split == later]
            if len(a) and len(b):
                assert a.max() + 24 * HOUR <= b.min()


@given(st.integers(1, 60), st.randoms(use_true_random=False))
def test_each_split_gets_its_share_of_the_regions(n: int, random) -> None:
    """Regions a month apart: none is dropped, and shares differ by rounding only."""
    order = list(range(n))
    random.shuffle(order)
    time = ORIGIN + np.array(order) * (720 * HOUR)
    split = chronological(np.arange(n), time)
    counts = np.bincount(split, minlength=3)
    assert counts.sum() == n
    assert np.abs(counts - n * np.array([0.5, 0.2, 0.3])).max() <= 1
    assert (np.diff(split[np.argsort(time)]) >= 0).all(), "in order of time"


def test_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    region, time = rng.integers(1, 30, 300), ORIGIN + rng.integers(0, 5000, 300) * HOUR
    split = chronological(region, time)
    shuffled = rng.permutation(300)
    np.testing.assert_array_equal(chronological(region[shuffled], time[shuffled]), split[shuffled])
    assert {0, 1, 2} <= set(split)


def test_a_window_may_end_at_the_border_but_not_after() -> None:
    border = np.datetime64("2012-02-01", "s")
    time = border - np.array([25 * 3600, 24 * 3600, 24 * 3600 - 1, 1, 0]).astype("timedelta64[s]")
    assert by_time(np.arange(5), time, [border]).tolist() == [0, 0, DROPPED, DROPPED, 1]
    shorter = by_time(np.arange(5), time, [border], window_hours=12.0)
    assert shorter.tolist() == [0, 0, 0, DROPPED, 1]


def test_the_last_split_never_ends_and_days_are_times() -> None:
    day = np.array(["2012-01-01", "2999-01-01"], "datetime64[D]")
    assert by_time(np.array([1, 2]), day, [np.datetime64("2013-01-01")]).tolist() == [0, 1]


@pytest.mark.parametrize("fractions", [(0.5, 0.2), (0.5, 0.5, 0.5), (1.1,)])
def test_fractions_must_add_up(fractions) -> None:
    with pytest.raises(ValueError, match="must add up to 1"):
        chronological(np.array([1]), np.array([ORIGIN]), fractions=fractions)
