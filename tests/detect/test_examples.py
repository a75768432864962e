"""Disks as they are read, and as they are handed to a network."""

import numpy as np
import pytest

from jsolar.data.audit import LeakError
from jsolar.detect.examples import (
    FLARING,
    QUIET,
    ObjectColumn,
    disk_data,
    pooled,
    read_disks,
)
from jsolar.losses.detection import UNKNOWN
from jsolar.types import take
from tests.detect.toy import FACTS, SIZE, split, toy


def test_pictures_are_in_order_of_time_with_all_their_regions() -> None:
    source = split(0, first=0, rotations=2)
    disks = read_disks(source[::-1], flares="C1.0")
    assert (np.diff(disks.rows.time.astype(int)) > 0).all()
    for one, regions, image in zip(source, disks.regions, disks.inputs.image, strict=True):
        np.testing.assert_array_equal(image, one["image"])
        order = np.argsort(-one["masks"].sum((1, 2)), kind="stable")
        np.testing.assert_array_equal(regions.masks(SIZE), one["masks"][order])
        np.testing.assert_array_equal(regions.boxes, one["boxes"][order])
        np.testing.assert_array_equal(regions.happened, one["flux_w_m2"][order] > 0)
        np.testing.assert_allclose(regions.true_probability, one["true_probability"][order, 0])


def test_only_near_regions_with_a_known_outcome_are_judged() -> None:
    source = split(0, first=0, rotations=1, disks=1)
    one = source[0]
    count = len(one["masks"])
    one["longitude_deg"] = np.linspace(0, -80, count).astype(np.float32)
    one["masks"][:, 0] = True  # all alike, so that they stay in order
    one["masks"][:] = one["masks"][:1]
    one["complete"] = np.arange(count) > 0
    regions = read_disks(source, flares="C1.0").regions[0]
    wanted = (np.arange(count) > 0) & (np.abs(one["longitude_deg"]) <= 70)
    np.testing.assert_array_equal(regions.judged, wanted)


def test_objects_are_padded_and_the_largest_are_kept() -> None:
    data = toy(rotations=2)
    counts = [len(one.boxes) for one in data.train.regions]
    objects = ObjectColumn(data.train.regions, SIZE, 3)[np.arange(len(counts))]
    assert objects.masks.shape == (len(counts), 3, SIZE, SIZE)
    np.testing.assert_array_equal(objects.present.sum(1), np.minimum(counts, 3))
    for i, one in enumerate(data.train.regions):
        kept = objects.present[i].sum()
        np.testing.assert_array_equal(objects.masks[i, :kept], one.masks(SIZE)[:kept])
        assert not objects.masks[i, kept:].any()
        wanted = np.where(one.happened[:kept], FLARING, QUIET)
        np.testing.assert_array_equal(objects.classes[i, :kept], wanted)


def test_a_region_of_unknown_outcome_is_taught_as_a_region() -> None:
    source = split(0, first=0, rotations=1, disks=1)
    source[0]["complete"][:] = False
    regions = read_disks(source, flares="C1.0").regions
    assert (ObjectColumn(regions, SIZE, 1)[[0]].classes == UNKNOWN).all()


def test_pooled_and_taken_apart_again() -> None:
    data = toy(rotations=1)
    whole = pooled([data.train, data.test])
    again = take(whole, slice(4, None))
    np.testing.assert_array_equal(again.rows.id, data.test.rows.id)
    np.testing.assert_array_equal(again.inputs.image, data.test.inputs.image)
    assert again.regions[0] is data.test.regions[0]


def test_splits_that_share_a_rotation_are_refused() -> None:
    one = split(0, first=0, rotations=2)
    with pytest.raises(LeakError):
        disk_data({"train": one, "validation": one, "test": one}, FACTS, flares="C1.0")


def test_flares_below_the_floor_and_data_without_flares_are_refused() -> None:
    source = split(0, first=0, rotations=1)
    with pytest.raises(ValueError, match="ask for larger classes"):
        read_disks(source, flares="B5.0")
    with pytest.raises(ValueError, match="tells no flares"):
        read_disks([{"image": source[0]["image"]}], flares="C1.0")
