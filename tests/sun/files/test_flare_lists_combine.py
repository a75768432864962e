"""Joining lists, dropping what was reported twice, changing the scale."""

import numpy as np
import pytest

from jsolar.sun.files.flare_lists import join, one_per_peak, rescale
from jsolar.sun.flares.catalogue import FlareList, FlareSource, flare_list, goes_class


def day_list(day: int, scale: str = "operational", floor: float = 1e-6) -> FlareList:
    begins = np.datetime64("2012-01-01", "s") + np.timedelta64(day, "D")
    source = FlareSource("day", str(day), floor, scale, begins, begins + np.timedelta64(1, "D"))
    return flare_list(source, start=[begins + np.timedelta64(6, "h")], flux_w_m2=[1e-5])


def test_days_join_to_one_list() -> None:
    whole = join([day_list(1, floor=2e-6), day_list(0), day_list(0)])
    assert len(whole.start) == 2
    assert whole.source == FlareSource(
        "day",
        "0 + 1",
        2e-6,
        "operational",
        np.datetime64("2012-01-01T00:00:00"),
        np.datetime64("2012-01-03T00:00:00"),
    )
    assert join([day_list(0), day_list(1, "science")]).source.flux_scale == "mixed"
    assert join(iter([day_list(0)])).source == day_list(0).source
    with pytest.raises(ValueError, match="no flare list covers 2012-01-02T00:00:00 to 2012-01-03"):
        join([day_list(0), day_list(2)])
    with pytest.raises(ValueError, match="no flare list to join"):
        join([])


def test_one_flare_a_peak_keeps_the_attributed_one() -> None:
    minute, second = np.datetime64("2011-03-05T09:08", "s"), np.timedelta64(1, "s")
    flares = flare_list(
        day_list(0).source,
        start=[minute + late * second for late in (-200, -7, -1, -2, 0, 1)],
        peak=[minute, minute, minute, minute + 60 * second, "NaT", "NaT"],
        flux_w_m2=[9e-6, 2e-6, 3e-6, 4e-6, 5e-6, 6e-6],
        region=[0, 11165, 11165, 0, 0, 0],
    )
    assert sorted(one_per_peak(flares).flux_w_m2.tolist()) == [3e-6, 4e-6, 5e-6, 6e-6]
    late = flares._replace(peak=flares.peak + np.arange(6) * second)
    assert len(one_per_peak(late).start) == 4, "the same minute, other seconds"
    assert one_per_peak(flare_list(flares.source, start=[], flux_w_m2=[])).start.size == 0


def test_scales_convert_and_come_back() -> None:
    science = rescale(day_list(0), "science")
    assert goes_class(science.flux_w_m2[0]) == "M1.4"
    assert science.source.floor_w_m2 == pytest.approx(1e-6 / 0.7)
    back = rescale(science, "operational")
    assert back.flux_w_m2 == pytest.approx([1e-5], rel=1e-12)
    assert back.source.flux_scale == "operational"
    assert rescale(science, "science").flux_w_m2 == science.flux_w_m2
    with pytest.raises(ValueError, match="mixed"):
        rescale(day_list(0, "mixed"), "science")
