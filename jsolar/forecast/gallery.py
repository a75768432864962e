"""The pictures a method was surest about: the quickest way to see what it has learned."""

import pathlib

import numpy as np

from jsolar.forecast.compare import Comparison
from jsolar.forecast.report import note_of
from jsolar.report import plots
from jsolar.sun.units import MM_PER_DEGREE
from jsolar.types import Events


def surest(
    path: pathlib.Path, comparison: Comparison, method: str, *, event: int = 0, count: int = 18
) -> pathlib.Path:
    """Draw the regions with the highest probability of an event, one picture each, and what came.

    Args:
      path: PNG to write.
      comparison: of methods on examples with the input ``image``, gauss.
      method: whose forecasts.
      event: of which event, from 0.
      count: pictures.

    Returns:
      The path.
    """
    data, test = comparison.data, comparison.data.test
    probability = comparison.forecasts[method].test[:, event]
    order = np.argsort(-probability, kind="stable")
    _, first = np.unique(test.rows.group[order], return_index=True)
    rows = order[np.sort(first)][:count]
    titles = [f"{probability[i]:.0%}: {_outcome(test.events, i, event)}" for i in rows.tolist()]
    caption = f"probability of {data.events[event]} by the {method}, and what happened"
    note = note_of(data)
    return plots.pictures(
        test.inputs["image"][rows],
        titles,
        path,
        cell_mm=data.facts["degrees_per_pixel"] * MM_PER_DEGREE,
        note=f"{caption}; {note}" if note else caption,
    )


def _outcome(events: Events, row: int, event: int) -> str:
    if not events.known[row, event]:
        return "not known"
    return "flare" if events.happened[row, event] else "no flare"
