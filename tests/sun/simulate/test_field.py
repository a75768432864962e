"""Pictures against integrals of Gaussians in float64, conservation of flux, optics and noise."""

import dataclasses
import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jsolar.sun.simulate import (
    RegionState,
    Scene,
    SunConfig,
    cos_heliocentric,
    frames_at,
    picture,
    picture_keys,
    radial_field,
    scene,
    texture,
)
from jsolar.sun.simulate.field import Gaussians, centred, surface_field

SUN = SunConfig()
PLAIN = dataclasses.replace(
    SUN, grain_contrast=0.0, spot_contrast=0.0, lane_width=1e3, saturation_gauss=1e9, psf_mm=1.5
)  # fmt: skip
"""Without textures and saturation."""

MANY, SIZE = 40, 48
MM_PER_DEGREE = math.pi / 180 * 696
DEGREES = 0.12
QUICK = {"xla_backend_optimization_level": 0}  # to compile
quick = partial(jax.jit, compiler_options=QUICK)
render = quick(radial_field, static_argnames=("size", "cell_mm", "config"))
HOW = {"size": SIZE, "degrees_per_pixel": DEGREES}


@partial(quick, static_argnums=(2, 3))
def shoot(keys, view: Scene, sun: SunConfig, noise: bool) -> jax.Array:
    """Pictures of the same scene."""
    return jax.vmap(lambda key: picture(key, view, **HOW, config=sun, noise=noise))(keys)


@quick
def film(key, states: RegionState) -> jax.Array:
    return frames_at(key, states, **HOW, config=SUN)


KEYS = jax.random.split(jax.random.key(0), MANY)


def waves(rng: np.random.Generator, count: int, length_mm: float) -> jax.Array:
    turn, phase = rng.uniform(0, 2 * np.pi, (2, count))
    k = 2 * np.pi / (length_mm * np.exp(0.3 * rng.normal(size=count)))
    return jnp.asarray(np.stack([k * np.cos(turn), k * np.sin(turn), phase], -1), jnp.float32)


def gaussians(flux_mx, place_mm, width_mm) -> Gaussians:
    return Gaussians(*(jnp.asarray(x, jnp.float32) for x in (flux_mx, place_mm, width_mm)))


@pytest.fixture(scope="module")
def view() -> Scene:
    """Spots, pores and plage of either sign, off the centre of the disk."""
    rng = np.random.default_rng(2)
    sign = np.array([1, -1] * 6)
    return Scene(
        gaussians(
            sign * 10 ** rng.uniform(19, 21.3, 12), rng.normal(0, 12, (12, 2)), np.arange(12) / 2
        ),
        gaussians([4e21, -4e21, 3e20, -1e20], [[9, 2], [-7, -4], [0, 9], [5, 5]], [10, 14, 4, 5]),
        waves(rng, 12, 64.0),
        waves(rng, 40, 8.0),
        jnp.float32(20.0),
        jnp.float32(-50.0),
    )


def only(view: Scene, flux_mx: float, width_mm: float, place_mm=(0.0, 0.0)) -> Scene:
    """One fragment and nothing else, at the centre of the disk."""
    flux = [flux_mx] + 11 * [0.0]
    return at(view, 0.0, 0.0)._replace(
        fragments=gaussians(flux, 12 * [place_mm], 12 * [width_mm]), plage=without(view.plage)
    )


def without(source: Gaussians) -> Gaussians:
    return source._replace(flux_mx=jnp.zeros_like(source.flux_mx))


def at(view: Scene, latitude_deg: float, longitude_deg: float) -> Scene:
    place = jnp.float32(latitude_deg), jnp.float32(longitude_deg)
    return view._replace(latitude_deg=place[0], longitude_deg=place[1])


