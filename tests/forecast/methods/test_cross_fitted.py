"""The regions that calibrate had no say in the fit, and all of them calibrate."""

import jax
import numpy as np
import pytest

from jsolar.forecast.methods import Method
from jsolar.forecast.methods.cross_fitted import cross_fitted, fold_of
from jsolar.types import Events
from tests.forecast.toy import TEST, TRAIN, VALIDATION

KEY = jax.random.key(0)


def overfitted(seen: list) -> Method:
    """Says what it has seen of the labels of the examples that chose it, else next to nothing."""

    def fit(key, train, validation):
        known = dict(
            zip(validation.inputs["keywords"][:, 0], validation.events.happened, strict=True)
        )
        seen.append(set(validation.rows.group.tolist()))

        def forecast(inputs):
            first = inputs["keywords"][:, 0]
            learned = [known.get(x, [None, None]) for x in first]
            rough = 1 / (1 + np.exp(-inputs["keywords"][:, [0, 0]]))
            told = [[r if h is None else 0.98 if h else 0.02 for h, r in zip(*pair, strict=True)]
                    for pair in zip(learned, rough, strict=True)]  # fmt: skip
            return np.array(told)

        return forecast

    return Method(fit)


def test_no_region_calibrates_what_it_has_chosen(tmp_path) -> None:
    seen: list[set[int]] = []
    folders = []

    def make(folder):
        folders.append(folder.name)
        return overfitted(seen)

    found = cross_fitted(make, tmp_path, folds=3).fit(KEY, TRAIN, VALIDATION)
    everyone = set(VALIDATION.rows.group.tolist())
    assert folders == ["fold_0", "fold_1", "fold_2"]
    held = [everyone - one for one in seen]
    assert set.union(*held) == everyone
    assert sum(map(len, held)) == len(everyone)
    # What it says of regions that chose it is nearly certain; calibration did not see that.
    assert (np.asarray(found.platt.slope) < 2).all()
    assert found(TEST.inputs).shape == TEST.events.happened.shape


def test_flipped_labels_turn_the_calibration_round(tmp_path) -> None:
    other = VALIDATION._replace(events=Events(~VALIDATION.events.happened, VALIDATION.events.known))
    pair = [
        cross_fitted(lambda folder: overfitted([]), tmp_path).fit(KEY, TRAIN, v)
        for v in (VALIDATION, other)
    ]
    assert (np.abs(np.asarray(pair[0].platt.intercept) - pair[1].platt.intercept) > 0.1).any()


def test_folds_are_even_and_keep_regions_together() -> None:
    group = np.repeat(np.arange(50, 60), 7)
    fold = fold_of(KEY, group, folds=5)
    assert np.unique(fold, return_counts=True)[1].tolist() == [14] * 5
    assert all(len(set(fold[group == g].tolist())) == 1 for g in set(group.tolist()))
    with pytest.raises(ValueError, match="11 folds of 10 regions: choose from 2"):
        fold_of(KEY, group, folds=11)
