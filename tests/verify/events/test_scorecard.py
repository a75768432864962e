"""A scorecard: the same numbers by hand, missing answers counted, nothing recompiled, refusals."""

import json
import operator

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn import metrics

from jsolar.verify.events import scorecard as room
from jsolar.verify.events import scores
from jsolar.verify.events.columns import ForecastColumns, rows_and_blocks
from jsolar.verify.events.contingency import contingency, expected, outcomes
from jsolar.verify.events.paired import paired
from jsolar.verify.events.scorecard import AT_THRESHOLD, interval_dict, scorecard
from jsolar.verify.events.threshold import THRESHOLDS, choose_threshold
from jsolar.verify.intervals import Rules, bootstrap, sums_by_block, weighted_sums

KEY = jax.random.key(0)
RULES = Rules(resamples=200)
CLIMATOLOGY = 0.13


def simulated(seed: int, regions: int = 60, days: int = 8) -> ForecastColumns:
    """Some rows unknown, some without an answer, region numbers that are no indices."""
    rng = np.random.default_rng(seed)
    n = regions * days
    region = np.repeat(rng.choice(10_000, regions, replace=False), days)
    logit = np.repeat(rng.normal(-2, 2, regions), days) + rng.normal(0, 0.5, n)
    truth = 1 / (1 + np.exp(-logit))
    p = 1 / (1 + np.exp(-logit - rng.normal(0, 1, n)))
    p[rng.random(n) < 0.05] = np.nan
    order = rng.permutation(n)
    columns = ForecastColumns(rng.random(n) < truth, rng.random(n) < 0.9, p, region, truth)
    return ForecastColumns(*(c[order] for c in columns[:5]))


VALIDATION, TEST = simulated(1), simulated(2)


@pytest.fixture(scope="module")
def card():
    return scorecard(KEY, VALIDATION, TEST, climatology=CLIMATOLOGY, rules=RULES)


def usable(columns: ForecastColumns) -> np.ndarray:
    return columns.known & ~np.isnan(columns.probability)


def test_threshold_comes_from_validation(card):
    chosen = [
        choose_threshold(VALIDATION.probability, where=usable(VALIDATION), score=score)
        for score in (scores.tss, scores.hss2)
    ]
    assert [card["threshold"], card["threshold_hss2"]] == [float(x) for x in chosen]
    assert card["threshold"] in THRESHOLDS
    assert card["threshold_hss2"] > card["threshold"]
    assert card["threshold_from"] == "validation"
    other = simulated(3)
    again = scorecard(KEY, VALIDATION, other, climatology=CLIMATOLOGY, rules=RULES)
    assert again["threshold"] == card["threshold"]


def test_values_by_hand(card):
    rows = usable(TEST)
    o, p = TEST.observed[rows], TEST.probability[rows]
    value = {name: score["value"] for name, score in card["scores"].items()}
    table = contingency(o, p >= card["threshold"])
    assert card["counts"] == {f: int(c) for f, c in table._asdict().items()}
    for name in AT_THRESHOLD:
        assert value[name] == pytest.approx(float(scores.SCORES[name](table)), abs=1e-5)
    brier = np.mean((p - o) ** 2)
    rate = VALIDATION.observed[usable(VALIDATION)].mean()
    redrawn = contingency(o, p >= THRESHOLDS[np.argmin(np.abs(THRESHOLDS - rate))])
    assert card["rates"] == {"training": CLIMATOLOGY, "validation": rate, "test": o.mean()}
    by_hand = {
        "hss2": float(scores.hss2(contingency(o, p >= card["threshold_hss2"]))),
        "brier": brier,
        "bss": 1 - brier / np.mean((rate - o) ** 2),
        "bss_training": 1 - brier / np.mean((CLIMATOLOGY - o) ** 2),
        "bss_test": 1 - brier / (o.mean() * (1 - o.mean())),
        "roc_auc": metrics.roc_auc_score(o, p),
        "average_precision": metrics.average_precision_score(o, p),
        "tss_redrawn": float(scores.tss(redrawn)),
        "tss_at_half": float(scores.tss(contingency(o, p >= 0.5))),
        "tss_at_climatology": float(scores.tss(contingency(o, p >= CLIMATOLOGY))),
        "tss_expected": float(
            scores.tss(expected(TEST.true_probability[rows], p >= card["threshold"]))
        ),
    }
    assert {name: value[name] for name in by_hand} == pytest.approx(by_hand, abs=1e-5)
    assert set(value) == {*AT_THRESHOLD, *by_hand}


