"""Circles and rectangles through boundary points, finer than the pixels that the points come from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...robots.pose import wrap_angle

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Circle:
    """x, y, radius in metres; rms of the distances of the points from it."""

    x: float
    y: float
    radius: float
    rms: float


@dataclass(frozen=True)
class Rectangle:
    """Centre (x, y), full size along its own axes, heading of its first axis (rad), in metres. `support` says for
    each side (+a, +b, -a, -b) how many points lie on it; rms of the distances of the points from it."""

    x: float
    y: float
    a: float
    b: float
    yaw: float
    support: tuple[int, int, int, int]
    rms: float


def fit_circle(points: Points) -> Circle:
    """Circle through (N, 2) points, N >= 3: algebraic start (Kåsa), then robust Gauss-Newton on the distances."""
    mean = points.mean(0)
    p = points - mean
    rows = np.column_stack([2 * p, np.ones(len(p))])
    solution = np.linalg.lstsq(rows, (p * p).sum(1), rcond=None)[0]
    x, y = float(solution[0]), float(solution[1])
    radius = math.sqrt(max(float(solution[2]) + x * x + y * y, 1e-8))
    error = np.zeros(len(p))
    for _ in range(4):
        dx, dy = p[:, 0] - x, p[:, 1] - y
        distance = np.maximum(np.hypot(dx, dy), 1e-9)
        error = distance - radius
        weight = _weights(error)
        rows = np.column_stack([dx / distance, dy / distance, np.ones(len(p))])
        step = _solve(rows, error, weight)
        x, y, radius = x + step[0], y + step[1], radius + step[2]
    return Circle(x + float(mean[0]), y + float(mean[1]), radius, _robust_rms(error))


def fit_rectangle(points: Points) -> Rectangle:
    """Rectangle through (N, 2) points, N >= 4.

    Starts from the rectangle of least area around them and refines the heading and the four sides by robust least
    squares: a side averages over its points, so its error is a fraction of a pixel.
    """
    (cx, cy), (a, b), degrees = cv2.minAreaRect((points * 1000).astype(np.float32))
    center = np.array([cx, cy], dtype=np.float64) / 1000
    yaw = math.radians(degrees)
    half = np.array([a, b], dtype=np.float64) / 2000
    sides = np.array([half[0], half[1], half[0], half[1]])
    side = np.zeros(len(points), dtype=np.intp)
    error = np.zeros(len(points))
    for _ in range(5):
        c, s = math.cos(yaw), math.sin(yaw)
        local = (points - center) @ np.array([[c, -s], [s, c]])
        out = np.column_stack([local[:, 0], local[:, 1], -local[:, 0], -local[:, 1]])
        gap = out - sides
        # A point belongs to the side that it is nearest to; corners then fall to either with little harm.
        side = np.abs(gap).argmin(1)
        error = gap[np.arange(len(points)), side]
        weight = _weights(error)
        along = np.where(side % 2 == 0, local[:, 1], -local[:, 0]) * np.where(side < 2, 1.0, -1.0)
        rows = np.zeros((len(points), 5))
        rows[:, 0] = -along
        rows[np.arange(len(points)), side + 1] = 1.0
        step = _solve(rows, error, weight)
        yaw += float(np.clip(step[0], -0.3, 0.3))
        sides = sides + step[1:]
    c, s = math.cos(yaw), math.sin(yaw)
    shift = np.array([sides[0] - sides[2], sides[1] - sides[3]]) / 2
    x, y = center + np.array([[c, -s], [s, c]]) @ shift
    counts = np.bincount(side, minlength=4)
    support = (int(counts[0]), int(counts[1]), int(counts[2]), int(counts[3]))
    return Rectangle(
        float(x),
        float(y),
        float(sides[0] + sides[2]),
        float(sides[1] + sides[3]),
        wrap_angle(yaw, math.pi),
        support,
        _robust_rms(error),
    )


def _weights(error: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tukey's biweight on the residuals, scaled by their median size (at least 0.3 mm)."""
    scale = 4.7 * max(1.48 * float(np.median(np.abs(error))), 3e-4)
    return np.clip(1 - (error / scale) ** 2, 0, None) ** 2


def _robust_rms(error: NDArray[np.float64]) -> float:
    return math.sqrt(float((error * error).mean()))


def _solve(rows: Points, target: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    weighted = rows * weight[:, None]
    normal = weighted.T @ rows
    # A side without points keeps its place.
    normal[np.diag_indices_from(normal)] += 1e-6 * len(rows)
    return np.linalg.solve(normal, weighted.T @ target)
