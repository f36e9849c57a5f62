"""Geometry that Code as Policies prompts assume: pure functions of points, boxes, lines and polygons, run within the
program. Points are NumPy arrays (N, 2) in metres, shapes are Shapely's, angles are radians, counter-clockwise positive.

The published names have no fixed code: the model wrote it when it was needed. These are the meanings its prompts and
recorded functions agree on; where those contradict themselves, docs/cap-compatibility.md says what was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from shapely import affinity
from shapely.geometry import LineString, Point, Polygon, box

from .frame import BOTTOM_LEFT, TOP_RIGHT, Points

_MIDDLE = tuple((BOTTOM_LEFT + TOP_RIGHT) / 2)


def _array(points: Any) -> Points:
    return np.asarray(points, dtype=np.float64)


# --- one of several points -------------------------------------------------------------------------------------------


def get_closest_idx(points: Any, point: Any) -> int:
    """Index of the point that is closest to `point`."""
    return int(np.argmin(np.linalg.norm(_array(points) - _array(point), axis=1)))


def get_farthest_idx(points: Any, point: Any) -> int:
    """Index of the point that is farthest from `point`."""
    return int(np.argmax(np.linalg.norm(_array(points) - _array(point), axis=1)))


def get_closest_point(points: Any, point: Any) -> Points:
    """The point that is closest to `point`."""
    return _array(points)[get_closest_idx(points, point)]


def get_farthest_point(points: Any, point: Any) -> Points:
    """The point that is farthest from `point`."""
    return _array(points)[get_farthest_idx(points, point)]


def get_left_most_idx(points: Any) -> int:
    """Index of the leftmost point."""
    return int(np.argmin(_array(points)[:, 0]))


def get_right_most_idx(points: Any) -> int:
    """Index of the rightmost point."""
    return int(np.argmax(_array(points)[:, 0]))


def get_top_most_idx(points: Any) -> int:
    """Index of the topmost point."""
    return int(np.argmax(_array(points)[:, 1]))


def get_bottom_most_idx(points: Any) -> int:
    """Index of the bottommost point."""
    return int(np.argmin(_array(points)[:, 1]))


def get_center_np(pts: Any) -> Points:
    """The mean of points."""
    return _array(pts).mean(axis=0)


# --- boxes (xmin, ymin, xmax, ymax) ----------------------------------------------------------------------------------


def get_box_area(bbox: Any) -> float:
    """Area of a box in square metres."""
    x0, y0, x1, y1 = (float(v) for v in bbox)
    return (x1 - x0) * (y1 - y0)


def bbox_xyxy_contains_pt(bbox: Any, pt: Any) -> bool:
    """Whether a box contains a point."""
    x0, y0, x1, y1 = (float(v) for v in bbox)
    return bool(x0 <= pt[0] <= x1 and y0 <= pt[1] <= y1)


# --- lines and polygons ----------------------------------------------------------------------------------------------


def make_line(start: Any, end: Any) -> LineString:
    """The line from start to end."""
    return LineString([tuple(start), tuple(end)])


def make_line_by_length(length: float) -> LineString:
    """A horizontal line from the origin."""
    return LineString([(0, 0), (length, 0)])


def make_vertical_line_by_length(length: float) -> LineString:
    """A horizontal line of this length, turned upright about its middle."""
    return affinity.rotate(make_line_by_length(length), 90)


def make_square(size: float, center: Any = _MIDDLE) -> Polygon:
    """A square of this side length about a centre."""
    return make_rectangle(size, size, center)


def make_rectangle(width: float, height: float, center: Any = _MIDDLE) -> Polygon:
    """A rectangle about a centre."""
    x, y = center
    return box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def make_triangle(size: float, center: Any = _MIDDLE) -> Polygon:
    """A triangle with a base and a height of `size`, its bounding box about a centre, its tip to the top."""
    x, y = center
    half = size / 2
    return Polygon([(x - half, y - half), (x + half, y - half), (x, y + half)])


def make_hexagon(radius: float, center: Any = _MIDDLE) -> Polygon:
    """A regular hexagon about a centre, its first corner to the right."""
    return Polygon([np.add(center, radius * np.array([np.cos(a), np.sin(a)])) for a in np.arange(6) * np.pi / 3])


def make_circle(radius: float, center: Any = _MIDDLE) -> Polygon:
    """A circle (of 64 sides) about a centre."""
    return Point(tuple(center)).buffer(radius)


def make_ellipse(center: Any, width: float, height: float) -> Polygon:
    """An ellipse of this width and height about a centre."""
    return affinity.scale(Point(tuple(center)).buffer(0.5), xfact=width, yfact=height)


def get_points_from_polygon(polygon: Polygon) -> Points:
    """Its corners (N + 1, 2); the last is the first again."""
    return np.array(polygon.exterior.coords)


# --- points along something ------------------------------------------------------------------------------------------


def interpolate_line(line: LineString, t: float) -> Points:
    """The point at share t (0 to 1) of a line."""
    return np.array(line.interpolate(t, normalized=True).coords[0])


def interpolate_pts_on_line(line: LineString, n: int) -> Points:
    """n points on a line from its start to its end (its middle for n = 1)."""
    shares = np.linspace(0, 1, n) if n > 1 else [0.5]
    return np.array([interpolate_line(line, t) for t in shares])


def interpolate_pts_np(start: Any, end: Any, n: int) -> Points:
    """n points from start to end."""
    return np.linspace(_array(start), _array(end), n)


def interpolate_pts_along_exterior(exterior: LineString, n: int) -> Points:
    """n points along a closed outline, the last of which is the first again."""
    return interpolate_pts_on_line(exterior, n)


def interpolate_pts_2d_along_exterior(exterior: LineString, n: int) -> Points:
    """The same as interpolate_pts_along_exterior."""
    return interpolate_pts_on_line(exterior, n)


# --- moving points ---------------------------------------------------------------------------------------------------


def translate_pts_np(pts: Any, delta: Any) -> Points:
    """Points moved by (dx, dy)."""
    return _array(pts) + _array(delta)


def rotate_pts_around_centroid_np(pts: Any, angle: float) -> Points:
    """Points turned about their mean by an angle in radians, clockwise negative."""
    p, c, s = _array(pts), np.cos(angle), np.sin(angle)
    return (p - p.mean(axis=0)) @ np.array([[c, s], [-s, c]]) + p.mean(axis=0)


def scale_pts_around_centroid_np(pts: Any, scale_x: float = 1.0, scale_y: float = 1.0) -> Points:
    """Points scaled about their mean."""
    p = _array(pts)
    return (p - p.mean(axis=0)) * [scale_x, scale_y] + p.mean(axis=0)


def reverse_pts_np(pts: Any) -> Points:
    """Points in the other order."""
    return _array(pts)[::-1]


def normalize_vector(vector: Any) -> Points:
    """A vector of length 1 in the same direction."""
    return _array(vector) / np.linalg.norm(vector)


def get_pt_to_the_left(pt: Any, dist: float) -> Points:
    """The point `dist` metres to the left."""
    return np.add(pt, (-dist, 0))


def get_pt_to_the_right(pt: Any, dist: float) -> Points:
    """The point `dist` metres to the right."""
    return np.add(pt, (dist, 0))


def get_pt_to_the_top(pt: Any, dist: float) -> Points:
    """The point `dist` metres towards the top."""
    return np.add(pt, (0, dist))


def get_pt_to_the_bottom(pt: Any, dist: float) -> Points:
    """The point `dist` metres towards the bottom."""
    return np.add(pt, (0, -dist))


def spread_along(shape: Polygon, n: int) -> Points:
    """n points on an outline: its corners when it has n, else evenly spaced from its first corner."""
    corners = get_points_from_polygon(shape)[:-1]
    if len(corners) == n:
        return corners
    return np.array([interpolate_line(LineString(shape.exterior), k / n) for k in range(n)])


SHAPES: Sequence[Any] = (
    get_closest_idx, get_farthest_idx, get_closest_point, get_farthest_point, get_left_most_idx, get_right_most_idx,
    get_top_most_idx, get_bottom_most_idx, get_center_np, get_box_area, bbox_xyxy_contains_pt, make_line,
    make_line_by_length, make_vertical_line_by_length, make_square, make_rectangle, make_triangle, make_hexagon,
    make_circle, make_ellipse, get_points_from_polygon, interpolate_line, interpolate_pts_on_line, interpolate_pts_np,
    interpolate_pts_along_exterior, interpolate_pts_2d_along_exterior, translate_pts_np, rotate_pts_around_centroid_np,
    scale_pts_around_centroid_np, reverse_pts_np, normalize_vector, get_pt_to_the_left, get_pt_to_the_right,
    get_pt_to_the_top, get_pt_to_the_bottom,
)  # fmt: skip