def test_intervals_hold_their_values(card):
    for name, score in card["scores"].items():
        assert score["low"] < score["value"] < score["high"], name
        assert "reason" not in score


def test_numbers(card):
    rows = usable(TEST)
    assert card["numbers"] == {
        "examples": len(rows),
        "known": TEST.known.sum(),
        "forecast": rows.sum(),
        "events": TEST.observed[rows].sum(),
        "regions": len(set(TEST.block[rows])),
        "flaring_regions": len(set(TEST.block[rows & TEST.observed])),
        "validation": card["numbers"]["validation"],
        "resamples": 200,
        "degenerate": 0,
    }
    rows = usable(VALIDATION)
    assert card["numbers"]["validation"]["events"] == VALIDATION.observed[rows].sum()


def test_it_is_plain_json(card):
    assert json.loads(json.dumps(card)) == card


def test_order_of_rows_and_names_of_regions_do_not_matter(card):
    order = np.random.default_rng(0).permutation(len(TEST.block))
    shuffled = ForecastColumns(*(c[order] for c in TEST[:5]))
    renamed = shuffled._replace(block=np.unique(shuffled.block, return_inverse=True)[1] + 5)
    again = scorecard(KEY, VALIDATION, renamed, climatology=CLIMATOLOGY, rules=RULES)
    for name, score in card["scores"].items():
        assert again["scores"][name] == pytest.approx(score, abs=1e-5)


def test_what_is_unknown_or_unanswered_never_matters(card):
    spoiled = TEST._replace(
        observed=TEST.observed ^ ~usable(TEST),
        probability=np.where(TEST.known, TEST.probability, 1.0),
    )
    again = scorecard(KEY, VALIDATION, spoiled, climatology=CLIMATOLOGY, rules=RULES)
    assert again["scores"] == card["scores"]
    assert again["counts"] == card["counts"]


def test_another_method_on_the_same_rows_compiles_nothing(card):
    before = room._measure._cache_size()
    other = TEST._replace(probability=TEST.probability**2, true_probability=None)
    scorecard(jax.random.key(5), VALIDATION, other, climatology=0.2, rules=RULES)
    assert room._measure._cache_size() == before


def test_without_truth_there_is_no_expected_score(card):
    plain = TEST._replace(true_probability=None)
    found = scorecard(
        KEY, VALIDATION._replace(true_probability=None), plain, climatology=0.1, rules=RULES
    )
    assert set(card["scores"]) - set(found["scores"]) == {"tss_expected"}
    assert found["scores"]["tss"] == card["scores"]["tss"]


def test_validation_without_an_event_leaves_the_threshold_open(card):
    never = VALIDATION._replace(observed=np.zeros_like(VALIDATION.observed))
    found = scorecard(KEY, never, TEST, climatology=CLIMATOLOGY, rules=RULES)
    assert np.isnan(found["threshold"])
    assert all(np.isnan(count) for count in found["counts"].values())
    assert np.isnan(found["scores"]["tss"]["value"])
    for name in ("tss", "hss2", "tss_redrawn"):
        assert found["scores"][name]["reason"] == "no event in validation"
    assert found["scores"]["brier"] == card["scores"]["brier"]


def test_few_flaring_regions_get_no_interval():
    quiet = TEST._replace(observed=TEST.observed & (TEST.block < np.quantile(TEST.block, 0.2)))
    found = scorecard(KEY, VALIDATION, quiet, climatology=CLIMATOLOGY, rules=RULES)
    assert found["numbers"]["flaring_regions"] < 10
    for score in found["scores"].values():
        assert score["reason"] == "too few regions with an event"
        assert np.isnan(score["low"])
        assert np.isfinite(score["value"])


