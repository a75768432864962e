"""What the difference between two real flare lists costs: taught by one, tested by the other."""

import jax
import numpy as np
from jaxtyping import Array, Bool, Key

from jsolar.data import splits
from jsolar.forecast.compare import Comparison, compare
from jsolar.forecast.examples import Data, Examples, checked
from jsolar.forecast.fitting import fit_all, forecast_all
from jsolar.forecast.methods import Forecaster, Method
from jsolar.forecast.methods.calibrated import calibrated
from jsolar.forecast.methods.classical import Features, logistic_regression, random_forest
from jsolar.forecast.page import REGION_DAYS
from jsolar.types import Events, take

BORDERS = ("2012-01-01", "2013-01-01", "2015-01-01")
"""When validation and test begin, and test ends."""

BY_LIST = ", taught by the list"
"""Ends the name of a method that learned from the other labels."""


def two_lists(
    key: Key[Array, ""],
    examples: Examples,
    listed: Bool[np.ndarray, "n 1"],
    covered: Bool[np.ndarray, "n 1"],
    features: Features,
    *,
    event: str,
    trees: int,
) -> Comparison:
    """The same methods with both labels in training; validation and test have those of the table.

    Args:
      key: of the fits.
      examples: region days with the labels of the table.
      listed: labels by the other list.
      covered: the days that it covers; no others are used.
      features: of the inputs.
      event: name of the event.
      trees: of the forest.

    Returns:
      The comparison; each method stands against itself.
    """
    inputs = {**examples.inputs, "listed": listed}
    days = take(examples._replace(inputs=inputs), np.flatnonzero(covered[:, 0]))
    borders = np.array(BORDERS, "datetime64[s]")
    split = splits.by_time(days.rows.group, days.rows.time, borders)
    train, validation, test = (take(days, np.flatnonzero(split == part)) for part in range(3))
    data = checked(Data(train, validation, test, events=(event,), facts={"synthetic": False}))
    forest, logistic = random_forest(features, trees=trees), logistic_regression(features)
    methods = {
        name + how: calibrated(teach(method))
        for name, method in (("random forest", forest), ("logistic regression", logistic))
        for how, teach in (("", lambda method: method), (BY_LIST, _by_list))
    }
    pairs = [(name, name.removesuffix(BY_LIST)) for name in methods if name.endswith(BY_LIST)]
    forecasts = forecast_all(fit_all(key, methods, data), data)
    return compare(key, forecasts, data, pairs=pairs, wording=REGION_DAYS, title="two lists")


def _by_list(method: Method) -> Method:
    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Forecaster:
        told = Events(np.asarray(train.inputs["listed"]), np.asarray(train.events.known))
        return method.fit(jax.random.fold_in(key, 0), train._replace(events=told), validation)

    return Method(fit)
