"""Full-disk magnetograms: the turn, the mask, and the coordinates that go with them."""

import pathlib
import warnings

import numpy as np
import pytest

from jsolar.sun.files.full_disk import FullDisk, framed, read_full_disk, to_map
from tests.sun.files.make_fits import write_full_disk, write_sharp

ROWS, COLUMNS = 24, 30


@pytest.fixture
def stored() -> np.ndarray:
    """As in the file: solar north down, NaN far from the disk."""
    y, x = np.mgrid[:ROWS, :COLUMNS]
    field = 10.0 * y + 0.1 * x - 7
    return np.where(np.hypot(y - 10.6, x - 14.7) > 10.5, np.nan, field)


def test_rows_run_from_south_to_north(tmp_path: pathlib.Path, stored: np.ndarray) -> None:
    disk = read_full_disk(write_full_disk(tmp_path / "disk.fits", stored))
    assert disk.field_gauss.dtype == np.float32
    np.testing.assert_allclose(disk.field_gauss, stored[::-1, ::-1], atol=1e-4)
    assert disk.rotation_deg == pytest.approx(0.013458)


def test_centre_radius_and_observer(tmp_path: pathlib.Path, stored: np.ndarray) -> None:
    path = write_full_disk(tmp_path / "disk.fits", stored, CRPIX1=15.7, CRPIX2=11.6)
    disk = read_full_disk(path)
    assert disk.centre == pytest.approx((ROWS - 1 - 10.6, COLUMNS - 1 - 14.7))
    assert disk.radius_pixels == pytest.approx(9.74970459)
    assert disk.arcsec_per_pixel == 100.0
    assert disk.observer_latitude_deg == pytest.approx(-1.14499807)
    assert disk.observer_carrington_deg == pytest.approx(312.091705)
    assert disk.observer_distance_m == pytest.approx(147246356998.577)
    assert disk.time == np.datetime64("2011-12-17T05:59:26")


def test_the_mask_ends_at_the_limb_and_leaves_out_gaps(
    tmp_path: pathlib.Path, stored: np.ndarray
) -> None:
    """HMI's arrays hold noise beyond the limb, so that a number is not yet on the disk."""
    stored[11, 15] = np.nan
    path = write_full_disk(tmp_path / "disk.fits", stored, CRPIX1=15.7, CRPIX2=11.6)
    disk = read_full_disk(path)
    y, x = np.mgrid[:ROWS, :COLUMNS]
    inside = np.hypot(y - disk.centre[0], x - disk.centre[1]) <= disk.radius_pixels
    np.testing.assert_array_equal(disk.on_disk, inside & ~np.isnan(disk.field_gauss))
    assert (~np.isnan(disk.field_gauss) & ~disk.on_disk).any()
    assert inside.sum() - disk.on_disk.sum() == 1


def test_an_upright_disk_stays_as_it_is(tmp_path: pathlib.Path, stored: np.ndarray) -> None:
    path = write_full_disk(tmp_path / "disk.fits", stored, CROTA2=-0.07, CRPIX1=15.7)
    disk = read_full_disk(path)
    np.testing.assert_allclose(disk.field_gauss, stored, atol=1e-4)
    assert disk.centre[1] == pytest.approx(14.7)
    assert disk.rotation_deg == pytest.approx(-0.07)


@pytest.mark.parametrize(
    ("turned", "left"),
    [({"CROTA2": -179.9}, 0.1), ({"CROTA2": 180.0}, 0.0), ({"CROTA2": 359.9}, -0.1)],
)
def test_what_is_left_of_the_turn(
    tmp_path: pathlib.Path, stored: np.ndarray, turned: dict, left: float
) -> None:
    path = write_full_disk(tmp_path / "disk.fits", stored, **turned)
    assert read_full_disk(path).rotation_deg == pytest.approx(left)


def test_a_matrix_in_place_of_an_angle(tmp_path: pathlib.Path, stored: np.ndarray) -> None:
    """As sunpy saves maps; without CROTA2 a disk that lies upside down must not pass as upright."""
    matrix = {"CROTA2": None, "PC1_1": -1.0, "PC1_2": 0.0, "PC2_1": 0.0, "PC2_2": -1.0}
    disk = read_full_disk(write_full_disk(tmp_path / "disk.fits", stored, **matrix))
    np.testing.assert_allclose(disk.field_gauss, stored[::-1, ::-1], atol=1e-4)
    assert not {"PC1_1", "PC2_2"} & set(disk.header)
    plain = read_full_disk(write_full_disk(tmp_path / "disk.fits", stored, CROTA2=None))
    np.testing.assert_allclose(plain.field_gauss, stored, atol=1e-4)


