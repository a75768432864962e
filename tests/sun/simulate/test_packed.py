"""Scenes as rows of numbers, many at once."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.sun.simulate import Scene, SunConfig
from jsolar.sun.simulate.packed import pack, packed_length, unpack

SUN = SunConfig(bipoles=2, fragments=6, clusters=3, cell_waves=3, grain_waves=5)
ROWS, FRAGMENTS, POLARITIES = 4, 2 * 2 * 6, 2 * 2


@pytest.fixture(scope="module")
def views() -> Scene:
    """Every number another one."""
    shapes = jax.tree.map(lambda x: x.shape, jax.eval_shape(partial(unpack, config=SUN), row()))
    rng = np.random.default_rng(0)
    is_shape = lambda x: isinstance(x, tuple) and not hasattr(x, "_fields")  # noqa: E731
    draw = lambda shape: rng.normal(size=(ROWS, *shape)).astype(np.float32)  # noqa: E731
    return jax.tree.map(draw, shapes, is_leaf=is_shape)


def row() -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct((packed_length(SUN),), np.float32)


def test_what_is_packed_is_unpacked_under_vmap(views: Scene) -> None:
    packed = jax.vmap(pack)(views)
    assert packed.shape == (ROWS, packed_length(SUN))
    back = jax.jit(jax.vmap(partial(unpack, config=SUN)))(packed)
    assert jax.tree.structure(back) == jax.tree.structure(views)
    jax.tree.map(np.testing.assert_array_equal, back, views)


def test_nothing_is_left_out_and_nothing_kept_twice(views: Scene) -> None:
    packed = np.asarray(jax.vmap(pack)(views))
    numbers = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(views)])
    np.testing.assert_array_equal(np.sort(packed.ravel()), np.sort(numbers))
    assert packed_length(SUN) == 4 * FRAGMENTS + 4 * POLARITIES + 3 * (3 + 5) + 2


def test_a_row_of_another_sun_is_refused() -> None:
    with pytest.raises(ValueError, match=str(packed_length(SUN) + 1)):
        unpack(jnp.zeros(packed_length(SUN) + 1), SUN)
