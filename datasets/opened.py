"""A config whose files have been read: what is told of them, and the examples of each split."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

SPLITS = ("train", "validation", "test")
"""Splits in order of time; regions never straddle them."""

BUILD = "build"
"""Within a data set's metadata: what the build tells its user, which is no fact of the data."""

OUTCOMES = ("yes", "no", "unknown")
"""What can be told of an event."""


class Opened(NamedTuple):
    """What a build needs of a config.

    Attributes:
      facts: what a model or a report must know of the files.
      digest: of files in the manual folder, so that it is noticed when they change; "" if the
        config's name has one.
      examples: from the number of a split to its examples, with their keys.
      faulty: one sentence for every file that could not be used; grows while examples are made.
      remarks: on the examples; grows likewise.
    """

    facts: Mapping[str, Any]
    digest: str
    examples: Callable[[int], Iterator[tuple[str, dict[str, Any]]]]
    faulty: list[str]
    remarks: list[str]
