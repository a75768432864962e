"""How test rows are cut, and the tables of skill in their parts."""

import jax
import numpy as np
import pytest

from jsolar.forecast.compare import compare
from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.fitting import Probabilities
from jsolar.forecast.slices import cuts, page, sliced, summary, table
from jsolar.types import Events, Rows
from jsolar.verify.intervals import Rules


def split(seed: int, n: int = 600) -> Examples:
    rng = np.random.default_rng(seed)
    day = np.datetime64("2012-12-01", "s") + 86400 * (np.arange(n) // 10)
    size = rng.normal(size=n)
    happened = rng.random((n, 2)) < 1 / (1 + np.exp(2 - 2 * size[:, None]))
    inputs = {
        "size": size,
        "previous": rng.choice([0.0, 1.0, np.nan], (n, 2), p=[0.7, 0.2, 0.1]),
        "longitude_deg": rng.uniform(-70, 70, n),
    }
    rows = Rows(np.arange(n).astype(str), np.arange(n) // 5 + 1000 * seed, day)
    return Examples(rows, inputs, Events(happened, np.ones_like(happened)))


DATA = Data(split(1), split(2), split(3), ("≥C1.0", "≥M1.0"), {})


def size(inputs):
    return inputs["size"]


@pytest.fixture(scope="module")
def found():
    said = [1 / (1 + np.exp(2 - 2 * s.inputs["size"])) for s in (DATA.validation, DATA.test)]
    both = Probabilities(*(np.stack([p, p], axis=1) for p in said))
    comparison = compare(jax.random.key(0), {"model": both}, DATA, rules=Rules(resamples=200))
    return sliced(jax.random.key(0), comparison, size=size, rules=Rules(resamples=200))


def test_every_row_is_in_one_part_of_each_cut() -> None:
    every = cuts(DATA, 1, size=size)
    assert [cut.name for cut in every] == ["the day before", "year", "longitude", "size"]
    for cut in every:
        assert (np.stack(list(cut.parts.values())).sum(0) == 1).all(), cut.name


def test_parts_are_what_they_are_called() -> None:
    before, year, longitude, sizes = (cut.parts for cut in cuts(DATA, 1, size=size))
    inputs = DATA.test.inputs
    np.testing.assert_array_equal(before["such a flare"], inputs["previous"][:, 1] == 1)
    assert list(year) == ["2012", "2013"]
    assert inputs["longitude_deg"][longitude["west of 30°"]].min() > 30
    border = np.quantile(DATA.train.inputs["size"], 2 / 3)
    np.testing.assert_array_equal(sizes["large"], inputs["size"] >= border)


def test_what_is_not_known_cuts_nothing() -> None:
    inputs = {k: v for k, v in DATA.test.inputs.items() if k == "previous"}
    one_year = DATA.test.rows._replace(time=np.full(600, np.datetime64("2013-05-01", "s")))
    test = DATA.test._replace(inputs=inputs, rows=one_year)
    assert [cut.name for cut in cuts(DATA._replace(test=test), 0)] == ["the day before"]


def test_tables_tell_counts_and_scores(found) -> None:
    assert [(one.event, one.cut.name) for one in found][:2] == [
        ("≥C1.0", "the day before"),
        ("≥C1.0", "year"),
    ]
    one = found[1]
    rows, events, regions = one.counts["2012"]
    first = np.asarray(one.cut.parts["2012"])
    happened = DATA.test.events.happened[:, 0] & first
    assert (rows, events) == (first.sum(), happened.sum())
    assert regions == len(np.unique(DATA.test.rows.group[happened]))
    text = table(one)
    assert f"{events} in {regions} of {rows}" in text
    assert f"{one.tss['model'].value[0]:.3f} [" in text
    assert "**≥M1.0 by longitude**" in page(found)
    told = summary(found)[1]["parts"]["2012"]
    assert told["events"] == events
    assert told["tss"]["model"]["low"] <= told["tss"]["model"]["value"]


def test_a_score_without_an_interval_stands_alone(found) -> None:
    one = found[0]
    none = np.full(len(one.cut.parts), np.nan)
    bare = one._replace(tss={"rare": one.tss["model"]._replace(low=none, high=none)})
    cells = [cell.strip() for cell in table(bare).splitlines()[-1].split("|")[2:-1]]
    assert cells == [f"{value:.3f}" for value in one.tss["model"].value]
