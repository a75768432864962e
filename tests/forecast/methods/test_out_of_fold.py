"""Forecasts of regions that a method has not seen, and fits without suspected labels."""

import jax
import numpy as np
import pytest

from jsolar.forecast.methods import Method
from jsolar.forecast.methods.classical import random_forest, sklearn_method
from jsolar.forecast.methods.out_of_fold import out_of_fold, without_suspects
from tests.forecast.toy import TRAIN, VALIDATION

KEY = jax.random.key(0)


def remembers() -> Method:
    """A method that says 1 of regions that it was fitted on."""

    def fit(key, train, validation):
        del key, validation
        seen = np.unique(train.inputs["region"])
        return lambda inputs: (
            np.isin(inputs["region"], seen)[:, None].repeat(2, 1).astype(np.float32)
        )

    return Method(fit)


SEEN = TRAIN._replace(inputs={**TRAIN.inputs, "region": TRAIN.rows.group})


def test_no_region_is_judged_by_a_method_that_saw_it() -> None:
    assert (out_of_fold(KEY, remembers(), SEEN, VALIDATION, folds=4) == 0).all()


def test_rows_that_go_where_they_like_are() -> None:
    rows = np.arange(len(SEEN.rows.id))
    said = out_of_fold(KEY, remembers(), SEEN, VALIDATION, folds=4, group=rows)
    assert said.mean() > 0.9


def test_too_many_folds_are_refused() -> None:
    with pytest.raises(ValueError, match="81 folds of 80 regions"):
        out_of_fold(KEY, remembers(), SEEN, VALIDATION, folds=81)


def test_wrong_labels_are_left_out_of_the_fit() -> None:
    truth = TRAIN.events.happened
    wrong = (np.random.default_rng(0).random(truth.shape) < 0.1) & TRAIN.events.known
    noisy = TRAIN._replace(events=TRAIN.events._replace(happened=truth ^ wrong))
    fitted_on = []

    def fit(key, train, validation):
        fitted_on.append(train.events)
        return lambda inputs: np.full((len(inputs["keywords"]), 2), 0.5)

    judge = random_forest(lambda inputs: inputs["keywords"], trees=30)
    without_suspects(Method(fit), judge=judge).fit(KEY, noisy, VALIDATION)
    left_out = noisy.events.known & ~fitted_on[0].known
    follows = left_out[:, 0]  # the first event follows from the keywords, the second is chance
    assert wrong[follows, 0].mean() > 3 * wrong[:, 0].mean()
    assert wrong[follows, 0].sum() > 0.6 * wrong[:, 0].sum()
    np.testing.assert_array_equal(fitted_on[0].happened, noisy.events.happened)


def test_any_method_can_judge() -> None:
    from sklearn.naive_bayes import GaussianNB

    judge = sklearn_method(GaussianNB(), lambda inputs: inputs["keywords"])
    said = out_of_fold(KEY, judge, TRAIN, VALIDATION)
    follows = TRAIN.events.known[:, 0]
    happened = TRAIN.events.happened[follows, 0]
    assert said[follows, 0][happened].mean() > said[follows, 0][~happened].mean() + 0.2
