"""Every model keeps the contract, and comes back from its card."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar import models
from jsolar.types import Model, take
from jsolar.writing import plain

INPUTS = {
    "cnn": jnp.ones((3, 16, 16, 1)),
    "convnet": jnp.ones((3, 16, 16, 1)),
    "defn": jnp.ones((3, 5)),
    "lstm": jnp.ones((3, 60, 5)),
    "mlp": jnp.ones((3, 5)),
    "convgru": {"pictures": jnp.ones((3, 2, 16, 16, 1)), "condition": jnp.ones((3, 1))},
    "patchgan": {"pictures": jnp.ones((3, 2, 16, 16, 1)), "condition": jnp.ones((3, 1))},
    "unet": {"pictures": jnp.ones((3, 2, 16, 16, 1)), "condition": jnp.ones((3, 1))},
}
SHAPES = {
    "cnn": (3, 4),
    "convgru": (3, 16, 16, 4),
    "convnet": (3, 4),
    "defn": (3, 4),
    "lstm": (3, 4),
    "mlp": (3, 4),
    "patchgan": (3, 2, 2, 4),
    "unet": (3, 16, 16, 4),
}


def test_the_battery_knows_every_model() -> None:
    assert INPUTS.keys() == SHAPES.keys() == models.MODELS.keys()


@pytest.mark.parametrize("name", models.MODELS)
def test_init_and_apply(name: str) -> None:
    kind, _ = models.MODELS[name]
    model = models.make(kind(), outputs=4)
    assert isinstance(model, Model)
    params = model.init(jax.random.key(0), INPUTS[name])
    output, _ = model.apply(params, INPUTS[name])
    assert (output.shape, output.dtype) == (SHAPES[name], jnp.float32)
    again = model.init(jax.random.key(0), take(INPUTS[name], slice(1)))
    jax.tree.map(np.testing.assert_array_equal, params, again)
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(params))


@pytest.mark.parametrize("name", models.MODELS)
def test_a_config_comes_back_from_json(name: str) -> None:
    kind, _ = models.MODELS[name]
    config = kind()
    assert models.name_of(config) == name
    assert models.config_from(name, json.loads(json.dumps(plain(config)))) == config


def test_strangers_are_not_known() -> None:
    with pytest.raises(KeyError):
        models.make(object(), outputs=1)
    with pytest.raises(TypeError, match="attention"):
        models.config_from("mlp", {"attention": True})
