"""A network as a method: it learns what can be learned, from training data only, and repeatably."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from jsolar.data.audit import LeakError
from jsolar.data.normalise import fit_channels, fit_columns
from jsolar.forecast.examples import Data
from jsolar.forecast.fitting import fit_seeds
from jsolar.forecast.methods.neural import NetworkForecaster, neural
from jsolar.losses.events import cross_entropy
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.train.config import TrainConfig
from jsolar.types import Events, take
from tests.forecast.toy import TEST, TRAIN, VALIDATION

KEY = jax.random.key(0)
LONG = TrainConfig(epochs=24, batch_size=40, learning_rate=0.02, evaluations=6, steps_per_call=20)
SHORT = TrainConfig(epochs=1, batch_size=50, learning_rate=0.02, evaluations=2, steps_per_call=4)


def method(folder, config=SHORT, **changed):
    how = {
        "reads": "keywords",
        "fit_normaliser": fit_columns,
        "loss": cross_entropy(),
        "config": config,
        "folder": folder,
        **changed,
    }
    return neural(MLPConfig(hidden=(8,)), **how)


def lines(folder) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def auc(forecast, k: int) -> float:
    known = TEST.events.known[:, k]
    said = forecast(TEST.inputs)[known, k]
    return roc_auc_score(TEST.events.happened[known, k], said)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A folder and the forecast that came of it."""
    folder = tmp_path_factory.mktemp("learned") / "mlp"
    return folder, method(folder, LONG).fit(KEY, TRAIN, VALIDATION)


def test_it_learns_what_there_is_and_nothing_else(learned) -> None:
    _, forecast = learned
    assert auc(forecast, 0) > 0.97
    assert auc(forecast, 1) == pytest.approx(0.5, abs=0.08)
    said = forecast(TEST.inputs)
    assert said.shape == (1000, 2)
    assert said[:, 1].mean() == pytest.approx(0.3, abs=0.08)
    happened, known = TEST.events.happened[:, 0], TEST.events.known[:, 0]
    yes = said[:, 0] >= 0.5
    assert yes[happened & known].mean() - yes[~happened & known].mean() > 0.85


def validation_loss(forecast) -> float:
    """By scikit-learn, summed over events as the loss is."""
    said, (happened, known) = forecast(VALIDATION.inputs).astype(np.float64), VALIDATION.events
    each = [
        log_loss(happened[known[:, k], k], said[known[:, k], k], normalize=False) for k in range(2)
    ]
    return sum(each) / len(said)


def test_validation_is_measured_whole(learned) -> None:
    """The loss in the log is scikit-learn's; 150 rows fill no whole batch."""
    folder, forecast = learned
    logged = [line["validation_loss"] for line in lines(folder)]
    assert len(logged) == LONG.evaluations
    assert min(logged) == pytest.approx(validation_loss(forecast), rel=1e-4)
    assert max(logged) > 1.01 * min(logged)


def test_statistics_are_those_of_the_training_rows(learned) -> None:
    _, forecast = learned
    assert forecast.normaliser.regions.tolist() == sorted(set(TRAIN.rows.group.tolist()))
    median = np.median(TRAIN.inputs["keywords"], 0)
    np.testing.assert_allclose(forecast.normaliser.centre, median, rtol=1e-6)


def test_missing_inputs_count_as_the_median_of_training(learned) -> None:
    _, forecast = learned
    gaps = TEST.inputs["keywords"][:50].copy()
    gaps[::2, 1] = np.nan
    filled = np.where(np.isnan(gaps), np.median(TRAIN.inputs["keywords"], 0), gaps)
    said = forecast({"keywords": gaps})
    assert np.isfinite(said).all()
    np.testing.assert_allclose(said, forecast({"keywords": filled.astype(np.float32)}), rtol=1e-4)


def test_a_row_is_forecast_alike_in_any_company(learned) -> None:
    _, forecast = learned
    whole = forecast(TEST.inputs)
    for rows in (slice(0, 1), slice(77, 120), [5, 3, 999]):
        some = forecast({"keywords": TEST.inputs["keywords"][rows]})
        np.testing.assert_allclose(some, whole[rows], rtol=1e-5, atol=1e-6)


def test_a_second_call_takes_the_finished_network_from_its_folder(learned) -> None:
    folder, forecast = learned
    before = (folder / "metrics.jsonl").read_text()
    again = method(folder, LONG).fit(KEY, TRAIN, VALIDATION)
    np.testing.assert_array_equal(again(TEST.inputs), forecast(TEST.inputs))
    assert (folder / "metrics.jsonl").read_text() == before


def test_a_fit_is_a_function_of_its_key(tmp_path) -> None:
    """Also where four devices do not divide the batch, and whatever one call compiles."""
    key, other = jax.random.key(5), jax.random.key(6)
    single = dataclasses.replace(SHORT, steps_per_call=1)
    cases = {"many": (key, SHORT), "single": (key, single), "other": (other, SHORT)}
    with pytest.warns(UserWarning, match="2 of 4 devices work"):
        said = {
            name: method(tmp_path / name, config).fit(k, TRAIN, VALIDATION)(TEST.inputs)
            for name, (k, config) in cases.items()
        }
    np.testing.assert_allclose(said["many"], said["single"], rtol=1e-4, atol=1e-5)
    assert np.abs(said["many"] - said["other"]).max() > 0.01


