"""Rotation, distances and the attribution of flares, against astropy and sunpy."""

import pathlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsolar.sun.files import region_days
from jsolar.sun.files.flare_lists import read_flare_list
from jsolar.sun.flares.attribution import attribute, separation_deg, synodic_rotation_deg_per_day
from jsolar.sun.flares.catalogue import FlareList, FlareSource, flare_list, select, time
from jsolar.sun.flares.regions import RegionPositions

MIDNIGHT = np.datetime64("2014-01-02T00:00:00", "s")
HOUR = np.timedelta64(1, "h")
SOURCE = FlareSource("toy", "", 1e-6, "unknown", MIDNIGHT - 48 * HOUR, MIDNIGHT + 48 * HOUR)


def flares_at(*places: tuple[float, float, float, int]) -> FlareList:
    """Flares from (hours after midnight, latitude, longitude, region)."""
    hours, latitudes, longitudes, regions = zip(*places, strict=True)
    return flare_list(
        SOURCE,
        start=[MIDNIGHT + np.timedelta64(round(3600 * h), "s") for h in hours],
        flux_w_m2=[1e-5] * len(places),
        region=regions,
        latitude_deg=latitudes,
        longitude_deg=longitudes,
    )


def regions_at(*places: tuple[float, int, float, float]) -> RegionPositions:
    """Positions from (hours after midnight, region, latitude, longitude)."""
    hours, regions, latitudes, longitudes = zip(*places, strict=True) if places else ((),) * 4
    return RegionPositions(
        np.array([MIDNIGHT + np.timedelta64(round(3600 * h), "s") for h in hours], "datetime64[s]"),
        np.array(regions, dtype=np.int64),
        np.array(latitudes, dtype=float),
        np.array(longitudes, dtype=float),
    )


def test_rotation_is_that_of_sunpy() -> None:
    from astropy import units as u
    from sunpy.sun.models import differential_rotation

    latitudes = np.linspace(-60, 60, 13)
    theirs = differential_rotation(1 * u.day, latitudes * u.deg, frame_time="synodic")
    np.testing.assert_allclose(
        synodic_rotation_deg_per_day(latitudes), theirs.to_value(u.deg), rtol=1e-12
    )


@given(*(st.floats(-bound, bound) for bound in (90, 180, 90, 180)))
def test_separation_is_that_of_astropy(a: float, b: float, c: float, d: float) -> None:
    from astropy.coordinates import angular_separation

    theirs = np.degrees(angular_separation(*np.radians([b, a, d, c])))
    assert separation_deg(a, b, c, d) == pytest.approx(theirs, abs=2e-6)


def test_a_region_is_rotated_to_the_flare() -> None:
    half_a_day = 0.5 * synodic_rotation_deg_per_day(20.0)
    flares = flares_at((12, 20.0, 10.0 + half_a_day, 0))
    there = regions_at((0, 11944, 20.0, 10.0), (0, 11945, 20.0, 10.0 + half_a_day + 2))
    assert attribute(flares, there).flares.region.tolist() == [11944]
    back = regions_at((24, 11944, 20.0, 10.0 + 2 * half_a_day))
    assert attribute(flares, back, max_separation_deg=0.01).flares.region.tolist() == [11944]


def test_the_nearest_region_wins_and_far_ones_do_not_count() -> None:
    flares = flares_at((0, 0.0, 0.0, 0), (1, 40.0, -60.0, 0))
    there = regions_at((0, 1, 0.0, 5.0), (0, 2, 0.0, -3.0), (0, 3, -30.0, 0.0))
    result = attribute(flares, there)
    assert result.flares.region.tolist() == [2, 0]
    assert result.attributed.tolist() == [True, False]
    assert attribute(flares, there, max_separation_deg=2.9).attributed.sum() == 0


def test_distances_are_on_the_sphere() -> None:
    """20° of longitude are only 3.5° at latitude 80."""
    flares = flares_at((0, 80.0, 0.0, 0))
    assert attribute(flares, regions_at((0, 7, 80.0, 20.0))).flares.region.tolist() == [7]
    assert not attribute(
        flares_at((0, 0.0, 0.0, 0)), regions_at((0, 7, 0.0, 20.0))
    ).attributed.any()


def test_the_lists_own_region_is_never_replaced_and_no_place_means_no_region() -> None:
    flares = flares_at((0, 0.0, 0.0, 11158), (1, np.nan, np.nan, 0))
    result = attribute(flares, regions_at((0, 1, 0.0, 0.0)))
    assert result.flares.region.tolist() == [11158, 0]
    assert not result.attributed.any()
    assert flares.region.tolist() == [11158, 0]


def test_old_places_and_missing_places_are_not_used() -> None:
    flares = flares_at((30, 0.0, 0.0, 0))
    assert not attribute(flares, regions_at((0, 1, 0.0, 0.0))).attributed.any()
    long = attribute(flares, regions_at((0, 1, 0.0, -16.5)), max_age_hours=36)
    assert long.flares.region.tolist() == [1]
    assert not attribute(flares, regions_at((24, 1, np.nan, np.nan))).attributed.any()
    assert not attribute(flares, regions_at()).attributed.any()


@pytest.mark.realdata
def test_hidden_regions_of_the_real_list_are_found_again(realdata: pathlib.Path) -> None:
    """Where the list's own attributions are hidden, nine in ten get one and 88 % the same."""
    days = region_days.read_region_days(realdata / "noaa_regions/noaa_region_days_1996_2014.csv")
    flares = read_flare_list(realdata / "flare_lists" / "goes_flares_2010_2018.csv")
    flares = select(flares, time(flares) < np.datetime64("2015-01-01"))
    hidden = flares._replace(region=np.zeros_like(flares.region))
    result = attribute(hidden, region_days.positions(days))
    told = (flares.region > 0) & ~np.isnan(flares.latitude_deg)
    assert result.attributed[told].mean() > 0.9
    assert (result.flares.region == flares.region)[told & result.attributed].mean() > 0.87
    attributed = attribute(flares, region_days.positions(days)).attributed
    assert attributed.sum() == 464
    assert (flares.region[attributed] == 0).all()