def sum_of_gaussians(view: Scene, size: int, cell_mm: float, psf_mm: float) -> np.ndarray:
    """Mean of each in each cell, float64; seen slantwise, the point spread is wider."""
    edges = (np.arange(size + 1) - size / 2) * cell_mm
    wider = psf_mm / np.cos(np.deg2rad([float(view.longitude_deg), float(view.latitude_deg)]))
    field = np.zeros((size, size))
    for source in (view.fragments, view.plage):
        for flux, place, width in zip(*(np.asarray(x, np.float64) for x in source), strict=True):
            x, y = (
                np.diff(stats.norm.cdf(edges, place[i], np.hypot(width, wider[i]))) for i in (0, 1)
            )
            field += flux / (cell_mm * 1e8) ** 2 * np.outer(y, x)
    return field


def moments(field) -> tuple[float, float]:
    """Variance along x and along y, in cells."""
    weight = np.asarray(field, np.float64)
    line = np.arange(len(weight)) - (len(weight) - 1) / 2
    return tuple(float((weight.sum(axis) * line**2).sum() / weight.sum()) for axis in (0, 1))


@pytest.mark.parametrize("cell_mm", [1.0, 3.0])
def test_field_is_the_sum_of_gaussians_averaged_over_cells(view: Scene, cell_mm: float) -> None:
    field = render(view, size=SIZE, cell_mm=cell_mm, config=PLAIN)
    expected = sum_of_gaussians(view, SIZE, cell_mm, PLAIN.psf_mm)
    np.testing.assert_allclose(field, expected, atol=1e-4 * np.abs(expected).max(), rtol=1e-3)
    assert expected.max() > 100 < -expected.min()


def test_no_flux_is_lost_if_the_picture_is_wide_enough(view: Scene) -> None:
    cell_mm = 3.0
    field = np.asarray(render(view, size=SIZE, cell_mm=cell_mm, config=PLAIN), np.float64)
    truth = sum(float(x.flux_mx.sum()) for x in (view.fragments, view.plage))
    total = sum(float(jnp.abs(x.flux_mx).sum()) for x in (view.fragments, view.plage))
    assert abs(field.sum() * (cell_mm * 1e8) ** 2 - truth) < 2e-3 * total
    assert abs(truth) > 2e-2 * total


def test_north_is_up_and_west_is_right(view: Scene) -> None:
    field = render(only(view, 1e21, 2.0, (15.0, -9.0)), size=SIZE, cell_mm=1.0, config=PLAIN)
    row, column = np.unravel_index(np.argmax(field), field.shape)
    assert (column + 0.5 - SIZE / 2, row + 0.5 - SIZE / 2) == pytest.approx((15, -9), abs=0.51)


@pytest.mark.parametrize("sign", [1, -1])
def test_no_pixel_exceeds_the_saturation(view: Scene, sign: int) -> None:
    hard = dataclasses.replace(PLAIN, saturation_gauss=2500.0)
    spot = only(view, sign * 2e22, 5.0)
    plain, field = (render(spot, size=SIZE, cell_mm=1.0, config=sun) for sun in (PLAIN, hard))
    assert np.abs(plain).max() > 5000
    assert 2400 < sign * np.asarray(field)[SIZE // 2, SIZE // 2] <= 2500
    np.testing.assert_allclose(field, 2500 * np.tanh(np.asarray(plain) / 2500), rtol=1e-4, atol=0.1)


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(0.0, 0.0), (0.0, 60.0), (40.0, 0.0), (-30.0, -70.0), (0.0, 89.0)]
)
def test_the_point_spread_covers_more_of_the_sun_toward_the_limb(
    view: Scene, latitude: float, longitude: float
) -> None:
    """1/cos(longitude) along x, 1/cos(latitude) along y, five times at most; flux stays."""
    star = at(only(view, 1e20, 1.0), latitude, longitude)
    field = render(star, size=SIZE, cell_mm=3.0, config=PLAIN)
    for found, angle in zip(moments(field), (longitude, latitude), strict=True):
        spread = PLAIN.psf_mm / max(np.cos(np.deg2rad(angle)), 0.2)
        assert 9 * found == pytest.approx(1.0 + spread**2 + 9 / 12, rel=0.01)
    assert float(field.sum()) * 9e16 == pytest.approx(1e20, rel=1e-3)


