"""The rule that finds active regions on the disk, on planted fields and on the real Sun."""

import dataclasses
import pathlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.sun.fields.active_regions import ActiveRegions, RegionRule, active_regions
from jsolar.sun.files.full_disk import read_full_disk
from jsolar.sun.sphere import Frame, sphere

FRAME = Frame(128)
MU = np.asarray(sphere(FRAME, 0.0).mu, float)
RULE = RegionRule()


def planted(*spots: tuple[float, float, float, float]) -> np.ndarray:
    """Bipoles of a radius and a field, side by side; B_los."""
    y, x = np.indices((128, 128))
    field = np.zeros((128, 128))
    for row, column, radius, gauss in spots:
        for sign in (-1, 1):
            field += sign * gauss * (np.hypot(y - row, x - column - sign * radius) < radius)
    return np.where(np.isnan(MU), np.nan, MU * field)


def find(field: np.ndarray, rule: RegionRule = RULE) -> ActiveRegions:
    return active_regions(field, MU, radius_pixels=FRAME.radius_pixels, rule=rule)


def test_regions_are_found_the_largest_first() -> None:
    found = find(planted((80, 40, 2, 400.0), (50, 90, 4, 400.0)))
    middle = 0.5 * (found.boxes[:, :2] + found.boxes[:, 2:])
    np.testing.assert_allclose(middle, [[90.5, 50.5], [40.5, 80.5]], atol=1.0)
    assert len(found.boxes) == 2


def test_weak_field_is_none_and_an_empty_disk_has_none() -> None:
    assert not len(find(planted((80, 40, 4, 20.0))).boxes)
    none = find(planted())
    assert none.boxes.shape == (0, 4)
    assert none.masks().shape == (0, 128, 128)


def test_neighbours_are_one_region_and_strangers_two() -> None:
    near, far = (find(planted((64, 40, 2, 500.0), (64, c, 2, 500.0))) for c in (50, 80))
    assert (len(near.boxes), len(far.boxes)) == (1, 2)


def test_what_is_small_is_left_out() -> None:
    field = planted((64, 40, 2, 400.0), (64, 90, 4, 400.0))
    area = FRAME.pixel_mm**2 * (find(field).labels == 2).sum()
    assert len(find(field, dataclasses.replace(RULE, smallest_mm2=1.2 * area)).boxes) == 1


def test_strength_counts_as_if_seen_from_above() -> None:
    """The same radial field at the centre and far from it is active in both places."""
    found = find(planted((64, 64, 4, 150.0), (64, 112, 4, 150.0)))
    assert len(found.boxes) == 2


fields = st.integers(0, 2**31 - 1)


@settings(max_examples=20, deadline=None)
@given(fields)
def test_labels_boxes_and_masks_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spots = rng.uniform((30, 30, 1, 50), (98, 98, 6, 900), (rng.integers(0, 6), 4))
    field = planted(*map(tuple, spots)) + rng.normal(0, 10, (128, 128))
    found = find(field)
    masks = found.masks()
    assert set(np.unique(found.labels)) == set(range(len(masks) + 1))
    assert not (masks.sum(0) > 1).any()
    areas = []
    for mask, box in zip(masks, found.boxes, strict=True):
        y, x = np.nonzero(mask)
        assert box.tolist() == [x.min(), y.min(), x.max() + 1, y.max() + 1]
        areas.append(FRAME.pixel_mm**2 * (1 / MU[mask]).sum())
    assert areas == sorted(areas, reverse=True)
    assert all(area >= RULE.smallest_mm2 * (1 - 1e-9) for area in areas)


@settings(max_examples=20, deadline=None)
@given(fields)
def test_neither_sign_nor_side_matters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    field = planted((70, 40, 3, 300.0), (50, 80, 4, 500.0)) + rng.normal(0, 5, (128, 128))
    labels = find(field).labels
    np.testing.assert_array_equal(find(-field).labels, labels)
    mirrored = find(np.ascontiguousarray(field[:, ::-1]))
    np.testing.assert_array_equal(mirrored.labels[:, ::-1] > 0, labels > 0)


@pytest.mark.realdata
def test_regions_of_the_real_disk(realdata: pathlib.Path) -> None:
    """17 December 2011: the three largest regions are where the eye sees them."""
    (path,) = (realdata / "full_disk").glob("*.fits")
    disk = read_full_disk(path)
    small = disk.field_gauss.reshape(512, 8, 512, 8).mean((1, 3))
    mu = np.asarray(sphere(Frame(512, disk.radius_pixels / 2048), -1.145).mu, float)
    found = active_regions(small, mu, radius_pixels=disk.radius_pixels / 8)
    assert 10 <= len(found.boxes) <= 25
    middle = 0.5 * (found.boxes[:3, :2] + found.boxes[:3, 2:])
    order = np.argsort(middle[:, 0])
    np.testing.assert_allclose(middle[order], [[74, 315], [199, 348], [298, 165]], atol=10)
