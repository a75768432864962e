"""The bootstrap over blocks: right draws, right quantiles, honest coverage, refusals."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.verify.events import ranking, scores
from jsolar.verify.events.contingency import Table, at_thresholds_by_block, outcomes, total
from jsolar.verify.events.redrawn import tss_redrawn, unseen
from jsolar.verify.events.threshold import THRESHOLDS
from jsolar.verify.intervals import (
    REASONS,
    Rules,
    block_bootstrap,
    block_bootstrap_weighted,
    bootstrap,
    chunk_for,
    percentile_interval,
    resample,
    sums_by_block,
    weighted_sums,
)

KEY = jax.random.key(0)
REGIONS, DAYS = 40, 6
RNG = np.random.default_rng(0)
REGION = np.repeat(np.arange(REGIONS), DAYS)
ACTIVITY = RNG.normal(0, 1.5, REGIONS)[REGION]
PROBABILITY = (1 / (1 + np.exp(-ACTIVITY))).astype(np.float32)
OBSERVED = RNG.random(len(REGION)) < PROBABILITY
YES = PROBABILITY > 0.5
FEW = Rules(resamples=300)
WRONG = RNG.random(len(YES)) < 0.1
WORSE = sums_by_block(outcomes(OBSERVED, YES ^ WRONG), REGION, blocks=REGIONS)
TABLES = sums_by_block(outcomes(OBSERVED, YES), REGION, blocks=REGIONS)


def test_sums_by_block():
    sums = sums_by_block({"a": np.arange(6.0), "b": np.ones((6, 2))}, np.array([2, 0, 2, 0, 3, 3]),
                         blocks=4)  # fmt: skip
    assert sums["a"].tolist() == [4, 0, 2, 9]
    assert sums["b"].tolist() == [[2, 2], [0, 0], [2, 2], [2, 2]]


@pytest.fixture(scope="module")
def draws():
    """Several scores of the same 2000 resamples."""

    def everything(weight):
        each = weight[REGION]
        a, b = scores.tss(weighted_sums(weight, TABLES)), scores.tss(weighted_sums(weight, WORSE))
        return {
            "weight": weight,
            "of sums": a,
            "of rows": scores.tss(total(outcomes(OBSERVED, YES, weights=each))),
            "worse": b,
            "difference": a - b,
            "area": ranking.roc_auc(OBSERVED, PROBABILITY, weights=each),
        }

    run = partial(resample, statistic=everything, blocks=REGIONS)
    found = jax.jit(partial(run, resamples=2000))(KEY)
    few = jax.jit(partial(run, resamples=130, chunk=64))(KEY)
    return {name: (np.asarray(found[name]), np.asarray(few[name])) for name in found}


def test_weights_are_those_of_drawing_with_replacement(draws):
    """Mean 1, variance 1 − 1/g and covariance −1/g: those of a multinomial draw."""
    weights = draws["weight"][0]
    assert set(weights[0]) == {1.0}
    assert set(weights.sum(1)) == {REGIONS}
    assert len(np.unique(weights, axis=0)) == 2001
    np.testing.assert_allclose(weights[1:].mean(0), 1.0, atol=0.12)
    covariance = np.cov(weights[1:].T) - np.eye(REGIONS) + 1 / REGIONS
    assert abs(covariance.mean()) < 1e-6
    assert abs(np.diag(covariance)).max() < 0.25
    assert abs(np.diag(covariance).mean()) < 0.05


def test_sums_and_rows_give_the_same_draw_by_draw(draws):
    np.testing.assert_allclose(draws["of sums"][0], draws["of rows"][0], atol=1e-5)
    direct = [scores.tss(total(outcomes(OBSERVED, YES))), ranking.roc_auc(OBSERVED, PROBABILITY)]
    np.testing.assert_allclose([draws["of sums"][0][0], draws["area"][0][0]], direct, atol=1e-6)


def test_how_many_follow_and_fit_into_memory_does_not_change_a_draw(draws):
    for whole, few in draws.values():
        assert len(few) == 131
        np.testing.assert_allclose(few, whole[:131], atol=1e-5)
    assert [chunk_for(rows) for rows in (0, 1, 10**9)] == [100, 100, 1]


def test_a_paired_difference_is_sharper_than_two_intervals(draws):
    width = {name: np.ptp(np.quantile(found[1:], [0.025, 0.975], axis=0)) for name, (found, _) in
             draws.items() if name != "weight"}  # fmt: skip
    assert width["difference"] < 0.7 * np.hypot(width["of sums"], width["worse"])


def test_quantiles_are_those_of_numpy_without_the_undefined():
    draws = RNG.normal(size=(400, 3)).astype(np.float32)
    draws[:7, 1] = np.nan
    interval = percentile_interval(jnp.zeros(3), draws, rules=Rules(level=0.9))
    low, high = np.nanquantile(draws, [0.05, 0.95], axis=0)
    np.testing.assert_allclose(interval.low, low, atol=1e-5)
    np.testing.assert_allclose(interval.high, high, atol=1e-5)
    assert interval.degenerate.tolist() == [0, 7, 0]


def test_intervals_of_sums_and_of_rows(draws):
    def several(columns, weights):
        observed, yes, p = columns
        tss = scores.tss(total(outcomes(observed, yes, weights=weights)))
        area = ranking.roc_auc(observed, p, weights=weights)
        return {"tss": tss, "both": jnp.stack([tss, area])}

    by_rows = block_bootstrap_weighted(
        KEY, (OBSERVED, YES, PROBABILITY), REGION, several, blocks=REGIONS
    )
    by_sums = block_bootstrap(KEY, TABLES, scores.tss)
    np.testing.assert_allclose(by_rows["tss"], by_sums, atol=1e-5)
    np.testing.assert_allclose([field[0] for field in by_rows["both"]], by_sums, atol=1e-5)
    low, high = np.quantile(draws["area"][0][1:], [0.025, 0.975])
    assert float(by_rows["both"].low[1]) == pytest.approx(low, abs=1e-5)
    assert float(by_rows["both"].high[1]) == pytest.approx(high, abs=1e-5)


def test_no_interval_without_enough_regions():
    for positive, reason in ((9, 1), (10, 0)):
        interval = block_bootstrap(KEY, TABLES, scores.tss, rules=FEW, positive_blocks=positive)
        assert int(interval.reason) == reason
        assert bool(np.isnan(interval.low)) == bool(np.isnan(interval.high)) == bool(reason)
        assert np.isfinite(interval.value)
        assert int(interval.resamples) == 300


def test_no_interval_if_too_often_undefined():
    """Both regions with events are missing from a draw with probability (38/40)^40 = 0.13."""
    rare = Table(*np.zeros((4, REGIONS), np.float32))
    rare.tp[:2] = rare.tn[2:] = 1
    interval = block_bootstrap(KEY, rare, scores.tss, rules=FEW, positive_blocks=99)
    assert REASONS[int(interval.reason)] == "undefined in too many resamples"
    assert 0.07 < int(interval.degenerate) / 300 < 0.19
    assert np.isnan(interval.low)
    assert float(interval.value) == 1.0
    draws = np.where(np.arange(100) < int(interval.degenerate) // 3, np.nan, 1.0)
    tolerant = percentile_interval(
        jnp.ones(()), draws.astype(np.float32), rules=Rules(maximum_degenerate=0.5)
    )
    assert float(tolerant.low) == 1.0


def test_jit_vmap_and_repeat():
    run = partial(block_bootstrap, statistic=scores.tss, rules=FEW, positive_blocks=99)
    both = jax.tree.map(lambda a, b: jnp.stack([a, b]), TABLES, jax.tree.map(jnp.flip, TABLES))
    keys = jax.random.split(KEY, 2)
    together = jax.vmap(lambda key, sums: run(key, sums))(keys, both)
    one = run(keys[0], TABLES)
    np.testing.assert_allclose([field[0] for field in together], one, atol=1e-5)
    assert run(keys[0], TABLES) == one
    assert float(run(keys[1], TABLES).low) != float(one.low)


def test_sums_keep_their_precision():
    """On accelerators a product of matrices may be rounded to 10 or 7 bits unless forbidden."""
    counts = np.full(300, 4097.0, np.float32)
    assert float(weighted_sums(np.ones(300, np.float32), counts)) == 300 * 4097


def test_redrawing_the_threshold_widens_the_interval():
    """With few validation regions the event rate, and with it the threshold, is a gamble."""
    rng = np.random.default_rng(4)
    region = np.repeat(np.arange(300), 4)
    logit = rng.normal(-2, 2, 300)[region]
    p = 1 / (1 + np.exp(-logit))
    happened = rng.random(len(p)) < p
    test = at_thresholds_by_block(happened, p, THRESHOLDS, region, blocks=300)
    few = np.stack([np.full(12, 4.0), happened[:48].reshape(12, 4).sum(1)], axis=1)
    rules = Rules(resamples=299, maximum_degenerate=0.2)
    redrawn = bootstrap(KEY, lambda w: tss_redrawn(w, few, test), (12, 300), rules=rules)
    rate = np.argmin(np.abs(THRESHOLDS - few[:, 1].sum() / 48))
    fixed = block_bootstrap(KEY, Table(*(c[:, rate] for c in test)), scores.tss, rules=rules)
    assert float(redrawn.high - redrawn.low) > 1.2 * float(fixed.high - fixed.low)
    assert float(redrawn.value) == pytest.approx(float(fixed.value), abs=1e-6)
    weights = jnp.ones(12), jnp.ones(300)
    assert np.isnan(tss_redrawn(weights, few * [1, 0], test))


def test_unseen_blocks_are_drawn_but_not_in_the_data():
    counted = resample(KEY, lambda w: w[-2:], 5, resamples=400, unseen=2)
    assert counted[0].tolist() == [0, 0]
    assert abs(float(counted[1:].mean()) - 1) < 0.1
    both = resample(KEY, lambda w: (w[0].sum(), w[1].sum()), (3, 4), resamples=2, unseen=1)
    assert [x.tolist() for x in both] == [[3, 3, 3], [3, 4, 4]]


EMPTY_CELLS = {
    "nothing": ((3.0, 1.0, 1.0, 3.0), (0, 0, 0, 0)),
    "no miss": ((4.0, 0.0, 1.0, 3.0), (0, 2, 0, 0)),
    "no hit": ((0.0, 4.0, 1.0, 3.0), (2, 0, 0, 0)),
    "no false alarm": ((3.0, 1.0, 0.0, 4.0), (0, 0, 2, 0)),
    "perfect": ((4.0, 0.0, 0.0, 4.0), (0, 2, 2, 0)),
    "always no": ((0.0, 4.0, 0.0, 4.0), (0, 0, 0, 0)),
    "always yes": ((4.0, 0.0, 4.0, 0.0), (0, 0, 0, 0)),
    "no event": ((0.0, 0.0, 2.0, 4.0), (0, 0, 0, 0)),
}


@pytest.mark.parametrize(("cells", "expected"), EMPTY_CELLS.values(), ids=EMPTY_CELLS)
def test_one_more_region_shows_what_none_has_shown(cells, expected):
    """Two regions share the counts evenly; one more has their mean size."""
    table = Table(*(np.full(2, cell / 2, np.float32) for cell in cells))
    assert tuple(float(x) for x in unseen(table)) == expected


def simulate(key, regions: int, days: int):
    """Region days whose activity, forecasts and events hang together within a region."""
    a, b, c = jax.random.split(key, 3)
    logit = -2 + 2 * jax.random.normal(a, (regions, 1))
    forecast = logit + jax.random.normal(b, (regions, 1)) > -1
    happened = jax.random.bernoulli(c, jax.nn.sigmoid(logit), (regions, days))
    return outcomes(happened, jnp.broadcast_to(forecast, happened.shape))


@pytest.fixture(scope="module")
def coverage():
    """How often 95 % intervals hold the true TSS, by what is resampled."""
    regions, days, repeats = 60, 12, 200
    truth = scores.tss(jax.jit(lambda k: jax.tree.map(jnp.sum, simulate(k, 200_000, days)))(KEY))

    def intervals(key):
        tables = simulate(key, regions, days)
        by_region = jax.tree.map(lambda c: c.sum(1), tables)
        by_window = jax.tree.map(jnp.ravel, tables)
        run = partial(block_bootstrap, statistic=scores.tss, rules=Rules(resamples=99))
        return {"region": run(key, by_region), "window": run(key, by_window)}

    keys = jax.random.split(jax.random.key(1), repeats)
    found = jax.jit(lambda keys: jax.lax.map(intervals, keys, batch_size=10))(keys)
    return {name: float(((i.low <= truth) & (truth <= i.high)).mean()) for name, i in found.items()}


def test_resampling_regions_covers_the_truth(coverage):
    assert 0.90 <= coverage["region"] <= 0.98


def test_resampling_windows_does_not(coverage):
    assert coverage["window"] < 0.80
