"""Disks of simulated Suns: what is stored agrees with itself and with the Sun that made it."""

import pathlib
from typing import Any

import numpy as np
import pytest
import tensorflow_datasets as tfds

from jsolar.datasets.full_disk_regions import synthetic as room
from jsolar.datasets.full_disk_regions.full_disk_regions_dataset_builder import builder
from jsolar.datasets.full_disk_regions.marked import mark
from jsolar.datasets.full_disk_regions.synthetic import SyntheticConfig, nearest_label, synthetic
from jsolar.sun.fields.active_regions import RegionRule
from jsolar.sun.simulate import SunConfig
from jsolar.sun.simulate.disk import DiskConfig
from jsolar.sun.sphere import Frame, pixel_of, sphere

SUN = SunConfig(steps=80, bipoles=1, fragments=4, clusters=2, flux_log10_mx=22.3)
"""That of the guide, so that both are compiled once."""

SPLITS = ("train", "validation", "test")
Example = dict[str, Any]


def tiny(**options: Any) -> SyntheticConfig:
    """Four rotations of three pictures of 32²."""
    return synthetic(
        **{
            "rotations": 4,
            "pictures": 3,
            "years": 1.0,
            "phase": 0.3,
            "disk": DiskConfig(size=32, finer=2),
            "rule": RegionRule(smooth_mm=20.0, mean_gauss=10.0, seed_gauss=15.0),
            "sun": SUN,
        }
        | options
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Any:
    prepared = builder(tiny(), tmp_path_factory.mktemp("data"))
    prepared.download_and_prepare()
    return prepared


@pytest.fixture(scope="module")
def examples(built: Any) -> dict[str, list[Example]]:
    return {name: list(built.as_data_source(name)) for name in SPLITS}


@pytest.fixture(scope="module")
def every(examples: dict[str, list[Example]]) -> list[Example]:
    return [e for split in examples.values() for e in split]


def test_splits_are_rotations_in_order_of_time(examples: dict[str, list[Example]]) -> None:
    groups = [{int(e["group"]) for e in examples[name]} for name in SPLITS]
    assert groups == [{0, 1}, {2}, {3}]
    times = [[int(e["issue_time"]) for e in examples[name]] for name in SPLITS]
    day = 86400
    assert min(times[1]) - max(times[0]) > 14 * day
    assert min(times[2]) - max(times[1]) > 14 * day
    assert sorted(np.diff(sorted(times[2])).tolist()) == [9 * day, 9 * day]


def test_masks_boxes_and_places_agree(every: list[Example]) -> None:
    assert sum(len(e["boxes"]) for e in every) > 20
    frame = Frame(32)
    for e in every:
        count = len(e["boxes"])
        names = ("category", "crowd", "region", "flux_w_m2", "complete", "true_probability")
        assert {len(e[name]) for name in (*names, "masks", "longitude_deg")} == {count}
        assert not (e["masks"].sum(0) > 1).any()
        assert not e["masks"][:, np.isnan(e["image"][..., 0])].any()
        b0 = float(e["observer_latitude_deg"])
        for mask, box, latitude, longitude in zip(
            e["masks"], e["boxes"], e["latitude_deg"], e["longitude_deg"], strict=True
        ):
            rows, columns = np.nonzero(mask)
            tight = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            assert box.tolist() == tight
            place = {"latitude_deg": float(latitude), "longitude_deg": float(longitude)}
            row, column = np.asarray(pixel_of(frame, b0, **place)) + 0.5
            assert box[0] - 1 < column < box[2] + 1
            assert box[1] - 1 < row < box[3] + 1


def test_the_disk_is_where_the_facts_say(built: Any, every: list[Example]) -> None:
    facts = built.info.metadata
    assert facts["synthetic"]
    assert facts["categories"] == ["active region"]
    frame = Frame(32, facts["radius"])
    for e in every:
        fine = np.isfinite(sphere(Frame(64, facts["radius"]), float(e["observer_latitude_deg"])).mu)
        whole = fine.reshape(32, 2, 32, 2).all((1, 3))
        np.testing.assert_array_equal(np.isfinite(e["image"][..., 0]), whole)
        assert abs(float(e["observer_latitude_deg"])) < 7.3
    assert frame.size == every[0]["image"].shape[0]


def test_flares_come_as_often_as_the_truth_has_it(every: list[Example]) -> None:
    likely = np.concatenate([e["true_probability"][:, 0] for e in every])
    happened = np.concatenate([e["flux_w_m2"] >= 1e-6 for e in every])
    own = np.concatenate([e["region"] > 0 for e in every])
    assert not happened[~own].any()
    assert not likely[~own].any()
    spread = np.sqrt((likely * (1 - likely)).sum())
    assert abs(happened.sum() - likely.sum()) < 4 * spread
    assert 0.1 < happened.mean() < 0.9


def test_both_readers_see_the_same(built: Any, examples: dict[str, list[Example]]) -> None:
    other = {e["id"].decode(): e for e in tfds.as_numpy(built.as_dataset(split="test"))}
    assert len(other) == 3
    for e in examples["test"]:
        same = other[str(np.asarray(e["id"]).astype(str))]
        for name in ("image", "masks", "boxes", "flux_w_m2", "true_probability"):
            np.testing.assert_array_equal(same[name], e[name])


def test_a_seed_is_a_sun() -> None:
    def first(config: SyntheticConfig) -> Example:
        return next(config.examples(2))[1]

    one, again, other = first(tiny()), first(tiny()), first(tiny(seed=1))
    for name in ("image", "masks", "boxes", "flux_w_m2"):
        np.testing.assert_array_equal(one[name], again[name])
    assert not np.array_equal(one["image"], other["image"], equal_nan=True)


def test_too_many_regions_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "ROOM", 1)
    with pytest.raises(ValueError, match="regions on a simulated disk: at most 1 fit"):
        list(tiny().examples(2))


