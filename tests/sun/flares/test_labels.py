"""Labels of windows against a loop that anyone can read, and the traps of the real list."""

import pathlib
import time as clock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.sun.files.flare_lists import read_flare_list
from jsolar.sun.flares.catalogue import (
    FlareList,
    FlareSource,
    flare_list,
    goes_class,
    goes_flux,
    time,
)
from jsolar.sun.flares.labels import (
    WindowLabel,
    after,
    before,
    event,
    events,
    label_window,
    label_windows,
)

ORIGIN = np.datetime64("2012-01-01T00:00:00", "s")
HOUR = np.timedelta64(1, "h")
SOURCE = FlareSource("toy", "1", 1e-6, "unknown", ORIGIN, ORIGIN + 60 * HOUR)
CLASSES = ("B5.0", "C1.0", "C9.9", "M1.0", "M5.0", "X1.0", "X12.0")

hours = st.integers(-10, 70)
flares_strategy = st.lists(
    st.tuples(hours, st.booleans(), st.sampled_from(CLASSES), st.integers(0, 4)), max_size=25
)
windows_strategy = st.lists(
    st.tuples(hours, st.integers(0, 80), st.lists(st.integers(-1, 6), max_size=4)), max_size=12
)


def toy_list(rows: list[tuple[int, bool, str, int]]) -> FlareList:
    at = [ORIGIN + hour * HOUR for hour, *_ in rows]
    return flare_list(
        SOURCE,
        start=[t - HOUR if has_peak else t for t, (_, has_peak, *_) in zip(at, rows, strict=True)],
        peak=[
            t if has_peak else np.datetime64("NaT", "s")
            for t, (_, has_peak, *_) in zip(at, rows, strict=True)
        ],
        flux_w_m2=[goes_flux(name) for _, _, name, _ in rows],
        region=[region for *_, region in rows],
    )


def brute_force(
    flares: FlareList, regions: list[int], begin: np.datetime64, end: np.datetime64
) -> tuple[float, float, int, int, int]:
    """The definition, flare by flare."""
    largest, unattributed, counts = 0.0, 0.0, {"C": 0, "M": 0, "X": 0}
    for moment, flux, region in zip(time(flares), flares.flux_w_m2, flares.region, strict=True):
        if not begin < moment <= end:
            continue
        if region == 0:
            unattributed = max(unattributed, flux)
        elif region in regions:
            largest = max(largest, flux)
            letter = goes_class(flux)[0]
            if letter in counts:
                counts[letter] += 1
    return largest, unattributed, counts["C"], counts["M"], counts["X"]


@settings(deadline=None, max_examples=200)
@given(flares_strategy, windows_strategy)
def test_many_windows_equal_a_plain_loop(rows: list, windows: list) -> None:
    flares = toy_list(rows)
    begin = np.array([ORIGIN + hour * HOUR for hour, _, _ in windows], dtype="datetime64[s]")
    end = begin + np.array([length for _, length, _ in windows], dtype="timedelta64[h]")
    regions = [numbers for *_, numbers in windows]
    labels = label_windows(flares, regions, begin, end)
    expected = [brute_force(flares, *window) for window in zip(regions, begin, end, strict=True)]
    found = zip(labels.flux_w_m2, labels.unattributed_flux_w_m2, *labels.counts.T, strict=True)
    assert list(found) == expected
    for i, window in enumerate(zip(regions, begin, end, strict=True)):
        one = label_window(flares, *window)
        assert one._replace(counts=None) == WindowLabel(*(x[i] for x in labels[:3]), 1e-6)
        np.testing.assert_array_equal(one.counts, labels.counts[i])
        assert one.complete == (window[1] >= SOURCE.begins and window[2] <= SOURCE.ends)


@settings(deadline=None)
@given(flares_strategy, st.lists(st.tuples(hours, st.integers(-1, 5)), max_size=12))
def test_one_number_a_window_means_the_same_as_one_set(rows: list, windows: list) -> None:
    flares = toy_list(rows)
    begin = np.array([ORIGIN + hour * HOUR for hour, _ in windows], dtype="datetime64[s]")
    numbers = np.array([number for _, number in windows], dtype=np.int64)
    labels = label_windows(flares, numbers, *after(begin))
    expected = label_windows(flares, [{number} for number in numbers], *after(begin))
    for column, other in zip(labels, expected, strict=True):
        np.testing.assert_array_equal(column, other)


