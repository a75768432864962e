"""A list with faults: each fault alone, its share, and what it must leave alone."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from jsolar.sun.flares.catalogue import FlareList, FlareSource, flare_list, goes_flux, time
from jsolar.sun.flares.faults import CatalogueFaults, OnDisk, with_faults

FLARES = 20_000
REGIONS = 50
NONE = CatalogueFaults(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
SOURCE = FlareSource(
    "toy",
    "1",
    1e-6,
    "science",
    np.datetime64("2011-01-01", "s"),
    np.datetime64("2012-01-01", "s"),
)


@pytest.fixture(scope="module")
def flares() -> FlareList:
    """A power law of flares, one an hour or so, each in a region that is on the disk then."""
    rng = np.random.default_rng(5)
    at = SOURCE.begins + np.sort(rng.choice(364 * 86400, FLARES, replace=False))
    day = (at - SOURCE.begins).astype(int) / 86400
    flux = 1e-6 * rng.random(FLARES) ** -1.0
    region = 1 + (day // 7.3).astype(int) % REGIONS
    return flare_list(
        SOURCE, start=at, peak=at + np.timedelta64(600, "s"), flux_w_m2=flux, region=region
    )


@pytest.fixture(scope="module")
def on_disk() -> OnDisk:
    """Each region for a fortnight, a new one every 7.3 days; the last is never seen."""
    begin = SOURCE.begins + (np.arange(REGIONS) * 7.3 * 86400).astype("timedelta64[s]")
    end = begin + np.timedelta64(14, "D")
    begin[-1] = end[-1] = np.datetime64("NaT", "s")
    return OnDisk(np.arange(1, REGIONS + 1), begin, end)


def faulty(flares: FlareList, on_disk: OnDisk, **faults: float) -> FlareList:
    """Only the faults that are named."""
    return with_faults(flares, dataclasses.replace(NONE, **faults), on_disk=on_disk, seed=0)


def same(a: FlareList, b: FlareList, *columns: str) -> bool:
    """Whether these columns agree bit by bit."""
    return all(np.array_equal(getattr(a, c), getattr(b, c)) for c in columns)


def near(count: int, n: int, share: float) -> bool:
    """Whether a count is what a binomial variable can be: two-sided, one in a thousand."""
    return stats.binomtest(count, n, share).pvalue > 1e-3


def test_a_list_without_faults_stays_as_it_is(flares, on_disk) -> None:
    same_list = faulty(flares, on_disk)
    assert same(same_list, flares, *("start", "peak", "flux_w_m2", "region"))
    assert same_list.source == SOURCE._replace(name="toy, with faults")


def test_small_flares_lack_a_region_more_often_than_large_ones(flares, on_disk) -> None:
    told = faulty(flares, on_disk, unattributed_c=0.117, unattributed_m=0.032)
    lost = told.region == 0
    classes = np.digitize(flares.flux_w_m2, [goes_flux("M1.0"), goes_flux("X1.0")])
    for k, share in enumerate((0.117, 0.032)):
        assert near(int(lost[classes == k].sum()), int((classes == k).sum()), share)
    assert (classes == 2).sum() > 100
    assert not lost[classes == 2].any()
    assert same(told, flares, "start", "peak", "flux_w_m2")
    assert np.array_equal(told.region[~lost], flares.region[~lost])


def test_a_wrong_region_is_another_one_on_the_disk(flares, on_disk) -> None:
    told = faulty(flares, on_disk, wrong_region=0.1)
    changed = np.flatnonzero(told.region != flares.region)
    alone = np.array(
        [
            not ((on_disk.begin <= t) & (t <= on_disk.end) & (on_disk.region != r)).any()
            for t, r in zip(time(flares), flares.region, strict=True)
        ]
    )
    assert 0 < alone.sum() < FLARES
    assert near(len(changed), int((~alone).sum()), 0.1)
    row = told.region[changed] - 1
    then = time(flares)[changed]
    assert ((on_disk.begin[row] <= then) & (then <= on_disk.end[row])).all()
    assert REGIONS not in told.region[changed], "never seen"


def test_faint_flares_are_missing(flares, on_disk) -> None:
    told = faulty(flares, on_disk, missing=0.4)
    kept = np.isin(time(flares), time(told))
    assert kept.sum() == len(told.start)
    for low, high in ((1e-6, 2e-6), (2e-6, 5e-6), (5e-6, 1e-2)):
        there = (flares.flux_w_m2 >= low) & (flares.flux_w_m2 < high)
        expected = (0.4 * 1e-6 / flares.flux_w_m2[there]).mean()
        assert near(int((~kept[there]).sum()), int(there.sum()), expected)


def test_times_and_fluxes_scatter(flares, on_disk) -> None:
    late = faulty(flares, on_disk, time_shift_minutes=7.0)
    order = np.argsort(late.flux_w_m2), np.argsort(flares.flux_w_m2)
    shift = (late.peak[order[0]] - flares.peak[order[1]]).astype(int) / 60
    assert stats.kstest(shift / 7.0, "norm").pvalue > 1e-3
    assert np.array_equal(late.start + np.timedelta64(600, "s"), late.peak)
    assert (np.diff(time(late)) >= np.timedelta64(0, "s")).all()
    wrong = faulty(flares, on_disk, class_error_dex=0.05, floor_w_m2=2e-6)
    assert wrong.source.floor_w_m2 == 2e-6 <= wrong.flux_w_m2.min()
    large = np.isin(flares.start, wrong.start) & (flares.flux_w_m2 > 4e-6)
    there = wrong.flux_w_m2[np.isin(wrong.start, flares.start[large])]
    error = np.log10(there / flares.flux_w_m2[large])
    assert stats.kstest(error / 0.05, "norm").pvalue > 1e-3


def test_growing_faults_hit_the_same_flares_first(flares, on_disk) -> None:
    some, more = (faulty(flares, on_disk, unattributed_c=share) for share in (0.1, 0.3))
    assert (some.region == 0).sum() < (more.region == 0).sum()
    assert (more.region[some.region == 0] == 0).all()
    assert same(some, faulty(flares, on_disk, unattributed_c=0.1), "region")
    one = dataclasses.replace(NONE, unattributed_c=0.1)
    assert not same(some, with_faults(flares, one, on_disk=on_disk, seed=1), "region")


@pytest.mark.parametrize(
    ("fault", "value", "says"),
    [
        ("missing", 1.1, "missing is a share"),
        ("wrong_region", -0.1, "wrong_region is a share"),
        ("time_shift_minutes", -1.0, "time_shift_minutes is a standard deviation"),
        ("class_error_dex", float("nan"), "class_error_dex is a standard deviation"),
        ("floor_w_m2", 1e-7, "a floor of 1e-07 would promise more"),
    ],
)
def test_faults_that_cannot_be(flares, on_disk, fault: str, value: float, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        faulty(flares, on_disk, **{fault: value})