def test_a_sun_without_regions_is_a_picture_without_objects(tmp_path: pathlib.Path) -> None:
    """At minimum; and what a rule that finds nothing leaves is kept as a flare elsewhere."""
    blind = tiny(rule=RegionRule(seed_gauss=1e9), pictures=2)
    _, example = next(blind.examples(2))
    assert example["masks"].shape == (0, 32, 32)
    assert example["boxes"].shape == (0, 4)
    assert example["true_probability"].shape == (0, 4)
    largest = max(e["disk_flux_w_m2"] for _, e in blind.examples(0))
    assert largest > 1e-6
    prepared = builder(blind, tmp_path)
    prepared.download_and_prepare()
    assert len(next(iter(prepared.as_data_source("test")))["boxes"]) == 0


def test_a_pixel_belongs_to_what_covers_more_than_half_of_it() -> None:
    labels = np.zeros((32, 32), int)
    labels[14:18, 14:18] = 3  # 2 × 2 pixels whole
    labels[14:16, 18] = 3  # half of the pixel beside
    labels[20, 20] = 5  # a quarter of a pixel: too small to be left
    found = mark(labels, Frame(16), 0.0)
    assert found.number.tolist() == [3]
    assert found.boxes.tolist() == [[7.0, 7.0, 9.0, 9.0]]
    np.testing.assert_allclose([found.latitude_deg, found.longitude_deg], 0.0, atol=1e-3)


def test_a_region_belongs_to_the_nearest_within_reach() -> None:
    labels = np.zeros((9, 9), int)
    labels[2, 2], labels[6, 6] = 1, 2
    places = np.array([[2.0, 3.4], [6.0, 6.0], [4.6, 4.6], [0.0, 8.0], [np.nan, np.nan]])
    assert nearest_label(labels, places, 3.0).tolist() == [1, 2, 2, 0, 0]
    assert nearest_label(0 * labels, places, 3.0).tolist() == [0] * 5
