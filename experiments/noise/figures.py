"""Skill against the rate of wrong labels, and how networks come to believe them."""

import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib import rc_context
from matplotlib.figure import Figure

from experiments.noise.grid import CLEAN_KIND, Cell
from experiments.noise.kinds import Kind
from experiments.noise.learners import Told
from jsolar.report.plots import COLOURS, STYLE
from jsolar.verify.contrasts import Contrast

NOTE = "simulated data"


def curves(
    cells: Sequence[Cell],
    drawn: Float[np.ndarray, "r c"],
    kinds: Mapping[str, Kind],
    path: pathlib.Path,
    *,
    banded: Sequence[str],
) -> pathlib.Path:
    """TSS against the rate, one panel a kind of noise.

    Args:
      cells: of the second axis.
      drawn: mean TSS over seeds, of the data and of resamples.
      kinds: by name.
      path: PNG to write.
      banded: learners whose intervals are shown; those of the others are as wide.
    """
    learners = list(dict.fromkeys(cell.plain for cell in cells))
    low, high = np.nanpercentile(drawn[1:], [2.5, 97.5], axis=0)
    columns = min(len(kinds), 3 if len(kinds) > 4 else 2)
    rows = -(-len(kinds) // columns)
    with rc_context(STYLE):
        figure = Figure(figsize=(max(3.5 * columns + 1.9, 7.6), 2.9 * rows + 0.3))  # for the note
        axes = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for ax in axes.ravel()[len(kinds) :]:
            ax.axis("off")
        for ax, (name, kind) in zip(axes.ravel(), kinds.items(), strict=False):
            for number, learner in enumerate(learners):
                mine = [i for i, c in enumerate(cells) if c.learner == learner
                        and c.kind in (name, CLEAN_KIND)]  # fmt: skip
                rates = [cells[i].rate for i in mine]
                colour, shown = COLOURS[number % len(COLOURS)], learner in banded
                if shown:
                    ax.fill_between(rates, low[mine], high[mine], color=colour, alpha=0.2, lw=0)
                ax.plot(rates, drawn[0, mine], "o-" if shown else ".--", color=colour,
                        ms=4, lw=1.6 if shown else 0.9, label=learner)  # fmt: skip
            ax.set(title=kind.title, xlabel=kind.rate)
            ax.set_xlim(left=0)
        for ax in axes[:, 0]:
            ax.set_ylabel("TSS on right labels")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside right upper")
        figure.supxlabel(
            f"{NOTE}; bands: 95 % over test regions and seeds; a seed has its own training regions,"
            " noise and network",
            fontsize=7, color="0.4", x=0.99, ha="right",
        )  # fmt: skip
        figure.savefig(path)
    return path


def contrasts(
    found: Mapping[str, Contrast], path: pathlib.Path, *, declared: str, margin: float, title: str
) -> pathlib.Path:
    """Every contrast with its interval, the declared one in colour, the margin as a band.

    Args:
      found: by the name of the noise.
      path: PNG to write.
      declared: name of the one that was declared beforehand.
      margin: what is too small to matter.
      title: what is compared.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(6.4, 0.27 * len(found) + 1.4))
        ax = figure.subplots()
        ax.axvspan(-margin, margin, color="0.93", zorder=-2)
        ax.axvline(0, color="0.6", lw=1, zorder=-1)
        for row, (name, contrast) in enumerate(found.items()):
            colour = COLOURS[1] if name == declared else COLOURS[0]
            ax.plot([contrast.low, contrast.high], [row, row], color=colour, lw=3, alpha=0.5)
            ax.plot(contrast.value, row, "o", color=colour, ms=5)
        ax.set_yticks(range(len(found)), list(found))
        ax.get_yticklabels()[list(found).index(declared)].set_color(COLOURS[1])
        ax.set(title=title, xlabel="TSS lost more by the first")
        ax.invert_yaxis()
        figure.supxlabel(
            f"{NOTE}; 95 %; orange: declared beforehand; grey: margin ±{margin:g}; not adjusted",
            fontsize=7, color="0.4", x=0.99, ha="right",
        )  # fmt: skip
        figure.savefig(path)
    return path


def memory(
    told: Mapping[Cell, Told], kinds: Mapping[str, Kind], path: pathlib.Path, *, rate: float
) -> pathlib.Path:
    """How many wrong labels networks agree with, epoch by epoch, one panel a network.

    Args:
      told: with what was measured after every epoch.
      kinds: by name.
      path: PNG to write.
      rate: of the noise.
    """
    networks = list(dict.fromkeys(c.plain for c, t in told.items() if t.history))
    with rc_context(STYLE):
        figure = Figure(figsize=(3.2 * len(networks) + 2.4, 3.3))
        axes = figure.subplots(1, len(networks), sharey=True, squeeze=False)[0]
        for ax, learner in zip(axes, networks, strict=True):
            for number, (name, kind) in enumerate(kinds.items()):
                history = told[Cell(learner, name, rate)].history
                epochs = np.arange(1, history["memorised"].shape[1] + 1)
                for what, dash in (("memorised", "-"), ("fooled", ":")):
                    shown = _mean(history[what])
                    label = kind.title if what == "memorised" else None
                    ax.plot(epochs, shown, dash, color=COLOURS[number % len(COLOURS)],
                            lw=1.4, label=label)  # fmt: skip
            ax.set(title=learner, xlabel="epoch", ylim=(0, 1))
        axes[0].set_ylabel("share of wrong labels agreed with")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper", fontsize=7)
        figure.supxlabel(
            f"{NOTE}; rate {rate:g}; solid: wrong labels of the training, dotted: others as wrong,"
            " never seen; what lies between is memorised",
            fontsize=7, color="0.4", x=0.99, ha="right",
        )  # fmt: skip
        figure.savefig(path)
    return path


def _mean(history: Float[np.ndarray, "s e"]) -> Float[np.ndarray, "e"]:
    """Over the seeds that have a wrong label; NaN if none has."""
    there = ~np.isnan(history)
    count = there.sum(0)
    return np.where(count > 0, np.where(there, history, 0.0).sum(0) / np.maximum(count, 1), np.nan)
