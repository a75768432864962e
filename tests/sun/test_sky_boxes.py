"""Headers of simulated disks, read by sunpy and by ourselves; boxes on the sky and back."""

import pathlib
import warnings

import astropy.units as u
import numpy as np
import pytest
import sunpy.map
from astropy.coordinates import SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.sun.files.disk_header import disk_header, write_disk
from jsolar.sun.files.full_disk import read_full_disk, to_map
from jsolar.sun.sky_boxes import heliographic_boxes, pixel_boxes, sky_boxes
from jsolar.sun.sphere import Frame, pixel_of, sphere

FRAME, B0 = Frame(48, radius=0.9), 6.0
TIME = np.datetime64("2011-09-01T12:00:00")
HEADER = disk_header(FRAME, time=TIME, observer_latitude_deg=B0, simulated=True)
SEEN = sphere(FRAME, B0)


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    write_disk(tmp_path / "disk.fits", np.asarray(SEEN.latitude_deg), HEADER)
    return tmp_path / "disk.fits"


def test_sunpy_finds_every_pixel_where_it_is(file: pathlib.Path) -> None:
    """The picture holds latitudes: each pixel's must be that of its coordinates."""
    picture = sunpy.map.Map(file)
    assert picture.observatory == "SIMULATED"
    assert picture.unit == u.G
    row, column = np.indices((48, 48))
    well = np.nan_to_num(SEEN.mu) > 0.2
    place = picture.pixel_to_world(column[well] * u.pix, row[well] * u.pix)
    place = place.transform_to("heliographic_stonyhurst")
    np.testing.assert_allclose(place.lat.deg, picture.data[well], atol=1e-2)
    np.testing.assert_allclose(place.lon.deg, SEEN.longitude_deg[well], atol=1e-2)
    assert picture.observer_coordinate.lat.deg == pytest.approx(B0)
    assert picture.rsun_obs.to_value("arcsec") == pytest.approx(
        FRAME.radius_pixels * picture.scale[0].value, rel=1e-6
    )


def test_our_own_reader_finds_the_disk(file: pathlib.Path) -> None:
    disk = read_full_disk(file)
    assert disk.centre == (23.5, 23.5)
    assert disk.radius_pixels == pytest.approx(FRAME.radius_pixels)
    assert (disk.observer_latitude_deg, disk.time) == (B0, TIME)
    np.testing.assert_array_equal(disk.on_disk, np.isfinite(SEEN.mu))
    assert to_map(disk).data.shape == (48, 48)


boxes = st.lists(
    st.tuples(st.floats(0, 40), st.floats(0, 40), st.floats(0.5, 8), st.floats(0.5, 8)),
    min_size=0,
    max_size=5,
)


@settings(max_examples=25, deadline=None)
@given(boxes)
def test_boxes_come_back(sides: list[tuple[float, ...]]) -> None:
    given_boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in sides]).reshape(-1, 4)
    corners = sky_boxes(given_boxes, HEADER)
    assert corners.shape == (len(sides), 2)
    np.testing.assert_allclose(pixel_boxes(corners, HEADER), given_boxes, atol=1e-4)
    turned = corners[:, ::-1]
    np.testing.assert_allclose(pixel_boxes(turned, HEADER), given_boxes, atol=1e-4)


def test_corners_are_edges_of_pixels() -> None:
    """One pixel, against the scale; the sunpy map of the same header draws it there."""
    corners = sky_boxes(np.array([[24.0, 24.0, 25.0, 25.0]]), HEADER)
    scale = HEADER["CDELT1"]
    np.testing.assert_allclose(corners.Tx.to_value("arcsec"), [[0.0, scale]], atol=1e-6)
    np.testing.assert_allclose(corners.Ty.to_value("arcsec"), [[0.0, scale]], atol=1e-6)


def test_middles_on_the_sun_and_beside_it() -> None:
    row, column = np.asarray(pixel_of(FRAME, B0, latitude_deg=-20.0, longitude_deg=35.0)) + 0.5
    found = heliographic_boxes(
        np.array([[column - 1, row - 1, column + 1, row + 1], [0.0, 0.0, 2.0, 2.0]]), HEADER
    )
    assert found[0].lat.deg == pytest.approx(-20.0, abs=0.01)
    assert found[0].lon.deg == pytest.approx(35.0, abs=0.01)
    assert np.isnan(found[1].lat.deg)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(found, SkyCoord)


@pytest.mark.realdata
def test_the_real_disk_too(realdata: pathlib.Path) -> None:
    """HMI's own header, turned with its pixels: the middle of the picture is B0, L0 = 0."""
    (path,) = (realdata / "full_disk").glob("*.fits")
    disk = read_full_disk(path)
    y, x = disk.centre
    found = heliographic_boxes(
        np.array([[x - 9.5, y - 9.5, x + 10.5, y + 10.5]]), to_map(disk).meta
    )
    assert found[0].lat.deg == pytest.approx(disk.observer_latitude_deg, abs=0.02)
    assert found[0].lon.deg == pytest.approx(0.0, abs=0.1)  # SDO orbits the Earth
