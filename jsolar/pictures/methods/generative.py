"""A method that trains a network to draw pictures that a second network cannot tell from real."""

import pathlib
from typing import Any

from jaxtyping import Array, Key

from jsolar import models
from jsolar.losses.images import absolute_error, over_scales
from jsolar.pictures.methods import Method
from jsolar.pictures.methods.neural import (
    NetworkPredictor,
    drawn_lead,
    fit_series,
    training_unit,
)
from jsolar.pictures.networks import CHANGES, changes, of_pairs, with_noise
from jsolar.pictures.series import Series, column
from jsolar.train.adversarial import GANConfig, adversarial, energy, make_optimizers, players
from jsolar.train.config import TrainConfig

DISTANCE_GAUSS = 1000.0
"""Unit of the distance: pictures of ±1 kG are those of ±1 that pix2pix has, and its λ = 100."""


def generative(
    network: Any,
    discriminator: Any,
    *,
    judged_at: float,
    game: GANConfig,
    config: TrainConfig,
    folder: pathlib.Path,
) -> Method:
    """A method that trains a conditional GAN for all leads, on all devices there are.

    Args:
      network: config of one of `jsolar.models.MODELS`, of pictures and conditions: the generator.
      discriminator: config of one that judges patches, of the same inputs.
      judged_at: the lead, hours, of the validation loss.
      game: what the players play for; the distance is the absolute error, kG, over
        scales.
      config: how to train.
      folder: of this training, see `jsolar.train.fit.fit`.

    Returns:
      A method whose predictor is a `NetworkPredictor` with noise. It is the last of the training:
      no number of a few pictures says which of two players has done best.
    """

    def fit_network(
        key: Key[Array, ""], train: Series, validation: Series, lead_hours: tuple[float, ...]
    ) -> NetworkPredictor:
        normaliser = training_unit(train)
        generator = changes(with_noise(models.make(network, outputs=CHANGES)), normaliser)
        critic = of_pairs(models.make(discriminator, outputs=1), normaliser)
        params = fit_series(
            key,
            players(generator, critic, draws=game.draws),
            energy(over_scales(absolute_error(unit=DISTANCE_GAUSS))),
            train,
            validation,
            judged=(judged_at, column(lead_hours, judged_at)),
            config=config,
            folder=folder,
            make_step=adversarial(
                critic, game, unit=float(normaliser.unit), augment=drawn_lead(lead_hours)
            ),
            make_optimizer=make_optimizers,
            choose="last",
        )
        return NetworkPredictor(
            network, normaliser, params["generator"], config.batch_size, noise=True
        )

    return Method(fit_network)
