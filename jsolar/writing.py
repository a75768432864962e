"""Results as files: values made plain for JSON, and files that are there in full or not at all."""

import dataclasses
import json
import math
import pathlib
from collections.abc import Mapping
from typing import Any


def write_whole(path: pathlib.Path, text: str) -> None:
    """Write a file so that it is there in full or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.replace(path)


def write_json(path: pathlib.Path, value: Any) -> None:
    """Write a value as JSON, see `plain`, in full or not at all."""
    write_whole(path, json.dumps(plain(value), indent=2) + "\n")


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
