"""How well are regions found, whether they flare or not?"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.detect.examples import FLARING, QUIET, Disks
from jsolar.detect.findings import Each, Finding, kept, pictures, probability
from jsolar.sun.sphere import Frame
from jsolar.verify.boxes.panoptic import segments
from jsolar.verify.boxes.pictures import Picture, There
from jsolar.verify.boxes.precision import PRECISION_RULES, Kind, evaluate, precision_intervals
from jsolar.verify.events.calibration import Platt
from jsolar.verify.intervals import Interval, Rules, bootstrap, sums_by_block, weighted_sums
from jsolar.verify.weighting import ratio

WIDE, ALL = "≥ 12 px", "≥ 6 px"

SIDES: Mapping[str, tuple[float, float]] = {
    ALL: (6.0, 1e5),
    WIDE: (12.0, 1e5),
    "6–12 px": (6.0, 12.0),
    "12–24 px": (12.0, 24.0),
    "≥ 24 px": (24.0, 1e5),
}
"""Shorter sides of boxes; smaller regions are not asked for, nor held against who finds them."""

KINDS: tuple[Kind, ...] = ("boxes", "masks")


CLASS_NAMES = {FLARING: "flares", QUIET: "does not"}
"""The classes of regions, as a report names them."""


class Finds(NamedTuple):
    """How well regions are found on test disks; classes do not matter.

    Attributes:
      precision: ``{"boxes" or "masks": {"ap", "ap50" or "ap75": interval by size}}``, the sizes
        being those of `SIDES`.
      panoptic: panoptic ``quality`` and its factors ``segmentation`` and ``recognition``, of all
        regions however small and of what is reported.
      merged: reported ones that hold two regions or more, all disks together.
      split: regions that hold two detections or more.
      there: regions.
      found: reported ones.
    """

    precision: Mapping[Kind, Mapping[str, Interval]]
    panoptic: Mapping[str, Interval]
    merged: int
    split: int
    there: int
    found: int

    def ap50(self, size: str, kind: Kind = "boxes") -> Interval:
        """Average precision at an IoU of 1/2 of one size."""
        of = self.precision[kind]["ap50"]
        return Interval(*(np.asarray(x)[list(SIDES).index(size)] for x in of))


def finds(
    key: Key[Array, ""],
    disks: Disks,
    findings: Sequence[Finding],
    frame: Frame,
    *,
    score: float = -np.inf,
    rules: Rules = PRECISION_RULES,
) -> Finds:
    """Judge what was found, with intervals by rotation.

    Args:
      key: randomness.
      disks: what is there.
      findings: in each.
      frame: of the pictures.
      score: from which on a region is reported; average precision looks at all findings.
      rules: of the intervals.

    Returns:
      The scores.
    """
    seen, group = pictures(disks, findings, frame), disks.rows.group
    how: dict[str, Any] = {"classes": 0, "sides": SIDES, "by": "shorter side"}
    precision = {
        kind: precision_intervals(key, evaluate(seen, kind=kind, **how), group, rules=rules)
        for kind in KINDS
    }
    reported = kept(findings, score)
    sums = np.array([segments(one) for one in pictures(disks, reported, frame)], float)
    names, index = np.unique(group, return_inverse=True)
    by_group = sums_by_block(sums, index, blocks=len(names))

    def quality(weight: Float[Array, "g"]) -> dict[str, Float[Array, ""]]:
        iou, matched, missed, false, _, _ = weighted_sums(weight, by_group)
        recognition = ratio(matched, matched + 0.5 * (missed + false))
        segmentation = ratio(iou, matched)
        return {
            "quality": jnp.where(matched > 0, segmentation * recognition, recognition),
            "segmentation": segmentation,
            "recognition": recognition,
        }

    panoptic = jax.device_get(bootstrap(key, quality, len(names), rules=rules))
    merged, split = sums[:, 4:].sum(0).astype(int).tolist()
    there, found = (sum(len(one.boxes) for one in each) for each in (disks.regions, reported))
    return Finds(precision, panoptic, merged, split, there, found)


def class_precision(
    key: Key[Array, ""],
    disks: Disks,
    findings: Sequence[Finding],
    platt: Platt,
    frame: Frame,
    *,
    rules: Rules = PRECISION_RULES,
) -> dict[str, Interval]:
    """Box AP50 of each class: only a detection of a region that flares is right as one that does.

    As in Mask R-CNN, a detection speaks for every class, with its score times the probability of
    the class. Regions whose outcome is not known, or that are too small, are ignored.

    Args:
      key: randomness.
      disks: what is there.
      findings: in each.
      platt: makes probabilities of their evidence.
      frame: of the pictures.
      rules: of the intervals.

    Returns:
      By `CLASS_NAMES`.
    """
    seen, group = pictures(disks, findings, frame), disks.rows.group

    def of_class(kind: int, i: int) -> Picture:
        regions, (there, found) = disks.regions[i], seen[i]
        mine = (regions.happened if kind == FLARING else ~regions.happened) | ~regions.known
        p = probability(findings[i], platt)
        share = p if kind == FLARING else 1 - p
        asked = There(*(column[mine] for column in there))
        return Picture(
            asked._replace(crowd=~regions.known[mine]), found._replace(scores=found.scores * share)
        )

    sides = {ALL: SIDES[ALL]}
    scores = {}
    for kind, name in CLASS_NAMES.items():
        each = Each(len(seen), partial(of_class, kind))
        work = evaluate(each, kind="boxes", classes=0, sides=sides, by="shorter side")
        found = precision_intervals(key, work, group, rules=rules)["ap50"]
        scores[name] = Interval(*(np.asarray(x)[0] for x in found))
    return scores
