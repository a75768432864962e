"""A coarser grid against sums that are done by hand and by a slow loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.sun.fields.area_means import area_means


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 1000),
    st.floats(0.4, 3.7),
    st.tuples(st.floats(2.0, 8.0), st.floats(2.0, 8.0)),
)
def test_against_many_points_in_each_pixel(
    seed: int, pixel: float, centre: tuple[float, float]
) -> None:
    """Midpoints of a fine lattice, each in one old pixel: the same means to the lattice's error."""
    rng = np.random.default_rng(seed)
    picture = rng.normal(0, 1, (11, 13))
    picture[rng.random(picture.shape) < 0.2] = np.nan
    found = area_means(picture, size=3, centre=centre, pixel=pixel)
    points = 60
    along = (np.arange(3 * points) + 0.5) / points - 1.5
    y, x = (np.rint(c + pixel * along).astype(int) for c in centre)
    outside = (y[:, None] < 0) | (y[:, None] > 10) | (x[None] < 0) | (x[None] > 12)
    taken = picture[np.clip(y, 0, 10)[:, None], np.clip(x, 0, 12)[None]]
    taken = np.where(outside, np.nan, taken).reshape(3, points, 3, points)
    known = np.isfinite(taken).mean((1, 3))
    sure = np.abs(known - 0.5) > 0.05
    assert (np.isnan(found) == (known < 0.5))[sure].all()
    means = np.nansum(taken, (1, 3)) / np.maximum(np.isfinite(taken).sum((1, 3)), 1)
    well = np.isfinite(found) & sure
    np.testing.assert_allclose(found[well], means[well], atol=0.12)


def test_whole_multiples_are_block_means() -> None:
    picture = np.random.default_rng(0).normal(size=(12, 12)).astype(np.float32)
    found = area_means(picture, size=4, centre=(5.5, 5.5), pixel=3.0)
    np.testing.assert_allclose(found, picture.reshape(4, 3, 4, 3).mean((1, 3)), atol=1e-5)


def test_the_same_grid_changes_nothing() -> None:
    picture = np.random.default_rng(0).normal(size=(7, 7)).astype(np.float32)
    found = area_means(picture, size=7, centre=(3.0, 3.0), pixel=1.0)
    np.testing.assert_allclose(found, picture, atol=1e-6)


def test_flux_is_kept_wherever_it_lies() -> None:
    picture = np.zeros((40, 40))
    picture[17, 23] = 100.0
    for centre in [(19.5, 19.5), (18.2, 20.9)]:
        found = area_means(picture, size=8, centre=centre, pixel=3.3)
        assert np.nansum(found) * 3.3**2 == pytest.approx(100.0, rel=1e-5)
