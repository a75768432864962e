"""What a forecaster asks of a detector: is the event of each region forecast, whatever was found?

The units are the true regions that count (for flares those within 70° of the meridian whose
window is known). Each has the probability of the detection that was assigned to it, and 0 if none
was: what is not found cannot be forecast. Detections of regions that do not count are dropped.
What is left are regions that do not exist: each is a false alarm once its probability reaches the
threshold. Below it they count as nothing, for otherwise junk would make correct rejections:

  TSS = TP/P − (FP + F)/(N + F)

with F false regions at or above the threshold.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped
from scipy.optimize import linear_sum_assignment

from jsolar.verify.boxes.pictures import Picture, box_iou, mask_iou
from jsolar.verify.boxes.precision import Kind
from jsolar.verify.events.contingency import Table
from jsolar.verify.events.threshold import THRESHOLDS, best_index

SMALLEST_IOU = {"masks": 0.3, "boxes": 0.5}
"""With less overlap than this, a detection is not of the region."""


class Judged(NamedTuple):
    """A picture and what is to be judged of it.

    Attributes:
      picture: m objects and n detections.
      counts: objects that are judged; detections of the others are dropped.
      happened: whether each object's event did; arbitrary where it does not count.
      probability: of the event of each detection.
      near: detections that lie where objects are judged; those elsewhere are dropped.
      group: pictures of one group are not independent, such as those of a rotation.
    """

    picture: Picture
    counts: Bool[np.ndarray, "m"]
    happened: Bool[np.ndarray, "m"]
    probability: Float[np.ndarray, "n"]
    near: Bool[np.ndarray, "n"]
    group: int


class RegionRows(NamedTuple):
    """The r regions of many pictures that are judged, and those that do not exist.

    Attributes:
      happened: whether the event did.
      probability: of it; 0 where the region was not found.
      found: whether a detection was assigned.
      false: whether there is no such region.
      picture: number of the picture.
      group: of the picture.
      object: number of the object within its picture; −1 if there is none.
      iou: of object and detection; 0 where one is missing.
    """

    happened: Bool[np.ndarray, "r"]
    probability: Float[np.ndarray, "r"]
    found: Bool[np.ndarray, "r"]
    false: Bool[np.ndarray, "r"]
    picture: Int[np.ndarray, "r"]
    group: Int[np.ndarray, "r"]
    object: Int[np.ndarray, "r"]
    iou: Float[np.ndarray, "r"]


def assign(iou: Float[np.ndarray, "n m"], smallest: float) -> Int[np.ndarray, "m"]:
    """One detection for each object, one object for each detection: the largest sum of IoU.

    Args:
      iou: of n detections and m objects.
      smallest: with less than this they are not assigned.

    Returns:
      The detection of each object; −1 for none.

    Example:
      >>> assign(np.array([[0.6, 0.5], [0.55, 0.1]]), 0.3).tolist()
      [1, 0]
    """
    found = np.full(iou.shape[1], -1)
    gain = np.where(iou >= smallest, iou, 0.0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    good = gain[rows, columns] > 0
    found[columns[good]] = rows[good]
    return found


def region_rows(
    judged: Sequence[Judged], *, kind: Kind = "masks", smallest_iou: float | None = None
) -> RegionRows:
    """Judge the regions of many pictures.

    Args:
      judged: the pictures.
      kind: what overlaps.
      smallest_iou: `SMALLEST_IOU` of the kind if not given.

    Returns:
      A row for each region that counts, and for each that does not exist.

    Example:
      >>> from jsolar.verify.boxes.pictures import Found, There
      >>> mask, box = np.ones((1, 2, 2), bool), np.array([[0.0, 0.0, 2.0, 2.0]])
      >>> one, no = np.array([1]), np.array([False])
      >>> picture = Picture(There(box, mask, one, no), Found(box, mask, one, np.ones(1)))
      >>> rows = region_rows([Judged(picture, ~no, ~no, np.array([0.7]), ~no, 0)])
      >>> rows.happened.tolist(), rows.probability.tolist(), rows.false.tolist()
      ([True], [0.7], [False])
    """
    smallest = SMALLEST_IOU[kind] if smallest_iou is None else smallest_iou
    parts = [_rows(one, i, kind, smallest) for i, one in enumerate(judged)]
    return RegionRows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def tables(rows: RegionRows, threshold: float) -> Table:
    """The table of each row by itself: add them up by group, and read the scores off.

    Args:
      rows: from `region_rows`.
      threshold: "yes" is said where the probability reaches it.

    Returns:
      A table ``[r]``, for `jsolar.verify.intervals.sums_by_block`; nothing for a false region
      below the threshold.

    Example:
      >>> none = np.zeros(3, int)
      >>> rows = RegionRows(np.array([True, False, False]), np.array([0.6, 0.1, 0.2]),
      ...                   np.ones(3, bool), np.array([False, False, True]), *[none] * 3, none / 1)
      >>> [float(count.sum()) for count in tables(rows, 0.5)]  # the false region does not count
      [1.0, 0.0, 0.0, 1.0]
      >>> [float(count.sum()) for count in tables(rows, 0.15)]
      [1.0, 0.0, 1.0, 1.0]
    """
    yes = rows.probability >= threshold
    return row_table(rows.happened, yes, yes | ~rows.false)


def row_table(
    happened: Shaped[np.ndarray, "r"], yes: Bool[np.ndarray, "r"], where: Bool[np.ndarray, "r"]
) -> Table:
    """`jsolar.verify.events.contingency.outcomes` in NumPy, as numbers of rows differ every time.

    Args:
      happened: whether the event did, or its probability.
      yes: whether it was forecast.
      where: what counts.

    Returns:
      A table ``[r]``.

    Example:
      >>> yes = np.array([True, True])
      >>> row_table(np.array([0.25, 1.0]), yes, np.array([True, False])).fp.tolist()
      [0.75, 0.0]
    """
    o, f, w = (np.asarray(x, float) for x in (happened, yes, where))
    return Table(w * o * f, w * o * (1 - f), w * (1 - o) * f, w * (1 - o) * (1 - f))


def best_threshold(rows: RegionRows) -> float:
    """The threshold at which calibrated probabilities expect the highest TSS, on validation data.

    As `jsolar.verify.events.threshold.choose_threshold`, with the false regions that there were.

    Args:
      rows: from `region_rows`.

    Returns:
      One of `jsolar.verify.events.threshold.THRESHOLDS`; NaN if nothing is expected to happen, or
      nothing not to.

    Example:
      >>> p = np.random.default_rng(0).beta(0.5, 4, 5000)
      >>> no, none = np.zeros(5000, bool), np.zeros(5000, int)
      >>> rows = RegionRows(no, p, ~no, no, none, none, none, p)
      >>> bool(abs(best_threshold(rows) - p.mean()) < 0.01)  # the event rate
      True
    """
    thresholds = np.asarray(THRESHOLDS, float)
    p = rows.probability.astype(float)
    passed = np.searchsorted(thresholds, p, side="right")  # how many thresholds it reaches

    def reaching(weight: Float[np.ndarray, "r"]) -> Float[np.ndarray, "t"]:
        sums = np.bincount(passed, weight, len(thresholds) + 1)[::-1]
        return np.cumsum(sums)[::-1][1:]

    real, false = np.where(rows.false, 0.0, 1.0), np.where(rows.false, 1.0, 0.0)
    positive, negative = (real * p).sum(), (real * (1 - p)).sum()
    if positive == 0 or negative == 0:
        return float("nan")
    alarms = reaching(false)
    wrong = reaching(real * (1 - p)) + alarms
    curve = reaching(real * p) / positive - wrong / (negative + alarms)
    return float(thresholds[int(best_index(curve))])


class Disks(NamedTuple):
    """Pictures as a whole.

    Attributes:
      happened: whether any region that counts had an event.
      probability: that one has: 1 − Π (1 − p) over what was found.
      expected: Σ p, the events that are expected of regions that count.
      variance: Σ p (1 − p), how much their number varies if they are independent.
      events: how many there were.
      false: regions that do not exist.
      group: of each.
    """

    happened: Bool[np.ndarray, "d"]
    probability: Float[np.ndarray, "d"]
    expected: Float[np.ndarray, "d"]
    variance: Float[np.ndarray, "d"]
    events: Int[np.ndarray, "d"]
    false: Int[np.ndarray, "d"]
    group: Int[np.ndarray, "d"]


def disks(rows: RegionRows, groups: Int[np.ndarray, "d"]) -> Disks:
    """The same of whole pictures, those without any region included.

    Args:
      rows: from `region_rows`.
      groups: of each picture.

    Returns:
      A row a picture.

    Example:
      >>> none = np.zeros(2, int)
      >>> rows = RegionRows(np.array([True, False]), np.array([0.5, 0.5]), np.ones(2, bool),
      ...                   np.zeros(2, bool), *[none] * 3, none / 1)
      >>> disks(rows, np.array([7, 7])).probability.tolist()
      [0.75, 0.0]
    """

    def add(values: np.ndarray) -> np.ndarray:
        return np.bincount(rows.picture, values, len(groups))

    p, real = rows.probability.astype(float), ~rows.false
    quiet = np.exp(add(np.log1p(-np.minimum(p, 1 - 1e-12))))
    events = add(rows.happened & real).astype(int)
    return Disks(
        events > 0,
        1 - quiet,
        add(p * real),
        add(p * (1 - p) * real),
        events,
        add(rows.false).astype(int),
        groups,
    )


def dispersion(of: Disks) -> float:
    """Are the regions of a picture independent? Σ (events − expected)² / Σ variance.

    1 if they are and the probabilities are right; more if events come together, or if the
    probabilities are wrong: calibration comes first.

    Args:
      of: pictures.

    Returns:
      The ratio; NaN where nothing can happen.

    Example:
      >>> rng = np.random.default_rng(0)
      >>> p = rng.random((4000, 3))
      >>> events = (rng.random(p.shape) < p).sum(1)
      >>> one = np.zeros(4000, int)
      >>> apart = Disks(events > 0, p[:, 0], p.sum(1), (p * (1 - p)).sum(1), events, one, one)
      >>> round(dispersion(apart), 1)
      1.0
    """
    total = of.variance.sum()
    return float(((of.events - of.expected) ** 2).sum() / total) if total > 0 else float("nan")


def _rows(judged: Judged, number: int, kind: Kind, smallest: float) -> RegionRows:
    there, found = judged.picture
    overlap = (
        mask_iou(found.masks, there.masks) if kind == "masks" else box_iou(found.boxes, there.boxes)
    )
    detection = assign(overlap, smallest)
    taken = np.isin(np.arange(len(found.scores)), detection)
    counts = judged.counts & ~there.crowd
    of_others = (overlap[:, ~counts] >= smallest).any(1)
    false = np.flatnonzero(~taken & judged.near & ~of_others)
    objects = np.flatnonzero(counts)
    mine = detection[objects]
    seen = mine >= 0
    if len(found.scores) == 0:
        probability = iou = np.zeros(len(objects))
    else:
        probability = np.where(seen, judged.probability[mine], 0.0)
        iou = np.where(seen, overlap[mine, objects], 0.0)
    many, none = len(objects) + len(false), np.zeros(len(false))
    return RegionRows(
        np.concatenate([judged.happened[objects], none > 0]),
        np.concatenate([probability, judged.probability[false]]),
        np.concatenate([seen, none > 0]),
        np.arange(many) >= len(objects),
        np.full(many, number),
        np.full(many, judged.group),
        np.concatenate([objects, np.full(len(false), -1)]),
        np.concatenate([iou, none]),
    )
