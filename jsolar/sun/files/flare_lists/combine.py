"""Operations on whole flare lists: join them, drop what was reported twice, change the scale."""

from collections.abc import Iterable
from typing import Literal

import numpy as np

from jsolar.sun.files.flare_lists.rules import to_operational, to_science
from jsolar.sun.flares.catalogue import FlareList, FlareSource, flare_list, select


def join(lists: Iterable[FlareList]) -> FlareList:
    """One list out of several that follow each other, such as one file a day.

    Args:
      lists: lists whose coverages touch or overlap, in any order.

    Returns:
      All flares; the source covers the whole time, with the highest floor.

    Raises:
      ValueError: no list at all, or a gap in time between two of them: within it "no flare" would
        be a guess.
    """
    ordered = sorted(lists, key=lambda flares: (flares.source.begins, flares.source.ends))
    if not ordered:
        raise ValueError("there is no flare list to join")
    sources = [flares.source for flares in ordered]
    ends = sources[0].ends
    for source in sources[1:]:
        if source.begins > ends:
            raise ValueError(
                f"no flare list covers {ends} to {source.begins}; add it, or use both apart"
            )
        ends = max(ends, source.ends)
    scales = {source.flux_scale for source in sources}
    whole = FlareSource(
        name=" + ".join(dict.fromkeys(source.name for source in sources)),
        version=" + ".join(dict.fromkeys(source.version for source in sources)),
        floor_w_m2=max(source.floor_w_m2 for source in sources),
        flux_scale=scales.pop() if len(scales) == 1 else "mixed",
        begins=sources[0].begins,
        ends=ends,
    )
    columns = [np.concatenate(column) for column in zip(*(f[:-1] for f in ordered), strict=True)]
    return flare_list(whole, **dict(zip(FlareList._fields[:-1], columns, strict=True)))


def one_per_peak(flares: FlareList) -> FlareList:
    """Keep one entry of those that share their minute of peak.

    The flux of the whole Sun has one value at a time, so such entries are one flare that was
    reported twice: by two satellites, by two finders, or before and after a correction. The entry
    with a region stays, else one with a position, else the largest.

    Args:
      flares: a list.

    Returns:
      The list without the repeats. Flares without a peak time all stay.
    """
    minute = flares.peak.astype("datetime64[m]")
    rank = np.lexsort(
        (-flares.flux_w_m2, np.isnan(flares.latitude_deg), flares.region == 0, minute)
    )
    first = np.ones(len(rank), dtype=bool)
    first[1:] = minute[rank][1:] != minute[rank][:-1]  # NaT differs from NaT
    return select(flares, np.sort(rank[first]))


def rescale(flares: FlareList, flux_scale: Literal["operational", "science"]) -> FlareList:
    """Fluxes and floor on another scale: science = operational / 0.7.

    An operational M1.0 of GOES 8–15 is an M1.4 on the scale of science-quality data and of GOES 16
    and later; lists must be brought to one scale before their classes are compared.

    Args:
      flares: a list whose scale is known and not mixed.
      flux_scale: the scale that is wanted.

    Returns:
      The list on that scale.

    Raises:
      ValueError: the scale of the list is unknown or mixed.

    References:
      NOAA/NCEI, User's Guide for GOES 1–15 XRS science-quality data (Machol et al.).
    """
    if flares.source.flux_scale not in ("operational", "science"):
        raise ValueError(
            f"{flares.source.name}: the flux scale is {flares.source.flux_scale}; split the list by"
            " satellite, or state its scale in the source"
        )
    if flux_scale == flares.source.flux_scale:
        return flares
    convert = to_science if flux_scale == "science" else to_operational
    floor = float(convert(flares.source.floor_w_m2))
    source = flares.source._replace(floor_w_m2=floor, flux_scale=flux_scale)
    return flares._replace(flux_w_m2=convert(flares.flux_w_m2), source=source)
