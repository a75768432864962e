"""Regions of new magnetograms of the whole disk by a trained run: JSON, COCO, and a picture."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from matplotlib import image as pictures

from jsolar.detect import gallery
from jsolar.detect.examples import DiskInputs
from jsolar.detect.findings import Finding, kept, near_meridian, probability
from jsolar.detect.records import coco, region_records
from jsolar.detect.saved import Trained, load_detector
from jsolar.forecast.predict import NOT_A_FORECAST
from jsolar.report.disks import LIMIT_GAUSS
from jsolar.run import each_file
from jsolar.sun.conventions import WINDOW_HOURS
from jsolar.sun.files.disk_header import disk_header
from jsolar.sun.files.full_disk import FullDisk, framed, read_full_disk
from jsolar.sun.sphere import Frame
from jsolar.writing import write_json


class Seen(NamedTuple):
    """A disk, and what is found on it.

    Attributes:
      path: of the file.
      disk: as the file has it.
      field: as the network sees it, gauss.
      frame: where its pixels lie.
      finding: the regions.
      probability: of a flare of each.
      near: whether each is near enough to the meridian for that.
    """

    path: pathlib.Path
    disk: FullDisk
    field: Float[np.ndarray, "h w"]
    frame: Frame
    finding: Finding
    probability: Float[np.ndarray, "n"]
    near: Bool[np.ndarray, "n"]


def predict(folder: pathlib.Path, files: Sequence[pathlib.Path], output: pathlib.Path) -> None:
    """Find the regions of every file and write JSON, COCO and pictures.

    ``<file>.json`` has a record for each region, with coordinates on the sky and on the Sun;
    ``<file>.coco.json`` boxes and masks in the pixels of ``<file>.field.png``; ``<file>.png``
    shows them.

    Args:
      folder: of the model.
      files: line-of-sight magnetograms of the whole disk.
      output: where everything goes; made if need be.

    Raises:
      ValueError: the only file is no magnetogram of the whole disk.
      FilesError: some of several files could not be used; the others were.
    """
    model = load_detector(folder)

    def one(path: pathlib.Path, name: str) -> str:
        seen = look(model, path)
        output.mkdir(parents=True, exist_ok=True)
        return _write(output / name, seen, model)

    each_file(files, one)


def look(model: Trained, path: pathlib.Path) -> Seen:
    """Find the regions of one disk.

    Args:
      model: the run's.
      path: FITS.

    Returns:
      The disk as the network sees it, and what it finds.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: it is no magnetogram of the whole disk.
    """
    disk, trained_on = read_full_disk(path), model.detector.frame
    field, frame = framed(disk, trained_on.size, radius=trained_on.radius)
    b0 = np.array([disk.observer_latitude_deg], np.float32)
    found = model.detector(DiskInputs(field[None, ..., None].astype(np.float32), b0))
    (finding,) = kept(found, model.score)
    near = near_meridian(finding.boxes, frame, float(b0[0]))
    return Seen(path, disk, field, frame, finding, probability(finding, model.platt), near)


def _write(path: pathlib.Path, seen: Seen, model: Trained) -> str:
    """Write all files and return what they say in a line."""
    record = _record(seen, model)
    write_json(_beside(path, ".json"), record)
    plate = _beside(path, ".field.png")
    gray: dict[str, Any] = {"cmap": "gray", "vmin": -LIMIT_GAUSS, "vmax": LIMIT_GAUSS}
    pictures.imsave(plate, np.nan_to_num(seen.field)[::-1], **gray)
    told = coco(seen.finding, record["regions"], plate.name, size=seen.frame.size)
    write_json(_beside(path, ".coco.json"), told)
    note = "; ".join(record["warnings"])
    gallery.found_on(
        _beside(path, ".png"),
        seen.field,
        seen.frame,
        seen.finding,
        probability=seen.probability,
        near=seen.near,
        threshold=model.threshold,
        observer_latitude_deg=seen.disk.observer_latitude_deg,
        title=f"{record['issue_time'].replace('T', ' ')} UTC, {model.card['event']} "
        f"within {WINDOW_HOURS:.0f} h",
        note=note,
    )
    chance = record["disk_probability"]
    line = f"{path.name}: {len(record['regions'])} regions, {model.card['event']} {chance:.0%}"
    return f"{line} ({note})" if note else line


def _record(seen: Seen, model: Trained) -> dict[str, Any]:
    card, disk = model.card, seen.disk
    header = disk_header(
        seen.frame,
        time=disk.time,
        observer_latitude_deg=disk.observer_latitude_deg,
        observer_carrington_deg=disk.observer_carrington_deg,
        simulated=False,
    )
    regions = region_records(
        seen.finding, seen.field, seen.frame, header, probability=seen.probability, near=seen.near
    )
    event = card["event"]
    for one in regions:
        p = one["probability"]
        yes = None if p is None or np.isnan(model.threshold) else p >= model.threshold
        one["flare"] = {"event": event, "probability": p, "yes": yes}
        del one["probability"]
    return {
        "file": seen.path.name,
        "issue_time": str(disk.time),
        "window_hours": WINDOW_HOURS,
        "observer_latitude_deg": disk.observer_latitude_deg,
        "observer_carrington_deg": disk.observer_carrington_deg,
        "quality": disk.quality,
        "event": event,
        "threshold": model.threshold,
        "disk_probability": 1 - float(np.prod(1 - seen.probability[seen.near])),
        "regions": regions,
        "model": {key: card[key] for key in ("experiment", "method", "data")},
        "warnings": _warnings(seen, card),
    }


def _warnings(seen: Seen, card: Mapping[str, Any]) -> list[str]:
    """Why not to trust what is said."""
    warnings = [NOT_A_FORECAST] if card["data"]["synthetic"] else []
    if seen.disk.quality != 0:
        warnings.append(f"QUALITY {seen.disk.quality:#x} is bad or unknown")
    if not np.isfinite(seen.disk.observer_carrington_deg):
        warnings.append("Carrington longitudes are not known")
    return warnings


def _beside(path: pathlib.Path, ending: str) -> pathlib.Path:
    return path.with_name(path.name + ending)
