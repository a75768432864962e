"""Annotations as people write them: what is meant is read, what cannot be is named."""

import pathlib

import numpy as np
import pytest
from astropy.io import fits
from pycocotools import mask as rle

from jsolar.sun.files.annotated import Annotated, Drawn, outlines, read_picture
from jsolar.sun.files.coco import read_coco
from jsolar.sun.files.voc import read_voc
from tests.sun.files.make_annotations import TRIANGLE, coco, write_coco, write_pictures, write_voc

NOWHERE = (np.nan,) * 4


def drawn(outline, box=NOWHERE, crowd=False) -> Drawn:
    return Drawn(1, box, outline, crowd)


def test_one_picture_under_many_identifiers(tmp_path: pathlib.Path) -> None:
    content = coco(
        ["2015,08,01,a.jpg", "2015,08,01,a.jpg", "b.jpg"],
        [
            {"image_id": 1, "category_id": -1, "segmentation": TRIANGLE},
            {"image_id": 0, "category_id": 1, "segmentation": TRIANGLE, "iscrowd": 1},
        ],
    )
    found = read_coco(write_coco(tmp_path / "a.json", content))
    assert list(found.categories) == ["L", "U", "R"]
    assert [one.name for one in found.pictures] == ["2015,08,01,a.jpg", "b.jpg"]
    assert [len(one.drawn) for one in found.pictures] == [2, 0]
    assert [(one.category, one.crowd) for one in found.pictures[0].drawn] == [(1, False), (3, True)]
    assert not found.remarks


@pytest.mark.parametrize("empty", [None, [], [[]], [[1.0, 1.0, 2.0, 2.0]]])
def test_without_an_outline_the_box_is_all_there_is(tmp_path: pathlib.Path, empty) -> None:
    content = coco(["a.jpg"], [{"segmentation": empty, "bbox": [3, 4, 5, 6]}])
    found = read_coco(write_coco(tmp_path / "a.json", content))
    assert found.remarks == ["1 annotations without outline: the box is its mask"]
    seen = outlines(found.pictures[0])
    assert seen.boxes.tolist() == [[3.0, 4.0, 8.0, 10.0]]
    assert seen.masks[0].sum() == 30
    assert not seen.outlined.any()


@pytest.mark.parametrize("box", [None, [], [3, 4, 0, 5], [3, 4, -2, 5]])
def test_with_neither_it_is_left_out(tmp_path: pathlib.Path, box) -> None:
    content = coco(["a.jpg"], [{"segmentation": None, "bbox": box}, {"segmentation": TRIANGLE}])
    found = read_coco(write_coco(tmp_path / "a.json", content))
    assert found.remarks == ["1 annotations without outline and without a box: left out"]
    assert len(found.pictures[0].drawn) == 1


