"""Days of the whole disk out of days of regions: every day once, any flare, independent regions."""

import numpy as np
import pytest

from jsolar.forecast.day_examples import RegionDayExamples
from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.fitting import Probabilities
from jsolar.forecast.full_disk import combine, full_disk, put_together
from jsolar.types import Events, Rows

START = np.datetime64("2014-01-01T00:30", "s")


def region_days(day: np.ndarray, happened: np.ndarray, unattributed: np.ndarray):
    n = len(day)
    rows = Rows(np.arange(n).astype(str), np.arange(n), START + day * np.timedelta64(86400, "s"))
    examples = Examples(rows, {}, Events(happened, np.ones_like(happened)))
    nowhere = np.zeros_like(happened)
    return RegionDayExamples(examples, happened.astype(int), nowhere, unattributed)


def drawn(seed: int, days: int = 400, regions: int = 4):
    """Regions with known probabilities; no region at all on every tenth day."""
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), regions)
    day = day[day % 10 != 3]
    p = rng.beta(0.5, 4, (len(day), 1))
    happened = rng.random(p.shape) < p
    return region_days(day, happened, np.zeros_like(happened)), p


def test_independent_regions() -> None:
    p = np.array([[0.2, 0.0], [0.5, 1.0], [0.9, 0.3]])
    said = combine(p, np.array([1, 1, 3]), 4)
    expected = [[0, 0], [1 - 0.8 * 0.5, 1], [0, 0], [0.9, 0.3]]
    np.testing.assert_allclose(said, expected, atol=1e-12)


def test_every_day_is_there_and_any_flare_counts() -> None:
    day = np.array([0, 0, 2, 3])
    happened = np.array([[False], [True], [False], [False]])
    unattributed = np.array([[False], [False], [False], [True]])
    split = region_days(day, happened, unattributed)
    data = Data(split.examples, split.examples, split.examples, ("≥C1.0",), {})
    whole = full_disk(data, {"train": split, "validation": split, "test": split}).test
    assert whole.rows.id.tolist() == ["2014-01-01", "2014-01-02", "2014-01-03", "2014-01-04"]
    assert whole.events.happened.ravel().tolist() == [True, False, False, True]
    np.testing.assert_array_equal(whole.inputs["previous"].ravel(), [np.nan, 1, 0, 0])
    assert len(set(whole.rows.group.tolist())) <= 2


@pytest.mark.parametrize("bent", [1.0, 0.3])
def test_what_is_put_together_is_calibrated_again(bent: float) -> None:
    """Also if the regions' probabilities were too high."""
    (fitted, p), (tested, q) = drawn(1), drawn(2)
    data = Data(fitted.examples, fitted.examples, tested.examples, ("≥C1.0",), {})
    splits = {"train": fitted, "validation": fitted, "test": tested}
    whole = full_disk(data, splits)
    said = put_together(Probabilities(p**bent, q**bent), data, whole)
    happened = whole.test.events.happened
    assert said.test.shape == (400, 1)
    assert said.validation.mean() == pytest.approx(
        whole.validation.events.happened.mean(), abs=0.01
    )
    assert np.mean((said.test - happened) ** 2) < happened.mean() * (1 - happened.mean())
    empty = np.arange(400) % 10 == 3
    assert said.test[empty].max() < 0.05
    assert not happened[empty].any()
