"""Figures of predicted pictures: regions that changed, skill by lead, power by scale, a movie."""

import math
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib import rc_context
from matplotlib.animation import ArtistAnimation, PillowWriter
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jsolar.pictures.compare import PERSISTENCE, TRUE_PRESENT, Comparison
from jsolar.pictures.series import Data, column
from jsolar.report import plots
from jsolar.verify.images.spectrum import BANDS_MM

LIMIT_GAUSS = 800.0
"""Black and white."""

FIELD: Mapping[str, Any] = {
    "origin": "lower",
    "cmap": "gray",
    "vmin": -LIMIT_GAUSS,
    "vmax": LIMIT_GAUSS,
    "interpolation": "nearest",
}

SIMULATED = "simulated data, no observation"


def changed_most(data: Data, lead: float, count: int) -> np.ndarray:
    """Rows of the test series that change most until a lead, one a region, by what was observed."""
    number = column(data.lead_hours, lead)
    now, then = np.asarray(data.test.past[:])[:, -1], np.asarray(data.test.future[:])[:, number]
    change = np.nanmean(np.square(then - now), axis=(1, 2))
    order = np.argsort(-change, kind="stable")
    _, first = np.unique(data.test.rows.group[order], return_index=True)
    return order[np.sort(first)][:count]


def pictures(
    path: pathlib.Path,
    comparison: Comparison,
    lead: float,
    methods: Sequence[str],
    *,
    count: int = 6,
) -> pathlib.Path:
    """One row a region: the frames before, what came, what each method predicted, and its error.

    Args:
      path: PNG to write.
      comparison: whose predictions are drawn.
      lead: at which, hours.
      methods: to draw; of the first the error is drawn too.
      count: regions, those that changed most.
    """
    data = comparison.data
    rows = changed_most(data, lead, count)
    shown = _panels(comparison, lead, methods, rows)
    with rc_context(plots.STYLE):
        figure = Figure(figsize=(1.3 * len(shown) + 0.9, 1.27 * len(rows) + 0.5))
        axes = figure.subplots(len(rows), len(shown), squeeze=False)
        for below, (title, images) in zip(axes.T, shown.items(), strict=True):
            below[0].set_title(title, fontsize=7)
            for ax, image in zip(below, images, strict=True):
                drawn = ax.imshow(image, **FIELD)
                ax.set(xticks=[], yticks=[])
        for ax, row in zip(axes[:, 0], rows.tolist(), strict=True):
            ax.set_ylabel(f"region {data.test.rows.group[row]}", fontsize=6)
        plots.scale_bar(axes[0, 0], data.pixel_mm)
        figure.colorbar(drawn, ax=axes, label="radial field, G", fraction=0.02)
        return plots.save(figure, path, note_of(data, "regions that changed most, one row each"))


def _panels(
    comparison: Comparison, lead: float, methods: Sequence[str], rows: np.ndarray
) -> dict[str, np.ndarray]:
    """Pictures of some series by what they show."""
    data, number = comparison.data, column(comparison.data.lead_hours, lead)
    past, future = np.asarray(data.test.past[rows]), np.asarray(data.test.future[rows])[:, number]
    shown = {f"{hour:g} h": past[:, i] for i, hour in enumerate(data.past_hours)}
    shown[f"came at +{lead:g} h"] = future
    if data.test.fields is not None:
        shown["its true field"] = np.asarray(data.test.fields[rows])[:, number + 1]
    shown |= {name: comparison.predictions[name][number, rows] for name in methods}
    shown[f"{methods[0]} − came"] = shown[methods[0]] - future
    return shown


def skill_by_lead(path: pathlib.Path, comparison: Comparison) -> pathlib.Path:
    """Skill over persistence of what is observed, and growth foreseen, against the lead.

    Args:
      path: PNG to write.
      comparison: at its leads.
    """
    panels = {"observed": (PERSISTENCE, "skill over persistence, against observed")}
    if comparison.data.synthetic:
        panels["truth"] = (TRUE_PRESENT, f"skill over the {TRUE_PRESENT}, against truth")
    with rc_context(plots.STYLE):
        figure = Figure(figsize=(3.6 * len(panels) + 2.2, 3.6))
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for ax, (against, (over, label)) in zip(axes, panels.items(), strict=True):
            _skill_lines(ax, comparison, over, against)
            ax.set(xlabel="lead, h", ylabel=label, xticks=comparison.data.lead_hours)
            ax.set_ylim(bottom=max(-0.5, ax.get_ylim()[0]))
        named = {
            line.get_label(): line for ax in axes for line in ax.get_lines() if line.get_marker()
        }
        named = {name: line for name, line in named.items() if not str(name).startswith("_")}
        figure.legend(named.values(), named, loc="outside right upper")
        return plots.save(figure, path, note_of(comparison.data, "shaded: 95 % by region"))


def _skill_lines(ax: Axes, comparison: Comparison, over: str, against: str) -> None:
    """One line a method, each with the colour that it has in all panels."""
    leads = comparison.data.lead_hours
    for name, (colour, dash) in zip(comparison.predictions, plots.styles(), strict=False):
        if name == over:
            continue
        skills = [comparison.skills[lead][name][over][against] for lead in leads]
        low, value, high = (
            np.array([float(getattr(skill, end)) for skill in skills])
            for end in ("low", "value", "high")
        )
        ax.plot(leads, value, "o", ls=dash, color=colour, ms=3, lw=1.2, label=name)
        ax.fill_between(leads, low, high, color=colour, alpha=0.15, lw=0)
    ax.axhline(0, color="0.7", lw=1, zorder=0)


