"""Normalisation against NumPy and scikit-learn."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import RobustScaler

from jsolar.data.normalise import (
    Normaliser,
    fit_columns,
    fit_pictures,
    from_json,
    normalise,
)
from jsolar.writing import plain

RNG = np.random.default_rng(0)


def test_columns_against_scikit_learn_with_missing_values() -> None:
    """RobustScaler too measures in quantiles and leaves NaN out; 1.349 is a Gaussian's range."""
    values = RNG.lognormal(size=(200, 5)) * np.array([1.0, 1e-3, 1e22, 5.0, 7.0])
    values[RNG.random((200, 5)) < 0.2] = np.nan
    found = normalise(jnp.asarray(values, jnp.float32), fit_columns(values, np.arange(200)))
    expected = np.arcsinh(RobustScaler().fit_transform(values) * 1.349)
    np.testing.assert_allclose(found, np.nan_to_num(expected), atol=1e-5, rtol=1e-4)
    assert np.isnan(values).any()
    assert (np.asarray(found)[np.isnan(values)] == 0).all()


def test_a_gaussian_column_is_measured_in_its_standard_deviation() -> None:
    fitted = fit_columns(RNG.normal(3.0, 5.0, (20_000, 1)), np.arange(20_000))
    assert fitted.centre[0] == pytest.approx(3.0, abs=0.2)
    assert fitted.unit[0] == pytest.approx(5.0, rel=0.03)


def test_columns_without_spread_or_value_are_harmless() -> None:
    values = np.array([[4.0, np.nan], [4.0, np.nan]])
    fitted = fit_columns(values, np.array([1, 2]))
    assert (fitted.centre.tolist(), fitted.unit.tolist()) == ([4.0, 0.0], [1.0, 1.0])
    np.testing.assert_allclose(
        normalise(jnp.array([[5.0, 3.0], [4.0, np.nan]]), fitted),
        np.arcsinh([[1.0, 3.0], [0.0, 0.0]]),
        rtol=1e-6,
    )


def test_spread_that_single_precision_cannot_hold_is_none() -> None:
    fitted = fit_columns(np.array([[1e-45], [2e-45], [3e-45], [1.0]]), np.arange(4))
    assert np.isfinite(normalise(jnp.array([[1.0]]), fitted)).all()


@settings(deadline=None, max_examples=50)
@given(arrays(np.int64, (7, 2), elements=st.integers(-(10**9), 10**9)), st.floats(0.1, 1e4))
def test_units_do_not_matter(values: np.ndarray, factor: float) -> None:
    """In gauss or tesla: a column with spread becomes the same numbers."""
    values = values / 1000.0
    spread = np.subtract(*np.percentile(values, [75, 25], axis=0)) > 1e-3
    one, other = (
        np.asarray(normalise(jnp.asarray(v, jnp.float32), fit_columns(v, np.arange(7))))
        for v in (values, values * factor)
    )
    scale = np.maximum(np.abs(values).max(0) / np.where(spread, 1e-3, 1), 1)
    close = np.isclose(one, other, atol=1e-2 + 1e-6 * scale) | ~spread
    assert close.all()
    assert np.isfinite(one).all()


def test_pictures_are_measured_in_quiet_pixels() -> None:
    pictures = RNG.normal(0, 10, (20, 16, 16, 1))
    quiet = fit_pictures(pictures, np.arange(20))
    pictures[:, :4] += 2000  # a quarter of the pixels is a spot
    pictures[0, 8:] = np.nan
    spotted = fit_pictures(pictures, np.arange(20))
    expected = 3 * 1.4826 * np.nanmedian(np.abs(pictures))
    assert float(spotted.unit) == pytest.approx(expected)
    assert float(quiet.unit) == pytest.approx(30.0, rel=0.05)
    assert float(spotted.unit) < 1.6 * float(quiet.unit)
    assert float(quiet.centre) == 0
    assert quiet.unit.shape == ()


def test_pictures_are_sampled_evenly_from_first_to_last() -> None:
    pictures = np.arange(9.0)[:, None, None, None] * np.ones((9, 2, 2, 1))
    three = fit_pictures(pictures, np.arange(9), sample=3)  # 0, 4 and 8
    assert float(three.unit) == pytest.approx(3 * 1.4826 * 4)
    last = fit_pictures(np.where(pictures == 8, 800.0, 0.0)[[0, 8, 8]], np.arange(3), sample=3)
    assert float(last.unit) == pytest.approx(3 * 1.4826 * 800)


def test_blank_pictures_get_the_unit_one() -> None:
    assert float(fit_pictures(np.zeros((2, 4, 4, 1)), np.arange(2)).unit) == 1.0


def test_regions_are_remembered_once_and_sorted() -> None:
    region = np.array([30, 10, 30, 20])
    for fitted in (
        fit_columns(np.ones((4, 1)), region),
        fit_pictures(np.ones((4, 2, 2, 1)), region, sample=1),
    ):
        assert fitted.regions.tolist() == [10, 20, 30], "also of pictures that were not looked at"


def test_polarity_is_kept_and_tails_are_logarithmic() -> None:
    unit = Normaliser(np.zeros(()), np.array(30.0), np.array([1]))
    field = jnp.array([0.3, 300.0, 3000.0, -3000.0])
    found = np.asarray(normalise(field, unit), np.float64)
    assert found[0] == pytest.approx(0.01, rel=1e-3)
    assert found[2] - found[1] == pytest.approx(np.log(10), rel=2e-2)
    assert found[3] == -found[2]


@settings(deadline=None, max_examples=50)
@given(st.floats(-1e30, 1e30), st.floats(1e-30, 1e30), st.lists(st.integers(0, 99999), min_size=1))
def test_stored_form_reads_back_bit_by_bit(centre: float, unit: float, regions) -> None:
    for shape in ((), (3,)):
        kept = Normaliser(np.full(shape, centre), np.full(shape, unit), np.array(regions))
        again = from_json(json.loads(json.dumps(plain(kept))))
        for column, other in zip(kept, again, strict=True):
            np.testing.assert_array_equal(column, other)
            assert column.shape == other.shape
            assert column.dtype.kind == other.dtype.kind


def test_gradient_is_finite_where_a_value_is_missing() -> None:
    unit = Normaliser(np.zeros(2), np.ones(2), np.array([1]))
    slope = jax.grad(lambda x: normalise(x, unit).sum())(jnp.array([[1.0, jnp.nan]]))
    assert float(slope[0, 0]) == pytest.approx(1 / np.sqrt(2), rel=1e-5)