def test_a_flare_at_the_issue_time_belongs_to_the_past() -> None:
    flares = toy_list([(24, True, "M1.0", 1)])
    issue = ORIGIN + 24 * HOUR
    assert label_window(flares, [1], *after(issue)).flux_w_m2 == 0.0
    assert label_window(flares, [1], *before(issue)).flux_w_m2 == 1e-5
    assert label_window(flares, [1], *after(issue - 24 * HOUR)).flux_w_m2 == 1e-5


@settings(deadline=None)
@given(flares_strategy, st.integers(0, 30))
def test_before_and_after_tile_the_time(rows: list, hour: int) -> None:
    flares = toy_list(rows)
    issue = ORIGIN + hour * HOUR
    past, future = (label_window(flares, [1, 2], *w) for w in (before(issue), after(issue)))
    whole = label_window(flares, [1, 2], before(issue)[0], after(issue)[1])
    assert (past.counts + future.counts == whole.counts).all()
    assert max(past.flux_w_m2, future.flux_w_m2) == whole.flux_w_m2


def test_hours_may_be_fractions() -> None:
    begin, end = after(ORIGIN, hours=0.5)
    assert end - begin == np.timedelta64(30, "m")
    begin, end = before(np.array([ORIGIN]), hours=6)
    assert (end - begin).tolist() == [np.timedelta64(6, "h")]


def test_windows_outside_list_or_record_are_not_complete() -> None:
    flares = toy_list([(10, True, "M1.0", 1)])
    begin, end = after(np.repeat(ORIGIN, 5), hours=24)
    early, late = ORIGIN - HOUR, ORIGIN + 90 * HOUR
    labels = label_windows(
        flares,
        [[1]] * 5,
        begin,
        end,
        record_begin=np.array([early, ORIGIN + HOUR, early, early, early]),
        record_end=np.array(
            [late, late, ORIGIN + 23 * HOUR, ORIGIN + 24 * HOUR, "NaT"], begin.dtype
        ),
    )
    assert labels.complete.tolist() == [True, False, False, True, False]
    assert (labels.flux_w_m2 == 1e-5).all()
    assert not label_window(flares, [1], ORIGIN - HOUR, ORIGIN + HOUR).complete
    assert not label_window(flares, [1], ORIGIN, ORIGIN + 61 * HOUR).complete
    assert not label_window(flares, [1], ORIGIN, end[0], record_end=end[0] - HOUR).complete
    assert not label_window(flares, [1], ORIGIN, end[0], record_begin=ORIGIN + HOUR).complete


def test_a_number_named_twice_counts_once() -> None:
    flares = toy_list([(10, True, "M1.0", 1)])
    assert label_window(flares, [1, 1, np.int64(1)], *after(ORIGIN)).counts[1] == 1


def test_zero_is_not_a_region() -> None:
    flares = toy_list([(10, True, "M1.0", 0)])
    label = label_window(flares, [0], *after(ORIGIN))
    assert (label.flux_w_m2, label.counts[1], label.unattributed_flux_w_m2) == (0.0, 0, 1e-5)


def test_windows_that_make_no_sense_are_refused() -> None:
    flares, begin = toy_list([]), np.array([ORIGIN])
    with pytest.raises(ValueError, match="ends before it begins"):
        label_windows(flares, [[1]], begin, begin - HOUR)
    with pytest.raises(ValueError, match="no time"):
        label_windows(flares, [[1]], begin, np.array(["NaT"], "datetime64[s]"))
    with pytest.raises(ValueError, match="one entry for each window"):
        label_windows(flares, [[1], [2]], begin, begin + HOUR)


def label(flux: float, unattributed: float, complete: bool) -> WindowLabel:
    return WindowLabel(np.float64(flux), np.float64(unattributed), np.bool_(complete), 1e-6)


