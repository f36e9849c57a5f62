"""Faces that look up in one view: tops of solids, rims of containers, flat sheets. Each is a shape with a height."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from .colors import NAMES
from .fit import Circle, Rectangle, fit_circle, fit_rectangle, least_area
from .settings import Settings
from .view import SQUARE3, View

Mask = NDArray[np.bool_]
Roi = tuple[slice, slice]

_SQUARE5 = cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5))
_CLOSE = 0.0035  # m: a neighbour at most this much higher does not hide an edge
_LARGEST = 0.35  # m: nothing wider is an object
_ALL = (True, True, True, True)


@dataclass(frozen=True)
class Surface:
    """A face as one view sees it.

    color: index into colors.NAMES. height: of its centre over the table, m. round: a circle (then a == b is the
    diameter), else a rectangle. hollow: the rim of a container, whose inside reaches down to `floor`. x, y, a, b in m,
    yaw in rad. sides: which of (+a, +b, -a, -b) were seen as real edges rather than hidden by something higher.
    tilted: not a level face but the outline of a thing that lies askew, then `height` is its highest point. rms: of the
    fit, m. cut: the robot hides some of it or of what is beside it in its colour.
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
    sides: tuple[bool, bool, bool, bool]
    rms: float
    tilted: bool = False
    floor: float = 0.0
    cut: bool = False

    def local(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> tuple[NDArray, NDArray]:
        """Coordinates of points (x, y) along its own axes, from its centre."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        dx, dy = x - self.x, y - self.y
        return c * dx + s * dy, c * dy - s * dx

    def over(self, x: NDArray[np.floating], y: NDArray[np.floating], margin: float = 0.0) -> Mask:
        """Which points lie over this footprint grown by `margin` m."""
        u, v = self.local(x, y)
        if self.round:
            return u * u + v * v < (self.a / 2 + margin) ** 2
        return (np.abs(u) < self.a / 2 + margin) & (np.abs(v) < self.b / 2 + margin)

    def holds(self, other: Surface, margin: float = 0.0) -> bool:
        """Whether the other's centre lies over this footprint grown by `margin` m."""
        return bool(self.over(np.array([other.x]), np.array([other.y]), margin)[0])


@dataclass(frozen=True)
class _Piece:
    """What lies in one colour in one connected thing: a mask within a region of interest of the view."""

    view: View
    settings: Settings
    roi: Roi
    mask: Mask
    color: int

    @property
    def smooth(self) -> NDArray[np.float32]:
        return self.view.smooth[self.roi]

    @property
    def raw(self) -> NDArray[np.float32]:
        return self.view.z[self.roi]


def find_surfaces(view: View, settings: Settings, wanted: Mask | None = None) -> list[Surface]:
    """All faces in a view, containers first. With `wanted`, of those connected things and colours only that have
    enough of the wanted pixels."""
    level = view.spread < settings.core_range
    found: list[Surface] = []
    beside_robot = cv2.dilate(view.robot.view(np.uint8), SQUARE3).view(bool) if view.robot.any() else None
    count, labels, stats, _ = cv2.connectedComponentsWithStats(view.thing.view(np.uint8), connectivity=8)
    for i in range(1, count):
        x, y, w, h, area = (int(s) for s in stats[i])
        if area < settings.smallest_face:
            continue
        roi = (slice(max(0, y - 3), y + h + 3), slice(max(0, x - 3), x + w + 3))
        part = labels[roi] == i
        names = view.name[roi]
        counted = part if wanted is None else part & wanted[roi]
        amounts = np.bincount(names[counted], minlength=len(NAMES))
        for color in np.flatnonzero(amounts >= settings.smallest_face):
            piece = _Piece(view, settings, roi, part & (names == color), int(color))
            surfaces = _of_piece(piece, level[roi])
            if beside_robot is not None and (beside_robot[roi] & piece.mask).any():
                surfaces = [replace(s, cut=True) for s in surfaces]
            found += surfaces
    containers = [s for s in found if s.hollow]
    return containers + [s for s in found if not s.hollow and not any(_part_of(s, c) for c in containers)]


def _of_piece(piece: _Piece, level: Mask) -> list[Surface]:
    high = piece.mask & (piece.smooth > piece.settings.flat_height)
    sheet = _sheet(piece, piece.mask & ~high)
    found = [] if sheet is None else [sheet]
    container = _container(piece)
    if container is not None:
        return [container, *found, *_faces(piece, high & level & ~_inside(container, piece))[0]]
    faces, askew = _faces(piece, high & level)
    tops = [f for f in faces if not _is_ridge(f, piece.settings)]
    outline = _outline(piece, high, tops) if askew or len(tops) < len(faces) else None
    if outline is not None:
        faces = [f for f in faces if not (outline.holds(f) and min(f.a, f.b) < outline.b / 2)]
        found.append(outline)
    return found + faces


def _inside(container: Surface, piece: _Piece) -> Mask:
    """Pixels of a container's own floor and rim."""
    x, y, z = piece.view.x[piece.roi], piece.view.y[piece.roi], piece.smooth
    rim = (np.abs(z - container.height) < 0.006) & ~container.over(x, y, -0.009)
    return container.over(x, y, 0.006) & ((z < container.floor + 0.012) | rim)


def _is_ridge(face: Surface, settings: Settings) -> bool:
    """Whether this may be the upper edge of something askew: narrow, with nothing hiding more of it."""
    return min(face.a, face.b) < settings.smallest_tilted and all(face.sides)


def _sheet(piece: _Piece, mask: Mask) -> Surface | None:
    """A flat sheet on the table: everything flat in this colour, even where something on it cuts it in pieces."""
    if np.count_nonzero(mask) < 4 * piece.settings.smallest_face:
        return None
    opened = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, SQUARE3).view(bool)
    if opened.sum() < 4 * piece.settings.smallest_face:
        return None
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened.view(np.uint8), connectivity=4)
    largest = max(stats[i][4] for i in range(1, count))
    chosen = stats[:, 4] >= max(20, 0.05 * largest)
    chosen[0] = False
    keep = chosen[labels]
    keep = mask & cv2.dilate(keep.view(np.uint8), SQUARE3).view(bool)
    surface = _shape(piece, keep, float(piece.raw[keep].mean()))
    if surface is None or min(surface.a, surface.b) < 4 * piece.settings.smallest_side:
        return None
    return surface


