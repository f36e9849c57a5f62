"""Image masks: grow, shrink, fill, take apart, and find their edges. Typed over OpenCV, whose own types are loose."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Image32 = NDArray[np.float32]
Roi = tuple[slice, slice]

_SQUARES = {n: cv2.getStructuringElement(cv2.MORPH_RECT, (n, n)) for n in (3, 5)}


def _bytes(mask: Mask) -> NDArray[np.uint8]:
    return np.ascontiguousarray(mask).view(np.uint8)


def _mask(image: object) -> Mask:
    return np.asarray(image, dtype=np.uint8).view(np.bool_)


def grown(mask: Mask, size: int = 3, times: int = 1) -> Mask:
    """The mask and everything within size x size pixels of it, `times` over."""
    return _mask(cv2.dilate(_bytes(mask), _SQUARES[size], iterations=times))


def shrunk(mask: Mask, size: int = 3, times: int = 1) -> Mask:
    """What of the mask is surrounded by it in size x size pixels, `times` over."""
    return _mask(cv2.erode(_bytes(mask), _SQUARES[size], iterations=times))


def opened(mask: Mask, size: int = 3) -> Mask:
    """The mask without what is narrower than `size` pixels."""
    return _mask(cv2.morphologyEx(_bytes(mask), cv2.MORPH_OPEN, _SQUARES[size]))


def closed(mask: Mask, size: int = 3) -> Mask:
    """The mask with gaps narrower than `size` pixels filled."""
    return _mask(cv2.morphologyEx(_bytes(mask), cv2.MORPH_CLOSE, _SQUARES[size]))


def highest_near(image: Image32) -> Image32:
    """The largest value in 3x3 pixels."""
    return np.asarray(cv2.dilate(image, _SQUARES[3]), dtype=np.float32)


def range_near(image: Image32) -> Image32:
    """Largest minus smallest value in 3x3 pixels."""
    return highest_near(image) - np.asarray(cv2.erode(image, _SQUARES[3]), dtype=np.float32)


def components(mask: Mask, smallest: int, diagonal: bool = False) -> tuple[NDArray[np.int32], list[tuple[int, Roi]]]:
    """Connected parts of at least `smallest` pixels: labels (H, W), and (label, bounding region) of each part."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(_bytes(mask), connectivity=8 if diagonal else 4)
    parts = [
        (i, (slice(y, y + h), slice(x, x + w)))
        for i, (x, y, w, h, area) in enumerate(stats.tolist())
        if i > 0 and area >= smallest
    ]
    return np.asarray(labels, dtype=np.int32), parts


def bounds(mask: Mask) -> Roi:
    """The smallest region that holds the mask."""
    u, v, width, height = cv2.boundingRect(_bytes(mask))
    return slice(v, v + height), slice(u, u + width)


def widened(roi: Roi, pixels: int, shape: tuple[int, ...]) -> Roi:
    """A region grown on all sides, within an image of this shape."""
    v, u = roi
    return (
        slice(max(0, v.start - pixels), min(shape[0], v.stop + pixels)),
        slice(max(0, u.start - pixels), min(shape[1], u.stop + pixels)),
    )


def within(roi: Roi, window: Roi) -> Roi:
    """A window of a region of interest, as a region of the whole image."""
    v, u = roi[0].start, roi[1].start
    return slice(v + window[0].start, v + window[0].stop), slice(u + window[1].start, u + window[1].stop)


def filled(mask: Mask, all_parts: bool = False) -> Mask:
    """The mask's largest connected part (or all of them) without holes."""
    contours, _ = cv2.findContours(_bytes(mask), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    out = np.zeros(mask.shape, dtype=np.uint8)
    if contours:
        chosen = list(contours) if all_parts else [max(contours, key=len)]
        cv2.drawContours(out, chosen, -1, 1, cv2.FILLED)
    return _mask(out)


def hull(mask: Mask) -> Mask:
    """The convex hull of the mask."""
    out = np.zeros(mask.shape, dtype=np.uint8)
    if mask.any():
        cv2.fillConvexPoly(out, cv2.convexHull(cv2.findNonZero(_bytes(mask))), 1)
    return _mask(out)


def longest(mask: Mask) -> float:
    """The largest distance in pixels between two pixels of the mask, both of them included."""
    points = cv2.convexHull(cv2.findNonZero(_bytes(mask)))[:, 0].astype(np.float64)
    return float(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)).max()) + 1.0


def fullness(mask: Mask) -> float:
    """Share of the mask's convex hull that it fills: near 1 for a solid convex shape, less for a ring or an arc."""
    return np.count_nonzero(mask) / np.count_nonzero(hull(mask))


def true_edges(mask: Mask, lower: Mask, roi: Roi) -> NDArray[np.float64]:
    """Midpoints (N, 2), as (u, v) in image pixels, between a pixel of the mask and a `lower` neighbour outside of it.

    Where the neighbour is higher, something stands in front and the border is not the face's own edge.
    """
    lower = lower & ~mask
    parts = []
    for inside, outside, dv, du in (
        (mask[:, :-1], lower[:, 1:], 0.0, 0.5),
        (mask[:, 1:], lower[:, :-1], 0.0, 0.5),
        (mask[:-1], lower[1:], 0.5, 0.0),
        (mask[1:], lower[:-1], 0.5, 0.0),
    ):
        v, u = np.nonzero(inside & outside)
        parts.append(np.array([u + (du + roi[1].start), v + (dv + roi[0].start)]))
    return np.concatenate(parts, axis=1).T
