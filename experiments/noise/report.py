"""The verdict, the tables and the figures of the label-noise laboratory."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Key

from experiments.noise import figures
from experiments.noise.grid import CLEAN_KIND, Cell
from experiments.noise.kinds import KINDS
from experiments.noise.learners import Told
from experiments.noise.noisy_test import DRAWS, Shrunk, shrink
from experiments.noise.scores import (
    ARMS,
    NOISY_CHOICE,
    RECHOSEN,
    Drawn,
    Scored,
    draw,
    losses,
    lost_more,
)
from jsolar.data.noise import measured
from jsolar.forecast.examples import Data
from jsolar.keys import named
from jsolar.report.plots import SIMULATED
from jsolar.report.tables import markdown
from jsolar.run import Run
from jsolar.train.many import Runs
from jsolar.verify.contrasts import Contrast, contrast, holm, verdict
from jsolar.writing import write_whole

Lines = list[str]

WHAT_IT_MEANS = {
    "difference": "a difference is shown",
    "equivalent": "the two are equivalent within the margin",
    "undecided": "undecided: neither a difference nor equivalence is shown",
    "no skill": "undecided: a network without skill has none to lose",
}


class Found(NamedTuple):
    """All that the laboratory has.

    Attributes:
      scored: all cells.
      told: what was forecast.
      runs: that it was learned from.
      data: with the right labels.
    """

    scored: Scored
    told: Mapping[Cell, Told]
    runs: Mapping[Cell, Runs]
    data: Data


def write(run: Run, key: Key[Array, ""], found: Found, *, pair: tuple[str, str]) -> dict[str, Any]:
    """Draw, tabulate, judge, write ``report.md``.

    Args:
      run: where to.
      key: of the resamples.
      found: what there is to tell.
      pair: of learners, whose contrast is the question.

    Returns:
      The summary.
    """
    scored, told, runs, data = found
    drawn = draw(named(key, "crossed"), scored)
    config, cells = run.config, list(scored.cells)
    primary = _primary(scored, drawn, config, pair)
    sentence = _sentence(primary, data, config, pair)
    clean = {
        cell.learner: shrink(named(key, "flips"), told[cell], data)
        for cell in cells
        if cell.kind == CLEAN_KIND
    }
    others = _contrasts(scored, drawn, pair)
    _draw(run, found, drawn, others, pair)
    print("\n" + sentence)
    lines = [
        f"# {run.title}",
        "",
        f"**{SIMULATED}.**",
        "",
        sentence,
        "",
        "![skill against the rate of wrong labels](curves.png)",
        "",
        *_section("With right labels", _clean_table(scored, drawn), _ABOUT_CLEAN),
        *_section("TSS lost", _losses_table(scored, drawn), _ABOUT_LOSSES),
        *_section(
            f"{pair[0]} against {pair[1]}, all cells",
            _contrasts_table(others, config),
            [*_ABOUT_CONTRASTS, "", "![all contrasts](contrasts.png)"],
        ),
        *_section(
            "The declared contrast in other arms", _arms_table(scored, drawn, config, pair), []
        ),
        *_remedies(scored, drawn),
        "## Memory",
        "",
        *_ABOUT_MEMORY,
        "",
        "![wrong labels that networks agree with](memory.png)",
        "",
        *_section("The noise as it turned out", _noise_table(cells, runs, data), []),
        *_section("Wrong labels in the test data only", _shrunk_table(clean), _ABOUT_SHRUNK),
    ]
    write_whole(run.folder / "report.md", "\n".join(lines) + "\n")
    return {
        "simulated": True,
        "data": dict(data.facts),
        "pair": list(pair),
        "primary": primary,
        "sentence": sentence,
        "cells": _cells_summary(scored, drawn),
        "noisy_test": {name: [s._asdict() for s in found] for name, found in clean.items()},
    }


def _draw(
    run: Run,
    found: Found,
    drawn: Drawn,
    contrasts: Mapping[tuple[str, float], Contrast],
    pair: tuple[str, str],
) -> None:
    """The three figures of the report."""
    config, cells = run.config, list(found.scored.cells)
    kinds = {name: KINDS[name] for name in config.kinds}
    tss = drawn.expected[:, :, ARMS.index(RECHOSEN)]
    figures.curves(cells, tss, kinds, run.folder / "curves.png", banded=pair)
    figures.contrasts(
        {_name(noise): c for noise, c in contrasts.items()},
        run.folder / "contrasts.png",
        declared=_name(tuple(config.primary)),
        margin=config.margin,
        title=f"{pair[0]} against {pair[1]}",
    )
    figures.memory(found.told, kinds, run.folder / "memory.png", rate=max(config.rates))


_ABOUT_CLEAN = [
    "TSS in expected counts (the true probability in place of what happened), in observed ones,",
    "and the area under the ROC curve; intervals over test regions and seeds; ± is the deviation",
    "of single seeds.",
]
_ABOUT_LOSSES = [
    "TSS (expected counts) of the same method taught with right labels minus its own, threshold",
    "re-chosen on clean validation; 95 % intervals over test regions and seeds together.",
]
_ABOUT_CONTRASTS = [
    "How much more TSS the first one loses. p by the resamples, adjusted by Holm for all cells",
    "but the declared one, which stands for itself. Detectable: the smallest true difference that",
    "would be found four times of five.",
]
_ABOUT_REMEDIES = [
    "TSS lost as above with what is done against the noise, and what that gains on the method",
    "without it, at the same noise. Corrections and selections are told the true rates; the others",
    "know nothing. Where everything is chosen on noisy validation, a remedy must help to be",
    "chosen well.",
]
_ABOUT_MEMORY = [
    "Share of the wrong labels that a network agrees with, “yes” being a probability above their",
    "base rate: of those that it is trained with, and of as wrong ones that it has never seen. It",
    "agrees with the latter because it cannot know better; what it agrees with beyond that it has",
    "memorised. The two come from other times of the solar cycle and need not begin alike.",
]
_ABOUT_SHRUNK = [
    f"TSS (observed counts) on test labels flipped at random, {DRAWS} times for each seed, divided",
    "by that on right ones; the methods were taught with right labels. Theory: P(Y=1|Ỹ=1) −",
    "P(Y=1|Ỹ=0), the same for all methods. That all scores rise when test labels are mended says",
    "nothing of how sensitive a method is.",
]


def _section(title: str, table: str, about: Sequence[str]) -> Lines:
    return [f"## {title}", "", *about, *([""] if about else []), table, ""]


def _primary(scored: Scored, drawn: Drawn, config: Any, pair: tuple[str, str]) -> dict[str, Any]:
    """The declared contrast in expected and observed counts, in shares of the clean TSS, in AUC."""
    kind, rate = config.primary
    cells = list(scored.cells)
    of = {
        name: lost_more(getattr(drawn, name), cells, pair, kind, rate)
        for name in ("expected", "observed")
    }
    lost = losses(drawn.expected, cells)[:, :, 0]
    alone = {name: contrast(lost[:, cells.index(Cell(name, kind, rate))]) for name in pair}
    clean = [drawn.expected[:, cells.index(Cell(name, CLEAN_KIND, 0.0)), 0] for name in pair]
    skilful = all(contrast(whole).low > 0 for whole in clean)
    share = [
        lost[:, cells.index(Cell(name, kind, rate))] / np.where(whole > 0, whole, np.nan)
        for name, whole in zip(pair, clean, strict=True)
    ]
    return {
        "kind": kind,
        "rate": rate,
        "margin": config.margin,
        "verdict": verdict(of["expected"], margin=config.margin) if skilful else "no skill",
        **of,
        "relative": contrast(share[0] - share[1]),
        "auc": _auc_contrast(scored, pair, kind, rate),
        "lost": alone,
    }


def _auc_contrast(scored: Scored, pair: tuple[str, str], kind: str, rate: float) -> Contrast:
    """The same of the area under the ROC curve; over seeds only."""
    cells = list(scored.cells)
    lost = [
        scored.auc[cells.index(Cell(name, CLEAN_KIND, 0.0)), 0]
        - scored.auc[cells.index(Cell(name, kind, rate)), 0]
        for name in pair
    ]
    each = np.asarray(lost[0] - lost[1], float)
    rng = np.random.default_rng(0)
    draws = each[rng.integers(0, len(each), (2000, len(each)))].mean(1)
    return contrast(np.concatenate([[each.mean()], draws]))


def _sentence(found: Mapping[str, Any], data: Data, config: Any, pair: tuple[str, str]) -> str:
    primary, lost = found["expected"], found["lost"]
    one, other = pair
    return (
        f"**Declared beforehand: {one} against {other}, noise “{found['kind']}” at "
        f"{found['rate']:g}, {data.events[0]}.** The {one} loses {_told(lost[one])} TSS, the "
        f"{other} {_told(lost[other])}; the {one} loses {_told(primary, sign=True)} more (below 0 "
        f"less; AUC: "
        f"{_told(found['auc'], sign=True)}, over seeds only; in shares of the clean TSS "
        f"{_told(found['relative'], sign=True)}). "
        f"**{WHAT_IT_MEANS[found['verdict']].capitalize()}** (margin ±{found['margin']:g}; "
        f"detectable {primary.detectable:.3f}). This holds on this simulator, for these two "
        f"networks and {len(data.train.rows.id):,} training windows, of which each of "
        f"{config.seeds} seeds is taught {config.share:.0%}."
    )


def _told(found: Contrast, *, sign: bool = False) -> str:
    value, low, high = (f"{x:+.3f}" if sign else f"{x:.3f}" for x in found[:3])
    return f"{value} [{low}, {high}]"


def _clean_table(scored: Scored, drawn: Drawn) -> str:
    rows = []
    for i, cell in enumerate(scored.cells):
        if cell.kind == CLEAN_KIND:
            each = _each_seed(scored, i)
            rows.append([
                cell.learner,
                f"{_interval(drawn.expected[:, i, 0])} ± {each.std(ddof=1):.3f}",
                _interval(drawn.observed[:, i, 0]),
                f"{scored.auc[i, 0].mean():.3f} ± {scored.auc[i, 0].std(ddof=1):.3f}",
            ])  # fmt: skip
    return markdown(["taught with right labels", "TSS expected", "TSS observed", "AUC"], rows)


def _each_seed(scored: Scored, cell: int) -> np.ndarray:
    tp, fn, fp, tn = (count[cell, 0].sum(-1) for count in scored.expected)
    return tp / (tp + fn) - fp / (fp + tn)


def _losses_table(scored: Scored, drawn: Drawn) -> str:
    lost = losses(drawn.expected, scored.cells)[:, :, 0]
    learners = list(dict.fromkeys(cell.plain for cell in scored.cells))
    noises = list(dict.fromkeys((c.kind, c.rate) for c in scored.cells if c.kind != CLEAN_KIND))
    index = {cell: i for i, cell in enumerate(scored.cells)}
    rows = [
        [_name((kind, rate)), *(_interval(lost[:, index[Cell(n, kind, rate)]]) for n in learners)]
        for kind, rate in noises
    ]
    return markdown(["noise", *learners], rows)


def _contrasts(
    scored: Scored, drawn: Drawn, pair: tuple[str, str]
) -> dict[tuple[str, float], Contrast]:
    cells = list(scored.cells)
    noises = [(c.kind, c.rate) for c in cells if c.learner == pair[0] and c.kind != CLEAN_KIND]
    return {noise: lost_more(drawn.expected, cells, pair, *noise) for noise in noises}


def _name(noise: tuple[str, float]) -> str:
    return f"{noise[0]} {noise[1]:g}"


def _contrasts_table(found: Mapping[tuple[str, float], Contrast], config: Any) -> str:
    others = [noise for noise in found if noise != tuple(config.primary)]
    adjusted = dict(zip(others, holm(np.array([found[o].p for o in others])), strict=True))
    rows = [
        [
            _name(noise) + ("" if noise in adjusted else " (declared)"),
            _told(c, sign=True),
            f"{adjusted.get(noise, c.p):.3f}",
            f"{c.detectable:.3f}",
        ]
        for noise, c in found.items()
    ]
    return markdown(["noise", "loses more TSS", "p adjusted", "detectable"], rows)


def _arms_table(scored: Scored, drawn: Drawn, config: Any, pair: tuple[str, str]) -> str:
    cells, (kind, rate) = list(scored.cells), config.primary
    rows = []
    for a, arm in enumerate(ARMS):
        lost = losses(drawn.expected, cells)[:, :, a]
        each = [_interval(lost[:, cells.index(Cell(name, kind, rate))]) for name in pair]
        more = lost_more(drawn.expected, cells, pair, kind, rate, arm=arm)
        rows.append(
            [arm + (" (declared)" if arm == RECHOSEN else ""), *each, _told(more, sign=True)]
        )
    return markdown(["", *(f"{name} loses" for name in pair), "more"], rows)


def _remedies(scored: Scored, drawn: Drawn) -> Lines:
    """What remedies gain, if any was tried."""
    index = {cell: i for i, cell in enumerate(scored.cells)}
    lost, a, b = (
        losses(drawn.expected, scored.cells),
        ARMS.index(RECHOSEN),
        ARMS.index(NOISY_CHOICE),
    )
    rows: list[list[str]] = []
    for cell, i in index.items():
        without = cell._replace(learner=cell.plain)
        if without == cell:
            continue
        plain = index[without]
        told = [f"{without.learner} ({_name(cell[1:])})", *_both(lost[:, plain], a, b), "–"]
        rows += [] if told in rows else [told]
        gained = contrast(lost[:, plain, a] - lost[:, i, a])
        rows.append([cell.learner, *_both(lost[:, i], a, b), _told(gained, sign=True)])
    table = markdown(["", "lost", "lost, chosen on noisy validation", "gained"], rows)
    return _section("Remedies", table, _ABOUT_REMEDIES) if rows else []


def _both(lost: np.ndarray, a: int, b: int) -> list[str]:
    """What is lost in two of `ARMS`."""
    return [_interval(lost[:, arm]) for arm in (a, b)]


def _noise_table(cells: Sequence[Cell], runs: Mapping[Cell, Runs], data: Data) -> str:
    happened, known = (np.asarray(column) for column in data.train.events)
    rows = []
    for cell in cells:
        if cell.learner != cells[0].learner or cell.kind == CLEAN_KIND:
            continue
        labels = np.asarray(runs[cell].targets.happened)
        each = [measured(happened, told, known=known) for told in labels]
        mean = [np.mean([rates[i][0] for rates in each]) for i in range(3)]
        kind = KINDS[cell.kind]
        rows.append(
            [_name((cell.kind, cell.rate)), kind.title, kind.rate, *(f"{x:.3f}" for x in mean)]
        )
    columns = ["noise", "what is wrong", "its rate", "events missed", "false per event", "labelled"]
    return markdown(columns, rows) + "\n\nLabelled: events by the labels for each true one."


def _shrunk_table(found: Mapping[str, Sequence[Shrunk]]) -> str:
    first = next(iter(found.values()))
    rows = [["theory", *(f"{s.theory:.3f}" for s in first)]]
    rows += [
        [name, *(_interval_of(s.measured) for s in several)] for name, several in found.items()
    ]
    return markdown(["flipped", *(f"{s.rate:.0%}" for s in first)], rows)


def _interval(scores: np.ndarray) -> str:
    return _told(contrast(scores))


def _interval_of(found: Any) -> str:
    value, low, high = (float(x) for x in jax.device_get(found[:3]))
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def _cells_summary(scored: Scored, drawn: Drawn) -> list[dict[str, Any]]:
    """Every cell and arm, with which anybody can draw the figure again."""
    return [
        {
            **cell._asdict(),
            "arm": arm,
            "tss_expected": contrast(drawn.expected[:, i, a]),
            "tss_observed": contrast(drawn.observed[:, i, a]),
            "auc": scored.auc[i, a],
        }
        for i, cell in enumerate(scored.cells)
        for a, arm in enumerate(ARMS)
    ]
