"""What a run writes down while it trains: JSON lines and TensorBoard events."""

import contextlib
import json
import pathlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tensorboardX import SummaryWriter


class Log(NamedTuple):
    """Where measurements go.

    Attributes:
      lines: the file ``metrics.jsonl``.
      board: TensorBoard's writer.
    """

    lines: pathlib.Path
    board: SummaryWriter


@contextlib.contextmanager
def open_log(folder: pathlib.Path, *, step: int = 0) -> Iterator[Log]:
    """Open or continue the log of a run that stands at ``step``; what came later is cut off.

    Args:
      folder: made if need be.
      step: steps done so far.

    Yields:
      A log for `write`, closed in the end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = folder / "metrics.jsonl"
    kept = []
    if lines.exists():
        kept = [x for x in lines.read_text().splitlines() if _step_of(x) <= step]
    part = lines.with_name(lines.name + ".part")  # a kill must not take the old lines with it
    part.write_text("".join(f"{line}\n" for line in kept))
    part.replace(lines)
    with SummaryWriter(str(folder), purge_step=step + 1) as board:
        yield Log(lines, board)


def write(log: Log, step: int, values: Mapping[str, float]) -> None:
    """Add one line of measurements at a step."""
    with log.lines.open("a") as file:
        file.write(json.dumps({"step": step, **values}) + "\n")
    for name, value in values.items():
        log.board.add_scalar(name, value, step)
    log.board.flush()


def _step_of(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (json.JSONDecodeError, KeyError):  # a line cut short by a kill
        return float("inf")
