"""Draws of what may come: their mean, their scores by hand, and the method that learns to draw."""

import jax
import numpy as np
import pytest

from jsolar.models.patchgan import PatchGANConfig
from jsolar.models.unet import UNetConfig
from jsolar.pictures.ensembles import draw, judge_draws, mean_of_draws
from jsolar.pictures.methods.generative import generative
from jsolar.pictures.methods.neural import NetworkPredictor
from jsolar.train.adversarial import GANConfig
from jsolar.train.config import TrainConfig
from tests.pictures.tiny import LEADS, data, series

KEY = jax.random.key(0)


class Coin:
    """Half of the draws show 10 G, half 30 G."""

    def draw(self, seen, lead_hours, number):
        return np.full((*seen.frames.shape[:1], 2, 2), 10.0 + 20.0 * (number % 2), np.float32)


def test_the_mean_is_that_of_the_draws() -> None:
    seen = data().test.seen
    assert draw(Coin(), seen, 6.0, count=4)[:, 0, 0, 0].tolist() == [10, 30, 10, 30]
    np.testing.assert_allclose(mean_of_draws(Coin(), count=4)(seen, 6.0), 20.0)


def test_draws_are_judged_by_region_and_beside_single_pictures() -> None:
    table = data(noise=20.0)
    came = table.test.future[:, 1]
    rng = np.random.default_rng(0)
    drawn = table.test.fields[:, 2] + 20 * rng.normal(size=(6, *came.shape)).astype(np.float32)
    truth = table.test.fields[None, :, 2]
    judged = judge_draws(KEY, {"drawn": drawn, "truth": truth}, table, lead=12.0)
    assert [judged[name].draws for name in ("drawn", "truth")] == [6, 1]
    of = judged["drawn"].scores
    assert of["spread_over_error"].value == pytest.approx(1, abs=0.05)
    assert of["draw_over_mean"].value == pytest.approx(2, abs=0.1)
    assert of["crps_gauss"].low < of["crps_gauss"].value < of["crps_gauss"].high
    error = np.abs(truth[0] - came).mean()
    assert judged["truth"].scores["crps_gauss"].value == pytest.approx(error, rel=1e-4)
    assert of["crps_gauss"].value < judged["truth"].scores["crps_gauss"].value
    assert judged["drawn"].summary()["draws"] == 6


@pytest.fixture(scope="module")
def drawing(tmp_path_factory):
    """A GAN of a world in which noise of 60 G comes."""
    table = data()._replace(train=series(96, seed=0, region=1000))
    rng = np.random.default_rng(1)
    for split in (table.train, table.validation, table.test):
        split.future[:] += rng.normal(0, 60, split.future.shape).astype(np.float32)
    method = generative(
        UNetConfig(width=4, depth=1),
        PatchGANConfig(width=4, depth=1),
        game=GANConfig(weight=100.0),
        judged_at=6.0,
        config=TrainConfig(epochs=20, batch_size=8, learning_rate=0.01, evaluations=2),
        folder=tmp_path_factory.mktemp("gan"),
    )
    return table, method, method.fit(KEY, table.train, table.validation, LEADS)


def test_a_gan_draws_what_differs_as_what_comes(drawing) -> None:
    table, _, sampler = drawing
    assert isinstance(sampler, NetworkPredictor)
    drawn = draw(sampler, table.test.seen, 6.0, count=4)
    judged = judge_draws(KEY, {"gan": drawn, "one": drawn[:1]}, table, lead=6.0)
    scores = judged["gan"].scores
    assert 0.6 < scores["spread_over_error"].value < 1.4
    assert scores["crps_gauss"].value < 0.8 * judged["one"].scores["crps_gauss"].value


def test_a_draw_is_the_same_whatever_the_batch(drawing) -> None:
    table, _, sampler = drawing
    one, other = (sampler.draw(table.test.seen, 6.0, 3) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    smaller = NetworkPredictor(sampler.network, sampler.normaliser, sampler.params, 4, noise=True)
    np.testing.assert_allclose(smaller.draw(table.test.seen, 6.0, 3), one, atol=1e-3)
    np.testing.assert_array_equal(
        sampler(table.test.seen, 6.0), sampler.draw(table.test.seen, 6.0, 0)
    )
    assert np.abs(sampler.draw(table.test.seen, 6.0, 4) - one).max() > 1


def test_a_trained_gan_is_found_again(drawing) -> None:
    table, method, sampler = drawing
    again = method.fit(KEY, table.train, table.validation, LEADS)  # the same folder
    np.testing.assert_array_equal(again(table.test.seen, 6.0), sampler(table.test.seen, 6.0))
