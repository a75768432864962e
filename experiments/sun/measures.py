"""What is measured of pictures and of series in time, real or simulated alike."""

import numpy as np
from jaxtyping import Float, Int


def autocorrelation(
    series: Float[np.ndarray, "n t"], lags: Int[np.ndarray, "k"]
) -> Float[np.ndarray, "n k"]:
    """Correlation of each series with itself some steps later; NaN are left out.

    Example:
      >>> wave = np.sin(np.arange(4001) * np.pi / 10)[None]
      >>> autocorrelation(wave, np.array([10, 20])).round(3).tolist()
      [[-1.0, 1.0]]
    """
    found = np.full((len(series), len(lags)), np.nan)
    for i, x in enumerate(series.astype(float)):
        for j, lag in enumerate(lags):
            now, later = x[:-lag], x[lag:]
            both = np.isfinite(now) & np.isfinite(later)
            if both.sum() > 2 and now[both].std() > 0 and later[both].std() > 0:
                found[i, j] = np.corrcoef(now[both], later[both])[0, 1]
    return found


def waits(
    region: Int[np.ndarray, "e"], hours: Float[np.ndarray, "e"]
) -> tuple[Float[np.ndarray, "w"], Int[np.ndarray, "w"]]:
    """Times between flares of the same region, and the region.

    Example:
      >>> [x.tolist() for x in waits(np.array([0, 0, 4, 4]), np.array([1.0, 3.0, 2.0, 7.0]))]
      [[2.0, 5.0], [0, 4]]
    """
    same = region[1:] == region[:-1]
    return np.diff(hours)[same], region[1:][same]


def power_spectrum(
    picture: Float[np.ndarray, "h h"], pixel_mm: float
) -> tuple[Float[np.ndarray, "k"], Float[np.ndarray, "k"]]:
    """Power of a square picture at each wavenumber, E(k) = 2πk ⟨|B̂|²⟩, after a Hann window.

    Args:
      picture: gauss.
      pixel_mm: side of a pixel.

    Returns:
      Wavenumbers k = 1/λ in 1/Mm, from the second ring to the smallest wavelength that all
      directions resolve, and E in G² Mm; the mean over each ring does not depend on the size.

    Example:
      >>> x = np.arange(64) * 2.0
      >>> k, power = power_spectrum(np.sin(2 * np.pi * x / 16)[None].repeat(64, 0), 2.0)
      >>> float(1 / k[power.argmax()])
      16.0
    """
    n = len(picture)
    window = np.outer(np.hanning(n), np.hanning(n))
    waves = np.abs(np.fft.fft2((picture - picture.mean()) * window)) ** 2
    density = waves * pixel_mm**2 / (window**2).sum()
    number = np.fft.fftfreq(n)
    ring = np.rint(n * np.hypot(number[:, None], number)).astype(int).ravel()
    which = np.arange(2, n // 2)
    k = which / (n * pixel_mm)
    mean = np.bincount(ring, density.ravel())[which] / np.bincount(ring)[which]
    return k, 2 * np.pi * k * mean


def spectral_index(
    wavenumber: Float[np.ndarray, "k"],
    power: Float[np.ndarray, "k"],
    between_mm: tuple[float, float] = (5.0, 30.0),
) -> float:
    """α of E(k) ∝ k^−α, by least squares between two wavelengths.

    Example:
      >>> k = np.linspace(0.01, 0.3, 99)
      >>> round(spectral_index(k, k**-1.7), 6)
      1.7
    """
    inside = (wavenumber > 1 / between_mm[1]) & (wavenumber < 1 / between_mm[0])
    with np.errstate(divide="ignore"):
        line = np.polyfit(np.log(wavenumber[inside]), np.log(power[inside]), 1)
    return float(-line[0])
