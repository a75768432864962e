"""Annotations in the format of COCO, as people really write it."""

import json
import math
import os
import pathlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from jsolar.sun.files.annotated import Annotated, Annotations, Drawn, numbered


def read_coco(path: str | os.PathLike[str]) -> Annotations:
    """Read a COCO file of instances.

    What is not as COCO says is taken as it is meant: identifiers of categories may be any numbers;
    one picture may stand under many ``images`` (it is known by its ``file_name``, which may contain
    commas); ``segmentation`` may be null or empty, and then the box is all there is.

    Args:
      path: JSON.

    Returns:
      All pictures, also those on which nothing was drawn.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: it is no JSON, no COCO, names a category or picture that it does not have, or
        tells two sizes of one picture.
    """
    content = _load(pathlib.Path(path))
    try:
        return _annotations(path, content)
    except KeyError as error:
        raise ValueError(f"{path} is no COCO file of instances: {error} is missing") from None
    except TypeError as error:
        raise ValueError(f"{path} is no COCO file of instances: {error}") from None


def _annotations(path: str | os.PathLike[str], content: Mapping[str, Any]) -> Annotations:
    names = {one["id"]: str(one["name"]) for one in content["categories"]}
    number, categories = numbered(names)
    size: dict[str, tuple[int, int]] = {}
    name_of: dict[Any, str] = {}
    for image in content["images"]:
        name = str(image["file_name"])
        name_of[image["id"]] = name
        shape = (int(image["height"]), int(image["width"]))
        if size.setdefault(name, shape) != shape:
            raise ValueError(f"{path}: {name} is {size[name]} and {shape} pixels: keep one of them")
    drawn: dict[str, list[Drawn]] = defaultdict(list)
    remarks: Counter[str] = Counter()
    for i, one in enumerate(content["annotations"]):
        for key, known in (("category_id", number), ("image_id", name_of)):
            if one.get(key) not in known:
                raise ValueError(
                    f"{path}: annotation {i} has {key} {one.get(key)}, which is unknown"
                )
        found = _drawn(one, number[one["category_id"]])
        if isinstance(found, str):
            remarks[found] += 1
        else:
            drawn[name_of[one["image_id"]]].append(found)
            if found.outline is None:
                remarks["without outline: the box is its mask"] += 1
    pictures = [Annotated(name, *size[name], drawn[name]) for name in sorted(size)]
    return Annotations(
        categories, pictures, [f"{n} annotations {what}" for what, n in sorted(remarks.items())]
    )


def _load(path: pathlib.Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} does not exist: give a COCO file of instances") from None
    except ValueError as error:
        raise ValueError(f"{path} is no JSON: {error}") from None
    missing = [k for k in ("images", "annotations", "categories") if k not in content]
    if missing:
        raise ValueError(f"{path} is no COCO file of instances: {', '.join(missing)} is missing")
    return content


def _drawn(one: Mapping[str, Any], category: int) -> Drawn | str:
    """The object; or why it is left out."""
    outline = one.get("segmentation")
    if isinstance(outline, list):  # polygons need three corners
        outline = [polygon for polygon in outline if len(polygon) >= 6]
    left, top, width, height = (*map(float, one.get("bbox") or ()), *[math.nan] * 4)[:4]
    if not outline and not (width > 0 and height > 0):
        return "without outline and without a box: left out"
    box = (left, top, left + width, top + height)
    return Drawn(category, box, outline or None, bool(one.get("iscrowd", 0)))
