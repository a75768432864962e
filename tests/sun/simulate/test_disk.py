"""The simulated disk: flux is kept, foreshortening is that of a sphere, the quiet Sun is quiet."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.sun.simulate import SunConfig, cycle, evolve
from jsolar.sun.simulate.disk import DiskConfig, disk_field, observe_disk
from jsolar.sun.simulate.field import Scene, centred, radial_field, scene
from jsolar.sun.simulate.quiet import quiet_sun
from jsolar.sun.sphere import Frame, pixel_of, sphere

SUN = SunConfig(
    steps=40, bipoles=1, fragments=4, clusters=2, cell_waves=4, grain_waves=8, activity_grid=8,
    grain_contrast=0.0, spot_contrast=0.0, lane_width=1e3, saturation_gauss=1e9, psf_mm=3.0,
    flux_log10_mx=22.3, flux_spread_dex=0.1,
)  # fmt: skip
"""One bipole without texture, so that flux is what it is."""

CONFIG = DiskConfig(size=128, finer=2)
PLACES = ((0.0, 0.0), (20.0, 45.0), (-30.0, -60.0), (10.0, 170.0))
QUICK = {"xla_backend_optimization_level": 0}  # to compile


@pytest.fixture(scope="module")
def view() -> Scene:
    """A region after five days, about its centroid."""
    states = jax.jit(evolve, static_argnames="config")(jax.random.key(3), SUN, 0.4)
    return centred(scene(jax.tree.map(lambda x: x[-1], states), SUN))


@partial(jax.jit, compiler_options=QUICK)
def render(key, scenes: Scene, present: jax.Array, b0: float) -> jax.Array:
    return disk_field(
        key, scenes, present, observer_latitude_deg=b0, config=CONFIG, sun=SUN
    )  # fmt: skip


def moved(view: Scene, place: tuple[float, float]) -> Scene:
    return view._replace(latitude_deg=jnp.array(place[0]), longitude_deg=jnp.array(place[1]))


def disk_with(view: Scene, place: tuple[float, float], b0: float = 0.0) -> np.ndarray:
    """The field that a region adds at a place, B_los."""
    one = jax.tree.map(lambda x: x[None], moved(view, place))
    key = jax.random.key(0)
    with_it, without = (render(key, one, jnp.array([flag]), b0) for flag in (True, False))
    return np.asarray(with_it - without)


@pytest.mark.parametrize("place", PLACES[:3])
@pytest.mark.parametrize("b0", [0.0, 7.0])
def test_unsigned_flux_is_what_it_is_anywhere(
    view: Scene, place: tuple[float, float], b0: float
) -> None:
    """∫ |B_los| / μ dA with dA = pixel² / μ is the flux that a plane above the region has."""
    mu = np.asarray(sphere(CONFIG.fine, b0).mu)
    field = disk_with(view, place, b0)
    cell_cm2 = (CONFIG.fine.pixel_mm * 1e8) ** 2
    flux = np.nansum(np.abs(field) / mu**2) * cell_cm2
    plane = radial_field(moved(view, place), size=128, cell_mm=3.0, config=SUN)
    assert flux == pytest.approx(float(jnp.abs(plane).sum()) * (3.0 * 1e8) ** 2, rel=0.1)


@pytest.mark.parametrize("place", PLACES[:3])
def test_a_region_is_where_it_is(view: Scene, place: tuple[float, float]) -> None:
    """The centroid of its flux on the Sun is its place; pixels are found through the sphere."""
    seen = sphere(CONFIG.fine, 5.0)
    weight = np.nan_to_num(np.abs(disk_with(view, place, 5.0)) / np.asarray(seen.mu) ** 2)
    latitude, longitude = (
        float((np.nan_to_num(x) * weight).sum() / weight.sum())
        for x in (seen.latitude_deg, seen.longitude_deg)
    )
    assert latitude == pytest.approx(place[0], abs=0.6)
    assert longitude == pytest.approx(place[1], abs=0.8)


def test_what_is_behind_the_limb_or_absent_is_not_seen(view: Scene) -> None:
    assert not np.nan_to_num(disk_with(view, PLACES[3])).any()


def test_leading_flux_lies_to_the_west(view: Scene) -> None:
    """Columns run to the west: the leading polarity, negative here if north, has larger columns."""
    field = np.nan_to_num(disk_with(view, (15.0, 0.0)))
    column = np.arange(CONFIG.fine.size)
    positive, negative = (np.clip(sign * field, 0, None) for sign in (1, -1))
    west = [float((column * part).sum() / part.sum()) for part in (positive, negative)]
    flux, x = np.asarray(view.fragments.flux_mx), np.asarray(view.fragments.place_mm)[:, 0]
    leads = np.sign(flux[np.argmax(x)])
    assert (west[0] > west[1]) == (leads > 0)


def test_pixels_are_means_and_noise_averages_out() -> None:
    config = DiskConfig(size=64, finer=2)
    fine = jax.random.normal(jax.random.key(1), (128, 128)).at[0, 0].set(jnp.nan)
    seen = np.asarray(observe_disk(jax.random.key(2), fine, config, SUN))
    assert np.isnan(seen[0, 0])
    assert np.isnan(seen).sum() == 1
    means = np.asarray(fine).reshape(64, 2, 64, 2).mean((1, 3))
    noise = 6.3 * 0.3656 / config.frame.pixel_mm
    assert np.nanstd(seen - means) == pytest.approx(noise, rel=0.05)


def test_one_sun_at_two_resolutions() -> None:
    """The same key and the same fine pixels: a picture and the one its truth is made of."""
    coarse, full = DiskConfig(size=64, finer=2), DiskConfig(size=128, finer=1)
    assert coarse.fine == full.fine == full.frame


def test_the_quiet_sun_is_as_strong_as_measured() -> None:
    """Shares of pixels that were counted on a real magnetogram, within 40 %; belts are stronger."""
    seen = sphere(Frame(512), 0.0)
    phase = 0.28  # December 2011
    field = np.asarray(quiet_sun(jax.random.key(0), seen, phase=phase, sun=SunConfig()))
    latitude = np.abs(np.asarray(seen.latitude_deg))
    central = np.nan_to_num(np.asarray(seen.mu)) > 0.6
    for where, wanted in ((latitude < 8, (2.7, 11.2, 82.5)), (latitude >= 8, (3.4, 18.0, 140.3))):
        belt = central & where & (latitude < 30)
        found = np.percentile(np.abs(field[belt]), [50, 90, 99.5])
        np.testing.assert_allclose(found, wanted, rtol=0.4)


def test_remnants_follow_the_cycle() -> None:
    """At minimum there are none, and the belts are not stronger than the equator."""
    seen = sphere(Frame(256), 0.0)
    strong = [
        float(jnp.abs(quiet_sun(jax.random.key(1), seen, phase=p, sun=SunConfig())).mean())
        for p in (0.4, 0.01)
    ]
    assert strong[0] > 1.2 * strong[1]
    assert float(cycle.activity(0.01)) < 0.01


def test_the_place_of_the_frame_is_the_middle() -> None:
    found = pixel_of(CONFIG.frame, 3.0, latitude_deg=3.0, longitude_deg=0.0)
    np.testing.assert_allclose(found, [63.5, 63.5], atol=1e-3)
