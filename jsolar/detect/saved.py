"""A detector as a model that is saved: what its card says, and how it is opened again."""

import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp

from jsolar.detect.compare import Comparison
from jsolar.detect.examples import CLASSES
from jsolar.detect.network import Detector
from jsolar.models.mask_rcnn.config import MaskRCNNConfig
from jsolar.run import MODEL, Run
from jsolar.sun.sphere import Frame
from jsolar.train.saved import CARD, Saved, load, save
from jsolar.verify.events.calibration import Platt
from jsolar.writing import configured, plain

TASK, NETWORK = "detect", "mask_rcnn"
"""What the card of such a model says that it was trained for, and which network it is."""


class Trained(NamedTuple):
    """A run that finds regions and forecasts their flares.

    Attributes:
      detector: the trained network.
      platt: calibration of its evidence.
      threshold: "yes" is said from this probability on; NaN if validation had no event.
      score: from which on a region is reported.
      card: all that is told of it.
    """

    detector: Detector
    platt: Platt
    threshold: float
    score: float
    card: Mapping[str, Any]


def save_detector(run: Run, method: str, detector: Detector, comparison: Comparison) -> None:
    """Write the run's model, all that finding and forecasting need.

    Args:
      run: the run; the model goes into its folder ``model``.
      method: its name in the comparison, whose calibration and thresholds are taken.
      detector: the trained network.
      comparison: on the data that it was trained with.
    """
    forecast, data = comparison.forecasts[method], comparison.data
    card = {
        "task": TASK,
        "experiment": run.experiment,
        "method": method,
        "network": NETWORK,
        "config": detector.network,
        "outputs": CLASSES,
        "frame": detector.frame,
        "calibration": forecast.platt,
        "threshold": forecast.threshold,
        "score": comparison.methods[method].score,
        "event": data.event,
        "data": data.facts,
    }
    save(run.folder / MODEL, Saved(plain(card), detector.params))


def load_detector(folder: pathlib.Path) -> Trained:
    """Open a model of this task.

    Args:
      folder: ``model`` in the folder of a finished run.

    Returns:
      The trained network, its calibration and threshold.

    Raises:
      FileNotFoundError: there is none.
      ValueError: it is of a kind that this version of jsolar does not know.
    """
    card, params = load(folder)
    try:
        if card["network"] != NETWORK:
            raise KeyError(card["network"])
        detector = Detector(
            configured(MaskRCNNConfig, card["config"]), Frame(**card["frame"]), params, batch_size=1
        )
        platt = Platt(**{name: jnp.asarray(x) for name, x in card["calibration"].items()})
        threshold = float("nan") if card["threshold"] is None else float(card["threshold"])
        return Trained(detector, platt, threshold, float(card["score"]), card)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{folder / CARD} holds no model that this version knows ({error}): use a finished "
            "run of this version"
        ) from None
