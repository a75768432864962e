"""Where a forecast is good: by longitude, year, size, and what the region did the day before."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Float, Key

from jsolar.forecast.compare import Comparison, columns
from jsolar.forecast.examples import Data, Examples, Inputs
from jsolar.keys import named
from jsolar.report.tables import markdown, number, ranged
from jsolar.verify.events.columns import ForecastColumns
from jsolar.verify.events.slices import sliced_tss
from jsolar.verify.intervals import RULES, Interval, Rules

CENTRAL_DEG = 30.0
"""Nearer to the central meridian a region is seen from above."""

READING = [
    "TSS at the threshold chosen for all test rows; intervals (95 %) by region at that threshold,",
    "none where fewer than 10 regions of a part have an event. Parts differ in their event rate,",
    "for which no threshold was chosen: a lower score alone does not say that forecasts are worse",
    "there. Methods of one column may be compared.",
    "",
]


class Cut(NamedTuple):
    """Test rows cut into parts.

    Attributes:
      name: by what.
      parts: which rows, ``Bool[n]``, by the name of the part; rows of which it is not known are in
        none.
    """

    name: str
    parts: Mapping[str, Bool[np.ndarray, "n"]]


class Sliced(NamedTuple):
    """The skill of all methods in the parts of a cut.

    Attributes:
      event: the name of the event.
      cut: of which parts.
      counts: from a part to its rows, events and regions with an event.
      tss: from a method to its interval, ``[c]``.
    """

    event: str
    cut: Cut
    counts: Mapping[str, tuple[int, int, int]]
    tss: Mapping[str, Interval]


def cuts(
    data: Data, event: int, *, size: Callable[[Inputs], Float[np.ndarray, "n"]] | None = None
) -> list[Cut]:
    """How the test rows are cut for an event.

    Args:
      data: the splits; longitude is known if the input ``longitude_deg`` is there.
      event: which, from 0.
      size: of the regions; terciles of the training rows are the borders.

    Returns:
      Cuts that have at least two parts with rows.
    """
    test = data.test
    found = [Cut("the day before", _day_before(test, event)), Cut("year", _years(test))]
    if "longitude_deg" in test.inputs:
        found.append(Cut("longitude", _longitudes(np.asarray(test.inputs["longitude_deg"]))))
    if size is not None:
        borders = np.nanquantile(size(data.train.inputs), [1 / 3, 2 / 3])
        found.append(Cut("size", _terciles(size(test.inputs), borders)))
    present = [
        Cut(name, {part: rows for part, rows in parts.items() if rows.any()})
        for name, parts in found
    ]
    return [cut for cut in present if len(cut.parts) > 1]


def sliced(
    key: Key[Array, ""],
    comparison: Comparison,
    *,
    size: Callable[[Inputs], Float[np.ndarray, "n"]] | None = None,
    rules: Rules = RULES,
) -> list[Sliced]:
    """Skill of every method of a comparison in the parts of all cuts.

    Args:
      key: the experiment's.
      comparison: whose thresholds are kept.
      size: see `cuts`.
      rules: of the intervals.
    """
    data, found = comparison.data, []
    for k, event in enumerate(data.events):
        tested = {name: columns(f, data, k)[1] for name, f in comparison.forecasts.items()}
        at = [comparison.cards[name][event]["threshold"] for name in tested]
        for cut in cuts(data, k, size=size):
            masks = np.stack(list(cut.parts.values()), axis=1)
            draws = named(key, "bootstrap")
            score = sliced_tss(draws, list(tested.values()), at, masks, rules=rules)
            by_method = {name: Interval(*(x[i] for x in score)) for i, name in enumerate(tested)}
            counts = {
                part: _count(next(iter(tested.values())), rows) for part, rows in cut.parts.items()
            }
            found.append(Sliced(event, cut, counts, by_method))
    return found


def page(found: Sequence[Sliced]) -> list[str]:
    """Lines of a report: a table for each event and cut."""
    lines = ["## Where forecasts are good", ""]
    for one in found:
        lines += [f"**{one.event} by {one.cut.name}**", "", table(one), ""]
    return [*lines, *READING]


def table(one: Sliced) -> str:
    """A row for each method, a column for each part."""
    counted = [
        f"{events} in {regions} of {rows:,}" for rows, events, regions in one.counts.values()
    ]
    rows = [["*events in regions of rows*", *counted]]
    rows += [
        [name, *(_cell(*each) for each in zip(x.value, x.low, x.high, strict=True))]
        for name, x in one.tss.items()
    ]
    return markdown(["TSS", *one.cut.parts], rows)


def _cell(value: Any, low: Any, high: Any) -> str:
    """A score with its interval, alone where there is none."""
    return number(float(value)) if np.isnan(low) else ranged(value, low, high)


def summary(found: Sequence[Sliced]) -> list[dict[str, Any]]:
    """The same for a file."""
    return [
        {
            "event": one.event,
            "by": one.cut.name,
            "parts": {
                part: {
                    "rows": rows,
                    "events": events,
                    "regions": regions,
                    "tss": {
                        name: {"value": x.value[i], "low": x.low[i], "high": x.high[i]}
                        for name, x in one.tss.items()
                    },
                }
                for i, (part, (rows, events, regions)) in enumerate(one.counts.items())
            },
        }
        for one in found
    ]


def _day_before(test: Examples, event: int) -> dict[str, np.ndarray]:
    """Whether the region had such a flare in the 24 h before: does activity change or go on?"""
    before = np.asarray(test.inputs["previous"])[:, event]
    return {
        "no such flare": before == 0,
        "such a flare": before == 1,
        "not known": np.isnan(before),
    }


def _years(test: Examples) -> dict[str, np.ndarray]:
    years = test.rows.time.astype("datetime64[Y]")
    return {str(year): years == year for year in np.unique(years)}


def _longitudes(longitude_deg: Float[np.ndarray, "n"]) -> dict[str, np.ndarray]:
    edge = f"{CENTRAL_DEG:.0f}°"
    return {
        f"east of −{edge}": longitude_deg < -CENTRAL_DEG,
        f"within {edge}": np.abs(longitude_deg) <= CENTRAL_DEG,
        f"west of {edge}": longitude_deg > CENTRAL_DEG,
    }


def _terciles(
    size: Float[np.ndarray, "n"], borders: Float[np.ndarray, "2"]
) -> dict[str, np.ndarray]:
    place = np.where(np.isnan(size), -1, np.searchsorted(borders, size, side="right"))
    return {part: place == i for i, part in enumerate(("small", "middle", "large"))}


def _count(tested: ForecastColumns, rows: Bool[np.ndarray, "n"]) -> tuple[int, int, int]:
    known = rows & np.asarray(tested.known)
    happened = known & np.asarray(tested.observed)
    return int(known.sum()), int(happened.sum()), len(np.unique(tested.block[happened]))
