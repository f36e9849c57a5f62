"""Cubic splines through joint-space waypoints, with their derivatives."""

from __future__ import annotations

import numpy as np

from .pose import Vector


class CubicSpline:
    """Twice continuously differentiable curve through points (N, J) at increasing parameters (N,).

    Ends are "not a knot" (de Boor, A Practical Guide to Splines, ch. IV): unlike a natural end it does not flatten the
    curve there, so a Cartesian line stays straight up to its ends. Two points give a line, three a parabola.
    """

    def __init__(self, parameters: Vector, points: Vector) -> None:
        if len(parameters) < 2 or len(parameters) != len(points) or (np.diff(parameters) <= 0).any():
            raise ValueError("a spline needs at least two points at increasing parameters")
        self.parameters = parameters
        h = np.diff(parameters)[:, None]
        slope = np.diff(points, axis=0) / h
        second = self._second_derivatives(h[:, 0], slope)
        # Piece i is sum(coefficients[k, i] * (u - parameters[i]) ** k).
        self._coefficients = np.array(
            [
                points[:-1],
                slope - h * (2 * second[:-1] + second[1:]) / 6,
                second[:-1] / 2,
                np.diff(second, axis=0) / (6 * h),
            ]
        )

    @staticmethod
    def _second_derivatives(h: Vector, slope: Vector) -> Vector:
        """(N, J) second derivatives at the knots."""
        count = len(h) + 1
        if count == 2:
            return np.zeros((2, slope.shape[1]))
        if count == 3:
            return np.repeat(2 * (slope[1:] - slope[:1]) / (h[0] + h[1]), 3, axis=0)
        # Tridiagonal in the inner knots once the end conditions are substituted. Solved here by elimination: a dense
        # solver would take threads, which on a busy machine cost a hundred times the work.
        below, above = h[:-1].copy(), h[1:].copy()
        diagonal = 2 * (below + above)
        right = 6 * np.diff(slope, axis=0)
        diagonal[0] += h[0] * (h[0] + h[1]) / h[1]
        above[0] -= h[0] ** 2 / h[1]
        diagonal[-1] += h[-1] * (h[-1] + h[-2]) / h[-2]
        below[-1] -= h[-1] ** 2 / h[-2]
        second = np.empty((count, slope.shape[1]))
        second[1:-1] = _tridiagonal(below.tolist(), diagonal.tolist(), above.tolist(), right)
        second[0] = ((h[0] + h[1]) * second[1] - h[0] * second[2]) / h[1]
        second[-1] = ((h[-1] + h[-2]) * second[-2] - h[-1] * second[-3]) / h[-2]
        return second

    def evaluate(self, u: Vector) -> tuple[Vector, Vector, Vector, Vector]:
        """Points and first, second, third derivatives, each (M, J), at parameters u (M,)."""
        piece = np.clip(np.searchsorted(self.parameters, u, side="right") - 1, 0, len(self.parameters) - 2)
        x = (u - self.parameters[piece])[:, None]
        c0, c1, c2, c3 = self._coefficients[:, piece]
        return (
            c0 + x * (c1 + x * (c2 + x * c3)),
            c1 + x * (2 * c2 + x * 3 * c3),
            2 * c2 + 6 * x * c3,
            6 * c3,
        )


def _tridiagonal(below: list[float], diagonal: list[float], above: list[float], right: Vector) -> Vector:
    """Solve a diagonally dominant tridiagonal system with right-hand sides (N, J); the lists are used up."""
    rows = list(right)
    for i in range(1, len(rows)):
        factor = below[i] / diagonal[i - 1]
        diagonal[i] -= factor * above[i - 1]
        rows[i] = rows[i] - factor * rows[i - 1]
    rows[-1] = rows[-1] / diagonal[-1]
    for i in range(len(rows) - 2, -1, -1):
        rows[i] = (rows[i] - above[i] * rows[i + 1]) / diagonal[i]
    return np.array(rows)
