"""Baselines as methods, by hand: climatology, persistence, McIntosh classes."""

import jax
import numpy as np
import pytest
from scipy import stats

from jsolar.forecast.methods.climatology import climatology
from jsolar.forecast.methods.mcintosh import mcintosh_poisson
from jsolar.forecast.methods.persistence import Rule, persistence
from jsolar.types import Events, take
from tests.forecast.toy import TEST, TRAIN, VALIDATION

KEY = jax.random.key(0)
YES, NO, GAP = 1.0, 0.0, np.nan


def small(happened: list, previous: list, known: list | None = None):
    """Training rows of one event."""
    happened = np.array(happened, bool)[:, None]
    known = np.ones_like(happened) if known is None else np.array(known, bool)[:, None]
    inputs = {"previous": np.array(previous, np.float32)[:, None]}
    rows = take(TRAIN, slice(0, len(happened)))
    return rows._replace(inputs=inputs, events=Events(happened, known))


def test_climatology_says_the_share_of_the_known_training_rows() -> None:
    forecast = climatology().fit(KEY, TRAIN, VALIDATION)
    happened, known = TRAIN.events
    share = [happened[known[:, k], k].mean() for k in range(2)]
    np.testing.assert_allclose(forecast(TEST.inputs), np.tile(share, (1000, 1)), rtol=1e-12)
    assert not hasattr(forecast, "thresholds"), "its threshold is chosen, as any method's"


def test_climatology_of_what_is_never_known_has_no_answer() -> None:
    train = TRAIN._replace(events=Events(TRAIN.events.happened, TRAIN.events.known & [True, False]))
    said = climatology().fit(KEY, train, VALIDATION)(TEST.inputs)
    np.testing.assert_array_equal(np.isnan(said), np.tile([False, True], (1000, 1)))


def test_persistence_has_trainings_frequencies_and_a_rule() -> None:
    """3 of 4 after an event, 1 of 6 after none; one example of the share, 0.4, is added to both."""
    happened = [1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1]
    previous = [*[YES] * 4, *[NO] * 6, GAP, YES]
    known = [1] * 11 + [0]
    forecast = persistence().fit(KEY, small(happened, previous, known), VALIDATION)
    after_event, after_none = 3.4 / 5, 1.4 / 7
    said = forecast({"previous": np.array([[YES], [NO], [GAP]])})
    np.testing.assert_allclose(said, [[after_event], [after_none], [GAP]], rtol=1e-12)
    assert isinstance(forecast, Rule)
    np.testing.assert_array_equal(said[:, 0] >= forecast.thresholds, [True, False, False])


def test_persistence_never_says_yes_where_flares_repel_each_other() -> None:
    happened, previous = [0, 0, 0, 1, 1, 1], [YES, YES, YES, NO, NO, NO]
    forecast = persistence().fit(KEY, small(happened, previous), VALIDATION)
    said = forecast({"previous": np.array([[YES], [NO]])})
    assert said[0] < said[1]
    assert not (said >= forecast.thresholds).any()


def test_persistence_treats_each_event_by_itself() -> None:
    both = persistence().fit(KEY, TRAIN, VALIDATION)
    for k in range(2):
        alone = TRAIN._replace(
            inputs={"previous": TRAIN.inputs["previous"][:, [k]]},
            events=Events(*(x[:, [k]] for x in TRAIN.events)),
        )
        one = persistence().fit(KEY, alone, VALIDATION)
        said = one({"previous": TEST.inputs["previous"][:, [k]]})
        np.testing.assert_allclose(both(TEST.inputs)[:, [k]], said, rtol=1e-12)
        assert both.thresholds[k] == one.thresholds[0]


def test_mcintosh_poisson_is_the_chance_of_at_least_one_flare() -> None:
    """A mean over days that is drawn to the overall mean, which counts as ten days."""
    classes = np.array(["Axx"] * 30 + ["Dkc"] * 10)
    counts = np.concatenate([np.zeros((30, 2), int), np.tile([4, 1], (10, 1))])
    train = take(TRAIN, slice(0, 40))._replace(inputs={"mcintosh": classes})
    forecast = mcintosh_poisson(counts).fit(KEY, train, VALIDATION)
    said = forecast({"mcintosh": np.array(["Dkc", "Axx", "Fki"])})
    overall = np.array([1.0, 0.25])
    means = [(np.array([40, 10]) + 10 * overall) / 20, 10 * overall / 40, overall]
    np.testing.assert_allclose(said, stats.poisson.sf(0, means), rtol=1e-9)


def test_mcintosh_poisson_refuses_counts_of_other_rows() -> None:
    train = take(TRAIN, slice(0, 3))._replace(inputs={"mcintosh": np.array(["Axx"] * 3)})
    with pytest.raises(ValueError, match="3 classes do not match the counts of 4 days"):
        mcintosh_poisson(np.zeros((4, 2), int)).fit(KEY, train, VALIDATION)
