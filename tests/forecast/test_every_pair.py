"""Every pair of methods, tested: agrees with pair by pair, and is rarely wrong about equals."""

import jax
import numpy as np
import pytest

from jsolar.forecast.every_pair import every_pair
from jsolar.verify.contrasts import holm
from jsolar.verify.events.columns import ForecastColumns
from jsolar.verify.events.paired import paired
from jsolar.verify.intervals import RULES

KEY = jax.random.key(0)
RULES_HERE = RULES._replace(resamples=500)


def methods(seed: int = 0, n: int = 1200) -> dict[str, tuple[ForecastColumns, ForecastColumns]]:
    """Three methods of falling skill; the last has no answer for a tenth of the rows."""
    rng = np.random.default_rng(seed)

    def split():
        p = rng.random(n)
        happened, block, known = rng.random(n) < p, np.arange(n) // 6, rng.random(n) < 0.9
        noise = rng.random((2, n))
        said = [p, 0.5 * p + 0.5 * noise[0], 0.1 * p + 0.9 * noise[1]]
        said[2] = np.where(rng.random(n) < 0.1, np.nan, said[2])
        return [ForecastColumns(happened, known, x, block) for x in said]

    return dict(zip(("good", "fair", "poor"), zip(split(), split(), strict=True), strict=True))


def test_each_pair_is_what_a_test_of_two_gives_on_the_common_rows() -> None:
    three = methods()
    found = every_pair(KEY, three, rules=RULES_HERE)
    assert [(one.better, one.worse) for one in found] == [
        ("good", "fair"), ("good", "poor"), ("fair", "poor")
    ]  # fmt: skip
    answered = ~np.isnan(three["poor"][1].probability)
    for one in found:
        pair = [three[name] for name in (one.better, one.worse)]
        common = [
            (v, t._replace(probability=np.where(answered, t.probability, np.nan))) for v, t in pair
        ]
        alone = paired(KEY, *common, rules=RULES_HERE)
        assert one.difference.value == pytest.approx(float(alone.value), abs=1e-6)
        assert one.difference.low == pytest.approx(float(alone.low), abs=1e-5)
        assert one.difference.high == pytest.approx(float(alone.high), abs=1e-5)


def test_p_values_are_adjusted_for_the_number_of_pairs() -> None:
    found = every_pair(KEY, methods(), rules=RULES_HERE)
    single = np.array([one.difference.p for one in found])
    np.testing.assert_allclose([one.p for one in found], holm(single))
    assert all(one.shown for one in found)


def test_equals_are_told_apart_by_luck_alone() -> None:
    """Five methods of the same skill, fifty times: at most a few families hold a false alarm."""
    wrong = sum(
        any(test.shown for test in every_pair(KEY, equals(seed), rules=RULES_HERE))
        for seed in range(50)
    )
    assert wrong <= 7, "5 % of 50 are 2.5; more than 7 come by luck once in 200"


def equals(seed: int, n: int = 600) -> dict[str, tuple[ForecastColumns, ForecastColumns]]:
    """Five methods that see the truth through noise of the same size."""
    rng = np.random.default_rng(seed)
    p, known = rng.random(n), np.ones(n, bool)
    happened, block = rng.random(n) < p, np.arange(n) // 4
    said = np.clip(p + rng.normal(0, 0.2, (5, n)), 0.01, 0.99)
    columns = [ForecastColumns(happened, known, x, block) for x in said]
    return {f"method {i}": (x, x) for i, x in enumerate(columns)}


def test_without_flaring_regions_nothing_is_claimed() -> None:
    few = {
        name: tuple(x._replace(observed=x.observed & (x.block < 5)) for x in pair)
        for name, pair in methods().items()
    }
    found = every_pair(KEY, few, rules=RULES_HERE)
    assert all(np.isnan(one.p) and not one.shown for one in found)
    assert all(np.isnan(one.difference.low) for one in found)
