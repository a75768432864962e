"""Annotated pictures become a data set: upright, to scale, by day, faults told by name."""

import pathlib
from typing import Any

import numpy as np
import pytest

from jsolar.datasets import __main__ as command
from jsolar.datasets.full_disk_regions.annotated import AnnotatedConfig, coco, voc
from jsolar.datasets.full_disk_regions.full_disk_regions_dataset_builder import builder
from tests.sun.files.make_annotations import coco as coco_file
from tests.sun.files.make_annotations import write_coco, write_pictures, write_voc

DAYS = [
    f"2015/08/{day:02}/ha_201508{day:02}_{hour}0000.png" for day in range(1, 6) for hour in (10, 20)
]
SQUARE = [[4.0, 2.0, 12.0, 2.0, 12.0, 8.0, 4.0, 8.0]]


@pytest.fixture
def files(tmp_path: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """Ten pictures of five days; annotations name them with commas, one of them is not there."""
    pictures = write_pictures(tmp_path / "pictures", DAYS)
    names = [name.replace("/", ",") for name in DAYS] + ["2015,08,09,gone.png"]
    objects = [{"image_id": i, "segmentation": SQUARE, "category_id": 1} for i in range(11)]
    objects += [
        {"image_id": 0, "segmentation": None, "bbox": [20, 16, 9, 9]},
        {"image_id": 0, "segmentation": None, "bbox": [1, 1, 0.2, 0.2]},
        {"image_id": 0, "segmentation": None, "bbox": [50, 50, 9, 9]},
    ]
    return write_coco(tmp_path / "coco.json", coco_file(names, objects)), pictures


def prepared(config: AnnotatedConfig, data: pathlib.Path) -> tuple[Any, dict[str, list[dict]]]:
    built = builder(config, data)
    built.download_and_prepare()
    return built, {name: list(built.as_data_source(name)) for name in built.info.splits}


def test_pictures_are_upright_and_objects_where_they_were(files, tmp_path) -> None:
    built, found = prepared(coco(*files, size=12), tmp_path / "data")
    first = min(found["train"], key=lambda e: int(e["issue_time"]))
    rows = first["image"][..., 0]
    assert rows.shape == (12, 12)
    assert np.isnan(rows[0]).all()  # 24 × 20 pixels in a square
    known = rows[1:11, 0]
    assert (np.diff(known) > 0).all()  # bright above
    # 4–12 of 24 columns; 2–8 of 20 rows from the top, which is 12–18 from the bottom.
    np.testing.assert_allclose(first["boxes"][0], [2.0, 7.0, 6.0, 10.0])
    mask = np.zeros((12, 12), bool)
    mask[7:10, 2:6] = True
    np.testing.assert_array_equal(first["masks"][0], mask)
    assert first["outlined"].tolist() == [True, False]
    np.testing.assert_allclose(first["boxes"][1], [10.0, 1.0, 12.0, 3.0])
    assert first["category"].tolist() == [3, 2]
    assert built.info.metadata["categories"] == ["L", "U", "R"]


def test_days_stay_together_in_order(files, tmp_path) -> None:
    _, found = prepared(coco(*files, size=12), tmp_path / "data")
    days = [sorted({int(e["group"]) for e in found[k]}) for k in ("train", "validation", "test")]
    assert [len(each) for each in days] == [3, 1, 1]
    every = [day for each in days for day in each]
    assert every == sorted(every)
    assert [len(found[k]) for k in ("train", "validation", "test")] == [6, 2, 2]


def test_what_could_not_be_used_is_told(files, tmp_path, capsys) -> None:
    words = ["--annotations", str(files[0]), "--pictures", str(files[1]), "--size", "12"]
    with pytest.raises(SystemExit) as error:
        command.main(
            ["build", "full_disk_regions/coco", *words, "--data-dir", str(tmp_path / "data")]
        )
    assert error.value.code == 1
    out, err = capsys.readouterr()
    assert "train 6, validation 2, test 2 examples" in out
    assert "3 annotations without outline: the box is its mask" in out
    assert "2 objects of train beside the picture or without area: left out" in out
    assert "1 files could not be used" in err
    assert "2015,08,09,gone.png is not in" in err


def test_another_picture_than_was_drawn_on_is_refused(files, tmp_path) -> None:
    write_pictures(files[1], DAYS[:1], shape=(10, 12))
    built, found = prepared(coco(*files, size=12), tmp_path / "data")
    assert len(found["train"]) == 5
    assert "give the picture that was drawn on" in built.info.metadata["build"]["faulty"][1]


def test_boxes_of_voc(tmp_path) -> None:
    names = [f"sun{i}.png" for i in range(5)]
    pictures = write_pictures(tmp_path / "pictures", names)
    for name in names:
        write_voc(tmp_path / "voc", name, [("spot", 5, 3, 12, 8, 0)])
    built, found = prepared(voc(tmp_path / "voc", pictures, size=12, channels=3), tmp_path / "data")
    assert [len(found[k]) for k in ("train", "validation", "test")] == [3, 1, 1]
    example = found["test"][0]
    assert example["image"].shape == (12, 12, 3)
    np.testing.assert_allclose(example["boxes"], [[2.0, 7.0, 6.0, 10.0]])
    assert example["masks"].sum() == 12
    assert not example["outlined"].any()
    assert built.info.metadata["categories"] == ["spot"]


def test_another_content_is_another_data_set(files) -> None:
    name = coco(*files).name
    assert coco(*files).name == name
    assert coco(*files, size=12).name != name
    write_pictures(files[1], DAYS[:1], shape=(10, 12))
    assert coco(*files).name != name
    assert coco().name == "coco"
