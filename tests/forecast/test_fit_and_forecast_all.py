"""Several methods side by side: each with its own randomness, and the oracle where there is one."""

import jax
import numpy as np

from jsolar.forecast.fitting import PATH_ORACLE, STATE_ORACLE, fit_all, forecast_all
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.calibrated import calibrated
from jsolar.forecast.methods.climatology import climatology
from jsolar.forecast.methods.persistence import persistence
from tests.forecast.toy import DATA, TEST, TRAIN, VALIDATION


def noise() -> Method:
    """Says a random number that its key decides."""

    def fit(key, train, validation):
        number = float(jax.random.uniform(key))
        return lambda inputs: np.full((len(inputs["keywords"]), 2), number)

    return Method(fit)


def test_every_method_gets_the_examples_in_order_and_its_own_key() -> None:
    seen = {}

    def spy(name):
        def fit(key, train, validation):
            seen[name] = (jax.random.key_data(key).tolist(), train, validation)
            return lambda inputs: np.zeros((1, 2))

        return Method(fit)

    forecasts = fit_all(jax.random.key(0), {n: spy(n) for n in "cab"}, DATA)
    assert list(forecasts) == list(seen) == ["c", "a", "b"]
    assert all(train is TRAIN and v is VALIDATION for _, train, v in seen.values())
    assert len({str(key) for key, *_ in seen.values()}) == 3


def test_another_method_does_not_change_the_others() -> None:
    alone, both = (
        forecast_all(fit_all(jax.random.key(0), {name: noise() for name in names}, DATA), DATA)
        for names in (["b"], ["a", "b"])
    )
    assert alone["b"].test[0, 0] == both["b"].test[0, 0] != both["a"].test[0, 0]
    other = fit_all(jax.random.key(1), {"b": noise()}, DATA)
    assert other["b"](TEST.inputs)[0, 0] != alone["b"].test[0, 0]


def test_what_is_said_of_validation_and_test_and_by_which_rule() -> None:
    methods = {
        "climatology": climatology(),
        "persistence": persistence(),
        "calibrated climatology": calibrated(climatology()),
    }
    forecasts = fit_all(jax.random.key(0), methods, DATA)
    said = forecast_all(forecasts, DATA)
    assert list(said) == list(methods)
    for name, probabilities in said.items():
        expected = forecasts[name](VALIDATION.inputs), forecasts[name](TEST.inputs)
        np.testing.assert_array_equal(probabilities.validation, expected[0])
        np.testing.assert_array_equal(probabilities.test, expected[1])
    ruled = {name for name, p in said.items() if p.thresholds is not None}
    assert ruled == {"persistence"}
    np.testing.assert_array_equal(
        said["persistence"].thresholds, forecasts["persistence"].thresholds
    )


def test_the_oracle_speaks_only_where_both_splits_are_simulated() -> None:
    truth = np.random.default_rng(0).random((1150, 2))
    validation = VALIDATION._replace(true_probability=truth[:150])
    test = TEST._replace(true_probability=truth[150:])
    simulated = DATA._replace(validation=validation, test=test)
    said = forecast_all({}, simulated)
    assert list(said) == [PATH_ORACLE]
    np.testing.assert_array_equal(said[PATH_ORACLE].validation, truth[:150])
    np.testing.assert_array_equal(said[PATH_ORACLE].test, truth[150:])
    assert said[PATH_ORACLE].thresholds is None
    known = [
        rows._replace(state_probability=rows.true_probability / 2) for rows in (validation, test)
    ]
    said = forecast_all({}, DATA._replace(validation=known[0], test=known[1]))
    assert list(said) == [STATE_ORACLE, PATH_ORACLE]
    np.testing.assert_array_equal(said[STATE_ORACLE].test, truth[150:] / 2)
    assert forecast_all({}, DATA._replace(test=test)) == {}
    assert forecast_all({}, DATA._replace(validation=validation)) == {}
