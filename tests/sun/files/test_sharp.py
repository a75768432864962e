"""SHARP files: every fault that real ones have, and what is no SHARP."""

import math
import pathlib

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.sun.files.fits_file import read_header, read_image, tai
from jsolar.sun.files.sharp import (
    GEOMETRY_KEYWORDS,
    SHARP_KEYWORDS,
    read_segments,
    read_sharp,
    read_sharp_header,
    sharp_records,
)
from tests.sun.files.make_fits import write_full_disk, write_sharp

FIELD = np.array([[12.3, -4.5, 0.1], [np.nan, 1500.0, -0.1]])


def test_a_field_keeps_its_scale_orientation_and_gaps(tmp_path: pathlib.Path) -> None:
    pixels, header = read_sharp(write_sharp(tmp_path, FIELD))
    assert pixels.dtype == np.float32
    np.testing.assert_allclose(pixels, FIELD, atol=1e-4)
    assert header.segment == "magnetogram"
    assert header.shape == (2, 3)


def test_the_header_as_jsoc_writes_it(tmp_path: pathlib.Path) -> None:
    header = read_sharp(write_sharp(tmp_path, FIELD)).header
    assert (header.harp, header.noaa_regions, header.quality) == (377, (11158,), 0)
    assert not header.near_real_time
    assert header.time == np.datetime64("2011-02-15T01:59:26")
    assert header.record_begin == np.datetime64("2011-02-10T21:59:26")
    assert header.record_end == np.datetime64("2011-02-21T07:35:26")
    assert header.degrees_per_pixel == 0.03
    assert header.latitude_deg == -21.0769
    assert header.observer_latitude_deg == -6.8279
    assert header.longitude_deg == pytest.approx(34.879105 - 21.725103)
    assert tuple(header.keywords) == SHARP_KEYWORDS + GEOMETRY_KEYWORDS
    assert header.keywords["USFLUX"] == 2.71476e22  # written 2.714760e+22
    assert math.isnan(header.keywords["R_VALUE"])  # written nan
    assert math.isnan(header.keywords["TOTPOT"])  # absent


def test_the_file_really_has_the_faults(tmp_path: pathlib.Path) -> None:
    path = write_sharp(tmp_path, FIELD)
    content = path.read_bytes()
    assert b"R_VALUE = nan " in content
    assert b"USFLUX  = 2.714760e+22" in content
    with fits.open(path) as hdus:
        assert hdus[0].data is None
        with pytest.raises(fits.VerifyError):
            hdus[1].header["R_VALUE"]


@pytest.mark.parametrize("value", ["nan", "'nan     '", "'NaN'", "", "-nan", "'none'"])
def test_what_is_no_number_is_nan(tmp_path: pathlib.Path, value: str) -> None:
    header = read_sharp_header(write_sharp(tmp_path, FIELD, R_VALUE=value))
    assert math.isnan(header.keywords["R_VALUE"])


@pytest.mark.parametrize("segment", ["bitmap", "conf_disambig"])
def test_codes_are_integers_and_a_missing_code_is_0(tmp_path: pathlib.Path, segment: str) -> None:
    path = write_sharp(tmp_path, [[0, 34, 90], [np.nan, 1, 60]], segment=segment)
    pixels, header = read_sharp(path)
    assert pixels.dtype == np.int16
    assert pixels.tolist() == [[0, 34, 90], [0, 1, 60]]
    assert header.segment == segment
    with fits.open(path) as hdus:
        assert (hdus[0].data is None) == (segment == "conf_disambig")


def test_the_header_alone_says_the_same(tmp_path: pathlib.Path) -> None:
    for segment in ("magnetogram", "bitmap"):
        path = write_sharp(tmp_path, np.zeros((4, 6)), segment=segment)
        alone, whole = read_sharp_header(path), read_sharp(path).header
        np.testing.assert_equal(alone._asdict(), whole._asdict())


def test_a_header_that_is_read_whole(tmp_path: pathlib.Path) -> None:
    """The card without a value and those that only describe the storage are left out."""
    path = write_full_disk(tmp_path / "disk.fits", np.zeros((4, 6)), CSYSER1=fits.card.UNDEFINED)
    for header in (read_header(path), read_image(path).header):
        assert (header["NAXIS1"], header["NAXIS2"]) == (6, 4)
        assert not {"CSYSER1", "BSCALE", "BLANK", "HISTORY", ""} & set(header)


