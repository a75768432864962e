"""From stored rows to examples: what is on disk, in memory, and known."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.data.batches import evaluation_batches
from jsolar.data.stored import StoredColumn, read_columns
from jsolar.forecast.window_examples import known_or_nan, window_examples
from jsolar.types import Events, take
from tests.forecast.stored import Stored

N = 600


def stored(n: int = N, *, floor: float = 1e-6, simulated: bool = True) -> Stored:
    rng = np.random.default_rng(0)
    flux = lambda: np.where(rng.random(n) < 0.5, 0.0, 10 ** rng.uniform(-6, -3, n))  # noqa: E731
    truth = np.sort(rng.random((n, 4)).astype(np.float32))[:, ::-1]
    columns = {
        "id": np.array([f"r-{i}" for i in range(n)]).astype(object),
        "image": rng.normal(size=(n, 4, 3, 1)).astype(np.float32),
        "keywords": rng.normal(size=(n, 12)).astype(np.float32),
        "history": rng.normal(size=(n, 8)).astype(np.float32),
        "longitude_deg": rng.uniform(-70, 70, n).astype(np.float32),
        "region": np.arange(n) // 3,
        "issue_time": 1_300_000_000 + 3600 * np.arange(n),
        "flux_w_m2": flux(),
        "unattributed_flux_w_m2": flux(),
        "complete": rng.random(n) < 0.8,
        "previous_flux_w_m2": flux(),
        "previous_unattributed_flux_w_m2": flux(),
        "previous_complete": rng.random(n) < 0.8,
        "floor_w_m2": np.full(n, floor),
        "true_probability": truth if simulated else np.full_like(truth, np.nan),
        "state_probability": truth**2 if simulated else np.full_like(truth, np.nan),
    }
    columns["id"] = np.char.encode(columns["id"].astype(str)).astype(object)
    columns["flux_w_m2"][:2] = 1e-5  # exactly M1.0
    columns["complete"][:2] = True
    return Stored(columns)


THRESHOLDS = {"C1.0": 1e-6, "M1.0": 1e-5, "X1.0": 1e-4}


@pytest.mark.parametrize("classes", [("C1.0", "M1.0"), ("X1.0",), ("M1.0", "C1.0")])
def test_events_and_what_is_known_of_them(classes) -> None:
    source = stored()
    examples = window_examples(source, classes=classes)
    c = source.columns
    for k, name in enumerate(classes):
        level = THRESHOLDS[name]
        for row in range(N):
            yes = c["flux_w_m2"][row] >= level
            unclear = c["unattributed_flux_w_m2"][row] >= level
            assert examples.events.happened[row, k] == yes
            assert examples.events.known[row, k] == (c["complete"][row] and not unclear)
            was = c["previous_flux_w_m2"][row] >= level
            maybe = c["previous_unattributed_flux_w_m2"][row] >= level and not was
            seen = c["previous_complete"][row] and not maybe
            told = examples.inputs["previous"][row, k]
            assert told == was if seen else np.isnan(told)
    if "M1.0" in classes:
        assert examples.events.happened[:2, classes.index("M1.0")].all(), "≥ includes M1.0 itself"


def test_columns_keep_their_rows_and_types() -> None:
    source = stored()
    examples = window_examples(source)
    c = source.columns
    assert examples.rows.id.tolist()[:2] == [b"r-0".decode(), "r-1"]
    assert examples.rows.id.dtype.kind == "U"
    np.testing.assert_array_equal(examples.rows.group, c["region"])
    np.testing.assert_array_equal(examples.inputs["image"], c["image"])
    np.testing.assert_array_equal(examples.inputs["keywords"], c["keywords"])
    assert examples.rows.time.dtype == np.dtype("datetime64[s]")
    assert str(examples.rows.time[0]) == "2011-03-13T07:06:40"
    known = {"image", "keywords", "history", "longitude_deg", "previous"}
    assert set(examples.inputs) == known, "no look into the future"
    np.testing.assert_array_equal(examples.inputs["history"], c["history"])


def test_truth_is_that_of_the_classes_and_none_on_real_data() -> None:
    truth = stored().columns["true_probability"]
    found = window_examples(stored(), classes=("X1.0", "C1.0")).true_probability
    np.testing.assert_array_equal(found, truth[:, [3, 0]])
    known_now = window_examples(stored(), classes=("X1.0", "C1.0")).state_probability
    np.testing.assert_array_equal(known_now, truth[:, [3, 0]] ** 2)
    for without in (
        window_examples(stored(simulated=False)),
        window_examples(stored(), classes=("C5.0",)),
    ):
        assert without.true_probability is None
        assert without.state_probability is None


def test_empty_split_and_class_below_the_floor_are_told() -> None:
    with pytest.raises(ValueError, match="no examples: use more regions"):
        window_examples(stored(0))
    with pytest.raises(ValueError, match="complete from 1e-06"):
        window_examples(stored(), classes=("B1.0",))
    with pytest.raises(ValueError, match="complete from 5e-06"):
        window_examples(stored(floor=5e-6))


def test_pictures_may_stay_on_disk() -> None:
    source = stored()
    image = window_examples(source, in_memory=False).inputs["image"]
    assert isinstance(image, StoredColumn)
    assert (len(image), image.shape) == (N, (N, 4, 3, 1))
    source.read = 0
    np.testing.assert_array_equal(image[[5, 5, 2]], source.columns["image"][[5, 5, 2]])
    assert source.read == 3, "only what is asked for"


@settings(deadline=None, max_examples=60)
@given(
    st.one_of(
        st.lists(st.integers(-N, N - 1), max_size=6).map(lambda rows: np.array(rows, int)),
        st.integers(-N, N - 1),
        st.slices(N).filter(lambda rows: len(range(*rows.indices(N))) < 40),
        st.sets(st.integers(0, N - 1), max_size=5).map(
            lambda rows: np.isin(np.arange(N), list(rows))
        ),
    )
)
def test_a_stored_column_is_indexed_as_an_array(rows: Any) -> None:
    source = stored()
    for name in ("image", "region"):
        expected = source.columns[name][rows]
        found = StoredColumn(source, name)[rows]
        np.testing.assert_array_equal(found, expected)
        assert found.shape == expected.shape
        assert found.dtype == expected.dtype


def test_a_part_of_a_stored_column_stays_on_disk() -> None:
    source = stored()
    source.read = 0
    part = take({"image": StoredColumn(source, "image"), "none": None}, np.arange(N) % 2 == 1)
    again = take(part["image"], slice(1, None))
    assert (len(part["image"]), again.shape) == (N // 2, (N // 2 - 1, 4, 3, 1))
    assert source.read == 0, "nothing is read"
    np.testing.assert_array_equal(again[[1, 0]], source.columns["image"][[5, 3]])
    assert source.read == 2, "only what is asked for"
    (batch,) = evaluation_batches(part["image"], batch_size=N, n=N // 2)
    np.testing.assert_array_equal(batch.inputs[: N // 2], source.columns["image"][1::2])


@pytest.mark.parametrize("n", [1, 255, 256, 257, 600])
def test_columns_are_read_whole_across_chunks(n: int) -> None:
    source = stored(n)
    found = read_columns(source, ["region", "image"])
    assert set(found) == {"region", "image"}
    np.testing.assert_array_equal(found["region"], source.columns["region"])
    np.testing.assert_array_equal(found["image"], source.columns["image"])
    assert source.read == n, "every row once"


def test_previous_is_yes_no_or_not_known() -> None:
    events = Events(
        np.array([[True, False], [True, False]]), np.array([[True, True], [False, False]])
    )
    found = known_or_nan(events)
    np.testing.assert_array_equal(found, [[1, 0], [np.nan, np.nan]])
    assert found.dtype == np.float32
