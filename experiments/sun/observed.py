"""The real Sun in numbers, each with where it comes from; measured once and frozen here.

Pictures and series were measured by the functions that measure the simulation. Classes are those
that the list had, before GOES fluxes were scaled anew.
"""

from typing import NamedTuple

import numpy as np

SWAN, GOES, SHARPS, SERIES, DAYS, PAPER = (
    "SWAN-SF", "GOES list", "two SHARPs", "HARP 5415", "NOAA days", "two SHARPs, paper"
)  # fmt: skip

SOURCES = {
    SWAN: "all windows of 24 h, one an hour: Angryk et al. (2020), doi:10.1038/s41597-020-0548-x",
    GOES: "8,606 flares ≥ C1.0 of 2010–2018 with NOAA regions, as they were issued",
    SHARPS: "HMI, HARP 115 of 2010-08-07 and HARP 377 of 2011-02-15, measured at 0.12° a pixel",
    PAPER: "53 regions in arXiv:1611.00830: 1.6 where quiet, 2.2 where flaring",
    SERIES: "hourly keywords USFLUX and R_VALUE of NOAA 12320, 2015-04-04 to 13",
    DAYS: "flares of NOAA's region days, 1996–2014; as yesterday, so today",
}
"""What the table calls the sources, and what they are."""

SWAN_REGIONS = 4098
"""Regions of SWAN-SF, May 2010 to December 2018."""


class Row(NamedTuple):
    """A line of the table of statistics.

    Attributes:
      label: what it is.
      key: its name among the simulated statistics.
      digits: after the point; ``scale`` multiplies the simulated value first.
      real: the same of the real Sun, "–" where none was measured alike.
      source: of the real value.
    """

    label: str
    key: str
    digits: int
    real: str
    source: str
    scale: float = 1.0


ROWS = [
    Row("log10 flux of windows (Mx): 10 %", "flux_10", 2, "–", "–"),
    Row("… 50 %", "flux_50", 2, "–", "–"),
    Row("… 90 %", "flux_90", 2, "–", "–"),
    Row("R against log10 flux: correlation, where R > 0", "r_correlation", 2, "–", "–"),
    Row("… slope", "r_slope", 2, "–", "–"),
    Row("R at 1–3e22 Mx, median", "r_large", 2, "3.41; 4.63", SHARPS),
    Row("… share of pictures with R = 0, %", "r_zero", 0, "0 of 2", SHARPS, 100),
    Row("area beyond 500 G there, Mm², median", "area_large", 0, "425; 1,640", SHARPS),
    Row("power spectrum there, E(k) ∝ k^−α at 5–30 Mm: median α", "alpha_large", 2,
        "1.26; 2.11", PAPER),
    Row("autocorrelation of flux, 1 h", "flux_1h", 3, "0.998", SERIES),
    Row("… 24 h", "flux_24h", 2, "0.56", SERIES),
    Row("autocorrelation of R, 1 h", "r_1h", 3, "0.993", SERIES),
    Row("… 24 h", "r_24h", 2, "0.66", SERIES),
    Row("windows with a flare ≥ C1.0, %", "share_C", 2, "11.72", SWAN, 100),
    Row("… ≥ M1.0, %", "share_M", 2, "1.88", SWAN, 100),
    Row("… ≥ X1.0, %", "share_X", 3, "0.165", SWAN, 100),
    Row("≥ M1.0 in fifths of the flares in time, %: 1st", "part_1", 2, "1.71", SWAN, 100),
    Row("… 2nd", "part_2", 2, "1.58", SWAN, 100),
    Row("… 3rd", "part_3", 2, "3.35", SWAN, 100),
    Row("… 4th", "part_4", 2, "2.27", SWAN, 100),
    Row("… 5th", "part_5", 2, "1.31", SWAN, 100),
    Row("regions that ever have ≥ M1.0, %", "ever", 1, "4.7", SWAN, 100),
    Row("such flares of each of them", "each", 2, "3.96", SWAN),
    Row("TSS of persistence, 24 h, ≥ C1.0", "tss_C", 2, "0.42", DAYS),
    Row("… ≥ M1.0", "tss_M", 2, "0.34", DAYS),
    Row("index of peak fluxes above C1.0", "index_C", 2, "2.00 ± 0.01", GOES),
    Row("… above M1.0", "index_M", 2, "2.25 ± 0.04", GOES),
    Row("≥ M1.0 / ≥ C1.0, regions of at least 30 ≥ C1.0", "busy", 3, "0.148", GOES),
    Row("… of fewer than 10", "quiet", 3, "0.034", GOES),
    Row("≥ M1.0 in the 10 richest of 4,098 regions, %", "top", 0, "29", GOES, 100),
    Row("waiting time in a region, ≥ C1.0, h: 25 %", "wait_C_25", 1, "1.6", GOES),
    Row("… 50 %", "wait_C_50", 1, "4.0", GOES),
    Row("… 75 %", "wait_C_75", 1, "11.7", GOES),
    Row("… ≥ M1.0, h: 50 %", "wait_M_50", 1, "9.2", GOES),
    Row("flares ≥ C1.0 east of the meridian, %", "east", 1, "49.6", GOES, 100),
    Row("of those within 60° of it, within 30°, %", "middle", 1, "50.7", GOES, 100),
]  # fmt: skip
"""The table, in order."""