@pytest.mark.parametrize(
    ("stamp", "utc"),
    [
        ("2011.02.15_02:00:00_TAI", "2011-02-15T01:59:26"),
        ("2011.02.15_02:00:00.000_TAI", "2011-02-15T01:59:26"),
        ("2011.02.15_02:00:00.400_TAI", "2011-02-15T01:59:26"),
        ("2011.02.15_01:59:59.600_TAI", "2011-02-15T01:59:26"),
        ("2012.07.01_00:00:34_TAI", "2012-06-30T23:59:60"),  # inside the leap second
        ("2012.07.01_00:00:35_TAI", "2012-07-01T00:00:00"),
        ("2020.01.01_00:00:37_TAI", "2020-01-01T00:00:00"),
        ("2020.01.01_00:00:00_UTC", "2020-01-01T00:00:00"),
        ("2070.01.01_00:00:37_TAI", "2070-01-01T00:00:00"),
        ("-4712.01.01_11:59:28_TAI", "NaT"),  # JSOC's "missing"
        ("2011.02.30_00:00:00_TAI", "NaT"),
        ("nan_TAI", "NaT"),
        ("2011.02.15_02:00:00_TDT", "NaT"),
        ("2011-02-15T02:00:00", "NaT"),
        ("", "NaT"),
    ],
)
def test_times_are_utc_to_the_second(stamp: str, utc: str) -> None:
    expected = utc.replace("2012-06-30T23:59:60", "2012-06-30T23:59:59")
    assert str(tai(stamp)) == expected


def test_milliseconds_in_the_record_time(tmp_path: pathlib.Path) -> None:
    path = write_sharp(tmp_path, FIELD, T_REC="2011.02.15_02:00:00.000_TAI")
    assert read_sharp_header(path).time == np.datetime64("2011-02-15T01:59:26")


def test_near_real_time_files_have_no_record(tmp_path: pathlib.Path) -> None:
    path = write_sharp(tmp_path, FIELD, T_FRST1="-4712.01.01_11:59:28_TAI", T_LAST1=None, QLOOK=1)
    header = read_sharp_header(path)
    assert np.isnat(header.record_begin)
    assert np.isnat(header.record_end)
    assert header.near_real_time


@pytest.mark.parametrize(
    ("listed", "regions"),
    [
        ({"NOAA_ARS": "11093,11099"}, (11093, 11099)),
        ({"NOAA_ARS": "11158"}, (11158,)),
        ({"NOAA_ARS": None, "NOAA_AR": 11158}, (11158,)),
        ({"NOAA_ARS": "MISSING", "NOAA_AR": 0}, ()),
        ({"NOAA_ARS": None, "NOAA_AR": 0}, ()),
        ({"NOAA_ARS": None, "NOAA_AR": None}, ()),
    ],
)
def test_regions_of_a_patch(tmp_path: pathlib.Path, listed: dict, regions: tuple) -> None:
    assert read_sharp_header(write_sharp(tmp_path, FIELD, **listed)).noaa_regions == regions


@pytest.mark.parametrize(
    ("value", "quality"), [(65536, 65536), ("0x00010400", 0x10400), ("bad", -1), (None, -1)]
)
def test_quality(tmp_path: pathlib.Path, value: object, quality: int) -> None:
    assert read_sharp_header(write_sharp(tmp_path, FIELD, QUALITY=value)).quality == quality


@pytest.mark.parametrize(("carrington", "stonyhurst"), [(350.0, -20.0), (20.0, 10.0)])
def test_longitudes_wrap(tmp_path: pathlib.Path, carrington: float, stonyhurst: float) -> None:
    path = write_sharp(tmp_path, FIELD, CRVAL1=carrington, CRLN_OBS=10.0)
    assert read_sharp_header(path).longitude_deg == pytest.approx(stonyhurst)


def test_a_file_of_another_name(tmp_path: pathlib.Path) -> None:
    path = write_sharp(tmp_path, FIELD).rename(tmp_path / "patch.fits")
    with pytest.raises(ValueError, match=r"patch\.fits does not name its segment"):
        read_sharp(path)
    assert read_sharp(path, segment="Br").header.segment == "Br"
    underscored = path.rename(tmp_path / "hmi_377_TAI_conf_disambig.fits")
    assert read_sharp_header(underscored).segment == "conf_disambig"


