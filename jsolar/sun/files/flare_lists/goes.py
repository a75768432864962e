"""CSV lists of GOES flares with places: ``event_starttime, …, goes_class, noaa_ar, hgs_lat``."""

import os

from jsolar.sun.files.flare_lists.rules import (
    flux_column,
    on_one_scale,
    past_midnight,
    region_column,
    scales,
    whole_days,
    with_class,
)
from jsolar.sun.files.text_table import moments, numbers, read_text_table
from jsolar.sun.flares.catalogue import FlareList, FlareSource, flare_list

COLUMNS = ("event_starttime", "event_peaktime", "event_endtime", "goes_class", "noaa_ar")


def read_goes_csv(path: str | os.PathLike[str]) -> FlareList:
    """Read a list with one row a flare: times, GOES class, region and Stonyhurst place.

    Such lists are made from clock times, and flares that last past midnight keep the date of
    their start in all columns: the day is put right (`columns.past_midnight`). Places are taken
    as they are; some in the wild are plainly wrong, with latitudes beyond 80°.

    Args:
      path: CSV with `COLUMNS`; ``hgs_lat`` and ``hgs_lon`` (west positive) are read where present.

    Returns:
      The list. It covers the whole days from its first flare to its last.

    Raises:
      ValueError: the file is no such list, a cell cannot be read, or there is no flare.
    """
    table = with_class(read_text_table(path, COLUMNS), "goes_class", path=path)
    start, peak, end = (moments(table[name], what=f"{path}: {name}") for name in COLUMNS[:3])
    if not len(start):
        raise ValueError(f"{path}: the list has a header but no flare")
    peak = past_midnight(start, peak)
    end = past_midnight(peak, past_midnight(start, end))
    begins, ends = whole_days(start)
    classes = flux_column(table["goes_class"], what=f"{path}: goes_class")
    flux, scale, floor = on_one_scale(classes, scales(start))
    return flare_list(
        FlareSource("GOES flares", "", floor, scale, begins, ends),
        start=start,
        peak=peak,
        end=end,
        flux_w_m2=flux,
        region=region_column(table["noaa_ar"], start, what=f"{path}: noaa_ar"),
        **{
            field: numbers(table[name], what=f"{path}: {name}")
            for field, name in (("latitude_deg", "hgs_lat"), ("longitude_deg", "hgs_lon"))
            if name in table
        },
    )
