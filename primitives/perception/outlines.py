"""Outlines of things that are neither rectangles nor circles, found by matching contours against known forms.

Faces in one colour whose contour does not fill its rectangle are compared with the catalogue: pieces by the contour of
their level top, sockets by the contour of a hole in a level face, marks by the contour of what is painted flat. A form
counts as found when its outline, laid over the contour as well as it can be, differs from it in little area.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from shapely.affinity import rotate, translate
from shapely.geometry import Polygon, box
from shapely.ops import unary_union

from ...robots.pose import Pose, wrap_angle
from ..values import Object
from .colors import NAMES
from .masks import Mask, bounds, components, within
from .settings import Settings
from .view import View

CELL = 0.026  # m: side of the cells that pieces are made of
CLEARANCE = 0.0015  # m by which a socket is wider than its piece on each side
MARK_ARM, MARK_WIDTH = 0.09, 0.012  # m: length and width of the strips of a corner mark
_CELLS: dict[str, tuple[tuple[int, int], ...]] = {
    "L": ((0, 0), (1, 0), (2, 0), (0, 1)),
    "T": ((0, 0), (1, 0), (2, 0), (1, 1)),
    "S": ((0, 0), (1, 0), (1, 1), (2, 1)),
    "plus": ((1, 0), (0, 1), (1, 1), (2, 1), (1, 2)),
}
FORMS = tuple(_CELLS)
FRAME_SIDE = 0.24  # m: of a square with three painted sides, from line to line
_SIZES = (1e-3, 1e-2)  # m²: areas of contours of known forms, with room to spare
_FILLS = 0.9  # of its rectangle: a contour that fills more is a rectangle
_LEVEL = 0.004  # m from the commonest height of a face
_HOLE = 0.005  # m by which a hole is lower than the face around it
_DIFFERENT = 0.14  # of a form's area by which a contour may differ from it
_HEADINGS = np.radians(np.arange(0, 360, 15))
_ITERATIONS = 25
_SHEET = 0.001  # m: thickness given to paint
_SIMPLE = 0.0015  # m by which a contour may be simplified where only areas are compared


def _form(name: str, margin: float = 0.0) -> Polygon:
    """Outline of a piece, its bounding box centred at the origin, m."""
    cells = _CELLS[name]
    width, depth = ((max(c[i] for c in cells) + 1) * CELL for i in (0, 1))
    squares = [
        box(
            c * CELL - width / 2 - margin,
            r * CELL - depth / 2 - margin,
            (c + 1) * CELL - width / 2 + margin,
            (r + 1) * CELL - depth / 2 + margin,
        )
        for c, r in cells
    ]
    return _polygon_of(squares)


def _polygon_of(parts: Sequence[Polygon]) -> Polygon:
    whole = unary_union(parts)
    assert isinstance(whole, Polygon)
    return whole


def _open_square() -> Polygon:
    """Three lines around the middle of a square, which is open in front (+x)."""
    outer, inner = (FRAME_SIDE + MARK_WIDTH) / 2, (FRAME_SIDE - MARK_WIDTH) / 2
    whole = box(-outer, -outer, outer, outer).difference(box(-inner, -inner, outer, inner))
    assert isinstance(whole, Polygon)
    return whole


PIECES: dict[str, Polygon] = {name: _form(name) for name in _CELLS}
_SOCKETS: dict[str, Polygon] = {name: _form(name, CLEARANCE) for name in _CELLS}
_MARKS: dict[str, Polygon] = {
    "corner": _polygon_of([box(-MARK_WIDTH, -MARK_WIDTH, MARK_ARM, 0.0), box(-MARK_WIDTH, -MARK_WIDTH, 0.0, MARK_ARM)]),
    "frame": _open_square(),
}


def known_outline(obj: Object) -> Polygon | None:
    """Where the top of a piece is, in the base frame; None for any other object."""
    form = PIECES.get(obj.name.split()[-1]) if obj.kind == "piece" else None
    return None if form is None else _placed(form, obj.x, obj.y, obj.yaw)


def turn_symmetry(obj: Object) -> float:
    """Turn (rad) that leaves a piece looking the same."""
    form = PIECES[obj.name.split()[-1]]
    for turns in (4, 2):
        turned = rotate(form, 360 / turns, origin=(0, 0))
        if turned.symmetric_difference(form).area < 0.05 * form.area:
            return 2 * math.pi / turns
    return 2 * math.pi


def with_outlines(objects: Sequence[Object], view: View, settings: Settings) -> list[Object]:
    """The objects, with those that are parts of a known outline replaced by the thing that has it."""
    least = int(_SIZES[0] / view.pitch**2)
    seen = np.flatnonzero(np.bincount(view.name[view.thing], minlength=len(NAMES)) >= least)
    found = [o for color in seen.tolist() for o in _of_color(view, color, least, settings)]
    if not found:
        return list(objects)
    return [o for o in objects if not any(_replaces(f, o) for f in found)] + found


def _replaces(found: Object, old: Object) -> bool:
    if found.color != old.color or old.kind in ("piece", "socket", "corner", "frame"):
        return False
    apart = math.hypot(*(old.position - found.position)[:2])
    if found.kind == "socket":  # what was taken for a tray, or for blocks around the hole
        return apart < 0.16 and abs(old.top - found.top) < 0.008
    return apart < float(max(found.size[:2])) and old.top <= found.top + 0.006


def _of_color(view: View, color: int, least: int, settings: Settings) -> Iterator[Object]:
    """What has a known outline in one colour, in connected parts of at least so many pixels."""
    pixels = view.thing & (view.name == color)
    # The rest works on the part of the image that has this colour.
    around = bounds(pixels)
    pixels, smooth = pixels[around], view.smooth[around]
    high = smooth > settings.flat_height
    for raised in (True, False):
        part = pixels & (high == raised)
        if np.count_nonzero(part) < least:
            continue
        labels, parts = components(part, least)
        for label, window in parts:
            mask, top = labels[window] == label, 0.0
            if raised:
                top = float(np.percentile(smooth[window][mask], 80))
                mask &= np.abs(smooth[window] - top) < _LEVEL
            roi = within(around, window)
            yield from _of_mask(view, mask, (roi[1].start, roi[0].start), top, color, raised)


def _of_mask(view: View, mask: Mask, corner: tuple[int, int], top: float, color: int, raised: bool) -> Iterator[Object]:
    contours, tree = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE, offset=corner)
    for k, contour in enumerate(contours):
        if not _may_be_odd(contour, view.pitch):
            continue
        hole = tree[0][k][3] >= 0
        shape = _polygon(view, contour, top, view.pitch / 2 if not hole else -view.pitch / 2)
        if shape is None or shape.area > _FILLS * shape.minimum_rotated_rectangle.area:
            continue
        if not raised and hole:
            continue
        kind, forms = ("mark", _MARKS) if not raised else ("socket", _SOCKETS) if hole else ("piece", PIECES)
        best = _best(shape, forms)
        if best is not None:
            yield _mark(color, *best) if kind == "mark" else _object(kind, color, *best, top)


def _object(kind: str, color: int, form: str, x: float, y: float, yaw: float, top: float) -> Object:
    name = f"{NAMES[color]} {form}" + (" socket" if kind == "socket" else "")
    size = np.array([*_extent(PIECES[form]), top])
    return Object(name, kind, NAMES[color], np.array([x, y, top / 2]), size, yaw)


def _mark(color: int, kind: str, x: float, y: float, yaw: float) -> Object:
    side = MARK_ARM if kind == "corner" else FRAME_SIDE
    position, size = np.array([x, y, _SHEET / 2]), np.array([side, side, _SHEET])
    points = np.zeros((0, 3))
    if kind == "frame":
        h = FRAME_SIDE / 2
        points = Pose.from_yaw([x, y, 0.0], yaw).transform(np.array([[h, h, 0], [-h, h, 0], [-h, -h, 0], [h, -h, 0]]))
    return Object(f"{NAMES[color]} {kind}", kind, NAMES[color], position, size, float(yaw), points=points)


def _may_be_odd(contour: NDArray, pitch: float) -> bool:
    """A quick look in pixels: about as large as some form, and not a rectangle."""
    area = cv2.contourArea(contour)
    if not _SIZES[0] < area * pitch**2 < _SIZES[1]:
        return False
    (_, _), (a, b), _ = cv2.minAreaRect(contour)
    return area < _FILLS * a * b


def _polygon(view: View, contour: NDArray, height: float, grow: float) -> Polygon | None:
    """The contour on its plane. Its pixels' centres lie half a pixel inside the outline (outside that of a hole)."""
    points = view.on_plane(contour[:, 0, :].astype(np.float64), height)
    shape = Polygon(points).buffer(0)
    shape = shape.buffer(grow, join_style="mitre")
    return shape if isinstance(shape, Polygon) and not shape.is_empty else None


