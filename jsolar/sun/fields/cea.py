"""Where the pixels of a patch in cylindrical equal-area (CEA) projection lie on the Sun."""

from typing import Any

import numpy as np
from jaxtyping import Float

Angles = Float[np.ndarray, "h w"]


def cea_to_stonyhurst(
    shape: tuple[int, int], *, degrees_per_pixel: float, latitude_deg: float, longitude_deg: float
) -> tuple[Angles, Angles]:
    """Latitude and longitude of every pixel.

    A SHARP is projected about the centre of its own patch (B_c, L_c), not about the Sun's
    equator: pixels lie evenly in the longitude x and in the sine of the latitude y of a grid whose
    origin is that centre. Turned back to the Sun's axis,

      sin B = sin y cos B_c + cos y cos x sin B_c,
      tan(L − L_c) = cos y sin x / (cos y cos x cos B_c − sin y sin B_c).

    Taking rows as latitudes instead is wrong by half a degree at the corners of a large region.

    Args:
      shape: rows (south to north) and columns (east to west).
      degrees_per_pixel: at the centre.
      latitude_deg: of the centre, B_c.
      longitude_deg: of the centre, L_c.

    Returns:
      Latitudes and longitudes ``[y, x]``, degrees; longitudes are in the system of
      ``longitude_deg`` (Stonyhurst or Carrington), within 180° of it.

    Example:
      >>> latitude, longitude = cea_to_stonyhurst(
      ...     (1, 3), degrees_per_pixel=1.0, latitude_deg=-20.0, longitude_deg=10.0
      ... )
      >>> latitude.round(3).tolist(), longitude.round(2).tolist()
      ([[-19.997, -20.0, -19.997]], [[8.94, 10.0, 11.06]])

    References:
      Sun (2013), arXiv:1309.2392; Thompson (2006), doi:10.1051/0004-6361:20054262
    """
    rows, columns = shape
    y = (np.arange(rows) - (rows - 1) / 2) * degrees_per_pixel
    x = (np.arange(columns) - (columns - 1) / 2) * degrees_per_pixel
    return plane_to_stonyhurst(
        x[None], y[:, None], latitude_deg=latitude_deg, longitude_deg=longitude_deg
    )


def plane_to_stonyhurst(
    x_deg: Any, y_deg: Any, *, latitude_deg: float, longitude_deg: float
) -> tuple[Any, Any]:
    """Latitude and longitude of points of the projected plane; see `cea_to_stonyhurst`.

    Args:
      x_deg: to the west of the centre, in degrees of the projection; broadcast with y_deg.
      y_deg: to the north of it.
      latitude_deg: of the centre.
      longitude_deg: of the centre.

    Returns:
      Latitudes and longitudes, degrees.

    Example:
      >>> latitude, longitude = plane_to_stonyhurst(1.0, 0.0, latitude_deg=60.0, longitude_deg=0.0)
      >>> float(latitude.round(3)), float(longitude.round(3))
      (59.985, 1.999)
    """
    x, sin_y = np.deg2rad(x_deg), np.clip(np.deg2rad(y_deg), -1, 1)
    cos_y = np.sqrt(1 - sin_y**2)
    sin_c, cos_c = np.sin(np.deg2rad(latitude_deg)), np.cos(np.deg2rad(latitude_deg))
    latitude = np.arcsin(np.clip(sin_y * cos_c + cos_y * np.cos(x) * sin_c, -1, 1))
    longitude = np.arctan2(cos_y * np.sin(x), cos_y * np.cos(x) * cos_c - sin_y * sin_c)
    return np.rad2deg(latitude), longitude_deg + np.rad2deg(longitude)


def stonyhurst_to_plane(
    latitude: Any, longitude: Any, *, latitude_deg: float, longitude_deg: float
) -> tuple[Any, Any]:
    """Points of the projected plane of places on the Sun: the inverse of `plane_to_stonyhurst`.

      sin y = sin B cos B_c − cos B cos(L − L_c) sin B_c,
      tan x = cos B sin(L − L_c) / (cos B cos(L − L_c) cos B_c + sin B sin B_c).

    Args:
      latitude: B, degrees; broadcast with longitude.
      longitude: L, in the system of ``longitude_deg``.
      latitude_deg: of the centre, B_c.
      longitude_deg: of the centre, L_c.

    Returns:
      Degrees of the projection to the west and to the north of the centre.

    Example:
      >>> x, y = stonyhurst_to_plane(59.985, 1.999, latitude_deg=60.0, longitude_deg=0.0)
      >>> float(x.round(3)), float(y.round(3))
      (1.0, 0.0)
    """
    b, turned = np.deg2rad(latitude), np.deg2rad(longitude - longitude_deg)
    sin_c, cos_c = np.sin(np.deg2rad(latitude_deg)), np.cos(np.deg2rad(latitude_deg))
    sin_y = np.sin(b) * cos_c - np.cos(b) * np.cos(turned) * sin_c
    along = np.cos(b) * np.cos(turned) * cos_c + np.sin(b) * sin_c
    return np.rad2deg(np.arctan2(np.cos(b) * np.sin(turned), along)), np.rad2deg(sin_y)


def mu(
    latitude_deg: Float[np.ndarray, "*s"] | float,
    longitude_deg: Float[np.ndarray, "*s"] | float,
    *,
    observer_latitude_deg: float,
) -> Float[np.ndarray, "*s"]:
    """μ = sin B sin B0 + cos B cos B0 cos L: the cosine of the heliocentric angle.

    For a radial field B_r = B_los / μ. The observer is taken to be far away, which changes the
    angle by less than 0.3°.

    Args:
      latitude_deg: B.
      longitude_deg: L, Stonyhurst.
      observer_latitude_deg: B0, the keyword ``CRLT_OBS``; within ±7.25° from Earth.

    Returns:
      At most 1; negative behind the limb.

    Example:
      >>> float(mu(0.0, 60.0, observer_latitude_deg=0.0).round(6))
      0.5
    """
    b, b0 = np.deg2rad(latitude_deg), np.deg2rad(observer_latitude_deg)
    facing = np.cos(b) * np.cos(b0) * np.cos(np.deg2rad(longitude_deg))
    return np.asarray(np.sin(b) * np.sin(b0) + facing)
