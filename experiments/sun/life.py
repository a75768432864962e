"""The life of a simulated region from emergence to decay, as a strip of pictures and as a film."""

import pathlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key, UInt8
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageColor
from tqdm import tqdm

from experiments.sun.plate import BAR, YELLOW, magnetogram, scale_bar
from experiments.sun.population import one_life
from jsolar.keys import named
from jsolar.report.plots import COLOURS, STYLE
from jsolar.sun import units
from jsolar.sun.flares.catalogue import goes_class
from jsolar.sun.simulate import (
    FlareEvents,
    RegionState,
    SunConfig,
    picture,
    sample_flares,
    scene,
)
from jsolar.sun.simulate.region import unsigned_flux_mx

GREYS = 36
"""In the film: few, so that it stays small."""


def whole_life(
    key: Key[Array, ""], *, among: int, largest_mx: float, sun: SunConfig
) -> tuple[RegionState, FlareEvents]:
    """Follow a large and complex region from emergence to decay.

    Args:
      key: random key.
      among: regions of which the one with the most flares expected is taken.
      largest_mx: regions that ever have more flux are passed over if there are others, and so are
        those that keep more than half of it to the end.
      sun: the parameters of the Sun; its steps are the whole life.

    Returns:
      Its states ``[t, ...]`` and its flares, wherever it may have been.
    """
    most = -1.0
    for life_key in tqdm(jax.random.split(key, among), desc="finding a life to show"):
        states, life = one_life(life_key, sun)
        flux = np.asarray(life.flux_mx)
        fits = flux.max() <= largest_mx and flux[-1] < 0.5 * flux.max()
        lively = float(life.rate_per_hour.sum()) * (1.0 if fits else 1e-6)
        if lively > most:
            most, best = lively, (life_key, states, life.rate_per_hour)
    life_key, states, rate = best
    return states, sample_flares(named(life_key, "flares"), rate, sun)


def life_frames(
    key: Key[Array, ""],
    states: RegionState,
    *,
    every: int,
    size: int,
    degrees_per_pixel: float,
    sun: SunConfig,
) -> Float[np.ndarray, "f h w"]:
    """A region as it would look from above, every so many steps, the quiet Sun standing still.

    The network around it and the noise are the same in all frames: what changes is the region.
    """

    def frame(state: RegionState) -> Float[Array, "h w"]:
        above = scene(state, sun)._replace(latitude_deg=jnp.zeros(()), longitude_deg=jnp.zeros(()))
        return picture(key, above, size=size, degrees_per_pixel=degrees_per_pixel, config=sun)

    few = jax.tree.map(lambda x: x[::every], states)
    return np.asarray(jax.jit(lambda s: jax.lax.map(frame, s, batch_size=16))(few))


def strip(
    frames: Float[np.ndarray, "f h w"],
    days: Float[np.ndarray, "f"],
    path: pathlib.Path,
    *,
    cell_mm: float,
) -> pathlib.Path:
    """The life of a region in ten pictures, denser when it is young.

    Args:
      frames: B, gauss.
      days: age at each frame.
      path: PNG to write.
      cell_mm: size of a pixel.

    Returns:
      The path.
    """
    count = min(10, len(frames))
    wanted = days[-1] * np.linspace(np.sqrt(0.5 / days[-1]), 1, count) ** 2
    which = [int(np.abs(days - day).argmin()) for day in wanted]
    with rc_context(STYLE):
        figure = Figure(figsize=(11, 4.75))
        axes = figure.subplots(2, 5).ravel()
        for ax in axes:
            ax.axis("off")
        for ax, i in zip(axes, which, strict=False):
            shown = magnetogram(ax, frames[i], cell_mm)
            ax.set_title(f"day {days[i]:.1f}", fontsize=9)
        scale_bar(axes[0])
        figure.colorbar(shown, ax=list(axes), label="radial field, G", **BAR)
        figure.suptitle("Life of a simulated active region, seen from above", fontsize=12)
        figure.savefig(path)
    return path


