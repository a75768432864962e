"""One part of the validation regions chooses the network, the other calibrates it, and in turn."""

import dataclasses
import pathlib
from collections.abc import Callable, Sequence

import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.forecast.examples import Examples, Inputs
from jsolar.forecast.methods import Forecaster, Method
from jsolar.forecast.methods.calibrated import platt_of
from jsolar.keys import named
from jsolar.types import take
from jsolar.verify.events.calibration import Platt, apply_platt, log_odds


@dataclasses.dataclass(frozen=True)
class CrossFitted:
    """The mean of several forecasters in log-odds, calibrated; called like any other.

    Attributes:
      forecasters: one of each fold.
      platt: one slope and intercept for each event.
    """

    forecasters: Sequence[Forecaster]
    platt: Platt

    def __call__(self, inputs: Inputs) -> Float[np.ndarray, "n k"]:
        """Calibrated probabilities."""
        scores = np.mean([log_odds(forecaster(inputs)) for forecaster in self.forecasters], axis=0)
        return np.asarray(apply_platt(self.platt, scores))


def cross_fitted(
    make: Callable[[pathlib.Path], Method], folder: pathlib.Path, *, folds: int = 2
) -> Method:
    """A method whose calibration rests on regions that had no say in which epoch was the best.

    With `jsolar.forecast.methods.calibrated` one validation set does both, and the epoch that was
    lucky on it looks better calibrated than it is. Here the method is fitted once for each fold of
    the validation regions, with the other folds to choose by; what all of them say of the regions
    held back is calibrated.

    Args:
      make: from a folder for its training to the method.
      folder: of the method; each fold's training goes below.
      folds: how many, at least 2.

    Returns:
      A method whose forecaster is `CrossFitted`.

    References:
      Chernozhukov et al. (2018), doi:10.1111/ectj.12097
    """

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> CrossFitted:
        fold = fold_of(named(key, "folds"), validation.rows.group, folds=folds)
        forecasters, said = [], np.zeros(validation.events.happened.shape, np.float32)
        for i in range(folds):
            chooses, held = (
                take(validation, np.flatnonzero(rows)) for rows in (fold != i, fold == i)
            )
            name = f"fold_{i}"
            forecasters.append(make(folder / name).fit(named(key, name), train, chooses))
            said[fold == i] = forecasters[-1](held.inputs)
        return CrossFitted(forecasters, platt_of(said, validation.events))

    return Method(fit)


def fold_of(
    key: Key[Array, ""], group: Int[np.ndarray, "n"], *, folds: int
) -> Int[np.ndarray, "n"]:
    """A fold for each row; the rows of a region stay together, folds have as many regions.

    Args:
      key: of the lot.
      group: region of each row.
      folds: how many, at most as many as regions.

    Returns:
      From 0 to ``folds − 1``.

    Raises:
      ValueError: there are fewer regions than folds, or fewer than two folds.

    Example:
      >>> fold = fold_of(jax.random.key(0), np.array([7, 7, 9, 9, 9]), folds=2)
      >>> fold[0] == fold[1], fold[0] != fold[2]
      (np.True_, np.True_)
    """
    regions, index = np.unique(group, return_inverse=True)
    if not 2 <= folds <= len(regions):
        raise ValueError(f"{folds} folds of {len(regions)} regions: choose from 2 to that many")
    return np.asarray(jax.random.permutation(key, len(regions)))[index] % folds
