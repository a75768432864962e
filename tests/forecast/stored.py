"""A data source as TFDS hands it out: ``from tests.forecast.stored import Stored``."""

from collections.abc import Sequence
from typing import Any

import numpy as np


class Stored:
    """Rows of these columns, which counts what was read."""

    def __init__(self, columns: dict[str, np.ndarray]):
        self.columns, self.read = columns, 0

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, row: int) -> dict[str, Any]:
        if not 0 <= row < len(self):
            raise IndexError(row)
        return {name: column[row] for name, column in self.columns.items()}

    def __getitems__(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        self.read += len(rows)
        return [self[row] for row in rows]
