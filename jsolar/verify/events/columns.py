"""Forecasts of one event by one method, as they come from a file, made ready for JAX."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Float, Int, Shaped


class ForecastColumns(NamedTuple):
    """Forecasts of one event by one method, one row an example.

    Attributes:
      observed: ``Bool[n]``, whether it happened.
      known: ``Bool[n]``, whether that is known; other rows are left out.
      probability: ``Float[n]``, calibrated; NaN where the method has no answer: such rows are
        left out and counted.
      block: ``Int[n]``, the region (or, for full disks, the rotation) that each row belongs to.
      true_probability: ``Float[n]`` on simulated data, else None.
      threshold: a number for a method that says yes or no by itself, as persistence does; None
        where the threshold is chosen on validation data.
    """

    observed: Bool[np.ndarray, "n"]
    known: Bool[np.ndarray, "n"]
    probability: Float[np.ndarray, "n"]
    block: Int[np.ndarray, "n"]
    true_probability: Float[np.ndarray, "n"] | None = None
    threshold: float | None = None


class Usable(NamedTuple):
    """`ForecastColumns` with blocks numbered from 0, ready to be compiled for.

    Attributes:
      observed: ``Bool[n]``.
      usable: ``Bool[n]``, known and forecast.
      probability: ``Float[n]``, 0 where not usable.
      block_index: ``Int[n]``.
      truth: ``Float[n]``, the true probability, NaN where nobody knows it.
      threshold: ``Float[]``, NaN where it is chosen on validation data.
    """

    observed: Bool[np.ndarray, "n"]
    usable: Bool[np.ndarray, "n"]
    probability: Float[np.ndarray, "n"]
    block_index: Int[np.ndarray, "n"]
    truth: Float[np.ndarray, "n"]
    threshold: Float[np.ndarray | Array, ""]


def rows_and_blocks(columns: ForecastColumns, *, name: str) -> tuple[Usable, int]:
    """Number the blocks and check the columns.

    All blocks are numbered, also those without a usable row, so that methods that answer on
    different rows share shapes and draws.

    Args:
      columns: as given.
      name: of the split, for the error.

    Returns:
      Rows, and how many blocks there are.

    Raises:
      ValueError: columns differ in length, are empty, or hold an impossible probability.

    Example:
      >>> yes = np.array([True, True])
      >>> p, region = np.array([0.5, np.nan]), np.array([377, 401])
      >>> rows, blocks = rows_and_blocks(ForecastColumns(yes, yes, p, region), name="test")
      >>> rows.usable.tolist(), rows.block_index.tolist(), blocks
      ([True, False], [0, 1], 2)
    """
    arrays = columns._replace(threshold=None)._asdict()
    lengths = {field: len(c) for field, c in arrays.items() if c is not None}
    if len(set(lengths.values())) > 1 or not lengths["block"]:
        raise ValueError(f"the {name} columns must have one length above 0, but have {lengths}")
    probability = _probability(columns.probability, f"{name} probability")
    usable = np.asarray(columns.known, bool) & ~np.isnan(probability)
    blocks, block_index = np.unique(columns.block, return_inverse=True)
    truth = columns.true_probability
    if truth is None:
        truth = np.full(len(usable), np.nan)
    rows = Usable(
        observed=np.asarray(columns.observed, bool),
        usable=usable,
        probability=np.where(usable, probability, 0.0).astype(np.float32),
        block_index=block_index.astype(np.int32),
        truth=_probability(truth, f"{name} true_probability"),
        threshold=np.array(columns.threshold, np.float32),
    )
    return rows, len(blocks)


def positive_blocks(rows: Usable) -> int:
    """How many blocks had an event on a usable row.

    Example:
      >>> yes = np.array([True, True, True])
      >>> columns = ForecastColumns(yes, yes, np.array([0.1, np.nan, 0.3]), np.array([7, 8, 7]))
      >>> positive_blocks(rows_and_blocks(columns, name="test")[0])
      1
    """
    return len(np.unique(rows.block_index[rows.usable & rows.observed]))


def event_rate(rows: Usable) -> float:
    """The share of events among usable rows, NaN if there is none.

    Example:
      >>> happened, known = np.array([True, False]), np.array([True, True])
      >>> columns = ForecastColumns(happened, known, np.array([0.1, 0.3]), np.array([7, 8]))
      >>> event_rate(rows_and_blocks(columns, name="test")[0])
      0.5
    """
    return float(rows.observed[rows.usable].mean()) if rows.usable.any() else float("nan")


def count_rows(columns: ForecastColumns, rows: Usable) -> dict[str, int]:
    """How many examples there are of what kind, as a scorecard prints them.

    Args:
      columns: as given.
      rows: the same from `rows_and_blocks`.

    Returns:
      Numbers of ``examples``, those ``known``, those ``forecast`` as well, and among these of
      ``events``, ``regions`` and ``flaring_regions``.
    """
    return {
        "examples": len(rows.usable),
        "known": int(np.sum(columns.known)),
        "forecast": int(rows.usable.sum()),
        "events": int((rows.usable & rows.observed).sum()),
        "regions": len(np.unique(rows.block_index[rows.usable])),
        "flaring_regions": positive_blocks(rows),
    }


def _probability(column: Shaped[np.ndarray, "n"], name: str) -> Float[np.ndarray, "n"]:
    p = np.asarray(column, np.float32)
    if ((p < 0) | (p > 1)).any():
        raise ValueError(
            f"the {name} runs from {np.nanmin(p):g} to {np.nanmax(p):g}: give probabilities from "
            "0 to 1 (jsolar.verify.events.calibration makes them from logits)"
        )
    return p
