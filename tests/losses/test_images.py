"""Losses of pictures: means over known pixels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.losses.images import absolute_error, over_scales, squared_error
from jsolar.train.adversarial import energy

RNG = np.random.default_rng(0)
PICTURES, TARGET = RNG.normal(size=(2, 3, 4, 5)).astype(np.float32)


@pytest.mark.parametrize(
    ("loss", "power"), [(squared_error(unit=2.0), 2), (absolute_error(unit=2.0), 1)]
)
def test_the_mean_over_the_pixels_of_each_picture(loss, power) -> None:
    expected = (np.abs(PICTURES - TARGET) / 2) ** power
    np.testing.assert_allclose(loss(PICTURES, TARGET), expected.mean((1, 2)), rtol=1e-6)


SCALES = over_scales(absolute_error(), blocks=(1, 2))


@pytest.mark.parametrize("loss", [squared_error(), absolute_error(), SCALES])
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


def test_scales_are_means_over_blocks() -> None:
    """Of 4 × 5 pixels the last blocks are two and one wide."""
    off = np.abs(PICTURES - TARGET).mean((1, 2))
    means = [
        np.stack([x[:, i : i + 2, j : j + 2].mean((1, 2)) for i in (0, 2) for j in (0, 2, 4)])
        for x in (PICTURES, TARGET)
    ]
    expected = 0.5 * (off + np.abs(means[0] - means[1]).mean(0))
    np.testing.assert_allclose(SCALES(PICTURES, TARGET), expected, rtol=1e-5)


def test_over_scales_errors_of_neighbours_go_together_or_not() -> None:
    """Truth is constant over blocks: draws of single pixels are as good, pixel by pixel only."""
    rng = np.random.default_rng(0)

    def blocks():
        return np.repeat(np.repeat(rng.normal(size=(64, 4, 4)), 4, 1), 4, 2)

    target = blocks()
    draws = {
        "blocks": (blocks(), blocks()),
        "pixels": tuple(rng.normal(size=(64, 16, 16)) for _ in range(2)),
    }
    plain, scaled = (
        {name: float(energy(loss)(drawn, target).mean()) for name, drawn in draws.items()}
        for loss in (absolute_error(), over_scales(absolute_error()))
    )
    assert plain["blocks"] == pytest.approx(plain["pixels"], rel=0.1)
    assert scaled["blocks"] < 0.9 * scaled["pixels"]


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
