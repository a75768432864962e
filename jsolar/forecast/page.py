"""The report of a comparison of methods: a page of Markdown with its figures beside it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from jsolar.forecast.every_pair import LEVEL, PairTest
from jsolar.forecast.examples import Examples
from jsolar.report.tables import markdown, number

HEADER = ("method", "TSS", "95 %", "HSS2", "BSS", "AUC", "TP", "FN", "FP", "TN")

BRIER = "Brier score (below 0: the first is better)"

EXPECTED = "expected TSS"
"""A further column where the true probabilities are known."""


class Wording(NamedTuple):
    """What a report calls things.

    Attributes:
      horizon: when an event counts.
      row: what one example is.
      block: what rows are resampled by.
    """

    horizon: str = "within 24 h"
    row: str = "window"
    block: str = "region"


WINDOWS = Wording()
REGION_DAYS = Wording(horizon="that day", row="region day")
DAYS = Wording(horizon="that day", row="day", block="rotation")

READING = [
    "What is learned is calibrated on validation. TSS and the counts are of the test set at the",
    "threshold at which the validation forecasts expect the best TSS; HSS2 has a threshold of its",
    "own, found likewise; only persistence says yes by its own rule. Intervals are a bootstrap",
    "over active regions; that of TSS draws the validation regions too, as the threshold comes",
    "from them. BSS is the Brier skill against the event rate of validation, which climatology",
    "says every day, AUC the area under the ROC curve. More scores, such as TSS at p = 0.5, BSS",
    "against the rates of training and test, and intervals at a fixed threshold, are in",
    "`summary.json`; every forecast with its threshold is in `forecasts.parquet`.",
    "",
]
"""How to read the tables."""

READING_SEEDS = [
    "With several seeds the methods were trained that often: mean and standard deviation of their",
    "TSS, and the least and largest difference. A difference is beyond doubt only where the",
    "interval and all seeds lie on one side of 0.",
    "",
]
"""How to read the columns over seeds."""

READING_TESTS = [
    "Differences of every pair are those of the rows where all of these methods have an answer; an",
    f"asterisk marks one that is beyond luck at {LEVEL:.0%}, all pairs of the table considered",
    "(p-values of the bootstrap over regions, adjusted by Holm's method). Training again is luck",
    "too: compare the spread over seeds.",
    "",
]
"""How to read the table of all pairs."""

READING_SIMULATED = [
    "The expected TSS has the true probabilities in place of what happened to happen. The state",
    "oracle knows all of the present, also what no magnetogram shows, and is the best forecaster",
    "there can be; the path oracle knows besides which way the flare rate will go.",
    "",
]


def skill_table(
    cards: Mapping[str, Mapping[str, Any]],
    event: str,
    seeds: Mapping[str, Mapping[str, Sequence[float]]] | None = None,
) -> str:
    """One row a method: TSS with its interval, HSS2, Brier skill, area under ROC, counts.

    Behind them stand, with several seeds, mean and standard deviation of their TSS, and, with true
    probabilities, the TSS expected from them.

    Args:
      cards: ``{method: {event: scorecard}}``.
      event: which.
      seeds: ``{method: {event: [TSS of each seed]}}``.

    Returns:
      A Markdown table; "–" where a number is undefined.
    """
    header, rows = list(HEADER), [_row(name, card[event]) for name, card in cards.items()]
    tss = [(seeds or {}).get(name, {}).get(event, []) for name in cards]
    if max(map(len, tss)) > 1:
        header.append(f"{len(tss[0])} seeds")
        rows = [[*row, _spread(each)] for row, each in zip(rows, tss, strict=True)]
    expected = [card[event]["scores"].get("tss_expected") for card in cards.values()]
    if None not in expected:
        header.append(EXPECTED)
        rows = [[*row, number(e["value"])] for row, e in zip(rows, expected, strict=True)]
    return markdown(header, rows)


def pairs_table(tests: Sequence[PairTest]) -> str:
    """Differences of TSS of all pairs: the method of the line minus that of the column.

    Args:
      tests: from `jsolar.forecast.every_pair.every_pair`.

    Returns:
      A Markdown table, the best method first; ``*`` marks what is shown.

    Example:
      >>> from jsolar.verify.contrasts import Contrast
      >>> found = Contrast(0.1, 0.05, 0.15, 0.07, 0.001)
      >>> print(pairs_table([PairTest("CNN", "MLP", found, 0.001)]))
      | TSS, line − column |        2 |
      |:-------------------|---------:|
      | 1 CNN              | +0.100 * |
      | 2 MLP              |          |
    """
    names = list(dict.fromkeys(name for one in tests for name in (one.better, one.worse)))
    cells = {
        (one.better, one.worse): f"{one.difference.value:+.3f}{' *' if one.shown else '  '}"
        for one in tests
    }
    rows = [
        [f"{i} {name}", *(cells.get((name, other), "") for other in names[1:])]
        for i, name in enumerate(names, 1)
    ]
    return markdown(["TSS, line − column", *map(str, range(2, len(names) + 1))], rows)


def training_line(train: Examples, event: int, wording: Wording = WINDOWS) -> str:
    """What was learned from: how many examples, events and regions."""
    known, group = np.asarray(train.events.known[:, event]), np.asarray(train.rows.group)
    happened = known & np.asarray(train.events.happened[:, event])
    numbers = {
        "known": int(known.sum()),
        "regions": len(np.unique(group)),
        "events": int(happened.sum()),
        "flaring_regions": len(np.unique(group[happened])),
    }
    return f"training: {_counted(numbers, wording)}"


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


def rates_line(card: Mapping[str, Any]) -> str:
    """The share of events in each split: what climatology knows, and how it drifts.

    Example:
      >>> rates_line({"rates": {"training": 0.25, "validation": 0.2, "test": 0.3}})
      'event rate: 0.250 in training, 0.200 in validation, 0.300 in test'
    """
    rates = [f"{number(rate)} in {split}" for split, rate in card["rates"].items()]
    return f"event rate: {', '.join(rates)}"


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
    differences: Mapping[str, Mapping[str, Any]],
    events: Sequence[str],
    *,
    of: str = "TSS",
    seeds: Mapping[str, Mapping[str, Sequence[float]]] | None = None,
) -> str:
    """Paired differences of a score with their intervals, and their range over seeds.

    Args:
      differences: ``{"a − b": {event: {value, low, high}}}``.
      events: columns.
      of: the score.
      seeds: ``{"a − b": {event: [difference of each seed]}}``.

    Returns:
      A Markdown table.
    """
    ranges = {
        name: {event: _range((seeds or {}).get(name, {}).get(event, [])) for event in events}
        for name in differences
    }
    rows = [
        [name, *(_interval(each[event]) + ranges[name][event] for event in events)]
        for name, each in differences.items()
    ]
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


def _row(name: str, card: Mapping[str, Any]) -> list[str]:
    scores, counts = card["scores"], card["counts"]
    tss, drawn = scores["tss"], scores["tss_redrawn"]
    interval = drawn.get("reason") or f"[{number(drawn['low'])}, {number(drawn['high'])}]"
    others = [number(scores[key]["value"]) for key in ("hss2", "bss", "roc_auc")]
    cells = [number(counts[key], 0) for key in ("tp", "fn", "fp", "tn")]
    return [name, number(tss["value"]), interval, *others, *cells]


def _spread(scores: Sequence[float]) -> str:
    """Mean and standard deviation over seeds.

    Example:
      >>> _spread([0.5, 0.6, 0.7])
      '0.600 ± 0.100'
    """
    return f"{number(float(np.mean(scores)))} ± {number(float(np.std(scores, ddof=1)))}"


def _range(scores: Sequence[float]) -> str:
    """Least and largest over seeds, if there are several.

    Example:
      >>> _range([0.05, -0.01]), _range([0.05])
      (', seeds -0.010 to +0.050', '')
    """
    if len(scores) < 2:
        return ""
    return f", seeds {min(scores):+.3f} to {max(scores):+.3f}"


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
            ("known", wording.row), ("regions", wording.block), ("events", "event"),
            ("flaring_regions", wording.block),
        )
    )  # fmt: skip
    return f"{rows} of {regions}, {events} in {flaring}"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
