"""SHARPs as sunpy's maps: the same places as the file's own map, and the way back."""

import astropy.units as u
import numpy as np
import pytest
import sunpy.map
from sunpy.coordinates import HeliographicStonyhurst, frames

from jsolar.sun import maps
from jsolar.sun.fields.cea import cea_to_stonyhurst
from jsolar.sun.files.sharp import read_sharp
from jsolar.sun.files.sharp_patch import sharp_patch

TOY = maps.example()


def stonyhurst(of, x, y):
    """Longitude and latitude of pixels, degrees."""
    place = of.pixel_to_world(x * u.pix, y * u.pix).transform_to(
        HeliographicStonyhurst(obstime=of.date)
    )
    return place.lon.to_value(u.deg), place.lat.to_value(u.deg)


def test_pixels_lie_where_the_projection_puts_them() -> None:
    header = TOY.header
    latitude, longitude = cea_to_stonyhurst(
        header.shape,
        degrees_per_pixel=header.degrees_per_pixel,
        latitude_deg=header.latitude_deg,
        longitude_deg=header.longitude_deg,
    )
    rows, columns = np.array([0, 10, 63]), np.array([95, 30, 0])
    found = stonyhurst(maps.sharp_map(TOY), columns, rows)
    np.testing.assert_allclose(found[0], longitude[rows, columns], atol=1e-6)
    np.testing.assert_allclose(found[1], latitude[rows, columns], atol=1e-6)


def test_a_patch_lies_where_its_pixels_were_taken_from() -> None:
    """The strongest pixel of the picture is where the strongest of the SHARP is."""
    cut = sharp_patch(TOY, size=24, degrees_per_pixel=0.06)
    whole, part = maps.sharp_map(TOY), maps.patch_map(cut, TOY.header)
    brightest = [np.unravel_index(np.argmax(m.data), m.data.shape) for m in (whole, part)]
    places = [stonyhurst(m, at[1], at[0]) for m, at in zip((whole, part), brightest, strict=True)]
    np.testing.assert_allclose(places[0], places[1], atol=0.06)
    assert part.unit == u.G
    shares = maps.patch_map(cut, TOY.header, np.zeros((24, 24)))
    assert shares.unit is None
    np.testing.assert_allclose(stonyhurst(shares, 3, 4), stonyhurst(part, 3, 4))


def test_there_and_back() -> None:
    again = maps.read_map(maps.sharp_map(TOY))
    np.testing.assert_array_equal(again.pixels, TOY.pixels)
    for name in ("segment", "harp", "noaa_regions", "time", "shape", "quality", "near_real_time"):
        assert getattr(again.header, name) == getattr(TOY.header, name), name
    for name in ("latitude_deg", "longitude_deg", "observer_latitude_deg"):
        assert getattr(again.header, name) == pytest.approx(getattr(TOY.header, name)), name


def test_time_and_centre() -> None:
    centre = maps.centre(TOY.header)
    assert centre.lon.to_value(u.deg) == pytest.approx(13.154002)
    assert isinstance(centre.frame, frames.HeliographicStonyhurst)
    assert maps.time(TOY.header) - centre.obstime < 1 * u.s
    assert maps.sharp_map(TOY).quantity.unit == u.G


@pytest.mark.realdata
@pytest.mark.filterwarnings("ignore::Warning")  # the header breaks the standard of FITS
def test_real_sharps_are_where_sunpy_has_them(realdata) -> None:
    path = realdata / "sharp" / "hmi.sharp_cea_720s.377.20110215_020000_TAI.magnetogram.fits"
    theirs, sharp = sunpy.map.Map(path), read_sharp(path)
    ours = maps.sharp_map(sharp)
    x, y = np.array([0, 743, 300, 743]), np.array([0, 376, 200, 0])
    (longitude, latitude), (their_longitude, their_latitude) = (
        stonyhurst(m, x, y) for m in (ours, theirs)
    )
    np.testing.assert_allclose(latitude, their_latitude, atol=1e-3)
    # Carrington longitudes of JSOC and of sunpy differ by what the Sun turns while light travels.
    away = their_longitude - longitude
    np.testing.assert_allclose(away, away[0], atol=1e-3)
    assert 0 < away[0] < 0.1
    again = maps.read_map(theirs, segment="magnetogram")
    np.testing.assert_array_equal(again.pixels, sharp.pixels)
    told = sharp.header._asdict() | {"path": None, "keywords": None}
    assert again.header._asdict() | {"path": None, "keywords": None} == told
    assert again.header.keywords["USFLUX"] == sharp.header.keywords["USFLUX"]


def test_another_map_is_refused() -> None:
    disk = {
        "CTYPE1": "HPLN-TAN", "CTYPE2": "HPLT-TAN", "CUNIT1": "arcsec", "CUNIT2": "arcsec",
        "CDELT1": 500, "CDELT2": 500, "CRPIX1": 2, "CRPIX2": 2, "CRVAL1": 0, "CRVAL2": 0,
        "DATE-OBS": "2011-02-15T00:00:00", "HGLN_OBS": 0, "HGLT_OBS": 0, "DSUN_OBS": 1.5e11,
    }  # fmt: skip
    with pytest.raises(ValueError, match="map is a full disk, not a SHARP"):
        maps.read_map(sunpy.map.Map(np.zeros((4, 4)), disk))
