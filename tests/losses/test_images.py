"""Losses of pictures: means over known pixels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.losses.images import absolute_error, squared_error

RNG = np.random.default_rng(0)
PICTURES, TARGET = RNG.normal(size=(2, 3, 4, 5)).astype(np.float32)


@pytest.mark.parametrize(
    ("loss", "power"), [(squared_error(unit=2.0), 2), (absolute_error(unit=2.0), 1)]
)
def test_the_mean_over_the_pixels_of_each_picture(loss, power) -> None:
    expected = (np.abs(PICTURES - TARGET) / 2) ** power
    np.testing.assert_allclose(loss(PICTURES, TARGET), expected.mean((1, 2)), rtol=1e-6)


@pytest.mark.parametrize("loss", [squared_error(), absolute_error()])
def test_what_is_not_known_counts_neither_in_the_loss_nor_in_its_gradient(loss) -> None:
    target = TARGET.copy()
    target[0, :, 2:] = np.nan
    target[1] = np.nan
    known = loss(PICTURES[:1, :, :2], TARGET[:1, :, :2])
    found, gradient = loss(PICTURES, target), jax.grad(lambda x: loss(x, target).sum())(PICTURES)
    np.testing.assert_allclose(found[0], known[0], rtol=1e-6)
    assert float(found[1]) == 0
    assert np.isfinite(gradient).all()
    assert (np.asarray(gradient)[np.isnan(target)] == 0).all()


def test_the_best_constant_is_the_mean_or_the_median() -> None:
    values = jnp.array([0.0, 1.0, 2.0, 3.0, 14.0]).reshape(5, 1, 1)
    grid = jnp.linspace(0, 14, 141)
    best = [
        float(
            grid[jnp.argmin(jnp.stack([loss(jnp.full((5, 1, 1), c), values).sum() for c in grid]))]
        )
        for loss in (squared_error(), absolute_error())
    ]
    assert best == pytest.approx([4.0, 2.0], abs=1e-5)
