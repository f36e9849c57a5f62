"""A face that looks up: the top of a solid, the rim of a container, a flat sheet. A shape with a height."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ALL_SIDES = (True, True, True, True)


@dataclass(frozen=True)
class Surface:
    """A face as one view sees it.

    color: index into colors.NAMES. height: of its centre over the table, m. round: a circle (then a == b is the
    diameter), else a rectangle. hollow: the rim of a container, whose inside reaches down to `floor`. x, y, a, b in m,
    yaw in rad. sides: which of (+a, +b, -a, -b) were seen as real edges rather than hidden by something higher.
    rms: of the fit, m. tilted: not a level face but the outline of a thing that lies askew; then `height` is its
    highest point. cut: the robot hides some of it, or of what is beside it in its colour.
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

    def over(self, x: NDArray[np.floating], y: NDArray[np.floating], margin: float = 0.0) -> NDArray[np.bool_]:
        """Which points lie over this footprint grown by `margin` m."""
        if self.round:
            return (x - self.x) ** 2 + (y - self.y) ** 2 < (self.a / 2 + margin) ** 2
        u, v = self.local(x, y)
        return (np.abs(u) < self.a / 2 + margin) & (np.abs(v) < self.b / 2 + margin)

    def holds(self, other: Surface, margin: float = 0.0) -> bool:
        """Whether the other's centre lies over this footprint grown by `margin` m."""
        return bool(self.over(np.array([other.x]), np.array([other.y]), margin)[0])
