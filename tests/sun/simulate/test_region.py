"""One step after another: flux, motion, memory and new bipoles against laws in float64.

Regions start from states made here, so that nothing depends on how regions are born.
"""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jsolar.sun.simulate import RegionState, SunConfig, advance, region

REGIONS, STEPS, DT = 400, 64, 3.0
BIPOLES, FRAGMENTS = 3, 4
UNLIKELY = 1e-4
QUICK = {"xla_backend_optimization_level": 0}  # to compile

FREE = SunConfig(
    step_hours=DT, cancel_days=1e12, hold_hours=1e9, rigid_flux_mx=1e30,
    diffusion_mm2_per_hour=0.7, hidden_dex=0.4, hidden_hours=30.0, cell_hours=36.0,
    grain_hours=18.0, plage_share=0.4, scatter_share=0.3, decay_days=15.0, activity_grid=4,
)  # fmt: skip
"""Nothing cancels, nothing holds the fragments, and none of them is too large to walk."""

HELD = dataclasses.replace(
    FREE, cancel_days=1.5, hold_hours=6.0, rigid_flux_mx=3e19, activity_grid=24
)
FIXED = (
    "latitude_deg", "leading_sign", "emergence_per_hour", "flux_mx", "centre_mm", "axis_rad",
    "shear_rad", "apart_mm", "patch_mm", "share", "anchor_mm",
)  # fmt: skip


def newborn() -> RegionState:
    """Many regions of all sizes, each with a bipole that begins and places for two more."""
    rng = np.random.default_rng(4)
    k, f, n = BIPOLES, FRAGMENTS, REGIONS
    patch = rng.uniform(4, 12, (n, k))
    centre = rng.normal(0, 10, (n, k, 2))
    anchor = patch[..., None, None, None] * rng.normal(size=(n, k, 2, f, 2))
    state = RegionState(
        hours=np.zeros(n),
        latitude_deg=rng.uniform(-30, 30, n),
        longitude_deg=rng.uniform(-90, 0, n),
        leading_sign=rng.choice([-1.0, 1.0], n),
        emergence_per_hour=0.01 * np.exp(rng.normal(size=n)),
        hidden_dex=FREE.hidden_dex * rng.normal(size=n),
        birth_hours=np.tile([0.0, np.inf, np.inf], (n, 1)),
        flux_mx=10 ** rng.uniform(20.3, 22.5, (n, k)),
        centre_mm=centre,
        axis_rad=rng.uniform(-np.pi, np.pi, (n, k)),
        shear_rad=rng.normal(size=(n, k)),
        apart_mm=rng.uniform(20, 60, (n, k)),
        patch_mm=patch,
        share=rng.dirichlet(np.ones(f), (n, k, 2)),
        anchor_mm=anchor,
        fragment_mm=centre[:, :, None, None] + anchor,
        fragment_mx=np.zeros((n, k, 2, f)),
        plage_mx=np.zeros((n, k, 2)),
        inversion_mx=np.zeros(n),
        cells=rng.uniform(0, 2 * np.pi, (n, 2, 3)),
        grains=rng.uniform(0, 2 * np.pi, (n, 2, 3)),
    )
    return jax.tree.map(lambda x: jnp.asarray(x, jnp.float32), state)


def live(key, state: RegionState, sun: SunConfig) -> RegionState:
    """The states at all times, of which ``state`` is the first."""

    def step(state: RegionState, key):
        later = advance(key, state, sun)
        return later, later

    path = jax.lax.scan(step, state, jax.random.split(key, STEPS))[1]
    return jax.tree.map(lambda first, rest: jnp.concatenate([first[None], rest]), state, path)


START = newborn()
KEYS = jax.random.split(jax.random.key(1), REGIONS)


def many(sun: SunConfig):
    return jax.jit(jax.vmap(partial(live, sun=sun)), compiler_options=QUICK)


def precise(path: RegionState) -> RegionState:
    return jax.tree.map(lambda x: np.asarray(x, np.float64), path)


@pytest.fixture(scope="module")
def free() -> RegionState:
    """``[region, time, ...]``."""
    return precise(many(FREE)(KEYS, START))


HELD_LIVES = many(HELD)


@pytest.fixture(scope="module")
def held() -> RegionState:
    return precise(HELD_LIVES(KEYS, START))


