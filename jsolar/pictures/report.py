"""The report on predicted pictures: tables on the terminal and in ``report.md``, figures beside."""

import json
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from jsolar.pictures import gallery, page
from jsolar.pictures.compare import Comparison
from jsolar.report import plots


def write_report(
    folder: pathlib.Path,
    title: str,
    comparison: Comparison,
    *,
    lead: float,
    drawn: Sequence[str],
    baselines: Sequence[str],
    stepped: Sequence[str] = (),
    seeds: Mapping[str, Sequence[float]] | None = None,
    more: Sequence[str] = (),
) -> None:
    """Write figures and ``report.md`` and print the tables.

    Args:
      folder: of the run.
      title: of the page.
      comparison: of the methods.
      lead: at which the tables are, hours.
      drawn: methods that the figure of pictures shows; the first is what the report is about.
      baselines: methods that the first should beat.
      stepped: the same method at once and in steps, for the movie and the table of their drift.
      seeds: skill of the first over every other with several seeds, see
        `jsolar.pictures.compare.skills_again`.
      more: lines that follow the tables.
    """
    data, first = comparison.data, drawn[0]
    tables = [*_tables(comparison, lead, first, baselines, stepped, seeds), *more]
    print("\n" + "\n".join(tables))
    head = [f"# {title}", ""]
    if data.synthetic:
        head += [
            f"**This is {plots.SIMULATED}.** Scores tell of this kinematic simulator only.",
            "",
        ]
    figures = [
        gallery.pictures(folder / "pictures.png", comparison, lead, drawn),
        gallery.skill_by_lead(folder / "skill_by_lead.png", comparison),
        gallery.spectrum(folder / "spectrum.png", comparison, lead),
        *_training(folder, plots.SIMULATED if data.synthetic else ""),
    ]
    if stepped:
        row = int(gallery.changed_most(data, lead, 1)[0])
        shown = {name: comparison.predictions[name][:, row] for name in stepped}
        figures.append(gallery.movie(folder / "movie.gif", data, row, shown))
    reading = page.READING + (page.READING_SIMULATED if data.synthetic else [])
    text = [*head, *tables, *reading, *(f"![{path.stem}]({path.name})\n" for path in figures)]
    (folder / "report.md").write_text("\n".join(text))
    print(f"Report and figures: {folder / 'report.md'}")


def _tables(
    comparison: Comparison,
    lead: float,
    first: str,
    baselines: Sequence[str],
    stepped: Sequence[str],
    seeds: Mapping[str, Sequence[float]] | None,
) -> list[str]:
    data = comparison.data
    against = "truth" if data.synthetic else "observed"
    counted = f"{len(data.test.rows.id)} series of {len(np.unique(data.test.rows.group))} regions"
    lines = [
        f"**{lead:g} h ahead**, {counted}",
        "",
        page.skill_table(comparison, lead),
        "",
        page.pair_table(comparison, lead, first, seeds),
        "",
        page.verdict(comparison, lead, first, baselines),
        "",
        "What is physical, against what was observed:",
        "",
        page.physics_table(comparison, lead, "observed"),
        "",
    ]
    if data.synthetic:
        lines += [
            "and against the true field:",
            "",
            page.physics_table(comparison, lead, against),
            "",
        ]
    lines += ["**By lead**", "", page.lead_table(comparison), ""]
    if stepped:
        told = f"Fading or exploding, against {against}:"
        lines += [told, "", page.drift_table(comparison, list(stepped), against), ""]
    return lines


def _training(folder: pathlib.Path, note: str) -> list[pathlib.Path]:
    curves = {
        path.parent.name: [json.loads(line) for line in path.read_text().splitlines()]
        for path in sorted(folder.glob("*/metrics.jsonl"))
    }
    games = {name: lines for name, lines in curves.items() if "discriminator_loss" in lines[0]}
    figures = [plots.training(curves, folder / "training.png", note=note)] if curves else []
    return figures + [
        gallery.players(folder / f"{name}_players.png", lines, note=note)
        for name, lines in games.items()
    ]


def write_predictions(folder: pathlib.Path, comparison: Comparison, *, seed: int) -> None:
    """Write ``predictions.parquet``: the sums of each test series, lead, method and target.

    Args:
      folder: of the run.
      comparison: whose sums are written.
      seed: of the run.
    """
    data, tables = comparison.data, []
    for lead, methods in comparison.sums.items():
        for name, kinds in methods.items():
            for against, sums in kinds.items():
                rows = data.test.rows
                who = {"id": rows.id, "region": rows.group, "issue_time": rows.time}
                about = {"lead_hours": lead, "method": name, "against": against}
                tables.append(pd.DataFrame(who | _columns(sums)).assign(**about))
    whole = pd.concat(tables).assign(split="test", seed=seed, simulated=data.synthetic)
    part = folder / "predictions.parquet.part"
    whole.to_parquet(part, index=False)
    part.replace(folder / "predictions.parquet")


def _columns(sums: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Sums as columns; those of several bands get a number."""
    flat = {name: value for name, value in sums.items() if value.ndim == 1}
    banded = {name: value for name, value in sums.items() if value.ndim == 2}
    return flat | {f"{name}_{i}": v[:, i] for name, v in banded.items() for i in range(v.shape[1])}
