"""How pictures of regions look, in numbers: the table under the plate."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from experiments.sun.measures import power_spectrum, spectral_index
from experiments.sun.observed import LOOKS
from jsolar.report.tables import markdown, number

EDGES_GAUSS = (50, 100, 200, 500, 1000, 2000)
"""Of the histogram of |B|; the last bin is open."""

ABOVE_GAUSS = (100, 500, 1000)

FEW = 5
"""Fewer simulated pictures than this are no distribution."""


def look(image: Float[np.ndarray, "h h"], pixel_mm: float) -> dict[str, float]:
    """One picture in numbers: shares of area, flux balance, histogram of |B|, power spectrum.

    Args:
      image: B_los, gauss.
      pixel_mm: side of a pixel.

    Returns:
      By name, percentages but for the index α of E(k) ∝ k^−α. The flux balance is |ΣB| / Σ|B|, 0
      if both polarities are even, over pixels beyond 50 G; the histogram is of those pixels.

    Example:
      >>> image = np.zeros((64, 64))
      >>> image[:8, :32], image[8:16, :16] = 150.0, -600.0
      >>> found = look(image, 1.5)
      >>> [found[name] for name in ("area beyond 100 G, %", "area beyond 500 G, %")]
      [9.375, 3.125]
      >>> found["of it 100–200 G, %"], found["flux balance, %"]
      (66.66..., 33.33...)
    """
    strength = np.abs(image)
    strong = strength[strength > EDGES_GAUSS[0]]
    counts = np.histogram(strong, [*EDGES_GAUSS, np.inf])[0]
    flux = max(float(strong.sum()), 1e-9)
    net = abs(float(image[strength > EDGES_GAUSS[0]].sum()))
    ends = [f"{low}–{high}" for low, high in itertools.pairwise(EDGES_GAUSS)]
    names = [f"of it {end} G, %" for end in (*ends, f"beyond {EDGES_GAUSS[-1]}")]
    return {
        **{f"area beyond {b} G, %": 100 * float((strength > b).mean()) for b in ABOVE_GAUSS},
        "flux balance, %": 100 * net / flux,
        f"area beyond {EDGES_GAUSS[0]} G, %": 100 * len(strong) / image.size,
        **dict(zip(names, (100 * counts / max(len(strong), 1)).tolist(), strict=True)),
        "power spectrum, α at 5–30 Mm": spectral_index(*power_spectrum(image, pixel_mm)),
    }


def looks_table(
    images: Sequence[Float[np.ndarray, "h h"]],
    pixel_mm: float,
    *,
    real: Mapping[str, Mapping[str, float]] = LOOKS,
) -> str:
    """Simulated pictures beside single real ones.

    Args:
      images: simulated, B_los in gauss.
      pixel_mm: side of a pixel.
      real: by name of the region, from `look`.

    Returns:
      A Markdown table: median of the simulated pictures and what 80 % of them lie between.
    """
    looks = [look(image, pixel_mm) for image in images]
    rows = []
    for name in next(iter(real.values())):
        cell = "too few"
        if len(looks) >= FEW:
            low, middle, high = np.percentile([each[name] for each in looks], [10, 50, 90])
            cell = f"{number(middle, 1)} [{number(low, 1)}, {number(high, 1)}]"
        rows.append([name, cell, *(number(each[name], 1) for each in real.values())])
    return markdown(["pictures", f"{len(looks)} simulated: median [80 %]", *real], rows)
