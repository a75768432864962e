"""Every format of flare list with the traps that the real files hold."""

import pathlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.sun.files.flare_lists import (
    parse_swpc_events,
    read_flare_list,
    read_flare_lists,
    read_goes_csv,
    read_plain,
    read_swpc_csv,
)
from jsolar.sun.files.flare_lists.hek import read_hek_csv, read_hek_ecsv
from jsolar.sun.files.flare_lists.rules import on_one_scale, past_midnight, scales
from jsolar.sun.files.flare_lists.swpc import clock
from jsolar.sun.flares.catalogue import FlareList, FlareSource, goes_class, time

GOES = """\
event_starttime,event_peaktime,event_endtime,goes_class_ind,goes_class,noaa_ar,hgs_lat,hgs_lon
0,2010-08-17 23:05:00,2010-08-17 00:01:00,2010-08-17 00:22:00,C,C1.5,11099,,
1,2010-01-02 14:08:00,2010-01-02 14:16:00,2010-01-02 14:24:00,C,C2.6,     ,-28.0,40.0
2,2010-01-02 14:08:00,2010-01-02 14:16:00,2010-01-02 14:24:00,C,C2.6,     ,-28.0,40.0
3,2010-03-13 23:35:00,2010-03-13 23:49:00,2010-03-13 00:23:00,M,M1.5,11054,13.0,-15.0
"""

SWPC = """\
date,event_no,start_time,max_time,end_time,goes_sat,goes_class,noaa_ar,ts
0,20100102,4300,0709,0724,0740,G14,C1.0,11039,201001020709
1,20100102,4370,0008,0016,0024,G15,C2.6,     ,201001020008
2,20110411,7360,2340,////,0003,G15,X10.0,1190,201104112340
3,20100817,2870,2305,0001,0022,G14,C1.5,11099,201008172305
"""

EVENTS = """\
:Product: 20150301events.txt
:Created: 2015 Mar 04 0357 UT
:Date: 2015 03 01
# Prepared by the U.S. Dept. of Commerce, NOAA, Space Weather Prediction Center
# Missing data: ////
#                            Edited Events for 2015 Mar 01
#
#Event    Begin    Max       End  Obs  Q  Type  Loc/Frq   Particulars       Reg#
#-------------------------------------------------------------------------------

4080       0158   0210      0232  G15  5   XRA  1-8A      C1.0    1.9E-03   2290
4080       0158   0159      0211  LEA  3   FLA  N19W66    SF                2290
4080       0158   0159      0211  SVI  3   FLA  N20W65    SF                2290

4110       0508   ////      0509  LEA  C   RSP  027-047   III/1             2290
4120      B0605   ////     B0655  LEA  3   EPL  ////      0.24              2289
4140       0855   0956      1021  G15  5   XRA  1-8A      B7.4    1.7E-03
4150      B0957  U0959     A1001  SVI  3   FLA  N18W72    SF                2290
4160 +    B1200  U1210     A1230  G15  5   XRA  1-8A      M2.0
4170       2340   0005      0021  G15  5   XRA  1-8A      X10.0   1.7E-01   2293
4180       2350   ////      0003  G15  5   XRA  1-8A      C2.5    1.7E-03   2293
"""

HEK = """\
event_starttime,event_peaktime,event_endtime,boundbox_c1ll,boundbox_c1ur,boundbox_c2ll,\
boundbox_c2ur,hpc_bbox,hv_labels_formatted,frm_name
2010-08-14T09:38:00,2010-08-14T10:05:00,2010-08-14T10:31:00,51.5,52.5,16.5,17.5,\
"POLYGON((712 202,722 204))",{'GOES Class': 'C4.4'},SWPC
2010-08-14T09:42:50,2010-08-14T10:50:02,2010-08-14T12:22:38,691.2,692.2,76.8,77.8,x,\
{'Peak Flux': '1013.3 DN/sec/pixel'},Flare Detective - Trigger Module
2011-03-07T19:43:00,2011-03-07T20:12:00,2011-03-07T20:58:00,-90,90,-90,90,x,\
{'GOES Class': 'M3.7'},SWPC
2011-03-07T19:43:00,2011-03-07T20:12:00,2011-03-07T20:58:00,-49.5,-48.5,30.5,31.5,x,\
{'GOES Class': 'M3.7'},SWPC
2011-03-07T19:43:00,2011-03-07T20:11:00,2011-03-07T20:58:00,1,2,1,2,x,\
{'GOES Class': 'M3.5'},Somebody Else
"""

