"""From a mask to a shape: the circle or rectangle whose edges a set of pixels shows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .fit import Circle, Rectangle, around, find_circle, find_rectangle, fit_circle, fit_rectangle, least_area
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
    points = _edge_points(piece, mask, height, all_parts)
    if len(points) < _FEWEST_EDGES:
        return None
    start, fill = least_area(points)
    if min(start.a, start.b) < piece.settings.smallest_side:
        return None
    # A circle fills 0.785 of its box and a rectangle all of it; between them, and where edges are hidden, the
    # closer fit decides.
    circle = fit_circle(points) if fill < 0.9 else None
    if circle is not None and circle.radius < _LARGEST / 2:
        surely = fill > 0.72 and circle.rms < piece.view.pitch / 2 and abs(start.a - start.b) < 0.1 * start.a
        if surely or (circle.rms < _POOR and _rounder(circle, fit_rectangle(points, start), points)):
            return _disc(piece, circle, height)
    rectangle = fit_rectangle(points, start)
    if rectangle.rms > _POOR:
        # Half hidden, the corner of an L may have led the least area astray: try other headings.
        others = (fit_rectangle(points, around(points, yaw)) for yaw in _HEADINGS)
        rectangle = min((rectangle, *others), key=lambda r: r.rms)
        if circle is not None and circle.rms < rectangle.rms and circle.radius < _LARGEST / 2:
            return _disc(piece, circle, height)
    return _box(piece, rectangle, height)


def rim_shape(piece: Piece, mask: Mask, height: float) -> Surface | None:
    """The same for a rim that something of its colour may touch: what most of the edge follows, whatever the rest."""
    points = _edge_points(piece, mask, height, all_parts=True)
    if len(points) < 2 * _FEWEST_EDGES:
        return None
    circle = find_circle(points, piece.view.pitch)
    if circle.median < piece.view.pitch / 2 and circle.radius < _LARGEST / 2:
        return _disc(piece, circle, height)
    rectangle = find_rectangle(points, piece.settings.smallest_container)
    round_ = circle.median < rectangle.median and circle.radius < _LARGEST / 2
    return _disc(piece, circle, height) if round_ else _box(piece, rectangle, height)


def _edge_points(piece: Piece, mask: Mask, height: float, all_parts: bool) -> NDArray[np.float64]:
    # Two pixels out: the side of a thing that stands right there rises by at least as much as _CLOSE.
    lower = highest_near(piece.smooth) < height + _CLOSE
    return piece.view.on_plane(true_edges(filled(mask, all_parts), lower, piece.roi), height)


def _disc(piece: Piece, c: Circle, height: float) -> Surface:
    return Surface(piece.color, height, True, False, c.x, c.y, 2 * c.radius, 2 * c.radius, 0.0, ALL_SIDES, c.rms)


def _box(piece: Piece, r: Rectangle, height: float) -> Surface | None:
    if min(r.a, r.b) < piece.settings.smallest_side or max(r.a, r.b) > _LARGEST:
        return None
    # A side counts as seen when points lie along at least a third of it.
    lengths = (r.b, r.a, r.b, r.a)
    a, b, c, d = (n * piece.view.pitch > 0.35 * length for n, length in zip(r.support, lengths, strict=True))
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
