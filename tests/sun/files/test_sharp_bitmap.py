"""Bitmaps of SHARPs on the disk: both projections show one region in one place."""

import pathlib

import numpy as np
import pytest
from astropy.io import fits

from jsolar.sun.fields.cea import cea_to_stonyhurst
from jsolar.sun.files.sharp_bitmap import bitmap_header, on_disk, outline_box, read_bitmap
from jsolar.sun.sphere import Frame, sphere
from tests.sun.files.make_fits import FULL_DISK_HEADER, SHARP_HEADER, write_full_disk, write_sharp

B0, L0, TIME = -6.8279, 21.725103, "2011.02.15_02:00:00_TAI"
FRAME = Frame(256, distance_mm=147746.22050341)
SEEN = sphere(FRAME, B0)
PLACES = [(-20.0, 15.0), (25.0, -40.0), (5.0, 60.0)]
Place = tuple[float, float]


def is_active(latitude: np.ndarray, longitude: np.ndarray, place: Place) -> np.ndarray:
    """A region that is neither round nor symmetric: a large lobe to the west, a small one south."""
    x, y = longitude - place[1], latitude - place[0]
    return (np.hypot(x - 2, y - 1) < 3) | (np.hypot(x + 3, y + 2) < 2)


def write_cea(folder: pathlib.Path, place: Place, **header) -> pathlib.Path:
    shape = (400, 500)
    middle = {"latitude_deg": place[0], "longitude_deg": place[1]}
    places = cea_to_stonyhurst(shape, degrees_per_pixel=0.03, **middle)
    codes = np.where(is_active(*places, place), 34, 1)
    return write_sharp(
        folder, codes, segment="bitmap", CRVAL1=place[1] + L0, CRVAL2=place[0],
        T_REC=TIME, **header,
    )  # fmt: skip


def write_cutout(folder: pathlib.Path, place: Place, **header) -> pathlib.Path:
    """As the camera has it, upside down, with the disk's centre far outside."""
    fine = Frame(1024, distance_mm=FRAME.distance_mm)
    seen = sphere(fine, B0)
    whole = is_active(np.asarray(seen.latitude_deg), np.asarray(seen.longitude_deg), place)
    rows, columns = np.nonzero(whole)
    low, left = rows.min() - 20, columns.min() - 30
    cut = whole[low : rows.max() + 10, left : columns.max() + 40]
    middle = fine.size / 2 - 0.5
    cards = {
        "CTYPE1": "HPLN-TAN", "CTYPE2": "HPLT-TAN", "CROTA2": 180.02, "CDELT1": 2.0, "CDELT2": 2.0,
        "RSUN_OBS": 2.0 * fine.radius_pixels, "CRLT_OBS": B0, "CRLN_OBS": L0, "HARPNUM": 377,
        "T_REC": TIME, "NOAA_ARS": "11158", "QUALITY": "0x00000000",
        "CRPIX2": cut.shape[0] - (middle - low), "CRPIX1": cut.shape[1] - (middle - left),
        "LATDTMIN": place[0] - 5, "LATDTMAX": place[0] + 5,
        "LONDTMIN": place[1] - 6, "LONDTMAX": place[1] + 6,
    } | header  # fmt: skip
    path = folder / "hmi.sharp_720s.377.20110215_020000_TAI.bitmap.fits"
    stored = np.where(cut, 33, 2).astype(np.int16)[::-1, ::-1]
    kept = {k: v for k, v in cards.items() if v is not None}
    fits.PrimaryHDU(stored, fits.Header(kept)).writeto(path, overwrite=True)
    return path


@pytest.mark.parametrize("write", [write_cea, write_cutout])
@pytest.mark.parametrize("place", PLACES)
def test_the_region_is_where_it_is(tmp_path: pathlib.Path, write, place: Place) -> None:
    found = on_disk(read_bitmap(write(tmp_path, place)), FRAME, SEEN)
    latitude, longitude = np.asarray(SEEN.latitude_deg), np.asarray(SEEN.longitude_deg)
    wanted = is_active(latitude, longitude, place)
    assert wanted.sum() > 40
    assert (found & wanted).sum() / (found | wanted).sum() > 0.9


@pytest.mark.parametrize("write", [write_cea, write_cutout])
def test_headers_tell_the_region(tmp_path: pathlib.Path, write) -> None:
    header = bitmap_header(write(tmp_path, PLACES[0]))
    assert (header.harp, header.noaa_regions, header.segment) == (377, (11158,), "bitmap")
    assert str(header.time) == "2011-02-15T01:59:26"
    assert header.latitude_deg == pytest.approx(-20.0)
    assert header.longitude_deg == pytest.approx(15.0)
    assert header.carrington_longitude_deg == pytest.approx(15.0 + L0)
    assert header.observer_latitude_deg == pytest.approx(B0)


@pytest.mark.parametrize("place", PLACES)
def test_the_outline_holds_the_region(tmp_path: pathlib.Path, place: Place) -> None:
    bitmap = read_bitmap(write_cea(tmp_path, place))
    left, low, right, high = outline_box(bitmap.header, FRAME, B0)
    rows, columns = np.nonzero(on_disk(bitmap, FRAME, SEEN))
    assert left <= columns.min()
    assert right >= columns.max() + 1
    assert low <= rows.min()
    assert high >= rows.max() + 1


def test_of_what_is_behind_the_limb_nothing_is_seen(tmp_path: pathlib.Path) -> None:
    bitmap = read_bitmap(write_cea(tmp_path, (0.0, 120.0)))
    assert not on_disk(bitmap, FRAME, SEEN).any()
    assert np.isnan(outline_box(bitmap.header, FRAME, B0)).all()


def test_other_files_are_refused(tmp_path: pathlib.Path) -> None:
    disk = write_full_disk(tmp_path / "a.bitmap.fits", np.zeros((24, 24)))
    with pytest.raises(ValueError, match="is a full disk, not a SHARP"):
        bitmap_header(disk)
    with pytest.raises(ValueError, match=r"LATDTMIN is not a number"):
        bitmap_header(write_cutout(tmp_path, PLACES[0], LATDTMIN=None))
    with pytest.raises(ValueError, match=r"turned by 90\.0°"):
        read_bitmap(write_cutout(tmp_path, PLACES[0], CROTA2=90.0))
    assert {"CRLN_OBS", "CRLT_OBS"} <= set(SHARP_HEADER) & set(FULL_DISK_HEADER)


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "area_mm2"), [("377", 123_890), ("sample_1", 169_889)])
def test_real_bitmaps_keep_their_area(realdata: pathlib.Path, name: str, area_mm2: float) -> None:
    """Active pixels of equal area on the Sun, against pixels of the disk divided by μ."""
    (path,) = (realdata / "sharp").glob(f"*{name}*bitmap.fits")
    bitmap = read_bitmap(path)
    frame = Frame(1024)
    seen = sphere(frame, bitmap.header.observer_latitude_deg)
    found = on_disk(bitmap, frame, seen)
    on_sun = frame.pixel_mm**2 * (1 / np.asarray(seen.mu)[found]).sum()
    assert on_sun == pytest.approx(area_mm2 * (0.03 * 12.147491) ** 2, rel=0.01)
    longitude = np.asarray(seen.longitude_deg)[found]
    assert abs(longitude.mean() - bitmap.header.longitude_deg) < 5
