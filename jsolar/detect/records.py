"""Regions that were found, as records that others read: those of the HEK, and COCO."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from jsolar.detect.findings import Finding
from jsolar.sun import units
from jsolar.sun.sky_boxes import heliographic_boxes, sky_boxes
from jsolar.sun.sphere import Frame, sphere

CATEGORY = {"id": 1, "name": "active region", "supercategory": "Sun"}
"""The one of COCO files."""


def region_records(
    finding: Finding,
    field_gauss: Float[np.ndarray, "h w"],
    frame: Frame,
    header: Mapping[str, Any],
    *,
    probability: Float[np.ndarray, "n"],
    near: Bool[np.ndarray, "n"],
) -> list[dict[str, Any]]:
    """One record for each region, the surest first; names as in the HEK where it has one.

    Args:
      finding: the regions.
      field_gauss: of the disk.
      frame: where its pixels lie.
      header: the same for WCS libraries, see `jsolar.sun.files.disk_header`.
      probability: of a flare of each.
      near: whether each is near enough to the meridian to be forecast.

    Returns:
      Records with ``hpc_x``, ``hpc_y`` (arcsec), ``hgs_x``, ``hgs_y`` (Stonyhurst longitude and
      latitude) and ``hgc_x`` of the middle of the box (None beside the disk), its corners
      ``boundbox_…`` and ``hpc_bbox``, the area on the Sun in millionths of the hemisphere, the
      score, and the unsigned flux and the probability (None where they are not asked for).

    References:
      Hurlburt et al. (2012), doi:10.1007/s11207-010-9624-2
    """
    if not len(finding.boxes):
        return []
    corners = sky_boxes(finding.boxes, header)
    middle = heliographic_boxes(finding.boxes, header)
    x, y = (np.asarray(side.to_value("arcsec")) for side in (corners.Tx, corners.Ty))
    mu = np.asarray(sphere(frame, 0.0).mu, float)  # whatever B0 is
    masks = finding.found(frame.size).masks
    area_mm2 = np.where(masks, frame.pixel_mm**2 / mu, 0.0).sum((1, 2))
    per_pixel = np.abs(field_gauss) / mu**2 * (frame.pixel_mm * units.CM_PER_MM) ** 2
    flux_mx = np.where(masks, per_pixel, 0.0).sum((1, 2))
    hemisphere_mm2 = 2 * np.pi * units.SOLAR_RADIUS_MM**2
    time, turned = str(header["DATE-OBS"]), float(header["CRLN_OBS"])
    records = []
    for i in np.argsort(-finding.scores, kind="stable").tolist():
        longitude, latitude = float(middle.lon.deg[i]), float(middle.lat.deg[i])
        (left, right), (low, high) = x[i].tolist(), y[i].tolist()
        ring = [(left, low), (right, low), (right, high), (left, high), (left, low)]
        records.append(
            {
                "event_type": "AR",
                "event_starttime": time,
                "event_endtime": time,
                "event_coordsys": "UTC-HPC-TOPO",
                "event_coordunit": "arcsec",
                "hpc_x": 0.5 * (left + right),
                "hpc_y": 0.5 * (low + high),
                "hgs_x": longitude,
                "hgs_y": latitude,
                "hgc_x": (longitude + turned) % 360,
                "hgc_y": latitude,
                "boundbox_c1ll": left,
                "boundbox_c2ll": low,
                "boundbox_c1ur": right,
                "boundbox_c2ur": high,
                "hpc_bbox": polygon(ring),
                "area_msh": float(1e6 * area_mm2[i] / hemisphere_mm2),
                "unsigned_flux_mx": float(flux_mx[i]) if near[i] else None,
                "frm_name": "jsolar",
                "score": float(finding.scores[i]),
                "number": i,
                "probability": float(probability[i]) if near[i] else None,
            }
        )
    return records


def coco(
    finding: Finding, records: Sequence[Mapping[str, Any]], file_name: str, *, size: int
) -> dict[str, Any]:
    """A COCO file of instances; rows are counted from the top, as COCO does.

    Args:
      finding: the regions.
      records: from `region_records`; their ``score`` and ``flare`` are kept beside what COCO has.
      file_name: of the picture.
      size: pixels on its side.

    Returns:
      What the JSON holds; `jsolar.sun.files.coco.read_coco` reads it.
    """
    from pycocotools import mask as rle

    masks = finding.found(size).masks
    annotations = []
    for number, record in enumerate(records, 1):
        i = record["number"]
        left, low, right, high = finding.boxes[i].tolist()
        packed = rle.encode(np.asfortranarray(masks[i][::-1], np.uint8))
        annotations.append(
            {
                "id": number,
                "image_id": 1,
                "category_id": CATEGORY["id"],
                "bbox": [left, size - high, right - left, high - low],
                "area": int(masks[i].sum()),
                "segmentation": {"size": [size, size], "counts": packed["counts"].decode()},
                "iscrowd": 0,
                **{key: record[key] for key in ("score", "flare") if key in record},
            }
        )
    image = {"id": 1, "file_name": file_name, "height": size, "width": size}
    return {"images": [image], "categories": [CATEGORY], "annotations": annotations}


def polygon(corners: Sequence[tuple[float, float]]) -> str:
    """A closed ring of places, as the HEK writes it.

    Example:
      >>> polygon([(0.0, 1.0), (2.0, 1.0), (0.0, 1.0)])
      'POLYGON((0.00 1.00,2.00 1.00,0.00 1.00))'
    """
    return f"POLYGON(({','.join(f'{x:.2f} {y:.2f}' for x, y in corners)}))"
