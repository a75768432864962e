"""What a method says of examples that it has not seen, and what it makes of labels it doubts."""

import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.data.confident import suspects
from jsolar.forecast.examples import Examples
from jsolar.forecast.methods import Forecaster, Method
from jsolar.forecast.methods.cross_fitted import fold_of
from jsolar.keys import named
from jsolar.types import Events, take


def out_of_fold(
    key: Key[Array, ""],
    method: Method,
    examples: Examples,
    validation: Examples,
    *,
    folds: int = 5,
    group: Int[np.ndarray, "n"] | None = None,
) -> Float[np.ndarray, "n k"]:
    """Forecast each part of the examples after learning from the other parts.

    Args:
      key: of the folds and the fits.
      method: is fitted once for each fold.
      examples: the training examples.
      validation: what the method chooses and calibrates by, the same for all folds.
      folds: how many.
      group: what stays together; the regions if not given. With ``np.arange(n)`` rows go where
        they like, and the forecast knows the region of each.

    Returns:
      A probability for every example.

    Raises:
      ValueError: there are fewer groups than folds.
    """
    together = examples.rows.group if group is None else group
    fold = fold_of(named(key, "folds"), together, folds=folds)
    said = np.zeros(examples.events.happened.shape, np.float32)
    for i in range(folds):
        others, held = (take(examples, np.flatnonzero(rows)) for rows in (fold != i, fold == i))
        forecaster = method.fit(named(key, f"fold_{i}"), others, validation)
        said[fold == i] = forecaster(held.inputs)
    return said


def trusted(
    key: Key[Array, ""], judge: Method, train: Examples, validation: Examples, *, folds: int = 5
) -> Examples:
    """The same examples; a label that confident learning suspects counts as not known.

    Args:
      key: of the folds and the fits.
      judge: says what it thinks of regions that it has not seen.
      train: the training examples.
      validation: what the judge chooses by.
      folds: of the regions.

    Returns:
      Examples with the same labels.
    """
    said = out_of_fold(named(key, "judge"), judge, train, validation, folds=folds)
    happened, known = (np.asarray(column) for column in train.events)
    doubt = suspects(said.astype(float), happened, known=known)
    return train._replace(events=Events(happened, known & ~doubt))


def without_suspects(method: Method, *, judge: Method, folds: int = 5) -> Method:
    """The same method, fitted without the labels that confident learning suspects.

    Args:
      method: to be fitted.
      judge: says what it thinks of regions that it has not seen; any method, a quick one will do.
      folds: of the regions.

    Returns:
      A method; a suspected label counts as not known, in training only.

    References:
      Northcutt et al. (2021), doi:10.1613/jair.1.12125
    """

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Forecaster:
        cleaned = trusted(key, judge, train, validation, folds=folds)
        return method.fit(jax.random.fold_in(key, 1), cleaned, validation)

    return Method(fit)
