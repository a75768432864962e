"""Region days as examples: the columns of ``solar_flares/noaa_regions`` as features."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from jsolar.data.stored import read_columns
from jsolar.forecast.examples import Examples
from jsolar.forecast.window_examples import known_or_nan, rows_of
from jsolar.sun.flares.catalogue import goes_flux
from jsolar.sun.flares.regions import MAGNETIC_TYPES
from jsolar.types import Events

COUNTS = {"C1.0": "c_or_larger", "M1.0": "m_or_larger", "X1.0": "x_or_larger"}
"""GOES classes that the table counts flares of."""

_LETTERS = ("ABCDEFH", "XRSAHK", "XOIC")
_LOGARITHMS = ("area_msh", "longitude_extent_deg", "spots")
_NUMBERS = (*_LOGARITHMS, "latitude_deg", "longitude_deg")

FEATURES = (
    *_NUMBERS,
    *(f"log_{name}" for name in _LOGARITHMS),
    *(f"mcintosh_{i}_{letter}" for i, letters in enumerate(_LETTERS) for letter in letters),
    *(f"magnetic_{name}" for name in MAGNETIC_TYPES),
)
"""Names of the columns of the input ``features``."""


class RegionDayExamples(NamedTuple):
    """A split of region days.

    Attributes:
      examples: with the inputs ``features`` (see `FEATURES`), ``mcintosh`` (text),
        ``longitude_deg`` and ``previous``.
      counts: ``Int[n, k]``, flares of the day of each class.
      placed: ``Bool[n, k]``, whether a flare of that class that the list gives no region was in
        this region by its place; False where no list tells.
      unattributed: ``Bool[n, k]``, whether one happened on the day that has no place either;
        False where no list tells.
    """

    examples: Examples
    counts: Int[np.ndarray, "n k"]
    placed: Bool[np.ndarray, "n k"]
    unattributed: Bool[np.ndarray, "n k"]


def region_day_examples(
    source: Any, *, classes: Sequence[str] = ("C1.0", "M1.0")
) -> RegionDayExamples:
    """The examples of a split; what happened is what the table counts.

    Args:
      source: ``tfds.data_source("solar_flares/noaa_regions…", split=…)``.
      classes: some of `COUNTS`.

    Returns:
      Examples and what is known beside them.

    Raises:
      ValueError: the split is empty, or the table does not count a class.
    """
    unknown = sorted(set(classes) - set(COUNTS))
    if unknown:
        raise ValueError(f"region days count flares of {', '.join(COUNTS)}, not {unknown[0]}")
    if not len(source):
        raise ValueError("the split holds no region days: choose other borders")
    columns = read_columns(source, list(source[0]))
    counts = np.stack([columns[COUNTS[name]] for name in classes], axis=1)
    before = np.stack([columns[f"previous_{COUNTS[name]}"] for name in classes], axis=1)
    thresholds = np.array([goes_flux(name) for name in classes])
    texts = {name: columns[name].astype(str) for name in ("mcintosh", "magnetic_type")}
    examples = Examples(
        rows=rows_of(columns),
        inputs={
            "features": features(columns, texts["mcintosh"], texts["magnetic_type"]),
            "mcintosh": texts["mcintosh"],
            "longitude_deg": columns["longitude_deg"],
            "previous": known_or_nan(Events(before > 0, before >= 0)),
        },
        events=Events(counts > 0, np.ones_like(counts, dtype=bool)),
    )
    placed, unattributed = (
        np.nan_to_num(columns[f"{name}_flux_w_m2"])[:, None] >= thresholds
        for name in ("placed", "unattributed")
    )
    return RegionDayExamples(examples, counts, placed, unattributed)


def features(
    columns: dict[str, np.ndarray], mcintosh: np.ndarray, magnetic_type: np.ndarray
) -> Float[np.ndarray, "n f"]:
    """Numbers, logarithms of the sizes, and one column for each letter and each magnetic type.

    Args:
      columns: with the numbers; NaN where missing.
      mcintosh: ``Str[n]``.
      magnetic_type: ``Str[n]``.

    Returns:
      ``[n, f]`` as named in `FEATURES`.
    """
    numbers = [columns[name] for name in _NUMBERS]
    logarithms = [np.log1p(np.maximum(columns[name], 0)) for name in _LOGARITHMS]
    letters = [
        np.char.startswith(mcintosh, letter, start=i, end=i + 1)
        for i, row in enumerate(_LETTERS)
        for letter in row
    ]
    magnetic = [magnetic_type == name for name in MAGNETIC_TYPES]
    return np.stack([*numbers, *logarithms, *letters, *magnetic], axis=1).astype(np.float32)


def attributed_days(split: RegionDayExamples) -> Examples:
    """The same examples with flares where their place says they were, and no day in doubt.

    Where a flare of the day still has no region, nothing is known of any region of that day: both
    answers are left out, for to keep only "yes" would raise the base rate.
    """
    happened, known = split.examples.events
    events = Events(happened | split.placed, known & ~split.unattributed)
    return split.examples._replace(events=events)
