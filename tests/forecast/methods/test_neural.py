"""A network as a method: it learns what can be learned, from training data only, and repeatably."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss, roc_auc_score

from jsolar.data.audit import LeakError
from jsolar.data.normalise import fit_columns
from jsolar.forecast.methods.neural import (
    TrainConfig,
    forecaster,
    make_optimizer,
    neural,
    normalised,
    schedule,
)
from jsolar.losses import events as losses
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.types import Events
from tests.forecast.toy import TEST, TRAIN, VALIDATION

KEY = jax.random.key(0)
LONG = TrainConfig(epochs=24, batch_size=40, learning_rate=0.02, evaluations=6, steps_per_call=20)
SHORT = TrainConfig(epochs=1, batch_size=50, learning_rate=0.02, evaluations=2, steps_per_call=4)


def method(folder, config=SHORT, **changed):
    how = {
        "reads": "keywords",
        "fit_normaliser": fit_columns,
        "loss": losses.cross_entropy(),
        "config": config,
        "folder": folder,
        **changed,
    }
    return neural(mlp(MLPConfig(hidden=(8,)), outputs=2), **how)


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
    folder, _ = learned
    stored = json.loads((folder / "normaliser.json").read_text())
    assert stored["regions"] == sorted(set(TRAIN.region.tolist()))
    np.testing.assert_allclose(stored["centre"], np.median(TRAIN.inputs["keywords"], 0), rtol=1e-6)


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
    again = method(folder, LONG).fit(jax.random.key(99), TRAIN, VALIDATION)
    np.testing.assert_array_equal(again(TEST.inputs), forecast(TEST.inputs))
    assert (folder / "metrics.jsonl").read_text() == before


def test_a_fit_is_a_function_of_its_key(tmp_path) -> None:
    """Also where four devices do not divide the batch, and whatever one call compiles."""
    key, other = jax.random.key(5), jax.random.key(6)
    single = dataclasses.replace(SHORT, steps_per_call=1)
    cases = {"many": (key, SHORT), "single": (key, single), "other": (other, SHORT)}
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
        return fit_columns(both, np.concatenate([region, VALIDATION.region]))

    with pytest.raises(LeakError, match=r"30 regions .*outside the training set"):
        method(tmp_path / "leak", fit_normaliser=leaky).fit(KEY, TRAIN, VALIDATION)
    assert not (tmp_path / "leak").exists()


def test_forecasts_are_probabilities_of_the_normalised_input() -> None:
    """σ of the network's logits on asinh((x − centre) / unit), written out."""
    normaliser = fit_columns(TRAIN.inputs["keywords"], TRAIN.region)
    network = mlp(MLPConfig(hidden=()), outputs=2)
    model = normalised(network, "keywords", normaliser)
    params = model.init(KEY, {"keywords": jnp.ones((1, 3))})
    x = np.arcsinh((TEST.inputs["keywords"] - normaliser.centre) / normaliser.unit)
    logits = x @ params["Dense_0"]["kernel"] + params["Dense_0"]["bias"]
    got = forecaster(model, params, reads="keywords", batch_size=300)(TEST.inputs)
    np.testing.assert_allclose(got, 1 / (1 + np.exp(-logits)), rtol=1e-4)


@given(
    epochs=st.integers(1, 20),
    batch_size=st.integers(1, 300),
    evaluations=st.integers(1, 20),
    steps_per_call=st.integers(1, 30),
    n=st.integers(1, 5000),
)
def test_a_schedule_sees_every_example_and_fits_its_calls(n: int, **how: int) -> None:
    config = TrainConfig(**how)
    steps, every = schedule(config, n)
    assert steps % config.steps_per_call == every % config.steps_per_call == 0
    wanted = config.epochs * n / config.batch_size
    assert wanted <= steps < wanted + config.steps_per_call
    assert 1 <= -(-steps // every) <= config.evaluations


def rates(config: TrainConfig, steps: int) -> np.ndarray:
    """The size of each update if every gradient is the same: with Adam, the learning rate."""
    optimizer = make_optimizer(dataclasses.replace(config, weight_decay=0.0), steps)

    def step(state, _):
        updates, state = optimizer.update(jnp.full(1, 1e3), state, jnp.zeros(1))
        return state, -updates[0]

    return np.asarray(jax.lax.scan(step, optimizer.init(jnp.zeros(1)), length=steps)[1])


def test_the_learning_rate_warms_up_and_falls_to_zero() -> None:
    rate = rates(TrainConfig(learning_rate=0.5, warmup=0.1), 100)
    np.testing.assert_allclose(rate[:11], 0.05 * np.arange(11), atol=1e-5)
    cosine = 0.25 * (1 + np.cos(np.pi * np.arange(90) / 90))
    np.testing.assert_allclose(rate[10:], cosine, atol=1e-4)


@pytest.mark.parametrize(("warmup", "steps"), [(0.1, 1), (0.1, 2), (1.0, 5), (0.0, 3)])
def test_any_number_of_steps_has_a_schedule(warmup: float, steps: int) -> None:
    rate = rates(TrainConfig(learning_rate=0.5, warmup=warmup), steps)
    assert rate.max() == pytest.approx(0.5, rel=1e-3), "no step is taken at the full rate"


def test_gradients_are_clipped_and_weights_decay() -> None:
    config = TrainConfig(learning_rate=1.0, warmup=0.0, clip=2.0, weight_decay=0.1)
    optimizer = make_optimizer(config, 10)
    state = optimizer.init(jnp.ones(2))
    clipped, _ = optax.clip_by_global_norm(2.0).update(jnp.array([3.0, 4.0]), optax.EmptyState())
    _, state = optimizer.update(jnp.array([3.0, 4.0]), state, jnp.ones(2))
    moments = jax.tree.leaves(state)
    assert any(np.allclose(leaf, 0.1 * clipped) for leaf in moments if np.shape(leaf) == (2,))
    updates, _ = optimizer.update(jnp.zeros(2), state, 100 * jnp.ones(2))
    assert (updates < -9.0).all()  # 0.1 · 100, at nearly the full rate
