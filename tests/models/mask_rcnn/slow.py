"""The operations once more, as loops that can be read against the papers."""

import math

import numpy as np


def iou(a, b):
    shared = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    areas = [max(x[2] - x[0], 0) * max(x[3] - x[1], 0) for x in (a, b)]
    union = sum(areas) - shared
    return shared / union if union > 0 else 0.0


def suppress(boxes, scores, overlap, group, present):
    """Greedy: the best of those that are left stays, and what overlaps it goes."""
    stays = np.zeros(len(boxes), bool)
    left = [i for i in sorted(range(len(boxes)), key=lambda i: (-scores[i], i)) if present[i]]
    while left:
        best = left.pop(0)
        stays[best] = True
        left = [i for i in left if group[i] != group[best] or iou(boxes[i], boxes[best]) <= overlap]
    return stays


def match(overlap, present, positive, negative, best_too):
    """A label for each box: 1 positive, 0 negative, -1 left out."""
    labels = []
    for row in overlap:
        most = max([x for x, there in zip(row, present, strict=True) if there], default=-1.0)
        labels.append(1 if most >= positive else 0 if most < negative else -1)
    if best_too:
        for j in np.flatnonzero(present):
            column = overlap[:, j]
            for i in np.flatnonzero((column == column.max()) & (column > 0)):
                labels[i] = 1
    return np.array(labels)


def bilinear(features, y, x):
    h, w, c = features.shape
    if y < -1 or y > h or x < -1 or x > w:
        return np.zeros(c)
    y, x = min(max(y, 0.0), h - 1.0), min(max(x, 0.0), w - 1.0)
    i, j = math.floor(y), math.floor(x)
    k, m = min(i + 1, h - 1), min(j + 1, w - 1)
    v, u = y - i, x - j
    above = (1 - u) * features[i, j] + u * features[i, m]
    below = (1 - u) * features[k, j] + u * features[k, m]
    return (1 - v) * above + v * below


def roi_align(features, boxes, size, scale, samples, half_pixel):
    found = np.zeros((len(boxes), size, size, features.shape[-1]))
    offset = 0.5 if half_pixel else 0.0
    for r, box in enumerate(boxes):
        left, low, right, high = box * scale - offset
        width, height = right - left, high - low
        if not half_pixel:
            width, height = max(width, 1.0), max(height, 1.0)
        for p in range(size):
            for q in range(size):
                for a in range(samples):
                    for b in range(samples):
                        y = low + (p + (a + 0.5) / samples) * height / size
                        x = left + (q + (b + 0.5) / samples) * width / size
                        found[r, p, q] += bilinear(features, y, x) / samples**2
    return found


def paste(mask, box, shape):
    """A mask sampled at the middle of every pixel inside the box."""
    found = np.zeros(shape)
    m = len(mask)
    for row in range(shape[0]):
        for column in range(shape[1]):
            y, x = row + 0.5, column + 0.5
            if not (box[0] < x < box[2] and box[1] < y < box[3]):
                continue
            v = (y - box[1]) / (box[3] - box[1]) * m - 0.5
            u = (x - box[0]) / (box[2] - box[0]) * m - 0.5
            clipped = (min(max(v, 0), m - 1), min(max(u, 0), m - 1))
            found[row, column] = bilinear(mask[..., None], *clipped)[0]
    return found
