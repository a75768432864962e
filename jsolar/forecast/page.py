"""The report of a comparison of methods: a page of Markdown with its figures beside it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from jsolar.report.tables import markdown

HEADER = ("method", "TSS", "95 % by region", "HSS2", "BSS", "AUC", "TP", "FN", "FP", "TN")

EXPECTED = "expected TSS"
"""A further column where the true probabilities are known."""


class Wording(NamedTuple):
    """What a report calls things.

    Attributes:
      horizon: when an event counts.
      row: what one example is.
    """

    horizon: str = "within 24 h"
    row: str = "window"


WINDOWS = Wording()
REGION_DAYS = Wording(horizon="that day", row="region day")

READING = [
    "TSS, HSS2 and the counts are of the test set at the threshold chosen on validation; only",
    "persistence says yes by its own rule. What is learned is calibrated on validation. Intervals",
    "are a bootstrap over active regions. BSS is the Brier skill against the climatology of the",
    "training set, AUC the area under the ROC curve. More scores, such as TSS with the threshold",
    "redrawn, at p = 0.5 and at p = climatology, are in `summary.json`; every forecast is in",
    "`forecasts.parquet`.",
    "",
]
"""How to read the tables."""

READING_SIMULATED = [
    "The expected TSS has the true probabilities in place of what happened to happen. The state",
    "oracle knows all of the present, also what no magnetogram shows, and is the best forecaster",
    "there can be; the path oracle knows besides which way the flare rate will go.",
    "",
]


def skill_table(cards: Mapping[str, Mapping[str, Any]], event: str) -> str:
    """One row a method: TSS with its interval, HSS2, Brier skill, area under ROC, counts.

    With true probabilities, the TSS expected from them stands at the end.

    Args:
      cards: ``{method: {event: scorecard}}``.
      event: which.

    Returns:
      A Markdown table; "–" where a number is undefined.
    """
    rows = [_row(name, card[event]) for name, card in cards.items()]
    expected = [card[event]["scores"].get("tss_expected") for card in cards.values()]
    if None in expected:
        return markdown(HEADER, rows)
    longer = [[*row, number(e["value"])] for row, e in zip(rows, expected, strict=True)]
    return markdown((*HEADER, EXPECTED), longer)


def numbers_line(card: Mapping[str, Any], wording: Wording = WINDOWS) -> str:
    r"""What the table stands on: how many examples, events and regions.

    Example:
      >>> n = {"examples": 9, "known": 8, "events": 2, "regions": 4, "flaring_regions": 1}
      >>> print(numbers_line({"numbers": n | {"validation": n}}).replace("; ", "\n"))
      test: 8 windows of 4 regions, 2 events in 1 region
      validation: 8 windows of 4 regions, 2 events in 1 region
    """
    test = card["numbers"]
    validation = test["validation"]
    return f"test: {_counted(test, wording)}; validation: {_counted(validation, wording)}"


def without_answer(
    cards: Mapping[str, Mapping[str, Any]], event: str, wording: Wording = WINDOWS
) -> list[str]:
    """A line for every method that leaves examples out, such as persistence without a past."""
    lines = []
    for name, card in cards.items():
        numbers = card[event]["numbers"]
        missing = numbers["known"] - numbers["forecast"]
        if missing:
            known = _plural(numbers["known"], wording.row)
            lines.append(f"{name} has no answer for {missing} of {known}")
    return lines


def difference_table(
    differences: Mapping[str, Mapping[str, Any]], events: Sequence[str], *, of: str = "TSS"
) -> str:
    """Paired differences of a score with their intervals.

    Args:
      differences: ``{"a − b": {event: {value, low, high}}}``.
      events: columns.
      of: the score.

    Returns:
      A Markdown table.
    """
    rows = [[name, *(_interval(each[event]) for event in events)] for name, each in
            differences.items()]  # fmt: skip
    return markdown([f"difference of {of}", *events], rows)


def share_table(shares: Mapping[str, Mapping[str, Any]], events: Sequence[str]) -> str:
    """What share of the state oracle's expected TSS each method reaches, with intervals.

    Args:
      shares: ``{method: {event: {value, low, high}}}``.
      events: columns.

    Returns:
      A Markdown table.
    """
    rows = [
        [name, *(_interval(each[event], "{:.0%}") for event in events)]
        for name, each in shares.items()
    ]
    return markdown(["expected TSS / state oracle's", *events], rows)


def list_line(facts: Mapping[str, Any]) -> str:
    """Which flares the labels are made of, as a builder tells in ``facts["flare_list"]``.

    Example:
      >>> told = {"name": "GOES flares", "version": "", "floor_w_m2": 1e-6,
      ...         "flux_scale": "science", "begins": "2010-01-02T00:00:00",
      ...         "ends": "2018-07-07T00:00:00", "flares": 8606, "without_region": 937,
      ...         "given_a_region_by_place": 543}
      >>> list_line(told)[:63]
      'Flares: GOES flares, complete from 1e-06 W m⁻² on the science s'
    """
    named = f"{facts['name']} {facts['version']}".strip()
    days = f"{facts['begins'][:10]} to {facts['ends'][:10]}"
    return (
        f"Flares: {named}, complete from {facts['floor_w_m2']:.3g} W m⁻² on the "
        f"{facts['flux_scale']} scale, {days}; of {facts['flares']} flares the list gives "
        f"{facts['without_region']} no region, {facts['given_a_region_by_place']} were given one "
        "by their place."
    )


def number(value: float | int | None, digits: int = 3) -> str:
    """A number for people; "–" for NaN and None.

    Example:
      >>> number(0.12345), number(float("nan"))
      ('0.123', '–')
    """
    return "–" if value is None or np.isnan(value) else f"{value:.{digits}f}"


def _row(name: str, card: Mapping[str, Any]) -> list[str]:
    scores, counts = card["scores"], card["counts"]
    tss = scores["tss"]
    interval = tss.get("reason") or f"[{number(tss['low'])}, {number(tss['high'])}]"
    others = [number(scores[key]["value"]) for key in ("hss2", "bss", "roc_auc")]
    cells = [number(counts[key], 0) for key in ("tp", "fn", "fp", "tn")]
    return [name, number(tss["value"]), interval, *others, *cells]


def _interval(found: Mapping[str, Any], form: str = "{:+.3f}") -> str:
    """A score and its interval, or why it has none.

    Example:
      >>> _interval({"value": np.nan, "low": np.nan, "high": np.nan, "reason": "too few regions"})
      '– (too few regions)'
    """
    value, low, high = (
        "–" if np.isnan(found[key]) else form.format(found[key]) for key in ("value", "low", "high")
    )
    return f"{value} ({found['reason']})" if found.get("reason") else f"{value} [{low}, {high}]"


def _counted(numbers: Mapping[str, int], wording: Wording) -> str:
    rows, regions, events, flaring = (
        _plural(numbers[key], word)
        for key, word in (
            ("known", wording.row), ("regions", "region"), ("events", "event"),
            ("flaring_regions", "region"),
        )
    )  # fmt: skip
    return f"{rows} of {regions}, {events} in {flaring}"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
