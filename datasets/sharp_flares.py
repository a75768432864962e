"""Flares of SHARPs as columns of a data set."""

import pathlib
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from jsolar.datasets.outcomes import window_outcomes
from jsolar.datasets.sightings import life_ends
from jsolar.sun.files.sharp import SharpHeader
from jsolar.sun.flares.catalogue import FlareList
from jsolar.sun.flares.harps import Sightings, label_sightings, match
from jsolar.sun.flares.history import flare_history
from jsolar.sun.flares.labels import after, before


def flare_columns(
    flares: FlareList, seen: Sightings, headers: Sequence[SharpHeader]
) -> tuple[dict[str, np.ndarray], int]:
    """What followed each picture of a SHARP, and what went before.

    Args:
      flares: the list.
      seen: the rows.
      headers: of the same.

    Returns:
      Columns of `jsolar.datasets.solar_flares.features.picture_features`, and how many flares were
      given to a SHARP by place.
    """
    matched = match(flares, seen)
    first, last = life_ends(headers)
    label_of = partial(label_sightings, matched, seen, record_begin=first, record_end=last)
    (future, placed), (day, _) = (label_of(*window(seen.time)) for window in (after, before))
    life, _ = label_of(np.minimum(first, seen.time), seen.time)
    columns = {"placed_flux_w_m2": placed, "history": flare_history(day, life)}
    for prefix, label in (("", future), ("previous_", day)):
        columns |= {
            f"{prefix}flux_w_m2": label.flux_w_m2,
            f"{prefix}unattributed_flux_w_m2": label.unattributed_flux_w_m2,
            f"{prefix}complete": label.complete,
        }
    columns["floor_w_m2"] = np.full(len(seen.time), flares.source.floor_w_m2)
    return columns, int(matched.placed.sum())


def refuse_ignorance(
    columns: Mapping[str, np.ndarray],
    flares: FlareList,
    seen: Sightings,
    lists: Sequence[pathlib.Path],
) -> None:
    """Raise where a list cannot label.

    Args:
      columns: from `flare_columns`.
      flares: the list.
      seen: the rows.
      lists: its files, for the sentence.

    Raises:
      ValueError: no flare has a region or a place, or nothing is known of any window.
    """
    named = ", ".join(map(str, lists))
    if len(flares.start) and not (flares.region > 0).any() and np.isnan(flares.latitude_deg).all():
        raise ValueError(
            f"{named}: no flare has a region or a place, so nobody knows whose they are: give a "
            "list with NOAA numbers"
        )
    rows = ({name: column[i] for name, column in columns.items()} for i in range(len(seen.time)))
    if not any({"yes", "no"} & set(window_outcomes(row).values()) for row in rows):
        raise ValueError(
            f"{named}: of no window it is known whether a flare followed: the lists cover "
            f"{flares.source.begins} to {flares.source.ends}, the pictures are of "
            f"{seen.time.min()} to {seen.time.max()}; give other lists, or tell --begins and --ends"
        )
