"""Regions as NOAA names them, the Solar Region Summary, and the table of region days."""

import pathlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsolar.sun.files import region_days, srs
from jsolar.sun.files.region_days import RegionDays, read_region_days
from jsolar.sun.files.srs import Returning, parse_srs, read_srs
from jsolar.sun.flares.regions import (
    MAGNETIC_TYPES,
    McIntosh,
    noaa_number,
    parse_location,
    parse_magnetic_type,
    parse_mcintosh,
)

OLD = """\
:Product: 19961209SRS.txt
:Issued: 1996 Dec 09 0030 UTC
# Prepared jointly by the U.S. Dept. of Commerce, NOAA,
JOINT USAF/NOAA SOLAR REGION SUMMARY
SRS NUMBER 344 ISSUED AT 0030Z ON 09 DEC 1996
REPORT COMPILED FROM DATA RECEIVED AT SWO ON 08 DEC
I.  REGIONS WITH SUNSPOTS.  LOCATIONS VALID AT 08/2400Z
NMBR LOCATION  LO  AREA  Z   LL   NN MAG TYPE
8003 S30E10   354  0010 BXO  04   04 BETA-GAMMA-DELTA
IA. H-ALPHA PLAGES WITHOUT SPOTS.  LOCATIONS VALID AT 08/2400Z DEC
NMBR  LOCATION  LO
NONE
II. REGIONS DUE TO RETURN 09 DEC TO 11 DEC
NMBR LAT    LO7997 N05    242


"""

NEW = """\
:Product: 0101SRS.txt
:Issued: 2022 Mar 01 0030 UTC
Joint USAF/NOAA Solar Region Summary
SRS Number 60 Issued at 0030Z on 01 Mar 2022
I.  Regions with Sunspots.  Locations Valid at 28/2400Z
Nmbr Location  Lo  Area  Z   LL   NN Mag Type
2955 S16W88   192  0140 Dso  09   02 Beta
IA. H-alpha Plages without Spots.  Locations Valid at 28/2400Z Feb
Nmbr  Location  Lo
2919  S13W56   159
2922  N17E102  120   Comment
II. Regions Due to Return 01 Mar to 03 Mar
Nmbr Lat    Lo
2910 N15
2906 S29    355
III. Something else
1234 not a row
"""

DAYS = """\
AR issue_date,noaa_ar,Carrington_long,AREA,McIntosh,Longitude_extent,Latitude,Longitude,\
No_sunspots,MAGTYPE,LOCATION,C,M,X,C+,M+,X+
0,2011-02-15 00:30,1158,34,600,Ekc,17,-20,-12,20.0,Beta-Gamma-Delta,S20W12,3.0,0.0,1.0,4.0,1.0,1.0
1,1996-08-01 00:30,7981,258,410,ESO,12,-9,-22,24.0,BETA-GAMMA,S09E22,0.0,0.0,0.0,0.0,0.0,0.0
2,1996-08-01 00:30,7981,258,410,ESO,12,-9,-22,24.0,BETA-GAMMA,S09E22,0.0,0.0,0.0,0.0,0.0,0.0
3,1996-08-01 00:30,7980,258,,,12,-9,-22,nan,,,1.0,0.0,0.0,1.0,0.0,0.0
"""


def write(folder: pathlib.Path, text: str) -> pathlib.Path:
    path = folder / "file.txt"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("printed", "date", "full"),
    [
        (7981, "1996-08-01", 7981),
        (210, "1972-06-02", 210),
        (9999, "2002-06-14", 9999),
        (9767, "2002-01-01", 9767),
        (0, "2002-06-15", 0),
        (1, "2002-06-15", 10001),
        (9, "2002-06-15", 10009),
        (1158, "2011-02-15", 11158),
        (11158, "2011-02-15", 11158),
        (4999, "2027-12-01", 14999),
        (5001, "2028-01-01", 15001),
    ],
)
def test_numbers_have_all_their_digits(printed: int, date: str, full: int) -> None:
    assert noaa_number(printed, np.datetime64(date)) == full


def test_a_number_needs_a_date() -> None:
    with pytest.raises(ValueError, match="needs a date"):
        noaa_number(1158, np.datetime64("NaT", "D"))
    with pytest.raises(ValueError, match="not below 0"):
        noaa_number(-1, np.datetime64("2011-01-01"))


