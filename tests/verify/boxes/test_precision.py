"""Average precision, against pycocotools used as its users do: from files, with its own report."""

import contextlib
import io
import json
import pathlib
import warnings

import jax
import numpy as np
import pytest
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from jsolar.verify.boxes.pictures import Found, Picture, There
from jsolar.verify.boxes.precision import (
    average_precision,
    evaluate,
    precision_intervals,
    resampled,
)
from jsolar.verify.intervals import Rules
from tests.verify.boxes.draw import picture


def write(folder: pathlib.Path, pictures: list[Picture], classes: int) -> None:
    """Two files as COCO wants them."""

    def encoded(mask: np.ndarray) -> dict:
        packed = rle.encode(np.asfortranarray(mask, np.uint8))
        return {"size": packed["size"], "counts": packed["counts"].decode()}

    truth, answers = [], []
    for i, (there, found) in enumerate(pictures):
        for box, mask, kind, crowd in zip(*there, strict=True):
            truth.append({
                "id": len(truth) + 1, "image_id": i + 1, "category_id": int(kind),
                "iscrowd": int(crowd), "area": int(mask.sum()), "segmentation": encoded(mask),
                "bbox": [*box[:2], *(box[2:] - box[:2])],
            })  # fmt: skip
        for box, mask, kind, score in zip(*found, strict=True):
            answers.append({
                "image_id": i + 1, "category_id": int(kind), "score": float(score),
                "segmentation": encoded(mask), "bbox": [*box[:2], *(box[2:] - box[:2])],
            })  # fmt: skip
    content = {
        "images": [{"id": i + 1, "height": 160, "width": 160} for i in range(len(pictures))],
        "categories": [{"id": k + 1, "name": str(k)} for k in range(classes)],
        "annotations": truth,
    }
    (folder / "truth.json").write_text(json.dumps(content))
    (folder / "boxes.json").write_text(
        json.dumps([{k: v for k, v in a.items() if k != "segmentation"} for a in answers])
    )
    (folder / "masks.json").write_text(
        json.dumps([{k: v for k, v in a.items() if k != "bbox"} for a in answers])
    )


