"""The report of a comparison: tables on the terminal and in ``report.md``, figures beside it."""

import json
import pathlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from jsolar.forecast import page
from jsolar.forecast.compare import Probabilities, columns
from jsolar.report import plots
from jsolar.types import Examples

SIMULATED = "simulated data, no observation"
"""What every figure and page made from simulated data says."""


class Comparison(NamedTuple):
    """Methods compared on the same rows.

    Attributes:
      title: what the rows are; stands over the tables.
      cards: ``{method: {event: scorecard}}``.
      differences: ``{"a − b": {event: interval}}``.
      expected_differences: the same of the expected TSS; empty on real data.
      shares: ``{method: {event: interval}}``, of the state oracle's expected TSS; empty on real
        data.
    """

    title: str
    cards: Mapping[str, Mapping[str, Any]]
    differences: Mapping[str, Mapping[str, Any]]
    expected_differences: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    shares: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


def write_report(
    folder: pathlib.Path,
    title: str,
    comparisons: Sequence[Comparison],
    said: Mapping[str, Probabilities],
    validation: Examples,
    test: Examples,
    *,
    events: Sequence[str],
    synthetic: bool,
    wording: page.Wording = page.WINDOWS,
    pictures: Sequence[pathlib.Path] = (),
) -> None:
    """Write figures and ``report.md`` and print the tables.

    Args:
      folder: of the run.
      title: of the page.
      comparisons: the first is drawn, all are tabulated.
      said: probabilities by method.
      validation: where thresholds come from.
      test: what is scored.
      events: names of the events.
      synthetic: whether the data are simulated, which is then said everywhere.
      wording: what an example is called, and when an event counts.
      pictures: further figures in the folder.
    """
    note = SIMULATED if synthetic else ""
    titled = len(comparisons) > 1
    tables = [line for c in comparisons for line in _tables(c, events, wording, titled)]
    print("\n" + "\n".join(tables))
    head = [f"# {title}", ""]
    if note:
        head += [f"**This is {note}.** Scores tell how methods compare on this simulator.", ""]
    cards, horizon = comparisons[0].cards, wording.horizon
    figures = [*pictures, plots.skill(cards, folder / "skill.png", horizon=horizon, note=note)]
    for k, event in enumerate(events):
        drawn = {name: columns(p, validation, test, k)[1] for name, p in said.items()}
        figures += _figures(folder, drawn, event, f"{event} {horizon}", note)
    figures += _training(folder, note)
    reading = page.READING + (page.READING_SIMULATED if synthetic else [])
    text = [*head, *tables, *reading, *(f"![{p.stem}]({p.name})\n" for p in figures)]
    (folder / "report.md").write_text("\n".join(text))
    print(f"Report and figures: {folder / 'report.md'}")


def _tables(
    comparison: Comparison, events: Sequence[str], wording: page.Wording, titled: bool
) -> list[str]:
    lines = [f"## {comparison.title}", ""] if titled else []
    for event in events:
        first = next(iter(comparison.cards.values()))[event]
        lines += [
            f"**{event} {wording.horizon}**",
            "",
            page.skill_table(comparison.cards, event),
            "",
            page.numbers_line(first, wording),
            *page.without_answer(comparison.cards, event, wording),
            "",
        ]
    lines += [page.difference_table(comparison.differences, events), ""]
    if comparison.expected_differences:
        told = comparison.expected_differences
        lines += [page.difference_table(told, events, of=page.EXPECTED), ""]
    if comparison.shares:
        lines += [page.share_table(comparison.shares, events), ""]
    return lines


def _figures(
    folder: pathlib.Path, drawn: Mapping[str, Any], event: str, title: str, note: str
) -> list[pathlib.Path]:
    slug = event.strip("≥").replace(".", "_")
    return [
        plots.reliability(drawn, folder / f"reliability_{slug}.png", title=title, note=note),
        plots.discrimination(drawn, folder / f"discrimination_{slug}.png", title=title, note=note),
    ]


def _training(folder: pathlib.Path, note: str) -> list[pathlib.Path]:
    curves = {
        path.parent.name: [json.loads(line) for line in path.read_text().splitlines()]
        for path in sorted(folder.glob("*/metrics.jsonl"))
    }
    return [plots.training(curves, folder / "training.png", note=note)] if curves else []