def test_a_method_that_says_yes_or_no_by_itself_keeps_its_threshold():
    said = TEST._replace(threshold=0.3)
    found = scorecard(KEY, VALIDATION, said, climatology=CLIMATOLOGY, rules=RULES)
    assert (found["threshold"], found["threshold_from"]) == (pytest.approx(0.3), "the method")
    usable = TEST.known & ~np.isnan(TEST.probability)
    yes = TEST.probability[usable] >= np.float32(0.3)
    assert found["counts"]["tp"] == int((yes & TEST.observed[usable]).sum())
    assert found["scores"]["tss_redrawn"] == found["scores"]["tss"]
    free = (VALIDATION, TEST)
    gap = paired(KEY, (VALIDATION, said), free, rules=RULES)
    own = scorecard(KEY, *free, climatology=CLIMATOLOGY, rules=RULES)
    expected = found["scores"]["tss"]["value"] - own["scores"]["tss"]["value"]
    assert float(gap.value) == pytest.approx(expected, abs=1e-6)


def test_few_flaring_validation_regions_only_spoil_the_redrawn_interval(card):
    first = VALIDATION.block < np.quantile(VALIDATION.block, 0.2)
    quiet = VALIDATION._replace(observed=VALIDATION.observed & first)
    found = scorecard(KEY, quiet, TEST, climatology=CLIMATOLOGY, rules=RULES)
    assert 0 < found["numbers"]["validation"]["flaring_regions"] < 10
    refused = {name for name, score in found["scores"].items() if "reason" in score}
    assert refused == {"tss_redrawn"}


def test_climatology_has_no_skill_and_no_false_alarm_ratio_above_its_probability():
    rate = VALIDATION.observed[usable(VALIDATION)].mean()
    flat = [c._replace(probability=np.where(usable(c), rate, np.nan)) for c in (VALIDATION, TEST)]
    found = scorecard(KEY, *flat, climatology=CLIMATOLOGY, rules=RULES)
    assert found["scores"]["bss"]["value"] == 0.0
    assert found["scores"]["tss"]["value"] == 0.0
    assert found["scores"]["roc_auc"]["value"] == 0.5
    assert np.isnan(found["scores"]["far"]["value"])
    assert "reason" in found["scores"]["far"]


def test_errors_name_what_is_wrong():
    def score(**changes):
        return scorecard(KEY, VALIDATION, TEST._replace(**changes), climatology=0.1, rules=RULES)

    with pytest.raises(ValueError, match=r"test probability runs from .* to 3"):
        score(probability=np.where(TEST.known, 3.0, TEST.probability))
    rows = np.arange(150_000)
    many = ForecastColumns(rows % 2 == 0, rows >= 0, np.full(150_000, 0.5), rows)
    with pytest.raises(ValueError, match=r"150000 blocks takes too much .* the active region"):
        scorecard(KEY, VALIDATION, many, climatology=0.1)
    with pytest.raises(ValueError, match="one length"):
        score(known=TEST.known[:-1])
    with pytest.raises(ValueError, match="test true_probability runs from -1"):
        score(true_probability=-np.ones(len(TEST.block)))


def test_paired_is_zero_against_itself_and_signed_against_a_worse_method():
    a = VALIDATION, TEST
    itself = paired(KEY, a, a, rules=RULES)
    assert [float(itself.value), float(itself.low), float(itself.high)] == [0, 0, 0]
    noise = np.random.default_rng(0).random(len(TEST.block))
    b = VALIDATION, TEST._replace(probability=np.sqrt(TEST.probability * noise))
    better, worse = paired(KEY, a, b, rules=RULES), paired(KEY, b, a, rules=RULES)
    assert better.low > 0
    assert float(worse.value) == -float(better.value)
    assert interval_dict(better).keys() == {"value", "low", "high"}


def test_paired_uses_the_rows_where_both_have_an_answer():
    half = np.arange(len(TEST.block)) % 2 == 0
    b = VALIDATION, TEST._replace(probability=np.where(half, TEST.probability, np.nan))
    a = VALIDATION, TEST._replace(probability=np.where(half, TEST.probability, 0.999))
    assert float(paired(KEY, a, b, rules=RULES).value) == 0.0