def test_coordinates_turn_with_the_pixels(tmp_path: pathlib.Path, stored: np.ndarray) -> None:
    """sunpy places every pixel where it placed it in the file as it was."""
    import astropy.units as u
    import sunpy.map
    from astropy.io import fits

    path = write_full_disk(tmp_path / "disk.fits", stored)
    ours = to_map(read_full_disk(path))
    with warnings.catch_warnings(), fits.open(path) as hdus:
        warnings.simplefilter("ignore")  # the faults of the file
        hdus[1].verify("silentfix")
        header = {k: v for k, v in hdus[1].header.items() if k not in ("CSYSER1", "HISTORY")}
        theirs = sunpy.map.Map(np.array(hdus[1].data), header)
    for row, column in ((3, 12), (10, 15), (17, 20)):
        at = theirs.pixel_to_world(column * u.pix, row * u.pix)
        turned = ours.pixel_to_world((COLUMNS - 1 - column) * u.pix, (ROWS - 1 - row) * u.pix)
        assert at.separation(turned).arcsec < 1e-6
        assert theirs.data[row, column] == pytest.approx(
            ours.data[ROWS - 1 - row, COLUMNS - 1 - column], abs=1e-4
        )


def test_a_map_saved_and_read_again_has_the_same_field(
    tmp_path: pathlib.Path, stored: np.ndarray
) -> None:
    """BSCALE must not be applied twice."""
    disk = read_full_disk(write_full_disk(tmp_path / "disk.fits", stored))
    to_map(disk).save(tmp_path / "again.fits")
    again = read_full_disk(tmp_path / "again.fits")
    np.testing.assert_allclose(again.field_gauss, disk.field_gauss)
    assert again.centre == pytest.approx(disk.centre)
    assert again.rotation_deg == pytest.approx(disk.rotation_deg)


def test_another_field_on_the_same_disk(tmp_path: pathlib.Path, stored: np.ndarray) -> None:
    disk = read_full_disk(write_full_disk(tmp_path / "disk.fits", stored))
    ones = np.ones_like(disk.field_gauss)
    assert (to_map(disk._replace(field_gauss=ones)).data == 1).all()


def test_without_a_record_time_the_observation_counts(
    tmp_path: pathlib.Path, stored: np.ndarray
) -> None:
    path = write_full_disk(tmp_path / "disk.fits", stored, T_REC=None)
    assert read_full_disk(path).time == np.datetime64("2011-12-17T05:58:10")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"CROTA2": 90.0}, r"turned by 90\.0°"),
        ({"CTYPE1": "CRLN-CEA"}, "not a full disk in helioprojective"),
        ({"CTYPE1": None}, "CTYPE1 is absent"),
        ({"RSUN_OBS": None}, "RSUN_OBS is not a number"),
        ({"CRPIX1": "nan"}, "CRPIX1 is not a number"),
        ({"CONTENT": "CONTINUUM INTENSITY", "BUNIT": "DN/s"}, "no magnetogram"),
        ({"CONTENT": "DOPPLERGRAM", "BUNIT": "m/s"}, "CONTENT is DOPPLERGRAM, BUNIT m/s"),
        ({"CONTENT": "DOPPLERGRAM"}, "no magnetogram"),
        ({"CONTENT": None, "BUNIT": "DN", "WAVELNTH": 171}, "CONTENT is absent, BUNIT DN"),
        ({"CONTENT": None, "BUNIT": None}, "BUNIT absent"),
        ({"CRPIX1": 2.0}, "only a part of the disk"),
        ({"CDELT1": 60.0, "CDELT2": 60.0}, "only a part of the disk"),
        ({"T_REC": None, "DATE-OBS": "yesterday"}, "has no time"),
        ({"T_REC": None, "DATE-OBS": None}, "has no time"),
    ],
)
def test_what_is_no_full_disk(
    tmp_path: pathlib.Path, stored: np.ndarray, header: dict, message: str
) -> None:
    path = write_full_disk(tmp_path / "disk.fits", stored, **header)
    with pytest.raises(ValueError, match=message) as error:
        read_full_disk(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("header", "bits"), [({}, -1), ({"QUALITY": 0}, 0), ({"QUALITY": "0x00000400"}, 0x400)]
)
def test_the_quality_is_told(tmp_path: pathlib.Path, stored: np.ndarray, header, bits) -> None:
    assert read_full_disk(write_full_disk(tmp_path / "disk.fits", stored, **header)).quality == bits