def spectrum(path: pathlib.Path, comparison: Comparison, lead: float) -> pathlib.Path:
    """Power of the predicted pictures in bands of wavelength, relative to what came.

    Args:
      path: PNG to write.
      comparison: of methods.
      lead: at which, hours.
    """
    bands = range(len(BANDS_MM) - 1)
    inner = [f"{BANDS_MM[i + 1]:g}–{BANDS_MM[i]:g}" for i in bands[1:-1]]
    labels = [f"> {BANDS_MM[1]:g}", *inner, f"< {BANDS_MM[-2]:g}"]
    with rc_context(plots.STYLE):
        figure = Figure(figsize=(6.2, 3.4))
        ax = figure.subplots()
        for name, style in zip(comparison.predictions, plots.styles(), strict=False):
            scores = comparison.scores[lead][name]["observed"]
            ratio = [float(scores[f"power_ratio_{i}"].value) for i in bands]
            ax.plot(bands, ratio, "o", ls=style[1], color=style[0], ms=4, lw=1.2, label=name)
        ax.axhline(1, color="0.7", lw=1, zorder=0)
        ax.set(xticks=list(bands), xticklabels=labels, xlabel="wavelength, Mm", ylim=(0, None),
               ylabel=f"power at {lead:g} h / that of what came")  # fmt: skip
        figure.legend(*ax.get_legend_handles_labels(), loc="outside right upper")
        told = "1: as sharp as what was observed; below: blurred"
        return plots.save(figure, path, note_of(comparison.data, told))


def prediction(
    path: pathlib.Path,
    shown: Mapping[str, Float[np.ndarray, "h w"]],
    *,
    pixel_mm: float,
    title: str,
    note: str = "",
) -> pathlib.Path:
    """The frames of a region that were seen, and what is predicted, side by side.

    Args:
      path: PNG to write.
      shown: pictures by what stands above them.
      pixel_mm: side of a pixel.
      title: of the figure.
      note: stands in the figure.
    """
    with rc_context(plots.STYLE):
        figure = Figure(figsize=(1.7 * len(shown) + 0.9, 2.5))
        axes = figure.subplots(1, len(shown), squeeze=False)[0]
        for ax, (name, picture) in zip(axes, shown.items(), strict=True):
            drawn = ax.imshow(picture, **FIELD)
            ax.set(xticks=[], yticks=[])
            ax.set_title(name, fontsize=7)
        plots.scale_bar(axes[0], pixel_mm)
        figure.colorbar(drawn, ax=axes, label="radial field, G", fraction=0.02)
        figure.suptitle(title, fontsize=9)
        return plots.save(figure, path, note)


def players(
    path: pathlib.Path, lines: Sequence[Mapping[str, float]], *, note: str = ""
) -> pathlib.Path:
    """Is the game of a GAN in balance? Losses of both players, and what is taken for what it is.

    Args:
      path: PNG to write.
      lines: of ``metrics.jsonl``, see `jsolar.train.adversarial.adversarial`.
      note: stands in the figure.
    """
    steps = [line["step"] for line in lines]
    panels = {
        "loss": {"generator": "adversarial_loss", "discriminator": "discriminator_loss"},
        "share of patches": {
            "real, taken for real": "real_known",
            "drawn, for drawn": "fake_known",
        },
    }
    with rc_context(plots.STYLE):
        figure = Figure(figsize=(7.4, 3))
        axes = figure.subplots(1, 2)
        chance = (math.log(2), 0.5)
        for ax, (label, curves), even in zip(axes, panels.items(), chance, strict=True):
            ax.axhline(even, color="0.7", lw=1, zorder=0)
            for (name, metric), (colour, _) in zip(curves.items(), plots.styles(), strict=False):
                ax.plot(steps, [line[metric] for line in lines], color=colour, label=name)
            ax.set(xlabel="step", ylabel=label)
            ax.set_ylim(bottom=0)
            ax.legend()
        return plots.save(figure, path, "; ".join(filter(None, (note, "grey: nothing told apart"))))


def movie(
    path: pathlib.Path, data: Data, row: int, shown: Mapping[str, Float[np.ndarray, "l h w"]]
) -> pathlib.Path:
    """A region until the issue time and after it: as observed, and as predicted.

    Args:
      path: GIF to write.
      data: the series.
      row: of the test series.
      shown: by name, pictures at every lead; until the issue time all show what was observed.
    """
    past, future = np.asarray(data.test.past[row]), np.asarray(data.test.future[row])
    panels = {name: np.concatenate([past, x]) for name, x in {"observed": future, **shown}.items()}
    with rc_context(plots.STYLE):
        figure = Figure(figsize=(2.3 * len(panels) + 0.2, 2.8), dpi=100)
        axes = figure.subplots(1, len(panels))
        for ax, title in zip(axes, panels, strict=True):
            ax.set(xticks=[], yticks=[], title=title)
        place = {"x": 0.03, "y": 0.92, "transform": axes[0].transAxes, "color": "#F0E442"}
        frames = [
            [
                *(ax.imshow(x[i], **FIELD) for ax, x in zip(axes, panels.values(), strict=True)),
                axes[0].text(s=f"{hour:+g} h", **place),
            ]
            for i, hour in enumerate((*data.past_hours, *data.lead_hours))
        ]
        note = note_of(data, f"region {data.test.rows.group[row]}")
        figure.supxlabel(note, fontsize=7, color="0.4", x=0.99, ha="right")
        ArtistAnimation(figure, frames, interval=700).save(path, writer=PillowWriter(fps=2))
    return path


def note_of(data: Data, told: str) -> str:
    """What stands in a figure."""
    return f"{told}; {plots.SIMULATED}" if data.synthetic else told