def _faces(piece: _Piece, core: Mask) -> tuple[list[Surface], bool]:
    """Level faces: connected cores whose neighbourhoods are smooth, each grown to the edge of its plane; and whether
    there are tilted ones."""
    settings = piece.settings
    askew = False
    found: list[Surface] = []
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core.view(np.uint8), connectivity=4)
    for i in range(1, count):
        x, y, w, h, area = (int(s) for s in stats[i])
        if area < settings.smallest_face:
            continue
        window = (slice(max(0, y - 4), y + h + 4), slice(max(0, x - 4), x + w + 4))
        sub = _Piece(piece.view, settings, _inner(piece.roi, window), piece.mask[window], piece.color)
        seed = labels[window] == i
        if _is_tilted(sub, seed):
            askew = True
        else:
            found += [f for f in (_face(sub, part) for part in _apart(sub, seed)) if f is not None]
    return found, askew


def _inner(roi: Roi, window: Roi) -> Roi:
    """A window inside a region of interest, as a region of the image."""
    (a, b), (c, d) = ((s.start, s.stop) for s in window)
    v, u = roi[0].start, roi[1].start
    return slice(v + a, min(v + b, roi[0].stop)), slice(u + c, min(u + d, roi[1].stop))


def _apart(piece: _Piece, seed: Mask) -> list[Mask]:
    """Cut a face along narrow gaps, such as between two blocks side by side, that a median of the heights hides."""
    if int(seed.sum()) * piece.view.pitch**2 < piece.settings.largest_block**2 / 2:
        return [seed]
    near = np.abs(piece.raw - float(np.median(piece.raw[seed]))) < 0.0035
    solid = seed & cv2.erode((near & piece.mask).view(np.uint8), SQUARE3).view(bool)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid.view(np.uint8), connectivity=4)
    parts = [labels == i for i in range(1, count) if stats[i][4] >= 3 * piece.settings.smallest_face]
    return parts if len(parts) > 1 else [seed]


def _is_tilted(piece: _Piece, seed: Mask) -> bool:
    """Whether a core is clearly sloped, and wide enough that this is no blurred edge."""
    z = piece.raw[seed].astype(np.float64)
    if len(z) < 50:
        return False
    rows = np.array([piece.view.x[piece.roi][seed], piece.view.y[piece.roi][seed]], dtype=np.float64)
    rows -= rows.mean(1, keepdims=True)
    scatter = rows @ rows.T
    if np.linalg.eigvalsh(scatter)[0] / len(z) < (piece.settings.smallest_tilted / math.sqrt(12)) ** 2:
        return False
    slope = np.linalg.solve(scatter, rows @ (z - z.mean()))
    return math.hypot(*slope) > piece.settings.level_slope