OWN = """\
# jsolar flare list {"name": "toy", "version": "1", "floor_w_m2": 1e-06, "flux_scale": "science", \
"begins": "2012-01-01T00:00:00", "ends": "2012-01-02T00:00:00"}
start,peak,end,flux_w_m2,region,latitude_deg,longitude_deg
2012-01-01T10:00:00,,,1e-06,11389,,
"""


def write(folder: pathlib.Path, text: str, name: str = "list.txt") -> pathlib.Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(flares: FlareList) -> list[tuple]:
    """Peak, class, region, latitude, longitude of every flare."""
    classes = map(goes_class, flares.flux_w_m2)
    columns = (flares.region, flares.latitude_deg, flares.longitude_deg)
    times = flares.peak.astype(str).tolist()
    return list(zip(times, classes, *(c.tolist() for c in columns), strict=True))


def test_goes_csv(tmp_path: pathlib.Path) -> None:
    flares = read_flare_list(write(tmp_path, GOES))
    nan = pytest.approx(np.nan, nan_ok=True)
    assert rows(flares) == [
        ("2010-01-02T14:16:00", "C2.6", 0, -28.0, 40.0),
        ("2010-03-13T23:49:00", "M1.5", 11054, 13.0, -15.0),
        ("2010-08-18T00:01:00", "C1.5", 11099, nan, nan),
    ]
    assert flares.end.astype(str).tolist()[1:] == ["2010-03-14T00:23:00", "2010-08-18T00:22:00"]
    assert flares.source == FlareSource(
        "GOES flares",
        "",
        1e-6,
        "operational",
        np.datetime64("2010-01-02T00:00:00"),
        np.datetime64("2010-08-18T00:00:00"),
    )


def test_swpc_csv(tmp_path: pathlib.Path) -> None:
    flares = read_flare_list(write(tmp_path, SWPC))
    assert [row[:3] for row in rows(flares)] == [
        ("2010-01-02T00:16:00", "C2.6", 0),
        ("2010-01-02T07:24:00", "C1.0", 11039),
        ("2010-08-18T00:01:00", "C1.5", 11099),
        ("NaT", "X10.0", 11190),
    ]
    assert str(time(flares)[-1]) == "2011-04-11T23:40:00"
    assert str(flares.end[-1]) == "2011-04-12T00:03:00"
    assert flares.source.flux_scale == "operational"
    assert str(flares.source.ends) == "2011-04-12T00:00:00"
    lost_zeros = SWPC.replace(",0709,", ",709,").replace(",0008,", ",8,")
    again = read_swpc_csv(write(tmp_path, lost_zeros))
    for column, other in zip(flares[:-1], again[:-1], strict=True):
        np.testing.assert_array_equal(column, other)


def test_swpc_events_text(tmp_path: pathlib.Path) -> None:
    flares = read_flare_list(write(tmp_path, EVENTS))
    nan = pytest.approx(np.nan, nan_ok=True)
    assert rows(flares) == [
        ("2015-03-01T02:10:00", "C1.0", 12290, 19.0, 66.0),
        ("2015-03-01T09:56:00", "B7.4", 0, nan, nan),
        ("2015-03-01T12:10:00", "M2.0", 0, nan, nan),
        ("NaT", "C2.5", 12293, nan, nan),
        ("2015-03-02T00:05:00", "X10.0", 12293, nan, nan),
    ]
    assert flares.end.astype(str).tolist()[-2:] == ["2015-03-02T00:03:00", "2015-03-02T00:21:00"]
    assert str(flares.source.begins) == "2015-03-01T00:00:00"
    assert str(flares.source.ends) == "2015-03-02T00:00:00"
    assert flares.source.flux_scale == "operational"


def test_a_quiet_day_is_an_empty_list_that_covers_the_day() -> None:
    flares = parse_swpc_events(":Date: 2009 01 05\n#Event    Begin    Max\nNO EVENT REPORTS.\n")
    assert len(flares.start) == 0
    assert flares.source.ends - flares.source.begins == np.timedelta64(1, "D")


def test_hek_csv(tmp_path: pathlib.Path) -> None:
    flares = read_flare_list(write(tmp_path, HEK))
    assert rows(flares) == [
        ("2010-08-14T10:05:00", "C4.4", 0, 17.0, 52.0),
        ("2011-03-07T20:12:00", "M3.7", 0, 31.0, -49.0),
    ]
    assert flares.source.name == "HEK SWPC"
    assert flares.source.flux_scale == "operational"
    other = read_flare_list(write(tmp_path, HEK), frm_name="Somebody Else")
    assert [row[:2] for row in rows(other)] == [("2011-03-07T20:11:00", "M3.5")]
    assert np.isnan(other.latitude_deg).all()
    assert other.source.flux_scale == "unknown"
    with pytest.raises(ValueError, match="given by SWPC, Somebody Else"):
        read_hek_csv(write(tmp_path, HEK), frm_name="Flare Detective - Trigger Module")


