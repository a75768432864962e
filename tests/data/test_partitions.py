"""Partitions share no region, follow one another, and have as many events each."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jsolar.data.partitions import equal_events


@given(st.lists(st.integers(0, 9), min_size=20, max_size=80), st.randoms())
def test_regions_are_divided_in_order_of_time(events: list[int], luck) -> None:
    days = list(range(len(events)))
    luck.shuffle(days)
    part = equal_events(np.array(days), np.array(events))
    ordered = part[np.argsort(days)]
    assert ordered.tolist() == sorted(ordered)
    assert set(part) == {1, 2, 3, 4, 5}


def test_events_are_divided_equally() -> None:
    events = np.random.default_rng(0).poisson(0.4, 5000)
    part = equal_events(np.arange(5000), events)
    counts = np.bincount(part, events)[1:]
    assert abs(counts - events.sum() / 5).max() <= events.max()


def test_without_events_there_are_as_many_regions() -> None:
    part = equal_events(np.arange(100), np.zeros(100, int))
    assert np.bincount(part)[1:].tolist() == [20] * 5
    one = equal_events(np.arange(100), np.eye(100, dtype=int)[50] * 7)
    assert np.bincount(one)[1:].tolist() == [20] * 5, "one region cannot be in five"
