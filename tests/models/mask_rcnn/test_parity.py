"""Stage by stage against torchvision 0.29.1, whose results `freeze` has written down."""

import jax
import numpy as np
import pytest

from jsolar.models.mask_rcnn.published import CLASSES, from_torchvision, torchvision_name
from tests.models.mask_rcnn import freeze, stages

FROZEN = dict(np.load(freeze.FROZEN))
PICTURE = stages.picture(freeze.NARROW_SHAPE)
SHAPES = FROZEN.pop("shapes"), FROZEN.pop("basic_shapes")
BODY = {f"body{i}" for i in range(4)}


def weights(shapes: np.ndarray) -> dict[str, np.ndarray]:
    """Drawn by name, as in the other program."""
    named = (line.split() for line in shapes)
    return {name: stages.drawn(name, tuple(map(int, shape))) for name, *shape in named}


STATE = weights(SHAPES[0])


@pytest.fixture(scope="module")
def params():
    return stages.params_from(stages.NARROW, STATE)


@pytest.fixture(scope="module")
def found(params) -> dict[str, np.ndarray]:
    """Every stage from frozen inputs; those that were too large to keep are ours."""
    network = stages.MaskRCNN(stages.NARROW, stages.CLASSES).bind({"params": params})
    given = {"picture": PICTURE, **FROZEN}
    given |= {f"body{i}": np.asarray(x) for i, x in enumerate(network.body(PICTURE))}
    firsts = [np.asarray(given[f"pyramid{i}"])[0] for i in range(5)]
    for name, boxes, size in (("box", "proposals", 7), ("mask", "boxes", 14)):
        features = stages.look_up(firsts, FROZEN[boxes], size=size, config=stages.NARROW)
        given[f"{name}_features"] = np.asarray(features)
    ours = stages.ours(stages.NARROW, params, given) | stages.losses(stages.NARROW, params, PICTURE)
    basic = stages.basic(weights(SHAPES[1]), PICTURE)
    return ours | {f"basic{i}": x for i, x in enumerate(basic)}


@pytest.mark.parametrize("name", sorted(set(FROZEN) - {"loss_masks"}))
def test_every_stage_gives_what_torchvision_gives(name: str, found: dict[str, np.ndarray]) -> None:
    expected, own = FROZEN[name], found[name]
    own = own if own.shape == expected.shape else freeze.thinned(own)
    assert own.shape == expected.shape
    assert np.abs(own - expected).max() <= 1e-3 * np.abs(expected).max()


def test_masks_are_taught_by_cells_of_which_most_belongs_to_the_object(found) -> None:
    """Torchvision's targets are shares instead, so the losses are near, not equal."""
    assert found["loss_masks"] == pytest.approx(FROZEN["loss_masks"], rel=0.05)


def test_published_files_have_older_names(params) -> None:
    old = {
        name.replace("_blocks.0.0.", "_blocks.0.")
        .replace("rpn.head.conv.0.0.", "rpn.head.conv.")
        .replace("mask_head.1.0.", "mask_head.mask_fcn2."): weight
        for name, weight in STATE.items()
    }
    assert set(old) != set(STATE)
    jax.tree.map(np.testing.assert_array_equal, from_torchvision(old, params), params)


def test_every_weight_is_used_once(params) -> None:
    names = [
        torchvision_name("/".join(part.key for part in path))
        for path, _ in jax.tree_util.tree_leaves_with_path(params)
    ]
    assert sorted(names) == sorted(
        name for name in STATE if "num_batches" not in name and ".fc." not in name
    )


def test_what_depends_on_the_classes_can_stay_fresh(params) -> None:
    other = jax.tree.map(lambda x: x + 1, params)
    loaded = from_torchvision(STATE, other, fresh=CLASSES)
    for head, part in (name.split("/") for name in CLASSES):
        jax.tree.map(np.testing.assert_array_equal, loaded[head][part], other[head][part])
    np.testing.assert_array_equal(
        loaded["box_head"]["fc6"]["kernel"], params["box_head"]["fc6"]["kernel"]
    )


def test_a_network_of_one_channel_sees_what_one_of_three_sees_in_grey(params) -> None:
    network = stages.ResNet(stages.NARROW.backbone)
    shapes = jax.eval_shape(network.init, jax.random.key(0), PICTURE[..., :1])["params"]
    state = {name.removeprefix("backbone.body."): weight for name, weight in STATE.items()}
    one = from_torchvision(state, shapes)
    grey = PICTURE[..., :1]
    found = network.apply({"params": one}, grey)[3]
    expected = network.apply({"params": params["body"]}, grey.repeat(3, -1))[3]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: None, "the weights have no backbone.fpn.inner_blocks.1.0.bias"),
        (lambda w: w[:3], r"fpn/inner_blocks_1/bias has the shape \(16,\) here and \(3,\)"),
    ],
)
def test_weights_of_another_network_are_refused(change, message, params) -> None:
    name = "backbone.fpn.inner_blocks.1.0.bias"
    state = {**STATE, name: change(STATE[name])}
    state = {name: weight for name, weight in state.items() if weight is not None}
    with pytest.raises(ValueError, match=message):
        from_torchvision(state, params)
