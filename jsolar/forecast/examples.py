"""The table that forecasts are made from: examples, and the three splits of a comparison."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from jsolar.data import audit
from jsolar.types import Events, Rows

Inputs = Mapping[str, Any]


class Examples(NamedTuple):
    """Forecasts to be made, one row for each region and issue time.

    Attributes:
      rows: who they are: id, region (HARP, NOAA or simulated number) and issue time.
      inputs: a mapping from name to an array ``[n, ...]``: all that a forecaster may use, e.g.
        ``image`` in gauss, ``keywords``, ``previous`` (the same events in the 24 h before, 0 or 1,
        NaN where the region was not seen).
      events: what happened in the window after the issue time.
      true_probability: ``Float[n, k]`` on simulated data, else None: of each event, given the
        path that the flare rate took after the issue time.
      state_probability: ``Float[n, k]`` likewise, given all that was the case at the issue time:
        the best forecast there can be; None also where it was not simulated (in training).
    """

    rows: Rows
    inputs: Inputs
    events: Events
    true_probability: Float[np.ndarray, "n k"] | None = None
    state_probability: Float[np.ndarray, "n k"] | None = None


class Data(NamedTuple):
    """Three splits and what is known about them.

    Attributes:
      train, validation, test: examples.
      events: names of the k events, e.g. ``"≥M1.0"``.
      facts: name and version of the data set, whether it is ``synthetic``, scale of the pictures.
    """

    train: Examples
    validation: Examples
    test: Examples
    events: tuple[str, ...]
    facts: Mapping[str, Any]

    @property
    def synthetic(self) -> bool:
        """Whether the data are simulated, which is then said everywhere."""
        return bool(self.facts.get("synthetic", False))


def joined(parts: Sequence[Examples]) -> Examples:
    """Several examples one after the other, in memory; what one lacks, all lack."""

    def column(*each: Any) -> Any:
        return None if any(x is None for x in each) else np.concatenate([x[:] for x in each])

    return jax.tree.map(column, *parts, is_leaf=lambda x: x is None or hasattr(x, "part"))


def checked(data: Data) -> Data:
    """The same data, if no split leaks into another.

    Raises:
      jsolar.data.audit.LeakError: splits share regions, examples, windows or pictures.
    """
    splits = {"train": data.train, "validation": data.validation, "test": data.test}
    audit.check_splits({name: split.rows for name, split in splits.items()})
    images = {name: split.inputs.get("image") for name, split in splits.items()}
    held = {name: image for name, image in images.items() if isinstance(image, np.ndarray)}
    audit.check_copies(held)
    return data
