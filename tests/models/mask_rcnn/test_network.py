"""The whole network: what it is taught, what it finds, and what must not matter."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jsolar.losses.detection import UNKNOWN
from jsolar.models.mask_rcnn.align import paste
from jsolar.models.mask_rcnn.boxes import iou
from jsolar.models.mask_rcnn.config import SOLAR, MaskRCNNConfig
from jsolar.models.mask_rcnn.network import TERMS, mask_rcnn, mask_rcnn_losses
from jsolar.models.mask_rcnn.targets import Objects, cut_out
from jsolar.models.resnet import ResNetConfig
from jsolar.train.step import init_state, step_down
from jsolar.types import Batch

SIDE, ROOM = 64, 3
SMALL = dataclasses.replace(
    SOLAR["light"],
    backbone=ResNetConfig((1, 1, 1), bottleneck=False, width=8),
    pyramid=16,
    anchor_sizes=(8.0, 16.0, 32.0, 64.0),
    candidates=(40, 40),
    proposals=(20, 20),
    regions=16,
    regions_share=0.5,
    hidden=32,
    mask_size=7,
    mask_layers=1,
    detections=10,
)
MODEL = mask_rcnn(SMALL, outputs=2)
LOSSES = mask_rcnn_losses(SMALL, outputs=2)
FIND = jax.jit(lambda params, pictures: MODEL.apply(params, pictures)[0])
TAUGHT = jax.jit(LOSSES, static_argnames="train")
SLOPE = jax.jit(jax.grad(lambda p, *given: sum(x.sum() for x in LOSSES(p, *given).values())))


def scenes(seed: int, count: int) -> tuple[np.ndarray, Objects]:
    """Discs: bright ones are of class 1, dark ones of class 2."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    pictures = 0.1 * rng.normal(size=(count, SIDE, SIDE, 1)).astype(np.float32)
    boxes = np.zeros((count, ROOM, 4), np.float32)
    masks = np.zeros((count, ROOM, SIDE, SIDE), bool)
    classes, present = np.zeros((count, ROOM), int), np.zeros((count, ROOM), bool)
    for b in range(count):
        for m in range(rng.integers(1, ROOM + 1)):
            radius, kind = rng.uniform(5, 10), rng.integers(1, 3)
            middle = (SIDE / ROOM * (m + 0.5), rng.uniform(12, SIDE - 12))
            inside = (x - middle[0]) ** 2 + (y - middle[1]) ** 2 < radius**2
            pictures[b, inside] += 2 if kind == 1 else -2
            rows, columns = (np.flatnonzero(inside.any(axis)) for axis in (1, 0))
            boxes[b, m] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
            masks[b, m], classes[b, m], present[b, m] = inside, kind, True
    return pictures, Objects(boxes, classes, masks, present)


KEYS = jax.random.split(jax.random.key(1), 2)


@pytest.fixture(scope="module")
def params():
    return jax.jit(MODEL.init)(jax.random.key(0), scenes(0, 1)[0])


@pytest.fixture(scope="module")
def trained(params):
    """After a minute's worth of discs."""

    def losses(params, pictures, objects, keys):
        terms = LOSSES(params, pictures, objects, keys)
        return sum(terms.values()), terms

    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(4e-3))
    step = jax.jit(step_down(losses, optimizer), donate_argnums=0)
    state = init_state(jax.random.key(0), MODEL, optimizer, scenes(0, 1)[0])
    seen = []
    for number in range(250):
        pictures, objects = scenes(100 + number, 8)
        batch = Batch(pictures, objects, np.ones(8, bool), np.arange(8))
        state, told = step(state, batch)
        seen.append(told)
    return state.params, jax.device_get(seen)


def test_it_learns_to_find_classify_and_outline_what_it_has_not_seen(trained) -> None:
    params, _ = trained
    pictures, objects = scenes(1, 12)
    found = jax.device_get(FIND(params, pictures))
    right = outlined = 0
    for b in range(len(pictures)):
        sure = found.present[b] & (found.scores[b] > 0.5)
        true = objects.present[b]
        overlap = np.asarray(iou(found.boxes[b][sure], objects.boxes[b][true]))
        assert sure.sum() == true.sum()
        best = overlap.argmax(0)
        right += (found.classes[b][sure][best] == objects.classes[b][true]).sum()
        drawn = paste(found.masks[b][sure][best], found.boxes[b][sure][best], shape=(SIDE, SIDE))
        drawn, there = np.asarray(drawn) > 0.5, objects.masks[b][true]
        outlined += ((drawn & there).sum((1, 2)) / (drawn | there).sum((1, 2)) > 0.75).sum()
    count = objects.present.sum()
    assert right == count
    assert outlined >= 0.9 * count


def test_terms_fall(trained) -> None:
    """Those of boxes may rise: few boxes answer for an object at first, and more and more do."""
    _, seen = trained
    for name in ("objectness", "classes", "masks"):
        first, last = (np.mean([told[name] for told in part]) for part in (seen[:10], seen[-10:]))
        assert last < 0.6 * first, name


def test_probabilities_are_those_of_an_object(trained) -> None:
    found = jax.device_get(FIND(trained[0], scenes(1, 4)[0]))
    np.testing.assert_allclose(found.probabilities.sum(-1), 1.0, rtol=1e-5)
    assert (np.diff(found.scores, axis=1) <= 0).all()
    assert (found.classes == 1 + found.probabilities.argmax(-1)).all()
    assert ((found.masks >= 0) & (found.masks <= 1)).all()


