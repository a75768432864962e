"""Windows of SWAN-SF made up here: ``from tests.sun.files.swan.windows import window_text``."""

import pathlib

import numpy as np

from jsolar.sun.files.swan.window import PARAMETERS

OTHERS = ("QUALITY", "NOAA_AR", "IS_TMFI")
START = np.datetime64("2012-01-01T00:00:00", "s")


def window_name(label: str = "FQ", harp: int = 115, start: np.datetime64 = START) -> str:
    """As published."""
    end = start + np.timedelta64(59 * 12, "m")
    return f"{label}_ar{harp}_s{start}_e{end}.csv"


def numbers(seed: int = 0) -> np.ndarray:
    """``[60, 24]``, over all the decades that there are in the real files."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(60, 24)) * 10.0 ** rng.integers(-4, 24, 24)


def window_text(
    values: np.ndarray | None = None,
    *,
    start: np.datetime64 = START,
    separator: str = "\t",
    number: str = "{!r}",
) -> str:
    """A window as a file holds it; NaN becomes an empty cell."""
    values = numbers() if values is None else values
    lines = [separator.join(["Timestamp", *PARAMETERS, *OTHERS])]
    for i, row in enumerate(values):
        moment = str(start + np.timedelta64(12 * i, "m")).replace("T", " ")
        cells = ["" if np.isnan(x) else number.format(float(x)) for x in row]
        lines.append(
            separator.join([moment, *cells, "66560.0" if i == 3 else "0.0", "11158", "True"])
        )
    return "\n".join(lines) + "\n"


def write_window(
    folder: pathlib.Path, label: str = "FQ", harp: int = 115, hour: int = 0
) -> pathlib.Path:
    """A window in a folder, some hours after the first."""
    start = START + np.timedelta64(hour, "h")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / window_name(label, harp, start)
    path.write_text(window_text(start=start))
    return path