def write_ecsv(path: pathlib.Path, **changes: list) -> pathlib.Path:
    """A raw HEK query as sunpy saves it: times are astropy times, much else is text or null."""
    from astropy.table import Table
    from astropy.time import Time

    starts = ["2012-01-01 04:45:00", "2012-01-01 07:24:00", "2012-01-02 07:05:00"]
    peaks = ["2012-01-01 04:50:00", "2012-01-01 07:34:00", "2012-01-02 07:24:00"]
    columns = {
        "gs_thumburl": ["", "a b", ""],
        "event_starttime": Time(starts),
        "event_peaktime": Time(peaks),
        "event_endtime": Time(peaks),
        "noposition": ["true", "false", "true"],
        "fl_goescls": ["B8.1", "C3.2", "C1.5"],
        "ar_noaanum": [0, 11389, 11389],
        "hgs_x": [0, -34, 0],
        "hgs_y": [0, -26, 0],
        "frm_name": ["SWPC", "SWPC", "SWPC"],
        "fl_peakflux": np.array([None, None, 2.0], dtype=object),
    }
    Table({**columns, **changes}).write(path, format="ascii.ecsv")
    return path


def test_hek_ecsv(tmp_path: pathlib.Path) -> None:
    flares = read_flare_list(write_ecsv(tmp_path / "hek.ecsv"))
    nan = pytest.approx(np.nan, nan_ok=True)
    assert rows(flares) == [
        ("2012-01-01T04:50:00", "B8.1", 0, nan, nan),
        ("2012-01-01T07:34:00", "C3.2", 11389, -26.0, -34.0),
        ("2012-01-02T07:24:00", "C1.5", 11389, nan, nan),
    ]
    assert str(flares.source.ends) == "2012-01-03T00:00:00"


def test_disk_centre_by_default_is_no_place_and_text_times_are_read(tmp_path: pathlib.Path) -> None:
    flares = read_flare_list(
        write_ecsv(
            tmp_path / "hek.ecsv",
            noposition=["false", "false", "True"],
            hgs_x=[0, -34, 25],
            event_starttime=["2012-01-01T04:45:00"] * 3,
            fl_goescls=np.ma.array(["", "C3.2", "C1.5"], mask=[True, False, False]),
            ar_noaanum=np.ma.array([0, 11389, 0], mask=[False, False, True]),
        )
    )
    assert np.isnan(flares.longitude_deg).tolist() == [False, True]
    assert flares.region.tolist() == [11389, 0]
    centre = write_ecsv(tmp_path / "centre.ecsv", noposition=["false"] * 3)
    assert np.isnan(read_flare_list(centre).longitude_deg).tolist() == [True, False, True]


@pytest.mark.parametrize("text", [GOES, SWPC, EVENTS, HEK])
def test_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path: pathlib.Path, text: str) -> None:
    plain = read_flare_list(write(tmp_path, text))
    path = tmp_path / "windows.txt"
    path.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    for column, other in zip(plain[:-1], read_flare_list(path)[:-1], strict=True):
        np.testing.assert_array_equal(column, other)