def test_textures_clump_spots_and_plage_each_in_their_way(view: Scene) -> None:
    """Spots by their own contrast; plage by grains and in lanes, where supergranules end."""
    look = partial(render, size=SIZE, cell_mm=3.0)
    clumped = dataclasses.replace(PLAIN, spot_contrast=0.8)
    gathered = dataclasses.replace(PLAIN, grain_contrast=0.4, lane_width=0.4)

    def ratio(seen: Scene, sun: SunConfig) -> np.ndarray:
        field, plain = (np.asarray(look(seen, config=c), np.float64) for c in (sun, PLAIN))
        return np.divide(field, plain, out=np.full_like(plain, np.nan), where=np.abs(plain) > 20)

    spots, plage = (
        view._replace(**{name: without(getattr(view, name))}) for name in ("plage", "fragments")
    )
    assert np.nanstd(ratio(spots, clumped)) > 0.3
    assert np.nanstd(ratio(plage, gathered)) > 0.3
    np.testing.assert_allclose(np.nan_to_num(ratio(spots, gathered), nan=1.0), 1, atol=1e-3)
    np.testing.assert_allclose(np.nan_to_num(ratio(plage, clumped), nan=1.0), 1, atol=1e-3)
    lanes = ratio(plage, gathered)
    cells = np.asarray(texture.random_field(view.cells, size=SIZE, cell_mm=3.0))
    there = ~np.isnan(lanes)
    assert stats.spearmanr(np.abs(cells)[there], lanes[there]).statistic < -0.4


@pytest.fixture(scope="module")
def network(view: Scene) -> np.ndarray:
    """Many pictures of the quiet Sun in one place, B_r, ``[picture, h, w]``."""
    empty = only(view, 0.0, 1.0)
    look = partial(surface_field, size=SIZE, cell_mm=1.0, config=SUN)
    return np.asarray(quick(jax.vmap(look, (0, None)))(KEYS, empty), np.float64)


def test_the_network_has_the_stated_strength_and_few_strong_grains(network: np.ndarray) -> None:
    inner = network[:, 8:-8, 8:-8]
    picture_rms = np.sqrt((inner**2).mean(0))
    assert np.sqrt((inner**2).mean()) == pytest.approx(SUN.network_gauss, rel=0.2), "one place"
    means = inner.mean((1, 2))
    assert abs(means.mean()) < 4 * means.std() / np.sqrt(MANY)
    assert stats.kurtosis(inner.ravel()) > 3
    assert picture_rms.max() > 1.3 * picture_rms.min(), "lanes"


def test_over_many_places_the_network_has_the_stated_strength(view: Scene) -> None:
    def square(key):
        cell_key, grain_key, picture_key = jax.random.split(key, 3)
        cells = texture.waves(cell_key, SUN.cell_waves, 2 * SUN.cell_mm, SUN.cell_spread)
        grains = texture.waves(grain_key, 16, SUN.grain_mm, SUN.grain_spread)
        there = only(view, 0.0, 1.0)._replace(cells=cells, grains=grains)
        field = surface_field(picture_key, there, size=32, cell_mm=1.0, config=SUN)
        return jnp.square(field).mean()

    found = np.asarray(quick(jax.vmap(square))(jax.random.split(KEYS[0], 300)), np.float64)
    error = found.std() / np.sqrt(found.size)
    assert abs(found.mean() - SUN.network_gauss**2) < 4 * error < 0.2 * SUN.network_gauss**2


