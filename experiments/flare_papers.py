"""Rows of the flare table that are built like those of papers, on the data that are here."""

import dataclasses
import pathlib
from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np

from experiments.flare_rows import (
    CALIBRATIONS,
    HISTORY,
    LINEAR_PENALTIES,
    MACHINE_PENALTIES,
    Calibrate,
    Methods,
    Offered,
    best_of,
    landmarks_for,
)
from jsolar.data.augment import picture_symmetries
from jsolar.data.normalise import fit_channels, fit_columns, fit_series
from jsolar.data.sampling import class_weights
from jsolar.forecast.examples import Examples, Inputs
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.classical import logistic_regression, support_vectors
from jsolar.forecast.methods.neural import neural
from jsolar.losses.events import cross_entropy
from jsolar.models.convnet import HUANG, LI, ConvNetConfig
from jsolar.models.defn import DeFNConfig
from jsolar.models.lstm import PUBLISHED as LIU
from jsolar.models.lstm import LSTMConfig
from jsolar.sun.files.sharp_numbers import THIRTEEN
from jsolar.train.config import TrainConfig

DEFN, LI_ROW, HUANG_ROW, JONAS, BOBRA, LIU_ROW, WITH_HISTORY = (
    "DNN as Nishizuka 2018",
    "CNN as Li 2020",
    "CNN as Huang 2018",
    "linear as Jonas 2018",
    "SVM as Bobra 2015",
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
    papers: Papers, methods: Methods, offered: Offered, folder: pathlib.Path
) -> dict[str, Method]:
    """Those that the data have inputs for, by name; see `remarks`.

    Args:
      papers: their settings.
      methods: how they are calibrated, and how many examples an SVM takes whole.
      offered: the data.
      folder: of the trainings.
    """
    calibrate = CALIBRATIONS[methods.calibration]
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
                fit_normaliser=fit_channels,
                loss=balanced,
                config=papers.convnet_training,
                folder=folder / name.split()[2].lower(),
                augment=picture_symmetries(offered.data.facts),
            )
            found[name] = calibrate(convolutional)
        found[JONAS] = _linear(_filters_and_history, calibrate)
    if "sharp_keywords" in train.inputs:
        landmarks = landmarks_for(methods, offered)
        make = partial(support_vectors, thirteen(offered), balanced=True, landmarks=landmarks)
        found[BOBRA] = best_of(make, calibrate, *MACHINE_PENALTIES)
    return found


def thirteen(offered: Offered) -> Callable[[Inputs], np.ndarray]:
    """The keywords that Bobra & Couvidat forecast with, as far as the data have them."""
    names = list(offered.data.facts["sharp_keywords"])
    columns = [names.index(name) for name in THIRTEEN if name in names]
    return lambda inputs: inputs["sharp_keywords"][:, columns]


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
    of = {"sharp_keywords": "SHARP keywords"}.get(offered.numbers, offered.numbers)
    lacking = [n for n in THIRTEEN if n not in offered.data.facts.get("sharp_keywords", ())]
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
        BOBRA: "Gaussian kernel, balanced classes, their thirteen SHARP keywords"
        + (f" but {', '.join(lacking)}" if lacking else "")
        + ". The penalty is chosen by validation (4), the kernel's γ is one over the number of "
        "keywords (0.075). Their 0.761 is of segmented sampling, 0.703 of operational; "
        f"here it is {offered.data.facts.get('sampling', 'operational')}.",
        LIU_ROW: "widths, dropout and attention of the paper, balanced classes; no flare history, "
        "which these series do not come with; the threshold is not chosen on the test set.",
    }
    here = {"pictures": [LI_ROW, HUANG_ROW, JONAS], "series": [LIU_ROW]}.get(offered.seen, [])
    here += [BOBRA] if "sharp_keywords" in offered.data.train.inputs else []
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
    return best_of(partial(logistic_regression, features), calibrate, *LINEAR_PENALTIES)


def _filters_and_history(inputs: Any) -> np.ndarray:
    return np.concatenate([inputs["filters"], inputs["history"]], axis=1)
