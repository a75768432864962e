"""Write pictures and annotations as people do, faults included."""

import json
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

TRIANGLE = [[2.0, 2.0, 10.0, 2.0, 2.0, 10.0]]
"""A polygon of 32 square pixels."""


def write_pictures(folder: pathlib.Path, names: Sequence[str], shape=(20, 24)) -> pathlib.Path:
    """PNGs that are bright where the row from the top is small."""
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = np.linspace(200, 100, shape[0]) + i
        Image.fromarray(np.repeat(rows[:, None], shape[1], 1).astype(np.uint8)).save(path)
    return folder


def coco(names: Sequence[str], annotations: Sequence[dict[str, Any]], shape=(20, 24)) -> dict:
    """A COCO file: image ``i`` is called ``names[i]``; categories are −1, 0 and 1."""
    return {
        "images": [
            {"id": i, "file_name": name, "height": shape[0], "width": shape[1]}
            for i, name in enumerate(names)
        ],
        "categories": [{"id": 1, "name": "R"}, {"id": -1, "name": "L"}, {"id": 0, "name": "U"}],
        "annotations": [
            {"id": i, "image_id": 0, "category_id": 0, "iscrowd": 0, "bbox": [1, 1, 12, 12]} | one
            for i, one in enumerate(annotations)
        ],
    }


def write_coco(path: pathlib.Path, content: dict[str, Any]) -> pathlib.Path:
    path.write_text(json.dumps(content))
    return path


def write_voc(folder: pathlib.Path, name: str, boxes: Sequence[tuple], shape=(20, 24)) -> None:
    """Boxes ``(label, xmin, ymin, xmax, ymax, difficult)`` of one picture."""
    folder.mkdir(parents=True, exist_ok=True)
    objects = "".join(
        f"<object><name>{label}</name><difficult>{hard}</difficult><bndbox><xmin>{x0}</xmin>"
        f"<ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox></object>"
        for label, x0, y0, x1, y1, hard in boxes
    )
    size = f"<size><width>{shape[1]}</width><height>{shape[0]}</height><depth>1</depth></size>"
    text = f"<annotation><filename>{name}</filename>{size}{objects}</annotation>"
    (folder / f"{pathlib.Path(name).stem}.xml").write_text(text)
