"""A simulated disk and a real one, with the active regions that one rule finds in both."""

import pathlib
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from jsolar.datasets.full_disk_regions.marked import Marked, mark
from jsolar.datasets.full_disk_regions.synthetic import synthetic
from jsolar.report import disks
from jsolar.report.plots import COLOURS, STYLE
from jsolar.sun.conventions import WINDOW_HOURS
from jsolar.sun.fields.active_regions import active_regions
from jsolar.sun.files.disk_header import disk_header, write_disk
from jsolar.sun.files.full_disk import framed, read_full_disk
from jsolar.sun.flares.catalogue import goes_class
from jsolar.sun.simulate import SunConfig
from jsolar.sun.simulate.disk import DiskConfig
from jsolar.sun.sphere import Frame, sphere

BAR: dict[str, Any] = {"fraction": 0.03, "shrink": 0.7}

PHASE = 0.28
"""Of the cycle that is simulated: that of December 2011."""


def simulated_disk(*, size: int, seed: int, sun: SunConfig) -> dict[str, Any]:
    """One picture of the data set ``full_disk_regions``, as an active Sun shows it."""
    view = DiskConfig(size=size, finer=1)
    made = synthetic(rotations=2, pictures=1, years=0.5, phase=PHASE, disk=view, seed=seed, sun=sun)
    return next(made.examples(0))[1]


def show_disks(
    picture: dict[str, Any], path: pathlib.Path, *, real: pathlib.Path | None = None
) -> None:
    """Draw the simulated disk, and a real one beside it; write the simulated one as FITS.

    Args:
      picture: from `simulated_disk`.
      path: PNG to write; the FITS file has the same name.
      real: a magnetogram of the whole disk to show as well.
    """
    frame, b0 = Frame(len(picture["image"])), picture["observer_latitude_deg"]
    time = np.datetime64(int(picture["issue_time"]), "s")
    field = picture["image"][..., 0]
    header = disk_header(frame, time=time, observer_latitude_deg=b0, simulated=True)
    write_disk(path.with_suffix(".fits"), field, header)
    flared = picture["flux_w_m2"] > 0
    with rc_context(STYLE):
        count = 2 if real else 1
        figure = Figure(figsize=(5.4 * count + 0.7, 5.8))
        axes = figure.subplots(1, count, squeeze=False)[0]
        how = {"observer_latitude_deg": b0}
        shown = disks.disk(axes[0], field, frame, **how)
        disks.outline(
            axes[0], picture["boxes"], picture["masks"],
            colours=[COLOURS[1] if yes else COLOURS[5] for yes in flared],
            names=[goes_class(flux) if flux else "" for flux in picture["flux_w_m2"]],
        )  # fmt: skip
        axes[0].set_title(f"Simulated: {len(flared)} regions found")
        if real:
            _show_real(axes[1], real, frame.size)
        figure.colorbar(
            shown, ax=list(axes), label="line-of-sight field, G", fraction=0.03, shrink=0.7
        )
        figure.supxlabel(
            f"Simulated regions in red flare within {WINDOW_HOURS:.0f} h, with the largest flare; "
            "grid every 30°, solar north up, west to the right",
            fontsize=7.5, color="0.4",
        )  # fmt: skip
        figure.savefig(path)


def _show_real(ax: Any, path: pathlib.Path, size: int) -> None:
    disk = read_full_disk(path)
    field, frame = framed(disk, size)
    found = _found(field, frame, disk.observer_latitude_deg)
    disks.disk(ax, field, frame, observer_latitude_deg=disk.observer_latitude_deg)
    disks.outline(ax, found.boxes, found.masks, colours=[COLOURS[4]] * len(found.boxes))
    time = str(disk.time)[:16].replace("T", " ")
    ax.set_title(f"HMI, {time} UTC: {len(found.boxes)} regions found")


def _found(field: np.ndarray, frame: Frame, b0: float) -> Marked:
    mu = np.asarray(sphere(frame, b0).mu, float)
    found = active_regions(field, mu, radius_pixels=frame.radius_pixels)
    return mark(found.labels, frame, b0)