def test_faults_of_a_file_are_one_sentence(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(FileNotFoundError, match="does not exist: give a COCO file"):
        read_coco(path)
    path.write_text("{")
    with pytest.raises(ValueError, match="is no JSON"):
        read_coco(path)
    write_coco(path, {"images": [], "categories": []})
    with pytest.raises(ValueError, match="annotations is missing"):
        read_coco(path)
    write_coco(path, coco(["a.jpg"], [{"category_id": 7}]))
    with pytest.raises(ValueError, match="annotation 0 has category_id 7"):
        read_coco(path)
    write_coco(path, coco(["a.jpg"], [{"image_id": 9}]))
    with pytest.raises(ValueError, match="annotation 0 has image_id 9"):
        read_coco(path)
    for part, key in (("images", "height"), ("images", "file_name"), ("categories", "name")):
        content = coco(["a.jpg"], [])
        del content[part][0][key]
        with pytest.raises(ValueError, match=f"'{key}' is missing"):
            read_coco(write_coco(path, content))
    with pytest.raises(ValueError, match="is no COCO file of instances"):
        read_coco(write_coco(path, coco(["a.jpg"], [{"bbox": 7}])))
    two = coco(["a.jpg", "a.jpg"], [])
    two["images"][1]["height"] = 99
    with pytest.raises(ValueError, match=r"a.jpg is \(20, 24\) and \(99, 24\) pixels"):
        read_coco(write_coco(path, two))


def test_polygons_are_filled_and_boxes_tight() -> None:
    """A triangle of 32 square pixels; two polygons are one object; run lengths count columns."""
    far = [[15.0, 15.0, 19.0, 15.0, 19.0, 19.0, 15.0, 19.0]]
    runs = {"size": [20, 24], "counts": [20 * 2 + 3, 4, 20 * 21 + 13]}
    picture = Annotated(
        "a", 20, 24, [drawn(TRIANGLE, (0.0, 0.0, 20.0, 20.0)), drawn(TRIANGLE + far), drawn(runs)]
    )
    found = outlines(picture)
    assert abs(int(found.masks[0].sum()) - 32) <= 5
    assert found.masks[1].sum() == found.masks[0].sum() + 16
    assert found.boxes[1].tolist() == [2.0, 2.0, 19.0, 19.0]
    assert found.boxes[2].tolist() == [2.0, 3.0, 3.0, 7.0]
    assert found.outlined.all()


def test_boxes_end_with_the_picture_and_those_beside_it_are_left_out() -> None:
    boxes = [(-3.0, 15.0, 4.0, 25.0), (30.0, 5.0, 40.0, 9.0), (2.0, 2.0, 2.0, 9.0)]
    found = outlines(Annotated("a", 20, 24, [drawn(None, box) for box in boxes]))
    assert found.boxes.tolist() == [[0.0, 15.0, 4.0, 20.0]]
    assert found.masks.shape == (1, 20, 24)
    none = outlines(Annotated("a", 20, 24, []))
    assert none.masks.shape == (0, 20, 24)
    assert none.boxes.shape == (0, 4)


def test_corners_of_voc_belong_to_the_box(tmp_path: pathlib.Path) -> None:
    write_voc(tmp_path, "b.png", [("spot", 1, 1, 24, 20, 0), ("plage", 3, 4, 5, 5, 1)])
    write_voc(tmp_path / "deep", "a.png", [("spot", 6, 6, 5, 9, 0)])
    found = read_voc(tmp_path)
    assert list(found.categories) == ["plage", "spot"]
    assert [one.name for one in found.pictures] == ["a.png", "b.png"]
    assert found.remarks == ["1 boxes without area: left out"]
    seen = outlines(found.pictures[1])
    assert seen.masks[0].all()
    assert seen.boxes[1].tolist() == [2.0, 3.0, 5.0, 5.0]
    assert seen.masks[1].sum() == 6
    assert (seen.category.tolist(), seen.crowd.tolist()) == ([2, 1], [False, True])


def test_faults_of_voc_are_one_sentence(tmp_path: pathlib.Path) -> None:
    with pytest.raises(FileNotFoundError, match="has no XML file"):
        read_voc(tmp_path)
    for text in ("<a", "<annotation><filename>a.png</filename></annotation>"):
        (tmp_path / "a.xml").write_text(text)
        with pytest.raises(ValueError, match=r"a\.xml is no VOC annotation"):
            read_voc(tmp_path)
    write_voc(tmp_path, "a.png", [("spot", "", 1, 2, 3, 0)])
    with pytest.raises(ValueError, match=r"a\.xml is no VOC annotation"):
        read_voc(tmp_path)
    (tmp_path / "a.xml").write_text(
        "<annotation><size><height>1</height><width>1</width></size></annotation>"
    )
    with pytest.raises(ValueError, match="names no picture"):
        read_voc(tmp_path)


def test_pictures_have_their_first_row_at_the_top(tmp_path: pathlib.Path) -> None:
    write_pictures(tmp_path, ["a.png"])
    grey, colour = (read_picture(tmp_path / "a.png", channels=c) for c in (1, 3))
    assert (grey.shape, colour.shape) == ((20, 24, 1), (20, 24, 3))
    assert grey[0, 0, 0] == 200
    assert grey[-1, 0, 0] == 100
    fits.PrimaryHDU(np.arange(6.0).reshape(2, 3)).writeto(tmp_path / "a.fits")
    np.testing.assert_array_equal(read_picture(tmp_path / "a.fits")[..., 0], [[3, 4, 5], [0, 1, 2]])
    (tmp_path / "b.png").write_text("no picture")
    with pytest.raises(ValueError, match=r"b\.png cannot be read"):
        read_picture(tmp_path / "b.png")
    with pytest.raises(FileNotFoundError, match=r"c\.png does not exist"):
        read_picture(tmp_path / "c.png")


def test_run_lengths_may_be_packed_and_must_fit() -> None:
    """As COCO's results have them: counts in a string."""
    mask = np.zeros((20, 24), np.uint8)
    mask[3:7, 2] = 1
    packed = rle.encode(np.asfortranarray(mask))
    packed["counts"] = packed["counts"].decode()
    found = outlines(Annotated("a", 20, 24, [drawn(packed)]))
    np.testing.assert_array_equal(found.masks[0], mask.astype(bool))
    with pytest.raises(ValueError, match="of 20 × 24 pixels and its picture of 24 × 20"):
        outlines(Annotated("a", 24, 20, [drawn(packed)]))