def test_grains_of_the_network_have_the_stated_size(network: np.ndarray) -> None:
    """Smoothed noise, so that z = B/√|B| has the correlation e^(−d²/4s²) at a distance d."""
    z = np.sign(network) * np.sqrt(np.abs(network))
    for distance in (1, 2, 3):
        near = np.corrcoef(
            z[:, 8:-8, 8:-8].ravel(), z[:, 8:-8, 8 + distance : SIZE - 8 + distance].ravel()
        )
        expected = np.exp(-(distance**2) / (4 * SUN.network_scale_mm**2))
        assert near[0, 1] == pytest.approx(expected, abs=0.05)
    far = np.corrcoef(network[:, 8:28].ravel(), network[:, 20:40].ravel())[0, 1]
    assert abs(far) < 0.05


def test_the_network_renews_itself_but_its_lanes_stay(network: np.ndarray) -> None:
    flat = network.reshape(MANY, -1)
    between = np.corrcoef(flat)[np.triu_indices(MANY, 1)]
    strength = np.corrcoef(np.abs(flat))[np.triu_indices(MANY, 1)]
    assert abs(between.mean()) < 4 * between.std() / np.sqrt(MANY)
    assert np.abs(between).max() < 0.5
    assert strength.mean() > 8 * strength.std() / np.sqrt(strength.size)


def test_same_key_same_picture_and_another_key_another(view: Scene) -> None:
    first, again, other = (shoot(keys, view, SUN, True) for keys in (KEYS, KEYS, KEYS[::-1]))
    np.testing.assert_array_equal(first, again)
    assert (np.asarray(first) != np.asarray(other)).mean() > 0.99


def test_noise_is_all_that_differs_from_the_picture_free_of_noise(view: Scene) -> None:
    """N(0, noise) in every pixel of every picture, wherever the region is."""
    for place in ((0.0, 0.0), (20.0, -65.0)):
        there = at(view, *place)
        seen, clean = (np.asarray(shoot(KEYS, there, SUN, n), np.float64) for n in (True, False))
        noise = (seen - clean) / SUN.noise_gauss
        assert stats.kstest(noise.ravel()[::11], "norm").pvalue > 1e-4
        assert abs(noise.std() - 1) < 4 / np.sqrt(2 * noise.size)
        for a, b in (
            (noise[:, 1:], noise[:, :-1]),
            (noise[..., 1:], noise[..., :-1]),
            (noise[1:], noise[:-1]),
            (noise, clean),
        ):
            assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 4 / np.sqrt(a.size)


def test_the_line_of_sight_takes_its_share_of_the_radial_field(view: Scene) -> None:
    """B_los = μ B_r, of the region and of the network, which is all that is added to it."""
    sharp = dataclasses.replace(SUN, psf_mm=1e-3)
    centre = np.asarray(shoot(KEYS, at(view, 0.0, 0.0), sharp, False), np.float64)
    for latitude, longitude in ((0.0, 60.0), (-35.0, -50.0)):
        mu = np.cos(np.deg2rad(latitude)) * np.cos(np.deg2rad(longitude))
        slanted = shoot(KEYS, at(view, latitude, longitude), sharp, False)
        np.testing.assert_allclose(slanted, mu * centre, rtol=2e-3, atol=0.05)
    cell_mm = DEGREES * MM_PER_DEGREE
    field = render(at(view, 0.0, 0.0), size=SIZE, cell_mm=cell_mm, config=sharp)
    added = centre - np.asarray(field)
    assert added.std() == pytest.approx(SUN.network_gauss, rel=0.25), "in lanes of one place"
    assert abs(np.corrcoef(added.mean(0).ravel(), np.ravel(field))[0, 1]) < 0.1
    assert np.abs(field).max() > 20 * SUN.network_gauss


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [(0.0, 0.0, 1.0), (60.0, 0.0, 0.5), (0.0, -60.0, 0.5), (45.0, 45.0, 0.5), (0.0, 90.0, 0.0)],
)
def test_cosine_of_the_heliocentric_angle(
    latitude: float, longitude: float, expected: float
) -> None:
    mu = cos_heliocentric(jnp.float32(latitude), jnp.float32(longitude))
    assert float(mu) == pytest.approx(expected, abs=1e-6)


