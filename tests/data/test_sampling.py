"""Samplers: sizes and mixes by hand, nothing invented, luck by the key, and that they compose."""

import jax
import numpy as np
import pytest
from scipy.stats import chisquare

from jsolar.data import sampling
from jsolar.data.sampling import SUBCLASSES

KEY = jax.random.key(7)
COUNT = np.array([5, 40, 300, 200, 4000])
RNG = np.random.default_rng(1)
SUBCLASS = RNG.permutation(np.repeat(np.arange(5), COUNT))
GROUPS = RNG.integers(100, 160, len(SUBCLASS))


def mix(rows: np.ndarray) -> list[int]:
    return np.bincount(SUBCLASS[rows], minlength=5).tolist()


UNDER = {
    # 45 others as 300 : 200 : 4000, by largest remainders
    sampling.undersample_keeping_mix: [5, 40, 3, 2, 40],
    sampling.undersample_equal_mix: [5, 40, 15, 15, 15],
    sampling.undersample_to_x: [5, 5, 3, 3, 4],
}


@pytest.mark.parametrize("sampler", UNDER, ids=lambda f: f.__name__)
def test_undersampling_takes_so_many_of_each(sampler) -> None:
    rows = sampler(KEY, SUBCLASS, GROUPS)
    assert sorted(mix(rows)) == sorted(UNDER[sampler])
    assert mix(rows)[:2] == UNDER[sampler][:2]
    assert sum(mix(rows)[:2]) == sum(mix(rows)[2:])
    assert len(np.unique(rows)) == len(rows)


@pytest.mark.parametrize("sampler", UNDER, ids=lambda f: f.__name__)
def test_every_row_has_the_same_chance_and_the_key_decides(sampler) -> None:
    draws = [sampler(jax.random.key(seed), SUBCLASS, GROUPS) for seed in range(40)]
    quiet = np.flatnonzero(SUBCLASS == 4)
    taken = np.concatenate(draws)
    halves = [np.isin(taken, part).sum() for part in np.array_split(quiet, 2)]
    assert abs(halves[0] - halves[1]) < 4 * np.sqrt(sum(halves))
    assert not np.array_equal(draws[0], draws[1])
    np.testing.assert_array_equal(draws[3], sampler(jax.random.key(3), SUBCLASS, GROUPS))


OVER = {
    sampling.oversample_keeping_mix: [500, 4000],  # of 4,500
    sampling.oversample_equal_mix: [2250, 2250],
}


@pytest.mark.parametrize("sampler", OVER, ids=lambda f: f.__name__)
def test_oversampling_repeats_flares_and_loses_nothing(sampler) -> None:
    rows = sampler(KEY, SUBCLASS, GROUPS)
    assert mix(rows) == [*OVER[sampler], 300, 200, 4000]
    np.testing.assert_array_equal(np.unique(rows), np.arange(len(SUBCLASS)))
    again = np.bincount(rows)[SUBCLASS == 1]
    assert chisquare(again).pvalue > 1e-3, "repeated evenly, but for luck"


def test_what_is_not_there_is_not_made_up() -> None:
    none = np.repeat([1, 4], [3, 50])
    for sampler in (*OVER, sampling.undersample_keeping_mix, sampling.undersample_equal_mix):
        found = np.bincount(none[sampler(KEY, none, none)], minlength=5)
        assert found[[0, 2, 3]].tolist() == [0, 0, 0]
        assert found[1] == found[4]
    with pytest.raises(ValueError, match="no X flare"):
        sampling.undersample_to_x(KEY, none, none)
    only = np.full(9, 1)
    np.testing.assert_array_equal(sampling.oversample_equal_mix(KEY, only, only), np.arange(9))
    few = np.repeat([1, 2, 3, 4], [30, 2, 50, 50])
    rows = sampling.undersample_equal_mix(KEY, few, few)
    assert np.bincount(few[rows]).tolist() == [0, 30, 2, 14, 14], "2 C are all there are"


def test_thinning_keeps_one_row_in_so_many_of_each_region() -> None:
    rows = sampling.one_in(7)(KEY, SUBCLASS, GROUPS)
    for region in np.unique(GROUPS):
        there = np.flatnonzero(region == GROUPS)
        place = np.flatnonzero(np.isin(there, rows))
        assert (np.diff(place) == 7).all()
        assert place[0] < 7
        assert len(there) - place[-1] <= 7
    firsts = [sampling.one_in(7)(jax.random.key(s), SUBCLASS, GROUPS)[0] for s in range(30)]
    assert len(set(firsts)) > 3
    lonely = sampling.one_in(1000)(KEY, SUBCLASS, GROUPS)
    assert sorted(GROUPS[lonely]) == np.unique(GROUPS).tolist(), "each region keeps one at least"
    with pytest.raises(ValueError, match="at least 1"):
        sampling.one_in(0)


def test_samplers_compose() -> None:
    both = sampling.then(sampling.one_in(3), sampling.undersample_keeping_mix)
    rows = both(KEY, SUBCLASS, GROUPS)
    thin = sampling.one_in(3)(jax.random.fold_in(KEY, 0), SUBCLASS, GROUPS)
    assert set(rows) <= set(thin)
    assert mix(rows)[:2] == mix(thin)[:2]
    assert sum(mix(rows)[2:]) == sum(mix(thin)[:2])


def test_class_weights_are_those_of_scikit_learn() -> None:
    from sklearn.utils.class_weight import compute_sample_weight

    yes = SUBCLASS < sampling.FLARING
    np.testing.assert_allclose(sampling.class_weights(yes), compute_sample_weight("balanced", yes))
    assert sampling.class_weights(np.ones(4)).tolist() == [1.0] * 4
    assert SUBCLASSES[: sampling.FLARING] == ("X", "M")
