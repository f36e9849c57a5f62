"""The stand of the towers of Hanoi, as its three rods, and the rings on and beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from ..values import Object
from .colors import NAMES
from .fit import Rectangle, fit_circle, fit_rectangle, least_area
from .masks import Mask, Roi, filled, true_edges
from .settings import Settings
from .surface import ALL_SIDES, Surface
from .templates import Blob, Special, levels
from .view import View

SPACING = 0.108  # m between neighbouring rods, and side of the square plate around each
PLATE, ROD, HEIGHT = 0.008, 0.010, 0.058  # m: thickness of the plates, width of a rod, height of its tip
RING_HOLE, RING_HEIGHT = 0.022, 0.014  # m
SHADES = ("light", "medium", "dark")
_LEVEL = 0.0035  # m
_SEEN = 0.25  # of the stand: rings hide the rest
_SIZE = 0.008  # m that the stand may be seen larger or smaller than it is
_WIDTHS = (0.060, 0.115)  # m: of rings
_ROUND = 0.0015  # m: rms of a circle's edge
_ON_ROD = 0.010  # m between the axes of a ring and of its rod
_NEAR_ROD = 0.062  # m: what is further from a rod is not of a ring on it
_FEWEST = 40  # pixels of a ring's face, and points of its edge
_AROUND = 0.008  # m beside a thing's outline that may still show its sides


def find(top: View, blobs: Sequence[Blob], settings: Settings) -> list[Special]:
    """Rings and rods, as the steepest view shows them; rings are looked for only where there is a stand."""
    stands = [(blob, r) for blob in blobs if (r := _stand(top, blob)) is not None]
    rods = [rod for blob, r in stands for rod in _rods(top, r, blob.color)]
    if not rods:
        return []
    # The rings first: what is left of the stand's own colour is the stand.
    rings = [ring for blob in blobs for ring in _rings(top, blob, rods)]
    return [_ring(s) for s in rings] + [_rod(rod, stand) for rod, stand in rods]


def _stand(view: View, blob: Blob) -> Rectangle | None:
    """The rectangle of a level sheet of the stand's size and height."""
    area = 3 * SPACING * SPACING
    if np.count_nonzero(blob.mask) * view.pitch**2 < _SEEN * area:
        return None
    plate = blob.mask & (np.abs(view.smooth[blob.roi] - PLATE) < _LEVEL)
    if np.count_nonzero(plate) * view.pitch**2 < _SEEN * area:
        return None
    points = _edges(view, plate, blob.roi, PLATE)
    if len(points) < 40:
        return None
    found = fit_rectangle(points, least_area(points)[0])
    sides = sorted((found.a, found.b))
    known = abs(sides[1] - 3 * SPACING) < _SIZE and abs(sides[0] - SPACING) < _SIZE
    return found if known else None


def _edges(view: View, face: Mask, roi: Roi, height: float) -> NDArray[np.float64]:
    """Points (N, 2) m of the outer edge of a face, where what is beside it is lower."""
    return view.on_plane(true_edges(filled(face, all_parts=True), view.z[roi] < height + _LEVEL, roi), height)


def _rods(view: View, r: Rectangle, color: int) -> list[tuple[Object, Surface]]:
    """The rods from the light to the dark side, each with the whole stand."""
    yaw = r.yaw + (0.0 if r.a > r.b else math.pi / 2)
    along = np.array([math.cos(yaw), math.sin(yaw)])
    stand = Surface(color, HEIGHT, False, False, r.x, r.y, 3 * SPACING, SPACING, yaw, ALL_SIDES, r.rms)
    u, _ = stand.local(view.x, view.y)
    plate = view.thing & (view.name == color) & stand.over(view.x, view.y, -0.004)
    plate &= np.abs(view.smooth - PLATE) < _LEVEL
    bright = view.frame.rgb.sum(-1)
    ends = [bright[plate & (side * u > SPACING / 2 + 0.004)] for side in (-1, 1)]
    if min(len(end) for end in ends) < 10:
        return []
    if np.median(ends[0]) < np.median(ends[1]):
        yaw, along = yaw + math.pi, -along
    name = NAMES[color]
    rods = []
    for k, shade in enumerate(SHADES):
        x, y = np.array([r.x, r.y]) + (k - 1) * SPACING * along
        size = np.array([SPACING, SPACING, HEIGHT])
        rod = Object(
            f"{shade} {name} rod", "rod", name, np.array([x, y, HEIGHT / 2]), size, math.remainder(yaw, math.tau)
        )
        rods.append((rod, stand))
    return rods


