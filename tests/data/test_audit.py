"""What a referee would find is found: each leak raises and names its remedy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.data.audit import LeakError, check_copies, check_splits, check_statistics
from jsolar.data.normalise import fit_columns
from jsolar.data.splits import chronological
from jsolar.types import Rows, take

ORIGIN = np.datetime64("2012-01-01", "s")
HOUR = np.timedelta64(3600, "s")


def table(region, hours, prefix: str = "") -> Rows:
    region, hours = np.atleast_1d(region), np.atleast_1d(hours)
    names = [f"{prefix}{r}-{h}" for r, h in zip(region, hours, strict=True)]
    return Rows(np.array(names), region, ORIGIN + hours * HOUR)


CLEAN = {
    "train": table([1, 1, 2], [0, 12, 30]),
    "validation": table([3, 4], [54, 90]),
    "test": table([5, 6], [200, 210]),
}


def test_clean_splits_pass_even_where_windows_touch() -> None:
    check_splits(CLEAN)  # 30 h + 24 h = 54 h


def test_an_empty_split_shares_nothing() -> None:
    empty = take(CLEAN["train"], np.zeros(0, int))
    check_splits({"train": CLEAN["train"], "validation": empty, "test": CLEAN["test"]})


def test_shared_regions_are_named() -> None:
    leak = CLEAN | {"test": table([1, 2, 3, 4, 9], [200, 210, 220, 230, 240])}
    with pytest.raises(LeakError, match=r"train and test share 2 regions \(1, 2\): split by reg"):
        check_splits(leak)


def test_shared_examples_are_named() -> None:
    test = table([7], [200])._replace(id=CLEAN["validation"].id[:1])
    with pytest.raises(LeakError, match=r"validation and test share 1 id \(3-54\)"):
        check_splits(CLEAN | {"test": test})


def test_many_shared_regions_are_abridged() -> None:
    many = np.arange(10)
    pair = {"train": table(many, 0 * many), "test": table(many, 500 + many, "x")}
    with pytest.raises(LeakError, match=r"share 10 regions \(0, 1, 2, …\)"):
        check_splits(pair)


@pytest.mark.parametrize("hours", [31, 53.9, 54, 90, 100, 113])
def test_overlapping_windows_are_counted_and_the_remedy_named(hours: float) -> None:
    """Anywhere from a day before the other split begins until its last window has passed."""
    seconds = np.timedelta64(int(hours * 3600), "s")
    late = table([8], [0])._replace(time=np.array([ORIGIN + seconds]))
    pair = {"train": late, "validation": CLEAN["validation"]}
    with pytest.raises(
        LeakError, match=r"1 label windows? of train .* validation: drop the rows at"
    ):
        check_splits(pair)


def test_a_split_may_lie_on_both_sides_of_another() -> None:
    both = table([5, 6], [0, 200])
    check_splits({"train": table([1], [100]), "test": both})
    with pytest.raises(LeakError, match="1 label windows of train reach"):
        check_splits({"train": table([1, 2], [100, 190]), "test": both})


def test_a_row_without_a_time_is_refused() -> None:
    test = table([7], [200])._replace(time=np.array(["NaT"], "datetime64[s]"))
    with pytest.raises(ValueError, match="1 rows of test have no issue time"):
        check_splits(CLEAN | {"test": test})


def test_the_same_picture_under_another_name_is_found() -> None:
    pictures = np.random.default_rng(0).normal(size=(6, 4, 4, 1)).astype(np.float32)
    blank = np.zeros((1, 4, 4, 1), np.float32)
    check_copies({"train": np.concatenate([pictures[:3], pictures[:1], blank]),
                  "test": np.concatenate([pictures[3:], blank])})  # fmt: skip
    with pytest.raises(LeakError, match="row 1 of test is the picture of row 2 of train"):
        check_copies({"train": pictures[:3], "test": pictures[[4, 2]]})


def test_one_row_at_the_same_time_overlaps() -> None:
    with pytest.raises(LeakError, match="train reach into the time of test"):
        check_splits({"train": table([1], [5]), "test": table([2], [5])})


def test_the_window_is_as_long_as_told() -> None:
    pair = {"train": table([1], [0]), "test": table([2], [30])}
    check_splits(pair)
    with pytest.raises(LeakError, match="reach into"):
        check_splits(pair, window_hours=48.0)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 900)), min_size=3, unique=True))
def test_our_own_splits_pass(rows: list[tuple[int, int]]) -> None:
    region, hours = np.array(rows).T
    whole = table(region, hours)
    number = chronological(whole.group, whole.time)
    check_splits({str(i): take(whole, number == i) for i in range(3)})


def test_statistics_of_training_regions_pass_and_others_are_named() -> None:
    values = np.arange(3.0)[:, None]
    train = CLEAN["train"]
    check_statistics(fit_columns(values, train.group), train)
    check_statistics(fit_columns(values[:1], train.group[:1]), train)
    with pytest.raises(LeakError, match=r"1 region \(7\) outside the training set: fit it on tra"):
        check_statistics(fit_columns(values, np.array([1, 2, 7])), train)


def test_a_leak_is_an_error_of_the_input() -> None:
    """The command line turns ValueError into a sentence."""
    assert issubclass(LeakError, ValueError)
