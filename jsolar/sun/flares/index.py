"""Flares arranged so that questions about millions of windows are cheap.

Flares are sorted by region, then time, under one increasing integer key; two binary searches find
a window's stretch of them. Prefix sums count its flares, and a sparse table (the maxima of all
stretches whose length is a power of two) gives its largest in two look-ups.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped

from jsolar.sun.flares.catalogue import FlareList, time

Times = Shaped[np.ndarray, "p"]

_CLASS_FLOORS = (1e-6, 1e-5, 1e-4, np.inf)


class FlareIndex(NamedTuple):
    """Flares sorted by region, then time.

    Attributes:
      regions: ``Int[r]``, sorted numbers of the regions that flared (0: no region).
      origin: time of the first flare.
      stride: more seconds than the list spans, so that a region's keys stay together.
      key: ``Int[m]``, ``row of the region · stride + seconds since origin + 1``, increasing.
      maxima: ``Float[levels, m]``; ``maxima[k, i]`` is the largest of the ``2^k`` fluxes from i on.
      counts: ``Int[m + 1, 3]``, C, M and X flares before each place.
    """

    regions: Int[np.ndarray, "r"]
    origin: np.datetime64
    stride: int
    key: Int[np.ndarray, "m"]
    maxima: Float[np.ndarray, "levels m"]
    counts: Int[np.ndarray, "m+1 3"]


def index_flares(flares: FlareList) -> FlareIndex:
    """Arrange a list for `largest_between`.

    Args:
      flares: a list of ``m`` flares in ``r`` regions.

    Returns:
      The index.
    """
    moments = time(flares)
    origin = moments.min() if len(moments) else flares.source.begins
    seconds = (moments - origin).astype(np.int64)
    stride = int(seconds.max(initial=0)) + 2
    regions, row = np.unique(flares.region, return_inverse=True)
    key = row * stride + seconds + 1
    order = np.argsort(key, kind="stable")
    flux = flares.flux_w_m2[order]
    maxima = [flux]
    while 2 ** len(maxima) <= len(flux):
        half, last = 2 ** (len(maxima) - 1), maxima[-1]
        maxima.append(np.concatenate([np.maximum(last[:-half], last[half:]), last[-half:]]))
    classes = np.diff(flux[:, None] >= np.array(_CLASS_FLOORS), axis=1)
    counts = np.concatenate([np.zeros((1, 3), np.int64), np.cumsum(classes, axis=0)])
    return FlareIndex(regions, origin, stride, key[order], np.stack(maxima), counts)


def largest_between(
    index: FlareIndex, region: Int[np.ndarray, "p"], begin: Times, end: Times
) -> tuple[Float[np.ndarray, "p"], Int[np.ndarray, "p 3"]]:
    """Largest flux and numbers of C, M and X flares of a region within ``(begin, end]``.

    Args:
      index: the flares.
      region: one region for each of ``p`` questions; 0 asks for flares without a region.
      begin: datetime64[s] ``[p]``, not before `end`'s.
      end: datetime64[s] ``[p]``.

    Returns:
      The fluxes, W m⁻², 0 where there was no flare; and the numbers of C, M and X flares.
    """
    largest = np.zeros(len(region))
    if not len(index.key):
        return largest, np.zeros((len(region), 3), dtype=np.int64)
    row = np.minimum(np.searchsorted(index.regions, region), len(index.regions) - 1)
    first, last = (
        np.searchsorted(index.key, row * index.stride + _second(index, moment), side="right")
        for moment in (begin, end)
    )
    last = np.where(index.regions[row] == region, last, first)  # a region that never flared
    some = last > first
    level = np.frexp(last[some] - first[some])[1] - 1  # floor of the logarithm
    largest[some] = np.maximum(
        index.maxima[level, first[some]], index.maxima[level, last[some] - 2**level]
    )
    return largest, index.counts[last] - index.counts[first]


def _second(index: FlareIndex, moment: Times) -> Int[np.ndarray, "p"]:
    """Seconds since the first flare, plus one, held within the region's share of keys."""
    seconds = (moment - index.origin).astype(np.int64) + 1
    return np.clip(seconds, 0, index.stride - 1)
