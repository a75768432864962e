"""Series of SHARPs: frames of one place, whatever the boxes of the files."""

import numpy as np
import pytest

from jsolar.sun.fields.cea import plane_to_stonyhurst, stonyhurst_to_plane
from jsolar.sun.files.sharp import pixel_mu, read_sharp
from jsolar.sun.files.sharp_series import Place, find_series, frame, middle_of, radial_pixels
from tests.sun.files.make_fits import write_sharp

PLACE = Place(-21.0, 35.0)


def on_the_sun(latitude, longitude):
    """A smooth field that is fixed on the Sun, gauss."""
    return 900 * np.exp(-((latitude + 20.7) ** 2 + (longitude - 35.5) ** 2) / 0.5)


def sharp_of(tmp_path, field=on_the_sun, *, rows=120, columns=160, **header):
    """A file whose pixels show a field of latitude and Carrington longitude."""
    header = {"CRVAL1": 35.0, "CRVAL2": -21.0, "CRLN_OBS": 20.0, "CRLT_OBS": 0.0} | header
    y, x = ((np.arange(n) - (n - 1) / 2) * header.get("CDELT1", 0.03) for n in (rows, columns))
    place = plane_to_stonyhurst(
        x[None], y[:, None], latitude_deg=header["CRVAL2"], longitude_deg=header["CRVAL1"]
    )
    return read_sharp(write_sharp(tmp_path, field(*place), **header))


def grid(size, scale):
    steps = (np.arange(size) - (size - 1) / 2) * scale
    return plane_to_stonyhurst(steps[None], steps[:, None], latitude_deg=-21.0, longitude_deg=35.0)


def test_the_plane_and_the_sun_are_inverse_of_each_other() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-15, 15, (2, 200))
    for latitude in (-60.0, 0.0, 25.0):
        centre = {"latitude_deg": latitude, "longitude_deg": 340.0}
        back = stonyhurst_to_plane(*plane_to_stonyhurst(x, y, **centre), **centre)
        np.testing.assert_allclose(back, (x, y), atol=1e-9)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"CRVAL1": 35.31, "CRVAL2": -20.87},  # another box
        {"rows": 90, "columns": 101},
        {"CRLN_OBS": 359.0, "CRVAL1": 35.2},  # seen 36° west: longitudes run over 360°
    ],
)
def test_frames_of_any_box_show_the_same_places(tmp_path, header) -> None:
    sharp = sharp_of(tmp_path, **header)
    seen = frame(sharp.pixels, sharp.header, PLACE, size=16, degrees_per_pixel=0.12)
    fine = on_the_sun(*grid(64, 0.03)).reshape(16, 4, 16, 4).mean((1, 3))
    np.testing.assert_allclose(seen, fine, atol=2.0)  # of 900 G


def test_a_line_of_sight_field_becomes_radial_and_br_stays(tmp_path) -> None:
    far = sharp_of(tmp_path, lambda b, _: 200.0 + 0 * b, CRLN_OBS=335.0)  # 60° west
    mu = pixel_mu(far.header)
    np.testing.assert_allclose(radial_pixels(far), 200 / mu, rtol=1e-6)
    assert mu.max() < 0.52
    radial = read_sharp(write_sharp(tmp_path, np.full((4, 4), 70.0), segment="Br"))
    np.testing.assert_array_equal(radial_pixels(radial), 70.0)
    bitmap = read_sharp(write_sharp(tmp_path, np.full((4, 4), 34), segment="bitmap"))
    with pytest.raises(ValueError, match=r"segment bitmap: give .*Br\.fits"):
        radial_pixels(bitmap)


def test_beyond_80_degrees_nothing_is_said(tmp_path) -> None:
    limb = sharp_of(tmp_path, lambda b, _: 200.0 + 0 * b, CRLN_OBS=315.0, columns=600)
    radial, mu = radial_pixels(limb), pixel_mu(limb.header)
    assert 0.1 < np.isnan(radial).mean() < 0.9
    assert (np.isnan(radial) == (mu <= 0.17)).all()


def test_what_no_file_shows_is_nan(tmp_path) -> None:
    sharp = sharp_of(tmp_path, rows=40)  # 1.2° of the frame's 1.92°
    seen = frame(sharp.pixels, sharp.header, PLACE, size=16, degrees_per_pixel=0.12)
    known = np.isfinite(seen)
    assert known.all(1).sum() == 10
    assert not known[[0, 1, 2, 13, 14, 15]].any()


def test_the_middle_is_that_of_the_strong_flux(tmp_path) -> None:
    sharp = sharp_of(tmp_path, lambda *at: on_the_sun(*at) * (on_the_sun(*at) > 1))
    assert middle_of(sharp.pixels, sharp.header) == pytest.approx((-20.7, 35.5), abs=0.02)


def test_a_scale_that_does_not_fit_names_the_file(tmp_path) -> None:
    sharp = sharp_of(tmp_path, CDELT1=0.05, CDELT2=0.05)
    with pytest.raises(ValueError, match=r"magnetogram.fits: a scale of 0.12° .* 0.05°"):
        frame(sharp.pixels, sharp.header, PLACE, size=16, degrees_per_pixel=0.12)


def headers_at(tmp_path, hours):
    header = sharp_of(tmp_path).header
    at = [header.time + np.timedelta64(round(60 * hour), "m") for hour in hours]
    return [header._replace(time=time) for time in at]


def test_a_series_needs_a_frame_at_every_offset(tmp_path) -> None:
    every = [hour for hour in range(0, 97, 6) if hour != 48]  # a gap
    headers = headers_at(tmp_path, every)
    series, why = find_series(headers, (-12.0, 0.0, 12.0), every_hours=0.0)
    issue = [(s[1].time - headers[0].time) / np.timedelta64(1, "h") for s in series]
    assert (issue, why) == ([12, 18, 24, 30, 42, 54, 66, 72, 78, 84], "")
    apart = find_series(headers, (-12.0, 0.0, 12.0), every_hours=24.0)[0]
    issue = [(s[1].time - headers[0].time) / np.timedelta64(1, "h") for s in apart]
    assert issue == [12, 42, 66]
    for frames in series:
        hours = [(f.time - frames[1].time) / np.timedelta64(1, "h") for f in frames]
        assert hours == [-12, 0, 12]


def test_a_frame_may_be_a_quarter_of_an_hour_off(tmp_path) -> None:
    near, far = headers_at(tmp_path, (0.0, 12.2)), headers_at(tmp_path, (0.0, 12.4))
    assert len(find_series(near, (0.0, 12.0), every_hours=24.0)[0]) == 1
    series, why = find_series(far, (0.0, 12.0), every_hours=24.0)
    assert (series, why) == ([], "HARP 377: at no time is there a usable frame at each of 0, 12 h")


def test_a_record_shorter_than_the_lead_is_told_so(tmp_path) -> None:
    series, why = find_series(headers_at(tmp_path, (0, 5)), (-6.0, 0.0, 12.0), every_hours=24.0)
    assert series == []
    assert why == "HARP 377: its usable frames span 5.0 h, a series needs 18 h"