@given(st.integers(0, 90), st.integers(0, 180), st.booleans(), st.booleans())
def test_places_have_north_and_west_positive(
    latitude: int, longitude: int, south: bool, east: bool
) -> None:
    text = f"{'S' if south else 'N'}{latitude:02d}{'E' if east else 'W'}{longitude:02d}"
    expected = (-latitude if south else latitude, -longitude if east else longitude)
    assert parse_location(text) == parse_location(f" {text.lower()} ") == expected
    assert not np.signbit(parse_location("S00E00")).any()


@pytest.mark.parametrize("text", ["", "S30", "30S10E", "S91E10", "S30E181", "S3OE10", "N15W٣٣"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a place on the Sun"):
        parse_location(text)


@given(st.text(alphabet="NSEW0123456789 +-.", max_size=8))
def test_any_text_is_a_place_on_the_sun_or_a_value_error(text: str) -> None:
    try:
        latitude, longitude = parse_location(text)
    except ValueError:
        return
    assert -90 <= latitude <= 90
    assert -180 <= longitude <= 180


def test_mcintosh_letters() -> None:
    assert parse_mcintosh(" fKi ") == McIntosh("F", "K", "I")
    assert "".join(parse_mcintosh("Dso")) == "DSO"
    for wrong in ("", "Ds", "Gso", "Dzo", "Dsx0", "DSB", "D-O"):
        with pytest.raises(ValueError, match="not a McIntosh class"):
            parse_mcintosh(wrong)


def test_magnetic_types() -> None:
    for name in MAGNETIC_TYPES:
        assert parse_magnetic_type(f" {name.title()} ") == name
    with pytest.raises(ValueError, match="these are: ALPHA"):
        parse_magnetic_type("Delta")


def test_old_summary_with_a_row_behind_the_heading() -> None:
    report = parse_srs(OLD)
    assert str(report.issue_time) == "1996-12-09T00:30:00"
    assert str(report.valid_time) == "1996-12-09T00:00:00"
    assert report.regions == (
        srs.SpotRegion(8003, -30.0, -10.0, 354.0, 10.0, "BXO", 4.0, 4, "BETA-GAMMA-DELTA"),
    )
    assert report.plages == ()
    assert report.returning == (Returning(7997, 5.0, 242.0),)


def test_new_summary_with_a_missing_longitude() -> None:
    report = parse_srs(NEW)
    assert str(report.valid_time) == "2022-03-01T00:00:00"
    assert report.regions[0][:4] == (12955, -16.0, 88.0, 192.0)
    assert report.regions[0].mcintosh == "DSO"
    assert report.plages == (
        srs.Plage(12919, -13.0, 56.0, 159.0),
        srs.Plage(12922, 17.0, -102.0, 120.0),
    )
    assert report.returning[0][:2] == (12910, 15.0)
    assert np.isnan(report.returning[0].carrington_longitude_deg)
    assert report.returning[1] == Returning(12906, -29.0, 355.0)


def test_a_footer_is_no_region() -> None:
    """As in the summaries of 2002-06-24 and 06-28."""
    footer = "9999, 0000, 0000: numbers that begin anew\n"
    assert parse_srs(NEW.replace("III.", footer + "III.")) == parse_srs(NEW)
    assert len(parse_srs(NEW.replace("III.", "2907 S28    340\nIII.")).returning) == 3


def test_a_summary_without_its_header_and_region_ten_thousand() -> None:
    text = NEW.split("\n", 2)[2].replace("2022", "2002").replace("2955 ", "0000 ")
    report = parse_srs(text)
    assert str(report.issue_time) == "2002-03-01T00:30:00"
    assert report.regions[0].region == 10000


def test_places_never_hold_for_a_time_after_the_issue() -> None:
    report = parse_srs(NEW.replace("28/2400Z", "01/2400Z"))
    assert str(report.valid_time) == "2022-02-02T00:00:00"
    assert parse_srs(NEW.replace("28/2400Z", "01/0000Z")).valid_time < report.issue_time


def test_places_of_many_summaries() -> None:
    places = srs.positions([parse_srs(NEW), parse_srs(OLD)])
    assert places.region.tolist() == [12955, 12919, 12922, 8003]
    assert places.longitude_deg.tolist() == [88.0, 56.0, -102.0, -10.0]
    assert places.time.astype("datetime64[D]").astype(str).tolist()[-1] == "1996-12-09"
    assert srs.positions([]).time.dtype == "datetime64[s]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a Solar Region Summary"),
        (NEW.replace("II.", "Two."), "sections I., IA. and II."),
        (NEW.replace("Valid at 28/2400Z", ""), "Locations Valid"),
        (NEW.replace("28/2400Z", "32/2400Z"), "no day before"),
        (NEW.replace("2022 Mar 01", "2022 Mai 01"), "not a time"),
        (NEW.replace("S16W88", "S16"), "not a place"),
        (NEW.replace("0140 Dso", "Dso"), "cells"),
        (NEW.replace("0140", "big "), "not a number"),
        (NEW.replace("Dso", "Dxyz"), "McIntosh"),
        (NEW.replace(" Beta", " Bet"), "magnetic type"),
        (NEW.replace("2906 S29 ", "2906 S2X "), "not a place"),
    ],
)
def test_broken_summaries_are_named_in_one_sentence(
    tmp_path: pathlib.Path, text: str, message: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=message) as caught:
        read_srs(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.integers(0, len(NEW)), st.text(max_size=12))
