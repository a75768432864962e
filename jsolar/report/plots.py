"""Figures of a report: each function draws one and saves it as PNG.

Colours are safe for the colour-blind (Okabe & Ito), and simulated data say so in the figure itself.
"""

import itertools
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from jaxtyping import Float
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from jsolar.verify.events.columns import ForecastColumns
from jsolar.verify.events.ranking import precision_recall_curve, roc_curve
from jsolar.verify.events.reliability import ReliabilityCurve, reliability_curve

SIMULATED = "simulated data, no observation"
"""What every figure and page made from simulated data says."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#666666")

EDGES = np.linspace(0, 1, 13) ** 2
"""Bins of a reliability diagram, even in √p: flares are rare and most forecasts small."""

TICKS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)

ENOUGH = 5
"""Forecasts in a bin that is drawn."""

ONE_PANEL = 7
"""So many methods can be told apart in one panel."""

STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "legend.frameon": False,
    "savefig.dpi": 150,
}


def skill(
    cards: Mapping[str, Mapping[str, Any]],
    path: pathlib.Path,
    *,
    horizon: str = "within 24 h",
    note: str = "",
) -> pathlib.Path:
    """TSS of every method with its interval by region, one panel an event.

    Args:
      cards: ``{method: {event: scorecard}}``.
      path: PNG to write.
      horizon: when an event counts.
      note: e.g. "simulated data"; stands in the figure.
    """
    events = list(next(iter(cards.values())))
    with rc_context(STYLE):
        size = (3.6 * len(events) + 1.2, 0.36 * len(cards) + 1.3)
        figure = Figure(figsize=size)
        axes = figure.subplots(1, len(events), sharey=True, squeeze=False)
        for event, ax in zip(events, axes[0], strict=True):
            for row, card in enumerate(cards.values()):
                _bar(ax, row, card[event]["scores"]["tss"], COLOURS[row % len(COLOURS)])
                redrawn = card[event]["scores"]["tss_redrawn"]
                ax.plot([redrawn["low"], redrawn["high"]], [row, row], color="0.6", lw=1, zorder=0)
            ax.set_yticks(range(len(cards)), list(cards))
            ax.set(title=f"{event} {horizon}", xlabel="True Skill Statistic (test)")
            ax.axvline(0, color="0.8", zorder=-1)
            ax.set_xlim(min(-0.05, ax.get_xlim()[0]), 1)
        axes[0, 0].invert_yaxis()
        return save(figure, path, _join(note, "thick: 95 % by region; thin: threshold redrawn too"))


def reliability(
    columns: Mapping[str, ForecastColumns], path: pathlib.Path, *, title: str, note: str = ""
) -> pathlib.Path:
    """How often it happened against how often it was forecast, with the number of forecasts.

    The intervals take the regions of a bin, not its rows, as independent. Many methods get a panel
    each, with the curves of the others in grey.

    Args:
      columns: test columns of each method.
      path: PNG to write.
      title: the event.
      note: stands in the figure.
    """
    few = f"bins of fewer than {ENOUGH} forecasts only below"
    if len(columns) > ONE_PANEL:
        return _reliability_panels(columns, path, title, _join(note, few.replace("below", "inset")))
    with rc_context(STYLE):
        figure = Figure(figsize=(6.6, 5.2))
        top, bottom = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
        top.plot([0, 1], [0, 1], color="0.7", lw=1, label="perfect")
        for (name, c), (colour, dash) in zip(columns.items(), styles(), strict=False):
            curve = _curve(c)
            enough = np.asarray(curve.counts) >= ENOUGH
            x, y = curve.mean_forecast, curve.observed_frequency
            spread = np.abs(np.stack([curve.low, curve.high]) - y)
            top.errorbar(x[enough], y[enough], spread[:, enough], fmt="o", ls=dash, ms=3,
                         lw=1, elinewidth=0.7, color=colour, label=name)  # fmt: skip
            bottom.plot(x, curve.counts, "o", ls=dash, ms=3, lw=1, color=colour)
        _root_scales(top, TICKS)
        top.set(title=title, ylabel="observed frequency")
        bottom.set(yscale="log", ylabel="forecasts", xlabel="forecast probability (√ scale)")
        figure.legend(*top.get_legend_handles_labels(), loc="outside right upper")
        return save(figure, path, _join(note, few))


def _reliability_panels(
    columns: Mapping[str, ForecastColumns], path: pathlib.Path, title: str, note: str
) -> pathlib.Path:
    curves = {name: _curve(c) for name, c in columns.items()}
    across = min(5, len(curves))
    down = -(-len(curves) // across)
    with rc_context(STYLE):
        figure = Figure(figsize=(2.2 * across, 2.4 * down + 0.4))
        axes = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
        for ax, (name, curve) in zip(axes.flat, curves.items(), strict=False):
            ax.plot([0, 1], [0, 1], color="0.7", lw=1, zorder=0)
            for other in curves.values():
                some = np.asarray(other.counts) >= ENOUGH
                ax.plot(other.mean_forecast[some], other.observed_frequency[some], color="0.88",
                        lw=0.7, zorder=0)  # fmt: skip
            enough = np.asarray(curve.counts) >= ENOUGH
            x, y = curve.mean_forecast, curve.observed_frequency
            spread = np.abs(np.stack([curve.low, curve.high]) - y)[:, enough]
            ax.errorbar(x[enough], y[enough], spread, fmt="o-", ms=3, lw=1.2, elinewidth=0.8,
                        color=COLOURS[0])  # fmt: skip
            _root_scales(ax, (0.0, 0.05, 0.2, 0.5, 1.0))
            ax.set_title(name, fontsize=8)
            inset = ax.inset_axes((0.08, 0.78, 0.36, 0.2))
            inset.bar(np.sqrt(x), curve.counts, width=0.06, color="0.6")
            inset.set(yscale="log", xlim=(0, 1), xticks=[], ylim=(0.8, None))
            inset.yaxis.set_minor_formatter(NullFormatter())
            inset.tick_params(labelsize=5, pad=1, length=1)
        for ax in axes.flat[len(curves) :]:
            ax.remove()
        figure.suptitle(title, fontsize=10)
        axes[-1, across // 2].set_xlabel("forecast probability (√ scale); inset: their number")
        figure.supylabel("observed frequency", fontsize=8)
        return save(figure, path, note)


def _root_scales(ax: Axes, ticks: Sequence[float]) -> None:
    """Square roots on both axes, from 0 to 1."""
    root = (lambda p: np.sqrt(np.maximum(p, 0)), np.square)
    ax.set_xscale("function", functions=root)
    ax.set_yscale("function", functions=root)
    ax.set(xlim=(0, 1), ylim=(0, 1), xticks=ticks, yticks=ticks)


def discrimination(
    columns: Mapping[str, ForecastColumns], path: pathlib.Path, *, title: str, note: str = ""
) -> pathlib.Path:
    """ROC curve, and precision against recall with the base rate as its floor.

    Args:
      columns: test columns of each method.
      path: PNG to write.
      title: the event.
      note: stands in the figure.
    """
    with rc_context(STYLE):
        beside = len(columns) > ONE_PANEL
        figure = Figure(figsize=(10, 3.8) if beside else (8, 3.8))
        left, right = figure.subplots(1, 2)
        left.plot([0, 1], [0, 1], color="0.7", lw=1)
        for (name, c), (colour, dash) in zip(columns.items(), styles(), strict=False):
            usable = c.known & ~np.isnan(c.probability)
            observed, p = c.observed[usable], c.probability[usable]
            roc, recall = roc_curve(observed, p), precision_recall_curve(observed, p)
            left.plot(roc.pofd, roc.pod, color=colour, ls=dash, lw=1.2, label=name)
            shown = np.asarray(recall.recall) > 0  # the convention for "never yes" misleads
            line = partial(right.step, ls=dash)
            draw = line if len(np.unique(p)) > 2 else partial(right.plot, marker="o", ls="")
            draw(recall.recall[shown], recall.precision[shown], color=colour, lw=1.2, ms=4)
        every = next(iter(columns.values()))
        right.axhline(every.observed[every.known].mean(), color="0.7", lw=1, zorder=0)
        left.set(title=title, xlabel="POFD, FP/(FP+TN)", ylabel="POD, TP/(TP+FN)")
        right.set(xlabel="recall, TP/(TP+FN)", ylabel="precision, TP/(TP+FP)", ylim=(0, 1))
        if beside:
            figure.legend(*left.get_legend_handles_labels(), loc="outside right upper")
        else:
            left.legend(loc="lower right")
        return save(figure, path, note)


def pictures(
    images: Float[np.ndarray, "n h w c"],
    titles: Sequence[str],
    path: pathlib.Path,
    *,
    columns: int = 6,
    limit_gauss: float = 800.0,
    cell_mm: float | None = None,
    note: str = "",
) -> pathlib.Path:
    """Magnetograms side by side, solar north up, all at the same grey scale.

    Args:
      images: gauss; the first channel is drawn.
      titles: of each.
      path: PNG to write.
      columns: pictures in a row.
      limit_gauss: black and white.
      cell_mm: size of a pixel at the solar surface, for a scale bar of 100 Mm.
      note: stands in the figure.
    """
    rows = -(-len(images) // columns)
    with rc_context(STYLE):
        size = (1.55 * columns + 0.8, 1.75 * rows + 0.3)
        figure = Figure(figsize=size)
        axes = figure.subplots(rows, columns, squeeze=False)
        for ax in axes.ravel():
            ax.axis("off")
        for ax, image, title in zip(axes.ravel(), images, titles, strict=False):
            shown = ax.imshow(image[..., 0], origin="lower", cmap="gray",
                              vmin=-limit_gauss, vmax=limit_gauss)  # fmt: skip
            ax.set_title(title, fontsize=7)
        if cell_mm:
            scale_bar(axes[0, 0], cell_mm)
        figure.colorbar(shown, ax=axes, label="line-of-sight field, G", fraction=0.02)
        return save(figure, path, note)


def explanation(
    image: Float[np.ndarray, "h w c"],
    shares: Float[np.ndarray, "h w c"],
    path: pathlib.Path,
    *,
    title: str,
    event: str,
    cell_mm: float,
    component: str = "line-of-sight",
    limit_gauss: float = 800.0,
    note: str = "",
) -> pathlib.Path:
    """A magnetogram, and beside it what each pixel added to the log-odds of an event.

    Args:
      image: gauss; the first channel is drawn.
      shares: from `jsolar.explain.integrated_gradients`; channels are added up.
      path: PNG to write.
      title: of the figure.
      event: of which the log-odds are.
      cell_mm: size of a pixel at the solar surface, Mm.
      component: of the field, in the first channel.
      limit_gauss: black and white.
      note: stands in the figure.
    """
    field, share = image[..., 0], shares.sum(-1)
    limit = max(float(np.percentile(np.abs(share), 99.5)), 1e-12)
    with rc_context(STYLE):
        figure = Figure(figsize=(8.4, 3.9))
        left, right = figure.subplots(1, 2)
        half_h, half_w = (0.5 * n * cell_mm for n in field.shape)
        where = {"origin": "lower", "extent": (-half_w, half_w, -half_h, half_h)}
        gray = {"cmap": "gray", "vmin": -limit_gauss, "vmax": limit_gauss}
        drawn = left.imshow(field, **where, **gray)
        figure.colorbar(drawn, ax=left, label=f"{component} field, G")
        shown = right.imshow(share, cmap="RdBu_r", vmin=-limit, vmax=limit, **where)
        figure.colorbar(shown, ax=right, label=f"share in the log-odds of {event}")
        right.contour(field, [-150, 150], colors="k", linewidths=0.4, **where)
        left.set(xlabel="solar west of the centre, Mm", ylabel="north of the centre, Mm")
        right.set(xlabel="solar west of the centre, Mm")
        figure.suptitle(title, fontsize=9)
        return save(figure, path, note)


def training(
    curves: Mapping[str, Sequence[Mapping[str, float]]], path: pathlib.Path, *, note: str = ""
) -> pathlib.Path:
    """Loss on training and validation data against steps.

    Args:
      curves: from a network's name to the lines of its ``metrics.jsonl``.
      path: PNG to write.
      note: stands in the figure.
    """
    with rc_context(STYLE):
        size = (3.6 * len(curves) + 0.6, 3)
        figure = Figure(figsize=size)
        axes = figure.subplots(1, len(curves), squeeze=False)
        for ax, (name, lines) in zip(axes[0], curves.items(), strict=True):
            steps = [line["step"] for line in lines]
            ax.plot(steps, [line["loss"] for line in lines], color=COLOURS[0], label="training")
            ax.plot(steps, [line["validation_loss"] for line in lines], color=COLOURS[1],
                    label="validation")  # fmt: skip
            ax.set(title=name, xlabel="step", ylabel="loss")
        axes[0, 0].legend()
        return save(figure, path, note)


def styles() -> Iterator[tuple[str, str]]:
    """Colours and dashes of one method after another, for as many as there are."""
    for dash in itertools.chain(("-", "--", ":", "-."), itertools.repeat("-")):
        for colour in COLOURS:
            yield colour, dash


def _curve(columns: ForecastColumns) -> ReliabilityCurve:
    usable = columns.known & ~np.isnan(columns.probability)
    blocks, index = np.unique(columns.block, return_inverse=True)
    curve = reliability_curve(
        columns.observed,
        np.nan_to_num(columns.probability),
        bins=EDGES,
        where=usable,
        block_index=index,
        blocks=len(blocks),
    )
    return jax.device_get(curve)


def _bar(ax: Axes, row: int, score: Mapping[str, float], colour: str) -> None:
    ax.plot([score["low"], score["high"]], [row, row], color=colour, lw=4, alpha=0.45)
    ax.plot(score["value"], row, "o", color=colour, ms=5)


def scale_bar(ax: Axes, cell_mm: float, length_mm: float = 100.0) -> None:
    """A bar of 100 Mm in the lower left corner of a picture."""
    ax.plot([2, 2 + length_mm / cell_mm], [2, 2], color="#F0E442", lw=1.5)
    ax.text(2, 3.5, f"{length_mm:.0f} Mm", color="#F0E442", fontsize=6, va="bottom")


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def save(figure: Figure, path: pathlib.Path, note: str) -> pathlib.Path:
    """Write a figure, with a note at its foot."""
    if note:
        figure.supxlabel(note, fontsize=7, color="0.4", x=0.99, ha="right")
    figure.savefig(path)
    return path