def test_other_files(tmp_path: pathlib.Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_full_disk(tmp_path / "none.fits")
    with pytest.raises(ValueError, match="not a full disk"):
        read_full_disk(write_sharp(tmp_path, np.zeros((4, 4))))
    empty = write_full_disk(tmp_path / "empty.fits", np.full((4, 4), np.nan))
    with pytest.raises(ValueError, match="no valid pixel"):
        read_full_disk(empty)
    empty.write_bytes(empty.read_bytes()[:9000])
    with pytest.raises(ValueError, match="download"):
        read_full_disk(empty)


@pytest.mark.realdata
def test_a_real_disk(realdata: pathlib.Path) -> None:
    (path,) = (realdata / "full_disk").glob("*.fits")
    disk = read_full_disk(path)
    assert np.isnan(disk.field_gauss).mean() == pytest.approx(4418249 / 4096**2)
    assert disk.on_disk.sum() == pytest.approx(np.pi * disk.radius_pixels**2, rel=1e-3)
    assert disk.rotation_deg == pytest.approx(0.013458, abs=1e-6)
    # NOAA's regions S18W37, N08W43 and N12E15 of that midnight, 6 h (3.3 degrees) later.
    for latitude, longitude in ((-18, 40.3), (8, 46.3), (12, -11.7)):
        places = [(v * latitude, h * longitude) for v in (1, -1) for h in (1, -1)]
        here, *mirrored = (_strength(disk, *place) for place in places)
        assert here > 2 * max(mirrored)


def _strength(disk: FullDisk, latitude_deg: float, longitude_deg: float) -> float:
    """Field above 100 G within 100 pixels of a place."""
    b, lon, b0 = np.deg2rad([latitude_deg, longitude_deg, disk.observer_latitude_deg])
    north = np.sin(b) * np.cos(b0) - np.cos(b) * np.cos(lon) * np.sin(b0)
    row = round(disk.centre[0] + disk.radius_pixels * north)
    column = round(disk.centre[1] + disk.radius_pixels * np.cos(b) * np.sin(lon))
    near = np.abs(disk.field_gauss[row - 100 : row + 100, column - 100 : column + 100])
    return float(near[near > 100].sum())


def test_a_frame_has_the_disk_in_its_middle(tmp_path: pathlib.Path) -> None:
    """A ramp stays a ramp of the same field per megametre, centred on the disk."""
    y, x = np.mgrid[:200, :200]
    ramp = 2.0 * (x - 101.2) - 3.0 * (y - 98.6)
    path = write_full_disk(
        tmp_path / "disk.fits", ramp, CRPIX1=102.2, CRPIX2=99.6, CROTA2=0.0, CDELT1=12.0
    )
    disk = read_full_disk(path)
    field, frame = framed(disk, 24, radius=0.9)
    scale = disk.radius_pixels / frame.radius_pixels
    row, column = np.indices((24, 24)) - 11.5
    inside = np.hypot(row, column) < frame.radius_pixels - 2
    wanted = scale * (2.0 * column - 3.0 * row)
    np.testing.assert_allclose(field[inside], wanted[inside], atol=0.1)  # tenths are stored
    assert np.isnan(field[0, 0])
    assert frame.distance_mm == pytest.approx(147246.356998577)


def test_a_file_without_the_distance_is_seen_from_one_astronomical_unit(
    tmp_path: pathlib.Path, stored: np.ndarray
) -> None:
    path = write_full_disk(tmp_path / "disk.fits", stored, DSUN_OBS=None, CRPIX1=15.7, CRPIX2=11.6)
    field, frame = framed(read_full_disk(path), 12)
    assert frame.distance_mm == pytest.approx(149_597.87, abs=0.01)
    assert np.isfinite(field[6, 6])