def age(path: RegionState) -> np.ndarray:
    return np.maximum(path.hours[..., None] - path.birth_hours, 0.0)


def lifetimes(path: RegionState, sun: SunConfig) -> tuple[np.ndarray, np.ndarray]:
    size = path.flux_mx / 1e22
    rise = 24 * sun.rise_days * size**sun.rise_power
    return rise, 24 * sun.decay_days * size**sun.decay_power


def fresh_mx(path: RegionState, sun: SunConfig) -> np.ndarray:
    """What comes up of either polarity in each step, ``[region, step, bipole]``."""
    risen = 1 - np.exp(-((age(path) / lifetimes(path, sun)[0]) ** 2))
    return 0.5 * path.flux_mx[:, 1:] * np.diff(risen, axis=1)


def home_mm(path: RegionState, sun: SunConfig) -> np.ndarray:
    """Centres of the polarities, which part and turn as the bipole grows, and the anchors."""
    grown = 1 - np.exp(-age(path) / lifetimes(path, sun)[0])
    angle = path.axis_rad + path.shear_rad * grown
    half = 0.5 * (path.apart_mm * grown)[..., None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    centre = np.stack([path.centre_mm + half, path.centre_mm - half], -2)
    return centre[..., None, :] + path.anchor_mm


def polarity_mx(path: RegionState) -> np.ndarray:
    """``[region, time, bipole, polarity]``."""
    return path.fragment_mx.sum(-1) + path.plage_mx


def test_same_key_same_future_and_another_key_another(held) -> None:
    again = precise(HELD_LIVES(KEYS, START))
    jax.tree.map(np.testing.assert_array_equal, again, held)
    other = precise(HELD_LIVES(KEYS[::-1], START))
    for name in ("hidden_dex", "fragment_mm", "fragment_mx", "inversion_mx"):
        a, b = getattr(other, name)[:, -1], getattr(held, name)[:, -1]
        assert (a != b).reshape(REGIONS, -1).any(1).all(), name


def test_regions_together_are_those_alone(held) -> None:
    alone = jax.jit(partial(live, sun=HELD), compiler_options=QUICK)
    close = partial(np.testing.assert_allclose, rtol=2e-4)
    for r in (0, 7):
        path = precise(alone(KEYS[r], jax.tree.map(lambda x: x[r], START)))  # noqa: B023
        for name in path._fields:
            mine, theirs = getattr(path, name), getattr(held, name)[r]
            close(mine, theirs, atol=1e15 if name.endswith("_mx") else 1e-3, err_msg=name)


def test_what_a_region_is_born_with_stays_and_time_and_longitude_go_on(held) -> None:
    for name in FIXED:
        value = getattr(held, name)
        np.testing.assert_array_equal(value[:, -1], value[:, 0], err_msg=name)
    np.testing.assert_array_equal(held.hours, np.tile(DT * np.arange(STEPS + 1), (REGIONS, 1)))
    turned = held.longitude_deg - held.longitude_deg[:, :1]
    np.testing.assert_allclose(turned, 13.2 * held.hours / 24, atol=2e-3)


def test_flux_rises_gathers_scatters_and_fades(free: RegionState) -> None:
    """A recurrence for every fragment and for the plage; nothing cancels."""
    _, decay = lifetimes(free, FREE)
    remains = np.exp(-DT / decay[:, 0])[..., None]
    stays = np.exp(-DT / (FREE.scatter_share * decay[:, 0]))[..., None]
    fragment, plage = np.zeros((REGIONS, BIPOLES, 2, FRAGMENTS)), np.zeros((REGIONS, BIPOLES, 2))
    scale = free.flux_mx[:, 0, :, None]
    for t, fresh in enumerate(np.moveaxis(fresh_mx(free, FREE), 1, 0)):
        scattered = (fragment * (1 - stays[..., None])).sum(-1)
        fresh = fresh[..., None]
        gathered = (1 - FREE.plage_share) * fresh[..., None] * free.share[:, 0]
        fragment = fragment * (stays * remains)[..., None] + gathered
        plage = (plage + scattered) * remains + FREE.plage_share * fresh
        error = free.fragment_mx[:, t + 1] - fragment
        assert (np.abs(error) < 1e-5 * scale[..., None]).all()
        assert (np.abs(free.plage_mx[:, t + 1] - plage) < 1e-5 * scale).all()


def test_flux_of_a_bipole_is_what_rose_and_has_not_faded_yet(free: RegionState) -> None:
    """Φ ∫ e^(−(t−s)/decay) d(1 − e^−(s/rise)²), by a fine sum; a step late at most."""
    rise, decay = (x[:, 0, 0] for x in lifetimes(free, FREE))
    end = free.hours[0, -1]
    s = np.linspace(0, end, 4001)
    risen = 1 - np.exp(-((s / rise[:, None]) ** 2))
    middle = 0.5 * (s[1:] + s[:-1])
    left = (np.diff(risen, axis=1) * np.exp(-(end - middle) / decay[:, None])).sum(1)
    found = polarity_mx(free)[:, -1, 0].sum(-1) / free.flux_mx[:, 0, 0]
    assert ((found > left) & (found < left * np.exp(DT / decay))).all()
    assert left.min() < 0.3 < left.max()


def test_without_cancellation_every_bipole_stays_balanced(free: RegionState) -> None:
    leading, following = np.moveaxis(polarity_mx(free), -1, 0)
    assert (np.abs(leading - following) < 1e-5 * free.flux_mx).all()
    unborn = free.hours[..., None] <= free.birth_hours
    assert (leading[unborn] == 0).all()
    assert (leading[~unborn] > 0).all()


def test_cancellation_takes_as_much_of_one_polarity_as_of_the_other(held: RegionState) -> None:
    """In every region and step, though not in every bipole."""
    remains = np.exp(-DT / lifetimes(held, HELD)[1][:, 1:])[..., None]
    flux = polarity_mx(held)
    before = flux[:, :-1] * remains + fresh_mx(held, HELD)[..., None]
    lost = (before - flux[:, 1:]).sum(2)  # region, step, polarity
    total = before.sum((2, 3))
    assert (lost > -1e-5 * held.flux_mx[:, 1:].sum(-1)[..., None]).all()
    assert (np.abs(lost[..., 0] - lost[..., 1]) < 1e-5 * held.flux_mx[:, 1:].sum(-1)).all()
    most = 0.5 * (1 - np.exp(-DT / (24 * HELD.cancel_days)))
    assert (lost.sum(-1) < (most + 1e-5) * total + 1e15).all()
    assert lost.sum((1, 2)).mean() > 0.05 * total[:, -1].mean(), "it is no small matter"


def test_only_unequal_fading_of_its_bipoles_unbalances_a_region(held: RegionState) -> None:
    """Bipoles cancel with one another, which leaves net flux in each, and fade on their own.

    So a region of one bipole stays balanced.
    """
    remains = np.exp(-DT / lifetimes(held, HELD)[1][:, 1:])
    net = polarity_mx(held) @ np.array([1.0, -1.0])
    expected = (net[:, :-1] * remains).sum(-1)
    scale = held.flux_mx[:, 1:].sum(-1)
    assert (np.abs(net[:, 1:].sum(-1) - expected) < 1e-5 * scale).all()
    assert (np.abs(net).max((1, 2)) > 1e-2 * held.flux_mx[:, 0].max(-1)).mean() > 0.1


def centres_of(path: RegionState) -> np.ndarray:
    """By the simulator, ``[region, bipole, polarity, xy]``."""
    find = jax.vmap(partial(region.polarity_centres_mm, config=FREE))
    return np.asarray(jax.jit(find, compiler_options=QUICK)(path), np.float64)


def test_polarities_part_and_turn_until_the_bipole_is_grown() -> None:
    begun = START._replace(birth_hours=jnp.zeros_like(START.birth_hours))
    young = centres_of(begun)
    np.testing.assert_array_equal(young[:, :, 0], young[:, :, 1], "all emerge in one place")
    old = centres_of(begun._replace(hours=begun.hours + 1e5))
    axis = old[:, :, 0] - old[:, :, 1]
    np.testing.assert_allclose(np.linalg.norm(axis, axis=-1), START.apart_mm, rtol=1e-4)
    turn = np.arctan2(axis[..., 1], axis[..., 0]) - START.axis_rad - START.shear_rad
    np.testing.assert_allclose(np.cos(turn), 1.0, atol=1e-6)
    np.testing.assert_allclose(old.mean(2), START.centre_mm, atol=1e-4)


def test_free_fragments_walk_at_random_about_the_moving_polarity(free: RegionState) -> None:
    """Displacements of the variance 2 D dt, independent from step to step and of each other."""
    away = free.fragment_mm - home_mm(free, FREE)
    born = (free.birth_hours <= free.hours[..., None])[:, :-1]
    steps = np.diff(away, axis=1)
    walked = steps[born] / np.sqrt(2 * FREE.diffusion_mm2_per_hour * DT)
    assert stats.kstest(walked.ravel()[::7], "norm").pvalue > UNLIKELY
    assert abs(walked.var() - 1) < 4 * np.sqrt(2 / walked.size)
    assert abs(walked.mean()) < 4 / np.sqrt(walked.size)
    for a, b in (
        (steps[:, 1:, 0], steps[:, :-1, 0]),
        (steps[:, :, 0, 0], steps[:, :, 0, 1]),
        (steps[:, :, 0, :, 0], steps[:, :, 0, :, 1]),
        (steps[..., 0, :, :, 0], steps[..., 0, :, :, 1]),
    ):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 4 / np.sqrt(a.size)
    for at in (8, STEPS):
        spread = away[:, at, 0].var() / (2 * FREE.diffusion_mm2_per_hour * DT * at)
        assert abs(spread - 1) < 4 * np.sqrt(2 / away[:, at, 0].size)


def held_variance(held: RegionState) -> np.ndarray:
    """Of fragments of the first bipole, ``[region, time, polarity, fragment]``.

    v ← v e^(−2 dt/τ) + q/(1 + Φ/Φ₀), q = D τ (1 − e^(−2 dt/τ)): exact for any step.
    """
    keep = np.exp(-2 * DT / HELD.hold_hours)
    q = HELD.diffusion_mm2_per_hour * HELD.hold_hours * (1 - keep)
    rigid = 1 + held.fragment_mx[:, :, 0] / HELD.rigid_flux_mx
    variance = np.zeros_like(rigid)
    for t in range(STEPS):
        variance[:, t + 1] = variance[:, t] * keep + q / rigid[:, t + 1]
    return variance


@pytest.fixture(scope="module")
def held_away(held: RegionState) -> np.ndarray:
    return (held.fragment_mm - home_mm(held, HELD))[:, :, 0]


def test_held_fragments_forget_where_they_walked(held_away: np.ndarray) -> None:
    for steps in (1, 2, 4):
        expected = np.exp(-steps * DT / HELD.hold_hours)
        now, later = held_away[:, 40], held_away[:, 40 + steps]
        slope = (now * later).sum() / (now * now).sum()
        assert abs(slope - expected) < 5 / np.sqrt(now.size)


def test_large_fragments_walk_less(held: RegionState, held_away: np.ndarray) -> None:
    rigid = held.fragment_mx[:, -1, 0] / HELD.rigid_flux_mx
    scaled = (held_away**2).mean(-1)[:, -1] / held_variance(held)[:, -1]
    light, heavy = scaled[rigid < 0.5], scaled[rigid > 2]
    error = np.sqrt(1 / light.size + 1 / heavy.size)
    assert error < 0.05
    assert abs(heavy.mean() / light.mean() - 1) < 4 * error


def test_held_fragments_have_the_scatter_of_an_ornstein_uhlenbeck_process(
    held: RegionState, held_away: np.ndarray
) -> None:
    """D τ per coordinate, whatever the step."""
    scaled = (held_away**2).mean(-1)[:, -1] / held_variance(held)[:, -1]
    assert abs(scaled.mean() - 1) < 4 * np.sqrt(1 / scaled.size)


def test_unborn_fragments_wait_in_place(free: RegionState) -> None:
    waiting = (free.birth_hours > free.hours[..., None])[:, :-1]
    moved = np.abs(np.diff(free.fragment_mm, axis=1)).max((-1, -2, -3))
    assert (moved[waiting] == 0).all()
    assert (moved[~waiting] > 0).all()


def test_the_hidden_state_is_stationary_and_forgets(free: RegionState) -> None:
    hidden, memory = free.hidden_dex, FREE.hidden_hours
    for at in (0, 20, STEPS):
        assert stats.kstest(hidden[:, at] / FREE.hidden_dex, "norm").pvalue > UNLIKELY
    for steps in (1, 10, 30):
        keep = np.exp(-DT * steps / memory)
        surprise = hidden[:, steps:] - keep * hidden[:, :-steps]
        scaled = surprise[:, ::steps] / (FREE.hidden_dex * np.sqrt(1 - keep**2))
        assert abs(scaled.var() - 1) < 4 * np.sqrt(2 / scaled.size)
        before = hidden[:, :-steps][:, ::steps]
        assert abs(np.corrcoef(before.ravel(), scaled.ravel())[0, 1]) < 4 / np.sqrt(scaled.size)


@pytest.mark.parametrize("k", [1, 2])
def test_further_bipoles_emerge_at_the_regions_own_rate(free: RegionState, k: int) -> None:
    """As many in free places as the rates have it, and more where they are high."""
    free_place = np.isinf(free.birth_hours[:, :-1, k]) & np.isfinite(
        free.birth_hours[:, :-1, k - 1]
    )
    taken = free_place & np.isfinite(free.birth_hours[:, 1:, k])
    rate = free.emergence_per_hour[:, :-1]
    p = 1 - np.exp(-rate * DT)
    surprise = np.where(free_place, taken - p, 0.0)
    variance = np.where(free_place, p * (1 - p), 0.0)
    for weight in (np.ones_like(rate), np.log(rate / 0.01), free.hours[:, :-1] - 96):
        assert abs((weight * surprise).sum()) < 4 * np.sqrt((weight**2 * variance).sum())
    assert taken.sum() > 100


def test_bipoles_emerge_in_order_one_at_a_time_and_once(free: RegionState) -> None:
    birth = free.birth_hours
    fixed = np.isfinite(birth[:, :-1])
    np.testing.assert_array_equal(birth[:, 1:][fixed], birth[:, :-1][fixed])
    assert (np.isfinite(birth).sum(-1)[:, 1:] - np.isfinite(birth).sum(-1)[:, :-1] <= 1).all()
    new = np.isfinite(birth[:, 1:]) & ~fixed
    at = np.broadcast_to(free.hours[:, 1:, None], new.shape)
    np.testing.assert_array_equal(birth[:, 1:][new], at[new])
    last = birth[:, -1]
    both = np.isfinite(last[:, 2])
    assert (last[both, 2] > last[both, 1]).all()
    assert (last[:, 0] == 0).all()


@pytest.mark.parametrize("name", ["cells", "grains"])
def test_patterns_renew_themselves_in_the_time_stated(free: RegionState, name: str) -> None:
    """By a radian on average, which leaves the correlation e^(−1/2)."""
    wave = getattr(free, name)
    np.testing.assert_array_equal(wave[..., :2], wave[:, :1, :, :2].repeat(STEPS + 1, 1))
    steps = round({"cells": FREE.cell_hours, "grains": FREE.grain_hours}[name] / DT)
    before, after = (np.cos(wave[:, at, :, 2]).ravel() for at in (5, 5 + steps))
    error = 4 / np.sqrt(before.size)
    assert np.corrcoef(before, after)[0, 1] == pytest.approx(np.exp(-0.5), abs=error + 0.03)


def test_flux_of_the_region_and_its_signs(held: RegionState) -> None:
    some = jax.tree.map(lambda x: jnp.asarray(x[:, 20], jnp.float32), held)
    total = jax.vmap(region.unsigned_flux_mx)(some)
    np.testing.assert_allclose(total, polarity_mx(held)[:, 20].sum((1, 2)), rtol=1e-5)
    sign = np.asarray(jax.vmap(region.signs)(some))
    np.testing.assert_array_equal(sign[:, 0], held.leading_sign[:, 20])
    np.testing.assert_array_equal(sign[:, 1], -sign[:, 0])


def test_equal_suns_are_one_static_argument() -> None:
    traced = []

    @partial(jax.jit, static_argnames="config")
    def months(days, config: SunConfig):
        traced.append(config)
        return days / config.decay_days

    for sun in (SunConfig(), SunConfig(), SunConfig(decay_days=7.0)):
        assert float(months(1.0, config=sun)) == pytest.approx(1 / sun.decay_days)
    assert traced == [SunConfig(), SunConfig(decay_days=7.0)]
    assert hash(SunConfig()) == hash(SunConfig())
    with pytest.raises(dataclasses.FrozenInstanceError):
        SunConfig().steps = 3  # type: ignore[misc]
