"""The symmetries of the Sun hold for field, places and masks alike."""

import jax
import numpy as np

from jsolar.detect.augment import disk_symmetries
from jsolar.detect.examples import DiskInputs, ObjectColumn
from jsolar.sun.fields.masks import tight_boxes
from tests.detect.toy import SIZE, toy


def test_field_boxes_and_masks_move_together() -> None:
    disks = toy(rotations=4).train
    objects = ObjectColumn(disks.regions, SIZE, 4)[:]
    inputs = DiskInputs(disks.inputs.image, np.full(len(disks.rows.id), 5.0, np.float32))
    keys = jax.random.split(jax.random.key(0), len(disks.rows.id))
    seen, moved = jax.device_get(jax.jit(disk_symmetries)(keys, inputs, objects))
    ways = set()
    for i, there in enumerate(objects.present):
        boxes, masks = moved.boxes[i][there], moved.masks[i][there]
        np.testing.assert_array_equal(boxes, tight_boxes(masks))
        before, after = inputs.image[i, ..., 0], seen.image[i, ..., 0]
        mirrored = seen.observer_latitude_deg[i] == -5
        turned = before[::-1] if mirrored else before
        np.testing.assert_array_equal(np.abs(after), np.abs(turned))  # NaN where NaN was
        np.testing.assert_array_equal(masks, objects.masks[i][there][:, :: -1 if mirrored else 1])
        ways.add((bool(mirrored), bool(np.nansum(after * turned) < 0)))
        assert not moved.boxes[i][~there].any()
    assert len(ways) == 4


def test_leading_polarities_stay_opposite_in_the_hemispheres() -> None:
    """Hale: what is mirrored at the equator has its polarities reversed."""
    image = np.zeros((64, 8, 8, 1), np.float32)
    image[:, 6, 6], image[:, 1, 6] = 1.0, -1.0  # west leads, + in the north
    empty = ObjectColumn(toy(rotations=1).train.regions, SIZE, 1)[[0]]
    objects = jax.tree.map(lambda x: np.repeat(np.zeros_like(x)[..., :8], 64, 0), empty)
    objects = objects._replace(masks=np.zeros((64, 1, 8, 8), bool), boxes=np.zeros((64, 1, 4)))
    keys = jax.random.split(jax.random.key(1), 64)
    seen, _ = disk_symmetries(keys, DiskInputs(image, np.zeros(64, np.float32)), objects)
    north, south = np.asarray(seen.image[:, 6, 6, 0]), np.asarray(seen.image[:, 1, 6, 0])
    np.testing.assert_array_equal(north, -south)
    assert set(north.tolist()) == {-1.0, 1.0}