def test_what_the_source_says_can_be_put_right(tmp_path: pathlib.Path) -> None:
    flares = read_flare_list(
        write(tmp_path, SWPC),
        name="mine",
        version="2021",
        floor_w_m2=1e-5,
        flux_scale="science",
        begins="2010-01-01",
        ends=np.datetime64("2012-01-01T12:00"),
    )
    assert flares.source == FlareSource(
        "mine",
        "2021",
        1e-5,
        "science",
        np.datetime64("2010-01-01T00:00:00"),
        np.datetime64("2012-01-01T12:00:00"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "these can: GOES CSV"),
        ("a,b\n1,2\n", "these can: GOES CSV"),
        (GOES.splitlines()[0] + "\n", "no flare"),
        (SWPC.splitlines()[0] + "\n", "no flare"),
        (HEK.splitlines()[0] + "\n", "no GOES class"),
        (GOES[:-10], "cells"),
        (GOES.replace("C2.6", "Z2.6"), "not a GOES class"),
        (GOES.replace("11099", "AR99"), "not a number"),
        (GOES.replace("11099", "11099.5"), "not a whole number"),
        (GOES.replace("2010-08-17 23:05:00", "17/08/2010"), "not a time"),
        (GOES.replace("-28.0", "S28"), "not a number"),
        (SWPC.replace("0709", "0769"), "not a time of the day"),
        (SWPC.replace("0709", "noon"), "not a time of the day"),
        (SWPC.replace("20110411", "20111341"), "not a date"),
        (SWPC.replace("2340", "////"), "neither a start nor a peak"),
        (SWPC.replace("noaa_ar", "region"), "no column 'noaa_ar'"),
        (EVENTS.replace(":Date: 2015 03 01", ":Date: tomorrow"), "no line ':Date:"),
        (EVENTS.replace(":Date: 2015 03 01", ":Date: 2015 13 01"), "not a date"),
        (EVENTS.replace("0158", "0199", 1), "not a time of the day"),
        (EVENTS.replace("C1.0 ", "1.0  "), "has no GOES class"),
        (EVENTS.replace("4080       0158", "4080       158?", 1), "cannot be read"),
        (HEK.replace("51.5", "east"), "not a number"),
        ("# %ECSV 1.0\n# ---\n# nonsense\n", "ECSV"),
        ("# jsolar flare list {}\nstart\n", "first line"),
        ("# jsolar flare list [1]\nstart\n", "first line"),
        (OWN.replace(",1e-06,", ",much,"), "not a number"),
        (OWN.replace('"science"', '"log"'), "flux scale"),
        (OWN.replace("2012-01-02", "2011-01-02"), "which is no time"),
    ],
)
def test_broken_files_are_named_in_one_sentence(
    tmp_path: pathlib.Path, text: str, message: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=message) as caught:
        read_flare_list(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).count(str(path)) == 1


def test_a_file_that_is_not_there_is_not_found(tmp_path: pathlib.Path) -> None:
    for read in (read_flare_list, read_goes_csv, read_hek_ecsv, read_plain):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "nothing.csv")


def test_ecsv_without_its_columns_says_which(tmp_path: pathlib.Path) -> None:
    from astropy.table import Table

    Table({"a": [1]}).write(tmp_path / "a.ecsv", format="ascii.ecsv")
    with pytest.raises(ValueError, match="no column 'event_starttime'"):
        read_flare_list(tmp_path / "a.ecsv")


ROW = "4080       0158   0210      0232  G15  5   XRA  1-8A      C1.0    1.9E-03   2290"


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.one_of(
            st.text(alphabet=st.characters(codec="utf-8"), max_size=90),
            st.tuples(st.integers(0, len(ROW)), st.text(max_size=12)).map(
                lambda cut: ROW[: cut[0]] + cut[1] + ROW[cut[0] + len(cut[1]) :]
            ),
            st.from_regex(r"4[0-9]{3} [+ ] [ABU]?[0-9]{4} //// [0-9]{4} G15 5 XRA 1-8A .{0,20}"),
        ),
        max_size=4,
    )
)
def test_any_lines_make_a_list_or_a_value_error(lines: list[str]) -> None:
    try:
        flares = parse_swpc_events("\n".join([":Date: 2015 03 01", *lines]))
    except ValueError:
        return
    assert np.isfinite(flares.flux_w_m2).all()


@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from(["", "A", "B", "U"]))
def test_clock_times(hour: int, minute: int, prefix: str) -> None:
    day = np.datetime64("2015-03-01")
    expected = np.datetime64(f"2015-03-01T{hour:02d}:{minute:02d}:00")
    assert clock(day, f"{prefix}{hour:02d}{minute:02d}") == expected
    assert clock(day, str(100 * hour + minute)) == expected
    assert clock(day, " 2400 ") == np.datetime64("2015-03-02T00:00:00")


def test_midnight_moves_a_flare_by_a_day_but_never_makes_one_of_a_day() -> None:
    start = np.array(["2012-01-01T23:50", "2012-01-01T12:00", "NaT"], "datetime64[s]")
    peak = np.array(["2012-01-01T00:10", "2012-01-01T11:59", "2012-01-01T01:00"], "datetime64[s]")
    moved = past_midnight(start, peak).astype(str).tolist()
    assert moved == ["2012-01-02T00:10:00", "NaT", "2012-01-01T01:00:00"]
    long = np.array(["2012-01-02T23:51"], "datetime64[s]")  # dated by the list itself
    assert past_midnight(start[:1], long) == long


