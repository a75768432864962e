"""Results as files: values made plain for JSON, and files that are there in full or not at all."""

import dataclasses
import json
import math
import pathlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def write_whole(path: pathlib.Path, text: str) -> None:
    """Write a file so that it is there in full or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.replace(path)


def write_json(path: pathlib.Path, value: Any) -> None:
    """Write a value as JSON, see `plain`, in full or not at all."""
    write_whole(path, json.dumps(plain(value), indent=2) + "\n")


def write_arrays(path: pathlib.Path, columns: Mapping[str, Any]) -> None:
    """Write arrays as a compressed ``.npz``, in full or not at all; folders are made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    arrays: dict[str, Any] = {name: np.asarray(column) for name, column in columns.items()}
    np.savez_compressed(part, **arrays)
    part.replace(path)


def plain(value: Any) -> Any:
    """A value that JSON can hold: arrays become lists, NaN becomes None, paths become text.

    Example:
      >>> import numpy as np
      >>> plain({"tss": np.float32(0.5), "low": float("nan"), "counts": np.arange(2)})
      {'tss': 0.5, 'low': None, 'counts': [0, 1]}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, pathlib.PurePath):
        return str(value)
    return value


def configured(kind: type, options: Mapping[str, Any]) -> Any:
    """The config that `plain` made plain: lists become tuples, and mappings configs within.

    Args:
      kind: a dataclass whose fields have defaults; its configs within are of their defaults' kind.
      options: as they come from a JSON file.

    Returns:
      The config.

    Raises:
      TypeError: it has no such option.

    Example:
      >>> @dataclasses.dataclass(frozen=True)
      ... class Inner:
      ...     sizes: tuple[int, ...] = (1, 2)
      >>> @dataclasses.dataclass(frozen=True)
      ... class Outer:
      ...     inner: Inner = Inner()
      >>> configured(Outer, {"inner": {"sizes": [3]}})
      Outer(inner=Inner(sizes=(3,)))
    """
    usual = {field.name: field.default for field in dataclasses.fields(kind)}

    def one(name: str, value: Any) -> Any:
        if isinstance(value, Mapping) and dataclasses.is_dataclass(usual.get(name)):
            return configured(type(usual[name]), value)
        return tuple(value) if isinstance(value, list) else value

    return kind(**{name: one(name, value) for name, value in options.items()})


def file_stem(name: str) -> str:
    """A name that people read as the name of a file.

    Example:
      >>> file_stem("SVM (Nyström), C = 10")
      'SVM_Nyström_C_10'
    """
    return re.sub(r"\W+", "_", name).strip("_")


def output_names(files: Sequence[pathlib.Path]) -> list[str]:
    """What is written for each file is called; files of one name in two folders keep apart.

    Example:
      >>> output_names([pathlib.Path(name) for name in ("a/x.fits", "b/x.fits.gz", "y.fits")])
      ['a-x', 'b-x', 'y']
    """
    bare = [re.sub(r"\.fits(\.gz|\.fz)?$", "", path.name) for path in files]
    twice = {name for name in bare if bare.count(name) > 1}
    named = [
        f"{path.absolute().parent.name}-{name}" if name in twice else name
        for path, name in zip(files, bare, strict=True)
    ]
    return [
        f"{name}-{named[:i].count(name) + 1}" if name in named[:i] else name
        for i, name in enumerate(named)
    ]