def _extent(form: Polygon) -> tuple[float, float]:
    x0, y0, x1, y1 = form.bounds
    return x1 - x0, y1 - y0


def _placed(form: Polygon, x: float, y: float, yaw: float) -> Polygon:
    return translate(rotate(form, yaw, origin=(0, 0), use_radians=True), x, y)


def _best(shape: Polygon, forms: dict[str, Polygon]) -> tuple[str, float, float, float] | None:
    """Name, x, y and yaw of the form that fits a contour best, or None when none fits well."""
    alike = {name: form for name, form in forms.items() if 0.75 < shape.area / form.area < 1.3}
    if not alike:
        return None
    plain = shape.simplify(_SIMPLE)
    assert isinstance(plain, Polygon)
    name, start = min(((n, _laid_over(plain, form)) for n, form in alike.items()), key=lambda found: found[1][3])
    x, y, yaw = _aligned(shape, alike[name], *start[:3])
    share = _difference(shape, alike[name], x, y, yaw)
    return (name, x, y, wrap_angle(yaw, 2 * math.pi)) if share < _DIFFERENT else None


def _difference(shape: Polygon, form: Polygon, x: float, y: float, yaw: float) -> float:
    """Share of a form's area by which it, laid at a pose, differs from a contour."""
    return _placed(form, x, y, yaw).symmetric_difference(shape).area / form.area