def _outline(piece: _Piece, high: Mask, level: list[Surface]) -> Surface | None:
    """The upright box outline of what in the piece belongs to no level face or its sides: something askew."""
    x, y, z = piece.view.x[piece.roi], piece.view.y[piece.roi], piece.smooth
    rest = high.copy()
    for face in level:
        rest &= ~face.over(x, y, piece.settings.reach)
    if int(rest.sum()) < 4 * piece.settings.smallest_face:
        return None
    rest = cv2.morphologyEx(rest.view(np.uint8), cv2.MORPH_OPEN, SQUARE3).view(bool)
    if int(rest.sum()) < 4 * piece.settings.smallest_face:
        return None
    box, _ = least_area(np.column_stack([x[rest], y[rest]]).astype(np.float64))
    # The outermost pixels' centres are half a pixel within the outline.
    a, b = box.a + piece.view.pitch, box.b + piece.view.pitch
    if min(a, b) < piece.settings.smallest_tilted or min(a, b) > piece.settings.smallest_container:
        return None
    top = float(np.percentile(z[rest], 99))
    return Surface(piece.color, top, False, False, box.x, box.y, a, b, box.yaw, _ALL, 0.0, tilted=True)


def _face(piece: _Piece, seed: Mask) -> Surface | None:
    z = piece.raw[seed]
    height = float(np.median(z))
    # A narrow core may reach over its edge: what is level is then its upper part.
    upper = z[z > np.percentile(z, 90) - 2 * piece.settings.level_tolerance]
    if len(upper) > 8:
        height = float(np.median(upper))
    near = cv2.dilate(seed.view(np.uint8), _SQUARE5).view(bool)
    level = np.abs(piece.smooth - np.float32(height)) < piece.settings.level_tolerance
    return _shape(piece, piece.mask & near & level, height)


def _shape(piece: _Piece, mask: Mask, height: float) -> Surface | None:
    """The circle or rectangle whose edges this mask shows, or None when it is too small to tell."""
    filled = _filled(mask, all_parts=height < piece.settings.flat_height)
    # Two pixels out: the side of a thing that stands right there rises by at least as much as _CLOSE.
    around = cv2.dilate(piece.smooth, SQUARE3)
    edge = _true_edges(filled, around < height + _CLOSE, piece.roi)
    if len(edge) < 10:
        return None
    surface = _fit(piece.view.on_plane(edge, height), height, piece)
    return None if surface is None else _unlean(surface, piece.view, piece.settings)


def _fit(points: NDArray[np.float64], height: float, piece: _Piece) -> Surface | None:
    start, filled = least_area(points)
    if min(start.a, start.b) < piece.settings.smallest_side:
        return None
    # A circle fills 0.785 of its box and a rectangle all of it; between them, and where edges are hidden, the
    # closer fit decides.
    circle = fit_circle(points) if filled < 0.9 else None
    surely = circle is not None and filled > 0.72 and circle.rms < 0.0008 and abs(start.a - start.b) < 0.1 * start.a
    rectangle = None if surely else fit_rectangle(points, start)
    if circle is not None and (rectangle is None or _rounder(circle, rectangle, points)) and circle.radius < 0.15:
        d = 2 * circle.radius
        return Surface(piece.color, height, True, False, circle.x, circle.y, d, d, 0.0, _ALL, circle.rms)
    assert rectangle is not None
    if not piece.settings.smallest_side < min(rectangle.a, rectangle.b) <= max(rectangle.a, rectangle.b) < _LARGEST:
        return None
    lengths = (rectangle.b, rectangle.a, rectangle.b, rectangle.a)
    sides = tuple(n * piece.view.pitch > 0.35 * length for n, length in zip(rectangle.support, lengths, strict=True))
    return Surface(
        piece.color,
        height,
        False,
        False,
        rectangle.x,
        rectangle.y,
        rectangle.a,
        rectangle.b,
        rectangle.yaw,
        (sides[0], sides[1], sides[2], sides[3]),
        rectangle.rms,
    )


def _rounder(circle: Circle, rectangle: Rectangle, points: NDArray[np.float64]) -> bool:
    """Whether the circle fits better; clearly better where much of its edge is hidden."""
    angles = np.arctan2(points[:, 1] - circle.y, points[:, 0] - circle.x)
    seen = np.unique(np.floor(angles * (12 / (2 * math.pi)))).size
    return circle.rms < (1.0 if seen >= 8 else 0.6) * rectangle.rms


