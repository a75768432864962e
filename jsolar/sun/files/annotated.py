"""Pictures on which somebody drew: what every annotation format comes down to."""

import os
import pathlib
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from jsolar.sun.fields.masks import tight_boxes
from jsolar.sun.files.fits_file import as_float32, read_image

_DATE = re.compile(r"(19|20)(\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?:[T_-]?(\d\d):?(\d\d):?(\d\d))?")
"""A day, and maybe a time, within the name of a file."""

FITS = (".fits", ".fit", ".fts")


class Drawn(NamedTuple):
    """One object as its file has it: pixels from the upper left corner.

    Attributes:
      category: number of its name, from 1.
      box: ``[left, top, right, bottom]``, edges of pixels; NaN where the file has none.
      outline: polygons or run lengths as COCO writes them; None if only a box was drawn.
      crowd: a group that nobody told apart, or an object marked as difficult.
    """

    category: int
    box: tuple[float, float, float, float]
    outline: Any
    crowd: bool


class Annotated(NamedTuple):
    """A picture and what was drawn on it.

    Attributes:
      name: of its file, relative to the folder of pictures.
      height, width: pixels that the annotator saw.
      drawn: objects.
    """

    name: str
    height: int
    width: int
    drawn: Sequence[Drawn]


class Annotations(NamedTuple):
    """All pictures of an annotation file, or of a folder of them.

    Attributes:
      categories: names, the first is number 1.
      pictures: in order of their names.
      remarks: sentences on what was left out.
    """

    categories: Sequence[str]
    pictures: Sequence[Annotated]
    remarks: Sequence[str]


class Outlines(NamedTuple):
    """The objects of one picture, rows from the top.

    Attributes:
      category: numbers from 1.
      boxes: ``[left, top, right, bottom]``, tight where there is an outline.
      masks: pixels of each; all of the box where nothing was outlined.
      outlined: whether the mask was drawn.
      crowd: see `Drawn`.
    """

    category: np.ndarray
    boxes: Float[np.ndarray, "m 4"]
    masks: Bool[np.ndarray, "m h w"]
    outlined: Bool[np.ndarray, "m"]
    crowd: Bool[np.ndarray, "m"]


def outlines(picture: Annotated) -> Outlines:
    """Masks of the objects; those that lie beside the picture or have no area are left out.

    Raises:
      ValueError: an outline is of a picture of another size.

    Example:
      >>> square = [[1.0, 1.0, 3.0, 1.0, 3.0, 3.0, 1.0, 3.0]]
      >>> none = (np.nan,) * 4
      >>> drawn = [Drawn(1, none, square, False), Drawn(1, (5.0, 5.0, 9.0, 9.0), None, False)]
      >>> found = outlines(Annotated("a.jpg", 4, 4, drawn))
      >>> found.boxes.tolist(), found.masks.sum().item()
      ([[1.0, 1.0, 3.0, 3.0]], 4)
    """
    height, width = picture.height, picture.width
    kept, masks, boxes = [], [], []
    for one in picture.drawn:
        mask = _mask(one, height, width)
        if mask.any():
            kept.append(one)
            masks.append(mask)
            boxes.append(_box(one, mask))
    return Outlines(
        np.array([one.category for one in kept], np.int64),
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(masks, bool).reshape(-1, height, width),
        np.array([one.outline is not None for one in kept], bool),
        np.array([one.crowd for one in kept], bool),
    )


def _mask(one: Drawn, height: int, width: int) -> Bool[np.ndarray, "h w"]:
    if one.outline is None:
        row, column = np.arange(height) + 0.5, np.arange(width) + 0.5
        left, top, right, bottom = one.box
        inside = (row >= top) & (row < bottom), (column >= left) & (column < right)
        return inside[0][:, None] & inside[1][None]
    from pycocotools import mask as rle

    packed = one.outline
    if isinstance(packed, list) or isinstance(packed["counts"], list):  # else it is packed already
        packed = rle.frPyObjects(packed, height, width)
    if isinstance(packed, list):
        packed = rle.merge(packed)
    if list(packed["size"]) != [height, width]:
        raise ValueError(
            f"an outline is of {packed['size'][0]} × {packed['size'][1]} pixels and its picture of "
            f"{height} × {width}: give the annotations of this picture"
        )
    with warnings.catch_warnings():  # pycocotools has not followed NumPy 2
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        return rle.decode(packed).astype(bool)


def _box(one: Drawn, mask: Bool[np.ndarray, "h w"]) -> tuple[float, ...]:
    """Tight about an outline, as drawn boxes often are not; else as drawn, within the picture."""
    if one.outline is None:
        limits = (mask.shape[1], mask.shape[0]) * 2
        return tuple(min(max(x, 0.0), float(n)) for x, n in zip(one.box, limits, strict=True))
    return tuple(tight_boxes(mask[None])[0].tolist())


def read_picture(path: str | os.PathLike[str], *, channels: int = 1) -> Float[np.ndarray, "h w c"]:
    """A picture as numbers, rows from the top as annotators see it.

    Args:
      path: what Pillow reads, values 0–255; or FITS, whose rows run from the bottom.
      channels: 1 (grey) or 3 (red, green, blue); FITS has 1.

    Returns:
      float32.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: it cannot be read.
    """
    path = pathlib.Path(path)
    if path.suffix.lower() in FITS:
        return as_float32(read_image(path).pixels)[::-1, :, None]
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("L" if channels == 1 else "RGB"), np.float32)
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} does not exist: put the picture there") from None
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{path} cannot be read as a picture: {error}") from None
    return pixels.reshape(*pixels.shape[:2], channels)


def time_of(name: str) -> np.datetime64:
    """The time in the name of a file; NaT if there is none.

    Example:
      >>> str(time_of("2015,08,01,bbso_halph_fr_20150801_174814.jpg"))
      '2015-08-01T17:48:14'
      >>> str(time_of("hmi_20110215.png")), str(time_of("sun.png"))
      ('2011-02-15T00:00:00', 'NaT')
    """
    for found in _DATE.finditer(name):
        century, year, month, day, *clock = found.groups()
        stamp = f"{century}{year}-{month}-{day}T{':'.join(x or '00' for x in clock)}"
        try:
            return np.datetime64(stamp, "s")
        except ValueError:
            continue
    return np.datetime64("NaT", "s")


def numbered(names: Mapping[Any, str]) -> tuple[dict[Any, int], list[str]]:
    """Categories by a number from 1 in place of the file's identifier, and their names.

    Example:
      >>> numbered({-1: "L", 1: "R", 0: "unidentified"})
      ({-1: 1, 0: 2, 1: 3}, ['L', 'unidentified', 'R'])
    """
    order = sorted(names)
    return {key: i + 1 for i, key in enumerate(order)}, [names[key] for key in order]
