"""The disk as a figure: the grid lies on the Sun, boxes and names where they belong."""

import numpy as np
from matplotlib.figure import Figure

from jsolar.report.disks import disk, grid, outline
from jsolar.sun.sphere import Frame

FRAME = Frame(32)


def test_the_grid_lies_on_the_disk_and_ends_at_the_limb() -> None:
    lines = grid(FRAME, 5.0)
    assert len(lines) == 12
    for line in lines:
        seen = line[np.isfinite(line).all(1)]
        away = np.hypot(*(seen - 15.5).T)
        assert away.max() <= FRAME.radius_pixels + 1e-3
    meridian = lines[5 + 3]  # longitude 0
    np.testing.assert_allclose(meridian[np.isfinite(meridian[:, 1]), 1], 15.5, atol=1e-3)


def test_boxes_are_drawn_in_pixels_and_named() -> None:
    ax = Figure().subplots()
    image = disk(ax, np.zeros((32, 32)), FRAME, observer_latitude_deg=0.0)
    assert list(image.get_extent()) == [0, 32, 0, 32]
    masks = np.zeros((2, 32, 32), bool)
    masks[0, 5:9, 4:10] = True
    boxes = np.array([[4.0, 5.0, 10.0, 9.0], [20.0, 20.0, 22.0, 24.0]])
    outline(ax, boxes, masks, colours=["r", "b"], names=["M1.0", ""])
    drawn = [(*p.get_xy(), p.get_width(), p.get_height()) for p in ax.patches]
    assert drawn == [(4.0, 5.0, 6.0, 4.0), (20.0, 20.0, 2.0, 4.0)]
    assert [text.get_text() for text in ax.texts] == ["M1.0", ""]
