"""Windows of series as examples: summaries, the day before, what is cut, order of splits."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.forecast.series_examples import (
    STATISTICS,
    before,
    cut_windows,
    segmented,
    series_examples,
    summarised,
    the_day_before,
)

DAY = 86400


def row(region: int, hour: int, flux: float = 0.0, **more):
    """As a builder stores it."""
    letter = "X" if flux >= 1e-4 else "M" if flux >= 1e-5 else "C" if flux >= 1e-6 else "FQ"
    series = np.full((60, 2), float(hour), np.float32)
    return {
        "id": f"{region}-{hour}".encode(),
        "series": series,
        "region": region,
        "issue_time": 1_300_000_000 + 3600 * hour,
        "subclass": letter.encode(),
        "flux_w_m2": flux,
        "verified": b"Primary" if flux else b"",
        "true_probability": np.full(4, np.nan, np.float32),
        **more,
    }


class Source(list):
    """Rows as a data source gives them."""

    def __getitems__(self, rows):
        return [self[i] for i in rows]


ROWS = [row(1, 0, 2e-5), row(1, 24), row(1, 30, 1e-6), row(2, 24, 3e-4), row(2, 48)]


def test_partitions_are_put_together_and_labels_read() -> None:
    got = series_examples([Source(ROWS[:3]), Source(ROWS[3:])], classes=("C1.0", "M1.0"))
    happened = got.examples.events.happened
    assert happened.tolist() == [
        [True, True], [False, False], [True, False], [True, True], [False, False]
    ]  # fmt: skip
    assert got.examples.events.known.all()
    assert got.subclass.tolist() == [1, 4, 2, 0, 4]
    assert got.cut.tolist() == [False, True, True, False, True]
    assert got.verified.tolist() == ["Primary", "", "Primary", "Primary", ""]
    previous = got.examples.inputs["previous"]
    assert previous[1].tolist() == [1.0, 1.0]
    assert previous[4].tolist() == [1.0, 1.0]
    assert np.isnan(previous[[0, 2, 3]]).all()
    assert got.examples.true_probability is None


def test_true_probabilities_are_those_of_the_classes() -> None:
    told = [row(1, h, true_probability=np.array([0.4, 0.3, 0.2, 0.1], "f4")) for h in range(2)]
    got = series_examples([Source(told)], classes=("M1.0", "X1.0")).examples.true_probability
    np.testing.assert_allclose(got, [[0.3, 0.1]] * 2, rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_summaries_are_those_of_what_is_known_column_by_column(seed: int, gaps: float) -> None:
    rng = np.random.default_rng(seed)
    series = np.where(rng.random((3, 7, 2)) < gaps, np.nan, rng.normal(size=(3, 7, 2)))
    got = summarised(series).reshape(3, len(STATISTICS), 2)
    for i in range(3):
        for column in range(2):
            known = series[i, :, column][~np.isnan(series[i, :, column])]
            if not len(known):
                assert np.isnan(got[i, :, column]).all()
                continue
            expected = [
                np.median(known), known.std(), known.min(), known.max(), known[-1],
                known[-1] - known[0],
            ]  # fmt: skip
            np.testing.assert_allclose(got[i, :, column], expected, rtol=1e-5, atol=1e-6)


def test_the_summary_of_forces_in_dyn_is_finite() -> None:
    """Their squares are beyond single precision; those of the smallest means are below it."""
    sizes = np.array([2.5e25, 7e-30])
    drawn = np.random.default_rng(0).normal(size=(4, 60, 2)) * sizes
    got = summarised(drawn.astype(np.float32)).reshape(4, len(STATISTICS), 2)
    np.testing.assert_allclose(got[:, 1], drawn.std(axis=1), rtol=1e-5)
    assert np.isfinite(got).all()


def test_without_the_series_the_rest_is_the_same() -> None:
    lots = [row(1, hour) for hour in range(600)]  # more than are read at once
    whole, rest = (series_examples([Source(lots)], series=x).examples for x in (True, False))
    assert set(whole.inputs) == {*rest.inputs, "series"}
    assert whole.inputs["series"].shape == (600, 60, 2)
    np.testing.assert_array_equal(whole.inputs["summary"], rest.inputs["summary"])
    np.testing.assert_array_equal(whole.rows.time, rest.rows.time)


def test_the_day_before_is_of_the_same_region_and_exactly_a_day() -> None:
    hours = np.array([0, 24, 24, 25, 48])
    time = np.datetime64("2012-01-01", "s") + 3600 * hours
    flux = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    got = the_day_before(np.array([7, 7, 8, 7, 8]), time, flux)
    np.testing.assert_array_equal(got, [np.nan, 1.0, np.nan, np.nan, 3.0])


def test_a_window_is_cut_if_its_region_is_not_seen_for_a_day_after() -> None:
    hours = np.array([5, 0, 6, 30, 29])
    time = np.datetime64("2012-01-01", "s") + 3600 * hours
    got = cut_windows(np.array([1, 1, 1, 1, 2]), time)
    assert got.tolist() == [False, False, False, True, True]


def test_earlier_splits_end_a_day_before_later_ones_begin() -> None:
    early = series_examples([Source([row(1, h) for h in (0, 10, 20, 30)])]).examples
    late = series_examples([Source([row(2, h) for h in (40, 34, 50)])]).examples
    kept = before(early, late)
    assert kept.rows.id.tolist() == ["1-0", "1-10"]
    assert (kept.rows.time + np.timedelta64(DAY, "s") <= late.rows.time.min()).all()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_segmented_windows_without_a_flare_are_far_from_any(seed: int) -> None:
    """Against the rule read out: no window of the region from 48 h before to 24 h after has one."""
    rng = np.random.default_rng(seed)
    n = 80
    region, hour = rng.integers(1, 4, n), rng.choice(240, n, replace=False)
    flux = np.where(rng.random(n) < 0.1, 2e-5, np.where(rng.random(n) < 0.1, 2e-6, 0.0))
    lots = zip(region.tolist(), hour.tolist(), flux.tolist(), strict=True)
    whole = series_examples([Source([row(*lot) for lot in lots])], classes=("C1.0", "M1.0"))
    got = segmented(whole.examples)
    np.testing.assert_array_equal(got.events.happened, whole.examples.events.happened)
    for k, threshold in enumerate((1e-6, 1e-5)):
        for i in range(n):
            there = (region == region[i]) & (hour >= hour[i] - 48) & (hour <= hour[i] + 24)
            far = not (flux[there] >= threshold).any()
            assert got.events.known[i, k] == (flux[i] >= threshold or far)
