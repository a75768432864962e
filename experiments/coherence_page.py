"""The report of `experiments.temporal_coherence`: scores in every way to split, and inflation."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float, Key
from matplotlib import rc_context
from matplotlib.figure import Figure

from experiments.flare_data import sampling_note
from jsolar.data.leaks import Finding
from jsolar.forecast.compare import columns
from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.fitting import Probabilities
from jsolar.forecast.report import note_of
from jsolar.report.plots import COLOURS, STYLE, save
from jsolar.report.tables import markdown, number, ranged
from jsolar.run import Run
from jsolar.verify.contrasts import Contrast, contrast
from jsolar.verify.events.paired import scores_together

WINDOWS, REGIONS, TIME = "windows at random", "regions apart", "regions apart, by time"
"""Ways to split; the first leaks."""

READING = [
    "Every window is forecast once in each way, by a fit that has not seen it; the next fold",
    "chooses the setting, calibrates and gives the threshold. So the columns stand on the same",
    "windows, and differences are tested on the same resamples of regions (95 %). Inflation is the",
    "TSS of windows split at random minus that of regions apart.",
    "",
    "What this supports: a random split of such windows gives higher scores than new regions will,",
    "to some methods more than to others, so that the order of methods can change. What it does",
    "not: that any published table came about so; other data can leak more or less than these.",
    "",
]


class Told(NamedTuple):
    """What one method said of one pool of windows, split in one way."""

    pool: str
    way: str
    method: str
    forecast: Probabilities


class Scored(NamedTuple):
    """TSS of one method on one pool.

    Attributes:
      ways: by way of splitting.
      inflation: random minus regions apart.
      by_time: random minus regions apart, by time.
    """

    ways: Mapping[str, Contrast]
    inflation: Contrast
    by_time: Contrast


def write(
    run: Run,
    key: Key[Array, ""],
    data: Data,
    pools: Mapping[str, Examples],
    told: Sequence[Told],
    audited: Mapping[str, Sequence[Finding]],
) -> dict[str, Any]:
    """Score, draw, print and write the report; returns what goes into the summary.

    Args:
      run: the run.
      key: of the bootstrap.
      data: whose names and facts are told.
      pools: of windows, by name.
      told: all forecasts.
      audited: what the auditor says of each way.
    """
    scored = {
        event: {name: _scored(key, data, pool, k, [t for t in told if t.pool == name])
                for name, pool in pools.items()}
        for k, event in enumerate(data.events)
    }  # fmt: skip
    lines = [f"# {run.title}", ""]
    if note := note_of(data):
        lines += [f"**This is {note}.** Scores tell how methods compare on this simulator.", ""]
    lines += sampling_note(data.facts)
    for event, by_pool in scored.items():
        for name, methods in by_pool.items():
            lines += _section(event, name, pools[name], data.events.index(event), methods)
    lines += [*_audit_lines(audited), ""]
    figures = [_figure(run.folder, event, by_pool, note) for event, by_pool in scored.items()]
    print("\n" + "\n".join(lines[2:]))
    page = [*lines, *READING, *(f"![{p.stem}]({p.name})\n" for p in figures)]
    (run.folder / "report.md").write_text("\n".join(page))
    print(f"Report and figures: {run.folder / 'report.md'}")
    return {
        "data": data.facts,
        "windows": {name: len(pool.rows.id) for name, pool in pools.items()},
        "scores": scored,
        "audit": {way: [f._asdict() for f in found] for way, found in audited.items()},
    }


def _scored(
    key: Key[Array, ""], data: Data, pool: Examples, event: int, told: Sequence[Told]
) -> dict[str, Scored]:
    """Of every method, those with the largest inflation first."""
    whole = data._replace(validation=pool, test=pool)
    pairs = [columns(t.forecast, whole, event) for t in told]
    drawn, positive = scores_together(key, pairs)
    tss = {(t.method, t.way): x for t, x in zip(told, drawn["tss"].T.astype(float), strict=True)}

    def one(scores: Float[np.ndarray, "d"]) -> Contrast:
        return contrast(scores, positive_blocks=positive)

    found = {
        name: Scored(
            {way: one(tss[name, way]) for way in (WINDOWS, REGIONS, TIME)},
            one(tss[name, WINDOWS] - tss[name, REGIONS]),
            one(tss[name, WINDOWS] - tss[name, TIME]),
        )
        for name in dict.fromkeys(t.method for t in told)
    }
    return dict(sorted(found.items(), key=lambda item: -np.nan_to_num(item[1].inflation.value)))


def _section(
    event: str, name: str, pool: Examples, k: int, methods: Mapping[str, Scored]
) -> list[str]:
    happened = np.asarray(pool.events.happened[:, k])
    flaring = len(np.unique(pool.rows.group[happened]))
    rows = [
        [
            method,
            *(number(scored.ways[way].value) for way in (WINDOWS, REGIONS, TIME)),
            _interval(scored.inflation),
            _interval(scored.by_time),
        ]
        for method, scored in methods.items()
    ]
    header = ["TSS", WINDOWS, REGIONS, TIME, "inflation", f"against {TIME}"]
    shown = [m for m, s in methods.items() if s.inflation.low > 0]
    return [
        f"**{event} within 24 h, {name}**",
        "",
        markdown(header, rows),
        "",
        f"{len(happened)} windows of {len(np.unique(pool.rows.group))} regions, "
        f"{happened.sum()} events in {flaring} regions; inflation is shown for "
        f"{', '.join(shown) or 'none'}",
        "",
    ]


def _interval(found: Contrast) -> str:
    return ranged(found.value, found.low, found.high, sign=True)


def _audit_lines(audited: Mapping[str, Sequence[Finding]]) -> list[str]:
    """What `jsolar.data.leaks` finds in each way."""
    lines = ["What the auditor (`python -m jsolar.data.audit`) says of the splits:", ""]
    for way, found in audited.items():
        kinds = "; ".join(f"{f.number} {f.kind}" for f in found)
        lines.append(f"- {way}: {kinds or 'no leak found'}")
    return lines


def _figure(
    folder: pathlib.Path, event: str, by_pool: Mapping[str, Mapping[str, Scored]], note: str
) -> pathlib.Path:
    """TSS of each method in every way, a panel for each pool."""
    with rc_context(STYLE):
        figure = Figure(figsize=(9, 3.6))
        axes = figure.subplots(1, len(by_pool), squeeze=False, sharex=True)[0]
        for ax, (name, methods) in zip(axes, by_pool.items(), strict=True):
            for shift, way, colour in zip(
                (-0.2, 0.0, 0.2), (WINDOWS, REGIONS, TIME), (1, 0, 2), strict=True
            ):
                found = [scored.ways[way] for scored in methods.values()]
                y = np.arange(len(found)) + shift
                value = np.array([f.value for f in found])
                ends = np.abs(np.array([[f.low, f.high] for f in found]).T - value)
                ax.errorbar(
                    value, y, xerr=ends, fmt="o", ms=4, lw=1, color=COLOURS[colour], label=way
                )
            ax.set_yticks(range(len(methods)), list(methods))
            ax.invert_yaxis()
            ax.set(title=f"{event} within 24 h, {name}", xlabel="True Skill Statistic")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        slug = event.strip("≥").replace(".", "_")
        return save(figure, folder / f"inflation_{slug}.png", note)
