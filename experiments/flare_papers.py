"""Rows of the flare table that are built like those of papers, on the data that are here."""

import dataclasses
import pathlib
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import numpy as np

from experiments.flare_rows import HISTORY, Calibrate, Offered
from jsolar.data.augment import solar_symmetries
from jsolar.data.normalise import fit_columns, fit_pictures, fit_series
from jsolar.data.sampling import class_weights
from jsolar.forecast.examples import Examples
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.calibrated import calibrated
from jsolar.forecast.methods.chosen import chosen
from jsolar.forecast.methods.classical import logistic_regression
from jsolar.forecast.methods.neural import neural
from jsolar.losses.events import cross_entropy
from jsolar.models.convnet import HUANG, LI, ConvNetConfig
from jsolar.models.defn import DeFNConfig
from jsolar.models.lstm import PUBLISHED as LIU
from jsolar.models.lstm import LSTMConfig
from jsolar.train.config import TrainConfig

DEFN, LI_ROW, HUANG_ROW, JONAS, LIU_ROW, WITH_HISTORY = (
    "DNN as Nishizuka 2018",
    "CNN as Li 2020",
    "CNN as Huang 2018",
    "linear as Jonas 2018",
    "LSTM as Liu 2019",
    "logistic regression with history",
)

DEFN_WEIGHTS = {"≥C1.0": 4.0}
"""Weights of events in its loss; 60 for ≥M1.0 is in the authors' code, 4 for ≥C1.0 we remember."""


@dataclasses.dataclass(frozen=True)
class Papers:
    """Networks of papers, and how they are trained.

    Attributes:
      defn: of Nishizuka et al. (2018).
      defn_training: how it is trained.
      li: of Li et al. (2020).
      huang: of Huang et al. (2018).
      convnet_training: how both are trained.
      liu: of Liu et al. (2019).
      liu_training: how it is trained.
    """

    defn: DeFNConfig = DeFNConfig()
    defn_training: TrainConfig = TrainConfig(
        epochs=40, batch_size=150, weight_decay=0.0, evaluations=20, steps_per_call=20
    )
    li: ConvNetConfig = LI
    huang: ConvNetConfig = HUANG
    convnet_training: TrainConfig = TrainConfig(epochs=20, evaluations=20)
    liu: LSTMConfig = LIU
    liu_training: TrainConfig = TrainConfig(epochs=7, batch_size=256, evaluations=7)


def paper_methods(
    papers: Papers, offered: Offered, folder: pathlib.Path, calibrate: Calibrate = calibrated
) -> dict[str, Method]:
    """Those that the data have inputs for, by name; see `remarks`.

    Args:
      papers: their settings.
      offered: the data.
      folder: of the trainings.
      calibrate: makes probabilities of what they say.
    """
    train, events = offered.data.train, offered.data.events
    balanced = cross_entropy(positive_weight=balance(train))
    dense = neural(
        papers.defn,
        reads=HISTORY,
        fit_normaliser=fit_columns,
        loss=cross_entropy(positive_weight=tuple(DEFN_WEIGHTS.get(e, 60.0) for e in events)),
        config=papers.defn_training,
        folder=folder / "defn",
    )
    found = {DEFN: calibrate(dense), WITH_HISTORY: _linear(itemgetter(HISTORY), calibrate)}
    if offered.seen == "series":
        series = neural(
            papers.liu,
            reads="series",
            fit_normaliser=fit_series,
            loss=balanced,
            config=papers.liu_training,
            folder=folder / "liu",
        )
        found[LIU_ROW] = calibrate(series)
    if offered.seen == "pictures":
        for name, network in ((LI_ROW, papers.li), (HUANG_ROW, papers.huang)):
            convolutional = neural(
                network,
                reads="image",
                fit_normaliser=fit_pictures,
                loss=balanced,
                config=papers.convnet_training,
                folder=folder / name.split()[2].lower(),
                augment=solar_symmetries,
            )
            found[name] = calibrate(convolutional)
        found[JONAS] = _linear(_filters_and_history, calibrate)
    return found


def balance(examples: Examples) -> tuple[float, ...]:
    """For each event the weight that makes both classes weigh the same, from training rows.

    Example:
      >>> from jsolar.types import Events
      >>> yes = np.array([[True], [False], [False], [False]])
      >>> balance(Examples(None, {}, Events(yes, yes | True)))
      (3.0,)
    """
    found = []
    for yes, known in zip(examples.events.happened.T, examples.events.known.T, strict=True):
        weights, happened = class_weights(yes[known]), yes[known]
        both = happened.any() and not happened.all()
        found.append(float(weights[happened][0] / weights[~happened][0]) if both else 1.0)
    return tuple(found)


def remarks(papers: Papers, offered: Offered) -> list[str]:
    """What is theirs and what is not, of each row, in lines of Markdown."""
    of = "keywords" if offered.seen == "pictures" else offered.numbers
    told = {
        DEFN: f"layers, skips and class weights of the paper; reads {of} and flare history instead "
        "of 79 features (no 131 Å, no 1600 Å, no X-rays before); normalised over the layer instead "
        f"of the batch; one network for all events. Width {papers.defn.width} (200).",
        WITH_HISTORY: f"no paper's: what flare history adds to {of} without any network.",
        LI_ROW: "five blocks of convolution and maxima, two dense layers, balanced classes; "
        f"without normalisation over the batch. Channels {papers.li.width} (64).",
        HUANG_ROW: "two convolutions of 11 × 11 and dense layers; balanced classes. Channels "
        f"{papers.huang.width} (64).",
        JONAS: "a linear classifier on rectified, pooled responses of fixed filters and on flare "
        "history; the filters are derivatives of Gaussians, not theirs; no vector field, no "
        "chromosphere, no corona.",
        LIU_ROW: "widths, dropout and attention of the paper, balanced classes; no flare history, "
        "which these series do not come with; the threshold is not chosen on the test set.",
    }
    here = {"pictures": (LI_ROW, HUANG_ROW, JONAS), "series": (LIU_ROW,)}.get(offered.seen, ())
    return [
        "## Rows built like those of papers",
        "",
        "Architecture and inputs as far as they are here; examples, split, calibration, thresholds",
        "and verification are those of every other row. In parentheses: the paper's number.",
        "",
        *(f"- **{name}**: {told[name]}" for name in (DEFN, WITH_HISTORY, *here)),
        "",
    ]


def _linear(features: Callable[[Any], np.ndarray], calibrate: Calibrate) -> Method:
    return chosen(
        {
            f"inverse penalty {value:g}": calibrate(
                logistic_regression(features, inverse_penalty=value)
            )
            for value in (0.01, 0.1, 1.0, 10.0)
        }
    )


def _filters_and_history(inputs: Any) -> np.ndarray:
    return np.concatenate([inputs["filters"], inputs["history"]], axis=1)
