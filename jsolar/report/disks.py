"""Pictures of the whole disk with what is in them: boxes, outlines, and a grid on the Sun."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from jsolar.sun.sphere import Frame, pixel_of

GRID_DEG = 30.0
"""Between lines of the grid."""

LIMIT_GAUSS = 150.0
"""White; black is as much below zero."""

HALO = [withStroke(linewidth=2, foreground="white")]
"""Around names, so that they can be read on the Sun."""

SHADE = "#E8E8E8"
"""Of what lies beside the disk."""


def disk(
    ax: Axes,
    field_gauss: Float[np.ndarray, "h w"],
    frame: Frame,
    *,
    observer_latitude_deg: float,
    limit_gauss: float = LIMIT_GAUSS,
) -> Any:
    """A magnetogram of the disk with a heliographic grid; axes are edges of pixels.

    Args:
      ax: where.
      field_gauss: rows from south to north; NaN beside the disk.
      frame: of the picture.
      observer_latitude_deg: B0.
      limit_gauss: white.

    Returns:
      The image, for a colour bar.
    """
    ax.set(xticks=[], yticks=[], facecolor=SHADE)
    for spine in ax.spines.values():
        spine.set_visible(False)
    for line in grid(frame, observer_latitude_deg):
        ax.plot(line[:, 1] + 0.5, line[:, 0] + 0.5, color="#56B4E9", lw=0.4, alpha=0.7)
    side = (0, frame.size, 0, frame.size)
    style: dict[str, Any] = {"cmap": "gray", "vmin": -limit_gauss, "vmax": limit_gauss}
    return ax.imshow(field_gauss, origin="lower", extent=side, **style)


def grid(frame: Frame, observer_latitude_deg: float) -> list[Float[np.ndarray, "n 2"]]:
    """Lines of latitude and of longitude, rows and columns of pixels; NaN behind the limb.

    Example:
      >>> len(grid(Frame(64), 0.0))  # five parallels and seven meridians
      12
    """
    fine = jnp.linspace(-90.0, 90.0, 181)
    parallels = jnp.arange(-60.0, 61.0, GRID_DEG)
    meridians = jnp.arange(-90.0, 91.0, GRID_DEG)
    places = [(jnp.full(181, b), fine) for b in parallels]
    places += [(fine, jnp.full(181, turn)) for turn in meridians]
    return [
        np.asarray(pixel_of(frame, observer_latitude_deg, latitude_deg=b, longitude_deg=turn))
        for b, turn in places
    ]


def outline(
    ax: Axes,
    boxes: Float[np.ndarray, "m 4"],
    masks: Bool[np.ndarray, "m h w"],
    *,
    colours: Sequence[str],
    names: Sequence[str] = (),
) -> None:
    """Boxes, and the borders of masks.

    Args:
      ax: with a `disk`.
      boxes: ``[left, low, right, high]``, pixels.
      masks: of the same objects.
      colours: of each.
      names: what stands above each; nothing if not given.
    """
    for i, (box, mask, colour) in enumerate(zip(boxes, masks, colours, strict=True)):
        size = (float(box[2] - box[0]), float(box[3] - box[1]))
        ax.add_patch(Rectangle(box[:2].tolist(), *size, fill=False, ec=colour, lw=0.9))
        if mask.any():
            side = (0, mask.shape[1], 0, mask.shape[0])
            ax.contour(mask, [0.5], extent=side, colors=colour, linewidths=0.6)
        if names:
            where = (float(box[0]), float(box[3]) + 1)
            ax.text(*where, names[i], color=colour, fontsize=7, va="bottom", path_effects=HALO)
