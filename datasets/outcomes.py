"""What a build tells of the flares: their list, and how often each outcome is known."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from jsolar.datasets.opened import OUTCOMES
from jsolar.sun.flares.catalogue import FlareList, goes_flux
from jsolar.sun.flares.labels import WindowLabel, event

TOLD = ("C1.0", "M1.0", "X1.0")
"""GOES classes of which is told how often they are known to follow, or not to."""


def flare_facts(flares: FlareList, *, placed: int) -> dict[str, Any]:
    """What a report must say of the flare list.

    Args:
      flares: as it was read, on one scale.
      placed: flares that were given a region by their place.
    """
    source = flares.source._asdict()
    return {
        **{name: str(v) if isinstance(v, np.datetime64) else v for name, v in source.items()},
        "flares": len(flares.start),
        "without_region": int((flares.region == 0).sum()),
        "given_a_region_by_place": placed,
    }


def outcome(label: WindowLabel, name: str) -> str | None:
    """Whether a flare of a class followed: one of `OUTCOMES`; None if the list cannot tell.

    Example:
      >>> label = WindowLabel(np.float64(2e-5), np.float64(0.0), np.bool_(True), 1e-6)
      >>> [outcome(label, name) for name in ("B1.0", "M1.0", "X1.0")]
      [None, 'yes', 'no']
    """
    threshold = goes_flux(name)
    if threshold < label.floor_w_m2:
        return None
    happened, known = event(label, threshold)
    return OUTCOMES[0 if happened else 1] if known else OUTCOMES[2]


def window_outcomes(example: Mapping[str, Any]) -> dict[str, str | None]:
    """`outcome` of each class in `TOLD` in the window after an example of `picture_features`."""
    flux, doubtful, complete = (
        np.asarray(example[name]) for name in ("flux_w_m2", "unattributed_flux_w_m2", "complete")
    )
    label = WindowLabel(flux, doubtful, complete, float(example["floor_w_m2"]))
    return {name: outcome(label, name) for name in TOLD}


def disk_outcomes(example: Mapping[str, Any]) -> dict[str, str | None]:
    """`outcome` of each class in `TOLD` anywhere on the disk of an example of `disk_features`."""
    flux, complete = (np.asarray(example[f"disk_{name}"]) for name in ("flux_w_m2", "complete"))
    label = WindowLabel(flux, np.zeros(()), complete, float(example["floor_w_m2"]))
    return {name: outcome(label, name) for name in TOLD}