def test_paired_by_hand():
    p = np.clip(TEST.probability + 0.1, 0, 1)
    a, b = (VALIDATION, TEST), (VALIDATION, TEST._replace(probability=p))
    rows, blocks = rows_and_blocks(TEST, name="test")
    threshold = choose_threshold(VALIDATION.probability, where=usable(VALIDATION))
    tables = tuple(
        sums_by_block(
            outcomes(TEST.observed, jnp.asarray(q, jnp.float32) >= threshold, where=rows.usable),
            rows.block_index,
            blocks=blocks,
        )
        for q in (TEST.probability, p)
    )
    by_hand = bootstrap_with_none(
        tables, lambda pair: scores.tss(pair[0]) - scores.tss(pair[1]), blocks
    )
    found = paired(KEY, a, b, rules=RULES)
    np.testing.assert_allclose(found, by_hand, atol=1e-5)


def bootstrap_with_none(tables, statistic, blocks):
    """The interval where no cell is empty: one more region is drawn from, which adds nothing."""

    def of_weights(weight):
        return statistic(weighted_sums(weight[:-1], tables))

    return bootstrap(KEY, of_weights, blocks + 1, unseen=1, rules=RULES)


def test_paired_brier_by_hand():
    a, b = (VALIDATION, TEST), (VALIDATION, TEST._replace(probability=TEST.probability**2))
    found = paired(KEY, a, b, score="brier", rules=RULES)
    rows = usable(TEST)
    o, p = TEST.observed[rows], TEST.probability[rows]
    assert float(found.value) == pytest.approx(np.mean((p - o) ** 2 - (p**2 - o) ** 2), abs=1e-6)
    assert found.low < found.value < found.high


def test_a_table_without_a_miss_does_not_promise_that_none_comes():
    """Of 40 flaring regions none was missed: the bootstrap alone would put POD at exactly 1."""
    region = np.repeat(np.arange(60), 4)
    observed = (region < 40) & (np.arange(240) % 2 == 0)
    p = np.where(observed, 0.9, np.where(region % 3 == 0, 0.6, 0.02))
    columns = ForecastColumns(observed, np.ones(240, bool), p, region)
    found = scorecard(KEY, columns, columns, climatology=0.3)
    assert (found["counts"]["fn"], found["scores"]["pod"]["value"]) == (0, 1.0)
    # 0 of 40 leaves up to 3.7/40 = 0.09 at 97.5 %
    assert 0.90 < found["scores"]["pod"]["low"] < 0.97
    assert found["scores"]["pod"]["high"] == 1.0
    assert found["scores"]["tss_redrawn"]["low"] < found["scores"]["tss"]["value"]


def test_paired_share_of_expected_counts_by_hand():
    """With the true probability for what happened, and a quotient for the difference."""
    worse = TEST._replace(probability=np.clip(TEST.probability**0.3, 0, 1))
    a, b = (VALIDATION, worse), (VALIDATION, TEST)
    rows, blocks = rows_and_blocks(TEST, name="test")
    threshold = choose_threshold(VALIDATION.probability, where=usable(VALIDATION))
    truth = np.asarray(TEST.true_probability, np.float32)
    tables = tuple(
        sums_by_block(
            outcomes(truth, jnp.asarray(q, jnp.float32) >= threshold, where=rows.usable),
            rows.block_index,
            blocks=blocks,
        )
        for q in (worse.probability, TEST.probability)
    )
    by_hand = bootstrap_with_none(
        tables, lambda pair: scores.tss(pair[0]) / scores.tss(pair[1]), blocks
    )
    how = {"compare": operator.truediv, "score": "tss_expected", "rules": RULES}
    found = paired(KEY, a, b, **how)
    np.testing.assert_allclose(found[:3], by_hand[:3], atol=1e-5)
    assert 0 < float(found.value) < 0.95
    itself = paired(KEY, b, b, **how)
    assert [float(x) for x in itself[:3]] == [1, 1, 1]


def test_paired_refuses_other_rows():
    with pytest.raises(ValueError, match="same test rows"):
        paired(KEY, (VALIDATION, TEST), (VALIDATION, simulated(4)), rules=RULES)
