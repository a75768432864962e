"""The readers on real lists: counts that others published, and the lists against each other."""

import pathlib

import numpy as np
import pytest

from jsolar.sun.files.flare_lists import one_per_peak, read_flare_list, rescale
from jsolar.sun.flares.catalogue import FlareList, goes_class

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def goes(realdata: pathlib.Path) -> FlareList:
    return read_flare_list(realdata / "flare_lists" / "goes_flares_2010_2018.csv")


def test_classes_and_attribution_of_the_real_goes_list(goes: FlareList) -> None:
    counts, lonely = {}, {}
    letters = np.array([goes_class(flux)[0] for flux in goes.flux_w_m2])
    for letter in "CMX":
        counts[letter] = int((letters == letter).sum())
        lonely[letter] = round(100 * float((goes.region[letters == letter] == 0).mean()), 1)
    assert counts == {"C": 7809, "M": 748, "X": 49}
    assert lonely == {"C": 11.7, "M": 3.2, "X": 0.0}
    assert goes.source.flux_scale == "operational"
    assert str(goes.source.begins) == "2010-01-02T00:00:00"
    assert str(goes.source.ends) == "2018-07-07T00:00:00"


def test_no_real_flare_peaks_before_it_starts(goes: FlareList) -> None:
    """75 flares of the file do, because the date was not moved on at midnight."""
    assert (goes.peak >= goes.start).all()
    assert (goes.end >= goes.peak).all()
    assert (goes.peak - goes.start).max() == np.timedelta64(18720, "s")
    another_day = goes.peak.astype("datetime64[D]") != goes.start.astype("datetime64[D]")
    assert another_day.sum() == 75


def test_both_real_lists_tell_the_same_flares(goes: FlareList, realdata: pathlib.Path) -> None:
    swpc = read_flare_list(realdata / "flare_lists" / "swpc_events_2010_2021.csv")
    assert len(swpc.start) == 8833
    assert np.isnat(swpc.peak).sum() == 7
    assert (swpc.flux_w_m2 >= 1e-5).sum() == 1229
    assert swpc.source.flux_scale == "science", "of GOES 13–15 and 16, brought to one scale"
    assert (goes.flux_w_m2 >= 1e-5).sum() == 797
    goes = rescale(goes, "science")
    assert (goes.flux_w_m2 >= 1e-5).sum() == 1216
    names = ("start", "end", "flux_w_m2", "region")
    theirs = dict(zip(zip(*(getattr(swpc, n) for n in names), strict=True), swpc.peak, strict=True))
    ours = dict(zip(zip(*(getattr(goes, n) for n in names), strict=True), goes.peak, strict=True))
    assert len(ours) == len(goes.start) == 8606
    different = [entry for entry, peak in ours.items() if theirs[entry] != peak]
    assert len(different) == 7  # the SWPC list has no maximum, the other puts it at midnight
    assert len(one_per_peak(goes).start) == 8597


def test_real_events_text(realdata: pathlib.Path) -> None:
    flares = read_flare_list(realdata / "flare_lists" / "20150301events.txt")
    assert [goes_class(flux) for flux in flares.flux_w_m2] == ["C1.0", "C3.7", "B7.4", "C6.8"]
    assert set(flares.region.tolist()) == {12290}
    np.testing.assert_array_equal(flares.longitude_deg, [66.0, 66.0, np.nan, 74.0])


def test_real_events_text_agrees_with_the_real_list(
    goes: FlareList, realdata: pathlib.Path
) -> None:
    day = read_flare_list(realdata / "flare_lists" / "20150301events.txt")
    known = set(zip(goes.start, goes.peak, goes.end, goes.flux_w_m2, goes.region, strict=True))
    large = day.flux_w_m2 >= 1e-6
    for entry in zip(*(column[large] for column in day[:5]), strict=True):
        assert entry in known


def test_real_hek_csv(realdata: pathlib.Path) -> None:
    flares = read_flare_list(realdata / "hek" / "flare_hek_peaks_data.csv")
    assert len(flares.start) == 65  # 68 rows by SWPC, three of them repeats
    assert goes_class(flares.flux_w_m2[0]) == "C6.2", "C4.4 before it was divided by 0.7"
    assert (flares.latitude_deg[0], flares.longitude_deg[0]) == (17.0, 52.0)
    assert (flares.source.flux_scale, flares.source.floor_w_m2) == ("science", np.inf)


def test_real_hek_ecsv(goes: FlareList, realdata: pathlib.Path) -> None:
    flares = read_flare_list(realdata / "hek" / "hek_swpc_20120101-20120103.ecsv")
    assert len(flares.start) == 12
    assert np.isnan(flares.latitude_deg).sum() == 9
    assert flares.region.tolist().count(11389) == 4
    large = flares.flux_w_m2 >= 1e-6
    known = set(zip(goes.start, goes.peak, goes.flux_w_m2, strict=True))
    for start, peak, _, flux, *_ in zip(*(column[large] for column in flares[:-1]), strict=True):
        assert (start, peak, flux) in known
