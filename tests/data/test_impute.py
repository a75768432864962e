"""Gaps are filled as pandas fills them, and nothing that is known changes."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.data.impute import carried_backward, carried_forward, fit_medians, then


def with_gaps(seed: int, share: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    series = rng.normal(size=(4, 9, 3))
    return np.where(rng.random(series.shape) < share, np.nan, series)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_carrying_is_what_pandas_does(seed: int, share: float) -> None:
    series = with_gaps(seed, share)
    for i in range(4):
        frame = pd.DataFrame(series[i])
        np.testing.assert_array_equal(carried_forward(series)[i], frame.ffill().to_numpy())
        np.testing.assert_array_equal(carried_backward(series)[i], frame.bfill().to_numpy())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_all_together_leave_no_gap_and_nothing_known_changes(seed: int, share: float) -> None:
    train, series = with_gaps(seed + 1, share), with_gaps(seed, share)
    fill = then(carried_forward, carried_backward, fit_medians(train))
    filled, known = fill(series), ~np.isnan(series)
    assert not np.isnan(filled).any()
    np.testing.assert_array_equal(filled[known], series[known])
    empty = ~known.any(1)
    medians = np.nan_to_num([np.nanmedian(c) if (~np.isnan(c)).any() else 0.0
                             for c in train.reshape(-1, 3).T])  # fmt: skip
    for i, column in np.argwhere(empty):
        assert (filled[i, :, column] == medians[column]).all()
