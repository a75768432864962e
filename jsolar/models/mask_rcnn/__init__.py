"""Mask R-CNN in static shapes: all of it can be vmapped and compiled, nothing leaves the device.

Boxes are ``[left, low, right, high]`` in pixels, x before y as COCO has them; they are edges, not
pixels, so that a box of one pixel is ``[0, 0, 1, 1]``. Where there may be fewer than the shape has
room for, a mask says which are there.
"""
