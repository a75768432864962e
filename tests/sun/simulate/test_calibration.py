"""The simulated Sun flares as often as the real one; `experiments.synthetic_sun` says it at length.

Shares are expected ones, made of the flare rate itself, so that only the luck of the regions is
left; targets and their ± 15 % are those of SWAN-SF (Angryk et al. 2020).
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.sun.conventions import FORECAST_LONGITUDE_DEG
from jsolar.sun.simulate import SunConfig, cycle, evolve, flaring
from jsolar.sun.simulate.passage import SEEN_FLUX_MX
from jsolar.sun.simulate.region import unsigned_flux_mx

CONFIG = SunConfig()
REGIONS = 720
THRESHOLDS = np.array([1e-6, 1e-5, 1e-4])
SHARES = {"C": 0.117, "M": 0.0188, "X": 0.0016}


@pytest.fixture(scope="module")
def regions() -> dict[str, np.ndarray]:
    """Probabilities of the coming day, and whether the region is seen then, ``[r, t, ...]``."""
    phases = 0.13 + np.linspace(0, 8, 4001) / 11
    emerged = np.cumsum(cycle.activity(phases))
    drawn = np.interp((np.arange(REGIONS) + 0.5) / REGIONS, emerged / emerged[-1], phases)

    @jax.jit
    @jax.vmap
    def live(key, phase):
        states = evolve(key, CONFIG, phase)
        rate = flaring.flare_rate_per_hour(states, CONFIG)
        p = flaring.true_probability(
            rate, jnp.asarray(THRESHOLDS, jnp.float32), window_steps=8, config=CONFIG
        )
        near = jnp.abs(states.longitude_deg) <= FORECAST_LONGITUDE_DEG
        return p, near & (jax.vmap(unsigned_flux_mx)(states) > SEEN_FLUX_MX), rate

    keys = jax.random.split(jax.random.key(20_261_123), REGIONS)
    chunks = [live(keys[i : i + 90], drawn[i : i + 90]) for i in range(0, REGIONS, 90)]
    p, seen, rate = (
        np.concatenate(column).astype(np.float64) for column in zip(*chunks, strict=True)
    )
    return {"p": p, "seen": seen.astype(bool) & ~np.isnan(p[..., 0]), "rate": rate}


def mean_and_error(values: np.ndarray, where: np.ndarray) -> tuple[float, float]:
    """Mean over windows, and its standard error from the scatter of regions."""
    total, count = (values * where).sum(1), where.sum(1)
    mean = total.sum() / count.sum()
    residual = total - mean * count
    return mean, float(np.sqrt((residual**2).sum()) / count.sum())


@pytest.mark.parametrize("k", range(3), ids=list(SHARES))
def test_shares_of_windows_are_those_of_the_sun(regions, k: int) -> None:
    p = np.where(regions["seen"], regions["p"][..., k], 0.0)
    mean, error = mean_and_error(p, regions["seen"])
    target = list(SHARES.values())[k]
    assert abs(mean - target) < 0.15 * target + 3 * error
    assert error < (0.1, 0.25, 0.5)[k] * target, "enough regions to say so"


def test_yesterday_tells_as_much_about_today_as_on_the_sun(regions) -> None:
    """Persistence by day: TSS .35–.48 for ≥ C."""
    before, after = regions["p"][:, :-8, 0], regions["p"][:, 8:, 0]
    both = regions["seen"][:, 8:] & ~np.isnan(after)
    a, b = before[both], after[both]
    tss = (a * b).sum() / b.sum() - (a * (1 - b)).sum() / (1 - b).sum()
    assert 0.33 < tss < 0.53


def test_few_regions_make_the_large_flares(regions) -> None:
    """4–7 % of regions ever make an M, three to five of them each."""
    expected = flaring.survival(1e-5, jnp.asarray(regions["rate"]), CONFIG) * regions["rate"] * 3.0
    number = (np.asarray(expected) * regions["seen"]).sum(1)[regions["seen"].any(1)]
    ever = 1 - np.exp(-number)
    assert 0.03 < ever.mean() < 0.08
    assert 2 < number.sum() / ever.sum() < 6
    assert np.median(number) < 0.01 * number.mean()
