"""What is found in a disk, whoever found it, and how a forecast is made of it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, UInt8
from scipy.special import expit

from jsolar.detect.examples import Disks, Regions
from jsolar.sun.conventions import FORECAST_LONGITUDE_DEG
from jsolar.sun.sphere import Frame, sphere
from jsolar.verify.boxes.pictures import Found, Picture, There, mask_iou
from jsolar.verify.boxes.regions import Judged, region_rows
from jsolar.verify.events.calibration import Platt, fit_platt, log_odds

MATCHED = 0.5
"""A detection with such an IoU of masks is of the region, where a score is chosen."""


class Finding(NamedTuple):
    """The n regions that were found in one picture, and what speaks for their flares.

    Attributes:
      boxes: ``[left, low, right, high]``, pixels.
      packed: masks, eight pixels a byte.
      scores: how sure each is to be a region.
      evidence: a number for each that grows with the chance of a flare, such as its log-odds or
        the logarithm of a flux; `calibrate` makes probabilities of it.
    """

    boxes: Float[np.ndarray, "n 4"]
    packed: UInt8[np.ndarray, "n h bytes"]
    scores: Float[np.ndarray, "n"]
    evidence: Float[np.ndarray, "n"]

    def found(self, size: int) -> Found:
        """The same for `jsolar.verify.boxes`, in a picture with so many pixels on a side."""
        masks = np.unpackbits(self.packed, axis=-1, count=size).astype(bool)
        return Found(self.boxes, masks, np.ones(len(masks), int), self.scores)


def finding(
    boxes: Float[np.ndarray, "n 4"],
    masks: Bool[np.ndarray, "n h w"],
    scores: Float[np.ndarray, "n"],
    evidence: Float[np.ndarray, "n"],
) -> Finding:
    """What was found, to be kept: masks take an eighth of their room.

    Example:
      >>> mask = np.arange(9).reshape(1, 3, 3) > 5
      >>> one = finding(np.array([[0, 2, 3, 3]]) / 1, mask, np.ones(1), np.zeros(1))
      >>> bool((one.found(3).masks == mask).all())
      True
    """
    packed = np.packbits(masks, axis=-1)
    return Finding(boxes.astype(float), packed, scores.astype(float), evidence.astype(float))


def all_regions(disks: Disks) -> list[Finding]:
    """The regions that there are, as if a perfect detector had found them, without evidence."""
    return [
        Finding(one.boxes.astype(float), one.packed, *np.ones((2, len(one.boxes))))
        for one in disks.regions
    ]


def oracle(disks: Disks) -> list[Finding]:
    """Every region, with the true log-odds of its flare: only on simulated data.

    Those odds know the path that the flare rate will take, see `jsolar.forecast.fitting`.
    """
    likely = np.concatenate([one.true_probability for one in disks.regions])
    odds = np.asarray(log_odds(likely), float)
    parts = np.split(odds, np.cumsum([len(one.boxes) for one in disks.regions])[:-1])
    each = zip(all_regions(disks), parts, strict=True)
    return [found._replace(evidence=part) for found, part in each]


class Each(Sequence):
    """n things that are made when they are asked for, and not kept.

    Args:
      count: n.
      make: the one with a number, from 0.

    Example:
      >>> squares = Each(4, lambda i: i**2)
      >>> len(squares), squares[-1], list(squares)
      (4, 9, [0, 1, 4, 9])
    """

    def __init__(self, count: int, make: Callable[[int], Any]):
        self._range, self._make = range(count), make

    def __len__(self) -> int:
        return len(self._range)

    def __getitem__(self, number: Any) -> Any:
        return self._make(self._range[number])


def pictures(disks: Disks, findings: Sequence[Finding], frame: Frame) -> Sequence[Picture]:
    """What is there beside what was found."""

    def picture(i: int) -> Picture:
        return Picture(_there(disks.regions[i], frame), findings[i].found(frame.size))

    return Each(len(findings), picture)


def judged(
    disks: Disks,
    findings: Sequence[Finding],
    frame: Frame,
    *,
    platt: Platt | None = None,
) -> Sequence[Judged]:
    """The pictures with what a forecaster is asked of them.

    Args:
      disks: the pictures.
      findings: in each.
      frame: of the pictures.
      platt: the calibration; without one the evidence stands in place of the probability.

    Returns:
      Pictures for `jsolar.verify.boxes.regions.region_rows`.
    """
    seen = pictures(disks, findings, frame)
    b0 = disks.inputs.observer_latitude_deg

    def one(i: int) -> Judged:
        regions, finding = disks.regions[i], findings[i]
        near = near_meridian(finding.boxes, frame, float(b0[i]))
        p = finding.evidence if platt is None else probability(finding, platt)
        return Judged(seen[i], regions.judged, regions.happened, p, near, int(disks.rows.group[i]))

    return Each(len(findings), one)


def probability(finding: Finding, platt: Platt) -> Float[np.ndarray, "n"]:
    """Of a flare of each region that was found, calibrated."""
    return expit(float(platt.slope) * finding.evidence + float(platt.intercept))


def kept(findings: Sequence[Finding], score: float) -> list[Finding]:
    """What of each picture is at least so sure to be a region."""
    return [Finding(*(column[one.scores >= score] for column in one)) for one in findings]


def best_score(disks: Disks, findings: Sequence[Finding], frame: Frame) -> float:
    """From which score on to report regions: the highest F1 of finding them, on validation.

    Detections are matched to regions in order of their scores, at a mask IoU of at least 0.5;
    F1 = 2 TP / (reported + regions).

    Args:
      disks: validation.
      findings: in each, also unsure ones.
      frame: of the pictures.

    Returns:
      The smallest score that is reported.
    """
    right: list[np.ndarray] = []
    for (there, _), one in zip(pictures(disks, findings, frame), findings, strict=True):
        iou = mask_iou(one.found(frame.size).masks, there.masks)
        order, hits = np.argsort(-one.scores, kind="stable"), np.zeros(len(one.scores), bool)
        for i in order if len(there.masks) else ():
            best = int(np.argmax(iou[i]))
            hits[i] = iou[i, best] >= MATCHED
            iou[:, best] *= not hits[i]  # a region is found once
        right.append(hits)
    scores = np.concatenate([one.scores for one in findings])
    order = np.argsort(-scores, kind="stable")
    if not len(order):
        return 0.0
    found = np.cumsum(np.concatenate(right)[order])
    f1 = 2 * found / (np.arange(1, len(order) + 1) + sum(len(one.boxes) for one in disks.regions))
    return float(scores[order[int(np.argmax(f1))]])


def calibrate(disks: Disks, findings: Sequence[Finding], frame: Frame) -> Platt:
    """From evidence to probability, by the validation regions that were found.

    Args:
      disks: validation.
      findings: in each.
      frame: of the pictures.

    Returns:
      Platt's two numbers.
    """
    rows = region_rows(judged(disks, findings, frame))
    happened = rows.happened.astype(float)
    return fit_platt(rows.probability, happened, where=rows.found & ~rows.false)


def near_meridian(
    boxes: Float[np.ndarray, "n 4"], frame: Frame, observer_latitude_deg: float
) -> Bool[np.ndarray, "n"]:
    """Whether the middle of each box lies within 70° of the central meridian.

    Args:
      boxes: ``[left, low, right, high]``, pixels.
      frame: of the picture.
      observer_latitude_deg: B0.

    Example:
      >>> middle_and_limb = np.array([[14.0, 14.0, 18.0, 18.0], [0.0, 15.0, 2.0, 17.0]])
      >>> near_meridian(middle_and_limb, Frame(32), 0.0)
      array([ True, False])
    """
    longitude = np.asarray(_longitude(observer_latitude_deg, frame))
    middle = 0.5 * (boxes[:, :2] + boxes[:, 2:])
    column, row = np.clip(middle.astype(int), 0, frame.size - 1).T
    away = np.abs(np.nan_to_num(longitude[row, column], nan=180.0))
    return away <= FORECAST_LONGITUDE_DEG


@partial(jax.jit, static_argnames="frame")
def _longitude(b0: float | Float[Array, ""], frame: Frame) -> Float[Array, "h w"]:
    return sphere(frame, b0).longitude_deg


def _there(regions: Regions, frame: Frame) -> There:
    count = len(regions.boxes)
    masks = regions.masks(frame.size)
    return There(regions.boxes.astype(float), masks, np.ones(count, int), np.zeros(count, bool))
