"""SHARPs as `jsolar.sun.flares.harps` wants them: who, when, where, and when first and last."""

from collections.abc import Sequence

import numpy as np

from jsolar.sun.files.sharp import SharpHeader
from jsolar.sun.flares.harps import Sightings
from jsolar.sun.units import SYNODIC_DEGREES_PER_DAY

NEAR_REAL_TIME = 10_000_000
"""Added to HARP numbers of near-real-time files, which are another series' numbers."""

LIMB_DEG, NEAR_LIMB_DEG = 90.0, 75.0
"""A record that ends nearer to the meridian than the second ends because the region does."""


def harp_id(header: SharpHeader) -> str:
    """A stable name of a picture.

    Near-real-time and definitive HARPs of one number are different regions: ``harp-000377-…``
    and ``harp-nrt-000377-…``.
    """
    series = "harp-nrt" if header.near_real_time else "harp"
    return f"{series}-{header.harp:06d}-{header.time}"


def sightings(headers: Sequence[SharpHeader]) -> Sightings:
    """Who was seen when and where, one row for each header."""
    latitude = np.array([header.latitude_deg for header in headers])
    size = np.array([header.shape for header in headers]) / 2
    scale = np.array([header.degrees_per_pixel for header in headers])
    return Sightings(
        harp=np.array([h.harp + NEAR_REAL_TIME * h.near_real_time for h in headers]),
        time=np.array([header.time for header in headers]),
        latitude_deg=latitude,
        longitude_deg=np.array([header.longitude_deg for header in headers]),
        half_latitude_deg=size[:, 0] * scale / np.cos(np.radians(latitude)),
        half_longitude_deg=size[:, 1] * scale,
        noaa=[header.noaa_regions for header in headers],
    )


def life_ends(headers: Sequence[SharpHeader]) -> tuple[np.ndarray, np.ndarray]:
    """Between which times it is known what each region did.

    A region whose record begins or ends on the disk emerged or decayed there, and did nothing
    before or after; so what limits the knowledge are the limbs, unless the record says that it was
    lost near them. A record without times lasts from limb to limb.

    Returns:
      First and last times, ``datetime64[s][n]``.
    """
    first = [_end(header, header.record_begin, -1) for header in headers]
    return np.array(first), np.array([_end(header, header.record_end, 1) for header in headers])


def _end(header: SharpHeader, recorded: np.datetime64, side: int) -> np.datetime64:
    days = (side * LIMB_DEG - header.longitude_deg) / SYNODIC_DEGREES_PER_DAY
    limb = header.time + np.timedelta64(round(days * 86400), "s")
    if np.isnat(recorded):
        return limb
    elapsed = (recorded - header.time) / np.timedelta64(1, "D")
    there = header.longitude_deg + elapsed * SYNODIC_DEGREES_PER_DAY
    return limb if side * there < NEAR_LIMB_DEG else recorded
