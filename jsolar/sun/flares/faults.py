"""A flare list with the faults that real ones have, to see what they do to labels and scores.

A list without faults goes in, one with faults comes out; nothing else of the data changes, so
that whatever differs afterwards is the doing of the faults.
"""

import dataclasses
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped

from jsolar.sun.flares.catalogue import FlareList, flare_list, goes_flux, time

_FLOOR = goes_flux("C1.0")


@dataclasses.dataclass(frozen=True)
class CatalogueFaults:
    """How often a list is wrong, and how.

    The shares without a region are those of the GOES list of 2010–2018, C 7,809 and M 748 flares.
    That lists have wrong places, regions and classes and lack events is known (Hu 2025,
    arXiv:2512.13417), their rates are not: the other defaults are *assumptions* of a plausible
    size, dials to turn and not measurements.

    Attributes:
      unattributed_c: share of C flares that the list gives no region.
      unattributed_m: share of M flares; no flare of class X lacks one.
      wrong_region: share of the flares with a region that get another one on the disk.
      time_shift_minutes: standard deviation of the error of a time.
      missing: share of flares of C1.0 that the list lacks, falling as 1/flux: a small flare hides
        in the decay of a larger one.
      class_error_dex: standard deviation of the error of a flux.
      floor_w_m2: flares that seem smaller are not listed, and the list says so.
    """

    unattributed_c: float = 0.117
    unattributed_m: float = 0.032
    wrong_region: float = 0.03
    time_shift_minutes: float = 5.0
    missing: float = 0.1
    class_error_dex: float = 0.03
    floor_w_m2: float = _FLOOR


class OnDisk(NamedTuple):
    """When regions were on the disk; arrays of one length.

    Attributes:
      region: their numbers.
      begin: ``datetime64[s]``, first and (``end``) last time; NaT if never.
      end: see ``begin``.
    """

    region: Int[np.ndarray, "r"]
    begin: Shaped[np.ndarray, "r"]
    end: Shaped[np.ndarray, "r"]


def with_faults(
    flares: FlareList, faults: CatalogueFaults, *, on_disk: OnDisk, seed: int
) -> FlareList:
    """The list as an imperfect observer would have written it.

    Each flare's luck is drawn whatever the size of the faults, so that lists with the same seed
    and growing faults are comparable flare by flare.

    Args:
      flares: all that happened where it could be seen.
      faults: how often the list is wrong.
      on_disk: the regions that a wrong one is taken from, each as likely.
      seed: of the luck.

    Returns:
      The list; its source is renamed and has the new floor.

    Raises:
      ValueError: a share is not between 0 and 1, an error is negative, or the floor lies below
        that of the list.

    Example:
      >>> from jsolar.sun.flares.catalogue import FlareSource
      >>> day = (np.datetime64("2011-02-15", "s"), np.datetime64("2011-02-16", "s"))
      >>> flares = flare_list(FlareSource("toy", "1", 1e-6, "science", *day),
      ...                     start=["2011-02-15T10:00"], flux_w_m2=[2e-6], region=[7])
      >>> faults = CatalogueFaults(unattributed_c=1.0, missing=0.0, class_error_dex=0.0)
      >>> nowhere = OnDisk(np.zeros(0, int), *np.zeros((2, 0), "datetime64[s]"))
      >>> with_faults(flares, faults, on_disk=nowhere, seed=0).region.tolist()
      [0]
    """
    _check(flares, faults)
    rng = np.random.default_rng(seed)
    lost, wrong, which, nobody = rng.random((4, len(flares.start)))
    shift, brighter = rng.standard_normal((2, len(flares.start)))
    region = flares.region.copy()
    for row in np.flatnonzero(wrong < faults.wrong_region):
        region[row] = _another(flares, int(row), on_disk, float(which[row]))
    region = np.where(nobody < _unattributed(flares.flux_w_m2, faults), 0, region)
    flux = flares.flux_w_m2 * 10 ** (faults.class_error_dex * brighter)
    listed = lost >= faults.missing * np.minimum(_FLOOR / flares.flux_w_m2, 1.0)
    listed &= flux >= faults.floor_w_m2
    late = np.round(60 * faults.time_shift_minutes * shift).astype("timedelta64[s]")
    columns = {
        "start": flares.start + late,
        "peak": flares.peak + late,
        "end": flares.end + late,
        "flux_w_m2": flux,
        "region": region,
        "latitude_deg": flares.latitude_deg,
        "longitude_deg": flares.longitude_deg,
    }
    source = flares.source._replace(
        name=f"{flares.source.name}, with faults", floor_w_m2=faults.floor_w_m2
    )
    return flare_list(source, **{name: column[listed] for name, column in columns.items()})


def _check(flares: FlareList, faults: CatalogueFaults) -> None:
    shares = ("unattributed_c", "unattributed_m", "wrong_region", "missing")
    for name in shares:
        if not 0 <= getattr(faults, name) <= 1:
            raise ValueError(f"{name} is a share between 0 and 1, not {getattr(faults, name)}")
    for name in ("time_shift_minutes", "class_error_dex"):
        if not getattr(faults, name) >= 0:
            raise ValueError(f"{name} is a standard deviation, not {getattr(faults, name)}")
    if not faults.floor_w_m2 >= flares.source.floor_w_m2:
        raise ValueError(
            f"{flares.source.name} is complete from {flares.source.floor_w_m2:g} W m⁻² on; a floor"
            f" of {faults.floor_w_m2:g} would promise more"
        )


def _unattributed(
    flux_w_m2: Float[np.ndarray, "n"], faults: CatalogueFaults
) -> Float[np.ndarray, "n"]:
    """Share of flares of this size without a region."""
    below = [goes_flux("M1.0"), goes_flux("X1.0")]
    shares = np.array([faults.unattributed_c, faults.unattributed_m, 0.0])
    return shares[np.searchsorted(below, flux_w_m2, side="right")]


def _another(flares: FlareList, row: int, on_disk: OnDisk, luck: float) -> int:
    """Another region of a flare's time; its own if that is alone."""
    then, own = time(flares)[row], int(flares.region[row])
    there = (on_disk.begin <= then) & (then <= on_disk.end) & (on_disk.region != own)
    others = on_disk.region[there]
    return int(others[int(luck * len(others))]) if len(others) else own