STEPS, BIPOLES, FRAGMENTS = 6, 2, 3


@pytest.fixture(scope="module")
def states() -> RegionState:
    """Six times of a region with leading axis, not all of which follow one another."""
    rng = np.random.default_rng(7)
    t, k, f = STEPS, BIPOLES, FRAGMENTS
    step = np.array([0, 1, 2, 7, 40, 200])
    still = {
        "latitude_deg": np.array(-12.0),
        "leading_sign": np.array(-1.0),
        "emergence_per_hour": np.array(0.0),
        "birth_hours": np.array([0.0, 9.0]),
        "flux_mx": np.array([8e21, 2e21]),
        "centre_mm": np.array([[0.0, 0.0], [6.0, -8.0]]),
        "axis_rad": np.array([0.2, 2.0]),
        "shear_rad": np.array([0.5, -0.3]),
        "apart_mm": np.array([35.0, 20.0]),
        "patch_mm": np.array([9.0, 5.0]),
        "share": rng.dirichlet(np.ones(f), (k, 2)),
        "anchor_mm": rng.normal(0, 5, (k, 2, f, 2)),
    }
    moving = {
        "hours": SUN.step_hours * step,
        "longitude_deg": -60 + 13.2 * SUN.step_hours / 24 * step,
        "hidden_dex": rng.normal(size=t),
        "fragment_mm": rng.normal(0, 12, (t, k, 2, f, 2)),
        "fragment_mx": 10 ** rng.uniform(19, 21.2, (t, k, 2, f)),
        "plage_mx": 10 ** rng.uniform(20, 21.5, (t, k, 2)),
        "inversion_mx": rng.uniform(size=t),
    }
    pattern = {"cells": waves(rng, 12, 64.0), "grains": waves(rng, 40, 8.0)}
    fixed = {name: np.stack([np.asarray(x)] * t) for name, x in (still | pattern).items()}
    return RegionState(
        **{name: jnp.asarray(x, jnp.float32) for name, x in (fixed | moving).items()}
    )


@pytest.fixture(scope="module")
def views(states: RegionState) -> Scene:
    return quick(jax.vmap(partial(scene, config=SUN)))(states)


def test_a_scene_holds_every_fragment_with_its_sign_place_and_width(states, views) -> None:
    flux = np.asarray(states.fragment_mx, np.float64)
    sign = np.asarray(states.leading_sign)[:, None, None, None] * np.array([1, -1])[:, None]
    peak = SUN.plage_gauss + SUN.spot_gauss * flux / (flux + SUN.spot_flux_mx)
    width = np.sqrt(flux / (2 * np.pi * peak)) / 1e8
    close = partial(np.testing.assert_allclose, rtol=1e-5)
    close(views.fragments.flux_mx, (sign * flux).reshape(STEPS, -1))
    close(views.fragments.place_mm, states.fragment_mm.reshape(STEPS, -1, 2))
    close(views.fragments.width_mm, width.reshape(STEPS, -1))
    for name in ("cells", "grains", "latitude_deg", "longitude_deg"):
        np.testing.assert_array_equal(getattr(views, name), getattr(states, name))


def test_a_scene_holds_the_plage_of_every_polarity(states, views) -> None:
    s = jax.tree.map(lambda x: np.asarray(x, np.float64), states)
    age = np.maximum(s.hours[:, None] - s.birth_hours, 0)
    grown = 1 - np.exp(-age / (24 * SUN.rise_days * (s.flux_mx / 1e22) ** SUN.rise_power))
    angle = s.axis_rad + s.shear_rad * grown
    half = 0.5 * (s.apart_mm * grown)[..., None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    centre = np.stack([s.centre_mm + half, s.centre_mm - half], 2)
    width = np.sqrt((SUN.plage_start * s.patch_mm) ** 2 + 2 * SUN.diffusion_mm2_per_hour * age)
    close = partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-3)
    close(views.plage.flux_mx, (s.plage_mx * [-1, 1]).reshape(STEPS, -1))
    close(views.plage.place_mm, centre.reshape(STEPS, -1, 2))
    close(views.plage.width_mm, width.repeat(2, axis=1))


