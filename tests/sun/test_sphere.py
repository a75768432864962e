"""Pixels of the whole disk and places on the Sun, against sunpy and against each other."""

import astropy.units as u
import jax.numpy as jnp
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from sunpy.coordinates import HeliographicStonyhurst, Helioprojective

from jsolar.sun.fields.cea import mu, stonyhurst_to_plane
from jsolar.sun.sphere import Frame, pixel_of, plane_mm, sphere

B0 = -6.5
FRAME = Frame(40, radius=0.9)


def test_places_are_those_of_sunpy() -> None:
    """Sight lines through pixel centres, from one astronomical unit."""
    observer = HeliographicStonyhurst(0 * u.deg, B0 * u.deg, 1 * u.au, obstime="2014-03-01")
    limb = np.arcsin(696.0 / 149_597.8707)
    along = ((np.arange(40) + 0.5) / 20 - 1) / 0.9 * limb * u.rad
    x, y = np.meshgrid(along, along)
    frame = Helioprojective(observer=observer, obstime=observer.obstime, rsun=696 * u.Mm)
    theirs = SkyCoord(x, y, frame=frame).transform_to(HeliographicStonyhurst)
    ours = sphere(FRAME, B0)
    on_disk = np.hypot(x.value, y.value) < limb
    np.testing.assert_array_equal(np.isfinite(ours.mu), on_disk)
    well = on_disk & (np.asarray(ours.mu) > 0.2)  # float32 is coarse beside the limb
    np.testing.assert_allclose(ours.latitude_deg[well], theirs.lat.deg[well], atol=5e-3)
    np.testing.assert_allclose(ours.longitude_deg[well], theirs.lon.deg[well], atol=5e-3)


def test_the_angle_to_the_vertical() -> None:
    """Against the formula for an observer far away, which is off by a quarter of a degree."""
    far = sphere(Frame(40, radius=0.9, distance_mm=1e7), B0)
    wanted = mu(
        np.asarray(far.latitude_deg), np.asarray(far.longitude_deg), observer_latitude_deg=B0
    )
    np.testing.assert_allclose(far.mu, wanted, atol=2e-3)
    near = sphere(FRAME, B0)
    assert float(jnp.nanmin(near.mu)) > 0


def test_pixels_are_where_places_are_seen() -> None:
    seen = sphere(FRAME, B0)
    row, column = np.indices((40, 40))
    well = np.nan_to_num(seen.mu) > 0.2
    place = {"latitude_deg": seen.latitude_deg[well], "longitude_deg": seen.longitude_deg[well]}
    found = pixel_of(FRAME, B0, **place)
    np.testing.assert_allclose(found, np.stack([row[well], column[well]], -1), atol=2e-3)


def test_the_far_side_is_not_seen() -> None:
    longitude = jnp.array([0.0, 89.0, 90.0, 135.0, 180.0])
    found = pixel_of(FRAME, 0.0, latitude_deg=0.0, longitude_deg=longitude)
    assert np.isfinite(found[:, 0]).tolist() == [True, True, False, False, False]
    middle = pixel_of(FRAME, B0, latitude_deg=B0, longitude_deg=0.0)
    np.testing.assert_allclose(middle, [19.5, 19.5], atol=1e-4)


@pytest.mark.parametrize("middle", [(0.0, 0.0), (-35.0, 50.0), (70.0, -80.0)])
def test_the_plane_is_that_of_sharps(middle: tuple[float, float]) -> None:
    seen = sphere(FRAME, B0)
    latitude, longitude = (np.asarray(x) for x in (seen.latitude_deg, seen.longitude_deg))
    at = {"middle_latitude_deg": middle[0], "middle_longitude_deg": middle[1]}
    x, y = plane_mm(seen.latitude_deg, seen.longitude_deg, **at)
    wanted = stonyhurst_to_plane(
        latitude.astype(float), longitude.astype(float),
        latitude_deg=middle[0], longitude_deg=middle[1],
    )  # fmt: skip
    before = np.isfinite(x)
    assert before.any()
    scale = 696.0 * np.pi / 180
    np.testing.assert_allclose(x[before], scale * wanted[0][before], atol=2e-2)
    np.testing.assert_allclose(y[before], scale * wanted[1][before], atol=2e-2)
