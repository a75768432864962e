"""Boxes of pixels as ``SkyCoord``, and back.

A box ``[left, low, right, high]`` is bounded by edges of pixels: pixel 0 reaches from 0 to 1, so
the middle of a pixel, which is a whole number for WCS libraries, has a coordinate of a half here.
"""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import sunpy.coordinates  # noqa: F401, teaches astropy the frames of the Sun
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS, FITSFixedWarning
from jaxtyping import Float


def sky_boxes(boxes: Float[np.ndarray, "m 4"], header: Mapping[str, Any]) -> SkyCoord:
    """The corners of boxes on the sky.

    Args:
      boxes: ``[left, low, right, high]``, pixels.
      header: of the picture, such as `jsolar.sun.files.disk_header.disk_header` makes it or
        ``sunpy.map.Map.meta`` has it.

    Returns:
      ``[m, 2]``: of each box the corner at the lower left and that at the upper right,
      helioprojective. ``.transform_to("heliographic_stonyhurst")`` and
      ``sunpy.map.Map.draw_quadrangle`` take them; corners beside the disk have no place on the Sun.

    Example:
      >>> from jsolar.sun.files.disk_header import disk_header
      >>> from jsolar.sun.sphere import Frame
      >>> header = disk_header(
      ...     Frame(64), time=np.datetime64("2014-03-01T00:00:00"),
      ...     observer_latitude_deg=-7.2, simulated=True,
      ... )
      >>> corners = sky_boxes(np.array([[0.0, 0.0, 64.0, 64.0]]), header)
      >>> corners.Tx.to_value("arcsec").round(0).tolist()
      [[-1021.0, 1021.0]]
    """
    left, low, right, high = np.asarray(boxes, float).reshape(-1, 4).T - 0.5
    wcs = _wcs(header)
    return wcs.pixel_to_world(np.stack([left, right], -1), np.stack([low, high], -1))


def pixel_boxes(corners: SkyCoord, header: Mapping[str, Any]) -> Float[np.ndarray, "m 4"]:
    """The boxes of pixels whose corners are at places on the sky, the inverse of `sky_boxes`.

    Args:
      corners: ``[m, 2]``, in any frame of the same observer that has a place on the sky.
      header: of the picture.

    Returns:
      ``[left, low, right, high]``, pixels.
    """
    wcs = _wcs(header)
    x, y = wcs.world_to_pixel(corners)
    along, across = np.sort(x, -1) + 0.5, np.sort(y, -1) + 0.5
    return np.stack([along[:, 0], across[:, 0], along[:, 1], across[:, 1]], -1)


def heliographic_boxes(boxes: Float[np.ndarray, "m 4"], header: Mapping[str, Any]) -> SkyCoord:
    """The middles of boxes on the Sun, Stonyhurst; NaN where a middle is beside the disk.

    Args:
      boxes: ``[left, low, right, high]``, pixels.
      header: of the picture.

    Returns:
      ``[m]``.
    """
    corners = sky_boxes(boxes, header)
    middle = SkyCoord(corners.Tx.mean(-1), corners.Ty.mean(-1), frame=corners.frame)
    beside = np.hypot(middle.Tx, middle.Ty) > middle.frame.angular_radius
    found = middle.transform_to("heliographic_stonyhurst")
    nowhere = np.where(beside, np.nan, 1.0)
    return SkyCoord(
        found.lon * nowhere,
        found.lat * nowhere,
        frame="heliographic_stonyhurst",
        obstime=found.obstime,
    )


def _wcs(header: Mapping[str, Any]) -> WCS:
    known = {key: v for key, v in header.items() if not isinstance(v, float) or v == v}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FITSFixedWarning)  # it adds MJD-OBS and says so
        return WCS(known)
