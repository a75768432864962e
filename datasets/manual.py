"""Files that the user brings: where they are, and what they are called in a config's name."""

import hashlib
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def the_file(
    given: pathlib.Path | None,
    manual: Callable[[], pathlib.Path],
    name: str,
    option: str,
) -> pathlib.Path:
    """A file or folder that the user named, or put into the manual folder of TFDS.

    Raises:
      FileNotFoundError: says what to bring and where to.
    """
    if given is not None:
        if not given.exists():
            raise FileNotFoundError(f"{given} does not exist: give another {option}")
        return given
    folder = manual()
    if not (folder / name).exists():
        raise FileNotFoundError(
            f"{folder / name} does not exist: put the data there, or name them with {option}"
        )
    return folder / name


def content_name(config: str, files: Sequence[pathlib.Path], options: Mapping[str, Any]) -> str:
    """A config's name with a digest of the files and options, if there are any.

    Other contents give another name, so that a prepared data set is never mistaken for one of
    files that have changed since.
    """
    if not options and not files:
        return config
    digest = hashlib.sha256(repr(sorted(options.items())).encode())
    digest.update(content_digest(files).encode())
    return f"{config}-{digest.hexdigest()[:10]}"


def content_digest(files: Sequence[pathlib.Path]) -> str:
    """A digest of the bytes of all files that are read, whatever they are called.

    Raises:
      FileNotFoundError: one does not exist.
    """
    digest = hashlib.sha256()
    for path in files:
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist: give an existing file or folder")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
