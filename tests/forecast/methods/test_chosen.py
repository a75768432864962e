"""Settings are chosen by the validation examples and by nothing else."""

import jax
import numpy as np
import pytest
from sklearn.metrics import log_loss

from jsolar.forecast.methods import Method
from jsolar.forecast.methods.calibrated import calibrated
from jsolar.forecast.methods.chosen import chosen, surprise
from jsolar.forecast.methods.classical import nearest_neighbours
from tests.forecast.toy import TEST, TRAIN, VALIDATION

KEY = jax.random.key(0)


def columns(inputs):
    return inputs["keywords"]


def says(*probability: float) -> Method:
    """The same probabilities for every example."""
    return Method(
        lambda *_: lambda inputs: np.tile(np.array(probability), (len(inputs["keywords"]), 1))
    )


def test_the_surprise_is_scikit_learns_log_loss_of_what_is_known() -> None:
    p = np.random.default_rng(0).uniform(0.05, 0.95, VALIDATION.events.happened.shape)
    known, happened = VALIDATION.events.known, VALIDATION.events.happened
    theirs = [
        log_loss(happened[known[:, k], k], p[known[:, k], k], labels=[0, 1]) for k in range(2)
    ]
    assert surprise(p, VALIDATION.events) == pytest.approx(np.mean(theirs), rel=1e-5)


def test_the_setting_with_the_least_surprise_is_kept() -> None:
    rate = float(VALIDATION.events.happened[:, 1].mean())
    methods = {"wild": says(0.99, 0.99), "rates": says(0.4, rate), "never": says(1e-3, 1e-3)}
    got = chosen(methods).fit(KEY, TRAIN, VALIDATION)
    assert got.choice == "rates"
    np.testing.assert_array_equal(got(TEST.inputs)[0], [0.4, rate])


def test_the_choice_is_what_trying_each_alone_would_give() -> None:
    candidates = {f"{n}": calibrated(nearest_neighbours(columns, neighbours=n)) for n in (1, 20)}
    losses = {
        name: surprise(m.fit(KEY, TRAIN, VALIDATION)(VALIDATION.inputs), VALIDATION.events)
        for name, m in candidates.items()
    }
    got = chosen(candidates).fit(KEY, TRAIN, VALIDATION)
    assert got.choice == min(losses, key=lambda name: losses[name])
    assert losses["1"] != losses["20"]


def test_nothing_to_choose_from_is_an_error() -> None:
    with pytest.raises(ValueError, match="no setting"):
        chosen({})