def test_a_damaged_summary_is_read_or_a_value_error(place: int, text: str) -> None:
    try:
        report = parse_srs(NEW[:place] + text + NEW[place + len(text) :])
    except ValueError:
        return
    assert report.valid_time <= report.issue_time


def test_region_days_with_an_unnamed_cell_repeats_and_gaps(tmp_path: pathlib.Path) -> None:
    days = read_region_days(write(tmp_path, DAYS))
    assert days.region.tolist() == [7980, 7981, 11158]
    assert str(days.issue_time[-1]) == "2011-02-15T00:30:00"
    np.testing.assert_array_equal(days.latitude_deg, [np.nan, -9.0, -20.0])
    np.testing.assert_array_equal(days.longitude_deg, [np.nan, -22.0, 12.0])
    np.testing.assert_array_equal(days.area_msh, [np.nan, 410.0, 600.0])
    np.testing.assert_array_equal(days.spots, [np.nan, 24.0, 20.0])
    assert days.mcintosh.tolist() == ["", "ESO", "EKC"]
    assert days.magnetic_type.tolist() == ["", "BETA-GAMMA", "BETA-GAMMA-DELTA"]
    assert days.location.tolist() == ["", "S09E22", "S20W12"]
    assert days.c_or_larger.tolist() == [1, 0, 4]
    assert days.m_or_larger.tolist() == [0, 0, 1]
    assert days.x_or_larger.tolist() == [0, 0, 1]


def test_a_header_with_all_names_is_read_too(tmp_path: pathlib.Path) -> None:
    days = read_region_days(write(tmp_path, "row," + DAYS))
    assert days.region.tolist() == [7980, 7981, 11158]