def test_the_scale_follows_the_satellites_and_else_the_date() -> None:
    def of(year: int, *names: str) -> list[str]:
        times = np.full(len(names) or 1, f"{year}-06-01", "datetime64[s]")
        return scales(times, np.array(names) if names else None).tolist()

    assert of(2021, "G08", "G15", "SDO") == ["operational", "operational", "science"]
    assert of(2012, "G16", "GOES-18", "GO9", "") == ["science", "science"] + ["operational"] * 2
    assert of(1990, "GO7", "SDO") == ["unknown"] * 2
    assert [of(1990), of(2010), of(2021)] == [["unknown"], ["operational"], ["science"]]


def test_fluxes_of_different_satellites_come_to_one_scale() -> None:
    flux, both = np.array([7e-6, 7e-6]), np.array(["operational", "science"])
    mixed, scale, floor = on_one_scale(flux, both)
    assert (mixed.tolist(), scale) == ([1e-5, 7e-6], "science")
    assert floor == pytest.approx(1e-6 / 0.7, rel=1e-11)
    same, scale, floor = on_one_scale(flux, both[[0, 0]])
    assert (same.tolist(), scale, floor) == ([7e-6, 7e-6], "operational", 1e-6)
    assert on_one_scale(flux, np.array(["unknown", "science"]))[1] == "unknown"


def test_two_satellites_of_one_flare_are_one(tmp_path: pathlib.Path) -> None:
    second = EVENTS.splitlines()[10].replace("0210", "0211").replace("G15", "G13")
    assert "XRA" in second
    expected = str(rows(parse_swpc_events(EVENTS)))
    for text in (EVENTS + second.replace("2290", "    ") + "\n", EVENTS + second + "\n"):
        assert str(rows(read_flare_list(write(tmp_path, text)))) == expected
    later = EVENTS.replace("1.9E-03   2290", "1.9E-03") + second + "\n"
    assert read_flare_list(write(tmp_path, later)).peak[0] == np.datetime64("2015-03-01T02:11")


def test_a_day_that_is_not_over_is_covered_as_far_as_it_went() -> None:
    today = EVENTS.replace("2015 Mar 04 0357", "2015 Mar 01 1230")
    assert str(parse_swpc_events(today).source.ends) == "2015-03-01T12:30:00"
    for odd in ("2015 Mar 99 0357", "2014 Mar 01 1230"):
        source = parse_swpc_events(EVENTS.replace("2015 Mar 04 0357", odd)).source
        assert source.begins <= source.ends <= np.datetime64("2015-03-02")


@pytest.mark.parametrize("text", [GOES, SWPC])
def test_a_flare_without_class_is_left_out_by_name(tmp_path: pathlib.Path, text: str) -> None:
    with pytest.warns(UserWarning, match="1 flares without a class are left out, first row"):
        flares = read_flare_list(write(tmp_path, text.replace(",C1.5,", ",,")))
    assert "C1.5" not in {row[1] for row in rows(flares)}
    with pytest.raises(ValueError, match=r"goes_class, flare \d: 'Z1.5' is not a GOES class"):
        read_flare_list(write(tmp_path, text.replace(",C1.5,", ",Z1.5,")))


def test_lists_are_read_as_one(tmp_path: pathlib.Path) -> None:
    days = tmp_path / "days"
    days.mkdir()
    write(days, EVENTS, "20150301events.txt")
    write(days, EVENTS.replace("03 01", "03 02").replace("G15", "G16"), "20150302events.txt")
    write(days, "not a list", ".DS_Store")
    science = read_flare_lists([days])
    assert [goes_class(flux) for flux in science.flux_w_m2][:2] == ["C1.4", "C1.0"]
    assert science.source.flux_scale == "science"
    assert str(science.source.ends) == "2015-03-03T00:00:00"
    told = read_flare_lists(
        [days / "20150301events.txt"], begins="2015-02-01", ends="2015-04-01", floor="M1",
        flux_scale="operational",
    )  # fmt: skip
    assert (told.source.floor_w_m2, told.source.flux_scale) == (1e-5, "operational")
    assert str(told.source.begins) == "2015-02-01T00:00:00"
    with pytest.raises(ValueError, match="no flare list covers"):
        read_flare_lists([write(tmp_path, EVENTS), write(tmp_path, GOES, "old.csv")])
    with pytest.raises(FileNotFoundError, match=r"nothing\.csv does not exist: give another"):
        read_flare_lists([tmp_path / "nothing.csv"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="empty holds no flare list"):
        read_flare_lists([tmp_path / "empty"])


def test_an_export_of_chosen_flares_labels_nothing_by_itself(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, HEK)
    with pytest.raises(ValueError, match=r"chosen flares.*--begins --ends --floor") as caught:
        read_flare_lists([path])
    assert str(path) in str(caught.value)
    assert read_flare_lists([path], floor="C5").source.floor_w_m2 == 5e-6