def film(
    frames: Float[np.ndarray, "f h w"],
    states: RegionState,
    flares: FlareEvents,
    path: pathlib.Path,
    *,
    every: int,
    cell_mm: float,
) -> pathlib.Path:
    """The same life as a GIF, over the curve of its flux and its flares.

    Args:
      frames: B, gauss, of every so many states.
      states: the life.
      flares: that it had.
      path: GIF to write.
      every: states from frame to frame.
      cell_mm: size of a pixel.

    Returns:
      The path.
    """
    days = np.asarray(states.hours) / units.HOURS_PER_DAY
    with rc_context({**STYLE, "font.size": 7}):
        figure = Figure(figsize=(3.5, 4.5), dpi=100)
        canvas = FigureCanvasAgg(figure)
        top, bottom = figure.subplots(2, 1, height_ratios=(3.4, 1))
        shown = magnetogram(top, frames[0], cell_mm)
        scale_bar(top)
        top.set_title("Simulated active region from above, ±800 G", fontsize=8)
        clock = top.text(0.98, 0.02, "", transform=top.transAxes, color=YELLOW, ha="right")
        now = _curve(bottom, days, np.asarray(jax.vmap(unsigned_flux_mx)(states)), flares)
        canvas.draw()
        figure.set_layout_engine("none")  # it has done its work, and would do it in every frame
        drawn = []
        for frame, day in zip(frames, days[::every], strict=True):
            shown.set_data(frame)
            clock.set_text(f"day {day:4.1f}")
            now.set_xdata([day, day])
            canvas.draw()
            drawn.append(np.array(canvas.buffer_rgba())[..., :3])
    few = [_indexed(image) for image in drawn]
    few[0].save(path, save_all=True, append_images=few[1:], duration=110, loop=0, optimize=True)
    return path


def _indexed(image: UInt8[np.ndarray, "h w rgb"]) -> Image.Image:
    """A frame in few colours: greys, and those of the curves, which so stay what they are."""
    palette = _palette()
    codes, which = np.unique(image.astype(int) @ [1 << 16, 1 << 8, 1], return_inverse=True)
    colours = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], -1)
    distance = ((colours[:, None] - palette) ** 2).sum(-1)
    frame = Image.fromarray(distance.argmin(-1).astype(np.uint8)[which].reshape(image.shape[:2]))
    frame.putpalette(palette.astype(np.uint8).tobytes())
    return frame


def _palette() -> Int[np.ndarray, "c rgb"]:
    greys = np.repeat(np.rint(np.linspace(0, 255, GREYS))[:, None], 3, 1)
    tints = [
        a * np.array(ImageColor.getrgb(colour)) + (1 - a) * ground
        for colour, ground in ((COLOURS[0], 255), (COLOURS[1], 255), (YELLOW, 128))
        for a in (1.0, 0.7, 0.4)
    ]
    return np.concatenate([greys, np.rint(tints)]).astype(int)


def _curve(
    ax: Axes, days: Float[np.ndarray, "t"], flux_mx: Float[np.ndarray, "t"], flares: FlareEvents
) -> Any:
    """Flux and flares of a life; returns the line that shows the time."""
    happened: Bool[np.ndarray, "e"] = np.asarray(flares.happened)
    hours, peak = (np.asarray(x)[happened] for x in (flares.hours, flares.flux_w_m2))
    ax.plot(days, flux_mx / 1e22, color=COLOURS[0], lw=1.2)
    ax.set_ylabel("Φ, 1e22 Mx", color=COLOURS[0])
    ax.set(xlabel="days since emergence", xlim=(0, days[-1]), ylim=(0, None))
    other = ax.twinx()
    other.vlines(hours / units.HOURS_PER_DAY, 1e-6, peak, color=COLOURS[1], lw=0.7)
    other.set(yscale="log", ylim=(1e-6, 2e-3), yticks=(1e-6, 1e-5, 1e-4, 1e-3))
    other.set_yticklabels(["C1", "M1", "X1", "X10"])
    other.minorticks_off()
    other.set_ylabel("flares", color=COLOURS[1])
    if len(peak):
        largest = int(peak.argmax())
        at = (hours[largest] / units.HOURS_PER_DAY, peak[largest])
        other.annotate(goes_class(peak[largest]), at, xytext=(2, 0), textcoords="offset points")
    return ax.axvline(0, color="0.3", lw=0.8)
