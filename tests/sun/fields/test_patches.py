"""Patches: averaged, cut out and padded, never resized."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.sun.fields.patches import block_mean, centre, patch

SCALE = {"degrees_per_pixel": 0.03, "target_degrees_per_pixel": 0.12}


def test_a_patch_is_the_mean_of_blocks_around_the_centre() -> None:
    field = np.random.default_rng(0).normal(size=(37, 61)).astype(np.float32)
    made = patch(field, size=6, **SCALE)
    assert made.shape == (6, 6, 1)
    assert made.dtype == np.float32
    blocks = field[0:36, 0:60].reshape(9, 4, 15, 4).mean((1, 3))
    np.testing.assert_allclose(made[..., 0], blocks[1:7, 4:10], rtol=1e-5, atol=1e-6)


def test_a_small_field_lies_in_the_middle_of_zeros() -> None:
    made = patch(np.full((8, 4), 5.0), size=6, **SCALE)[..., 0]
    expected = np.zeros((6, 6))
    expected[2:4, 3] = 5.0
    np.testing.assert_array_equal(made, expected)


def test_gaps_are_left_out_of_means_and_their_mask_can_be_had() -> None:
    field = np.ones((8, 8))
    field[:4, :4] = np.nan
    field[0, 4] = np.nan
    field[1, 4] = 16.0
    made = patch(field, size=4, **SCALE)[..., 0]
    np.testing.assert_allclose(made[1:3, 1:3], [[0.0, 2.0], [1.0, 1.0]])
    share = patch(np.isfinite(field) * 1.0, size=4, **SCALE)[..., 0]
    np.testing.assert_allclose(share[1:3, 1:3], [[0.0, 15 / 16], [1.0, 1.0]])
    assert share.sum() == pytest.approx(2 + 15 / 16)


def test_segments_become_channels() -> None:
    segments = np.random.default_rng(0).normal(size=(40, 24, 3))
    made = patch(segments, size=8, **SCALE)
    assert made.shape == (8, 8, 3)
    for c in range(3):
        alone = patch(segments[..., c], size=8, **SCALE)
        np.testing.assert_allclose(made[..., c], alone[..., 0], atol=1e-12)


@pytest.mark.parametrize("target", [0.05, 0.1, 0.02, 0.0])
def test_other_ratios_are_refused(target: float) -> None:
    with pytest.raises(ValueError, match="no whole multiple"):
        patch(np.ones((8, 8)), degrees_per_pixel=0.03, target_degrees_per_pixel=target)


def test_a_ratio_need_not_be_exact() -> None:
    """0.12 / 0.03 is no whole number in binary; headers round."""
    assert patch(np.ones((8, 8)), degrees_per_pixel=0.029999, size=2).sum() == 4


def test_numpy_stays_numpy_and_jax_can_be_traced() -> None:
    fields = np.random.default_rng(0).normal(size=(3, 16, 20)).astype(np.float32)
    fields[0, :5, :5] = np.nan
    batched = jax.jit(jax.vmap(lambda field: patch(field, size=4, **SCALE)))(jnp.asarray(fields))
    assert batched.shape == (3, 4, 4, 1)
    for field, traced in zip(fields, batched, strict=True):
        ours = patch(field, size=4, **SCALE)
        assert type(ours) is np.ndarray
        np.testing.assert_allclose(traced, ours, rtol=1e-5, atol=1e-6)


@settings(deadline=None, max_examples=100)
@given(
    shape=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    size=st.integers(1, 12),
    block=st.integers(1, 5),
)
def test_any_shape_gives_a_patch_whose_pixels_are_the_fields(
    shape: tuple[int, int], size: int, block: int
) -> None:
    field = np.arange(1.0, shape[0] * shape[1] + 1).reshape(shape)
    reduced = block_mean(field, block)
    assert reduced.shape == (shape[0] // block, shape[1] // block)
    made = centre(reduced, size)
    assert made.shape == (size, size)
    kept = set(made[made != 0].tolist())
    assert kept <= set(reduced.ravel().tolist())
    assert len(kept) == min(size, reduced.shape[0]) * min(size, reduced.shape[1])
    if min(reduced.shape) > 0:
        middle = reduced[reduced.shape[0] // 2, reduced.shape[1] // 2]
        assert made[size // 2, size // 2] == middle


def test_flux_is_conserved() -> None:
    """The mean field times the area of its pixels stays, where whole blocks are kept."""
    field = np.random.default_rng(0).normal(size=(32, 48))
    assert block_mean(field, 4).sum() * 16 == pytest.approx(field.sum())
