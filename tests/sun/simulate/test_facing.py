"""Facing flux against brute force on a fine grid in float64, and against the rendered pixels."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jsolar.sun.fields.keywords import PATCH_KEYWORDS, patch_keywords
from jsolar.sun.simulate import RegionState, SunConfig, evolve, radial_field, scene
from jsolar.sun.simulate.facing import Facing, facing
from jsolar.sun.simulate.region import plage_radius_mm, polarity_centres_mm, unsigned_flux_mx

SUN = SunConfig()
FINE = dataclasses.replace(
    SUN,
    activity_grid=4 * SUN.activity_grid,
    activity_cell_mm=SUN.activity_cell_mm / 4,
)
SOURCES, CASES = 5, 12
REGIONS = 160
QUICK = {"xla_backend_optimization_level": 0}  # to compile
FACE = jax.jit(partial(facing, config=SUN), compiler_options=QUICK)

LIFE = dataclasses.replace(
    SUN, steps=48, step_hours=6.0, fragments=12, cell_waves=8, grain_waves=24
)  # fmt: skip
DEGREES, SIZE = 0.24, 72


def brute_force(flux_mx, place_mm, width_mm, cell_mm: float = 1.0) -> tuple[float, np.ndarray]:
    """∫ g²/(g + g₀) dA and ∫ K B₁ B₂/(B₁ + B₂)/B dA, over the square that the grid covers."""
    half = 0.5 * SUN.activity_grid * SUN.activity_cell_mm
    x = np.arange(-half + cell_mm / 2, half, cell_mm)
    flux, place, width = (np.asarray(a, np.float64) for a in (flux_mx, place_mm, width_mm))
    variance = width**2 + SUN.activity_blur_mm**2
    east = (x - place[..., None, None, 0]) ** 2
    north = (x[:, None] - place[..., None, None, 1]) ** 2
    variance = variance[..., None, None]
    kernel = np.exp(-(east + north) / (2 * variance)) / (2 * np.pi * variance)  # per Mm²
    gauss = (flux[..., None, None] / 1e16 * kernel).sum(1)
    g = np.sqrt(gauss[0] * gauss[1])
    psi = (g**2 / (g + SUN.strong_gauss)).sum() * (cell_mm * 1e8) ** 2
    other = gauss[::-1] / np.maximum(gauss.sum(0), 1e-30)
    return psi, (kernel * other[:, None]).sum((-1, -2)) * cell_mm**2


@pytest.fixture(scope="module")
def cases() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Fluxes, places and widths of either polarity, from weak plage to great spots."""
    rng = np.random.default_rng(3)
    return [
        (
            10 ** rng.uniform(17.5, 20 + 0.2 * case, (2, SOURCES)).astype(np.float32),
            rng.normal(0, 15, (2, SOURCES, 2)).astype(np.float32),
            rng.choice([0.0, 3.0, 12.0, 25.0], (2, SOURCES)).astype(np.float32),
        )
        for case in range(CASES)
    ]


@pytest.mark.parametrize(("sun", "close"), [(FINE, 2e-3), (SUN, 0.03)], ids=["fine", "usual"])
def test_facing_flux_is_the_integral(cases, sun: SunConfig, close: float) -> None:
    """To the accuracy of the grid, whose cells are larger than the blur."""
    face = jax.jit(partial(facing, config=sun), compiler_options=QUICK)
    found = [face(*case) for case in cases]
    psi, share = (np.array(x) for x in zip(*(brute_force(*c) for c in cases), strict=True))
    np.testing.assert_allclose([f.inversion_mx for f in found], psi, rtol=2e-3)
    np.testing.assert_allclose([f.share for f in found], share, rtol=close, atol=close / 4)
    flux = np.array([case[0] for case in cases], np.float64)
    shared = [np.sum(x * flux, axis=-1) for x in ([f.share for f in found], share)]
    np.testing.assert_allclose(*shared, rtol=close)
    assert max(psi) > 1e4 * min(psi), "from weak fields to strong ones"


def test_as_much_of_one_polarity_faces_the_other_as_the_other_way_round(cases) -> None:
    for flux, place, width in cases:
        one, other = (flux * np.asarray(FACE(flux, place, width).share)).sum(1)
        assert one == pytest.approx(other, rel=1e-5)
        assert 0 < one < 0.5 * flux.sum(1).max()


def test_polarities_may_be_named_either_way(cases) -> None:
    for case in cases:
        there = FACE(*case)
        back = FACE(*(a[::-1] for a in case))
        assert float(back.inversion_mx) == pytest.approx(float(there.inversion_mx), rel=1e-5)
        np.testing.assert_allclose(back.share[::-1], there.share, rtol=1e-4, atol=1e-7)


def test_compiled_or_not_the_same(cases) -> None:
    slow = facing(*map(jnp.asarray, cases[-1]), config=SUN)
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-5), slow, FACE(*cases[-1]))


def one_each(distance_mm: float, flux_mx: tuple[float, float]) -> Facing:
    """Two sources of opposite polarity; the others of this shape are empty."""
    flux = np.zeros((2, SOURCES), np.float32)
    flux[:, 0] = flux_mx
    place = np.zeros((2, SOURCES, 2), np.float32)
    place[0, 0, 0], place[1, 0, 0] = distance_mm / 2, -distance_mm / 2
    return FACE(flux, place, np.full((2, SOURCES), 4.0, np.float32))


