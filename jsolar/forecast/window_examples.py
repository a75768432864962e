"""Windows as examples: pictures of regions, and the flares of the 24 h after and before."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from jsolar.data.rendered import RenderedColumn
from jsolar.data.stored import StoredColumn, read_columns
from jsolar.forecast.examples import Examples
from jsolar.sun.conventions import FLARE_CLASSES
from jsolar.sun.flares.catalogue import goes_flux
from jsolar.sun.flares.labels import WindowLabel, events
from jsolar.sun.simulate import SunConfig
from jsolar.types import Events, Rows


def window_examples(
    source: Any,
    *,
    classes: Sequence[str] = ("C1.0", "M1.0"),
    in_memory: bool = True,
    facts: Mapping[str, Any] | None = None,
) -> Examples:
    """The examples of a split of ``solar_flares`` with pictures.

    Args:
      source: ``tfds.data_source("solar_flares/…", split=…)``.
      classes: GOES classes; the events are "a flare at least this large within 24 h".
      in_memory: read the pictures now, or leave them on disk as a `StoredColumn`.
      facts: what the builder tells of the pictures; needed where they are rendered from scenes.

    Returns:
      Examples with the inputs ``image`` (gauss), ``keywords``, ``history`` (flares before the
      issue time, see `jsolar.sun.flares.history`), ``longitude_deg``, ``previous``,
      and of SHARPs ``sharp_keywords``.

    Raises:
      ValueError: the split is empty, or a class lies below the floor of the flare list.
    """
    if not len(source):
        raise ValueError("the split holds no examples: use more regions, or other split borders")
    large = "scene" if "scene" in source[0] else "image"
    held = [name for name in source[0] if in_memory or name != large]
    columns = read_columns(source, held)
    image: Any = columns.pop(large) if in_memory else StoredColumn(source, large)
    if large == "scene":
        image = _rendered(image, columns["picture_key"], facts or {})
    thresholds = [goes_flux(name) for name in classes]
    after, before = _label(columns, ""), _label(columns, "previous_")
    past = events(before, thresholds)
    return Examples(
        rows=rows_of(columns),
        inputs={
            "image": image,
            "keywords": columns["keywords"],
            "history": columns["history"],
            "longitude_deg": columns["longitude_deg"],
            **{name: columns[name] for name in ("sharp_keywords",) if name in columns},
            # What was seen is known, whatever else may have happened.
            "previous": known_or_nan(
                past._replace(known=past.known | (past.happened & before.complete[:, None]))
            ),
        },
        events=events(after, thresholds),
        true_probability=_truth(columns["true_probability"], classes),
        state_probability=_truth(columns["state_probability"], classes),
    )


def rows_of(columns: Mapping[str, np.ndarray]) -> Rows:
    """Who the rows of a flare data set are; ``issue_time`` holds seconds since 1970.

    What must not be split, regions that share NOAA numbers, is a ``group`` where there is one.

    Example:
      >>> columns = {"id": np.array([b"a"], object), "region": np.array([377]),
      ...            "issue_time": np.array([0])}
      >>> rows_of(columns).time.astype(str).tolist()
      ['1970-01-01T00:00:00']
    """
    time = columns["issue_time"].astype("datetime64[s]")
    return Rows(columns["id"].astype(str), columns.get("group", columns["region"]), time)


def known_or_nan(previous: Events) -> Float[np.ndarray, "n k"]:
    """Events as numbers that a forecaster can take in: 0, 1, or NaN where not known.

    Example:
      >>> known_or_nan(Events(np.array([[True, True]]), np.array([[True, False]])))
      array([[ 1., nan]], dtype=float32)
    """
    return np.where(previous.known, previous.happened, np.nan).astype(np.float32)


def _label(columns: Mapping[str, np.ndarray], prefix: str) -> WindowLabel:
    return WindowLabel(
        columns[f"{prefix}flux_w_m2"],
        columns[f"{prefix}unattributed_flux_w_m2"],
        columns[f"{prefix}complete"],
        float(columns["floor_w_m2"].max()),
    )


def _rendered(scenes: Any, keys: np.ndarray, facts: Mapping[str, Any]) -> RenderedColumn:
    """The simulated pictures that a data set keeps as scenes."""
    size, scale = int(facts["size"]), float(facts["degrees_per_pixel"])
    sun = SunConfig(**facts["sun"])
    return RenderedColumn(scenes, keys, size=size, degrees_per_pixel=scale, sun=sun)


def _truth(stored: Float[np.ndarray, "n t"], classes: Sequence[str]) -> np.ndarray | None:
    """The columns of these classes, if the data are simulated and hold them."""
    if np.isnan(stored).all() or not set(classes) <= set(FLARE_CLASSES):
        return None
    return stored[:, [FLARE_CLASSES.index(name) for name in classes]].astype(np.float64)
