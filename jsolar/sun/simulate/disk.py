"""The whole disk as a magnetograph sees it: regions where they are, the quiet Sun, the limb.

Regions are rendered as `field.radial_field` has them, on a plane that touches the Sun where they
are, and that plane is looked up from every pixel of the disk; so foreshortening is that of a
sphere seen from nearby, and B_los = μ B_r.
"""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
from jax.scipy.ndimage import map_coordinates
from jaxtyping import Array, Bool, Float, Key

from jsolar.sun import units
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.field import Scene, radial_field
from jsolar.sun.simulate.quiet import quiet_sun
from jsolar.sun.sphere import Frame, Sphere, pixel_of, plane_mm, sphere

PLANE_MM, CELL_MM = 384.0, 3.0
"""Sides of the planes on which regions are rendered, and cut off, and of their cells."""


@dataclasses.dataclass(frozen=True)
class DiskConfig:
    """How the disk is seen.

    Attributes:
      size: pixels on a side.
      finer: pixels are means over so many squared that are rendered.
      radius: of the disk, in half sides of the picture; HMI's is 0.94.
    """

    size: int = 256
    finer: int = 2
    radius: float = 0.94

    @property
    def frame(self) -> Frame:
        """Of the picture.

        Example:
          >>> DiskConfig().frame.size, DiskConfig().fine.size
          (256, 512)
        """
        return Frame(self.size, self.radius)

    @property
    def fine(self) -> Frame:
        """Of what is rendered."""
        return Frame(self.size * self.finer, self.radius)


def disk_field(
    key: Key[Array, ""],
    scenes: Scene,
    present: Bool[Array, "k"],
    *,
    observer_latitude_deg: float | Float[Array, ""] = 0.0,
    phase: float | Float[Array, ""] = 0.4,
    config: DiskConfig,
    sun: SunConfig,
) -> Float[Array, "n n"]:
    """B_los of the whole disk as it is, gauss, in fine pixels; NaN beside it.

    Args:
      key: of the quiet Sun.
      scenes: of k regions, each with its place on the Sun, which is the origin of its scene.
      present: which of them are there; what lies behind the limb is not seen.
      observer_latitude_deg: B0.
      phase: of the solar cycle, see `cycle.Phase`.
      config: of the picture.
      sun: its parameters.

    Returns:
      ``config.fine.size`` squared; rows from south to north, columns from solar east to west.
    """
    seen = sphere(config.fine, observer_latitude_deg)
    quiet = quiet_sun(key, seen, phase=phase, sun=sun)
    add = partial(_with_region, seen=seen, b0=observer_latitude_deg, config=config, sun=sun)

    def step(field: Float[Array, "n n"], each: tuple[Scene, Array]) -> tuple[Array, None]:
        view, there = each
        return jax.lax.cond(there, lambda: add(field, view), lambda: field), None

    return seen.mu * jax.lax.scan(step, quiet, (scenes, present))[0]


def observe_disk(
    key: Key[Array, ""], field: Float[Array, "n n"], config: DiskConfig, sun: SunConfig
) -> Float[Array, "h w"]:
    """The picture that a magnetograph takes: means over pixels, and noise.

    Args:
      key: of the noise.
      field: from `disk_field`.
      config: of the picture; with ``finer=1`` and the size of the field, the field with noise.
      sun: ``sun.noise_gauss`` is that of a pixel of HMI (0.5″), which averages out in larger ones.

    Returns:
      B_los, gauss; NaN where a pixel is not whole on the disk.

    Example:
      >>> config = DiskConfig(size=8, finer=2)
      >>> seen = observe_disk(jax.random.key(0), jnp.full((16, 16), 100.0), config, SunConfig())
      >>> bool(jnp.abs(seen - 100.0).max() < 1.0)  # 6.3 G · 0.37 Mm / 185 Mm
      True
    """
    shape = (config.size, config.finer, config.size, config.finer)
    noise = sun.noise_gauss * units.HMI_PIXEL_MM / config.frame.pixel_mm
    means = field.reshape(shape).mean((1, 3))
    return means + noise * jax.random.normal(key, means.shape)


def _with_region(
    field: Float[Array, "n n"],
    view: Scene,
    *,
    seen: Sphere,
    b0: float | Float[Array, ""],
    config: DiskConfig,
    sun: SunConfig,
) -> Float[Array, "n n"]:
    """Add a region to the pixels around its place, B_r."""
    place = {"latitude_deg": view.latitude_deg, "longitude_deg": view.longitude_deg}
    pixel = pixel_of(config.fine, b0, **place)
    side = min(len(field), int(PLANE_MM / config.fine.pixel_mm) + 2)
    corner = jnp.nan_to_num(pixel).astype(int) - side // 2
    corner = jnp.clip(corner, 0, len(field) - side)
    cut = partial(jax.lax.dynamic_slice, start_indices=tuple(corner), slice_sizes=(side, side))
    x_mm, y_mm = plane_mm(
        cut(seen.latitude_deg),
        cut(seen.longitude_deg),
        middle_latitude_deg=view.latitude_deg,
        middle_longitude_deg=view.longitude_deg,
    )
    own = _plane(view, config, sun)
    at = [jnp.nan_to_num(d / CELL_MM, nan=1e6) + 0.5 * (len(own) - 1) for d in (y_mm, x_mm)]
    found = map_coordinates(own, at, order=1, mode="constant")
    shown = cut(field) + jnp.where(jnp.isfinite(pixel[0]), found, 0.0)
    return jax.lax.dynamic_update_slice(field, shown, tuple(corner))


def _plane(view: Scene, config: DiskConfig, sun: SunConfig) -> Float[Array, "c c"]:
    """B_r of a region, blurred so that pixels of the disk do not miss what is small."""
    blur = max(sun.psf_mm, 0.5 * config.fine.pixel_mm)
    return radial_field(
        view,
        size=int(PLANE_MM / CELL_MM),
        cell_mm=CELL_MM,
        config=dataclasses.replace(sun, psf_mm=blur),
    )