def test_opposite_polarities_share_more_the_nearer_they_are() -> None:
    near_to_far = [one_each(d, (3e21, 3e21)) for d in (0.0, 8.0, 16.0, 32.0, 64.0)]
    psi = [float(f.inversion_mx) for f in near_to_far]
    share = [float(f.share[0, 0]) for f in near_to_far]
    assert (np.diff(psi) < 0).all()
    assert (np.diff(share) < 0).all()
    assert psi[-1] < 1e-2 * psi[0]
    assert share[0] == pytest.approx(0.5, abs=1e-4)
    assert 0 <= share[-1] < 1e-2


@pytest.mark.parametrize("which", [0, 1])
def test_one_polarity_alone_faces_nothing(which: int) -> None:
    alone = one_each(10.0, (1e22, 0.0) if which == 0 else (0.0, 1e22))
    assert float(alone.inversion_mx) == 0.0
    assert float(alone.share[which, 0]) == 0.0


def test_weak_field_counts_little_and_strong_field_in_proportion() -> None:
    psi = [float(one_each(0.0, (flux, flux)).inversion_mx) for flux in (1e17, 1e18, 1e23)]
    assert psi[1] / psi[0] == pytest.approx(100, rel=0.05)
    assert 0.8e23 < psi[2] < 1e23


@pytest.mark.parametrize("flux_mx", [0.0, 1.0, 1e10, 1e23])
@pytest.mark.parametrize("distance_mm", [0.0, 90.0, 1e4])
def test_no_flux_and_no_place_is_too_much(flux_mx: float, distance_mm: float) -> None:
    found = one_each(distance_mm, (flux_mx, flux_mx))
    assert np.isfinite(found.inversion_mx)
    assert np.isfinite(found.share).all()
    assert 0 <= float(found.inversion_mx) <= flux_mx
    assert float(found.share.min()) >= 0
    assert float(found.share.max()) <= 1.001


@pytest.fixture(scope="module")
def states() -> RegionState:
    """Of many regions, each at a time of its own."""

    def at(key, step):
        return jax.tree.map(lambda x: x[step], evolve(key, LIFE))

    keys = jax.random.split(jax.random.key(8), REGIONS)
    step = np.random.default_rng(1).integers(6, LIFE.steps, REGIONS)
    return jax.jit(jax.vmap(at), compiler_options=QUICK)(keys, step)


def test_a_state_knows_the_facing_flux_of_its_fragments_and_plage(states: RegionState) -> None:
    """Whatever their bipole. Cancellation comes after; so the flux was a little larger."""

    @partial(jax.jit, compiler_options=QUICK)
    @jax.vmap
    def sources(state: RegionState):
        centre = polarity_centres_mm(state, LIFE)[:, :, None]
        radius = jnp.broadcast_to(plage_radius_mm(state, LIFE)[:, None, None], (LIFE.bipoles, 2, 1))
        return (
            jnp.concatenate([state.fragment_mx, state.plage_mx[..., None]], -1),
            jnp.concatenate([state.fragment_mm, centre], 2),
            jnp.concatenate([jnp.zeros_like(state.fragment_mx), radius], -1),
        )

    several = np.flatnonzero(np.isfinite(states.birth_hours[:, 2]))[:4]
    assert len(several) == 4
    kept = np.exp(-LIFE.step_hours / (24 * LIFE.cancel_days))
    for r in several:
        flux, place, width = (
            np.concatenate([x[r, k] for k in range(LIFE.bipoles)], 1) for x in sources(states)
        )
        least = brute_force(flux, place, width, cell_mm=2.0)[0]
        assert 0.998 * least < float(states.inversion_mx[r]) < 1.002 * least / kept**2


def test_facing_flux_can_be_seen(states: RegionState) -> None:
    """In the pixels, free of noise, and it is more than how much flux there is."""

    def measure(state):
        view = scene(state, LIFE)
        field = radial_field(view, size=SIZE, cell_mm=DEGREES * 12.147, config=LIFE)
        return patch_keywords(field, degrees_per_pixel=DEGREES), unsigned_flux_mx(state)

    seen, flux = map(np.asarray, jax.jit(jax.vmap(measure), compiler_options=QUICK)(states))
    catalogued = flux > 3e20
    assert catalogued.sum() > 100
    psi, flux = np.asarray(states.inversion_mx)[catalogued], flux[catalogued]
    column = dict(zip(PATCH_KEYWORDS, seen[catalogued].T, strict=True))
    overlap = 10 ** column["polarity_overlap"]
    assert stats.spearmanr(psi, overlap).statistic > 0.8
    assert stats.spearmanr(psi / flux, overlap / flux).statistic > 0.7
    strong = column["r_value_coarse"] > 0  # an inversion line between strong fields
    assert min(strong.sum(), (~strong).sum()) > 10
    ahead = stats.mannwhitneyu(psi[strong], psi[~strong]).statistic
    assert ahead / (strong.sum() * (~strong).sum()) > 0.85, "probability that it has more"
