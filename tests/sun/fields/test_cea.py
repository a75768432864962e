"""Where the pixels of a patch lie, against WCS, unit vectors and published extents."""

import pathlib

import numpy as np
import pytest
from astropy.wcs import WCS
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.sun.fields.cea import cea_to_stonyhurst, mu
from jsolar.sun.files.fits_file import read_header
from jsolar.sun.files.sharp import pixel_mu, read_sharp, read_sharp_header
from tests.sun.files.make_fits import write_sharp


@settings(deadline=None, max_examples=50)
@given(
    latitude=st.floats(-60, 60),
    longitude=st.floats(0, 360),
    rows=st.integers(1, 40),
    columns=st.integers(1, 60),
)
def test_places_agree_with_wcs(latitude: float, longitude: float, rows: int, columns: int) -> None:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["CRLN-CEA", "CRLT-CEA"]
    wcs.wcs.crval, wcs.wcs.cdelt = [longitude, latitude], [0.6, 0.6]
    wcs.wcs.crpix = [(columns + 1) / 2, (rows + 1) / 2]
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    expected_longitude, expected_latitude = wcs.wcs_pix2world(x, y, 0)
    ours = cea_to_stonyhurst(
        (rows, columns), degrees_per_pixel=0.6, latitude_deg=latitude, longitude_deg=longitude
    )
    np.testing.assert_allclose(ours[0], expected_latitude, atol=1e-9)
    difference = (ours[1] - expected_longitude + 180) % 360 - 180
    np.testing.assert_allclose(difference, 0, atol=1e-9)


def test_mu_agrees_with_the_angle_between_two_directions() -> None:
    """Against unit vectors: the Sun's north z, the observer in the plane y = 0."""
    rng = np.random.default_rng(0)
    latitude, longitude = rng.uniform(-90, 90, 50), rng.uniform(-180, 180, 50)
    expected = _unit(7.2, 0.0) @ _unit(latitude, longitude)
    np.testing.assert_allclose(mu(latitude, longitude, observer_latitude_deg=7.2), expected)


def _unit(latitude: np.ndarray | float, longitude: np.ndarray | float) -> np.ndarray:
    b, lon = np.deg2rad(latitude), np.deg2rad(longitude)
    return np.array([np.cos(b) * np.cos(lon), np.cos(b) * np.sin(lon), np.sin(b) + 0 * lon])


def test_mu_is_1_below_the_observer_and_falls_to_the_limb(tmp_path: pathlib.Path) -> None:
    below = {"CRVAL1": 21.725103, "CRVAL2": -6.8279}
    patch = pixel_mu(read_sharp_header(write_sharp(tmp_path, np.zeros((3, 5)), **below)))
    assert patch.shape == (3, 5)
    assert patch[1, 2] == pytest.approx(1.0, abs=1e-12)
    assert patch.argmax() == 7
    limb = write_sharp(tmp_path, np.zeros((1, 801)), CRVAL1=21.725103 + 85.0, CRVAL2=0.0)
    profile = pixel_mu(read_sharp_header(limb))[0]
    assert (np.diff(profile) < 0).all()
    assert profile[0] > 0 > profile[-1]


@pytest.mark.realdata
@pytest.mark.parametrize("harp", [115, 377])
def test_the_extent_of_a_real_region(realdata: pathlib.Path, harp: int) -> None:
    """LAT_MIN … LON_MAX of the header tell where the region's pixels lie (tracked, to 0.3°)."""
    name = {115: "*patch_sample_1*", 377: "*377*"}[harp]
    (path,) = (realdata / "sharp").glob(f"{name}.bitmap.fits")
    pixels, header = read_sharp(path)
    places = cea_to_stonyhurst(
        header.shape,
        degrees_per_pixel=header.degrees_per_pixel,
        latitude_deg=header.latitude_deg,
        longitude_deg=header.longitude_deg,
    )
    told = read_header(path)
    for place, name in zip(places, ("LAT", "LON"), strict=True):
        found = place[pixels >= 30]
        assert found.min() == pytest.approx(told[f"{name}_MIN"], abs=0.3)
        assert found.max() == pytest.approx(told[f"{name}_MAX"], abs=0.3)
