"""Every window forecast once by those who have not seen it: folds that teach, choose and test."""

import pathlib
from collections.abc import Callable

import numpy as np
from jaxtyping import Array, Int, Key

from jsolar.forecast.examples import Examples
from jsolar.forecast.fitting import Probabilities
from jsolar.forecast.methods import Method
from jsolar.keys import named
from jsolar.types import take


def rotated(
    key: Key[Array, ""],
    make: Callable[[pathlib.Path], Method],
    examples: Examples,
    fold: Int[np.ndarray, "n"],
    *,
    folder: pathlib.Path,
) -> Probabilities:
    """Fit a method once for each fold: that one tests, the next one chooses, the others teach.

    So whatever the folds are made of, the same rows are forecast, and two ways to make folds can be
    compared row by row.

    Args:
      key: of the fits.
      make: from a folder for its training to the method.
      examples: all of them.
      fold: of each row, from 0; at least three.
      folder: of the trainings.

    Returns:
      ``validation``: what is said of each row by the fit that chose and calibrated on it;
      ``test``: by the fit that did not know it.

    Raises:
      ValueError: there are fewer than three folds.
    """
    folds = len(np.unique(fold))
    if folds < 3:
        raise ValueError(f"{folds} folds cannot teach, choose and test: make at least 3")
    said = {name: np.zeros(examples.events.happened.shape) for name in ("validation", "test")}
    for i in range(folds):
        tests, chooses = fold == i, fold == (i + 1) % folds
        held = {"validation": chooses, "test": tests}
        train, validation = (
            take(examples, np.flatnonzero(rows)) for rows in (~tests & ~chooses, chooses)
        )
        name = f"fold_{i}"
        forecaster = make(folder / name).fit(named(key, name), train, validation)
        for which, rows in held.items():
            said[which][rows] = forecaster(take(dict(examples.inputs), np.flatnonzero(rows)))
    return Probabilities(said["validation"], said["test"])