def moved(view: Scene, mm: np.ndarray) -> Scene:
    """The scene somewhere else: flux at x + d, and waves cos(k · (x − d) + φ)."""
    fragments, plage = (
        part._replace(place_mm=part.place_mm + mm) for part in (view.fragments, view.plage)
    )
    cells, grains = (wave.at[:, 2].add(-(wave[:, :2] @ mm)) for wave in (view.cells, view.grains))
    return view._replace(fragments=fragments, plage=plage, cells=cells, grains=grains)


def test_a_scene_is_moved_to_the_centroid_of_its_flux_with_its_texture(views) -> None:
    view = jax.tree.map(lambda x: x[4], views)
    how = {"size": 96, "cell_mm": 3.0, "config": SUN}
    field = np.asarray(render(view, **how))
    beside = np.asarray(render(moved(view, np.array([9.0, -6.0], np.float32)), **how))
    np.testing.assert_allclose(beside[:-2, 3:], field[2:, :-3], atol=0.5)
    flux, place = (
        np.concatenate([np.asarray(getattr(part, name)) for part in (view.fragments, view.plage)])
        for name in ("flux_mx", "place_mm")
    )
    middle = np.average(place, axis=0, weights=np.abs(flux))
    assert np.abs(middle).max() > 1
    ours = np.asarray(render(centred(view), **how))
    np.testing.assert_allclose(ours, render(moved(view, -middle), **how), atol=0.5)
    y, x = np.indices(ours.shape) - 47.5
    strong = np.abs(ours)
    assert [abs((i * strong).sum() / strong.sum()) < 1.5 for i in (x, y)] == [True, True]


def test_a_scene_without_flux_stays(views) -> None:
    view = jax.tree.map(lambda x: x[0], views)
    nothing = view._replace(
        fragments=view.fragments._replace(flux_mx=0 * view.fragments.flux_mx),
        plage=view.plage._replace(flux_mx=0 * view.plage.flux_mx),
    )
    jax.tree.map(np.testing.assert_array_equal, centred(nothing), nothing)


@quick
def keys_of(key, states: RegionState) -> jax.Array:
    return picture_keys(key, states, SUN)


def test_pictures_have_keys_by_their_hour(states: RegionState) -> None:
    def raw(some: RegionState, key=KEYS[0]) -> np.ndarray:
        return np.asarray(jax.random.key_data(keys_of(key, some)))

    keys = raw(states)
    assert len(np.unique(keys, axis=0)) == STEPS
    back = jax.tree.map(lambda x: x[::-1], states)
    np.testing.assert_array_equal(raw(back), keys[::-1])
    shaken = states._replace(hours=states.hours + 1e-3, longitude_deg=0 * states.longitude_deg)
    np.testing.assert_array_equal(raw(shaken), keys)
    assert not (raw(states, key=KEYS[1]) == keys).all(1).any()


def test_frames_are_pictures_of_the_scenes_whatever_the_other_states(states, views) -> None:
    frames = np.asarray(film(KEYS[0], states))
    assert frames.shape == (STEPS, SIZE, SIZE)
    close = partial(np.testing.assert_allclose, rtol=1e-4, atol=0.02)
    few = np.array([5, 3, 1])
    close(film(KEYS[0], jax.tree.map(lambda x: x[few], states)), frames[few])
    keys = keys_of(KEYS[0], states)
    for t in (0, 4):
        view = jax.tree.map(lambda x: x[t], views)  # noqa: B023
        close(shoot(jnp.tile(keys[t], MANY), view, SUN, True)[0], frames[t])
