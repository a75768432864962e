"""McIntosh–Poisson: flares as often as regions of this class had them on average."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int, Key, Shaped

from jsolar.forecast.examples import Examples
from jsolar.forecast.methods import Forecaster, Method
from jsolar.forecast.methods.climatology import share


class ClassRates(NamedTuple):
    """Flares a day in training, by McIntosh class.

    Attributes:
      names: ``Str[c]``, sorted.
      a_day: ``Float[c k]``, mean number of flares a day of each event's size.
      overall: ``Float[k]``, of all classes; what an unseen class gets.
    """

    names: Shaped[np.ndarray, "c"]
    a_day: Float[np.ndarray, "c k"]
    overall: Float[np.ndarray, "k"]


def mcintosh_poisson(counts: Int[np.ndarray, "n k"]) -> Method:
    """Flares as a Poisson process whose rate is the mean of the region's McIntosh class.

    Reads the input ``mcintosh``.

    Args:
      counts: flares of each class on each day of the training examples, in their order.

    Returns:
      A method.
    """

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Forecaster:
        del key, validation
        rates = class_rates(train.inputs["mcintosh"], counts)
        return lambda inputs: poisson(inputs["mcintosh"], rates)

    return Method(fit)


def class_rates(
    classes: Shaped[np.ndarray, "n"],
    counts: Shaped[np.ndarray, "m k"],
    *,
    prior_days: float = 10.0,
) -> ClassRates:
    """Mean number of flares a day for each McIntosh class, rare classes drawn to the overall mean.

    μ_c = (Σ counts + d μ)/(n_c + d), with d = ``prior_days`` and μ the mean of all region days: a
    class seen on d days is trusted half.

    Args:
      classes: McIntosh class of each region day, e.g. ``"Dkc"``.
      counts: number of flares of at least each event's size in the 24 h after; NaN where not
        known.
      prior_days: d.

    Returns:
      Rates by class.

    Raises:
      ValueError: classes and counts differ in length.

    Example:
      >>> rates = class_rates(
      ...     np.array(["Axx", "Axx", "Dkc"]), np.array([[0], [0], [3]]), prior_days=1.0
      ... )
      >>> dict(zip(rates.names.tolist(), rates.a_day.ravel().round(2).tolist()))
      {'Axx': 0.33, 'Dkc': 2.0}
    """
    if len(classes) != len(counts):
        raise ValueError(f"{len(classes)} classes do not match the counts of {len(counts)} days")
    names, index = np.unique(classes, return_inverse=True)
    number, known = np.nan_to_num(counts.astype(float)), ~np.isnan(counts.astype(float))
    overall = share(number, known)
    member = np.eye(len(names))[index].T
    return ClassRates(
        names,
        (member @ number + prior_days * overall) / (member @ known + prior_days),
        overall,
    )


def poisson(classes: Shaped[np.ndarray, "n"], rates: ClassRates) -> Float[np.ndarray, "n k"]:
    """Probability of at least one flare if flares of a class are a Poisson process: 1 − e^−μ.

    Flares come in bursts and other solar cycles have other rates, so the probabilities tend to be
    too high; calibrate them.

    Args:
      classes: McIntosh class of each region day; one never seen gets the overall rate.
      rates: from `class_rates`.

    Returns:
      Probabilities.

    Example:
      >>> rates = ClassRates(np.array(["Dkc"]), np.array([[np.log(2)]]), np.array([0.0]))
      >>> poisson(np.array(["Dkc", "Zzz"]), rates).ravel()
      array([0.5, 0. ])

    References:
      Gallagher, Moon & Wang (2002), doi:10.1023/A:1020950221179;
      Bloomfield et al. (2012), doi:10.1088/2041-8205/747/2/L41;
      McCloskey et al. (2018), arXiv:1805.00919
    """
    place = np.searchsorted(rates.names, classes).clip(max=len(rates.names) - 1)
    seen = (rates.names[place] == classes)[:, None]
    return -np.expm1(-np.where(seen, rates.a_day[place], rates.overall))
