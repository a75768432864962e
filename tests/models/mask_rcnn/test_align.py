"""RoIAlign and paste: ramps by hand, loops, gradients by differences, levels."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from jsolar.models.mask_rcnn.align import levels, paste, roi_align
from tests.models.mask_rcnn import slow

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(9, 7, 3)).astype(np.float32)
BOXES = np.array(
    [[2, 3, 20, 30], [-6, -9, 5, 50], [0, 0, 1, 1], [26, 30, 40, 60], [8, 8, 8, 8]], np.float32
)
"""Within, half outside, smaller than a cell, beyond the edge, without area."""


@pytest.mark.parametrize("half_pixel", [True, False])
@pytest.mark.parametrize("samples", [1, 2, 3])
@pytest.mark.parametrize("size", [2, 7])
def test_features_of_boxes_are_those_of_loops(size, samples, half_pixel) -> None:
    how = {"size": size, "scale": 0.25, "samples": samples, "half_pixel": half_pixel}
    found = jax.jit(partial(roi_align, **how))(FEATURES, BOXES)
    np.testing.assert_allclose(found, slow.roi_align(FEATURES, BOXES, **how), atol=1e-5)


def test_a_ramp_is_read_at_the_middle_of_each_cell() -> None:
    y, x = np.mgrid[:16, :16] + 0.5
    ramp = np.stack([3 * y - x, np.ones_like(y)], -1).astype(np.float32)
    box = np.array([[10.0, 6.0, 38.0, 48.0]], np.float32)
    found = roi_align(ramp, box, size=7, scale=0.25, samples=2)[0]
    rows, columns = (
        (low + (np.arange(7) + 0.5) * side / 7) / 4 for low, side in ((6, 42), (10, 28))
    )
    np.testing.assert_allclose(found[..., 0], 3 * rows[:, None] - columns, rtol=1e-5)
    np.testing.assert_allclose(found[..., 1], 1, rtol=1e-6)


def test_gradients_are_those_of_differences() -> None:
    with jax.enable_x64():
        features, boxes = jnp.asarray(FEATURES, float), jnp.asarray(BOXES[:4], float)
        weight = jnp.asarray(RNG.normal(size=(4, 2, 2, 3)))

        def total(features, boxes):
            return (weight * roi_align(features, boxes, size=2, scale=0.25)).sum()

        check_grads(total, (features, boxes), order=1, modes=["rev"], eps=1e-5)


def test_masks_are_pasted_as_by_loops() -> None:
    masks = RNG.random((3, 5, 5)).astype(np.float32)
    boxes = np.array([[1.2, 2.7, 9.1, 6.0], [-3, -2, 4, 30], [5, 5, 5, 8]], np.float32)
    found = paste(masks, boxes, shape=(11, 12))
    expected = [slow.paste(m, b, (11, 12)) for m, b in zip(masks.astype(float), boxes, strict=True)]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert not found[2].any()


def test_a_whole_mask_covers_its_box() -> None:
    found = paste(jnp.ones((1, 28, 28)), jnp.array([[3.0, 1.0, 8.0, 9.0]]), shape=(10, 10))[0]
    assert float(found.sum()) == 5 * 8
    np.testing.assert_array_equal(found[1:9, 3:8], 1)


def test_levels_double_with_the_side() -> None:
    sides = np.array([1.0, 111.0, 112.0, 223.9, 224.0, 448.0, 5000.0, 0.0], np.float32)
    boxes = np.stack([0 * sides, 0 * sides, sides, sides], 1)
    assert levels(boxes).tolist() == [2, 2, 3, 3, 4, 5, 5, 2]
