"""The same key gives the same Sun on every supported Python and jax, to the precision of float32.

The numbers were printed by jax 0.12.0 on Python 3.12; jax 0.10.1 on Python 3.11 agreed to six
digits.
"""

import jax
import numpy as np

from jsolar.sun.simulate import (
    SunConfig,
    evolve,
    flare_rate_per_hour,
    picture,
    sample_flares,
    scene,
)
from jsolar.sun.simulate.region import unsigned_flux_mx

SUN = SunConfig(
    bipoles=3, fragments=12, clusters=3, steps=80, activity_grid=12, rate_log_c_per_day=3.0
)
STEPS = np.array([20, 40, 79])

FLUX_1E20_MX = [11.831, 8.60707, 3.07798]
INVERSION_1E18_MX = [97.2456, 34.3736, 2.25039]
HIDDEN_DEX = [0.271162, 0.279445, -0.212696]
FLARES = 8
FLARE_HOURS = [13.0063, 19.0151, 30.781, 33.3623]
FLARE_FLUX_1E6_W_M2 = [1.01678, 1.00424, 2.66165, 4.24152]
PIXELS_GAUSS = [
    [-1.70028, -1.24212, 4.21287],
    [-2.47481, -2.08677, 11.4147],
    [-12.3912, -2.8515, -0.143516],
]


@jax.jit
def live(key):
    states = evolve(key, SUN, 0.5)
    flares = sample_flares(key, flare_rate_per_hour(states, SUN), SUN)
    view = scene(jax.tree.map(lambda x: x[60], states), SUN)
    seen = picture(key, view, size=16, degrees_per_pixel=0.9, config=SUN)
    return states, jax.vmap(unsigned_flux_mx)(states), flares, seen


def test_a_life_is_the_one_that_it_was() -> None:
    states, flux, flares, seen = jax.device_get(live(jax.random.key(3)))
    close = {"rtol": 1e-4, "atol": 1e-6}
    np.testing.assert_allclose(flux[STEPS] / 1e20, FLUX_1E20_MX, **close)
    np.testing.assert_allclose(states.inversion_mx[STEPS] / 1e18, INVERSION_1E18_MX, **close)
    np.testing.assert_allclose(states.hidden_dex[STEPS], HIDDEN_DEX, **close)
    assert flares.happened.sum() == FLARES
    np.testing.assert_allclose(flares.hours[:4], FLARE_HOURS, **close)
    np.testing.assert_allclose(flares.flux_w_m2[:4] * 1e6, FLARE_FLUX_1E6_W_M2, **close)
    np.testing.assert_allclose(seen[5:11:2, 5:11:2], PIXELS_GAUSS, rtol=1e-4, atol=1e-2)
