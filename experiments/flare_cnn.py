"""Will this active region flare within 24 hours? A CNN on magnetograms, against simpler methods.

``python -m experiments.flare_cnn`` simulates regions (about a minute), trains a CNN on their
pictures and an MLP on numbers measured from the same pixels, and compares both with logistic
regression on flux, climatology, persistence and two oracles that know the truth. About four
minutes on 2 cores. ``--data solar_flares/…`` takes a prepared data set of real SHARPs instead
(see ``python -m jsolar.datasets build --help``); ``paper`` is the scale of 1.5 million pictures.
"""

import dataclasses
import pathlib
from functools import partial
from typing import Any

import jax

from experiments.flare_data import load_pictures
from jsolar import run
from jsolar.data.augment import solar_symmetries
from jsolar.data.normalise import fit_columns, fit_pictures
from jsolar.forecast.compare import differences, scorecards, shares
from jsolar.forecast.files import write_forecasts
from jsolar.forecast.fitting import STATE_ORACLE, fit_all, forecast_all
from jsolar.forecast.gallery import surest
from jsolar.forecast.methods import baselines, classical
from jsolar.forecast.methods.calibrated import calibrated
from jsolar.forecast.methods.neural import TrainConfig, neural
from jsolar.forecast.predict import save_model
from jsolar.forecast.report import SIMULATED, Comparison, write_report
from jsolar.keys import named
from jsolar.losses import events as losses
from jsolar.models.cnn import CNNConfig, cnn
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.sun.fields.keywords import PATCH_KEYWORDS
from jsolar.sun.units import MM_PER_DEGREE
from jsolar.types import Inputs, Method
from jsolar.verify.baselines import climatology


@dataclasses.dataclass(frozen=True)
class Config:
    """What to compare on what.

    Attributes:
      data: ``synthetic``, or a prepared data set such as ``solar_flares/sharp-0123456789``.
      data_dir: where data sets are; TFDS's default if not given.
      regions: simulated regions (synthetic data only), as ``windows``, ``size``,
        ``degrees_per_pixel`` and ``pictures``.
      windows: issue times per region.
      size: pixels on a side.
      degrees_per_pixel: scale; 0.12° is 1.46 Mm at disk centre.
      pictures: ``stored``, or ``rendered`` when they are read, on the device: 1.5 million need
        6 GB of scenes instead of 100 GB of pictures.
      faults: whether the flare list has the faults of real ones, see
        `jsolar.sun.flares.faults` (synthetic data only).
      in_memory: whether all pictures are held in memory or read as they are needed.
      classes: GOES classes; an event is a flare at least this large within 24 h.
      cnn: the network.
      cnn_training: how it is trained.
      mlp: the network on keywords.
      mlp_training: how it is trained.
      seed: of everything.
      workdir: where everything goes; ``runs/flare_cnn/<preset>`` if not given.
    """

    data: str = "synthetic"
    data_dir: pathlib.Path | None = None
    regions: int = 2800
    windows: int = 4
    size: int = 64
    degrees_per_pixel: float = 0.24
    pictures: str = "stored"
    faults: bool = False
    in_memory: bool = True
    classes: tuple[str, ...] = ("C1.0", "M1.0")
    cnn: CNNConfig = CNNConfig(widths=(16, 32, 64), dropout=0.0)
    cnn_training: TrainConfig = TrainConfig(epochs=20, learning_rate=3e-3, evaluations=20)
    mlp: MLPConfig = MLPConfig()
    mlp_training: TrainConfig = TrainConfig(epochs=40, evaluations=20, steps_per_call=20)
    seed: int = 0
    workdir: pathlib.Path | None = None


PAIRS = [
    ("CNN", "persistence"),
    ("MLP on keywords", "persistence"),
    ("CNN", "logistic regression on flux"),
    ("CNN", "MLP on keywords"),
]
"""Methods whose difference of TSS is shown."""