def test_augmentation_acts_in_training_and_only_there(tmp_path) -> None:
    """All labels are turned round in training: it gets worse and worse, and the first is kept."""

    def turn_round(keys, inputs, targets):
        assert keys.shape == (40,)
        return inputs, Events(~targets.happened, targets.known)

    config = dataclasses.replace(LONG, epochs=8, evaluations=4)
    forecast = method(tmp_path, config, augment=turn_round).fit(KEY, TRAIN, VALIDATION)
    assert auc(forecast, 0) < 0.2
    log = lines(tmp_path)
    assert log[-1]["loss"] < log[0]["loss"]
    assert log[-1]["validation_loss"] > 1.1 * log[0]["validation_loss"]
    assert validation_loss(forecast) == pytest.approx(log[0]["validation_loss"], rel=1e-4)


def test_statistics_of_other_regions_are_a_leak(tmp_path) -> None:
    def leaky(values, region):
        both = np.concatenate([values, VALIDATION.inputs["keywords"]])
        return fit_columns(both, np.concatenate([region, VALIDATION.rows.group]))

    with pytest.raises(LeakError, match=r"30 regions .*outside the training set"):
        method(tmp_path / "leak", fit_normaliser=leaky).fit(KEY, TRAIN, VALIDATION)
    assert not (tmp_path / "leak").exists()


def test_forecasts_are_probabilities_of_the_normalised_input() -> None:
    """σ of the network's logits on asinh((x − centre) / unit), written out."""
    normaliser = fit_columns(TRAIN.inputs["keywords"], TRAIN.rows.group)
    network = mlp(MLPConfig(hidden=()), outputs=2)
    params = network.init(KEY, jnp.ones((1, 3)))
    x = np.arcsinh((TEST.inputs["keywords"] - normaliser.centre) / normaliser.unit)
    logits = x @ params["Dense_0"]["kernel"] + params["Dense_0"]["bias"]
    got = NetworkForecaster(MLPConfig(hidden=()), 2, "keywords", normaliser, params, 300)(
        TEST.inputs
    )
    np.testing.assert_allclose(got, 1 / (1 + np.exp(-logits)), rtol=1e-4)


def test_seeds_in_one_program_learn_as_each_does_alone(tmp_path) -> None:
    together = method(tmp_path, LONG, together=True).fit_together
    keys = [jax.random.key(k) for k in (0, 1, 2)]
    found = together(keys, TRAIN, VALIDATION)
    assert all(auc(forecast, 0) > 0.97 for forecast in found)
    said = [forecast(TEST.inputs) for forecast in found]
    assert np.abs(said[0] - said[1]).max() > 0.01, "another key, another network"
    (alone,) = together(keys[1:2], TRAIN, VALIDATION)
    np.testing.assert_allclose(alone(TEST.inputs), said[1], atol=2e-3)
    assert not list(tmp_path.iterdir()), "no checkpoints"


def test_the_epoch_that_validation_likes_best_is_kept(tmp_path) -> None:
    """Trained long on few examples, the last epoch is not the best."""
    few = take(TRAIN, np.arange(40))
    config = dataclasses.replace(LONG, epochs=60, learning_rate=0.1)
    (kept,) = method(tmp_path, config, together=True).fit_together([KEY], few, VALIDATION)
    one_by_one = method(tmp_path, config).fit(KEY, few, VALIDATION)

    def loss(forecast) -> float:
        known, said = VALIDATION.events.known, forecast(VALIDATION.inputs)
        return log_loss(VALIDATION.events.happened[known], said[known])

    assert loss(kept) < 1.1 * loss(one_by_one), "both events count"


def test_what_is_not_in_memory_is_left_to_one_after_the_other(tmp_path) -> None:
    column = RenderedLike(TRAIN.inputs["keywords"])
    train = TRAIN._replace(inputs={"keywords": column})
    together = method(tmp_path, together=True).fit_together
    assert together([KEY], train, VALIDATION) is None


def test_seeds_that_are_not_trained_together_have_a_folder_each(tmp_path) -> None:
    """So that each goes on where it ended."""
    column = RenderedLike(TRAIN.inputs["keywords"])
    data = Data(TRAIN._replace(inputs={"keywords": column}), VALIDATION, TEST, ("a", "b"), {})
    config = dataclasses.replace(SHORT, batch_size=40)
    how = {"together": True, "fit_normaliser": lambda x, r: fit_columns(x[:], r)}
    keys = [KEY, jax.random.key(7)]
    methods = [method(tmp_path / name, config, **how) for name in "ab"]
    found = fit_seeds(keys, methods, data)
    expected = method(tmp_path / "c", config).fit(keys[1], TRAIN, VALIDATION)
    np.testing.assert_array_equal(found[1](TEST.inputs), expected(TEST.inputs))
    assert lines(tmp_path / "a")
    assert lines(tmp_path / "b")


class RenderedLike:
    """A column that is no array."""

    def __init__(self, values):
        self.values, self.shape = values, values.shape

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows):
        return self.values[rows]

    def part(self, rows):
        return RenderedLike(self.values[rows])


@pytest.mark.parametrize("device", ["cpu", "gpu", "tpu"])
@pytest.mark.parametrize(("shape", "fits"), [((3,), fit_columns), ((4, 4, 1), fit_channels)])
def test_on_a_cpu_networks_on_pictures_are_not_trained_together(
    tmp_path, monkeypatch, device, shape, fits
) -> None:
    values = np.resize(TRAIN.inputs["keywords"], (len(TRAIN.rows.id), *shape))
    held = np.resize(VALIDATION.inputs["keywords"], (len(VALIDATION.rows.id), *shape))
    splits = (
        TRAIN._replace(inputs={"keywords": values}),
        VALIDATION._replace(inputs={"keywords": held}),
    )
    monkeypatch.setattr(jax, "default_backend", lambda: device)
    found = method(tmp_path, SHORT, fit_normaliser=fits).fit_together([KEY], *splits)
    assert (found is not None) == (device != "cpu" or shape == (3,))
    assert method(tmp_path, together=False).fit_together is None
