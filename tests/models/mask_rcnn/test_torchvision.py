"""What torchvision 0.29.1 gives for the same inputs, run once (float32, one thread) and frozen."""

import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.models.mask_rcnn.align import roi_align
from jsolar.models.mask_rcnn.anchors import anchors
from jsolar.models.mask_rcnn.boxes import decode, encode, giou
from jsolar.models.mask_rcnn.matching import match
from jsolar.models.mask_rcnn.suppression import suppress

STREAM = np.random.RandomState(7)
FEATURES = STREAM.standard_normal((1, 2, 9, 7)).astype(np.float32)[0].transpose(1, 2, 0)
CANDIDATES = STREAM.uniform(0, 20, (60, 4)).astype(np.float32)
CANDIDATES[:, 2:] = CANDIDATES[:, :2] + CANDIDATES[:, 2:] / 2
SCORES = STREAM.uniform(size=60).astype(np.float32)
CLASSES = STREAM.randint(0, 3, 60)
BOXES = np.array([[2, 3, 20, 30], [-6, -9, 5, 50], [0, 0, 1, 1], [26, 30, 40, 60]], np.float32)

ALIGNED = {  # sums over a box, and its first channel in the second cell of the first row
    True: ([0.7577241, 2.3618681, 13.5602513, 0.1448092], [-0.2972968, 0.5901266, 1.6905257, 0.0]),
    False: ([0.8116135, 2.2544374, 3.0186398, 0.1704228], [-0.3861220, 0.2163822, 0.1360244, 0.0]),
}


@pytest.mark.parametrize("half_pixel", ALIGNED)
def test_roi_align(half_pixel) -> None:
    found = roi_align(FEATURES, BOXES, size=2, scale=0.25, samples=2, half_pixel=half_pixel)
    sums, first = ALIGNED[half_pixel]
    np.testing.assert_allclose(found.sum((1, 2, 3)), sums, rtol=1e-5)
    np.testing.assert_allclose(found[:, 0, 1, 0], first, rtol=1e-5, atol=1e-6)


def test_anchors() -> None:
    """`AnchorGenerator.generate_anchors((32,), (0.5, 1, 2))`, which rounds."""
    found = anchors((1, 1), stride=4, size=32, rounded=True)
    assert found.tolist() == [[-23, -11, 23, 11], [-16, -16, 16, 16], [-11, -23, 11, 23]]


def test_differences() -> None:
    """`BoxCoder((10, 10, 5, 5))`, clipping included."""
    own = jnp.array([[2.0, 3.0, 10.0, 19.0], [0.0, 0.0, 5.0, 5.0]])
    boxes = jnp.array([[1.0, 4.0, 12.0, 17.0], [2.0, 2.0, 9.0, 4.0]])
    weights = (10, 10, 5, 5)
    np.testing.assert_allclose(
        encode(boxes, own, weights=weights),
        [[0.625, -0.3125, 1.5922687, -1.0381968], [6.0, 1.0, 1.6823611, -4.5814533]],
        rtol=1e-5,
    )
    differences = jnp.array([[1.0, -2.0, 3.0, 30.0], [0.5, 0.5, -1.0, 0.1]])
    np.testing.assert_allclose(
        decode(differences, own, weights=weights),
        [
            [-0.4884753, -492.2000427, 14.0884762, 507.8000183],
            [0.7031732, 0.1994967, 4.7968268, 5.3005033],
        ],
        rtol=1e-4,
    )


def test_general_overlap() -> None:
    expected = [
        [-0.7524850, -0.6953232, -0.8179671],
        [-0.8161868, -0.6569902, -0.5812890],
        [-0.9379827, -0.8409934, -0.9300576],
    ]
    np.testing.assert_allclose(giou(CANDIDATES[:3], CANDIDATES[3:6]), expected, rtol=1e-5)


def test_suppression() -> None:
    """`nms` at 0.3 and `batched_nms` at 0.4, by what they drop."""
    alone = suppress(CANDIDATES, SCORES, overlap=0.3)
    dropped = [10, 11, 17, 19, 30, 41, 44, 48, 49, 51, 57]
    assert np.flatnonzero(~np.asarray(alone)).tolist() == dropped
    by_class = suppress(CANDIDATES, SCORES, overlap=0.4, group=CLASSES)
    assert np.flatnonzero(~np.asarray(by_class)).tolist() == [10, 11, 44, 51]


@pytest.mark.parametrize(
    ("positive", "negative", "best_too", "expected"),
    [(0.7, 0.3, True, [0, -2, 1, -1, -2]), (0.5, 0.5, False, [0, 0, 1, -1, 0])],
)
def test_matches(positive, negative, best_too, expected) -> None:
    """`Matcher`: −1 is background, −2 is left out."""
    overlap = jnp.array([[0.8, 0.5, 0.1, 0.25, 0.6], [0.1, 0.5, 0.65, 0.2, 0.6]]).T
    found = match(
        overlap, jnp.ones(2, bool), positive=positive, negative=negative, best_too=best_too
    )
    told = np.where(found.positive, found.best, np.where(found.negative, -1, -2))
    assert told.tolist() == expected
