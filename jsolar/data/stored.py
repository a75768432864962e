"""Columns of a TFDS data source: read whole, or left on disk until rows are asked for."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Columns = dict[str, np.ndarray]
"""Columns by name, all of the same length."""

_READ_AT_ONCE = 256


class StoredColumn:
    """A column that stays on disk; rows are read when they are asked for.

    It stands wherever an array ``[n, ...]`` is indexed by rows, so that data larger than the
    memory stream through the same code.

    Args:
      source: ``tfds.data_source("…", split=…)``, or anything indexed like one.
      name: of the column.
    """

    def __init__(self, source: Any, name: str):
        self._source, self._name = source, name

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, rows: Any) -> np.ndarray:
        index = np.arange(len(self))[rows]
        first = np.asarray(self._source[0][self._name])
        read = self._source.__getitems__(index.ravel().tolist()) if index.size else []
        values = np.array([row[self._name] for row in read], first.dtype)
        return values.reshape((*index.shape, *first.shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array."""
        return (len(self), *np.shape(self._source[0][self._name]))

    def part(self, rows: Any) -> "ColumnPart":
        """Some rows as a column of their own, which reads nothing yet."""
        return ColumnPart(self, rows)


class ColumnPart:
    """Some rows of a column that is not in memory, read when they are asked for.

    Args:
      column: a `StoredColumn` or `jsolar.data.rendered.RenderedColumn`.
      rows: anything that indexes it: indices, a mask, a slice.

    Example:
      >>> part = ColumnPart(np.arange(10.0), slice(2, 8))
      >>> len(part), part[[0, 5]].tolist(), part.part([1]).shape
      (6, [2.0, 7.0], (1,))
    """

    def __init__(self, column: Any, rows: Any):
        self._column, self._index = column, np.arange(len(column))[rows]

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, rows: Any) -> Any:
        return self._column[self._index[rows]]

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array."""
        return (len(self), *self._column.shape[1:])

    def part(self, rows: Any) -> "ColumnPart":
        """Some of these rows."""
        return ColumnPart(self._column, self._index[rows])


def read_columns(
    source: Any, names: Sequence[str], each: Callable[[Columns], Columns] = lambda found: found
) -> Columns:
    """Columns of a data source as arrays, read a few hundred rows at a time.

    Args:
      source: ``tfds.data_source("…", split=…)``, or anything indexed like one; not empty.
      names: of the columns.
      each: what to keep of the columns of a few hundred rows, where the columns of all would be
        too large, such as a summary.

    Example:
      >>> class Source(list):
      ...     def __getitems__(self, rows):
      ...         return [self[row] for row in rows]
      >>> read_columns(Source([{"x": 1}, {"x": 5}]), ["x"], lambda found: {"y": 2 * found["x"]})
      {'y': array([ 2, 10])}
    """
    parts = []
    for start in range(0, len(source), _READ_AT_ONCE):
        rows = source.__getitems__(range(start, min(start + _READ_AT_ONCE, len(source))))
        parts.append(each({name: np.stack([row[name] for row in rows]) for name in names}))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
