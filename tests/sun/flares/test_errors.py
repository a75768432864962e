"""Single mistakes of a flare list: rates exact on average, nothing else changed."""

import jax
import numpy as np
import pytest

from jsolar.sun.flares import errors
from jsolar.sun.flares.catalogue import FlareSource, flare_list, goes_flux, time
from jsolar.sun.flares.faults import OnDisk

RNG = np.random.default_rng(0)
N, REGIONS = 800, 60
DAY = np.datetime64("2100-01-01T00:00:00", "s")
BEGIN = DAY + RNG.integers(0, 8_000_000, REGIONS).astype("timedelta64[s]")
END = BEGIN + RNG.integers(200_000, 1_100_000, REGIONS).astype("timedelta64[s]")
ON_DISK = OnDisk(  # one that never leaves, so that none is ever alone
    np.arange(1, REGIONS + 2), np.append(BEGIN, DAY), np.append(END, END.max())
)
OWN = RNG.integers(0, REGIONS, N)
LASTS = (END - BEGIN)[OWN]
START = BEGIN[OWN] + (RNG.random(N) * LASTS.astype(int)).astype("timedelta64[s]")
SOURCE = FlareSource("toy", "1", 1e-6, "science", DAY, DAY + np.timedelta64(300, "D"))
FLARES = flare_list(SOURCE, start=START, flux_w_m2=1e-6 * RNG.pareto(1.1, N) + 1e-6, region=OWN + 1)
KEYS = jax.random.split(jax.random.key(0), 40)


def near(samples: list[float], expected: float) -> None:
    error = np.std(samples, ddof=1) / np.sqrt(len(samples))
    assert abs(np.mean(samples) - expected) < 4 * error + 1e-9


def flares_of(told) -> set:
    return set(zip(time(told).tolist(), told.flux_w_m2.tolist(), told.region.tolist(), strict=True))


TRUE = flares_of(FLARES)


def test_missed_flares() -> None:
    told = [errors.missed(0.3)(key, FLARES, ON_DISK) for key in KEYS]
    near([1 - len(t.start) / N for t in told], 0.3)
    assert all(flares_of(t) < TRUE for t in told)
    more = errors.missed(0.5)(KEYS[0], FLARES, ON_DISK)
    assert flares_of(more) < flares_of(told[0])


def test_invented_flares_are_on_the_disk_and_as_large() -> None:
    told = [errors.invented(0.4)(key, FLARES, ON_DISK) for key in KEYS]
    near([len(t.start) / N - 1 for t in told], 0.4)
    for t in told[:5]:
        assert flares_of(t) > TRUE
        for when, flux, region in flares_of(t) - TRUE:
            row = region - 1
            assert ON_DISK.begin[row] <= np.datetime64(when) <= ON_DISK.end[row]
            assert flux in FLARES.flux_w_m2
    # As many in a region as it is long on the disk.
    lasts = (ON_DISK.end - ON_DISK.begin).astype(float)
    false = np.sum([np.bincount(t.region, minlength=REGIONS + 2) for t in told], axis=0)
    false = false - len(told) * np.bincount(FLARES.region, minlength=REGIONS + 2)
    assert np.corrcoef(false[1:], lasts)[0, 1] > 0.9


def test_flares_of_the_neighbour() -> None:
    told = errors.wrong_region(1.0)(KEYS[0], FLARES, ON_DISK)
    assert len(told.start) == N
    middle = ON_DISK.begin + (ON_DISK.end - ON_DISK.begin) // 2
    moved = {(when, flux): region for when, flux, region in flares_of(told)}
    for when, flux, region in list(TRUE)[:100]:
        there = (ON_DISK.begin <= np.datetime64(when)) & (np.datetime64(when) <= ON_DISK.end)
        others = ON_DISK.region[there & (ON_DISK.region != region)]
        nearest = others[np.argmin(np.abs((middle[others - 1] - middle[region - 1]).astype(int)))]
        assert moved[when, flux] == nearest
    some = [errors.wrong_region(0.2)(key, FLARES, ON_DISK) for key in KEYS]
    near([len(flares_of(t) - TRUE) / N for t in some], 0.2)


def test_whole_regions_go_to_the_neighbour() -> None:
    told = errors.wrong_region(0.3, whole=True)(KEYS[0], FLARES, ON_DISK)
    kept = {region for _, _, region in flares_of(told) & TRUE}
    moved = {region for _, _, region in TRUE - flares_of(told)}
    assert moved
    assert not kept & moved
    drawn = [errors.wrong_region(0.3, whole=True)(key, FLARES, ON_DISK) for key in KEYS]
    regions = len(np.unique(FLARES.region))
    near([len({r for _, _, r in TRUE - flares_of(t)}) / regions for t in drawn], 0.3)


def test_a_region_that_is_alone_keeps_its_flares() -> None:
    alone = OnDisk(ON_DISK.region[:1], ON_DISK.begin[:1], ON_DISK.end[:1])
    one = flare_list(
        SOURCE, start=[BEGIN[0] + np.timedelta64(100, "s")], flux_w_m2=[2e-6], region=[1]
    )
    assert errors.wrong_region(1.0)(KEYS[0], one, alone).region.tolist() == [1]


@pytest.mark.parametrize(
    ("before", "after"), [("C8.0", 1.25e-5), ("M1.6", 6.25e-6), ("C7.9", 7.9e-6), ("M2.0", 2e-5)]
)
def test_a_wrong_class_lies_on_the_other_side(before: str, after: float) -> None:
    one = flare_list(SOURCE, start=[DAY], flux_w_m2=[goes_flux(before)], region=[1])
    told = errors.wrong_class(1.0)(KEYS[0], one, ON_DISK)
    assert told.flux_w_m2[0] == pytest.approx(after)


def test_a_flare_of_just_m1_becomes_a_c() -> None:
    one = flare_list(SOURCE, start=[DAY], flux_w_m2=[1e-5], region=[1])
    assert errors.wrong_class(1.0)(KEYS[0], one, ON_DISK).flux_w_m2[0] < goes_flux("M1.0")


def test_wrong_classes_are_a_share_of_those_near_the_threshold() -> None:
    near_it = ((FLARES.flux_w_m2 >= 8e-6) & (FLARES.flux_w_m2 < 2e-5)).sum()
    drawn = [errors.wrong_class(0.5)(key, FLARES, ON_DISK) for key in KEYS]
    near([len(flares_of(t) - TRUE) / near_it for t in drawn], 0.5)


def test_late_flares() -> None:
    told = errors.mistimed(1.0, hours=9)(KEYS[0], FLARES, ON_DISK)
    late = np.sort(told.start) - np.sort(FLARES.start)
    assert set(late.astype(int).tolist()) == {9 * 3600}
    drawn = [errors.mistimed(0.25, hours=-9)(key, FLARES, ON_DISK) for key in KEYS]
    near([len(flares_of(t) - TRUE) / N for t in drawn], 0.25)


def test_another_list_is_that_list() -> None:
    other = errors.missed(0.5)(KEYS[0], FLARES, ON_DISK)
    assert errors.another_list(other)(KEYS[1], FLARES, ON_DISK) is other


@pytest.mark.parametrize("make", [errors.missed, errors.invented, errors.wrong_region])
@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_no_share(make, share: float) -> None:
    with pytest.raises(ValueError, match="choose a number from 0 to 1"):
        make(share)
