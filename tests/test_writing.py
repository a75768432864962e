"""What files hold: values made plain, and nothing half written."""

import dataclasses
import json
import math
import pathlib

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsolar.types import Events
from jsolar.writing import plain, write_whole


@dataclasses.dataclass(frozen=True)
class Network:
    """A config within the config."""

    widths: tuple[int, ...] = (4, 8)


@dataclasses.dataclass(frozen=True)
class Config:
    """Some options."""

    rate: float = 0.5
    network: Network = Network()
    workdir: pathlib.Path | None = None


def test_a_crash_while_writing_leaves_the_old_file(tmp_path, monkeypatch) -> None:
    path = tmp_path / "report.md"
    write_whole(path, "old\n")
    write = pathlib.Path.write_text

    def crash(self, text, *args, **kwargs):
        write(self, text[: len(text) // 2], *args, **kwargs)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pathlib.Path, "write_text", crash)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new and longer\n")
    assert path.read_text() == "old\n"
    monkeypatch.undo()
    write_whole(path, "new\n")
    assert path.read_text() == "new\n"
    assert [p.name for p in tmp_path.iterdir()] == ["report.md"]


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
NESTED = st.recursive(LEAVES, lambda x: st.lists(x) | st.dictionaries(st.text(), x) | st.tuples(x))


def without_nan(value):
    """What `plain` promises, for Python's own types."""
    if isinstance(value, dict):
        return {k: without_nan(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@given(NESTED)
def test_plain_is_what_strict_json_gives_back(value) -> None:
    text = json.dumps(plain(value), allow_nan=False)
    assert json.loads(text) == without_nan(value) == plain(plain(value))


def test_plain_knows_arrays_tuples_paths_and_configs() -> None:
    value = {
        1: Events(np.array([[True]]), jnp.array([[False]])),
        "config": Config(workdir=pathlib.Path("runs") / "a"),
        "array": np.array([[1.5, np.nan], [-np.inf, 0.0]], np.float32),
        "scalar": np.int64(3),
        "time": str(np.datetime64("2011-02-15", "s")),
    }
    assert plain(value) == {
        "1": {"happened": [[True]], "known": [[False]]},
        "config": {
            "rate": 0.5,
            "network": {"widths": [4, 8]},
            "workdir": str(pathlib.Path("runs") / "a"),
        },
        "array": [[1.5, None], [None, 0.0]],
        "scalar": 3,
        "time": "2011-02-15T00:00:00",
    }
