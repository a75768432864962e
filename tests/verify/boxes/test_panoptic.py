"""Panoptic quality on cases that are worked out by hand, and its bounds on any."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.verify.boxes.panoptic import Segments, apart, quality, segments
from jsolar.verify.boxes.pictures import Found, Picture, There
from tests.verify.boxes.draw import picture


def strips(*limits: tuple[int, int]) -> np.ndarray:
    """Masks of columns in a picture of 10 × 20."""
    masks = np.zeros((len(limits), 10, 20), bool)
    for mask, (left, right) in zip(masks, limits, strict=True):
        mask[:, left:right] = True
    return masks


def case(there: np.ndarray, found: np.ndarray, scores=None, crowd=None) -> Picture:
    m, n = len(there), len(found)
    scores = np.ones(n) if scores is None else np.asarray(scores, float)
    crowd = np.zeros(m, bool) if crowd is None else np.asarray(crowd, bool)
    one = np.zeros((m, 4)), np.zeros((n, 4))
    return Picture(
        There(one[0], there, np.ones(m, int), crowd), Found(one[1], found, np.ones(n, int), scores)
    )


def test_a_worked_case() -> None:
    """One of two is found at IoU 8/10, one detection is false: PQ = 0.8 / (1 + 1/2 + 1/2)."""
    sums = segments(case(strips((0, 10), (12, 16)), strips((0, 8), (17, 20))))
    assert sums == Segments(0.8, 1, 1, 1, 0, 0)
    assert quality(sums) == pytest.approx((0.4, 0.8, 0.5))


def test_half_is_not_enough() -> None:
    """IoU must exceed 1/2."""
    assert segments(case(strips((0, 10)), strips((0, 5)))).matched == 0
    assert segments(case(strips((0, 9)), strips((0, 5)))).matched == 1


def test_the_surest_has_what_several_claim() -> None:
    """Two detections of one object: the second loses all its pixels and counts as nothing."""
    twice = case(strips((0, 10)), strips((0, 10), (0, 9)), scores=[0.9, 0.5])
    assert segments(twice)[:4] == (1.0, 1, 0, 0)
    other = case(strips((0, 10)), strips((0, 10), (0, 9)), scores=[0.5, 0.9])
    assert segments(other)[:4] == (0.9, 1, 0, 1)  # what is left of the first is a sliver


def test_crowds_are_neither_right_nor_wrong() -> None:
    within = case(strips((0, 4), (10, 20)), strips((0, 4), (11, 15)), crowd=[False, True])
    assert segments(within)[:4] == (1.0, 1, 0, 0)


def test_merged_and_split() -> None:
    merged = segments(case(strips((0, 5), (6, 10)), strips((0, 10))))
    assert (merged.merged, merged.split) == (1, 0)
    split = segments(case(strips((0, 10)), strips((0, 5), (5, 10))))
    assert (split.merged, split.split) == (0, 1)
    neither = segments(case(strips((0, 5), (10, 15)), strips((0, 5), (10, 15))))
    assert (neither.merged, neither.split) == (0, 0)


def test_sums_add_up_and_nothing_has_no_quality() -> None:
    one = Segments(0.8, 1, 1, 1, 0, 0)
    assert sum([one, one]) == Segments(1.6, 2, 2, 2, 0, 0)
    assert np.isnan(quality(Segments(0.0, 0, 0, 0, 0, 0))).all()
    assert quality(Segments(0.0, 0, 3, 0, 0, 0)) == (0.0, 0.0, 0.0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_every_object_and_detection_counts_once(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = picture(rng)
    flat = drawn._replace(
        there=drawn.there._replace(
            masks=apart(drawn.there.masks, rng.random(len(drawn.there.masks))),
            crowd=np.zeros(len(drawn.there.crowd), bool),
        )
    )
    sums = segments(flat)
    left = apart(drawn.found.masks, drawn.found.scores).any((1, 2)).sum()
    assert sums.matched + sums.missed == len(drawn.there.masks)
    assert sums.matched + sums.false == left
    assert 0.5 * sums.matched <= sums.iou <= sums.matched
    assert not (apart(drawn.found.masks, drawn.found.scores).sum(0) > 1).any()