def _rings(view: View, blob: Blob, rods: Sequence[tuple[Object, Surface]]) -> list[Surface]:
    """Round faces around the rods, and others with a hole through which something lower is seen."""
    smooth = view.smooth[blob.roi]
    band = blob.mask & (smooth > RING_HEIGHT - _LEVEL) & (smooth < HEIGHT + 2 * RING_HEIGHT)
    found, loose = [], band.copy()
    for rod, _ in rods:
        near = np.hypot(view.x[blob.roi] - rod.x, view.y[blob.roi] - rod.y) < _NEAR_ROD
        faces = _faces(view, blob, band & near)
        found += [s for s in faces if math.hypot(s.x - rod.x, s.y - rod.y) < _ON_ROD]
        loose &= ~near
    return found + [s for s in _faces(view, blob, loose) if _has_hole(view, s)]


def _faces(view: View, blob: Blob, band: Mask) -> list[Surface]:
    """Round level faces as wide as rings, among these pixels. Another ring may hide all but some of the rim."""
    found: list[Surface] = []
    smooth = view.smooth[blob.roi]
    for height in levels(smooth[band], _FEWEST):
        if any(abs(height - known.height) < 0.8 * RING_HEIGHT for known in found):
            continue  # the side of a ring whose face has been found
        face = band & (np.abs(smooth - np.float32(height)) < _LEVEL)
        points = _outermost(_edges(view, face, blob.roi, height), 1.5 * view.pitch)
        if len(points) < _FEWEST:
            continue
        c = fit_circle(points)
        if c.rms < _ROUND and _WIDTHS[0] < 2 * c.radius < _WIDTHS[1]:
            d = 2 * c.radius
            found.append(Surface(blob.color, height, True, False, c.x, c.y, d, d, 0.0, ALL_SIDES, c.rms))
    return found


def _outermost(points: NDArray[np.float64], within: float) -> NDArray[np.float64]:
    """Of points (N, 2) those within so many m of their convex hull's border: edges of what lies on top are not."""
    if len(points) < _FEWEST:
        return points
    border = shapely.convex_hull(shapely.MultiPoint(points)).boundary
    return points[shapely.distance(shapely.points(points), border) < within]


def _has_hole(view: View, face: Surface) -> bool:
    """Whether most of what is seen through the middle is lower."""
    turns = np.arange(8) * (math.pi / 4)
    reach = 0.25 * RING_HOLE
    x, y = face.x + reach * np.cos(turns), face.y + reach * np.sin(turns)
    v, u, inside = view.project(x, y, np.full(len(turns), face.height))
    return bool((inside & (view.z[v, u] < face.height - 0.4 * RING_HEIGHT)).mean() > 0.6)


def _ring(s: Surface) -> Special:
    color = NAMES[s.color]
    position = np.array([s.x, s.y, s.height - RING_HEIGHT / 2])
    # It is called what people call it, and its kind says that there is room for a cup beside its small hole.
    thing = Object(f"{color} ring", "disc", color, position, np.array([s.a, s.a, RING_HEIGHT]), 0.0)

    def own(view: View) -> Mask:
        mask: Mask = view.thing & (view.name == s.color) & s.over(view.x, view.y, _AROUND)
        return mask & (np.abs(view.z - position[2]) < RING_HEIGHT / 2 + 0.005)

    return Special(thing, own)


def _rod(rod: Object, stand: Surface) -> Special:
    def own(view: View) -> Mask:
        mask: Mask = view.thing & (view.name == stand.color) & stand.over(view.x, view.y, _AROUND)
        return mask & (view.z < HEIGHT + _AROUND)

    return Special(rod, own)