def _laid_over(shape: Polygon, form: Polygon) -> tuple[float, float, float, float]:
    """x, y, yaw that lay a form over a contour, middle on middle, to about a degree, and their difference then."""
    middle, own = shape.centroid, form.centroid

    def at(yaw: float) -> tuple[float, float, float]:
        c, s = math.cos(yaw), math.sin(yaw)
        return middle.x - c * own.x + s * own.y, middle.y - s * own.x - c * own.y, yaw

    yaw = min((float(h) for h in _HEADINGS), key=lambda h: _difference(shape, form, *at(h)))
    for step in (8, 4, 2):
        yaw = min((yaw + math.radians(k * step) for k in (-1, 0, 1)), key=lambda h: _difference(shape, form, *at(h)))
    return (*at(yaw), _difference(shape, form, *at(yaw)))


def _aligned(shape: Polygon, form: Polygon, x: float, y: float, yaw: float) -> tuple[float, float, float]:
    """Least squares of the distances between points of the contour and the nearest edges of the form, by Gauss-Newton.

    A common distance is a fourth unknown: it takes up how far inside its edge a contour of pixels runs.
    """
    line = shape.exterior
    points = np.array([line.interpolate(d).coords[0] for d in np.arange(0.0, line.length, 0.002)])
    corners = np.array(form.exterior.coords)
    starts, ends = corners[:-1], corners[1:]
    edges = ends - starts
    lengths = np.hypot(*edges.T)
    along = edges / lengths[:, None]
    outward = np.column_stack([along[:, 1], -along[:, 0]]) * (1.0 if form.exterior.is_ccw else -1.0)
    common = 0.0
    for _ in range(_ITERATIONS):
        c, s = math.cos(yaw), math.sin(yaw)
        local = (points - [x, y]) @ np.array([[c, -s], [s, c]])
        relative = local[:, None] - starts[None]
        t = np.clip((relative * along).sum(-1), 0.0, lengths)
        nearest = np.linalg.norm(relative - t[..., None] * along, axis=-1).argmin(axis=1)
        normal = outward[nearest]
        distance = ((local - starts[nearest]) * normal).sum(-1) - common
        turn = local[:, 0] * normal[:, 1] - local[:, 1] * normal[:, 0]
        rows = np.column_stack([normal, turn, np.ones(len(points))])
        keep = np.abs(distance) < 0.004
        if keep.sum() < 20:
            break
        move = np.linalg.lstsq(rows[keep], distance[keep], rcond=None)[0]
        x, y = x + c * move[0] - s * move[1], y + s * move[0] + c * move[1]
        yaw, common = yaw + move[2], common + move[3]
        if np.abs(move[:2]).max() < 1e-6 and abs(move[2]) < 1e-5:
            break
    return x, y, yaw
