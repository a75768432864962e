"""Every learner taught with every kind and rate of wrong labels; a cell of it is a file."""

import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from tqdm import tqdm

from experiments.noise.learners import Learner, Told
from jsolar.train.many import Runs
from jsolar.writing import write_arrays

CLEAN_KIND = "clean"
"""Kind of the cell without noise."""


class Cell(NamedTuple):
    """One learner, one noise, all seeds."""

    learner: str
    kind: str
    rate: float

    @property
    def plain(self) -> str:
        """The learner without its remedy, which stands after a comma."""
        return self.learner.partition(", ")[0]

    @property
    def file(self) -> str:
        """Its name in the folder of the cells."""
        return f"{self.learner} {self.kind} {self.rate:g}.npz".replace(" ", "_")


def cells(learners: Sequence[str], kinds: Sequence[str], rates: Sequence[float]) -> list[Cell]:
    """All cells; without noise all kinds are one.

    Example:
      >>> [c.file for c in cells(["CNN"], ["late"], [0.1, 0.2])]
      ['CNN_clean_0.npz', 'CNN_late_0.1.npz', 'CNN_late_0.2.npz']
    """
    noises = [(CLEAN_KIND, 0.0), *((kind, rate) for kind in kinds for rate in rates)]
    return [Cell(learner, kind, rate) for learner in learners for kind, rate in noises]


def run_grid(
    folder: pathlib.Path,
    learners: Mapping[str, Learner],
    grid: Sequence[Cell],
    lessons: Callable[[Cell], Runs],
    *,
    cells_at_once: int = 1,
) -> dict[Cell, Told]:
    """Fill the cells that are not yet there, and read all.

    Args:
      folder: of the cells.
      learners: by name.
      grid: from `cells`.
      lessons: the runs of a cell.
      cells_at_once: of a learner, taught together.

    Returns:
      What was forecast, by cell.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [cell for cell in grid if not (folder / cell.file).exists()]
    with tqdm(total=len(grid), initial=len(grid) - len(missing), unit="cell") as bar:
        for name, learn in learners.items():
            mine = [cell for cell in missing if cell.learner == name]
            bar.set_description(name)
            for start in range(0, len(mine), cells_at_once):
                some = mine[start : start + cells_at_once]
                runs = [lessons(cell) for cell in some]
                told = learn(_joined(runs))
                for i, cell in enumerate(some):
                    seeds = len(runs[i].rows)
                    _write(folder / cell.file, _taken(told, slice(i * seeds, (i + 1) * seeds)))
                bar.update(len(some))
    return {cell: _read(folder / cell.file) for cell in grid}


def _taken(told: Told, some: slice) -> Told:
    return jax.tree.map(lambda column: column[some], told)


def _joined(runs: Sequence[Runs]) -> Runs:
    if len(runs) == 1:
        return runs[0]
    keys = jax.numpy.concatenate([run.key for run in runs])
    rest = [tuple(run)[1:] for run in runs]
    return Runs(keys, *jax.tree.map(lambda *leaves: np.concatenate(leaves), *rest))


def _write(file: pathlib.Path, told: Told) -> None:
    columns: dict[str, Any] = {
        f"{group}/{name}": column
        for group, named in told._asdict().items()
        for name, column in named.items()
    }
    write_arrays(file, columns)


def _read(file: pathlib.Path) -> Told:
    groups: dict[str, dict[str, np.ndarray]] = {name: {} for name in Told._fields}
    with np.load(file) as columns:
        for path in columns.files:
            group, _, name = path.partition("/")
            groups[group][name] = columns[path]
    return Told(**groups)
