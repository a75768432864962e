"""How well are regions found, whether they flare or not?"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.detect.examples import Disks
from jsolar.detect.findings import Finding, kept, pictures
from jsolar.sun.sphere import Frame
from jsolar.verify.boxes.panoptic import segments
from jsolar.verify.boxes.precision import PRECISION_RULES, Kind, evaluate, precision_intervals
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
