"""Forecasts of regions that have to be found first: against loops, and what cannot be gamed."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.sun.fields.masks import tight_boxes
from jsolar.verify.boxes.pictures import Found, Picture, There, box_iou, mask_iou
from jsolar.verify.boxes.regions import (
    Judged,
    RegionRows,
    assign,
    best_threshold,
    disks,
    dispersion,
    region_rows,
    tables,
)
from jsolar.verify.events.contingency import total
from jsolar.verify.events.scores import tss
from tests.verify.boxes.draw import picture

COLUMNS = 40


def squares(*left: int) -> np.ndarray:
    """Masks of 6 × 6 pixels in a row."""
    masks = np.zeros((len(left), 10, COLUMNS), bool)
    for mask, x in zip(masks, left, strict=True):
        mask[2:8, x : x + 6] = True
    return masks


def case(there, found, happened, probability, *, counts=None, near=None, group=0) -> Judged:
    m, n = len(there), len(found)
    yes = np.ones(m, bool)
    return Judged(
        Picture(
            There(tight_boxes(there).astype(float), there, np.ones(m, int), ~yes),
            Found(tight_boxes(found).astype(float), found, np.ones(n, int), np.ones(n)),
        ),
        yes if counts is None else np.asarray(counts, bool),
        np.asarray(happened, bool),
        np.asarray(probability, float),
        np.ones(n, bool) if near is None else np.asarray(near, bool),
        group,
    )


def random_case(rng: np.random.Generator, group: int) -> Judged:
    drawn = picture(rng)
    m, n = len(drawn.there.crowd), len(drawn.found.scores)
    return Judged(
        drawn, rng.random(m) < 0.8, rng.random(m) < 0.4, rng.random(n), rng.random(n) < 0.9, group
    )


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 100_000))
def test_the_assignment_is_the_best_of_all(seed: int) -> None:
    """Against every way to give detections to objects."""
    rng = np.random.default_rng(seed)
    n, m = rng.integers(0, 5, 2)
    iou = np.where(rng.random((n, m)) < 0.6, rng.random((n, m)), 0.0)
    found = assign(iou, 0.3)
    given_out = found[found >= 0]
    assert len(set(given_out)) == len(given_out)
    assert all(iou[found[j], j] >= 0.3 for j in range(m) if found[j] >= 0)
    worth = np.where(iou >= 0.3, iou, 0.0)
    slots = [*range(n), *[-1] * m]
    best = max(
        sum(worth[i, j] for j, i in enumerate(way) if i >= 0)
        for way in itertools.permutations(slots, int(m))
    )
    assert sum(worth[found[j], j] for j in range(m) if found[j] >= 0) == pytest.approx(best)


def test_what_is_not_found_is_not_forecast() -> None:
    rows = region_rows([case(squares(0, 20), squares(1), [True, True], [0.9])])
    assert rows.happened.tolist() == [True, True]
    assert rows.probability.tolist() == [0.9, 0.0]
    assert rows.found.tolist() == [True, False]
    assert rows.iou[0] == pytest.approx(30 / 42)
    assert not rows.false.any()


def test_duplicates_and_phantoms_are_false_regions() -> None:
    rows = region_rows([case(squares(0), squares(0, 1, 20), [True], [0.9, 0.8, 0.1])])
    assert rows.false.tolist() == [False, True, True]
    assert rows.probability.tolist() == [0.9, 0.8, 0.1]
    assert rows.object.tolist() == [0, -1, -1]


def test_regions_that_do_not_count_take_their_detections_with_them() -> None:
    """Also a second detection of them, and what lies where nothing is judged."""
    judged = case(
        squares(0, 20), squares(0, 20, 21, 33), [True, False], [0.9, 0.8, 0.7, 0.6],
        counts=[True, False], near=[True, True, True, False],
    )  # fmt: skip
    rows = region_rows([judged])
    assert rows.probability.tolist() == [0.9]
    crowd = judged._replace(
        counts=np.array([True, True]),
        picture=judged.picture._replace(
            there=judged.picture.there._replace(crowd=np.array([False, True]))
        ),
    )
    assert region_rows([crowd]).probability.tolist() == [0.9]


def test_boxes_need_more_overlap_than_masks() -> None:
    judged = [case(squares(0), squares(3), [True], [0.9])]  # IoU 1/3
    assert region_rows(judged).found.tolist() == [True]
    assert region_rows(judged, kind="boxes").found.tolist() == [False, False]
    assert region_rows(judged, kind="boxes", smallest_iou=0.3).found.tolist() == [True]


@pytest.mark.parametrize("kind", ["masks", "boxes"])
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.7])
def test_the_skill_is_the_formula(kind: str, threshold: float) -> None:
    """TP/P − (FP + F)/(N + F), counted in loops."""
    rng = np.random.default_rng(7)
    judged = [random_case(rng, i) for i in range(12)]
    tp = fp = positive = negative = false = 0
    for one in judged:
        there, found = one.picture
        iou = (
            mask_iou(found.masks, there.masks)
            if kind == "masks"
            else box_iou(found.boxes, there.boxes)
        )
        smallest = 0.3 if kind == "masks" else 0.5
        mine = assign(iou, smallest)
        counts = one.counts & ~there.crowd
        for j in np.flatnonzero(counts):
            p = one.probability[mine[j]] if mine[j] >= 0 else 0.0
            positive += one.happened[j]
            negative += not one.happened[j]
            tp += one.happened[j] and p >= threshold
            fp += (not one.happened[j]) and p >= threshold
        for i in range(len(found.scores)):
            dropped = i in mine or not one.near[i] or (iou[i, ~counts] >= smallest).any()
            false += not dropped and one.probability[i] >= threshold
    rows = region_rows(judged, kind=kind)
    wanted = tp / positive - (fp + false) / (negative + false)
    assert float(tss(total(tables(rows, threshold)))) == pytest.approx(wanted, abs=1e-6)
    assert positive + negative == (~rows.false).sum()


def test_junk_does_not_raise_the_skill() -> None:
    """Unlikely false regions change nothing; likely ones cost."""
    honest = [case(squares(0, 10, 20), squares(0, 10, 20), [True, False, False], [0.9, 0.6, 0.1])]
    junk = [
        case(squares(0, 10, 20), squares(0, 10, 20, 30, 31, 32), [True, False, False],
             [0.9, 0.6, 0.1, p, p, p])
        for p in (0.01, 0.95)
    ]  # fmt: skip
    scores = [float(tss(total(tables(region_rows([c]), 0.5)))) for c in [*honest, *junk]]
    assert scores[0] == scores[1] == pytest.approx(0.5)
    assert scores[2] == pytest.approx(1 - 4 / 5)


def test_false_regions_raise_the_threshold() -> None:
    rng = np.random.default_rng(0)
    p = rng.beta(0.5, 3, 4000)
    no, none = np.zeros(4000, bool), np.zeros(4000, int)
    alone = RegionRows(no, p, ~no, no, none, none, none, p)
    junk = alone._replace(
        happened=np.tile(no, 2), probability=np.tile(p, 2), found=np.tile(~no, 2),
        false=np.concatenate([no, ~no]),
    )  # fmt: skip
    assert best_threshold(junk) > 1.1 * best_threshold(alone)
    assert np.isnan(best_threshold(alone._replace(probability=np.zeros(4000))))


def test_disks_with_and_without_regions() -> None:
    judged = [
        case(squares(0, 20), squares(0, 20, 33), [True, True], [0.5, 0.5, 0.5], group=3),
        case(squares(), squares(), [], [], group=3),
        case(squares(5), squares(), [True], [], group=4),
    ]
    rows = region_rows(judged)
    found = disks(rows, np.array([3, 3, 4]))
    np.testing.assert_allclose(found.probability, [0.875, 0.0, 0.0])
    assert found.happened.tolist() == [True, False, True]
    assert found.events.tolist() == [2, 0, 1]
    assert found.false.tolist() == [1, 0, 0]
    np.testing.assert_allclose(found.expected, [1.0, 0.0, 0.0])


def test_events_that_come_together_are_seen() -> None:
    rng = np.random.default_rng(0)
    for together, wanted in ((False, 1.0), (True, 3.0)):
        dice = rng.random((3000, 1 if together else 3))
        happened = np.broadcast_to(dice < 0.3, (3000, 3)).ravel()
        none = np.zeros(9000, int)
        picture_number = np.repeat(np.arange(3000), 3)
        rows = RegionRows(
            happened, np.full(9000, 0.3), happened | True, happened & False, picture_number, none,
            none, none / 1,
        )  # fmt: skip
        assert dispersion(disks(rows, np.arange(3000))) == pytest.approx(wanted, rel=0.1)
