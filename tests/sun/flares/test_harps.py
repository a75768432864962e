"""Flares of HARPs, by hand: numbers that come late, places, doubt, and groups."""

import numpy as np
import pytest

from jsolar.sun.flares.catalogue import FlareList, FlareSource, flare_list
from jsolar.sun.flares.harps import Sightings, components, label_sightings, match
from jsolar.sun.flares.labels import after, event

NOON = np.datetime64("2011-02-13T12:00", "s")
WEEK = FlareSource(
    "toy", "1", 1e-6, "science", np.datetime64("2011-02-10", "s"), np.datetime64("2011-02-20", "s")
)


def hours(n: float) -> np.timedelta64:
    return np.timedelta64(round(3600 * n), "s")


def sightings(*rows: tuple[int, float, float, float, tuple[int, ...]]) -> Sightings:
    """HARP, hours after noon, latitude, longitude, NOAA numbers; outlines of 20° × 10°."""
    harp, late, latitude, longitude, noaa = zip(*rows, strict=True)
    n = len(rows)
    time = np.array([NOON + hours(h) for h in late])
    place = np.array(latitude, float), np.array(longitude, float)
    return Sightings(np.array(harp), time, *place, np.full(n, 5.0), np.full(n, 10.0), noaa)


def flares(*rows: tuple[float, float, int, float | None, float | None]) -> FlareList:
    """Hours after noon, flux, region, latitude, longitude."""
    late, flux, region, latitude, longitude = zip(*rows, strict=True)
    nan = [[np.nan if x is None else x for x in column] for column in (latitude, longitude)]
    return flare_list(
        WEEK, start=[NOON + hours(h) for h in late], flux_w_m2=flux, region=region,
        latitude_deg=nan[0], longitude_deg=nan[1],
    )  # fmt: skip


def labels(these: FlareList, seen: Sightings):
    nat = {name: seen.time + hours(h) for name, h in (("record_begin", -96), ("record_end", 96))}
    label, placed = label_sightings(match(these, seen), seen, *after(seen.time), **nat)
    happened, known = event(label, 1e-5)
    return list(zip(happened.tolist(), known.tolist(), strict=True)), placed.tolist()


def test_a_number_that_comes_later_counts_from_the_beginning() -> None:
    """HARP 377 had no number yet; its flares are listed under the one that it got."""
    seen = sightings((377, 0, -20, 0, ()), (377, 24, -20, 13, (11158,)), (378, 0, 20, 0, (11160,)))
    assert labels(flares((5, 2.2e-4, 11158, None, None)), seen)[0] == [
        (True, True), (False, True), (False, True)
    ]  # fmt: skip


def test_a_harp_without_any_number_is_matched_by_place() -> None:
    seen = sightings((377, 0, -20, 0, ()), (378, 0, 20, 0, (11160,)))
    known, placed = labels(flares((5, 2.2e-4, 11158, -19.0, 4.0)), seen)
    assert known == [(True, True), (False, True)]
    assert placed == [2.2e-4, 0.0]
    far = flares((5, 2.2e-4, 11158, 15.0, 60.0))
    assert labels(far, seen)[0] == [(False, True), (False, True)]


def test_or_else_it_is_in_doubt_and_only_it() -> None:
    seen = sightings((377, 0, -20, 0, ()), (378, 0, 20, 0, (11160,)))
    assert labels(flares((5, 2.2e-4, 11158, None, None)), seen)[0] == [
        (False, False), (False, True)
    ]  # fmt: skip
    of_the_other = flares((5, 2.2e-4, 11160, None, None))
    assert labels(of_the_other, seen)[0] == [(False, True), (True, True)]


def test_a_flare_without_region_goes_by_place_else_all_are_in_doubt() -> None:
    seen = sightings((377, 0, -20, 0, (11158,)), (378, 0, 20, 0, (11160,)))
    inside = flares((5, 2e-5, 0, -14.0, 13.0))  # rotation moves the outline by 2.7°
    assert labels(inside, seen) == ([(True, True), (False, True)], [2e-5, 0.0])
    nowhere = flares((5, 2e-5, 0, None, None))
    assert labels(nowhere, seen)[0] == [(False, False), (False, False)]
    elsewhere = flares((5, 2e-5, 0, 30.0, 70.0))
    assert labels(elsewhere, seen)[0] == [(False, True), (False, True)]
    between = flares((5, 2e-5, 0, -20.0, 24.0))  # 11° outside the one, farther from the other
    assert labels(between, seen)[0] == [(False, False), (False, False)]


def test_doubt_drops_yes_as_well_as_no() -> None:
    seen = sightings((377, 0, -20, 0, (11158,)))
    both = flares((5, 2e-5, 11158, None, None), (6, 3e-5, 0, None, None))
    assert labels(both, seen)[0] == [(True, False)]


def test_near_real_time_and_definitive_harps_of_a_region_are_one_group() -> None:
    seen = sightings(
        (10_000_005, 0, 0, 0, (11158,)), (377, 0, 0, 0, (11158, 11159)), (5, 0, 0, 0, (11160,)),
        (378, 0, 0, 0, (11159,)), (6, 0, 0, 0, ()),
    )  # fmt: skip
    assert components(seen).tolist() == [377, 377, 5, 377, 6]


@pytest.mark.parametrize("noaa", [(), (11158,)])
def test_without_flares_all_is_known_and_quiet(noaa) -> None:
    seen = sightings((377, 0, -20, 0, noaa))
    quiet = flare_list(WEEK, start=[], flux_w_m2=[])
    assert labels(quiet, seen) == ([(False, True)], [0.0])
