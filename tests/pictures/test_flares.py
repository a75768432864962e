"""Forecasts from predicted pictures beside those from what came, by a network that is at hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar import models
from jsolar.data.normalise import Normaliser
from jsolar.forecast.compare import Comparison as Forecasts
from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.methods.calibrated import Calibrated
from jsolar.forecast.methods.neural import NetworkForecaster
from jsolar.forecast.page import WINDOWS
from jsolar.forecast.saved import save_forecaster
from jsolar.models.mlp import MLPConfig
from jsolar.pictures.compare import Comparison
from jsolar.pictures.flares import flare_agreement, flare_model, section
from jsolar.run import MODEL, Run
from jsolar.sun.fields.keywords import PATCH_KEYWORDS, patch_keywords
from jsolar.types import Events
from jsolar.verify.events.calibration import Platt
from tests.pictures.tiny import SIZE, data

KEY, LEAD, NETWORK = jax.random.key(0), 12.0, MLPConfig(hidden=(6,))
CARDS = {"≥C1.0": {"threshold": 0.5}, "≥M1.0": {"threshold": None}}
FACTS = {"name": "toy/1.0.0", "synthetic": True, "size": SIZE, "degrees_per_pixel": 0.24}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run of flare_cnn, but for its training."""
    features = len(PATCH_KEYWORDS)
    unit = Normaliser(np.zeros(features), np.full(features, 1e3), np.array([1]))
    params = models.make(NETWORK, outputs=2).init(KEY, jnp.ones((1, features)))
    network = NetworkForecaster(NETWORK, 2, "keywords", unit, params)
    table = data().test
    known = np.ones((len(table.rows.id), 2), bool)
    examples = Examples(table.rows, {}, Events(known, known))
    folder = tmp_path_factory.mktemp("flares")
    platt = Platt(jnp.array([60.0, 30.0]), jnp.array([0.1, -1.0]))
    told = Data(examples, examples, examples, tuple(CARDS), FACTS)
    forecasts = Forecasts("all", WINDOWS, told, {}, {"MLP": CARDS}, *[{}] * 7)
    save_forecaster(
        Run("flare_cnn", "smoke", None, folder), "MLP", Calibrated(network, platt), forecasts
    )
    return folder, Calibrated(network, platt)


@pytest.fixture(scope="module")
def comparison():
    table = data()
    n = len(table.test.rows.id)
    test = table.test._replace(longitude_deg=np.linspace(-50, 30, n, dtype=np.float32))
    table = table._replace(test=test, facts=table.facts | {"size": SIZE})
    came = np.moveaxis(test.future, 1, 0)
    shown = {"perfect": came, "persistence": np.stack([test.past[:, -1]] * 2)}
    return Comparison(table, shown, {}, {}, {}, {})


def test_the_same_picture_gives_the_same_forecast(run, comparison) -> None:
    found = flare_agreement(KEY, comparison, flare_model(run[0] / MODEL, FACTS), lead=LEAD).scores
    assert found["perfect"]["rms"].value.tolist() == [0, 0]
    np.testing.assert_allclose(found["perfect"]["correlation"].value, 1, atol=1e-3)
    assert found["perfect"]["same"].value[0] == 1
    assert np.isnan(found["perfect"]["same"].value[1])  # no threshold was found for it
    assert (found["persistence"]["rms"].value > 0.01).all()
    assert (found["persistence"]["correlation"].value < 0.95).all()


def test_the_network_sees_the_line_of_sight_field_at_the_lead(run, comparison) -> None:
    """The difference of probabilities by hand: μ is that of 12 h later."""
    folder, forecast = run
    test = comparison.data.test
    angle = np.deg2rad([test.latitude_deg, test.longitude_deg + 6.6])
    mu = np.cos(angle).prod(0).astype(np.float32)

    def said(radial):
        pairs = zip(radial * mu[:, None, None], mu, strict=True)
        words = [patch_keywords(x, degrees_per_pixel=0.24, mu=m) for x, m in pairs]
        return forecast({"keywords": np.stack(words)})

    off = said(test.past[:, -1]) - said(test.future[:, 1])
    found = flare_agreement(KEY, comparison, flare_model(folder / MODEL, FACTS), lead=LEAD).scores[
        "persistence"
    ]
    np.testing.assert_allclose(found["rms"].value, np.sqrt(np.square(off).mean(0)), rtol=1e-3)


def test_the_report_has_a_row_for_each_method(run, comparison) -> None:
    agreement = flare_agreement(KEY, comparison, flare_model(run[0] / MODEL, FACTS), lead=LEAD)
    lines = "\n".join(section(agreement, lead=LEAD))
    assert "| perfect " in lines
    assert "≥C1.0: rms Δp" in lines
    assert "not beside the flares that came" in lines
    assert agreement.summary()["perfect"]["rms"]["≥M1.0"]["value"] == 0


def test_pictures_of_another_scale_are_refused(run) -> None:
    with pytest.raises(ValueError, match=r"looks at pictures of 12 pixels of 0\.24°, these"):
        flare_model(run[0] / MODEL, FACTS | {"degrees_per_pixel": 0.12})
