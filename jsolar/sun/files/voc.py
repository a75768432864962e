"""Boxes in the format of Pascal VOC: an XML file for every picture."""

import os
import pathlib
from xml.etree import ElementTree

from jsolar.sun.files.annotated import Annotated, Annotations, Drawn, numbered


def read_voc(folder: str | os.PathLike[str]) -> Annotations:
    """Read all XML files of a folder.

    Corners are pixels, counted from 1 at the upper left, and belong to the box; so its edges are
    ``xmin − 1`` and ``xmax``. Objects that are marked as difficult count as crowds.

    Args:
      folder: with XML files; subfolders are searched too.

    Returns:
      The pictures; none of their objects has an outline.

    Raises:
      FileNotFoundError: there is no XML file.
      ValueError: a file is no annotation, or a box has no numbers.
    """
    paths = sorted(pathlib.Path(folder).rglob("*.xml"))
    if not paths:
        raise FileNotFoundError(f"{folder} has no XML file: give a folder of VOC annotations")
    files = [_read(path) for path in paths]
    names = sorted({name for _, objects in files for name, *_ in objects})
    number, categories = numbered({name: name for name in names})
    pictures, empty = [], 0
    for (name, height, width), objects in files:
        drawn = [
            Drawn(number[label], box, None, crowd)
            for label, box, crowd in objects
            if box[2] > box[0] and box[3] > box[1]
        ]
        empty += len(objects) - len(drawn)
        pictures.append(Annotated(name, height, width, drawn))
    remarks = [f"{empty} boxes without area: left out"] if empty else []
    return Annotations(categories, sorted(pictures), remarks)


_Object = tuple[str, tuple[float, float, float, float], bool]


def _read(path: pathlib.Path) -> tuple[tuple[str, int, int], list[_Object]]:
    try:
        root = ElementTree.parse(path).getroot()
        size = [int(root.findtext(f"size/{side}", "")) for side in ("height", "width")]
        objects = [_object(one) for one in root.iter("object")]
        name = root.findtext("filename", "")
    except (ElementTree.ParseError, ValueError) as error:
        raise ValueError(f"{path} is no VOC annotation: {error}") from None
    if not name:
        raise ValueError(f"{path} is no VOC annotation: it names no picture (filename)")
    return (name, size[0], size[1]), objects


def _object(one: ElementTree.Element) -> _Object:
    left, top, right, bottom = (
        float(one.findtext(f"bndbox/{edge}", "")) for edge in ("xmin", "ymin", "xmax", "ymax")
    )
    difficult = one.findtext("difficult", "0").strip() == "1"
    return one.findtext("name", ""), (left - 1, top - 1, right, bottom), difficult