def test_a_missing_file(tmp_path: pathlib.Path) -> None:
    for read in (read_sharp, read_sharp_header):
        with pytest.raises(FileNotFoundError, match=r"none\.fits does not exist"):
            read(tmp_path / "none.fits")


@pytest.mark.parametrize("segment", ["magnetogram", "bitmap"])
def test_a_file_cut_anywhere(tmp_path: pathlib.Path, segment: str) -> None:
    pixels = np.random.default_rng(0).normal(0, 100, (60, 80))
    path = write_sharp(tmp_path, pixels, segment=segment)
    content = path.read_bytes()
    for length in (0, 40, 2880, 4000, len(content) // 2, len(content) - 3000, len(content) - 10):
        path.write_bytes(content[:length])
        for read in (read_sharp, read_sharp_header):
            with pytest.raises(ValueError, match="download") as error:
                read(path)
            assert str(path) in str(error.value)
            assert "\n" not in str(error.value)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_damaged_headers_never_end_in_a_strange_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = write_sharp(tmp_path_factory.mktemp("damaged"), FIELD)
    content = bytearray(path.read_bytes())
    where = data.draw(st.integers(2880, 2880 * 4))
    damage = data.draw(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
    content[where : where + len(damage)] = damage.encode()
    path.write_bytes(content)
    try:
        read_sharp(path)
        said = str(path)
    except ValueError as error:
        said = str(error)
    assert str(path) in said


def test_a_web_page_in_place_of_a_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.magnetogram.fits"
    path.write_text("<html>JSOC is down</html>")
    with pytest.raises(ValueError, match="not a complete FITS file"):
        read_sharp(path)


def test_a_table_is_no_picture(tmp_path: pathlib.Path) -> None:
    """A binary table has NAXIS = 2 as well."""
    path = tmp_path / "a.magnetogram.fits"
    fits.BinTableHDU.from_columns([fits.Column("a", "E", array=np.zeros(3))]).writeto(path)
    with pytest.raises(ValueError, match="holds no picture"):
        read_sharp(path)


def test_a_full_disk_given_as_a_sharp(tmp_path: pathlib.Path) -> None:
    path = write_full_disk(tmp_path / "a.magnetogram.fits", np.zeros((4, 4)))
    with pytest.raises(ValueError, match=r"a\.magnetogram\.fits is a full disk.*read_full_disk"):
        read_sharp(path)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"CTYPE1": "HPLN-TAN"}, "not a SHARP in CEA"),
        ({"CTYPE1": None}, "not a SHARP in CEA"),
        ({"HARPNUM": None}, "not a SHARP in CEA"),
        ({"CRLN_OBS": "nan     "}, "CRLN_OBS is not a number"),
        ({"CDELT1": None}, "CDELT1 is not a number"),
        ({"T_REC": "-4712.01.01_11:59:28_TAI"}, "has no time"),
        ({"T_REC": "2011-02-15T02:00:00"}, "has no time"),
        ({"CRPIX1": 400.0}, "CRPIX1 is not the middle"),
    ],
)
def test_what_is_no_whole_sharp(tmp_path: pathlib.Path, header: dict, message: str) -> None:
    path = write_sharp(tmp_path, FIELD, **header)
    for read in (read_sharp, read_sharp_header):
        with pytest.raises(ValueError, match=message) as error:
            read(path)
        assert str(path) in str(error.value)


def test_a_patch_without_any_pixel(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="holds no valid pixel"):
        read_sharp(write_sharp(tmp_path, np.full((3, 3), np.nan)))


