"""Batches: every row once an epoch, in an order of the seed, from wherever one stopped."""

import itertools

import grain
import jax
import numpy as np
import pytest

from jsolar.data.batches import evaluation_batches, training_batches
from jsolar.types import Events, check

N = 23
INPUTS = {
    "image": np.arange(N * 4.0).reshape(N, 2, 2),
    "text": np.array([f"r{i}" for i in range(N)]),
}
TARGETS = Events(np.arange(N)[:, None] % 2 == 0, np.ones((N, 1), bool))


def stream(*, seed: int = 3, **options):
    options = {"batch_size": 5, "threads": 1} | options
    return training_batches(jax.random.key(seed), INPUTS, TARGETS, **options)


def rows(batches, count: int) -> np.ndarray:
    return np.concatenate([batch.row for batch in itertools.islice(batches, count)])


def test_every_row_comes_once_an_epoch_and_batches_are_full() -> None:
    seen = rows(stream(), N)  # five epochs of 23 rows in 23 batches of five
    for epoch in np.split(seen, 5):
        assert sorted(epoch) == list(range(N))


def test_every_epoch_has_an_order_of_its_own() -> None:
    epochs = np.split(rows(stream(), N), 5)
    assert len({tuple(epoch) for epoch in epochs}) == 5
    assert tuple(epochs[0]) != tuple(range(N))


def test_the_order_is_a_function_of_the_key() -> None:
    first = rows(stream(), 10)
    np.testing.assert_array_equal(rows(stream(), 10), first)
    np.testing.assert_array_equal(rows(stream(threads=4), 10), first)
    assert (rows(stream(seed=4), 10) != first).any()


def test_rows_of_inputs_and_targets_belong_together() -> None:
    for batch in itertools.islice(stream(), 7):
        check(batch)
        np.testing.assert_array_equal(batch.inputs["image"], INPUTS["image"][batch.row])
        np.testing.assert_array_equal(batch.inputs["text"], INPUTS["text"][batch.row])
        np.testing.assert_array_equal(batch.targets.happened, TARGETS.happened[batch.row])
        assert batch.mask.all()


@pytest.mark.parametrize("threads", [1, 4])
def test_goes_on_from_the_middle_as_if_never_stopped(threads: int) -> None:
    whole = stream(threads=threads)
    rows(whole, 7)
    state = whole.get_state()
    expected = rows(whole, 9)
    resumed = stream(threads=threads)
    rows(resumed, 2)  # some other place
    resumed.set_state(state)
    np.testing.assert_array_equal(rows(resumed, 9), expected)


def test_only_chosen_rows_are_drawn_and_repeated_ones_more_often() -> None:
    seen = rows(stream(rows=np.array([4, 4, 9])), 9)
    assert sorted(seen) == sorted([4, 4, 9] * 15)


def test_a_batch_may_be_larger_than_the_data() -> None:
    batch = next(stream(batch_size=50))
    assert len(batch.row) == 50
    assert np.bincount(batch.row).min() == 2


def test_workers_of_grain_can_shard_nothing_away() -> None:
    """The stream is a Grain iterator, whose state is what a checkpoint stores."""
    assert isinstance(stream(), grain.DatasetIterator)


@pytest.mark.parametrize(("n", "batch_size"), [(23, 5), (20, 5), (3, 8), (1, 1), (0, 4)])
def test_evaluation_sees_every_row_once_in_order(n: int, batch_size: int) -> None:
    inputs = {"x": np.arange(n) * 10}
    batches = list(evaluation_batches(inputs, np.arange(n), batch_size=batch_size, n=n))
    assert len(batches) == -(-n // batch_size)
    assert {len(batch.row) for batch in batches} <= {batch_size}
    kept = [batch.row[batch.mask] for batch in batches]
    np.testing.assert_array_equal(np.concatenate([[], *kept]), np.arange(n))
    for batch in batches:
        check(batch)
        np.testing.assert_array_equal(batch.inputs["x"], batch.row * 10)
        np.testing.assert_array_equal(batch.targets, batch.row)
        np.testing.assert_array_equal(batch.row[~batch.mask], batch.row[0])


def test_evaluation_needs_no_targets() -> None:
    batch = next(evaluation_batches(np.arange(3), batch_size=2, n=3))
    assert jax.tree.leaves(batch.targets) == []
