"""Motions that are known, found again; and fields moved along them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.ndimage import fourier_shift, gaussian_filter

from jsolar.sun.fields.flows import advect, local_correlation_tracking

track = jax.jit(local_correlation_tracking, static_argnames="reach")
RNG = np.random.default_rng(2)
FIELD = 2000 * gaussian_filter(RNG.normal(size=(64, 64)), 2.0, mode="wrap")


def moved(field, rows, columns):
    return np.fft.ifft2(fourier_shift(np.fft.fft2(field), (rows, columns))).real


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.3, -1.7), (-2.25, 0.5), (1.9, 2.4), (0.5, 0.5)])
def test_a_known_shift_is_found_to_a_tenth_of_a_pixel(shift) -> None:
    found = np.asarray(track(jnp.asarray(FIELD), jnp.asarray(moved(FIELD, *shift))))
    inner = found[:, 12:-12, 12:-12]
    for one, true in zip(inner, shift, strict=True):
        assert np.median(one) == pytest.approx(true, abs=0.1)
        assert np.abs(one - true).mean() < 0.1


def test_two_halves_that_move_apart_do() -> None:
    after = moved(FIELD, 0, 1.5)
    after[:, :32] = moved(FIELD, 0, -1.5)[:, :32]
    found = np.asarray(track(jnp.asarray(FIELD), jnp.asarray(after)))[1]
    assert np.median(found[12:-12, 12:20]) == pytest.approx(-1.5, abs=0.15)
    assert np.median(found[12:-12, 44:52]) == pytest.approx(1.5, abs=0.15)


def test_the_quiet_sun_does_not_move() -> None:
    """Noise of 10 G, which is new in every frame."""
    before, after = jnp.asarray(RNG.normal(0, 10, (2, 48, 48)))
    assert float(jnp.abs(track(before, after)).mean()) < 0.3
    assert not np.asarray(track(jnp.zeros((16, 16)), jnp.zeros((16, 16)))).any()


def test_what_is_farther_than_the_reach_is_cut() -> None:
    found = np.asarray(track(jnp.asarray(FIELD), jnp.asarray(moved(FIELD, 0, 4)), reach=2))
    assert np.abs(found).max() <= 2.5


def test_advection_by_a_found_shift_gives_what_came() -> None:
    smooth = gaussian_filter(FIELD, 2.0, mode="wrap")
    after = moved(smooth, 0.6, -1.2)
    shift = track(jnp.asarray(smooth), jnp.asarray(after))
    ours = np.asarray(advect(jnp.asarray(smooth), shift))[8:-8, 8:-8]
    error, change = ours - after[8:-8, 8:-8], (after - smooth)[8:-8, 8:-8]
    assert (error**2).mean() < 0.05 * (change**2).mean()
