"""A plate of magnetograms: simulated regions, and real ones at the same scale and grey."""

import pathlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.sun.population import Looks
from jsolar.report.plots import COLOURS, STYLE
from jsolar.sun.fields.cea import mu
from jsolar.sun.fields.patches import patch
from jsolar.sun.files.sharp import read_sharp, sharp_records
from jsolar.sun.units import HOURS_PER_DAY

LIMIT_GAUSS = 800.0
"""White; black is as much below zero."""

COLUMNS = 6
"""Pictures in a row."""

SMALLEST = 21.4
"""log10 flux of the smallest region on the plate."""

ALIKE = 12
"""Regions of about the same flux from which one is chosen for the plate."""

YELLOW = "#F0E442"

BAR: dict[str, Any] = {"fraction": 0.02, "pad": 0.01, "aspect": 35}

MAGNETOGRAM: dict[str, Any] = {
    "origin": "lower",
    "cmap": "gray",
    "vmin": -LIMIT_GAUSS,
    "vmax": LIMIT_GAUSS,
}


class Panel(NamedTuple):
    """A magnetogram and what stands over it.

    Attributes:
      image: B_los, gauss.
      title: two lines.
      real: whether somebody observed it.
      mu: cosine of the heliocentric angle.
    """

    image: Float[np.ndarray, "h w"]
    title: str
    real: bool = False
    mu: float = 1.0


def read_real(folder: pathlib.Path, *, size: int, degrees_per_pixel: float) -> list[Panel]:
    """Real magnetograms from SHARP files, at most a row of them, as many regions as there are.

    Args:
      folder: of ``….magnetogram.fits``, subfolders included.
      size: pixels on a side.
      degrees_per_pixel: scale, a multiple of the files'.

    Returns:
      Panels in order of HARP.

    Raises:
      ValueError: there are none.
    """
    headers = [r["magnetogram"] for r in sharp_records(folder, segments=("magnetogram",))]
    if not headers:
        raise ValueError(f"{folder} has no SHARP magnetogram (….magnetogram.fits)")
    first = {h.harp: h for h in reversed(headers)}
    found = []
    for harp in sorted(first)[:COLUMNS]:
        pixels, header = read_sharp(first[harp].path)
        image = patch(
            pixels,
            degrees_per_pixel=header.degrees_per_pixel,
            size=size,
            target_degrees_per_pixel=degrees_per_pixel,
        )
        title = f"HMI, HARP {harp}\n{str(header.time)[:16].replace('T', ' ')} UTC"
        place = (header.latitude_deg, header.longitude_deg)
        cosine = float(mu(*place, observer_latitude_deg=header.observer_latitude_deg))
        found.append(Panel(np.asarray(image)[..., 0], title, real=True, mu=cosine))
    return found


def choose(looks: Looks, rows: Int[np.ndarray, "r"], count: int) -> Int[np.ndarray, "c"]:
    """Looks of all sizes, from large to small: in turn with much Ψ, old, complex, and young.

    Args:
      looks: of all regions.
      rows: of those that have a picture.
      count: c; fewer if there are not so many within 60° of the central meridian.

    Returns:
      Indices into ``rows``.
    """
    flux, longitude = np.log10(looks.flux_mx[rows]), looks.scene.longitude_deg[rows]
    free = np.flatnonzero(np.abs(longitude) <= 60)
    hours, bipoles = looks.hours[rows], looks.bipoles[rows].astype(float)
    wanted = (looks.inversion_mx[rows], hours, bipoles, -hours)
    largest = flux[free].max(initial=SMALLEST)
    chosen: list[int] = []
    for i, target in enumerate(np.linspace(largest, SMALLEST, count)[: len(free)]):
        left = free[~np.isin(free, chosen)]
        like = left[np.argsort(np.abs(flux[left] - target), kind="stable")[:ALIKE]]
        chosen.append(int(like[np.argmax(wanted[i % len(wanted)][like])]))
    return np.array(chosen, int)


def panels(looks: Looks, images: Float[np.ndarray, "n h w"]) -> list[Panel]:
    """Simulated looks with their age, place, flux Φ and inversion-line flux Ψ."""
    found = []
    for i, image in enumerate(images):
        longitude = float(looks.scene.longitude_deg[i])
        title = (
            f"day {looks.hours[i] / HOURS_PER_DAY:.1f}, {abs(longitude):.0f}° "
            f"{'W' if longitude > 0 else 'E'}\n"
            f"log Φ {np.log10(looks.flux_mx[i]):.1f}, Ψ {looks.inversion_mx[i] / 1e21:.1f}"
        )
        found.append(Panel(image, title))
    return found


def plate(every: Sequence[Panel], path: pathlib.Path, *, cell_mm: float) -> pathlib.Path:
    """Magnetograms side by side, the real ones first.

    Args:
      every: panels.
      path: PNG to write.
      cell_mm: size of a pixel.

    Returns:
      The path.
    """
    rows = -(-len(every) // COLUMNS)
    real = any(panel.real for panel in every)
    with rc_context(STYLE):
        size = (1.75 * COLUMNS + 0.8, 2.03 * rows + 0.6)
        figure = Figure(figsize=size)
        axes = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
        for ax, panel in zip(axes, every, strict=False):
            shown = magnetogram(ax, panel.image, cell_mm)
            ax.set_title(panel.title, fontsize=7.5, color=COLOURS[1] if panel.real else "k")
            for spine in ax.spines.values():
                spine.set(visible=panel.real, color=COLOURS[1], linewidth=1.5)
        for ax in axes[len(every) :]:
            ax.axis("off")
        scale_bar(axes[0])
        figure.colorbar(shown, ax=list(axes), label="line-of-sight field, G", **BAR)
        title = "Simulated active regions" + (", and real ones (HMI, framed)" if real else "")
        figure.suptitle(title, fontsize=12)
        figure.supxlabel(
            "simulated: age, longitude, total unsigned flux Φ in Mx, inversion-line flux Ψ in "
            "1e21 Mx; solar north is up, west to the right",
            fontsize=7.5, color="0.4",
        )  # fmt: skip
        figure.savefig(path)
    return path


def magnetogram(ax: Axes, image: Float[np.ndarray, "h w"], cell_mm: float) -> Any:
    """Draw a picture in Mm around its centre, without ticks."""
    h, w = (0.5 * n * cell_mm for n in image.shape)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set_visible(False)
    return ax.imshow(image, extent=(-w, w, -h, h), **MAGNETOGRAM)


def scale_bar(ax: Axes, length_mm: float = 50.0) -> None:
    """In the corner of a picture whose axes are in Mm."""
    left, right = ax.get_xlim()
    bottom, _ = ax.get_ylim()
    x, y = left + 0.05 * (right - left), bottom + 0.06 * (right - left)
    length = length_mm if length_mm < 0.5 * (right - left) else 0.25 * (right - left)
    ax.plot([x, x + length], [y, y], color=YELLOW, lw=2)
    ax.text(x, y + 0.02 * (right - left), f"{length:.0f} Mm", color=YELLOW, fontsize=7, va="bottom")
