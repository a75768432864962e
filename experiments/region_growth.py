"""What will this active region look like in 12 hours? An encoder–decoder against simple baselines.

Regions are simulated and tracked (about a minute); a U-Net reads the last three frames and predicts
what changes until 6, 12, 24 and 48 hours later. Beside it stand persistence, as it is, damped,
smoothed, and moved on as it has moved, the linear trend, and one linear convolution, all fitted on
the same training data; and the mean of simulated futures, which nobody can beat.
``--data region_evolution/…`` takes real SHARPs (see ``python -m jsolar.datasets build --help``).
"""

import dataclasses
import pathlib
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import jax
import numpy as np
import tyro
from jaxtyping import Array, Key

from experiments.region_data import Frames, load_frames
from jsolar.models.convgru import ConvGRUConfig
from jsolar.models.patchgan import PatchGANConfig
from jsolar.models.unet import UNetConfig
from jsolar.pictures import flares
from jsolar.pictures.compare import (
    PERSISTENCE,
    Comparison,
    compare,
    fit_again,
    fit_all,
    predict_all,
    skills_again,
    summary,
)
from jsolar.pictures.ensembles import Judged, Sampler, draw, judge_draws, mean_of_draws
from jsolar.pictures.methods import Method, Predictor
from jsolar.pictures.methods.fitted import advected, damped, linear_trend, smoothed
from jsolar.pictures.methods.generative import generative
from jsolar.pictures.methods.linear import linear_convolution
from jsolar.pictures.methods.neural import neural, rolled_out, whole_step
from jsolar.pictures.methods.persistence import persistence, rotated
from jsolar.pictures.page import draws_section
from jsolar.pictures.report import write_predictions, write_report
from jsolar.pictures.rules import ask, section
from jsolar.pictures.saved import save_predictor
from jsolar.pictures.series import Data, column
from jsolar.run import MODEL, Run, command
from jsolar.train.adversarial import GANConfig
from jsolar.train.config import TrainConfig


@dataclasses.dataclass(frozen=True)
class Config:
    """What to compare on what.

    Attributes:
      frames: the data.
      lead: at which the tables are and the network is judged while it trains, hours.
      unet: the encoder–decoder.
      recurrent: whether a convolutional GRU is trained beside it.
      convgru: that one.
      training: how they are trained.
      adversarial: whether a GAN is trained beside it, whose generator is as the encoder–decoder.
      discriminator: its second player.
      game: what its players play for.
      adversarial_training: how it is trained.
      draws: pictures that it draws of each test series, to be judged as an ensemble.
      filter_size: pixels on a side of the linear convolution.
      bipoles: isolated ones that are simulated, to see by which rules the U-Net predicts.
      flares: workdir of a finished run of flare_cnn, whose network then looks at the pictures.
      seeds: how often the U-Net is trained, to tell luck from skill; the first is reported.
      seed: of everything.
      workdir: where everything goes; ``runs/region_growth/<preset>`` if not given.
    """

    frames: Annotated[Frames, tyro.conf.arg(name="")] = Frames()
    lead: float = 12.0
    unet: UNetConfig = UNetConfig()
    recurrent: bool = False
    convgru: ConvGRUConfig = ConvGRUConfig()
    training: TrainConfig = TrainConfig(
        epochs=20, batch_size=16, learning_rate=3e-3, evaluations=10
    )
    adversarial: bool = True
    discriminator: PatchGANConfig = PatchGANConfig()
    game: GANConfig = GANConfig()
    adversarial_training: TrainConfig = TrainConfig(
        epochs=8, batch_size=16, learning_rate=2e-3, evaluations=8
    )
    draws: int = 8
    filter_size: int = 7
    bipoles: int = 512
    flares: pathlib.Path | None = None
    seeds: int = 1
    seed: int = 0
    workdir: pathlib.Path | None = None


UNET, STEPS, GRU = "U-Net", "U-Net in steps", "ConvGRU"
GAN, GAN_MEAN = "GAN, one draw", "GAN, mean of draws"
LINEAR = "linear convolution"
SMOOTHED, DAMPED = "smoothed persistence", "damped persistence"
TREND, ADVECTED, ROTATED = "linear trend", "advected persistence", "rotated persistence"
BASELINES = (LINEAR, TREND, ADVECTED, SMOOTHED, DAMPED, PERSISTENCE, ROTATED)

PRESETS = {
    "default": ("2,400 simulated regions, 64² frames; minutes on 2 cores", Config()),
    "paper": (
        "20,000 regions, 128² frames at 0.12°: a GPU, some 25 GB of disk",
        Config(
            Frames(regions=20_000, size=128, degrees_per_pixel=0.12, in_memory=False),
            unet=UNetConfig(width=64, depth=4, dtype="bfloat16"),
            recurrent=True,
            convgru=ConvGRUConfig(width=64, depth=3, dtype="bfloat16"),
            training=TrainConfig(epochs=20, batch_size=16),
            discriminator=PatchGANConfig(width=64, dtype="bfloat16"),
            adversarial_training=TrainConfig(epochs=20, batch_size=16),
            draws=32,
        ),
    ),
    "smoke": (
        "60 regions, 16² frames; a minute, for the tests",
        Config(
            Frames(regions=60, size=16, degrees_per_pixel=0.96),
            unet=UNetConfig(width=4, depth=2),
            recurrent=True,
            convgru=ConvGRUConfig(width=4, depth=1),
            training=TrainConfig(epochs=2, batch_size=8, evaluations=2),
            discriminator=PatchGANConfig(width=4, depth=2),
            adversarial_training=TrainConfig(epochs=1, batch_size=8, evaluations=2),
            draws=2,
            filter_size=3,
            bipoles=48,
        ),
    ),
}


