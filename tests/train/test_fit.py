"""Where trainings are run: any task, any lift, and never another training's answer."""

import dataclasses
import json
import shutil
from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.data.batches import evaluation_batches, training_batches
from jsolar.losses.events import cross_entropy, focal
from jsolar.models.layers import from_flax
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.train.config import TrainConfig
from jsolar.train.fingerprint import FILE, claim, digest
from jsolar.train.fit import fit
from jsolar.train.step import make_step
from jsolar.train.validation import mean_loss
from jsolar.types import Events

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3)).astype(np.float32)
Y = Events(X[:, :1] > 0.3, np.ones((120, 1), bool))
KEY = jax.random.key(0)
CONFIG = TrainConfig(epochs=4, batch_size=24, learning_rate=0.05, evaluations=2)
MODEL = mlp(MLPConfig(hidden=(6,)), outputs=1)


def train(folder, *, key=KEY, model=MODEL, loss=None, x=X, y=Y, config=CONFIG, **how):
    loss = loss or cross_entropy()
    size, n = config.batch_size, len(x)
    return fit(
        key,
        model,
        loss,
        training_batches(key, x, y, batch_size=size, threads=1),
        mean_loss(model, loss, partial(evaluation_batches, x, y, batch_size=size, n=n)),
        examples=n,
        config=config,
        folder=folder,
        data=y,
        **how,
    )


