"""From a mask to a shape: the circle or rectangle whose edges a set of pixels shows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .fit import Circle, Rectangle, around, fit_circle, fit_rectangle, least_area
from .masks import Image32, Mask, Roi, filled, highest_near, true_edges, within
from .settings import Settings
from .surface import ALL_SIDES, Surface
from .view import View

_CLOSE = 0.0035  # m: a neighbour at most this much higher does not hide an edge
_LARGEST = 0.35  # m: nothing wider is an object
_FEWEST_EDGES = 10
_POOR = 0.0012  # m: a fit worse than this deserves a second try
_HEADINGS = np.radians([0, 15, 30, 45, 60, 75])


@dataclass(frozen=True)
class Piece:
    """What lies in one colour in one connected thing: a mask within a region of interest of the view."""

    view: View
    settings: Settings
    roi: Roi
    mask: Mask
    color: int

    @property
    def x(self) -> Image32:
        return self.view.x[self.roi]

    @property
    def y(self) -> Image32:
        return self.view.y[self.roi]

    @property
    def raw(self) -> Image32:
        return self.view.z[self.roi]

    @property
    def smooth(self) -> Image32:
        return self.view.smooth[self.roi]

    def part(self, window: Roi) -> Piece:
        """The same in a window of the region of interest."""
        return Piece(self.view, self.settings, within(self.roi, window), self.mask[window], self.color)


def outline_shape(piece: Piece, mask: Mask, height: float, all_parts: bool = False) -> Surface | None:
    """The circle or rectangle at `height` m whose edges the mask shows, or None when it is too small to tell.

    Only the mask's largest part counts, unless `all_parts` are of one shape.
    """
    solid = filled(mask, all_parts)
    # Two pixels out: the side of a thing that stands right there rises by at least as much as _CLOSE.
    edges = true_edges(solid, highest_near(piece.smooth) < height + _CLOSE, piece.roi)
    if len(edges) < _FEWEST_EDGES:
        return None
    return _fit(piece.view.on_plane(edges, height), height, piece)


def _fit(points: NDArray[np.float64], height: float, piece: Piece) -> Surface | None:
    settings, pitch = piece.settings, piece.view.pitch
    start, fill = least_area(points)
    if min(start.a, start.b) < settings.smallest_side:
        return None
    # A circle fills 0.785 of its box and a rectangle all of it; between them, and where edges are hidden, the
    # closer fit decides.
    circle = fit_circle(points) if fill < 0.9 else None
    if circle is not None and circle.radius < _LARGEST / 2:
        surely = fill > 0.72 and circle.rms < pitch / 2 and abs(start.a - start.b) < 0.1 * start.a
        if surely or (circle.rms < _POOR and _rounder(circle, fit_rectangle(points, start), points)):
            d = 2 * circle.radius
            return Surface(piece.color, height, True, False, circle.x, circle.y, d, d, 0.0, ALL_SIDES, circle.rms)
    r = fit_rectangle(points, start)
    if r.rms > _POOR:
        # Half hidden, the corner of an L may have led the least area astray: try other headings.
        r = min((r, *(fit_rectangle(points, around(points, yaw)) for yaw in _HEADINGS)), key=lambda r: r.rms)
        if circle is not None and circle.rms < r.rms and circle.radius < _LARGEST / 2:
            d = 2 * circle.radius
            return Surface(piece.color, height, True, False, circle.x, circle.y, d, d, 0.0, ALL_SIDES, circle.rms)
    if min(r.a, r.b) < settings.smallest_side or max(r.a, r.b) > _LARGEST:
        return None
    # A side counts as seen when points lie along at least a third of it.
    a, b, c, d = (n * pitch > 0.35 * length for n, length in zip(r.support, (r.b, r.a, r.b, r.a), strict=True))
    return Surface(piece.color, height, False, False, r.x, r.y, r.a, r.b, r.yaw, (a, b, c, d), r.rms)


def _rounder(circle: Circle, rectangle: Rectangle, points: NDArray[np.float64]) -> bool:
    """Whether the circle fits better; clearly better where much of its edge is hidden."""
    angles = np.arctan2(points[:, 1] - circle.y, points[:, 0] - circle.x)
    twelfths = np.unique(np.floor(angles * (12 / (2 * math.pi)))).size
    return circle.rms < (1.0 if twelfths >= 8 else 0.6) * rectangle.rms


def without_sides(surface: Surface, piece: Piece) -> Surface:
    """Take back what the height tolerance adds at the sides that face the camera: a strip of the object's own side."""
    eye = piece.view.eye
    strip = min(piece.settings.level_tolerance, surface.height / 2)
    tx, ty = (eye[:2] - (surface.x, surface.y)) / (eye[2] - surface.height) * strip
    if surface.round:
        return replace(surface, x=surface.x - float(tx) / 2, y=surface.y - float(ty) / 2)
    c, s = math.cos(surface.yaw), math.sin(surface.yaw)
    along_a, along_b = abs(c * tx + s * ty), abs(c * ty - s * tx)
    return replace(
        surface,
        x=surface.x - float(tx) / 2,
        y=surface.y - float(ty) / 2,
        a=surface.a - float(along_a),
        b=surface.b - float(along_b),
    )
