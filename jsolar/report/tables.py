"""Tables as Markdown, which also reads well on a terminal."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns, the first to the left and the others to the right.

    Example:
      >>> print(markdown(["method", "TSS"], [["CNN", "0.71"], ["climatology", "0.00"]]))
      | method      |  TSS |
      |:------------|-----:|
      | CNN         | 0.71 |
      | climatology | 0.00 |
    """
    table = [list(columns), *[list(row) for row in rows]]
    widths = [max(len(line[i]) for line in table) for i in range(len(columns))]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        texts = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        return "| " + " | ".join(texts) + " |"

    first, *others = widths
    rule = "|:" + "-" * (first + 1) + "|" + "".join("-" * (w + 1) + ":|" for w in others)
    return "\n".join([line(columns), rule, *(line(row) for row in rows)])


def number(value: float | int | None, digits: int = 3) -> str:
    """A number for people; "–" for NaN and None.

    Example:
      >>> number(0.12345), number(float("nan"))
      ('0.123', '–')
    """
    return "–" if value is None or np.isnan(value) else f"{round(value, digits) + 0.0:.{digits}f}"


def ranged(value: Any, low: Any, high: Any, *, digits: int = 3, sign: bool = False) -> str:
    """A number with its interval; "–" for ends that there are not.

    Example:
      >>> ranged(0.5, 0.42, 0.581), ranged(0.03, -0.01, np.nan, sign=True)
      ('0.500 [0.420, 0.581]', '+0.030 [-0.010, –]')
    """
    told = [number(float(x), digits) for x in (value, low, high)]
    if sign:
        told = [f"+{x}" if x[0] not in "–-" else x for x in told]
    return f"{told[0]} [{told[1]}, {told[2]}]"
