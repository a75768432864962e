"""The pictures a method was surest about: the quickest way to see what it has learned."""

import pathlib

import numpy as np
from jaxtyping import Float

from jsolar.report import plots
from jsolar.types import Examples


def surest(
    path: pathlib.Path,
    probability: Float[np.ndarray, "n"],
    examples: Examples,
    *,
    event: str,
    event_index: int = 0,
    count: int = 18,
    method: str = "the forecast",
    cell_mm: float | None = None,
    note: str = "",
) -> pathlib.Path:
    """Draw the regions with the highest probability of an event, one picture each, and what came.

    Args:
      path: PNG to write.
      probability: of the event, NaN without an answer.
      examples: with the input ``image``, gauss.
      event: its name.
      event_index: its column in the events.
      count: pictures.
      method: whose probability it is.
      cell_mm: size of a pixel at the solar surface, for a scale bar.
      note: stands in the figure.

    Returns:
      The path.
    """
    order = np.argsort(-probability, kind="stable")
    _, first = np.unique(examples.region[order], return_index=True)
    rows = order[np.sort(first)][:count]
    happened = examples.events.happened[rows, event_index]
    titles = [
        f"{probability[i]:.0%}: {'flare' if yes else 'no flare'}"
        for i, yes in zip(rows, happened, strict=True)
    ]
    caption = f"{method}'s probability of {event}, and what happened"
    caption = f"{caption}; {note}" if note else caption
    images = examples.inputs["image"][rows]
    return plots.pictures(images, titles, path, cell_mm=cell_mm, note=caption)
