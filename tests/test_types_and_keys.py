"""The contract: rows of pytrees, batches that fit together, named streams of randomness."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jsolar.forecast.examples import Examples
from jsolar.keys import named
from jsolar.types import Batch, Events, Rows, check, take


def examples(n: int = 5) -> Examples:
    number = np.arange(n)
    return Examples(
        rows=Rows(
            id=np.array([f"e{i}" for i in number]),
            group=11158 + number,
            time=np.datetime64("2011-02-15", "s") + number,
        ),
        inputs={"image": np.ones((n, 2, 2, 1)) * number[:, None, None, None]},
        events=Events(number[:, None] % 2 == 0, np.ones((n, 1), bool)),
    )


@settings(deadline=None)
@given(hnp.arrays(np.int64, st.integers(1, 6), elements=st.integers(-5, 4)))
def test_take_takes_the_same_rows_everywhere(rows: np.ndarray) -> None:
    taken = take(examples(), rows)
    assert isinstance(taken, Examples)
    assert taken.true_probability is None
    np.testing.assert_array_equal(taken.rows.group - 11158, rows % 5)
    np.testing.assert_array_equal(taken.inputs["image"][:, 1, 1, 0], rows % 5)
    np.testing.assert_array_equal(taken.events.happened[:, 0], rows % 5 % 2 == 0)
    assert taken.rows.id.tolist() == [f"e{i % 5}" for i in rows]


def test_take_understands_masks_and_slices() -> None:
    mask = np.array([True, False, False, True, False])
    assert take(examples(), mask).rows.id.tolist() == ["e0", "e3"]
    assert take(examples(), slice(1, 3)).rows.time.astype(str).tolist() == [
        "2011-02-15T00:00:01",
        "2011-02-15T00:00:02",
    ]


def batch(**changed) -> Batch:
    rows = np.ones((3, 1), bool)
    whole = Batch({"image": np.ones((3, 2, 2, 1))}, Events(rows, rows), rows[:, 0], np.arange(3))
    return whole._replace(**changed)


def test_a_batch_that_fits_together_is_returned_as_it_is() -> None:
    good = batch()
    assert check(good) is good


def test_a_batch_that_does_not_is_refused_by_name() -> None:
    short = np.ones((2, 1), bool)
    cases = {
        ".inputs['image']": batch(inputs={"image": np.ones((2, 2, 2, 1))}),
        ".targets.known": batch(targets=Events(np.ones((3, 1), bool), short)),
        ".row": batch(row=np.arange(4)),
        ".inputs": batch(inputs=np.float32(1.0)),
    }
    for name, bad in cases.items():
        with pytest.raises(ValueError, match="the mask has 3 rows") as error:
            check(bad)
        assert str(error.value).startswith(f"batch{name} has shape")


def draw(key: jax.Array) -> float:
    return float(jax.random.normal(key))


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=20), st.text(max_size=20))
def test_streams_of_different_names_differ(a: str, b: str) -> None:
    key = jax.random.key(7)
    assert bool(named(key, a) == named(key, b)) == (a == b)
    assert bool(named(key, a) != key)


def test_a_stream_depends_on_its_parent_and_works_inside_jit() -> None:
    first, second = jax.random.key(0), jax.random.key(1)
    assert draw(named(first, "dropout")) != draw(named(second, "dropout"))
    assert draw(jax.jit(lambda key: named(key, "dropout"))(first)) == draw(named(first, "dropout"))


def test_the_number_of_a_name_is_its_crc32() -> None:
    """Python's own ``hash`` of a text changes with each start; this one is zip's and PNG's."""
    expected = jax.random.fold_in(jax.random.key(3), jnp.uint32(0x9289EFC9))
    got = named(jax.random.key(3), "dropout")
    np.testing.assert_array_equal(jax.random.key_data(got), jax.random.key_data(expected))
