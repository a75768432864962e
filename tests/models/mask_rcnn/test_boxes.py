"""Boxes, anchors, matches and suppression against loops, and what must hold of any boxes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.models.mask_rcnn.anchors import anchors
from jsolar.models.mask_rcnn.boxes import LARGEST_GROWTH, area, clip, decode, encode, giou, iou
from jsolar.models.mask_rcnn.matching import gather, match, sample
from jsolar.models.mask_rcnn.suppression import suppress
from tests.models.mask_rcnn import slow

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=30, deadline=None)
COMPILED = {name: jax.jit(f) for name, f in {"iou": iou, "giou": giou}.items()}


def some_boxes(rng, n, *, extent=20.0, whole=False):
    """Boxes that overlap often; on whole pixels they often overlap by exactly a half."""
    low = rng.uniform(0, extent, (n, 2))
    side = rng.uniform(0.5, extent / 2, (n, 2))
    found = np.concatenate([low, low + side], 1)
    return (found.round() if whole else found).astype(np.float32)


@FEW
@given(SEEDS)
def test_overlaps_are_those_of_loops(seed) -> None:
    rng = np.random.default_rng(seed)
    a, b = some_boxes(rng, 6), some_boxes(rng, 5)
    a[0] = [3, 3, 3, 7]  # without area
    expected = [[slow.iou(x, y) for y in b.astype(float)] for x in a.astype(float)]
    found = np.asarray(COMPILED["iou"](a, b))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    general = np.asarray(COMPILED["giou"](a, b))
    assert (general <= found + 1e-6).all()
    assert (general >= -1).all()
    np.testing.assert_allclose(COMPILED["giou"](b, b).diagonal(), 1, atol=1e-6)


@FEW
@given(SEEDS)
def test_differences_lead_back_to_the_boxes(seed) -> None:
    rng = np.random.default_rng(seed)
    boxes, own = some_boxes(rng, 8), some_boxes(rng, 8)
    weights = (10, 10, 5, 5)
    back = decode(encode(boxes, own, weights=weights), own, weights=weights)
    np.testing.assert_allclose(back, boxes, atol=1e-4)


def test_a_side_does_not_grow_without_bound() -> None:
    found = decode(jnp.array([[0.0, 0.0, 99.0, 0.0]]), jnp.array([[0.0, 0.0, 2.0, 2.0]]))
    assert pytest.approx(np.log(62.5)) == LARGEST_GROWTH
    np.testing.assert_allclose(found, [[-61.5, 0, 63.5, 2]], rtol=1e-5)


def test_what_lies_outside_a_picture_has_no_area_in_it() -> None:
    boxes = jnp.array([[-9.0, -9.0, -1.0, -1.0], [7.0, 3.0, 20.0, 5.0]])
    assert area(clip(boxes, height=6, width=8)).tolist() == [0, 2]


def test_anchors_have_their_area_and_shape() -> None:
    found = anchors((3, 2), stride=16, size=32.0)
    assert found.shape == (3 * 2 * 3, 4)
    np.testing.assert_allclose(area(found), 32**2, rtol=1e-5)
    sides = found[:, 2:] - found[:, :2]
    np.testing.assert_allclose(sides[:, 1] / sides[:, 0], np.tile([0.5, 1, 2], 6), rtol=1e-5)
    middle = 0.5 * (found[:, :2] + found[:, 2:])[::3]
    expected = [[x, y] for y in (0, 16, 32) for x in (0, 16)]
    np.testing.assert_allclose(middle, expected, atol=1e-5)


def test_rounded_anchors_are_torchvisions() -> None:
    """`AnchorGenerator.cell_anchors` for a size of 32."""
    found = anchors((1, 1), stride=4, size=32.0, rounded=True)
    assert found.tolist() == [[-23, -11, 23, 11], [-16, -16, 16, 16], [-11, -23, 11, 23]]


@FEW
@given(SEEDS, st.booleans())
def test_matches_are_those_of_loops(seed, best_too) -> None:
    rng = np.random.default_rng(seed)
    overlap = rng.choice([0.0, 0.2, 0.35, 0.5, 0.7, 0.9], (12, 4)).astype(np.float32)
    present = rng.random(4) < 0.7
    found = match(
        jnp.asarray(overlap), jnp.asarray(present), positive=0.7, negative=0.3, best_too=best_too
    )
    expected = slow.match(overlap, present, 0.7, 0.3, best_too)
    np.testing.assert_array_equal(found.positive, expected == 1)
    np.testing.assert_array_equal(found.negative, expected == 0)
    if present.any():
        rows = np.flatnonzero(expected == 1)
        assert present[np.asarray(found.best)[rows]].all()
        most = np.where(present, overlap, -1).max(1)
        np.testing.assert_array_equal(overlap[np.arange(12), found.best][rows], most[rows])


def test_without_objects_all_is_background() -> None:
    found = match(jnp.zeros((5, 3)), jnp.zeros(3, bool), positive=0.5, negative=0.5, best_too=True)
    assert found.negative.all()
    assert not found.positive.any()


@FEW
@given(SEEDS, st.integers(0, 40), st.integers(0, 40))
def test_a_sample_is_full_and_within_its_share(seed, yes, no) -> None:
    kind = np.random.default_rng(seed).permutation(np.repeat([1, 0, -1], [yes, no, 9]))
    chosen = sample(
        jax.random.key(seed), jnp.asarray(kind == 1), jnp.asarray(kind == 0), count=16, share=0.25
    )
    positive, negative = map(np.asarray, chosen)
    assert positive.sum() == min(yes, 4)
    assert negative.sum() == min(no, 16 - min(yes, 4))
    assert (kind[positive] == 1).all()
    assert (kind[negative] == 0).all()


def test_every_box_has_the_same_chance() -> None:
    yes = jnp.arange(20) < 10
    draw = jax.vmap(lambda key: sample(key, yes, ~yes, count=8, share=0.5)[1])
    share = draw(jax.random.split(jax.random.key(0), 4000)).mean(0)
    np.testing.assert_allclose(share[10:], 0.4, atol=0.03)


def test_gathered_rows_are_those_chosen() -> None:
    chosen = jnp.arange(9) % 3 == 0
    rows, real = gather(chosen, room=5)
    assert (rows[:3].tolist(), real.tolist()) == ([0, 3, 6], [True, True, True, False, False])
    rows, real = gather(chosen, room=2)
    assert (rows.tolist(), real.all()) == ([0, 3], True)


@FEW
@given(SEEDS, st.booleans(), st.sampled_from([0.0, 0.3, 0.5, 0.9]))
def test_suppression_is_the_greedy_one(seed, whole, overlap) -> None:
    rng = np.random.default_rng(seed)
    n = 40
    boxes = some_boxes(rng, n, whole=whole)
    scores = rng.choice(np.linspace(0, 1, 15), n).astype(np.float32)  # many are equal
    group, present = rng.integers(0, 3, n), rng.random(n) < 0.9
    found = _suppress(boxes, scores, group, present, overlap)
    expected = slow.suppress(boxes.astype(float), scores, overlap, group, present)
    np.testing.assert_array_equal(found, expected)


@jax.jit
def _suppress(boxes, scores, group, present, overlap):
    return suppress(boxes, scores, overlap=overlap, group=group, present=present)


def test_a_long_chain_is_settled_in_turn() -> None:
    """Each box overlaps its neighbours: every second one stays."""
    left = jnp.arange(30) * 1.0
    boxes = jnp.stack([left, 0 * left, left + 1.9, 0 * left + 1], 1)
    stays = suppress(boxes, jnp.linspace(1, 0, 30), overlap=0.3)
    assert stays.tolist() == [i % 2 == 0 for i in range(30)]


def test_many_pictures_at_once() -> None:
    rng = np.random.default_rng(0)
    boxes = np.stack([some_boxes(rng, 20) for _ in range(3)])
    scores = rng.random((3, 20)).astype(np.float32)
    together = jax.jit(jax.vmap(lambda b, s: suppress(b, s, overlap=0.4)))(boxes, scores)
    for found, b, s in zip(together, boxes, scores, strict=True):
        np.testing.assert_array_equal(found, suppress(b, s, overlap=0.4))
