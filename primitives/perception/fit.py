"""Circles and rectangles through boundary points, finer than the pixels that the points come from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...robots.pose import wrap_angle

Points = NDArray[np.float64]

_ITERATIONS = 4
_PILE = 0.0015  # m: width of the bins in which points are counted along a line
_SMALLEST_SCALE = 7e-4  # m: residuals of this size are the steps of pixels, not outliers


@dataclass(frozen=True)
class Circle:
    """x, y, radius in metres; rms and median of the distances of the points from it."""

    x: float
    y: float
    radius: float
    rms: float
    median: float = math.inf


@dataclass(frozen=True)
class Rectangle:
    """Centre (x, y), full size along its own axes, heading of its first axis (rad), in metres. `support`: how many
    points lie on each side (+a, +b, -a, -b). rms and median of the distances of the points from it."""

    x: float
    y: float
    a: float
    b: float
    yaw: float
    support: tuple[int, int, int, int]
    rms: float
    median: float = math.inf


def fit_circle(points: Points) -> Circle:
    """Circle through (N, 2) points, N >= 3: algebraic start (Kåsa), then robust Gauss-Newton on the distances."""
    n = len(points)
    mean = points.sum(0) / n
    px, py = points[:, 0] - mean[0], points[:, 1] - mean[1]
    squared = px * px + py * py
    rows = np.empty((3, n))
    rows[0], rows[1], rows[2] = px, py, 1.0
    solution = np.linalg.solve(rows @ rows.T + 1e-12 * np.eye(3), rows @ squared)
    x, y = float(solution[0]) / 2, float(solution[1]) / 2
    radius = math.sqrt(max(float(solution[2]) + x * x + y * y, 1e-8))
    error = squared
    for _ in range(_ITERATIONS):
        dx, dy = px - x, py - y
        distance = np.sqrt(dx * dx + dy * dy) + 1e-12
        error = distance - radius
        rows[0], rows[1] = dx / distance, dy / distance
        step = _solve(rows, error, 1e-9)
        x, y, radius = x + float(step[0]), y + float(step[1]), radius + float(step[2])
    return Circle(x + float(mean[0]), y + float(mean[1]), radius, _rms(error), _median(error))


def find_circle(points: Points, tolerance: float) -> Circle:
    """The circle that most of (N, 2) points lie on, N >= 3, whatever the others belong to.

    The best of the circles through 96 triples, drawn with a fixed seed, refined on the points within `tolerance` m.
    """
    n = len(points)
    mean = points.mean(0)
    p = points - mean
    a, b, c = p[np.random.default_rng(0).integers(0, n, (3, 96))]
    # Centre of the circle through a, b, c: where the bisectors of ab and ac meet.
    u, v = b - a, c - a
    cross = 2 * (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    good = np.abs(cross) > 1e-7
    u, v, a, cross = u[good], v[good], a[good], cross[good]
    if not len(cross):
        return fit_circle(points)
    uu, vv = (u * u).sum(1), (v * v).sum(1)
    x = (v[:, 1] * uu - u[:, 1] * vv) / cross
    y = (u[:, 0] * vv - v[:, 0] * uu) / cross
    distance = np.hypot(p[None, :, 0] - (a[:, 0] + x)[:, None], p[None, :, 1] - (a[:, 1] + y)[:, None])
    near = np.abs(distance - np.hypot(x, y)[:, None]) < tolerance
    inliers = near[int(near.sum(1).argmax())]
    fine = fit_circle(points[inliers]) if inliers.sum() >= 3 else fit_circle(points)
    error = np.hypot(points[:, 0] - fine.x, points[:, 1] - fine.y) - fine.radius
    return Circle(fine.x, fine.y, fine.radius, _rms(error), _median(error))


def find_rectangle(points: Points, shortest: float) -> Rectangle:
    """The rectangle, with sides of at least `shortest` m, that most of (N, 2) points lie on, whatever the others
    belong to: the heading at which the points pile up highest on two pairs of lines, then the usual refinement."""
    headings = np.radians(np.arange(0, 90, 1.5))
    cosine, sine = np.cos(headings), np.sin(headings)
    mean = points.mean(0)
    p = points - mean
    along = np.concatenate([p @ np.array([cosine, sine]), p @ np.array([-sine, cosine])], axis=1)
    low = float(along.min())
    bins = ((along - low) / _PILE).astype(np.intp)
    count = int(bins.max()) + 2
    flat = (bins + np.arange(bins.shape[1]) * count).reshape(-1)
    piles = np.bincount(flat, minlength=count * bins.shape[1]).reshape(bins.shape[1], count)
    piles[:, 1:] += piles[:, :-1].copy()
    peaks = [_two_peaks(pile, int(shortest / _PILE)) for pile in piles]
    pairs = list(zip(peaks[: len(headings)], peaks[len(headings) :], strict=True))
    best = max(range(len(headings)), key=lambda i: pairs[i][0][0] + pairs[i][1][0])
    heading = float(headings[best])
    (_, *u_sides), (_, *v_sides) = pairs[best]
    u0, u1, v0, v1 = (low + _PILE * k for k in (*u_sides, *v_sides))
    c, s = math.cos(heading), math.sin(heading)
    u, v = (u0 + u1) / 2, (v0 + v1) / 2
    x, y = float(mean[0]) + c * u - s * v, float(mean[1]) + s * u + c * v
    return fit_rectangle(points, Rectangle(x, y, u1 - u0, v1 - v0, heading, (0, 0, 0, 0), math.inf))


def _two_peaks(pile: NDArray[np.intp], gap: int) -> tuple[int, int, int]:
    """The highest two piles at least `gap` bins apart: (points in both, lower bin, upper bin)."""
    first = int(pile.argmax())
    rest = pile.copy()
    rest[max(0, first - gap + 1) : first + gap] = 0
    second = int(rest.argmax())
    return int(pile[first] + rest[second]), min(first, second), max(first, second)


def least_area(points: Points) -> tuple[Rectangle, float]:
    """The rectangle of least area around (N, 2) points, and how much of it their convex hull fills (0 to 1)."""
    origin = points[0]
    scaled = ((points - origin) * 1000).astype(np.float32)
    hull = cv2.convexHull(scaled)
    (cx, cy), (a, b), degrees = cv2.minAreaRect(hull)
    x, y = float(origin[0]) + cx / 1000, float(origin[1]) + cy / 1000
    filled = cv2.contourArea(hull) / max(a * b, 1e-9)
    return Rectangle(x, y, a / 1000, b / 1000, math.radians(degrees), (0, 0, 0, 0), math.inf), float(filled)


def around(points: Points, yaw: float) -> Rectangle:
    """The rectangle with heading `yaw` (rad) around (N, 2) points."""
    c, s = math.cos(yaw), math.sin(yaw)
    local = points @ np.array([[c, -s], [s, c]])
    low, high = local.min(0), local.max(0)
    u, v = (low + high) / 2
    a, b = high - low
    return Rectangle(float(c * u - s * v), float(s * u + c * v), float(a), float(b), yaw, (0, 0, 0, 0), math.inf)


def fit_rectangle(points: Points, start: Rectangle, fixed_size: bool = False) -> Rectangle:
    """Rectangle through (N, 2) points, N >= 4, refined from `start`.

    Heading and the four sides (or the centre, with a fixed size) by robust least squares: a side averages over its
    points, so its error is a fraction of a pixel. A side without points keeps its place.
    """
    n = len(points)
    yaw = start.yaw
    px, py = points[:, 0] - start.x, points[:, 1] - start.y
    sides = np.array([start.a, start.b, start.a, start.b]) / 2
    index = np.arange(n)
    side, error = index, px
    for _ in range(_ITERATIONS):
        c, s = math.cos(yaw), math.sin(yaw)
        out = np.empty((4, n))
        out[0], out[1] = c * px + s * py, c * py - s * px
        out[2], out[3] = -out[0], -out[1]
        gap = out - sides[:, None]
        # A point belongs to the side that it is nearest to; corners then fall to either with little harm.
        side = np.abs(gap).argmin(0)
        error = gap[side, index]
        rows = np.zeros((5, n))
        # Turning the rectangle by d moves a point by d * out[side + 1] relative to its side.
        rows[0] = -out[(side + 1) & 3, index]
        rows[side + 1, index] = 1.0
        if fixed_size:
            shift = np.array([rows[0], rows[1] - rows[3], rows[2] - rows[4]])
            step = _solve(shift, error, 1e-6)
            step = np.array([step[0], step[1], step[2], -step[1], -step[2]])
        else:
            step = _solve(rows, error, 1e-6)
        yaw += min(max(float(step[0]), -0.3), 0.3)
        sides = sides + step[1:]
    c, s = math.cos(yaw), math.sin(yaw)
    da, db = (float(sides[0]) - float(sides[2])) / 2, (float(sides[1]) - float(sides[3])) / 2
    counts = np.bincount(side, minlength=4)
    wrapped = wrap_angle(yaw, math.pi)
    if round((yaw - wrapped) / math.pi) % 2:
        counts = np.roll(counts, 2)  # turned by half a turn, each side is called by its opposite's name
    return Rectangle(
        start.x + c * da - s * db,
        start.y + s * da + c * db,
        float(sides[0] + sides[2]),
        float(sides[1] + sides[3]),
        wrapped,
        (int(counts[0]), int(counts[1]), int(counts[2]), int(counts[3])),
        _rms(error),
        _median(error),
    )


def _rms(error: NDArray[np.float64]) -> float:
    return math.sqrt(float(error @ error) / len(error))


def _median(error: NDArray[np.float64]) -> float:
    middle = len(error) // 2
    return float(np.partition(np.abs(error), middle)[middle])


def _solve(rows: Points, target: NDArray[np.float64], damping: float) -> NDArray[np.float64]:
    """Weighted least squares of rows.T @ step = target; Tukey's biweight, scaled by the median residual."""
    scale = 4.7 * max(1.48 * _median(target), _SMALLEST_SCALE)
    weight = 1 - (target / scale) ** 2
    np.maximum(weight, 0, out=weight)
    weighted = rows * (weight * weight)
    normal = weighted @ rows.T
    normal.flat[:: len(normal) + 1] += damping * len(target)
    return np.asarray(np.linalg.solve(normal, weighted @ target), dtype=np.float64)
