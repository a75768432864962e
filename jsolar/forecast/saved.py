"""A forecaster as a model that is saved: what its card says, and how it is opened again."""

import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp

from jsolar import models
from jsolar.data import normalise
from jsolar.forecast.compare import Comparison
from jsolar.forecast.methods import Forecaster
from jsolar.forecast.methods.calibrated import Calibrated
from jsolar.forecast.methods.neural import NetworkForecaster
from jsolar.run import MODEL, Run
from jsolar.train.saved import CARD, Saved, load, save
from jsolar.verify.events.calibration import Platt
from jsolar.writing import plain

TASK = "forecast"
"""What the card of such a model says that it was trained for."""


class Trained(NamedTuple):
    """A run that can forecast.

    Attributes:
      network: the trained network.
      platt: the calibration, one slope and intercept for each event.
      card: all that is told of it.
    """

    network: NetworkForecaster
    platt: Platt
    card: Mapping[str, Any]


def save_forecaster(run: Run, method: str, forecaster: Forecaster, comparison: Comparison) -> None:
    """Write the run's model, all that forecasting needs.

    Args:
      run: the run; the model goes into its folder ``model``.
      method: name of the method in the comparison.
      forecaster: the fitted method: a network, `jsolar.forecast.methods.calibrated.calibrated`.
      comparison: thresholds are those of its scorecards.

    Raises:
      TypeError: the method is no calibrated network.
    """
    if not isinstance(forecaster, Calibrated):
        raise TypeError(f"the method {method} is not calibrated: wrap it in calibrated(…)")
    network, cards = forecaster.forecaster, comparison.cards[method]
    if not isinstance(network, NetworkForecaster):
        raise TypeError(f"the method {method} is no network and cannot be saved")
    card = {
        "task": TASK,
        "experiment": run.experiment,
        "method": method,
        "network": models.name_of(network.network),
        "config": network.network,
        "outputs": network.outputs,
        "reads": network.reads,
        "normaliser": network.normaliser,
        "calibration": forecaster.platt,
        "events": list(cards),
        "thresholds": [card["threshold"] for card in cards.values()],
        "data": comparison.data.facts,
    }
    save(run.folder / MODEL, Saved(plain(card), network.params))


def load_forecaster(folder: pathlib.Path) -> Trained:
    """Open a model of this task.

    Args:
      folder: ``model`` in the folder of a finished run.

    Returns:
      The trained network and its calibration.

    Raises:
      FileNotFoundError: there is none.
      ValueError: it is of a kind that this version of jsolar does not know.
    """
    card, params = load(folder)
    try:
        network = NetworkForecaster(
            network=models.config_from(card["network"], card["config"]),
            outputs=card["outputs"],
            reads=card["reads"],
            normaliser=normalise.from_json(card["normaliser"]),
            params=params,
        )
        platt = Platt(**{name: jnp.asarray(x) for name, x in card["calibration"].items()})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{folder / CARD} holds no model that this version knows ({error}): use a finished "
            "run of this version"
        ) from None
    return Trained(network, platt, card)
