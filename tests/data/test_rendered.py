"""Pictures rendered when they are read: the same ones, in any order and number."""

import jax
import numpy as np
import pytest

from jsolar.data.batches import evaluation_batches
from jsolar.data.rendered import RenderedColumn
from jsolar.sun.simulate import SunConfig, evolve, picture, scene
from jsolar.sun.simulate.packed import pack, packed_length, unpack
from jsolar.types import take

SUN = SunConfig(steps=24, bipoles=2, fragments=4, clusters=2, grain_waves=8, activity_grid=16)
LOOK = {"size": 16, "degrees_per_pixel": 0.9}


@pytest.fixture(scope="module")
def scenes():
    """Of one region, step by step."""
    states = jax.jit(evolve, static_argnums=1)(jax.random.key(0), SUN)
    return jax.jit(jax.vmap(lambda state: scene(state, SUN)))(states)


@pytest.fixture(scope="module")
def keys() -> np.ndarray:
    return np.asarray(jax.random.key_data(jax.random.split(jax.random.key(1), SUN.steps)))


@pytest.fixture(scope="module")
def column(scenes, keys) -> RenderedColumn:
    return RenderedColumn(np.asarray(jax.vmap(pack)(scenes)), keys, **LOOK, sun=SUN)


@pytest.fixture(scope="module")
def pictures(scenes, keys) -> np.ndarray:
    """One by one, without the column."""
    one = jax.jit(lambda key, view: picture(key, view, **LOOK, config=SUN))
    views = [take(scenes, i) for i in range(SUN.steps)]
    made = [one(jax.random.wrap_key_data(key), view) for key, view in zip(keys, views, strict=True)]
    return np.stack(made)[..., None]


def test_a_scene_comes_back_from_its_row_of_numbers(scenes) -> None:
    last = take(scenes, -1)
    packed = pack(last)
    assert packed.shape == (packed_length(SUN),)
    jax.tree.map(np.testing.assert_array_equal, unpack(packed, SUN), last)


@pytest.mark.parametrize(
    "rows",
    [
        np.array([3]),
        np.array([5, 5, 0]),
        np.arange(24)[::-1],
        np.array([], int),
        slice(2, 9),
        np.arange(24) % 7 == 2,
        np.array([[0, 1, 2], [7, 8, 9]]),
        4,
    ],
    ids=str,
)
def test_any_rows_are_those_of_the_pictures(column, pictures, rows) -> None:
    found = column[rows]
    assert found.shape == pictures[rows].shape
    np.testing.assert_allclose(found, pictures[rows], atol=2e-3)
    assert len(column) == 24
    assert column.shape == pictures.shape


def test_more_rows_than_are_rendered_at_once(column, pictures) -> None:
    rows = np.arange(700) % 24
    np.testing.assert_allclose(column[rows], pictures[rows], atol=2e-3)


def test_what_comes_out_is_on_the_device_already(column) -> None:
    (batch,) = evaluation_batches({"image": column}, batch_size=3, n=3)
    assert isinstance(batch.inputs["image"], jax.Array)


def test_a_part_renders_only_what_it_is_asked_for(column, pictures) -> None:
    part = take({"image": column}, np.arange(24) > 20)["image"]
    assert part.shape == (3, *pictures.shape[1:])
    np.testing.assert_allclose(part[[2, 0]], pictures[[23, 21]], atol=2e-3)


def test_pictures_differ_from_one_another(pictures) -> None:
    assert np.abs(np.diff(pictures, axis=0)).max((1, 2, 3)).min() > 5