def main(run: Run) -> dict[str, Any]:
    """Data, methods, predictions, comparison, report."""
    config, key = run.config, jax.random.key(run.config.seed)
    data = load_frames(config.frames, seed=config.seed)
    column(data.lead_hours, config.lead)
    looking = flares.flare_model(config.flares / MODEL, data.facts) if config.flares else None
    fitted = fit_all(key, make_methods(config, data, run.folder), data)
    save_predictor(run, UNET, fitted[UNET], data)
    step = whole_step(data.past_hours, data.lead_hours)
    if step:
        fitted[STEPS] = rolled_out(fitted[UNET], step_hours=step, past_hours=data.past_hours)
    if config.adversarial:
        fitted[GAN_MEAN] = mean_of_draws(sampler(fitted), count=config.draws)
    comparison = compare(key, predict_all(fitted, data), data)
    again = fit_again(
        key, partial(unet_method, config), data, lead=config.lead, folder=run.folder,
        seeds=config.seeds,
    )  # fmt: skip
    seeds = skills_again(comparison, again, UNET, lead=config.lead) if again else None
    more, told = questions(key, config, fitted, comparison)
    if looking:
        agreement = flares.flare_agreement(key, comparison, looking, lead=config.lead)
        more += flares.section(agreement, lead=config.lead)
        told["flares"] = agreement.summary()
    write_predictions(run.folder, comparison, seed=config.seed)
    write_report(
        run.folder,
        run.title,
        comparison,
        lead=config.lead,
        drawn=(UNET, *([GAN] if config.adversarial else []), LINEAR, PERSISTENCE),
        baselines=[name for name in BASELINES if name in fitted],
        stepped=(UNET, STEPS) if step else (),
        seeds=seeds,
        more=more,
    )
    return summary(comparison) | {"seed_skills": seeds} | told


def questions(
    key: Key[Array, ""],
    config: Config,
    fitted: Mapping[str, Predictor],
    comparison: Comparison,
) -> tuple[list[str], dict[str, Any]]:
    """Are the GAN's draws what may come, and by which rules does the U-Net predict?

    Returns:
      Lines of the report, and what ``summary.json`` holds.
    """
    lines: list[str] = []
    told: dict[str, Any] = {}
    if config.adversarial:
        judged = judge_ensemble(key, config, fitted, comparison)
        lines += draws_section(comparison, judged, lead=config.lead, drawn=GAN, method=UNET)
        told["draws"] = {name: each.summary() for name, each in judged.items()}
    if comparison.data.synthetic:
        asked = {name: fitted[name] for name in (UNET, LINEAR, ADVECTED) if name in fitted}
        rules = ask(key, asked, comparison.data, lead=config.lead, bipoles=config.bipoles)
        lines += section(rules, lead=config.lead, first=UNET)
        told["rules"] = rules.summary()
    return lines, told


def sampler(fitted: Mapping[str, Predictor]) -> Sampler:
    """The GAN's generator."""
    found = fitted[GAN]
    assert isinstance(found, Sampler)
    return found


def judge_ensemble(
    key: Key[Array, ""],
    config: Config,
    fitted: Mapping[str, Predictor],
    comparison: Comparison,
) -> dict[str, Judged]:
    """The GAN's draws, and every other method as one draw, at the lead of the tables."""
    data, lead = comparison.data, config.lead
    number = column(data.lead_hours, lead)
    drawn = draw(sampler(fitted), data.test.seen, lead, count=config.draws)
    one = {n: np.asarray(x[number])[None] for n, x in comparison.predictions.items() if n != GAN}
    return judge_draws(key, {"GAN": drawn, **one}, data, lead=lead)


def unet_method(config: Config, folder: pathlib.Path) -> Method:
    """The encoder–decoder, trained in a folder."""
    training = folder / "unet"
    return neural(config.unet, judged_at=config.lead, config=config.training, folder=training)


def make_methods(config: Config, data: Data, folder: pathlib.Path) -> dict[str, Method]:
    """The rows of the table, by name."""
    networks = {UNET: unet_method(config, folder)}
    if config.recurrent:
        networks[GRU] = neural(
            config.convgru, judged_at=config.lead, config=config.training, folder=folder / "convgru"
        )
    if config.adversarial:
        networks[GAN] = generative(
            config.unet,
            config.discriminator,
            game=config.game,
            judged_at=config.lead,
            config=config.adversarial_training,
            folder=folder / "gan",
        )
    hours, scale = data.past_hours, data.facts["degrees_per_pixel"]
    moving = {TREND: linear_trend(hours), ADVECTED: advected(hours)}
    return networks | {
        LINEAR: linear_convolution(config.filter_size),
        **(moving if len(hours) > 1 else {}),
        SMOOTHED: smoothed(),
        DAMPED: damped(),
        PERSISTENCE: persistence(),
        **({} if data.synthetic else {ROTATED: rotated(scale)}),  # the simulated Sun has none
    }


if __name__ == "__main__":
    command("region_growth", PRESETS, main)