R_POINTS = {
    "HARP 115, 377 (HMI)": [(22.17, 3.41), (22.37, 4.63)],
    "SWAN-SF, 6 HARPs (keywords)": [
        (22.80, 4.57), (22.18, 3.63), (22.45, 4.54), (22.86, 5.29), (22.46, 4.39), (20.13, 2.23)
    ],
}  # fmt: skip
"""log10 flux and R of real regions. In SWAN-SF (HARP 3647, 3415, 3836, 3686, 3321, 3272) both are
keywords of the pipeline, medians of windows of 12 h."""

LAGS = np.array([1, 2, 3, 6, 12, 24])
"""Hours, of the series below."""

FLUX_AUTOCORRELATION = (0.9979, 0.9942, 0.9882, 0.9592, 0.8595, 0.5604)
"""`SERIES`: USFLUX."""

R_AUTOCORRELATION = (0.9933, 0.9871, 0.9819, 0.9605, 0.8961, 0.6645)
"""`SERIES`: R_VALUE."""

PEAK_FLUX_W_M2 = 10.0 ** np.linspace(-6, -3.2, 15)
FLARES_ABOVE = (8606, 5854, 3542, 2241, 1347, 797, 450, 257, 161, 91, 49, 30, 10, 5, 3)
"""`GOES`: flares of at least these peak fluxes."""

LOG_WAIT_EDGES = np.arange(-2, 3.01, 0.25)
"""log10 of hours."""

WAITS_C = (0, 0, 0, 1, 29, 106, 288, 544, 907, 1075, 1047, 922, 720, 547, 345, 187, 100, 29, 1, 0)
"""`GOES`: times between peaks of flares ≥ C1.0 of the same region."""

WAITS_M = (0, 0, 0, 0, 0, 4, 11, 16, 40, 55, 79, 107, 89, 72, 45, 30, 20, 8, 0, 0)
"""The same, ≥ M1.0."""

LONGITUDE_EDGES = np.arange(-90, 91, 15)
"""Degrees, west positive."""

LONGITUDES_C = (792, 516, 581, 623, 600, 565, 634, 567, 590, 553, 550, 838)
"""`GOES`: flares ≥ C1.0 with a region; the outermost bins hold those beyond the limb as well."""

WAVELENGTHS_MM = np.array([60, 45, 33, 25, 18, 13, 10, 7.5, 5.6, 4.2, 3.3])
SPECTRA = {
    "HARP 115": (82900, 64500, 47400, 42800, 46900, 32100, 23400, 14400, 9280, 5620, 3510),
    "HARP 377": (2.42e6, 3.75e6, 2.12e6, 1.05e6, 539e3, 413e3, 197e3, 104e3, 50300, 27e3, 14500),
}
"""`SHARPS`: `measures.power_spectrum` near these wavelengths, G² Mm."""

LOOKS: dict[str, dict[str, float]] = {
    "HARP 115": {
        "area beyond 100 G, %": 9.998,
        "area beyond 500 G, %": 0.8606,
        "area beyond 1000 G, %": 0.3723,
        "flux balance, %": 49.56,
        "area beyond 50 G, %": 16.99,
        "of it 50–100 G, %": 41.16,
        "of it 100–200 G, %": 33.44,
        "of it 200–500 G, %": 20.33,
        "of it 500–1000 G, %": 2.874,
        "of it 1000–2000 G, %": 2.191,
        "of it beyond 2000 G, %": 0,
        "power spectrum, α at 5–30 Mm": 1.257,
    },
    "HARP 377": {
        "area beyond 100 G, %": 13.48,
        "area beyond 500 G, %": 4.407,
        "area beyond 1000 G, %": 1.135,
        "flux balance, %": 0.1631,
        "area beyond 50 G, %": 18.1,
        "of it 50–100 G, %": 25.53,
        "of it 100–200 G, %": 24.22,
        "of it 200–500 G, %": 25.9,
        "of it 500–1000 G, %": 18.08,
        "of it 1000–2000 G, %": 6.273,
        "of it beyond 2000 G, %": 0,
        "power spectrum, α at 5–30 Mm": 2.106,
    },
}
"""`SHARPS`: `looks.look` at 128² pixels of 0.12°."""