def test_other_pictures_of_the_batch_do_not_matter(params) -> None:
    pictures, objects = scenes(2, 2)
    both = TAUGHT(params, pictures, objects, KEYS), FIND(params, pictures)
    swapped = jax.tree.map(lambda x: x[::-1], (pictures, objects))
    other = TAUGHT(params, *swapped, KEYS[::-1]), FIND(params, swapped[0])
    for a, b in zip(*(jax.tree.leaves(x) for x in (both, other)), strict=True):
        np.testing.assert_allclose(a, b[::-1], rtol=1e-3, atol=1e-4)


def test_a_key_chooses(params) -> None:
    given = scenes(3, 2)
    first, again = (TAUGHT(params, *given, KEYS) for _ in range(2))
    other = TAUGHT(params, *given, KEYS[::-1])
    jax.tree.map(np.testing.assert_array_equal, first, again)
    assert (first["objectness"] != other["objectness"]).all()


def changed(objects: Objects, **values) -> Objects:
    return objects._replace(**{k: np.full_like(getattr(objects, k), v) for k, v in values.items()})


@pytest.mark.parametrize(
    "change",
    [
        lambda o: changed(o, present=False),
        lambda o: changed(o, present=False, boxes=np.nan),
        lambda o: changed(o, boxes=5.0),
        lambda o: o._replace(boxes=o.boxes[..., ::-1].copy()),
        lambda o: o._replace(boxes=o.boxes - 500),
        lambda o: changed(o, masks=False),
        lambda o: changed(o, classes=UNKNOWN),
        lambda o: jax.tree.map(lambda x: x[:, :1].repeat(200, 1), o),
    ],
    ids=["none", "nans", "no_area", "crossed", "outside", "no_mask", "unknown", "crowded"],
)
def test_whatever_the_objects_are_loss_and_gradient_are_finite(change, params) -> None:
    pictures, objects = scenes(4, 2)
    objects = change(objects)
    terms = TAUGHT(params, pictures, objects, KEYS)
    assert set(terms) == set(TERMS)
    slope = SLOPE(params, pictures, objects, KEYS)
    for x in jax.tree.leaves((terms, slope)):
        assert np.isfinite(x).all()


def test_without_objects_only_background_is_taught(params) -> None:
    pictures, objects = scenes(4, 2)
    terms = TAUGHT(params, pictures, changed(objects, present=False), KEYS)
    for name in ("proposal_boxes", "boxes", "masks"):
        assert (terms[name] == 0).all()
    assert (terms["objectness"] > 0).all()
    assert (terms["classes"] > 0).all()


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("agnostic", [False, True])
def test_one_box_and_mask_for_each_class_or_for_all(outputs: int, agnostic: bool) -> None:
    config = dataclasses.replace(SMALL, agnostic=agnostic)
    model, pictures = mask_rcnn(config, outputs=outputs), scenes(0, 1)[0]
    params = jax.eval_shape(model.init, jax.random.key(0), pictures)
    boxes = params["box_head"]["bbox_pred"]["bias"].shape
    assert boxes == ((4,) if agnostic else (4 + 4 * outputs,))
    found = jax.eval_shape(lambda p: model.apply(p, pictures)[0], params)
    assert found.masks.shape == (1, 10, 14, 14)
    assert found.probabilities.shape == (1, 10, outputs)


@pytest.mark.parametrize("config", [MaskRCNNConfig(), *SOLAR.values()], ids=["published", *SOLAR])
def test_every_preset_is_a_network_for_any_channels(config: MaskRCNNConfig) -> None:
    model, pictures = mask_rcnn(config, outputs=2), jnp.zeros((1, 256, 256, 2))
    params = jax.eval_shape(model.init, jax.random.key(0), pictures)
    found = jax.eval_shape(lambda p: model.apply(p, pictures)[0], params)
    assert found.boxes.shape == (1, config.detections, 4)
    assert found.masks.shape == (1, config.detections, 28, 28)


def test_what_is_fixed_has_no_gradient() -> None:
    backbone = dataclasses.replace(SMALL.backbone, norm="frozen", fixed=2)
    config = dataclasses.replace(SMALL, backbone=backbone)
    model, terms = mask_rcnn(config, outputs=2), mask_rcnn_losses(config, outputs=2)
    pictures, objects = scenes(5, 2)
    params = jax.jit(model.init)(jax.random.key(0), pictures)
    slope = jax.jit(
        jax.grad(lambda p: sum(x.sum() for x in terms(p, pictures, objects, KEYS).values()))
    )(params)
    still = {
        "/".join(part.key for part in path)
        for path, x in jax.tree_util.tree_leaves_with_path(slope)
        if (x == 0).all()
    }
    names = [
        "/".join(p.key for p in path) for path, _ in jax.tree_util.tree_leaves_with_path(slope)
    ]
    fixed = {
        n for n in names if "/conv1" in n[:11] or "layer1_" in n or "bn" in n or "sample_1" in n
    }
    assert still == fixed


def test_masks_are_cut_out_as_their_area_has_it() -> None:
    rng = np.random.default_rng(0)
    coarse = rng.random((2, 8, 8)) > 0.5
    masks = np.kron(coarse, np.ones((1, 8, 8), bool)) > 0
    boxes = jnp.array([[0.0, 0.0, 64.0, 64.0], [16.0, 8.0, 48.0, 40.0]])
    found = cut_out(masks, jnp.array([1, 0]), boxes, size=8)
    np.testing.assert_array_equal(found[0], coarse[1])
    np.testing.assert_array_equal(found[1], np.kron(coarse[0, 1:5, 2:6], np.ones((2, 2))) > 0)