PRESETS = {
    "default": ("2,800 simulated regions, 64² pictures; minutes on 2 cores", Config()),
    "paper": (
        "1.5 million pictures of 128² at 0.12°, rendered as they are read, 4 blocks of width 32, "
        "bfloat16: a GPU and 8 GB of disk",
        Config(
            regions=30_000,
            windows=50,
            size=128,
            degrees_per_pixel=0.12,
            pictures="rendered",
            in_memory=False,
            cnn=CNNConfig(widths=(32, 32, 32, 32), dtype="bfloat16"),
            cnn_training=TrainConfig(epochs=10, batch_size=256),
            mlp_training=TrainConfig(epochs=10, batch_size=256, steps_per_call=50),
        ),
    ),
    "smoke": (
        "120 regions, 16² pictures; a minute, for the tests",
        Config(
            regions=120,
            windows=4,
            size=16,
            degrees_per_pixel=0.96,
            cnn=CNNConfig(widths=(4, 8), hidden=8),
            cnn_training=TrainConfig(epochs=2, batch_size=16, evaluations=4),
            mlp=MLPConfig(hidden=(8,)),
            mlp_training=TrainConfig(epochs=2, batch_size=16, evaluations=2, steps_per_call=5),
        ),
    ),
}


def main(this: run.Run) -> dict[str, Any]:
    """Data, methods, forecasts, verification, report, and a model to forecast with."""
    config, key = this.config, jax.random.key(this.config.seed)
    data = load_pictures(config)
    methods = make_methods(config, this.folder)
    fitted = fit_all(key, methods, data.train, data.validation)
    said = forecast_all(fitted, data.validation, data.test)
    rows, draws = (data.validation, data.test), named(key, "bootstrap")
    rates = climatology(data.train.events)
    cards = scorecards(draws, said, *rows, climatology=rates, events=data.events)
    compare = partial(differences, draws, said, *rows, PAIRS, events=data.events)
    gaps, expected_gaps = compare(), compare(expected=True)
    reached = shares(draws, said, *rows, STATE_ORACLE, events=data.events)
    simulated = bool(data.facts["synthetic"])
    write_forecasts(this, said, *rows, events=data.events, synthetic=simulated)
    gallery = surest(
        this.folder / "pictures.png",
        said["CNN"].test[:, 0],
        data.test,
        event=data.events[0],
        method="the CNN",
        cell_mm=data.facts["degrees_per_pixel"] * MM_PER_DEGREE,
        note=SIMULATED if simulated else "",
    )
    write_report(
        this.folder,
        f"{this.experiment} ({this.preset})",
        [Comparison("all windows", cards, gaps, expected_gaps, reached)],
        said,
        *rows,
        events=data.events,
        synthetic=simulated,
        pictures=[gallery],
    )
    network = {"folder": "cnn", "network": "cnn", "config": config.cnn, "reads": "image"}
    save_model(this, "CNN", fitted["CNN"], cards["CNN"], **network, data=data.facts)
    return {
        "data": data.facts,
        "models": cards,
        "differences": gaps,
        "expected_differences": expected_gaps,
        "oracle_shares": reached,
    }


def make_methods(config: Config, folder: pathlib.Path) -> dict[str, Method]:
    """The rows of the table, by name."""
    events = len(config.classes)
    trained = partial(neural, loss=losses.cross_entropy(), augment=solar_symmetries)
    on_pictures = trained(
        cnn(config.cnn, outputs=events),
        reads="image",
        fit_normaliser=fit_pictures,
        config=config.cnn_training,
        folder=folder / "cnn",
    )
    on_keywords = trained(
        mlp(config.mlp, outputs=events),
        reads="keywords",
        fit_normaliser=fit_columns,
        config=config.mlp_training,
        folder=folder / "mlp",
    )
    return {
        "CNN": calibrated(on_pictures),
        "MLP on keywords": calibrated(on_keywords),
        "logistic regression on flux": calibrated(classical.logistic_regression(flux)),
        "persistence": baselines.persistence(),
        "climatology": baselines.climatology(),
    }


def flux(inputs: Inputs) -> Any:
    """The logarithm of the unsigned flux, alone."""
    column = PATCH_KEYWORDS.index("log_unsigned_flux_coarse")
    return inputs["keywords"][:, [column]]


if __name__ == "__main__":
    run.command("flare_cnn", PRESETS, main)
