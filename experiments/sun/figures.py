"""One figure of how the simulated Sun compares with the real one: flares, time, and space."""

import pathlib
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.sun import observed as real
from experiments.sun.magnetograms import Series
from experiments.sun.measures import autocorrelation, waits
from experiments.sun.population import Flares
from experiments.sun.table import CLASSES, LARGE, PEAK_FLUXES, Measured
from jsolar.report.plots import COLOURS, STYLE
from jsolar.sun.units import HOURS_PER_DAY

BLUE, ORANGE = COLOURS[0], COLOURS[1]
OBSERVED: dict[str, Any] = {
    "color": "k",
    "ls": "",
    "marker": "o",
    "ms": 4,
    "mfc": "white",
    "zorder": 5,
}


def comparison(
    path: pathlib.Path,
    *,
    flares: Flares,
    above: Float[np.ndarray, "g"],
    regions: float,
    looks: Measured,
    wavenumber: Float[np.ndarray, "k"],
    series: Series,
    given: Measured | None = None,
) -> pathlib.Path:
    """Six panels: peak fluxes, waiting times, longitudes; autocorrelation, R against flux, spectra.

    Args:
      path: PNG to write.
      flares: simulated.
      above: how many are expected above each of `PEAK_FLUXES`.
      regions: simulated and catalogued; the real Sun had `SWAN_REGIONS` in the same years.
      looks: what simulated pictures measure.
      wavenumber: of their spectra.
      series: hourly measurements.
      given: what the user's own SHARPs measure.

    Returns:
      The path.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(11, 6.6))
        axes = figure.subplots(2, 3)
        _peaks(axes[0, 0], flares, above, real.SWAN_REGIONS / regions)
        _waiting(axes[0, 1], flares)
        _longitudes(axes[0, 2], flares)
        _memory(axes[1, 0], series)
        _r_values(axes[1, 1], looks, given)
        _spectra(axes[1, 2], wavenumber, looks, given)
        for ax, letter in zip(axes.ravel(), "abcdef", strict=True):
            ax.set_title(f"({letter}) {ax.get_title()}", loc="left", fontsize=10)
            ax.set_title("")
            ax.legend(fontsize=7.5, frameon=True, framealpha=0.7, edgecolor="none")
        figure.suptitle("The simulated Sun, and the real one (outlined in black)", fontsize=12)
        figure.savefig(path)
    return path


def _peaks(ax: Axes, flares: Flares, above: Any, scale: float) -> None:
    """How many flares exceed a peak flux."""
    flux = np.sort(flares.flux_w_m2)[::-1]
    ax.plot(PEAK_FLUXES, above * scale, color=BLUE, lw=1, ls="--", label="simulated: the law")
    ax.step(flux, np.arange(1, len(flux) + 1) * scale, color=BLUE, lw=1.6, label="simulated")
    ax.plot(real.PEAK_FLUX_W_M2, real.FLARES_ABOVE, label="GOES, 2010–2018", **OBSERVED)
    ax.set(xscale="log", yscale="log", xlim=(1e-6, 4e-3), ylim=(0.5, 3e4))
    ax.set(title="Peak fluxes", xlabel="peak flux F, W m⁻²", ylabel="flares ≥ F of 4,098 regions")
    for name, flux_w_m2 in CLASSES.items():
        ax.axvline(flux_w_m2, color="0.9", lw=0.8, zorder=0)
        ax.text(flux_w_m2 * 1.1, 0.6, name, color="0.5", fontsize=8)


def _waiting(ax: Axes, flares: Flares) -> None:
    """Times between the flares of a region."""
    edges = real.LOG_WAIT_EDGES
    middle, width = 10 ** (0.5 * (edges[1:] + edges[:-1])), np.diff(edges)
    for name, observed, colour in (("C", real.WAITS_C, BLUE), ("M", real.WAITS_M, ORANGE)):
        large = flares.flux_w_m2 >= CLASSES[name]
        between = waits(flares.region[large], flares.hours[large])[0]
        count = np.histogram(np.log10(np.maximum(between, 1e-2)), edges)[0]
        ax.stairs(count / max(count.sum(), 1) / width, 10**edges, color=colour, lw=1.5,
                  label=f"simulated, ≥ {name}1.0")  # fmt: skip
        share = np.array(observed) / sum(observed) / width
        ax.plot(middle, share, label=f"GOES, ≥ {name}1.0", **OBSERVED | {"mfc": colour})
    ax.set(xscale="log", xlim=(0.05, 1000), ylim=(0, 1.15), title="Waiting times in a region")
    ax.set(xlabel="time to the next flare, h", ylabel="share per decade")


def _longitudes(ax: Axes, flares: Flares) -> None:
    """Where on the disk regions flare; even, if they do not know where the Earth is."""
    edges = real.LONGITUDE_EDGES
    count = np.histogram(flares.longitude_deg, edges)[0]
    mean, real_mean = max(count[1:-1].mean(), 1e-9), np.mean(real.LONGITUDES_C[1:-1])
    middle = 0.5 * (edges[1:] + edges[:-1])
    ax.stairs(count / mean, edges, color=BLUE, lw=1.6, label="simulated, ≥ C1.0")
    ax.plot(middle, np.array(real.LONGITUDES_C) / real_mean, label="GOES, ≥ C1.0", **OBSERVED)
    ax.axhline(1, color="0.8", lw=0.8, zorder=0)
    ax.set(ylim=(0, 2), xlim=(-90, 90), xticks=np.arange(-90, 91, 30), title="Flare longitudes")
    ax.set(xlabel="degrees west of the meridian", ylabel="relative to the mean within 75°")


def _memory(ax: Axes, series: Series) -> None:
    """How long flux and R remember."""
    lags = np.arange(1, 25)
    for name, values, observed, colour in (
        ("flux", series.flux_mx, real.FLUX_AUTOCORRELATION, BLUE),
        ("R", series.r_value, real.R_AUTOCORRELATION, ORANGE),
    ):
        found = autocorrelation(values, lags)
        found = found[np.isfinite(found).all(1)]
        if len(found):
            low, middle, high = np.percentile(found, [16, 50, 84], axis=0)
            ax.fill_between(lags, low, high, color=colour, alpha=0.2, lw=0)
            ax.plot(lags, middle, color=colour, lw=1.6, label=f"simulated, {name}")
        ax.plot(real.LAGS, observed, label=f"HARP 5415, {name}", **OBSERVED | {"mfc": colour})
    ax.set(xlim=(0, HOURS_PER_DAY + 0.5), ylim=(None, 1.02), xticks=np.arange(0, 25, 6))
    ax.set(title="Memory", xlabel="lag, h", ylabel="autocorrelation")


def _r_values(ax: Axes, looks: Measured, given: Measured | None) -> None:
    """Flux near inversion lines against all flux."""
    ax.scatter(looks.log_flux, looks.r_value, s=5, color=BLUE, alpha=0.35, lw=0, label="simulated")
    markers = ("s", "D")
    for (name, points), marker in zip(real.R_POINTS.items(), markers, strict=True):
        ax.plot(*np.transpose(points), label=name, **OBSERVED | {"marker": marker})
    if given is not None:
        yours = {"marker": "*", "ms": 9, "mfc": ORANGE}
        ax.plot(given.log_flux, given.r_value, label="given with --sharps", **OBSERVED | yours)
    ax.set(xlim=(20, 23.3), ylim=(-0.1, 5.7), title="Inversion lines")
    ax.set(xlabel="log10 unsigned flux, Mx", ylabel="R (Schrijver 2007)")


def _spectra(ax: Axes, wavenumber: Any, looks: Measured, given: Measured | None) -> None:
    """Power spectra of large regions, as the two SHARPs are."""
    length = 1 / wavenumber
    large = (looks.log_flux >= LARGE[0]) & (looks.log_flux < LARGE[1])
    if large.any():
        low, middle, high = np.percentile(looks.spectrum[large], [16, 50, 84], axis=0)
        ax.fill_between(length, low, high, color=BLUE, alpha=0.2, lw=0)
        ax.plot(length, middle, color=BLUE, lw=1.6, label="simulated, 1–3e22 Mx")
    for (name, power), marker in zip(real.SPECTRA.items(), "sD", strict=True):
        ax.plot(real.WAVELENGTHS_MM, power, label=name, **OBSERVED | {"marker": marker})
    for power in () if given is None else given.spectrum:
        ax.plot(length, power, color=ORANGE, lw=0.7)
    ax.set(xscale="log", yscale="log", xlim=(80, 2.8), xticks=[50, 20, 10, 5, 3])
    ax.set_xticklabels(["50", "20", "10", "5", "3"])
    ax.minorticks_off()
    ax.set(title="Power spectra", xlabel="wavelength, Mm", ylabel="E(k), G² Mm")
