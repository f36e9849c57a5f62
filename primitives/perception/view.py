"""One camera image made ready: points in the base frame, heights over the table, colour names, what is not table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ...robots.protocols import Frame, Intrinsics
from . import colors
from .masks import Image32, Mask, components, grown, range_near
from .settings import Settings

RobotMask = Callable[[NDArray[np.float64]], NDArray[np.bool_]]
_LEVELS = 500  # per metre, to find the commonest height
_BREAK = 0.03  # m between neighbouring pixels: one thing ends there and another begins


@dataclass(frozen=True, eq=False)
class View:
    """A frame with everything that later steps ask of a pixel.

    x, y, z: (H, W) float32 m in the base frame, z measured from the fitted table plane. smooth: z after a 3x3 median.
    spread: range of smooth in 3x3 pixels. name: (H, W) uint8 index into colors.NAMES. thing: (H, W) bool, neither table
    nor robot nor out of bounds. robot: (H, W) bool. eye: (3,) the camera's position. rays: (3, 3) maps (u, v, 1) to a
    direction in the base frame. plane: the table as (a, b, c) of z = a x + b y + c. pitch: metres between pixels at the
    table.
    """

    frame: Frame
    x: Image32
    y: Image32
    z: Image32
    smooth: Image32
    spread: Image32
    name: NDArray[np.uint8]
    thing: NDArray[np.bool_]
    robot: NDArray[np.bool_]
    eye: NDArray[np.float64]
    rays: NDArray[np.float64]
    plane: NDArray[np.float64]
    pitch: float

    @property
    def steepness(self) -> float:
        """1 for a camera that looks straight down, 0 for one that looks at the horizon."""
        return float(-self.frame.pose.rotation[2, 2])

    def on_plane(self, uv: NDArray[np.floating], height: float) -> NDArray[np.float64]:
        """Where the rays through pixels uv (N, 2) meet the plane `height` m over the table: (N, 2) m."""
        directions = uv @ self.rays[:, :2].T + self.rays[:, 2]
        a, b, c = self.plane
        gap = height - (self.eye[2] - a * self.eye[0] - b * self.eye[1] - c)
        t = gap / (directions[:, 2] - a * directions[:, 0] - b * directions[:, 1])
        return self.eye[:2] + t[:, None] * directions[:, :2]

    def _in_camera(self, x: NDArray, y: NDArray, z: NDArray) -> NDArray[np.float64]:
        points = np.column_stack([x, y, z + self.plane[0] * x + self.plane[1] * y + self.plane[2]])
        return (points - self.eye) @ self.frame.pose.rotation

    def sees_through(self, x: float, y: float, z: float) -> bool:
        """Whether the camera sees something well behind the point, z over the table: the point is in free space."""
        at = np.array([x]), np.array([y]), np.array([z])
        v, u, inside = self.project(*at)
        seen = float(self.frame.depth[v[0], u[0]])
        return bool(inside[0]) and seen > float(self._in_camera(*at)[0, 2]) + _BREAK

    def project(self, x: NDArray, y: NDArray, z: NDArray) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray]:
        """Pixels (v, u) of points (N,) with z over the table, and which of them are in the image, all (N,)."""
        local = self._in_camera(x, y, z)
        k = self.frame.intrinsics
        ahead = local[:, 2] > 1e-3
        depth = np.where(ahead, local[:, 2], 1.0)
        u = np.rint(local[:, 0] / depth * k.fx + k.cx).astype(np.intp)
        v = np.rint(local[:, 1] / depth * k.fy + k.cy).astype(np.intp)
        inside = ahead & (u >= 0) & (u < k.width) & (v >= 0) & (v < k.height)
        return np.where(inside, v, 0), np.where(inside, u, 0), inside


def make_view(frame: Frame, settings: Settings, robot_mask: RobotMask | None = None) -> View:
    """Prepare a frame. ValueError when its arrays do not fit its intrinsics."""
    k = frame.intrinsics
    if frame.depth.shape != (k.height, k.width) or frame.rgb.shape != (k.height, k.width, 3):
        raise ValueError(
            f"frame of {frame.camera!r}: rgb {frame.rgb.shape} and depth {frame.depth.shape} do not fit intrinsics"
            f" {k.width}x{k.height}"
        )
    rotation, eye = frame.pose.rotation, np.array(frame.pose.position)
    depth = frame.depth
    valid = depth > 0
    grid = _grid(k, tuple(rotation.reshape(-1).tolist()))
    x, y, z = (g * depth + np.float32(e) for g, e in zip(grid, eye, strict=True))
    (x0, x1), (y0, y1) = settings.bounds
    inside = valid & (x > x0) & (x < x1) & (y > y0) & (y < y1)
    coarse = inside[::6, ::6]
    plane = _fit_table(x[::6, ::6][coarse], y[::6, ::6][coarse], z[::6, ::6][coarse], settings)
    a, b, c = plane.astype(np.float32)
    z -= a * x + (b * y + c)
    z[~valid] = 0.0
    flat = coarse & (np.abs(z[::6, ::6]) < 0.004)
    cells = colors.lookup(colors.table_color(frame.rgb[::6, ::6][flat]))[colors.cell_index(frame.rgb)]
    smooth = np.asarray(cv2.medianBlur(z, 3), dtype=np.float32)
    spread = range_near(smooth)
    high = smooth > settings.flat_height
    robot = np.zeros_like(valid)
    if robot_mask is not None:
        rows, columns = np.nonzero(valid & high)
        points = np.column_stack([x[rows, columns], y[rows, columns], z[rows, columns]]).astype(np.float64)
        hit = np.asarray(robot_mask(points), dtype=bool) if len(points) else np.zeros(0, dtype=bool)
        robot[rows[hit], columns[hit]] = True
    robot |= _towering(valid & high & ~robot, smooth, spread, settings)
    thing = inside & ((cells < colors.TABLE_BIT) | high) & ~robot
    pitch = float(np.median(depth[::16, ::16])) / k.fx
    rays = rotation @ np.linalg.inv(k.matrix)
    name = cells & np.uint8(colors.TABLE_BIT - 1)
    return View(frame, x, y, z, smooth, spread, name, thing, robot, eye, rays, plane, pitch)


def _towering(high: Mask, smooth: Image32, spread: Image32, settings: Settings) -> Mask:
    """Pixels of whatever reaches higher than any object, down to where its surface breaks off, and their rims.

    This is the arm where the caller has no mask for it, or one that does not cover all of it.
    """
    peaks = high & (smooth > settings.highest)
    if not peaks.any():
        return peaks
    labels, _ = components(high & (spread < _BREAK), 1, diagonal=True)
    owners = np.zeros(int(labels.max()) + 1, dtype=bool)
    owners[labels[peaks]] = True
    owners[0] = False
    return grown(owners[labels] | peaks, times=2) & high


@lru_cache(maxsize=8)
def _grid(k: Intrinsics, rotation: tuple[float, ...]) -> tuple[Image32, Image32, Image32]:
    """Directions (x, y, z), each (H, W), of the rays through all pixels, one metre deep. Cameras seldom move."""
    u = (np.arange(k.width) - k.cx) / k.fx
    v = ((np.arange(k.height) - k.cy) / k.fy)[:, None]
    r = np.array(rotation).reshape(3, 3)
    x, y, z = ((r[i, 0] * u + (r[i, 1] * v + r[i, 2])).astype(np.float32) for i in range(3))
    return x, y, z


def _fit_table(x: Image32, y: Image32, z: Image32, settings: Settings) -> NDArray[np.float64]:
    """Table plane z = a x + b y + c through points (N,), as (a, b, c): least squares from the commonest height, twice
    trimmed. Zeros when too little of a table is in view."""
    near = np.abs(z) < settings.table_search
    x, y, z = x[near], y[near], z[near]
    if len(z) < 100:
        return np.zeros(3)
    counts = np.bincount(((z + settings.table_search) * _LEVELS).astype(np.intp))
    plane = np.array([0.0, 0.0, (int(counts.argmax()) + 0.5) / _LEVELS - settings.table_search])
    rows = np.array([x, y, np.ones_like(x)], dtype=np.float64)
    for limit in (0.015, 0.004, 0.003):
        keep = np.abs(z - plane @ rows) < limit
        if keep.sum() < 100:
            return plane
        kept = rows[:, keep]
        plane = np.asarray(np.linalg.solve(kept @ kept.T + 1e-9 * np.eye(3), kept @ z[keep]), dtype=np.float64)
    return plane