def differ(a, b) -> float:
    return max(jax.tree.leaves(jax.tree.map(lambda x, y: float(np.abs(x - y).max()), a, b)))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder of a finished training, and its parameters."""
    folder = tmp_path_factory.mktemp("fit") / "mlp"
    return folder, train(folder)


@pytest.mark.parametrize("steps_per_call", [1, 5])
def test_pmap_trains_the_same_network(trained, tmp_path, steps_per_call: int) -> None:
    config = dataclasses.replace(CONFIG, parallel="pmap", steps_per_call=steps_per_call)
    assert len(jax.devices()) == 4
    parallel = train(tmp_path, config=config)
    assert differ(parallel, trained[1]) < 1e-4


def test_the_same_training_is_taken_from_its_folder(trained) -> None:
    folder, params = trained
    before = (folder / "metrics.jsonl").read_text()
    assert differ(train(folder), params) == 0
    assert (folder / "metrics.jsonl").read_text() == before


def relabelled() -> Events:
    """One label of 120 is another."""
    happened = Y.happened.copy()
    happened[77] = ~happened[77]
    return Events(happened, Y.known)


OTHERS = {
    "key": ({"key": jax.random.key(1)}, r"another key, first step"),
    "data": ({"y": relabelled()}, r"another data"),
    "inputs": ({"x": X * 1.1}, r"another first step"),
    "model": ({"model": mlp(MLPConfig(hidden=(7,)), outputs=1)}, r"another model, first step"),
    "dropout": (
        {"model": mlp(MLPConfig(hidden=(6,), dropout=0.2), outputs=1)},
        r"another first step",
    ),
    "loss": ({"loss": focal(gamma=0.1)}, r"another first step"),
    "step": (
        {"make_step": partial(make_step, augment=lambda keys, x, y: (2 * x, y))},
        r"another first step",
    ),
    "config": ({"config": dataclasses.replace(CONFIG, epochs=5)}, r"another config"),
    "option that differs by a hair": (
        {"config": dataclasses.replace(CONFIG, weight_decay=1.0001e-4)},
        r"another config",
    ),
}


@pytest.mark.parametrize(("other", "what"), OTHERS.values(), ids=OTHERS)
def test_another_training_in_the_folder_is_refused(trained, tmp_path, other, what) -> None:
    folder = shutil.copytree(trained[0], tmp_path / "copy")
    before = (folder / "metrics.jsonl").read_text()
    with pytest.raises(ValueError, match=f"copy holds a training with {what}: choose another"):
        train(folder, **other)
    assert (folder / "metrics.jsonl").read_text() == before


def test_a_training_without_a_fingerprint_is_refused(trained, tmp_path) -> None:
    folder = shutil.copytree(trained[0], tmp_path / "old")
    (folder / FILE).unlink()
    with pytest.raises(ValueError, match="old was trained by an older jsolar"):
        train(folder)


def test_rounding_of_other_devices_is_no_other_training(trained, tmp_path) -> None:
    told = json.loads((trained[0] / FILE).read_text())
    rounded = {k: v * (1 + 1e-5) for k, v in told["first step"].items()}
    claim(tmp_path, told)
    claim(tmp_path, told | {"first step": rounded})
    with pytest.raises(ValueError, match="another first step"):
        claim(tmp_path, told | {"first step": {k: 1.01 * v for k, v in rounded.items()}})


def test_a_digest_knows_values_types_shapes_and_places() -> None:
    x = np.arange(6)
    others = [x[::-1], x.astype(np.int32), x.reshape(2, 3), {"a": x}, [x, x], x.astype(str)]
    digests = {digest(tree) for tree in [x, *others]}
    assert len(digests) == 7
    assert digest(x) == digest(x.copy()) == digest(np.stack([x, x], 1)[:, 0])


def test_pictures_are_trained_to_pictures(tmp_path) -> None:
    """Another task needs no other code: a picture in, a picture out, squared error."""

    class Blur(nn.Module):
        @nn.compact
        def __call__(self, x, *, key=None, train=False):
            return nn.Conv(1, (3, 3), use_bias=False)(x)

    pictures = RNG.normal(size=(64, 8, 8, 1)).astype(np.float32)
    kernel = np.outer([1, 2, 1], [1, 2, 1])[..., None, None] / 16
    blurred = np.asarray(
        jax.lax.conv_general_dilated(
            pictures, kernel.astype(np.float32), (1, 1), "SAME",
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )
    )  # fmt: skip

    def squared_error(output, target):
        return ((output - target) ** 2).mean((1, 2, 3))

    config = TrainConfig(epochs=60, batch_size=16, learning_rate=0.05, evaluations=1)
    model = from_flax(Blur())
    params = train(tmp_path, model=model, loss=squared_error, x=pictures, y=blurred, config=config)
    np.testing.assert_allclose(params["Conv_0"]["kernel"], kernel, atol=0.01)


def test_series_with_gaps_are_trained(tmp_path) -> None:
    """A recurrent network on ``[t, f]`` with a mask, made of nothing but a module."""

    class Recurrent(nn.Module):
        @nn.compact
        def __call__(self, inputs, *, key=None, train=False):
            series, seen = inputs["series"], inputs["seen"]
            x = jnp.where(seen, series, 0.0)
            x = nn.RNN(nn.LSTMCell(8))(jnp.concatenate([x, seen], -1))
            return nn.Dense(1)(x[:, -1])

    series = RNG.normal(size=(200, 6, 2)).astype(np.float32)
    seen = RNG.random((200, 6, 2)) < 0.9
    level = np.where(seen, series, 0)[..., 0].sum(1, keepdims=True)
    events = Events(level > 0, np.ones((200, 1), bool))
    inputs = {"series": np.where(seen, series, np.nan), "seen": seen}
    model, loss = from_flax(Recurrent()), cross_entropy()
    config = TrainConfig(epochs=30, batch_size=40, learning_rate=0.02, evaluations=1)
    look = partial(evaluation_batches, inputs, events, batch_size=40, n=200)
    params = fit(
        KEY, model, loss, training_batches(KEY, inputs, events, batch_size=40, threads=1),
        mean_loss(model, loss, look), examples=200, config=config, folder=tmp_path,
    )  # fmt: skip
    said = np.asarray(model.apply(params, inputs)[0]) > 0
    assert (said == events.happened).mean() > 0.9
