"""From a TFDS data source to the table of forecasts that everything else works on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from jsolar.data.rendered import RenderedColumn
from jsolar.sun.flares.catalogue import goes_flux
from jsolar.sun.flares.labels import WindowLabel, events
from jsolar.sun.simulate import SunConfig
from jsolar.sun.simulate.flaring import TRUTH_CLASSES
from jsolar.types import Events, Examples

_READ_AT_ONCE = 256


class StoredColumn:
    """A column that stays on disk; rows are read when they are asked for.

    It stands wherever an array ``[n, ...]`` is indexed by rows, so that data larger than the
    memory stream through the same code.
    """

    def __init__(self, source: Any, name: str):
        self._source, self._name = source, name

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, rows: Any) -> np.ndarray:
        index = np.arange(len(self))[rows]
        first = np.asarray(self._source[0][self._name])
        read = self._source.__getitems__(index.ravel().tolist()) if index.size else []
        values = np.array([row[self._name] for row in read], first.dtype)
        return values.reshape((*index.shape, *first.shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array."""
        return (len(self), *np.shape(self._source[0][self._name]))


def flare_examples(
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
      Examples with the inputs ``image`` (gauss), ``keywords`` and ``previous``.

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
    return Examples(
        id=columns["id"].astype(str),
        region=columns["region"],
        issue_time=columns["issue_time"].astype("datetime64[s]"),
        inputs={
            "image": image,
            "keywords": columns["keywords"],
            "previous": known_or_nan(events(before, thresholds)),
        },
        events=events(after, thresholds),
        true_probability=_truth(columns["true_probability"], classes),
        state_probability=_truth(columns["state_probability"], classes),
    )


def known_or_nan(previous: Events) -> Float[np.ndarray, "n k"]:
    """Events as numbers that a forecaster can take in: 0, 1, or NaN where not known.

    Example:
      >>> known_or_nan(Events(np.array([[True, True]]), np.array([[True, False]])))
      array([[ 1., nan]], dtype=float32)
    """
    return np.where(previous.known, previous.happened, np.nan).astype(np.float32)


def read_columns(source: Any, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Columns of a data source as arrays, read a few hundred rows at a time."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for start in range(0, len(source), _READ_AT_ONCE):
        rows = source.__getitems__(range(start, min(start + _READ_AT_ONCE, len(source))))
        for name in names:
            parts[name].append(np.stack([row[name] for row in rows]))
    return {name: np.concatenate(pieces) for name, pieces in parts.items()}


def _label(columns: dict[str, np.ndarray], prefix: str) -> WindowLabel:
    flux = columns[f"{prefix}flux_w_m2"]
    unattributed = columns[f"{prefix}unattributed_flux_w_m2"]
    none = np.zeros(len(flux), np.int64)
    floor = float(columns["floor_w_m2"].max())
    return WindowLabel(flux, unattributed, none, none, none, columns[f"{prefix}complete"], floor)


def _rendered(scenes: Any, keys: np.ndarray, facts: Mapping[str, Any]) -> RenderedColumn:
    """The simulated pictures that a data set keeps as scenes."""
    size, scale = int(facts["size"]), float(facts["degrees_per_pixel"])
    sun = SunConfig(**facts["sun"])
    return RenderedColumn(scenes, keys, size=size, degrees_per_pixel=scale, sun=sun)


def _truth(stored: Float[np.ndarray, "n t"], classes: Sequence[str]) -> np.ndarray | None:
    """The columns of these classes, if the data are simulated and hold them."""
    if np.isnan(stored).all() or not set(classes) <= set(TRUTH_CLASSES):
        return None
    return stored[:, [TRUTH_CLASSES.index(name) for name in classes]].astype(np.float64)
