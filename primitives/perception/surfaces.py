"""Horizontal surfaces in one view: tops of solids, rims of containers, flat sheets. Each is a shape with a height."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from .colors import NAMES
from .fit import Circle, Rectangle, fit_circle, fit_rectangle
from .settings import Settings
from .view import View

Mask = NDArray[np.bool_]
_RING = cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5))
_CROSS = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))


@dataclass(frozen=True)
class Surface:
    """A horizontal surface as one view sees it.

    color: index into colors.NAMES. height: m over the table. round: a circle (then a == b is the diameter), else a
    rectangle. hollow: the rim of a container. x, y, a, b in m, yaw in rad. complete: how many of its four quadrants or
    sides were seen as real edges, 0 to 4. pixels: how large it is in the image. rms: of the fit, m.
    """

    color: int
    height: float
    round: bool
    hollow: bool
    x: float
    y: float
    a: float
    b: float
    yaw: float
    complete: int
    pixels: int
    rms: float

    def inside(self, x: NDArray[np.floating], y: NDArray[np.floating], margin: float = 0.0) -> Mask:
        """Which points lie over this footprint grown by `margin` m."""
        dx, dy = x - self.x, y - self.y
        if self.round:
            return dx * dx + dy * dy < (self.a / 2 + margin) ** 2
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        return (np.abs(c * dx + s * dy) < self.a / 2 + margin) & (np.abs(c * dy - s * dx) < self.b / 2 + margin)


def find_surfaces(view: View, settings: Settings) -> list[Surface]:
    """All horizontal surfaces in a view, containers first."""
    spread = cv2.dilate(view.smooth, _CROSS) - cv2.erode(view.smooth, _CROSS)
    level = spread < settings.core_range
    found: list[Surface] = []
    count, labels, stats, _ = cv2.connectedComponentsWithStats(view.thing.astype(np.uint8), connectivity=8)
    for i in range(1, count):
        x, y, w, h, area = (int(s) for s in stats[i])
        if area < settings.smallest_face:
            continue
        roi = (slice(max(0, y - 3), y + h + 3), slice(max(0, x - 3), x + w + 3))
        part = labels[roi] == i
        names = view.name[roi]
        amounts = np.bincount(names[part], minlength=len(NAMES))
        for color in np.flatnonzero(amounts >= settings.smallest_face):
            found += _of_color(view, settings, roi, part & (names == color), level[roi], int(color))
    containers = [s for s in found if s.hollow]
    return containers + [s for s in found if not s.hollow and not _is_floor(s, containers)]


def _of_color(
    view: View, settings: Settings, roi: tuple[slice, slice], piece: Mask, level: Mask, color: int
) -> list[Surface]:
    """Surfaces of one colour within one connected thing."""
    smooth = view.smooth[roi]
    container = _container(view, settings, roi, piece, color)
    high = piece & (smooth > settings.flat_height)
    found = [] if container is None else [container]
    found += _faces(view, settings, roi, piece & ~high, level, color, flat=True)
    found += _faces(view, settings, roi, high, level, color, flat=False)
    return found


def _faces(
    view: View, settings: Settings, roi: tuple[slice, slice], piece: Mask, level: Mask, color: int, flat: bool
) -> list[Surface]:
    raw, smooth = view.z[roi], view.smooth[roi]
    found: list[Surface] = []
    core = piece & level
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core.astype(np.uint8), connectivity=4)
    for i in range(1, count):
        if stats[i][4] < settings.smallest_face:
            continue
        seed = labels == i
        height = float(np.median(raw[seed]))
        near = cv2.dilate(seed.astype(np.uint8), _RING) > 0
        if flat:
            mask = piece & near
        else:
            mask = piece & near & (np.abs(smooth - height) < settings.level_tolerance)
        surface = _shape(view, settings, roi, mask, smooth, height, color)
        if surface is not None:
            found.append(surface)
    return found


def _shape(
    view: View,
    settings: Settings,
    roi: tuple[slice, slice],
    mask: Mask,
    smooth: NDArray[np.float32],
    height: float,
    color: int,
) -> Surface | None:
    filled = _filled(mask)
    pixels = int(mask.sum())
    edge = _true_edges(filled, smooth, height, roi)
    if len(edge) < 10:
        return None
    points = view.on_plane(edge, height)
    circle, rectangle = fit_circle(points), fit_rectangle(points)
    if min(rectangle.a, rectangle.b) < 0.008:
        return None
    seen = np.column_stack(np.nonzero(filled)[::-1]).astype(np.float64) + (roi[1].start, roi[0].start)
    area = _area(view, seen, height)
    return _choose(circle, rectangle, points, area, height, color, pixels)


def _choose(
    circle: Circle,
    rectangle: Rectangle,
    points: NDArray[np.float64],
    area: float,
    height: float,
    color: int,
    pixels: int,
) -> Surface | None:
    """The circle or the rectangle, whichever the boundary follows."""
    if circle.rms < rectangle.rms and circle.radius < 0.2:
        angles = np.arctan2(points[:, 1] - circle.y, points[:, 0] - circle.x)
        quadrants = len(np.unique(np.floor(angles / (math.pi / 2))))
        d = 2 * circle.radius
        return Surface(color, height, True, False, circle.x, circle.y, d, d, 0.0, quadrants, pixels, circle.rms)
    sides = sum(n >= 4 for n in rectangle.support)
    return Surface(
        color,
        height,
        False,
        False,
        rectangle.x,
        rectangle.y,
        rectangle.a,
        rectangle.b,
        rectangle.yaw,
        sides,
        pixels,
        rectangle.rms,
    )


def _container(view: View, settings: Settings, roi: tuple[slice, slice], piece: Mask, color: int) -> Surface | None:
    """The rim of a bowl or tray, if this colour forms one: a level outline, wide, and lower inside."""
    smooth = view.smooth[roi]
    rows, columns = np.nonzero(piece)
    if len(rows) < 8 * settings.smallest_face:
        return None
    tall = smooth[rows, columns]
    tall = tall[tall > 0.012]
    if len(tall) < 2 * settings.smallest_face:
        return None
    filled = _filled(piece)
    rim = filled & ~(cv2.erode(filled.astype(np.uint8), _CROSS) > 0) & piece
    rim_heights = view.z[roi][rim]
    rim_heights = rim_heights[rim_heights > 0.012]
    if len(rim_heights) < 20:
        return None
    counts, edges = np.histogram(rim_heights, np.arange(0.012, 0.2, 0.003))
    counts = counts + np.append(counts[1:], 0)
    k = int(counts.argmax())
    near = rim_heights[(rim_heights > edges[k] - 0.0015) & (rim_heights < edges[k] + 0.0075)]
    if len(near) < 20 or len(near) < 0.4 * len(rim_heights):
        return None
    height = float(np.median(near))
    band = piece & (np.abs(view.z[roi] - height) < 0.005)
    hull_mask = _hull(band)
    inner = cv2.erode(hull_mask.astype(np.uint8), _RING, iterations=2) > 0
    below = inner & piece & (smooth < height - 0.008)
    if inner.sum() < 4 * settings.smallest_face or below.sum() < 0.08 * inner.sum():
        return None
    band = cv2.morphologyEx(band.astype(np.uint8), cv2.MORPH_CLOSE, _RING) > 0
    outline = _filled(band)
    edge = _true_edges(outline, smooth, height, roi)
    if len(edge) < 20:
        return None
    points = view.on_plane(edge, height)
    surface = _choose(fit_circle(points), fit_rectangle(points), points, 0.0, height, color, int(piece.sum()))
    if surface is None or min(surface.a, surface.b) < settings.smallest_container:
        return None
    return replace(surface, hollow=True)


def _is_floor(surface: Surface, containers: list[Surface]) -> bool:
    """Whether this is the inside of a container of its colour and no thing of its own."""
    for c in containers:
        over = bool(c.inside(np.array([surface.x]), np.array([surface.y]), -0.005)[0])
        if over and surface.color == c.color and surface.height < 0.012:
            return True
        on_rim = surface.color == c.color and abs(surface.height - c.height) < 0.006
        if on_rim and bool(c.inside(np.array([surface.x]), np.array([surface.y]), 0.006)[0]):
            return True
    return False


def _filled(mask: Mask) -> Mask:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    out = np.zeros(mask.shape, dtype=np.uint8)
    if contours:
        largest = max(contours, key=cv2.contourArea)
        cv2.drawContours(out, [largest], 0, 1, cv2.FILLED)
    return out > 0


def _hull(mask: Mask) -> Mask:
    out = np.zeros(mask.shape, dtype=np.uint8)
    points = cv2.findNonZero(mask.astype(np.uint8))
    if points is not None:
        cv2.fillConvexPoly(out, cv2.convexHull(points), 1)
    return out > 0


def _true_edges(
    mask: Mask, smooth: NDArray[np.float32], height: float, roi: tuple[slice, slice]
) -> NDArray[np.float64]:
    """Midpoints (N, 2) in image pixels between a pixel of the mask and a lower neighbour outside of it.

    Where the neighbour is higher, something stands in front and the border is not the surface's own edge.
    """
    lower = ~mask & (smooth < height + 0.0035)
    parts = []
    for dv, du in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        a = mask[max(0, -dv) : mask.shape[0] - max(0, dv), max(0, -du) : mask.shape[1] - max(0, du)]
        b = lower[max(0, dv) : mask.shape[0] + min(0, dv), max(0, du) : mask.shape[1] + min(0, du)]
        v, u = np.nonzero(a & b)
        parts.append(np.column_stack([u + max(0, -du) + du / 2, v + max(0, -dv) + dv / 2]))
    return np.concatenate(parts) + (roi[1].start, roi[0].start)


def _area(view: View, uv: NDArray[np.float64], height: float) -> float:
    """Area in m² on the plane at `height` that the pixels uv cover."""
    center = uv.mean(0)
    corners = view.on_plane(center + np.array([[0, 0], [1, 0], [0, 1]]), height)
    e, f = corners[1] - corners[0], corners[2] - corners[0]
    return len(uv) * abs(float(e[0] * f[1] - e[1] * f[0]))