def test_records_group_segments_by_region_and_time(tmp_path: pathlib.Path) -> None:
    later = {"T_REC": "2011.02.15_02:12:00_TAI"}
    write_sharp(tmp_path, FIELD, **later)
    write_sharp(tmp_path, FIELD, segment="Br")
    write_sharp(tmp_path, np.ones((2, 3)), segment="bitmap")
    write_sharp(tmp_path, FIELD)
    (tmp_path / "more").mkdir()
    write_sharp(tmp_path / "more", FIELD, HARPNUM=115)
    (tmp_path / "notes.txt").write_text("not a FITS file")
    found = [
        (r["magnetogram"].harp, str(r["magnetogram"].time), sorted(r))
        for r in sharp_records(tmp_path)
    ]
    assert found == [
        (115, "2011-02-15T01:59:26", ["magnetogram"]),
        (377, "2011-02-15T01:59:26", ["Br", "bitmap", "magnetogram"]),
        (377, "2011-02-15T02:11:26", ["magnetogram"]),
    ]
    whole = list(sharp_records(tmp_path))[1]
    pixels = read_segments(whole)
    assert sorted(pixels) == ["Br", "bitmap", "magnetogram"]
    np.testing.assert_allclose(pixels["Br"], FIELD, atol=1e-4)
    listed = sharp_records(sorted(tmp_path.rglob("*.fits")), segments=["bitmap"])
    assert [sorted(record) for record in listed] == [["bitmap"]]


def test_unwanted_segments_are_not_opened(tmp_path: pathlib.Path) -> None:
    write_sharp(tmp_path, FIELD)
    (tmp_path / "broken.Br.fits").write_bytes(b"")
    (record,) = sharp_records(tmp_path, segments=["magnetogram"])
    assert list(record) == ["magnetogram"]
    with pytest.raises(ValueError, match=r"broken\.Br\.fits"):
        list(sharp_records(tmp_path))


def test_headers_are_read_without_the_pixels(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sharp(tmp_path, FIELD)
    write_sharp(tmp_path, FIELD, segment="bitmap")

    def never(*args: object) -> None:
        raise AssertionError("pixels were read")

    for hdu in (fits.CompImageHDU, fits.PrimaryHDU, fits.BinTableHDU):
        monkeypatch.setattr(hdu, "data", property(never))
    assert len(list(sharp_records(tmp_path))) == 1


def test_near_real_time_and_definitive_regions_stay_apart(tmp_path: pathlib.Path) -> None:
    """Their numbers are of two different series."""
    write_sharp(tmp_path, FIELD)
    (tmp_path / "nrt").mkdir()
    write_sharp(tmp_path / "nrt", FIELD, QLOOK=1)
    assert len(list(sharp_records(tmp_path))) == 2


def test_a_segment_that_is_there_twice(tmp_path: pathlib.Path) -> None:
    write_sharp(tmp_path, FIELD)
    (tmp_path / "copy").mkdir()
    write_sharp(tmp_path / "copy", FIELD)
    with pytest.raises(ValueError, match="keep one file of each segment"):
        list(sharp_records(tmp_path))


def test_segments_of_different_shape(tmp_path: pathlib.Path) -> None:
    write_sharp(tmp_path, FIELD)
    write_sharp(tmp_path, np.zeros((3, 3)), segment="bitmap")
    (record,) = sharp_records(tmp_path)
    with pytest.raises(ValueError, match="download both from the same series"):
        read_segments(record)


def test_a_folder_that_is_none(tmp_path: pathlib.Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist: give a folder"):
        list(sharp_records(tmp_path / "nowhere"))


@pytest.mark.realdata
def test_real_sharps(realdata: pathlib.Path) -> None:
    records = list(sharp_records(realdata / "sharp"))
    assert [len(record) for record in records] == [2, 6]
    first, second = (record["magnetogram"] for record in records)
    assert (first.harp, first.noaa_regions) == (115, (11093, 11099))
    assert first.time == np.datetime64("2010-08-07T20:35:26")
    assert first.keywords["R_VALUE"] == 3.252
    assert (second.harp, second.noaa_regions) == (377, (11158,))
    assert second.time == np.datetime64("2011-02-15T01:59:26")
    assert second.record_end == np.datetime64("2011-02-21T07:35:26")
    assert math.isnan(second.keywords["R_VALUE"])
    pixels = read_segments(records[1])
    assert {values.shape for values in pixels.values()} == {(377, 744)}
    assert np.unique(pixels["bitmap"]).tolist() == [0, 1, 2, 33, 34]
    assert pixels["magnetogram"].min() == pytest.approx(-1872.2, abs=0.01)  # DATAMIN
    assert pixels["magnetogram"].max() == pytest.approx(1715.2, abs=0.01)  # DATAMAX
