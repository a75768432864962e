"""A network that predicts pictures as a model that is saved, and how it is opened again."""

import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from jsolar import models
from jsolar.data import normalise
from jsolar.pictures.methods import Predictor
from jsolar.pictures.methods.neural import NetworkPredictor
from jsolar.pictures.networks import CHANGES
from jsolar.pictures.series import Data
from jsolar.run import MODEL, Run
from jsolar.train.saved import CARD, Saved, load, save
from jsolar.writing import plain

TASK = "pictures"
"""What the card of such a model says that it was trained for."""


class Trained(NamedTuple):
    """A run that can predict.

    Attributes:
      network: the trained network.
      past_hours: of the frames that it reads, relative to the last.
      lead_hours: that it was trained for.
      card: all that is told of it.
    """

    network: NetworkPredictor
    past_hours: tuple[float, ...]
    lead_hours: tuple[float, ...]
    card: Mapping[str, Any]


def save_predictor(run: Run, method: str, predictor: Predictor, data: Data) -> None:
    """Write the run's model, all that predicting needs.

    Args:
      run: the run; the model goes into its folder ``model``.
      method: its name.
      predictor: the trained network.
      data: that it was trained with.

    Raises:
      TypeError: it is no network.
    """
    if not isinstance(predictor, NetworkPredictor):
        raise TypeError(f"the method {method} is no network and cannot be saved")
    card = {
        "task": TASK,
        "experiment": run.experiment,
        "method": method,
        "network": models.name_of(predictor.network),
        "config": predictor.network,
        "outputs": CHANGES,
        "noise": predictor.noise,
        "normaliser": predictor.normaliser,
        "past_hours": data.past_hours,
        "lead_hours": data.lead_hours,
        "data": data.facts,
    }
    save(run.folder / MODEL, Saved(plain(card), predictor.params))


def load_predictor(folder: pathlib.Path) -> Trained:
    """Open a model of this task.

    Args:
      folder: ``model`` in the folder of a finished run.

    Returns:
      The trained network, and what frames it reads.

    Raises:
      FileNotFoundError: there is none.
      ValueError: it is of a kind that this version of jsolar does not know.
    """
    card, params = load(folder)
    try:
        network = NetworkPredictor(
            models.config_from(card["network"], card["config"]),
            normalise.from_json(card["normaliser"]),
            params,
            batch_size=1,
            noise=card["noise"],
        )
        past, lead = (tuple(map(float, card[name])) for name in ("past_hours", "lead_hours"))
        return Trained(network, past, lead, card)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{folder / CARD} holds no model that this version knows ({error}): use a finished "
            "run of this version"
        ) from None
