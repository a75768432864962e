"""Average precision as COCO defines it, computed by the reference program, pycocotools."""

import contextlib
import copy
import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.keys import generator
from jsolar.verify.boxes.pictures import Found, Picture, There
from jsolar.verify.intervals import Interval, Rules, percentile_interval

COCO_SIDES: Mapping[str, tuple[float, float]] = {
    "all": (0.0, 1e5),
    "small": (0.0, 32.0),
    "medium": (32.0, 96.0),
    "large": (96.0, 1e5),
}
"""Sizes of COCO as roots of areas, in pixels of the picture; for photographs, not for the Sun."""

AT_MOST = (1, 10, 100)
"""Detections of a picture and class that count."""

Kind = Literal["boxes", "masks"]

PRECISION_RULES = Rules(resamples=500)
"""Fewer resamples than for other scores: each is a summary by pycocotools, some 25 ms."""


class Precision(NamedTuple):
    """Average precision AP and recall AR; NaN where there is no object.

    Attributes:
      sizes: names of the ranges of size, s.
      ap: mean over the thresholds of IoU 0.50, 0.55 … 0.95 and over classes, by size.
      ap50, ap75: at one threshold.
      ar: mean recall over thresholds and classes, for each of `AT_MOST`, by size.
      by_class: AP of each class k, by size.
      by_class50: the same at IoU 0.50.
    """

    sizes: tuple[str, ...]
    ap: Float[np.ndarray, "s"]
    ap50: Float[np.ndarray, "s"]
    ap75: Float[np.ndarray, "s"]
    ar: Float[np.ndarray, "s 3"]
    by_class: Float[np.ndarray, "s k"]
    by_class50: Float[np.ndarray, "s k"]


def average_precision(
    pictures: Sequence[Picture],
    *,
    kind: Kind,
    classes: int = 1,
    sides: Mapping[str, tuple[float, float]] = COCO_SIDES,
    by: Literal["area", "shorter side"] = "area",
) -> Precision:
    """AP and AR of a set of pictures.

    Detections are matched to objects in order of their scores; AP is the area under the envelope
    of precision over recall, at 101 recalls. Objects outside a range of size are ignored in it, as
    are detections outside it that match nothing.

    Args:
      pictures: at least one.
      kind: what overlaps: boxes or masks.
      classes: k; 0 takes all objects as of one class, so that only finding them counts.
      sides: ranges of size in pixels of the picture; the first is that of the totals.
      by: size is the root of the area (COCO's), or the shorter side of the box.

    Returns:
      The numbers.

    Example:
      >>> mask = np.zeros((1, 8, 8), bool)
      >>> mask[0, 2:6, 2:6] = True
      >>> box, one = np.array([[2.0, 2.0, 6.0, 6.0]]), np.array([1])
      >>> there, found = There(box, mask, one, np.array([False])), Found(box, mask, one, np.ones(1))
      >>> average_precision([Picture(there, found)], kind="masks").ap.round(2).tolist()
      [1.0, 1.0, nan, nan]

    References:
      Lin et al. (2014), doi:10.1007/978-3-319-10602-1_48
    """
    return _summary(evaluate(pictures, kind=kind, classes=classes, sides=sides, by=by))


def evaluate(
    pictures: Sequence[Picture],
    *,
    kind: Kind,
    classes: int = 1,
    sides: Mapping[str, tuple[float, float]] = COCO_SIDES,
    by: Literal["area", "shorter side"] = "area",
) -> Any:
    """What pycocotools knows of every picture, before it is summed up; for `resampled`.

    Args:
      pictures: see `average_precision`.
      kind: see `average_precision`.
      classes: see `average_precision`.
      sides: see `average_precision`.
      by: see `average_precision`.

    Returns:
      An evaluated ``COCOeval``.
    """
    with _quietly():
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval

        truth, answers = COCO(), COCO()
        truth.dataset, answers.dataset = _datasets(pictures, max(classes, 1), kind, by)
        if classes == 0:
            for one in [*truth.dataset["annotations"], *answers.dataset["annotations"]]:
                one["category_id"] = 1
        truth.createIndex()
        answers.createIndex()
        work = COCOeval(truth, answers, "bbox" if kind == "boxes" else "segm")
        work.params.areaRng = [[low**2, high**2] for low, high in sides.values()]
        work.params.areaRngLbl = list(sides)
        work.params.maxDets = list(AT_MOST)
        work.evaluate()
        work.accumulate()
    return work


def resampled(work: Any, rows: Sequence[int] | np.ndarray) -> Precision:
    """The same numbers of other pictures: those of a resample, some of them several times.

    Args:
      work: from `evaluate`.
      rows: which pictures, from 0.

    Returns:
      The numbers.
    """
    again = copy.copy(work)
    again.params = copy.copy(work.params)
    again._paramsEval = copy.copy(work._paramsEval)
    count = len(work._paramsEval.imgIds)
    every = np.empty(len(work.evalImgs), object)
    every[:] = work.evalImgs
    again.evalImgs = every.reshape(-1, count)[:, np.asarray(rows)].ravel().tolist()
    numbers = list(range(len(rows)))
    again.params.imgIds, again._paramsEval.imgIds = numbers, numbers
    with _quietly():
        again.accumulate()
    return _summary(again)


