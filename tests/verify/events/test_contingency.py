"""Tables: counted right, added up, masked, weighted, at many thresholds."""

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.metrics import confusion_matrix

from jsolar.verify.events.contingency import (
    Table,
    at_thresholds,
    at_thresholds_by_block,
    contingency,
    expected,
    outcomes,
    total,
)

N = 60
RNG = np.random.default_rng(0)
OBSERVED = RNG.random(N) < 0.3
PROBABILITY = RNG.integers(0, 8, N) / 8  # with ties
WEIGHTS = RNG.integers(0, 4, N).astype(np.float32)
WHERE = RNG.random(N) < 0.8
YES = PROBABILITY >= 0.5


count = jax.jit(contingency)
count_each = jax.jit(outcomes)
count_at = jax.jit(at_thresholds)


def numbers(table: Table) -> list:
    return [np.asarray(count).tolist() for count in table]


def test_counts_as_scikit_learn_does():
    table = count(OBSERVED, YES, where=WHERE, weights=WEIGHTS)
    tn, fp, fn, tp = confusion_matrix(
        OBSERVED[WHERE], YES[WHERE], sample_weight=WEIGHTS[WHERE]
    ).ravel()
    assert numbers(table) == [tp, fn, fp, tn]


def test_tables_are_added_entry_by_entry():
    whole = count(OBSERVED, YES)
    parts = [count(OBSERVED[i : i + 20], YES[i : i + 20]) for i in range(0, N, 20)]
    assert numbers(sum(parts)) == numbers(whole)
    assert numbers(parts[0] + parts[1] + parts[2]) == numbers(whole)
    assert numbers(total(count_each(OBSERVED, YES))) == numbers(whole)
    assert numbers(total(jax.tree.map(lambda *c: jnp.stack(c), *parts))) == numbers(whole)


def test_tables_are_summed_over_devices():
    spread = jax.shard_map(
        lambda o, yes: jax.lax.psum(count(o, yes), "data"),
        mesh=jax.sharding.Mesh(np.array(jax.devices()[:4]), ("data",)),
        in_specs=jax.P("data"),
        out_specs=jax.P(),
    )
    assert numbers(jax.jit(spread)(OBSERVED, YES)) == numbers(count(OBSERVED, YES))


def test_events_are_counted_apart():
    observed, yes = np.stack([OBSERVED, ~OBSERVED], 1), np.stack([YES, PROBABILITY >= 0.2], 1)
    same_rows = count(observed, yes, where=WHERE, weights=WEIGHTS)
    own_rows = count(observed, yes, where=np.stack([WHERE, ~WHERE], 1))
    for table, options in (
        (same_rows, {"where": WHERE, "weights": WEIGHTS}),
        (own_rows, {"where": ~WHERE}),
    ):
        one = count(observed[:, 1], yes[:, 1], **options)
        assert numbers(Table(*(each[1] for each in table))) == numbers(one)


def test_what_does_not_count_never_matters_and_nan_elsewhere_shows():
    spoiled = np.where(WHERE, PROBABILITY, np.nan)
    half = np.array([0.5])
    clean = numbers(count_at(OBSERVED, PROBABILITY, half, where=WHERE))
    assert numbers(count_at(OBSERVED, spoiled, half, where=WHERE)) == clean
    assert numbers(count_at(OBSERVED, spoiled, half, weights=WHERE * 1.0)) == clean
    shown = count_at(OBSERVED, spoiled, half)
    assert np.isnan(shown.tp + shown.fn).all(), "NaN was taken for a no"
    assert np.isnan(shown.fp + shown.tn).all(), "NaN was taken for a no"
    assert np.isnan(count(np.where(WHERE, OBSERVED, np.nan), YES).tp)


def test_thresholds_in_any_order_agree_with_one_at_a_time():
    thresholds = np.array([0.5, 0.0, 0.125, 2.0, 0.7, 0.125, -1.0])
    tables = count_at(OBSERVED, PROBABILITY, thresholds, where=WHERE, weights=WEIGHTS)
    for i, threshold in enumerate(thresholds):
        one = count(OBSERVED, threshold <= PROBABILITY, where=WHERE, weights=WEIGHTS)
        assert numbers(Table(*(c[i] for c in tables))) == numbers(one)


def test_thresholds_by_block_add_up_and_agree_with_each_block():
    block = RNG.integers(0, 5, N)
    thresholds = np.array([0.25, 0.5, 0.6])
    tables = at_thresholds_by_block(
        OBSERVED, PROBABILITY, thresholds, block, blocks=6, where=WHERE, weights=WEIGHTS
    )
    whole = count_at(OBSERVED, PROBABILITY, thresholds, where=WHERE, weights=WEIGHTS)
    assert tables.tp.shape == (6, 3)
    assert numbers(total(tables)) == numbers(whole)
    mine = WHERE & (block == 2)
    one = count(OBSERVED, PROBABILITY >= 0.5, where=mine, weights=WEIGHTS)
    assert numbers(Table(*(each[2, 1] for each in tables))) == numbers(one)
    assert not np.any([each[5] for each in tables])


def test_expected_is_the_mean_of_what_could_have_happened():
    truth = RNG.random(N)
    again = np.random.default_rng(1).random((4000, N)) < truth
    tables = jax.jit(jax.vmap(lambda observed: contingency(observed, YES)))(again)
    mean = [float(each.mean()) for each in tables]
    np.testing.assert_allclose(mean, numbers(expected(truth, YES)), atol=0.15)


def test_soft_forecasts_make_the_table_differentiable():
    slope = jax.grad(lambda f: count(OBSERVED, f).tp)(jnp.asarray(PROBABILITY))
    np.testing.assert_array_equal(slope, OBSERVED)
    spoiled = jnp.where(WHERE, PROBABILITY, jnp.nan)
    slope = jax.grad(lambda f: count(OBSERVED, f, where=WHERE).fp)(spoiled)
    np.testing.assert_array_equal(slope, ~OBSERVED & WHERE)