def reported(folder: pathlib.Path, kind: str) -> np.ndarray:
    """The twelve numbers."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        truth = COCO(str(folder / "truth.json"))
        work = COCOeval(truth, truth.loadRes(str(folder / f"{kind}.json")),
                        {"boxes": "bbox", "masks": "segm"}[kind])  # fmt: skip
        work.evaluate()
        work.accumulate()
        work.summarize()
    return np.where(work.stats < 0, np.nan, work.stats)


def twelve(pictures: list[Picture], kind: str, classes: int) -> np.ndarray:
    found = average_precision(pictures, kind=kind, classes=classes)
    return np.array([
        found.ap[0], found.ap50[0], found.ap75[0], *found.ap[1:], *found.ar[0], *found.ar[1:, 2]
    ])  # fmt: skip


@pytest.mark.parametrize("kind", ["boxes", "masks"])
@pytest.mark.parametrize("seed", range(6))
def test_all_twelve_numbers_are_those_of_the_reference(tmp_path, kind: str, seed: int) -> None:
    """Crowds, ties, empty pictures, and a class that is never there (the fourth)."""
    rng = np.random.default_rng(seed)
    pictures = [picture(rng) for _ in range(5 + 5 * seed)]
    write(tmp_path, pictures, classes=4)
    wanted = reported(tmp_path, kind)
    np.testing.assert_allclose(twelve(pictures, kind, 4), wanted, rtol=1e-12)
    assert np.isfinite(wanted).sum() >= 10


@pytest.mark.parametrize("kind", ["boxes", "masks"])
def test_the_very_things_are_perfect_and_nothing_is_not(kind: str) -> None:
    rng = np.random.default_rng(0)
    there = picture(rng).there
    there = there._replace(crowd=np.zeros(len(there.crowd), bool))
    assert len(there.boxes) > 2
    same = Found(there.boxes, there.masks, there.classes, np.ones(len(there.boxes)))
    nothing = Found(*(x[:0] for x in same))
    perfect = average_precision([Picture(there, same)], kind=kind, classes=3)
    assert perfect.ap[0] == pytest.approx(1.0)
    assert average_precision([Picture(there, nothing)], kind=kind, classes=3).ap[0] == 0
    empty = There(*(x[:0] for x in there))
    assert np.isnan(average_precision([Picture(empty, same)], kind=kind, classes=3).ap).all()


def test_without_classes_only_finding_counts() -> None:
    rng = np.random.default_rng(1)
    pictures = [picture(rng) for _ in range(8)]
    other = [
        Picture(there, found._replace(classes=found.classes % 3 + 1)) for there, found in pictures
    ]
    same = [average_precision(p, kind="boxes", classes=0).ap for p in (pictures, other)]
    np.testing.assert_array_equal(*same)
    asked = [average_precision(p, kind="boxes", classes=3).ap[0] for p in (pictures, other)]
    assert asked[1] < asked[0]


def test_sizes_can_be_shorter_sides() -> None:
    """A long and narrow object is small by its side and not by its area."""
    mask = np.zeros((1, 160, 160), bool)
    mask[0, 10:14, 10:150] = True
    box, one = np.array([[10.0, 10.0, 150.0, 14.0]]), np.array([1])
    pictures = [Picture(There(box, mask, one, one < 0), Found(box, mask, one, np.ones(1)))]
    sides = {"all": (0.0, 1e5), "narrow": (0.0, 6.0), "wide": (12.0, 1e5)}
    by_side = average_precision(pictures, kind="boxes", sides=sides, by="shorter side")
    by_area = average_precision(pictures, kind="boxes", sides=sides)
    np.testing.assert_array_equal(np.isnan(by_side.ap), [False, False, True])
    np.testing.assert_array_equal(np.isnan(by_area.ap), [False, True, False])


def test_by_class_is_that_of_each_class() -> None:
    rng = np.random.default_rng(2)
    pictures = [picture(rng) for _ in range(10)]
    every = average_precision(pictures, kind="masks", classes=3)
    assert every.sizes == ("all", "small", "medium", "large")
    assert every.by_class.shape == (4, 3)
    assert every.ap[0] == pytest.approx(np.nanmean(every.by_class[0]))
    assert every.ap50[0] == pytest.approx(np.nanmean(every.by_class50[0]))


def test_a_resample_is_the_same_as_those_pictures() -> None:
    rng = np.random.default_rng(3)
    pictures = [picture(rng) for _ in range(9)]
    work = evaluate(pictures, kind="boxes", classes=3)
    rows = rng.integers(0, 9, 12)
    again, wanted = (
        resampled(work, rows),
        average_precision([pictures[i] for i in rows], kind="boxes", classes=3),
    )
    for mine, theirs in zip(again[1:], wanted[1:], strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-12)
    whole = resampled(work, np.arange(9))
    np.testing.assert_array_equal(whole.ap, average_precision(pictures, kind="boxes", classes=3).ap)


def test_intervals_are_over_groups() -> None:
    """Twenty copies of ten pictures say no more than the ten, if copies are one group."""
    rng = np.random.default_rng(4)
    ten = [picture(rng) for _ in range(10)]
    key, rules = jax.random.key(0), Rules(resamples=100)

    def width(pictures: list[Picture], group: np.ndarray) -> float:
        work = evaluate(pictures, kind="boxes", classes=0)
        found = precision_intervals(key, work, group, rules=rules)["ap50"]
        assert found.low[0] <= found.value[0] <= found.high[0]
        return float(found.high[0] - found.low[0])

    alone, grouped = width(ten, np.arange(10)), width(ten * 4, np.tile(np.arange(10), 4))
    pretended = width(ten * 4, np.arange(40))
    assert grouped == pytest.approx(alone, rel=0.05)
    assert pretended < 0.75 * alone