def precision_intervals(
    key: Key[Array, ""],
    work: Any,
    group: Int[np.ndarray, "p"],
    *,
    rules: Rules = PRECISION_RULES,
) -> dict[str, Interval]:
    """Intervals of AP, by a bootstrap over groups of pictures such as rotations of the Sun.

    Args:
      key: randomness.
      work: from `evaluate`.
      group: of each picture.
      rules: how many resamples and which level.

    Returns:
      ``ap``, ``ap50`` and ``ap75``, each by size.

    Example:
      >>> import jax
      >>> mask = np.zeros((1, 8, 8), bool)
      >>> mask[0, 2:6, 2:6] = True
      >>> box, one = np.array([[2.0, 2.0, 6.0, 6.0]]), np.array([1])
      >>> there, found = There(box, mask, one, np.array([False])), Found(box, mask, one, np.ones(1))
      >>> missed = Found(*(x[:0] for x in found))
      >>> work = evaluate([Picture(there, f) for f in [found, missed] * 10], kind="boxes")
      >>> half = precision_intervals(jax.random.key(0), work, np.arange(20))["ap50"]
      >>> 0.2 < half.low[0] < half.value[0] < half.high[0] < 0.8
      Array(True, dtype=bool)
    """
    names, number = np.unique(group, return_inverse=True)
    members = [np.flatnonzero(number == i) for i in range(len(names))]
    rng = generator(key)
    draws = rng.integers(0, len(names), (rules.resamples, len(names)))
    scored = [resampled(work, np.concatenate([members[i] for i in draw])) for draw in draws]
    whole = _summary(work)
    return {
        name: percentile_interval(
            getattr(whole, name), np.stack([getattr(one, name) for one in scored]), rules=rules
        )
        for name in ("ap", "ap50", "ap75")
    }


def _summary(work: Any) -> Precision:
    """Means over what exists; COCO writes −1 where there is no object."""
    precision = np.where(work.eval["precision"] < 0, np.nan, work.eval["precision"])
    recall = np.where(work.eval["recall"] < 0, np.nan, work.eval["recall"])
    best = precision[..., -1]  # thresholds, recalls, classes, sizes
    thresholds = work.params.iouThrs
    fifty, three = (int(np.argmin(np.abs(thresholds - t))) for t in (0.5, 0.75))
    return Precision(
        tuple(work.params.areaRngLbl),
        _mean(best, (0, 1, 2)),
        _mean(best[fifty], (0, 1)),
        _mean(best[three], (0, 1)),
        _mean(recall, (0, 1)),
        _mean(best, (0, 1)).T,
        _mean(best[fifty], (0,)).T,
    )


def _mean(values: np.ndarray, axis: tuple[int, ...]) -> np.ndarray:
    there = np.isfinite(values)
    count = there.sum(axis)
    total = np.where(there, values, 0.0).sum(axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _datasets(
    pictures: Sequence[Picture], classes: int, kind: Kind, by: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Objects and detections as COCO writes them."""
    common = {
        "images": [
            {"id": i + 1, "height": one.there.masks.shape[1], "width": one.there.masks.shape[2]}
            for i, one in enumerate(pictures)
        ],
        "categories": [{"id": i + 1} for i in range(classes)],
    }
    there: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for i, picture in enumerate(pictures):
        for j, crowd in enumerate(picture.there.crowd):
            one = _annotation(picture.there, j, "masks", by) | {"iscrowd": int(crowd)}
            there.append(one | {"image_id": i + 1, "id": len(there) + 1})
        for j, score in enumerate(picture.found.scores):
            one = _annotation(picture.found, j, kind, by) | {"score": float(score)}
            found.append(one | {"image_id": i + 1, "id": len(found) + 1})
    return common | {"annotations": there}, common | {"annotations": found}


def _annotation(objects: There | Found, j: int, kind: Kind, by: str) -> dict[str, Any]:
    """One object; the area of what was found is that of what is compared, as COCO has it."""
    from pycocotools import mask as rle

    left, low, right, high = map(float, objects.boxes[j])
    boxed = (right - left) * (high - low)
    area = boxed if kind == "boxes" else float(objects.masks[j].sum())
    if by == "shorter side":
        area = min(right - left, high - low) ** 2
    return {
        "category_id": int(objects.classes[j]),
        "bbox": [left, low, right - left, high - low],
        "area": area,
        "segmentation": rle.encode(np.asfortranarray(objects.masks[j], np.uint8)),
    }


@contextlib.contextmanager
def _quietly() -> Any:
    """Pycocotools prints, and has not followed NumPy 2."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        yield
