"""Patches of regions, and the forecasts of whoever looks at them."""

import jax
import numpy as np

from jsolar.detect.examples import DiskInputs
from jsolar.detect.findings import all_regions, finding
from jsolar.detect.two_step import PatchForecaster, patch_examples, patches, train_patches
from jsolar.models.cnn import CNNConfig
from jsolar.sun.sphere import Frame, sphere
from jsolar.train.config import TrainConfig
from jsolar.verify.events.calibration import log_odds
from tests.detect.toy import SIZE, toy


def test_a_patch_is_the_radial_field_within_the_box_and_nothing_else() -> None:
    data = toy(rotations=1)
    boxes = [one.boxes for one in data.test.regions]
    seen = patches(data.test.inputs, boxes, data.frame, size=24)
    mu = np.asarray(sphere(data.frame, 0.0).mu)
    where = iter(seen[..., 0])
    for image, some in zip(data.test.inputs.image[..., 0], boxes, strict=True):
        for box in some:
            left, low, right, high = box.astype(int)
            inside = (image / mu)[low:high, left:right]
            patch = next(where)
            top, side = (24 - (high - low)) // 2, (24 - (right - left)) // 2
            np.testing.assert_allclose(
                patch[top : top + high - low, side : side + right - left], inside, rtol=1e-5
            )
            np.testing.assert_allclose(np.abs(patch).sum(), np.abs(inside).sum(), rtol=1e-4)


def test_boxes_larger_than_the_patch_and_at_the_rim_are_cut() -> None:
    disk = DiskInputs(np.full((1, 32, 32, 1), 7.0, np.float32), np.zeros(1, np.float32))
    boxes = [np.array([[0.0, 0.0, 32.0, 32.0], [-3.0, 10.0, 4.0, 40.0], [5.0, 5.0, 5.0, 5.0]])]
    seen = patches(disk, boxes, Frame(32), size=8)
    assert seen.shape == (3, 8, 8, 1)
    assert np.isfinite(seen).all()
    assert (seen[0] > 6.9).all()
    assert not seen[2].any()


def test_rows_are_the_regions_that_are_judged() -> None:
    data = toy(rotations=2)
    rows = patch_examples(data.test, data.frame, size=16)
    happened = np.concatenate([one.happened[one.judged] for one in data.test.regions])
    np.testing.assert_array_equal(rows.events.happened[:, 0], happened)
    assert len(set(rows.rows.id)) == len(happened)
    assert set(rows.rows.group) == set(data.test.rows.group)


def test_the_evidence_is_of_the_region_that_was_found() -> None:
    """Disks without any finding keep the others in their places."""
    data = toy(rotations=1)
    brightness = PatchForecaster(
        lambda inputs: np.abs(inputs["image"]).max((1, 2)) / 2000, data.frame, 16
    )
    there = all_regions(data.test)
    nothing = finding(np.zeros((0, 4)), np.zeros((0, SIZE, SIZE), bool), *np.zeros((2, 0)))
    some = [nothing, *there[1:]]
    looked = brightness(data.test.inputs, some)
    assert len(looked[0].evidence) == 0
    for i in range(1, len(some)):
        one = DiskInputs(*(x[i : i + 1] for x in data.test.inputs))
        image = patches(one, [some[i].boxes], data.frame, size=16)
        np.testing.assert_allclose(
            looked[i].evidence, log_odds(np.abs(image).max((1, 2, 3)) / 2000), rtol=1e-5
        )
    assert brightness(data.test.inputs, [nothing] * 4)[3] is nothing


def test_a_cnn_learns_which_regions_flare(tmp_path) -> None:
    data = toy(rotations=24)
    looks = train_patches(
        jax.random.key(0),
        data.train,
        data.validation,
        frame=data.frame,
        patch=16,
        network=CNNConfig(widths=(4, 8), hidden=8, dropout=0.0),
        config=TrainConfig(epochs=30, batch_size=32, learning_rate=1e-2, evaluations=3),
        folder=tmp_path / "cnn",
    )
    found = looks(data.test.inputs, all_regions(data.test))
    evidence = np.concatenate([one.evidence for one in found])
    truth = np.concatenate([one.true_probability for one in data.test.regions])
    assert np.corrcoef(evidence, truth)[0, 1] > 0.7
