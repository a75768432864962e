"""A network of many widths is the narrow network, in shapes of the wide one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.models.widths import narrowed, parameter_count, widest

X = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
MODEL = widest(6, outputs=2)
WIDE = MODEL.init(jax.random.key(0), X[:1])


@pytest.mark.parametrize("width", [1, 4, 6])
def test_it_is_the_network_of_its_first_units(width: int) -> None:
    params = narrowed(WIDE, width)
    hidden = np.maximum(X @ WIDE["kernel"][:, :width] + WIDE["bias"][:width], 0)
    expected = hidden @ WIDE["last_kernel"][:width] * np.sqrt(6 / width) + WIDE["last_bias"]
    np.testing.assert_allclose(MODEL.apply(params, X)[0], expected, rtol=1e-5, atol=1e-6)


def test_it_is_drawn_as_wide_as_a_narrow_one() -> None:
    model = widest(4000, outputs=1)
    params = narrowed(model.init(jax.random.key(1), X[:1]), 1000)
    own = widest(1000, outputs=1).init(jax.random.key(2), X[:1])
    spreads = [float(np.std(np.asarray(p["last_kernel"][:1000]))) for p in (params, own)]
    assert spreads[0] == pytest.approx(spreads[1], rel=0.1)


def test_silent_units_do_not_learn() -> None:
    def loss(params):
        return (MODEL.apply(params, X)[0] ** 2).sum()

    found = jax.grad(loss)(narrowed(WIDE, 2))
    assert (found["sounds"] == 0).all()
    assert (found["kernel"][:, 2:] == 0).all()
    assert (found["last_kernel"][2:] == 0).all()
    assert (found["last_kernel"][:2] != 0).any()


def test_only_what_sounds_is_counted() -> None:
    counts = [x.size for name, x in WIDE.items() if name != "sounds"]
    assert parameter_count(3, 6, outputs=2) == sum(counts)
    assert jnp.shape(WIDE["kernel"]) == (3, 6)
