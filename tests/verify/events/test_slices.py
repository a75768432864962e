"""Skill in parts of the test rows: scikit-learn's counts, the scorecard's interval of all."""

import jax
import numpy as np
import pytest
from sklearn.metrics import recall_score

from jsolar.verify.events.columns import ForecastColumns
from jsolar.verify.events.scorecard import scorecard
from jsolar.verify.events.slices import sliced_tss
from jsolar.verify.intervals import Rules

KEY, RNG, N = jax.random.key(0), np.random.default_rng(0), 1200
TRUTH = RNG.beta(0.6, 3, N)
COLUMNS = ForecastColumns(
    RNG.random(N) < TRUTH, RNG.random(N) < 0.9, TRUTH.astype(np.float32), np.arange(N) // 6
)
GAPS = COLUMNS._replace(probability=np.where(RNG.random(N) < 0.2, np.nan, TRUTH**2))
SLICES = np.stack([np.ones(N, bool), np.arange(N) % 5 == 0, np.arange(N) < 30], axis=1)
RULES = Rules(resamples=500)


@pytest.fixture(scope="module")
def found():
    return sliced_tss(KEY, [COLUMNS, GAPS], [0.2, 0.05], SLICES, rules=RULES)


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize(("m", "columns", "at"), [(0, COLUMNS, 0.2), (1, GAPS, 0.05)])
def test_the_score_of_a_part_is_scikit_learns(found, m, columns, at, part) -> None:
    rows = SLICES[:, part] & columns.known & ~np.isnan(columns.probability)
    yes, happened = columns.probability[rows] >= np.float32(at), columns.observed[rows]
    expected = recall_score(happened, yes) + recall_score(~happened, ~yes) - 1
    assert found.value[m, part] == pytest.approx(expected, abs=1e-6)


def test_the_interval_of_the_whole_is_the_scorecards() -> None:
    card = scorecard(KEY, COLUMNS, COLUMNS, climatology=0.1, rules=RULES)
    own = sliced_tss(KEY, [COLUMNS], [card["threshold"]], SLICES, rules=RULES)
    for end in ("value", "low", "high"):
        found = getattr(own, end)[0, 0]
        assert found == pytest.approx(card["scores"]["tss"][end], abs=0.02)


def test_a_part_with_few_regions_that_flare_has_no_interval(found) -> None:
    assert np.isfinite(found.low[:, :2]).all()
    assert np.isnan(found.low[:, 2]).all()
    assert np.isfinite(found.value[:, 2]).all()


def test_methods_and_parts_meet_the_same_resamples() -> None:
    twice = np.stack([SLICES[:, 1], SLICES[:, 1]], axis=1)
    found = sliced_tss(KEY, [COLUMNS, COLUMNS], [0.2, 0.2], twice, rules=RULES)
    for end in (found.low, found.high):
        assert len(np.unique(end)) == 1


def test_without_a_threshold_or_an_event_there_is_no_score() -> None:
    none = np.stack([~COLUMNS.observed], axis=1)
    assert np.isnan(sliced_tss(KEY, [COLUMNS], [0.2], none, rules=RULES).value).all()
    assert np.isnan(sliced_tss(KEY, [COLUMNS], [np.nan], SLICES, rules=RULES).value).all()
