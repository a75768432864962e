"""The kinds of wrong labels, each a noise of one rate."""

from collections.abc import Callable
from typing import NamedTuple

from jsolar.data import noise
from jsolar.data.noise import Noise
from jsolar.sun.flares import errors
from jsolar.sun.flares.catalogue import FlareList
from jsolar.sun.flares.errors import ListError
from jsolar.sun.flares.faults import OnDisk

LATE_HOURS = 24.0
"""By how much flares of the kind "late" are too late."""


class World(NamedTuple):
    """What labels come from.

    Attributes:
      flares: the list, which is right.
      on_disk: when its regions were on the disk.
      threshold_w_m2: of the event.
    """

    flares: FlareList
    on_disk: OnDisk
    threshold_w_m2: float


class Kind(NamedTuple):
    """One kind of wrong labels.

    Attributes:
      title: of its panel.
      rate: what its rate is.
      noise: from a rate to the noise of one event.
    """

    title: str
    rate: str
    noise: Callable[[float, World], Noise]


def _mirrored(share: float, world: World) -> ListError:
    near = (0.8 * world.threshold_w_m2, 2 * world.threshold_w_m2)
    return errors.wrong_class(share, threshold_w_m2=world.threshold_w_m2, between_w_m2=near)


def _of_list(error: Callable[[float, World], ListError]) -> Callable[[float, World], Noise]:
    def of_rate(rate: float, world: World) -> Noise:
        flares, on_disk, threshold = world
        told = error(rate, world)
        return noise.relabelled(told, flares, on_disk, thresholds_w_m2=[threshold])

    return of_rate


_EVENTS, _FLARES = "missed, and false, for each event", "share of the flares"

KINDS = {
    "windows": Kind("windows, base rate kept", _EVENTS, lambda rate, world: noise.preserving(rate)),
    "regions": Kind(
        "whole regions, base rate kept",
        _EVENTS,
        lambda rate, world: noise.preserving(rate, whole_regions=True),
    ),
    "symmetric": Kind(
        "any window", "share of the windows", lambda rate, world: noise.symmetric(rate)
    ),
    "pictures": Kind(
        "pictures swapped", "share of the windows", lambda rate, world: noise.swapped_pictures(rate)
    ),
    "step": Kind(
        "labels a row late", "share of the regions", lambda rate, world: noise.out_of_step(rate)
    ),
    "missed": Kind("flares missed", _FLARES, _of_list(lambda rate, world: errors.missed(rate))),
    "false": Kind("flares invented", _FLARES, _of_list(lambda rate, world: errors.invented(rate))),
    "neighbour": Kind(
        "flares given to the neighbour",
        _FLARES,
        _of_list(lambda rate, world: errors.wrong_region(rate)),
    ),
    "class": Kind("flares on the wrong side of the threshold", _FLARES, _of_list(_mirrored)),
    "late": Kind(
        f"flares {LATE_HOURS:.0f} h late",
        _FLARES,
        _of_list(lambda rate, world: errors.mistimed(rate, hours=LATE_HOURS)),
    ),
}
"""By the names that `experiments.label_noise` knows; a new one is a line here."""