def test_places_of_region_days_hold_at_midnight(tmp_path: pathlib.Path) -> None:
    places = region_days.positions(read_region_days(write(tmp_path, DAYS)))
    assert places.region.tolist() == [7981, 11158]
    assert places.time.astype(str).tolist() == ["1996-08-01T00:00:00", "2011-02-15T00:00:00"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column"),
        (DAYS.splitlines()[0], "empty"),
        (DAYS.replace("C+", "c"), "no column 'C\\+'"),
        (DAYS.replace(",4.0,1.0,1.0", ",4.0,,1.0"), "row 1 has no value"),
        (DAYS.replace(",4.0,1.0,1.0", ",4.5,1.0,1.0"), "not a whole number"),
        (DAYS.replace("S20W12", "20S12W"), "not a place"),
        (DAYS.replace("Ekc", "E"), "McIntosh"),
        (DAYS.replace("2011-02-15 00:30", ""), "has no 'AR issue_date'"),
        (DAYS.replace("410", "500", 1), "there twice and differs"),
        (DAYS[:-5], "cells"),
    ],
)
def test_broken_tables_are_named_in_one_sentence(
    tmp_path: pathlib.Path, text: str, message: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=message) as caught:
        read_region_days(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def days(realdata: pathlib.Path) -> RegionDays:
    return read_region_days(realdata / "noaa_regions" / "noaa_region_days_1996_2014.csv")


@pytest.mark.realdata
def test_real_region_days(days: RegionDays) -> None:
    assert len(days.region) == 30419
    assert str(days.issue_time[0]) == "1996-08-01T00:30:00"
    assert str(days.issue_time[-1]) == "2014-12-31T00:30:00"
    assert (days.c_or_larger >= days.m_or_larger).all()
    assert (days.m_or_larger >= days.x_or_larger).all()
    assert (days.m_or_larger > 0).sum() == 30419 - 29303
    assert not np.isnan(days.longitude_deg).any()
    assert {"EKC", "AXX", "DRC"} < set(days.mcintosh.tolist())


@pytest.mark.realdata
def test_real_longitudes_are_west_positive_in_the_column_too(
    days: RegionDays, realdata: pathlib.Path
) -> None:
    from jsolar.sun.files.text_table import numbers, read_text_table

    path = realdata / "noaa_regions" / "noaa_region_days_1996_2014.csv"
    table = read_text_table(path, ["Latitude", "Longitude"])
    for name, ours in (("Latitude", days.latitude_deg), ("Longitude", days.longitude_deg)):
        assert sorted(numbers(table[name], what=name)) == sorted(ours)


@pytest.mark.realdata
def test_the_flares_of_a_real_day_are_those_that_begin_on_it(
    days: RegionDays, realdata: pathlib.Path
) -> None:
    from jsolar.sun.files.flare_lists import read_flare_list

    flares = read_flare_list(realdata / "flare_lists" / "goes_flares_2010_2018.csv")
    began = zip(flares.start.astype("datetime64[D]"), flares.region, strict=True)
    counts: dict[tuple, int] = {}
    for key in began:
        counts[key] = counts.get(key, 0) + 1
    covered = days.issue_time >= np.datetime64("2010-01-03")
    keys = zip(days.issue_time[covered].astype("datetime64[D]"), days.region[covered], strict=True)
    assert [counts.get(key, 0) for key in keys] == days.c_or_larger[covered].tolist()


@pytest.mark.realdata
@pytest.mark.parametrize(
    "name", ["19961209", "19990101", "20100228", "20220104", "20220105", "20220106"]
)
def test_real_summaries_have_their_date(realdata: pathlib.Path, name: str) -> None:
    report = read_srs(realdata / "srs" / f"{name}SRS.txt")
    day = np.datetime64(f"{name[:4]}-{name[4:6]}-{name[6:]}", "s")
    assert report.valid_time == day
    assert report.issue_time == day + np.timedelta64(30, "m")
    for region in (*report.regions, *report.plages):
        assert (7900 < region.region < 8500) == (day < np.datetime64("2002"))
        # Carrington longitude less Stonyhurst longitude is that of the disk centre.
        centre = region.carrington_longitude_deg - region.longitude_deg
        first = report.regions[0]
        apart = centre - first.carrington_longitude_deg + first.longitude_deg
        assert abs((apart + 180) % 360 - 180) <= 3


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["19990101", "20220104", "20220105", "20220106"])
def test_real_summaries_as_sunpy_reads_them(realdata: pathlib.Path, name: str) -> None:
    from sunpy.io.special.srs import read_srs as sunpy_read

    path = realdata / "srs" / f"{name}SRS.txt"
    theirs = sunpy_read(path)
    spots = theirs[theirs["ID"] == "I"]
    ours = read_srs(path)
    assert [r.region for r in ours.regions] == spots["Number"].tolist()
    assert [r.longitude_deg for r in ours.regions] == spots["Longitude"].value.tolist()
    assert [r.latitude_deg for r in ours.regions] == spots["Latitude"].value.tolist()
    assert [r.spots for r in ours.regions] == spots["Number of Sunspots"].tolist()
    assert [r.area_msh for r in ours.regions] == spots["Area"].value.tolist()
    returning = theirs[theirs["ID"] == "II"]
    assert [r.region for r in ours.returning] == returning["Number"].tolist()
