"""A model's card and its parameters belong together."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.train import lift
from jsolar.train.saved import CARD, PARAMS, REQUIRED, Saved, load, load_card, save

CARD_OF = {"task": "toy", "network": "mlp", "config": {"hidden": [8]}, "outputs": 2, "data": {}}


def params(value: float):
    return {
        "Dense_0": {"kernel": jnp.full((3, 2), value), "bias": jnp.arange(2.0)},
        "n": jnp.int32(4),
    }


def test_a_pair_comes_back_as_it_was(tmp_path) -> None:
    save(tmp_path / "model", Saved(CARD_OF | {"scale": np.float32(0.5)}, params(1.5)))
    card, found = load(tmp_path / "model")
    assert card == CARD_OF | {"scale": 0.5} == load_card(tmp_path / "model")
    assert jax.tree.structure(found) == jax.tree.structure(params(1.5))
    jax.tree.map(np.testing.assert_array_equal, found, params(1.5))
    assert found["n"].dtype == jnp.int32


def test_parameters_of_four_devices_load_on_one(tmp_path) -> None:
    whole = jax.sharding.NamedSharding(lift.data_mesh(), jax.P())
    save(tmp_path / "model", Saved(CARD_OF, jax.device_put(params(2.0), whole)))
    leaf = load(tmp_path / "model").params["Dense_0"]["kernel"]
    assert leaf.sharding.device_set == {jax.devices()[0]}


def test_it_may_be_moved_and_is_replaced_as_a_whole(tmp_path) -> None:
    save(tmp_path / "a", Saved(CARD_OF, params(1.0)))
    (tmp_path / "a").rename(tmp_path / "b")
    save(tmp_path / "b", Saved(CARD_OF | {"outputs": 3}, params(2.0)))
    card, found = load(tmp_path / "b")
    assert (card["outputs"], float(found["Dense_0"]["kernel"][0, 0])) == (3, 2.0)
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_kill_between_card_and_parameters_leaves_the_old_pair(tmp_path, monkeypatch) -> None:
    save(tmp_path / "model", Saved(CARD_OF, params(1.0)))

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("jsolar.train.saved.write_json", killed)
    with pytest.raises(KeyboardInterrupt):
        save(tmp_path / "model", Saved(CARD_OF | {"outputs": 9}, params(9.0)))
    card, found = load(tmp_path / "model")
    assert (card["outputs"], float(found["Dense_0"]["kernel"][0, 0])) == (2, 1.0)
    monkeypatch.undo()
    save(tmp_path / "model", Saved(CARD_OF | {"outputs": 9}, params(9.0)))
    assert load_card(tmp_path / "model")["outputs"] == 9


@pytest.mark.parametrize("name", REQUIRED)
def test_a_card_must_be_complete(tmp_path, name: str) -> None:
    short = {key: value for key, value in CARD_OF.items() if key != name}
    with pytest.raises(ValueError, match=f"must say its {name}"):
        save(tmp_path / "model", Saved(short, params(1.0)))
    save(tmp_path / "model", Saved(CARD_OF, params(1.0)))
    (tmp_path / "model" / CARD).write_text(json.dumps(short))
    with pytest.raises(ValueError, match="holds no model of this version"):
        load_card(tmp_path / "model")


def test_what_is_missing_is_named(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"model\.json does not exist: give the --workdir"):
        load(tmp_path)
    save(tmp_path / "model", Saved(CARD_OF, params(1.0)))
    (tmp_path / "model" / PARAMS).rename(tmp_path / "elsewhere")
    with pytest.raises(FileNotFoundError, match="params does not exist"):
        load(tmp_path / "model")