def _unlean(surface: Surface, view: View, settings: Settings) -> Surface:
    """Take back what the height tolerance adds at the sides that face the camera: a strip of the object's own side."""
    reach = view.eye[2] - surface.height
    toward = (view.eye[:2] - (surface.x, surface.y)) / reach * min(settings.level_tolerance, surface.height / 2)
    if surface.round:
        return replace(surface, x=surface.x - toward[0] / 2, y=surface.y - toward[1] / 2)
    c, s = math.cos(surface.yaw), math.sin(surface.yaw)
    along_a, along_b = c * toward[0] + s * toward[1], c * toward[1] - s * toward[0]
    return replace(
        surface,
        x=surface.x - (c * along_a - s * along_b) / 2,
        y=surface.y - (s * along_a + c * along_b) / 2,
        a=surface.a - abs(along_a),
        b=surface.b - abs(along_b),
    )


def _container(piece: _Piece) -> Surface | None:
    """The rim of a bowl or tray, if this colour forms one: a level outline, wide, and lower inside."""
    smooth, raw, mask, settings = piece.smooth, piece.raw, piece.mask, piece.settings
    pixels = int(mask.sum())
    height, width = mask.shape
    if pixels < 150 or min(height, width) < 20 or not (mask & (smooth > 0.012)).any():
        return None
    filled = _filled(mask, all_parts=True)
    rim = filled & mask & ~cv2.erode(filled.view(np.uint8), SQUARE3).view(bool)
    heights = raw[rim]
    heights = heights[heights > 0.012]
    if len(heights) < 20:
        return None
    counts, edges = np.histogram(heights, np.arange(0.012, 0.2, 0.003))
    counts = counts + np.append(counts[1:], 0)
    k = int(counts.argmax())
    near = heights[(heights > edges[k] - 0.0015) & (heights < edges[k] + 0.0075)]
    if len(near) < 20 or len(near) < 0.3 * len(heights):
        return None
    top = float(np.median(near))
    band = mask & (np.abs(raw - top) < 0.005)
    inner = cv2.erode(_hull(band), _SQUARE5, iterations=2).view(bool)
    inside = smooth[inner & mask & (smooth < top - 0.008)]
    if inner.sum() < 60 or len(inside) < 0.06 * inner.sum():
        return None
    band = cv2.morphologyEx(band.view(np.uint8), cv2.MORPH_CLOSE, _SQUARE5).view(bool)
    around = cv2.dilate(smooth, SQUARE3)
    edge = _true_edges(_filled(band, all_parts=True), around < top + _CLOSE, piece.roi)
    if len(edge) < 20:
        return None
    surface = _fit(piece.view.on_plane(edge, top), top, piece)
    if surface is None or min(surface.a, surface.b) < settings.smallest_container:
        return None
    return replace(surface, hollow=True, floor=float(np.percentile(inside, 10)))


def _part_of(surface: Surface, container: Surface) -> bool:
    """Whether a face is the container's own floor or rim and no thing in it."""
    if surface.color != container.color or not container.holds(surface, 0.006):
        return False
    if surface.height < container.floor + 0.012:
        return True
    margin = min(container.a, container.b) / 2 - 0.012
    at_rim = abs(surface.height - container.height) < 0.006
    wide = surface.a > 0.8 * container.a or not container.holds(surface, -0.012)
    return (at_rim and (wide or surface.rms > 0.0015)) or margin < 0 or min(surface.a, surface.b) < 0.015


def _filled(mask: Mask, all_parts: bool = False) -> Mask:
    """The mask's largest connected part (or all of them) without holes."""
    contours, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    out = np.zeros(mask.shape, dtype=np.uint8)
    if contours:
        chosen = list(contours) if all_parts else [max(contours, key=len)]
        cv2.drawContours(out, chosen, -1, 1, cv2.FILLED)
    return out.view(bool)


def _hull(mask: Mask) -> NDArray[np.uint8]:
    out = np.zeros(mask.shape, dtype=np.uint8)
    points = cv2.findNonZero(mask.view(np.uint8))
    if points is not None:
        cv2.fillConvexPoly(out, cv2.convexHull(points), 1)
    return out


def _true_edges(mask: Mask, lower: Mask, roi: Roi) -> NDArray[np.float64]:
    """Midpoints (N, 2) in image pixels between a pixel of the mask and a lower neighbour outside of it.

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
