"""scikit-learn as methods: the same numbers as scikit-learn alone on the same rows and columns."""

import jax
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jsolar.data.normalise import fit_columns
from jsolar.forecast.methods.classical import logistic_regression, random_forest, sklearn_method
from jsolar.types import Events, take
from tests.forecast.toy import TEST, TRAIN, VALIDATION

KEY = jax.random.key(0)


def columns(inputs):
    return inputs["keywords"][:, [1, 0]]


def known_rows(k: int):
    """Features and labels of the training rows where event ``k`` is known."""
    rows = TRAIN.events.known[:, k]
    return columns(TRAIN.inputs)[rows], TRAIN.events.happened[rows, k]


@pytest.mark.parametrize("inverse_penalty", [1.0, 0.01])
def test_logistic_regression_is_scikit_learns(inverse_penalty: float) -> None:
    method = logistic_regression(columns, inverse_penalty=inverse_penalty)
    got = method.fit(KEY, TRAIN, VALIDATION)(TEST.inputs)
    assert got.shape == (1000, 2)
    for k in range(2):
        x, y = known_rows(k)
        middle, spread = x.mean(0, dtype=np.float64), x.std(0, dtype=np.float64)
        plain = LogisticRegression(C=inverse_penalty, max_iter=1000)
        plain.fit(np.arcsinh((x - middle) / spread), y)
        said = plain.predict_proba(np.arcsinh((columns(TEST.inputs) - middle) / spread))[:, 1]
        np.testing.assert_allclose(got[:, k], said, atol=2e-3)


def test_any_classifier_sees_the_known_rows_of_each_event() -> None:
    got = sklearn_method(GaussianNB(), columns).fit(KEY, TRAIN, VALIDATION)(TEST.inputs)
    for k in range(2):
        plain = GaussianNB().fit(*known_rows(k)).predict_proba(columns(TEST.inputs))[:, 1]
        np.testing.assert_allclose(got[:, k], plain, rtol=1e-6)


def test_validation_has_no_say() -> None:
    method = sklearn_method(GaussianNB(), columns)
    other = VALIDATION._replace(events=Events(~VALIDATION.events.happened, VALIDATION.events.known))
    pair = [method.fit(KEY, TRAIN, v)(TEST.inputs) for v in (VALIDATION, other)]
    np.testing.assert_array_equal(*pair)


def test_the_given_classifier_stays_unfitted() -> None:
    classifier = GaussianNB()
    sklearn_method(classifier, columns).fit(KEY, TRAIN, VALIDATION)
    assert not hasattr(classifier, "classes_")


def test_a_forest_has_its_leaves_and_trees() -> None:
    """A single tree whose leaves must hold most rows is a stump that says one number."""
    few = take(TRAIN, slice(0, 100))
    said = random_forest(columns, trees=1, leaf=90).fit(KEY, few, VALIDATION)(TEST.inputs)
    assert len(np.unique(said[:, 0])) == 1
    said = random_forest(columns, trees=7, leaf=1).fit(KEY, few, VALIDATION)(TEST.inputs)
    np.testing.assert_allclose(said * 7, np.round(said * 7), atol=1e-6)
    assert len(np.unique(said[:, 0])) > 2


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: make_pipeline(StandardScaler(), x)])
def test_a_forest_is_a_function_of_the_key(wrap) -> None:
    """Alone and inside a pipeline; each event has its own randomness."""
    method = sklearn_method(wrap(RandomForestClassifier(10)), columns)
    said = [method.fit(k, TRAIN, VALIDATION)(TEST.inputs) for k in (KEY, KEY, jax.random.key(1))]
    np.testing.assert_array_equal(said[0], said[1])
    assert (said[0] != said[2]).any()
    twice = TRAIN._replace(events=Events(*(x[:, [0, 0]] for x in TRAIN.events)))
    same = method.fit(KEY, twice, VALIDATION)(TEST.inputs)
    assert (same[:, 0] != same[:, 1]).any()


def test_what_is_missing_gets_the_median_of_training() -> None:
    """As for networks, whose inputs are centred on it; 0 would be an extraordinary region."""
    gaps = TRAIN.inputs["keywords"].copy() + 1000
    gaps[::3] = np.nan
    train = TRAIN._replace(
        inputs={"keywords": gaps}, events=TRAIN.events._replace(known=TRAIN.events.known | True)
    )
    method = sklearn_method(GaussianNB(), columns).fit(KEY, train, VALIDATION)
    middle = np.nanmedian(gaps, axis=0, keepdims=True)
    np.testing.assert_array_equal(
        method({"keywords": np.full_like(middle, np.nan)}), method({"keywords": middle})
    )
    np.testing.assert_allclose(fit_columns(gaps, TRAIN.rows.group).centre, middle[0], rtol=1e-6)


@pytest.mark.parametrize(("happened", "expected"), [(True, 1.0), (False, 0.0)])
def test_an_event_without_two_sides_gets_its_constant(happened: bool, expected: float) -> None:
    """What is not known says otherwise, and does not count."""
    one_sided = np.where(TRAIN.events.known, happened, not happened)
    train = TRAIN._replace(events=Events(one_sided, TRAIN.events.known))
    said = logistic_regression(columns).fit(KEY, train, VALIDATION)(TEST.inputs)
    np.testing.assert_array_equal(said, np.full((1000, 2), expected))


def test_an_event_that_is_never_known_has_no_answer() -> None:
    known = TRAIN.events.known & [True, False]
    train = TRAIN._replace(events=Events(TRAIN.events.happened, known))
    said = logistic_regression(columns).fit(KEY, train, VALIDATION)(TEST.inputs)
    assert np.isfinite(said[:, 0]).all()
    assert np.isnan(said[:, 1]).all()