@pytest.mark.parametrize(
    ("flux", "unattributed", "complete", "happened", "known"),
    [
        (0.0, 0.0, True, False, True),
        (9e-6, 9e-6, True, False, True),
        (1e-5, 0.0, True, True, True),
        (1e-5, 1e-3, True, True, False),
        (6.6e-6, 1e-5, True, False, False),
        (0.0, 0.0, False, False, False),
        (1e-5, 0.0, False, True, False),
    ],
)
def test_what_happened_and_whether_that_is_known(
    flux: float, unattributed: float, complete: bool, happened: bool, known: bool
) -> None:
    answer = event(label(flux, unattributed, complete), goes_flux("M1.0"))
    assert tuple(map(bool, answer)) == (happened, known)


def test_below_the_floor_nothing_can_be_said() -> None:
    with pytest.raises(ValueError, match="complete from 1e-06"):
        event(label(0.0, 0.0, True), goes_flux("B1.0"))
    with pytest.raises(ValueError, match="cannot tell"):
        event(label(0.0, 0.0, True), np.nan)


def test_events_of_several_thresholds_stand_side_by_side() -> None:
    flares = toy_list([(10, True, "M1.0", 1), (30, True, "M1.0", 0)])
    labels = label_windows(flares, [[1], [1]], *after(ORIGIN + np.array([0, 24]) * HOUR))
    both = events(labels, [goes_flux("C1.0"), goes_flux("M5.0")])
    assert both.happened.tolist() == [[True, False], [False, False]]
    assert both.known.tolist() == [[True, True], [False, True]]


def test_a_hundred_thousand_windows_take_seconds_at_most() -> None:
    random = np.random.default_rng(0)
    flares = flare_list(
        SOURCE,
        start=ORIGIN + random.integers(0, 10**8, 20_000),
        flux_w_m2=1e-6 * (1 + random.pareto(1.0, 20_000)),
        region=random.integers(0, 2000, 20_000),
    )
    begin = ORIGIN + random.integers(0, 10**8, 100_000)
    regions = [[number, number + 1] for number in random.integers(1, 2100, 100_000).tolist()]
    started = clock.perf_counter()
    labels = label_windows(flares, regions, *after(begin))
    assert clock.perf_counter() - started < 4.0  # 1.5 million within a minute; truly 0.2 s
    some = random.integers(0, 100_000, 3)
    for i in some:
        window = (regions[i], *after(begin[i]))
        found = labels.flux_w_m2[i], labels.unattributed_flux_w_m2[i], *labels.counts[i]
    assert found == brute_force(flares, *window)


@pytest.mark.realdata
def test_the_honest_label_of_ar_11158(realdata: pathlib.Path) -> None:
    """Seven C flares follow, four of them attributed; the M1.0 at 01:32 has no region."""
    flares = read_flare_list(realdata / "flare_lists" / "goes_flares_2010_2018.csv")
    window = after(np.datetime64("2011-02-15T01:59:26"))
    ours = label_window(flares, [11158], *window)
    assert goes_class(ours.flux_w_m2) == "C6.6"
    assert ours.counts.tolist() == [4, 0, 0]
    assert goes_class(ours.unattributed_flux_w_m2) == "M1.0"
    inside = (window[0] < time(flares)) & (time(flares) <= window[1])
    assert [goes_class(flux)[0] for flux in flares.flux_w_m2[inside]].count("C") == 7
    assert tuple(map(bool, event(ours, goes_flux("M1.0")))) == (False, False)
    # Whose the M1.0 was is not known, and it is ≥ C1.0 too.
    assert tuple(map(bool, event(ours, goes_flux("C1.0")))) == (True, False)
    past = label_window(flares, [11158], *before(np.datetime64("2011-02-15T01:59:26")))
    assert goes_class(past.flux_w_m2) == "X2.2"


@pytest.mark.realdata
def test_a_sharp_with_two_regions_and_no_flare(realdata: pathlib.Path) -> None:
    flares = read_flare_list(realdata / "flare_lists" / "goes_flares_2010_2018.csv")
    ours = label_window(flares, [11093, 11099], *after(np.datetime64("2010-08-07T20:35:26")))
    assert (ours.flux_w_m2, ours.unattributed_flux_w_m2, ours.counts[0]) == (0.0, 0.0, 0)
    assert tuple(map(bool, event(ours, goes_flux("C1.0")))) == (False, True)
