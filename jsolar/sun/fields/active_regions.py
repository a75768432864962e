"""Where on a magnetogram of the disk active regions are, by a rule that anybody can repeat."""

import dataclasses
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import ndimage

from jsolar.sun.units import SOLAR_RADIUS_MM


@dataclasses.dataclass(frozen=True)
class RegionRule:
    """Strong field, smoothed, grouped: the kind of rule that made the SHARPs' bitmaps.

    Attributes:
      smooth_mm: standard deviation of the Gaussian over which |B| is smoothed.
      mean_gauss: smoothed |B_r| from which on a place is active.
      seed_gauss: smoothed |B_r| that a region reaches somewhere.
      join_mm: places that are nearer to each other than this are one region.
      smallest_mm2: area of a region on the Sun, at least.
      lowest_mu: nearer to the limb nothing is looked for.
    """

    smooth_mm: float = 8.0
    mean_gauss: float = 20.0
    seed_gauss: float = 40.0
    join_mm: float = 20.0
    smallest_mm2: float = 300.0
    lowest_mu: float = 0.25


class ActiveRegions(NamedTuple):
    """What the rule finds, the largest first.

    Attributes:
      labels: 0 beside all regions, else the number of the region, from 1.
      boxes: ``[left, low, right, high]`` in pixels, the tight boxes of the regions.
    """

    labels: Int[np.ndarray, "h w"]
    boxes: Float[np.ndarray, "m 4"]

    def masks(self) -> Bool[np.ndarray, "m h w"]:
        """The pixels of each region."""
        return self.labels == 1 + np.arange(len(self.boxes))[:, None, None]


def active_regions(
    field_gauss: Float[np.ndarray, "h w"],
    mu: Float[np.ndarray, "h w"],
    *,
    radius_pixels: float,
    rule: RegionRule = RegionRule(),
) -> ActiveRegions:
    """Regions of strong field on a magnetogram of the whole disk.

    |B_los|/μ is smoothed; what is above one threshold, and hangs together with a place above a
    higher one, is active; active places near each other are one region.

    Args:
      field_gauss: B_los; NaN beside the disk.
      mu: cosine of the heliocentric angle of each pixel; NaN beside the disk.
      radius_pixels: of the disk.
      rule: thresholds and scales.

    Returns:
      The regions.

    Example:
      >>> y, x = np.mgrid[:64, :64]
      >>> field = 500.0 * (np.hypot(x - 20, y - 30) < 3) - 500.0 * (np.hypot(x - 26, y - 30) < 3)
      >>> found = active_regions(field, np.ones((64, 64)), radius_pixels=120.0)
      >>> found.boxes.tolist()
      [[16.0, 26.0, 31.0, 35.0]]

    References:
      Turmon, Pap & Mukhtar (2002), doi:10.1086/338681; Hoeksema et al. (2014),
      doi:10.1007/s11207-014-0516-8, section 3
    """
    pixel = SOLAR_RADIUS_MM / radius_pixels
    seen = np.nan_to_num(mu) > rule.lowest_mu
    strength = np.where(seen, np.abs(np.nan_to_num(field_gauss)) / np.where(seen, mu, 1.0), 0.0)
    smooth = ndimage.gaussian_filter(strength, rule.smooth_mm / pixel, truncate=3.0)
    active = ndimage.binary_propagation(
        seen & (smooth >= rule.seed_gauss), mask=seen & (smooth >= rule.mean_gauss)
    )
    reach = max(1, round(0.5 * rule.join_mm / pixel))
    near = ndimage.binary_dilation(active, ndimage.generate_binary_structure(2, 1), reach)
    groups, count = ndimage.label(near)
    groups = np.where(active, groups, 0)
    area = pixel**2 * ndimage.sum(
        np.where(seen, 1 / np.where(seen, mu, 1.0), 0.0), groups, np.arange(1, count + 1)
    )
    order = np.argsort(-np.atleast_1d(area), kind="stable")
    order = order[np.atleast_1d(area)[order] >= rule.smallest_mm2]
    number = np.zeros(count + 1, int)
    number[1 + order] = 1 + np.arange(len(order))
    labels = number[groups]
    slices = ndimage.find_objects(labels, len(order))
    boxes = [[x.start, y.start, x.stop, y.stop] for y, x in slices]
    return ActiveRegions(labels, np.array(boxes, float).reshape(-1, 4))
