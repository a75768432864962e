"""The report of a comparison: tables on the terminal and in ``report.md``, figures beside it."""

import json
import pathlib
from collections.abc import Sequence
from typing import Any

from jsolar.forecast import page
from jsolar.forecast.compare import Comparison, columns
from jsolar.forecast.examples import Data
from jsolar.report import plots


def note_of(data: Data) -> str:
    """What every figure and page made from these data says: nothing of observations."""
    return plots.SIMULATED if data.synthetic else ""


def summary(comparison: Comparison) -> dict[str, Any]:
    """What ``summary.json`` holds of a comparison."""
    return {
        "title": comparison.title,
        "data": comparison.data.facts,
        "models": comparison.cards,
        "differences": comparison.differences,
        "brier_differences": comparison.brier_differences,
        "expected_differences": comparison.expected_differences,
        "oracle_shares": comparison.shares,
        "seeds": comparison.seeds,
        "seed_differences": comparison.seed_differences,
        "tests": comparison.tests,
        "choices": {n: f.choice for n, f in comparison.forecasts.items() if f.choice},
    }


def write_report(
    folder: pathlib.Path,
    title: str,
    comparisons: Sequence[Comparison],
    *,
    pictures: Sequence[pathlib.Path] = (),
    further: Sequence[str] = (),
) -> None:
    """Write figures and ``report.md`` and print the tables.

    Args:
      folder: of the run.
      title: of the page.
      comparisons: the first is drawn, all are tabulated.
      pictures: further figures in the folder.
      further: lines at the end of the page.
    """
    first = comparisons[0]
    note, titled = note_of(first.data), len(comparisons) > 1
    tables = [line for c in comparisons for line in _tables(c, titled)]
    print("\n" + "\n".join(tables))
    head = [f"# {title}", ""]
    if note:
        head += [f"**This is {note}.** Scores tell how methods compare on this simulator.", ""]
    if "flare_list" in first.data.facts:
        head += [page.list_line(first.data.facts["flare_list"]), ""]
    figures = [*pictures, *_figures(folder, first, note), *_training(folder, note)]
    several = max(len(x) for method in first.seeds.values() for x in method.values()) > 1
    reading = page.READING + (page.READING_SEEDS if several else [])
    reading = reading + (page.READING_TESTS if first.tests else [])
    reading = reading + (page.READING_SIMULATED if note else [])
    shown = [f"![{p.stem}]({p.name})\n" for p in figures]
    text = [*head, *tables, *reading, *shown, *further]
    (folder / "report.md").write_text("\n".join(text))
    print(f"Report and figures: {folder / 'report.md'}")


def _tables(comparison: Comparison, titled: bool) -> list[str]:
    events, wording = comparison.data.events, comparison.wording
    lines = [f"## {comparison.title}", ""] if titled else []
    for k, event in enumerate(events):
        first = next(iter(comparison.cards.values()))[event]
        lines += [
            f"**{event} {wording.horizon}**",
            "",
            page.skill_table(comparison.cards, event, comparison.seeds),
            "",
            page.training_line(comparison.data.train, k, wording),
            page.numbers_line(first, wording),
            page.rates_line(first),
            *page.without_answer(comparison.cards, event, wording),
            "",
        ]
        if comparison.tests:
            lines += [page.pairs_table(comparison.tests[event]), ""]
    seeds = comparison.seed_differences
    lines += [page.difference_table(comparison.differences, events, seeds=seeds), ""]
    lines += [page.difference_table(comparison.brier_differences, events, of=page.BRIER), ""]
    if comparison.expected_differences:
        expected = comparison.expected_differences
        lines += [page.difference_table(expected, events, of=page.EXPECTED), ""]
    if comparison.shares:
        lines += [page.share_table(comparison.shares, events), ""]
    return lines


def _figures(folder: pathlib.Path, comparison: Comparison, note: str) -> list[pathlib.Path]:
    data, horizon = comparison.data, comparison.wording.horizon
    figures = [plots.skill(comparison.cards, folder / "skill.png", horizon=horizon, note=note)]
    for k, event in enumerate(data.events):
        drawn = {name: columns(f, data, k)[1] for name, f in comparison.forecasts.items()}
        how = {"title": f"{event} {horizon}", "note": note}
        slug = event.strip("≥").replace(".", "_")
        figures += [
            plots.reliability(drawn, folder / f"reliability_{slug}.png", **how),
            plots.discrimination(drawn, folder / f"discrimination_{slug}.png", **how),
        ]
    return figures


def _training(folder: pathlib.Path, note: str) -> list[pathlib.Path]:
    curves = {
        path.parent.name: [json.loads(line) for line in path.read_text().splitlines()]
        for path in sorted(folder.glob("*/metrics.jsonl"))
    }
    return [plots.training(curves, folder / "training.png", note=note)] if curves else []
