"""Every row is forecast by a fit that has not seen it, and chosen for by the fold after."""

import pathlib

import jax
import numpy as np
import pytest

from jsolar.forecast.examples import joined
from jsolar.forecast.methods import Method
from jsolar.forecast.rotated import rotated
from tests.forecast.toy import DATA, TEST, TRAIN, VALIDATION

KEY = jax.random.key(0)


def remembers(folder: pathlib.Path) -> Method:
    """Says 1 of what it was taught, 0.5 of what it chose by, 0 of all else."""
    folder.mkdir(parents=True)

    def fit(key, train, validation):
        def known(split):
            return {tuple(row) for row in split.inputs["keywords"].tolist()}

        taught, chose = known(train), known(validation)
        assert not taught & chose

        def forecast(inputs):
            rows = [tuple(row) for row in inputs["keywords"].tolist()]
            said = [1.0 if r in taught else 0.5 if r in chose else 0.0 for r in rows]
            return np.tile(np.array(said)[:, None], (1, 2))

        return forecast

    return Method(fit)


def test_no_row_is_forecast_by_who_knows_it(tmp_path: pathlib.Path) -> None:
    fold = np.arange(len(TRAIN.rows.id)) % 4
    got = rotated(KEY, remembers, TRAIN, fold, folder=tmp_path)
    assert (got.test == 0.0).all()
    assert (got.validation == 0.5).all()
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"fold_{i}" for i in range(4)]


def test_two_folds_are_too_few(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="make at least 3"):
        rotated(KEY, remembers, TRAIN, np.arange(len(TRAIN.rows.id)) % 2, folder=tmp_path)


def test_joined_examples_are_one_after_the_other() -> None:
    whole = joined([TRAIN, VALIDATION, TEST])
    assert whole.rows.id.tolist() == [*TRAIN.rows.id, *VALIDATION.rows.id, *TEST.rows.id]
    np.testing.assert_array_equal(whole.inputs["keywords"][400:550], VALIDATION.inputs["keywords"])
    np.testing.assert_array_equal(whole.events.known[550:], TEST.events.known)
    assert whole.true_probability is None
    truth = np.zeros((len(TEST.rows.id), 2))
    half = joined([DATA.test._replace(true_probability=truth), VALIDATION])
    assert half.true_probability is None, "what one lacks, all lack"
