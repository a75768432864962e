"""From the pixels of a picture of the whole disk to places on the Sun, and back, in JAX."""

import dataclasses
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jsolar.sun import units

Degrees = float | Float[np.ndarray | Array, "*s"]


@dataclasses.dataclass(frozen=True)
class Frame:
    """A square picture with the disk in its middle, solar north up and west to the right.

    Attributes:
      size: pixels on a side.
      radius: of the disk, in half sides of the picture; HMI's is 0.94.
      distance_mm: of the observer from the centre of the Sun.
    """

    size: int
    radius: float = 0.94
    distance_mm: float = units.ASTRONOMICAL_UNIT_MM

    @property
    def radius_pixels(self) -> float:
        """Of the disk.

        Example:
          >>> round(Frame(256).radius_pixels, 2)
          120.32
        """
        return 0.5 * self.radius * self.size

    @property
    def pixel_mm(self) -> float:
        """Side of a pixel at disk centre.

        Example:
          >>> round(Frame(256).pixel_mm, 2)
          5.78
        """
        return units.SOLAR_RADIUS_MM / self.radius_pixels


class Sphere(NamedTuple):
    """What lies behind every pixel; NaN beside the disk.

    Attributes:
      latitude_deg: heliographic.
      longitude_deg: Stonyhurst.
      mu: cosine of the angle between the vertical and the line of sight.
    """

    latitude_deg: Float[Array, "h w"]
    longitude_deg: Float[Array, "h w"]
    mu: Float[Array, "h w"]


def sphere(frame: Frame, observer_latitude_deg: float | Float[Array, ""]) -> Sphere:
    """Where the line of sight through the middle of each pixel meets the Sun.

    The observer is near: with the distance d in solar radii, a line at the angle ρ from disk centre
    meets the Sun after d cos ρ − √(1 − d² sin² ρ), and the limb lies at ρ = arcsin 1/d.

    Args:
      frame: of the picture.
      observer_latitude_deg: B0.

    Returns:
      Places; rows from south to north, columns from solar east to west.

    Example:
      >>> seen = sphere(Frame(5, radius=1.0), 0.0)
      >>> [round(m, 2) for m in seen.mu[2].tolist()]
      [0.6, 0.92, 1.0, 0.92, 0.6]
      >>> print(seen.longitude_deg[2, 3:].round(1))
      [23.5 52.9]

    References:
      Thompson (2006), doi:10.1051/0004-6361:20054262
    """
    far = frame.distance_mm / units.SOLAR_RADIUS_MM
    along = (2 * (jnp.arange(frame.size) + 0.5) / frame.size - 1) / frame.radius
    x, y = along[None], along[:, None]
    angle = jnp.hypot(x, y) * jnp.arcsin(1 / far)
    beside = (far * jnp.sin(angle)) ** 2
    way = far * jnp.cos(angle) - jnp.sqrt(jnp.where(beside < 1, 1 - beside, jnp.nan))
    aside = way * jnp.sinc(angle / jnp.pi) * jnp.arcsin(1 / far)
    west, north, near = aside * x, aside * y, far - way * jnp.cos(angle)
    b0 = jnp.deg2rad(observer_latitude_deg)
    up = north * jnp.cos(b0) + near * jnp.sin(b0)
    out = near * jnp.cos(b0) - north * jnp.sin(b0)
    latitude = jnp.arcsin(jnp.clip(up, -1, 1))
    mu = near * jnp.cos(angle) - jnp.hypot(west, north) * jnp.sin(angle)
    return Sphere(jnp.rad2deg(latitude), jnp.rad2deg(jnp.arctan2(west, out)), mu)


def pixel_of(
    frame: Frame,
    observer_latitude_deg: float | Float[Array, ""],
    *,
    latitude_deg: Degrees,
    longitude_deg: Degrees,
) -> Float[Array, "*s 2"]:
    """Row and column at which a place on the Sun is seen, the inverse of `sphere`.

    Args:
      frame: of the picture.
      observer_latitude_deg: B0.
      latitude_deg: heliographic.
      longitude_deg: Stonyhurst.

    Returns:
      Coordinates of pixel centres are whole; NaN behind the limb.

    Example:
      >>> print(pixel_of(Frame(64), 0.0, latitude_deg=0.0, longitude_deg=90.0))
      [nan nan]
      >>> print(pixel_of(Frame(64), 0.0, latitude_deg=0.0, longitude_deg=-40.0).round(1))
      [31.5 12.1]
    """
    b, turn, b0 = (jnp.deg2rad(x) for x in (latitude_deg, longitude_deg, observer_latitude_deg))
    far = frame.distance_mm / units.SOLAR_RADIUS_MM
    west = jnp.cos(b) * jnp.sin(turn)
    north = jnp.sin(b) * jnp.cos(b0) - jnp.cos(b) * jnp.cos(turn) * jnp.sin(b0)
    near = jnp.sin(b) * jnp.sin(b0) + jnp.cos(b) * jnp.cos(turn) * jnp.cos(b0)
    aside = jnp.hypot(west, north)
    angle = jnp.arctan2(aside, far - near) / jnp.arcsin(1 / far)
    scale = frame.radius_pixels * angle / jnp.where(aside > 0, aside, 1.0)
    seen = jnp.where(near * far >= 1, 0.0, jnp.nan)
    middle = 0.5 * (frame.size - 1)
    return jnp.stack([middle + scale * north + seen, middle + scale * west + seen], -1)


def plane_mm(
    latitude_deg: Float[Array, "*s"],
    longitude_deg: Float[Array, "*s"],
    *,
    middle_latitude_deg: float | Float[Array, ""],
    middle_longitude_deg: float | Float[Array, ""],
) -> tuple[Float[Array, "*s"], Float[Array, "*s"]]:
    """Where places lie on the equal-area plane about another place; NaN on the other side.

    The projection is that of `jsolar.sun.fields.cea.stonyhurst_to_plane`, in megametres.

    Args:
      latitude_deg: heliographic.
      longitude_deg: in any system.
      middle_latitude_deg: of the place where the plane touches the Sun.
      middle_longitude_deg: of the same place.

    Returns:
      x to the west and y to the north.

    Example:
      >>> middle = {"middle_latitude_deg": 20.0, "middle_longitude_deg": 0.0}
      >>> x, y = plane_mm(jnp.array(21.0), jnp.array(0.0), **middle)
      >>> round(float(x), 2), round(float(y), 2)
      (0.0, 12.15)
    """
    b, bc = jnp.deg2rad(latitude_deg), jnp.deg2rad(middle_latitude_deg)
    turned = jnp.deg2rad(longitude_deg - middle_longitude_deg)
    near = jnp.cos(b) * jnp.cos(turned) * jnp.cos(bc) + jnp.sin(b) * jnp.sin(bc)
    west = jnp.arctan2(jnp.cos(b) * jnp.sin(turned), near)
    north = jnp.sin(b) * jnp.cos(bc) - jnp.cos(b) * jnp.cos(turned) * jnp.sin(bc)
    beyond = jnp.where(near > 0, 0.0, jnp.nan)
    return units.SOLAR_RADIUS_MM * west + beyond, units.SOLAR_RADIUS_MM * north + beyond
