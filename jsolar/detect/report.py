"""The report on regions of the disk: tables on the terminal and ``report.md``, and figures."""

import json
import pathlib
from collections.abc import Mapping, Sequence

import pandas as pd

from jsolar.detect import gallery, page
from jsolar.detect.compare import Comparison
from jsolar.detect.random_split import RandomSplit
from jsolar.report import plots


def write_report(
    folder: pathlib.Path,
    title: str,
    comparison: Comparison,
    *,
    method: str,
    random: RandomSplit | None = None,
    seeds: Mapping[str, Sequence[float]] | None = None,
) -> None:
    """Write figures and ``report.md`` and print the tables.

    Args:
      folder: of the run, with ``detector/metrics.jsonl``.
      title: of the page.
      comparison: of the methods.
      method: that the report is about.
      random: the random split, if it was tried.
      seeds: TSS of methods with several seeds.
    """
    tables = _tables(comparison, method, random, seeds)
    print("\n" + "\n".join(tables))
    head = [f"# {title}", ""]
    synthetic = comparison.data.synthetic
    if synthetic:
        head += [f"**This is {plots.SIMULATED}.** Scores tell of this simulator only.", ""]
    figures = _figures(folder, comparison, method)
    reading = page.READING + (page.READING_SIMULATED if synthetic else [])
    reading = reading + (page.READING_RANDOM if random else [])
    text = [*head, *tables, *reading, *(f"![{path.stem}]({path.name})\n" for path in figures)]
    (folder / "report.md").write_text("\n".join(text))
    print(f"Report and figures: {folder / 'report.md'}")


def write_regions(folder: pathlib.Path, comparison: Comparison, *, seed: int) -> None:
    """Write ``regions.parquet``: each region of the test disks by each method.

    From it all tables of forecasts can be made again; yes is said where ``probability`` reaches
    ``threshold``, and a region that was not found has the probability 0.

    Args:
      folder: of the run.
      comparison: whose forecasts are written.
      seed: of the run.
    """
    test, tables = comparison.data.test, []
    for name, of in comparison.forecasts.items():
        rows = of.rows
        columns = {
            "id": test.rows.id[rows.picture],
            "rotation": rows.group,
            "issue_time": test.rows.time[rows.picture],
            "region": rows.object,
            "exists": ~rows.false,
            "found": rows.found,
            "iou": rows.iou,
            "observed": rows.happened,
            "probability": rows.probability,
            "true_probability": of.true_probability,
        }
        tables.append(pd.DataFrame(columns).assign(method=name, threshold=of.threshold))
    about = {"event": comparison.data.event, "split": "test", "seed": seed}
    whole = pd.concat(tables).assign(**about, simulated=comparison.data.synthetic)
    part = folder / "regions.parquet.part"
    whole.to_parquet(part, index=False)
    part.replace(folder / "regions.parquet")


def _tables(
    comparison: Comparison,
    method: str,
    random: RandomSplit | None,
    seeds: Mapping[str, Sequence[float]] | None,
) -> list[str]:
    event = comparison.data.event
    parts = [
        "**Finding regions**, whether they flare or not",
        page.finds_table(comparison),
        page.sizes_table(comparison),
        f"**{event} within 24 h, region by region**",
        page.skill_table(comparison, seeds),
        page.numbers_line(comparison),
        page.difference_table(comparison),
        page.class_table(comparison),
        page.finding_table(comparison),
        page.slice_table(comparison),
        f"**{event} within 24 h, the whole disk**",
        page.disk_table(comparison),
        page.dispersion_line(comparison, method),
    ]
    if random:
        parts += ["**A random split**", page.random_table(random), page.random_line(random)]
    return [line for part in parts for line in (part, "")]


def _figures(folder: pathlib.Path, comparison: Comparison, method: str) -> list[pathlib.Path]:
    data = comparison.data
    note = plots.SIMULATED if data.synthetic else ""
    lines = (folder / "detector" / "metrics.jsonl").read_text().splitlines()
    drawn = list(comparison.forecasts)[:4]
    how = {"note": note}
    return [
        gallery.truth_and_findings(folder / "disks.png", comparison, method),
        gallery.losses(folder / "losses.png", [json.loads(line) for line in lines], note=note),
        plots.reliability(
            gallery.reliability_columns(comparison, drawn),
            folder / "reliability.png",
            title=f"{data.event} within 24 h, regions that were found",
            **how,
        ),
        plots.reliability(
            gallery.disk_columns(comparison, drawn),
            folder / "reliability_disks.png",
            title=f"{data.event} within 24 h, the whole disk",
            **how,
        ),
    ]
