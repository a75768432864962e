"""The baseline: regions by a threshold and grouping, their flares by the flux within."""

import numpy as np

from jsolar.detect.examples import DiskInputs
from jsolar.detect.findings import Finding, finding
from jsolar.sun import units
from jsolar.sun.fields.active_regions import RegionRule, active_regions
from jsolar.sun.sphere import Frame, sphere


def find_by_rule(
    inputs: DiskInputs, frame: Frame, *, rule: RegionRule = RegionRule()
) -> list[Finding]:
    """Active regions of each disk by `active_regions`.

    The score of each and the evidence for its flares is the logarithm of its unsigned flux in Mx,
    Σ |B_los| / μ² dA over the mask: one for the angle of the field and one for that of the area.

    Args:
      inputs: the disks.
      frame: of the pictures.
      rule: by which pixels belong to regions.

    Returns:
      What is found in each.
    """
    mu = np.asarray(sphere(frame, 0.0).mu, float)  # whatever B0 is
    cell_cm2 = (frame.pixel_mm * units.CM_PER_MM) ** 2
    findings = []
    for image in inputs.image:
        field = np.asarray(image[..., 0], float)
        found = active_regions(field, mu, radius_pixels=frame.radius_pixels, rule=rule)
        masks = found.masks()
        flux = np.where(masks, np.abs(field) / mu**2 * cell_cm2, 0.0).sum((1, 2))
        evidence = np.log10(np.maximum(flux, 1.0))
        findings.append(finding(found.boxes, masks, evidence, evidence))
    return findings
