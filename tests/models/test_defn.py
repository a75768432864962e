"""The network of the Deep Flare Net: its layers as published, and what flows past them."""

import jax
import jax.numpy as jnp
import numpy as np

from jsolar.models.defn import DeFNConfig, defn

X = jnp.asarray(np.random.default_rng(0).normal(size=(4, 7)), jnp.float32)


def test_widths_are_those_of_the_paper() -> None:
    params = defn(DeFNConfig(), outputs=2).init(jax.random.key(0), X)
    widths = [params[f"Dense_{i}"]["kernel"].shape for i in range(8)]
    assert [7, *(width for _, width in widths)] == [7, 200, 200, 7, 200, 200, 7, 200, 2]
    assert len([name for name in params if name.startswith("LayerNorm")]) == 6


def test_the_input_flows_past_every_third_layer() -> None:
    """With the last layer of each block silenced, the rest sees the input itself."""
    model = defn(DeFNConfig(width=5), outputs=2)
    params = model.init(jax.random.key(1), X)
    for dense, norm in (("Dense_2", "LayerNorm_1"), ("Dense_5", "LayerNorm_4")):
        params[dense] = jax.tree.map(jnp.zeros_like, params[dense])
        params[norm] = {"bias": jnp.full_like(params[norm]["bias"], -1.0)}
    got, _ = model.apply(params, X)
    h = X @ params["Dense_6"]["kernel"] + params["Dense_6"]["bias"]
    h = (h - h.mean(1, keepdims=True)) / jnp.sqrt(h.var(1, keepdims=True) + 1e-6)
    h = jax.nn.relu(h + params["LayerNorm_5"]["bias"])
    np.testing.assert_allclose(
        got, h @ params["Dense_7"]["kernel"] + params["Dense_7"]["bias"], rtol=1e-4, atol=1e-5
    )


def test_dropout_is_for_training() -> None:
    model = defn(DeFNConfig(width=16), outputs=1)
    params = model.init(jax.random.key(2), X)
    keys = jax.random.split(jax.random.key(3), len(X))
    plain, trained = model.apply(params, X)[0], model.apply(params, X, key=keys, train=True)[0]
    assert not np.allclose(plain, trained)
    np.testing.assert_array_equal(plain, model.apply(params, X, key=keys)[0])
